#include "hub/cli/control.h"

#include <chrono>
#include <thread>
#include <utility>

#include "hub/base/assert.h"

namespace hub::cli {

Result<core::Reply> Control::Ask(core::Operation operation) {
  const core::Ticket ticket{.endpoint = number_, .session = 0, .request = ++asked_};
  std::vector<core::Command> commands;
  commands.push_back({.ticket = ticket,
                      .caller = std::make_shared<const core::Caller>(),  // No identity: the hub itself.
                      .operation = std::move(operation),
                      .frame = nullptr,
                      .bytes = sizeof(core::Command)});
  // A full inbox empties with every turn.
  while (!inbox_.TryPush(commands)) std::this_thread::sleep_for(std::chrono::milliseconds(1));

  std::unique_lock lock(mutex_);
  arrived_.wait(lock, [this] { return answer_.has_value(); });
  HUB_ASSERT(answer_->ticket == ticket);
  return std::exchange(answer_, std::nullopt)->reply;
}

void Control::Deliver(std::vector<core::Answer> answers) {
  HUB_ASSERT(answers.size() == 1);  // One caller, who waits.
  {
    const std::lock_guard lock(mutex_);
    answer_ = std::move(answers.front());
  }
  arrived_.notify_one();
}

}  // namespace hub::cli
