#include "hub/engine/inbox.h"

#include <utility>

namespace hub::engine {

bool Inbox::TryPush(std::vector<core::Command>& commands) {
  std::size_t bytes = 0;
  for (const core::Command& command : commands) bytes += command.bytes;
  {
    const std::lock_guard lock(mutex_);
    if (bytes_ > 0 && bytes_ + bytes > kInboxBytesMax) return false;
    bytes_ += bytes;
    for (core::Command& command : commands) commands_.push_back(std::move(command));
  }
  arrived_.notify_one();
  commands.clear();
  return true;
}

void Inbox::EndSession(std::uint32_t endpoint, std::uint64_t session) {
  {
    const std::lock_guard lock(mutex_);
    ended_.push_back({endpoint, session});
  }
  arrived_.notify_one();
}

Inbox::Taken Inbox::Take(Duration timeout, std::size_t commands_max) {
  Taken taken;
  std::unique_lock lock(mutex_);
  arrived_.wait_for(lock, timeout, [this] { return woken_ || !commands_.empty() || !ended_.empty(); });
  woken_ = false;
  taken.ended = std::exchange(ended_, {});
  std::size_t bytes = 0;
  while (!commands_.empty() && taken.commands.size() < commands_max && bytes < kTurnBytesMax) {
    bytes += commands_.front().bytes;
    taken.commands.push_back(std::move(commands_.front()));
    commands_.pop_front();
  }
  bytes_ -= bytes;
  return taken;
}

void Inbox::Wake() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
  }
  arrived_.notify_one();
}

}  // namespace hub::engine
