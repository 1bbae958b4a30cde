#include "adapters/zmq/sessions.h"

#include <utility>

#include "hub/base/assert.h"

namespace adapters::zmq {

Session* Sessions::Find(std::size_t listener, std::string_view routing_id) {
  if (listener >= by_routing_id_.size()) return nullptr;
  const auto found = by_routing_id_[listener].find(routing_id);
  return found == by_routing_id_[listener].end() ? nullptr : found->second;
}

Session* Sessions::Find(std::uint64_t number) {
  const auto found = by_number_.find(number);
  return found == by_number_.end() ? nullptr : found->second.get();
}

Session& Sessions::Open(std::size_t listener, std::string_view routing_id) {
  if (listener >= by_routing_id_.size()) by_routing_id_.resize(listener + 1);
  auto session = std::make_unique<Session>();
  session->number = ++last_number_;
  session->listener = listener;
  session->routing_id = routing_id;
  Session& opened = *session;
  const bool inserted = by_routing_id_[listener].emplace(routing_id, &opened).second;
  HUB_ASSERT(inserted);
  by_number_.emplace(opened.number, std::move(session));
  return opened;
}

void Sessions::Close(std::uint64_t number) {
  const auto found = by_number_.find(number);
  HUB_ASSERT(found != by_number_.end());
  by_routing_id_[found->second->listener].erase(found->second->routing_id);
  by_number_.erase(found);
}

std::vector<std::uint64_t> Sessions::Forget(hub::Duration heard_by) {
  std::vector<std::uint64_t> numbers;
  for (const auto& [number, session] : by_number_) {
    const bool busy = session->outstanding > 0 && !session->cut && !session->revoked;
    const bool unread = session->unread->bytes > 0 || !session->waiting.empty();
    if (!busy && !unread && session->last_heard <= heard_by) numbers.push_back(number);
  }
  for (const std::uint64_t number : numbers) Close(number);
  return numbers;
}

}  // namespace adapters::zmq
