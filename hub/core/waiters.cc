#include "hub/core/waiters.h"

#include <algorithm>

#include "hub/base/assert.h"

namespace hub::core {

Waiters::Id Waiters::Add(Waiter waiter) {
  const Id id = next_++;
  by_queue_[waiter.queue].insert(id);
  if (waiter.only_load) only_load_[waiter.queue].insert(id);
  by_deadline_.emplace(waiter.deadline, id);
  by_session_[{waiter.ticket.endpoint, waiter.ticket.session}].insert(id);
  waiters_.emplace(id, std::move(waiter));
  return id;
}

std::size_t Waiters::CountReceives() const {
  return static_cast<std::size_t>(std::ranges::count_if(
      waiters_, [](const auto& one) { return one.second.consumer == 0 && !one.second.only_load; }));
}

std::size_t Waiters::CountOf(std::uint64_t queue) const {
  const auto found = by_queue_.find(queue);
  return found == by_queue_.end() ? 0 : found->second.size();
}

const Waiter* Waiters::First(std::uint64_t queue) const {
  const auto found = by_queue_.find(queue);
  return found == by_queue_.end() ? nullptr : &waiters_.at(*found->second.begin());
}

void Waiters::RemoveFirst(std::uint64_t queue) {
  const auto found = by_queue_.find(queue);
  HUB_ASSERT(found != by_queue_.end());
  Take(*found->second.begin());
}

Waiter Waiters::Take(Id id) {
  const auto at = waiters_.find(id);
  HUB_ASSERT(at != waiters_.end());
  Waiter waiter = std::move(at->second);
  waiters_.erase(at);
  by_deadline_.erase({waiter.deadline, id});
  const auto queue = by_queue_.find(waiter.queue);
  queue->second.erase(id);
  if (queue->second.empty()) by_queue_.erase(queue);
  if (waiter.only_load) {
    const auto loading = only_load_.find(waiter.queue);
    loading->second.erase(id);
    if (loading->second.empty()) only_load_.erase(loading);
  }
  const auto session = by_session_.find({waiter.ticket.endpoint, waiter.ticket.session});
  session->second.erase(id);
  if (session->second.empty()) by_session_.erase(session);
  return waiter;
}

std::vector<Waiter> Waiters::TakeDue(Instant now) {
  std::vector<Waiter> due;
  while (!by_deadline_.empty() && by_deadline_.begin()->first <= now) due.push_back(Take(by_deadline_.begin()->second));
  return due;
}

std::vector<Waiter> Waiters::TakeQueue(std::uint64_t queue) {
  std::vector<Waiter> taken;
  while (Any(queue)) taken.push_back(Take(*by_queue_.at(queue).begin()));
  return taken;
}

std::vector<Waiter> Waiters::TakeOnlyLoad(std::uint64_t queue) {
  std::vector<Waiter> taken;
  for (auto found = only_load_.find(queue); found != only_load_.end(); found = only_load_.find(queue)) {
    taken.push_back(Take(*found->second.begin()));
  }
  return taken;
}

void Waiters::DropSession(std::uint32_t endpoint, std::uint64_t session) {
  const auto found = by_session_.find({endpoint, session});
  if (found == by_session_.end()) return;
  const std::set<Id> ids = found->second;
  for (const Id id : ids) Take(id);
}

std::vector<Waiter> Waiters::TakeAll() {
  std::vector<Waiter> all;
  while (!waiters_.empty()) all.push_back(Take(waiters_.begin()->first));
  return all;
}

}  // namespace hub::core
