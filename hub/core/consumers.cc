#include "hub/core/consumers.h"

#include <algorithm>

#include "hub/base/assert.h"

namespace hub::core {

Consumers::Id Consumers::Open(Consumer consumer, Instant now) {
  const Id id = next_++;
  if (consumers_.empty()) next_beat_ = now + kConsumerHeartbeat;
  const bool inserted = by_ticket_.emplace(consumer.ticket, id).second;
  HUB_ASSERT(inserted);
  Queue& queue = queues_[consumer.queue];
  queue.consumers.insert(id);
  queue.regained.push_back(id);
  consumers_.emplace(id, std::move(consumer));
  return id;
}

Consumer* Consumers::Find(Id id) {
  const auto found = consumers_.find(id);
  return found == consumers_.end() ? nullptr : &found->second;
}

std::optional<Consumers::Id> Consumers::Find(const Ticket& ticket) const {
  const auto found = by_ticket_.find(ticket);
  if (found == by_ticket_.end()) return std::nullopt;
  return found->second;
}

Consumers::Closed Consumers::Close(Id id) {
  const auto at = consumers_.find(id);
  HUB_ASSERT(at != consumers_.end());
  Closed closed{.consumer = std::move(at->second), .in_flight = {}};
  consumers_.erase(at);
  by_ticket_.erase(closed.consumer.ticket);
  const auto queue = queues_.find(closed.consumer.queue);
  for (const auto& [until, sequence] : closed.consumer.in_flight) {
    const auto pushed = queue->second.pushed.find(sequence);
    closed.in_flight.push_back({sequence, pushed->second.receive});
    queue->second.pushed.erase(pushed);
  }
  queue->second.consumers.erase(id);
  if (queue->second.consumers.empty()) queues_.erase(queue);
  return closed;
}

// --- Messages -------------------------------------------------------------------------------------------------------

void Consumers::Push(queues::Sequence sequence, const Pushed& pushed) {
  Consumer& consumer = consumers_.at(pushed.consumer);
  Settle(consumer.queue, sequence);  // Nothing, or a push before this one that has ended.
  Queue& queue = queues_.at(consumer.queue);
  queue.pushed.emplace(sequence, pushed);
  queue.due = std::min(queue.due, pushed.until);
  consumer.in_flight.emplace(pushed.until, sequence);
  consumer.bytes += pushed.bytes;
}

void Consumers::Settle(std::uint64_t queue, queues::Sequence sequence) {
  const auto found = queues_.find(queue);
  if (found == queues_.end()) return;
  const auto at = found->second.pushed.find(sequence);
  if (at == found->second.pushed.end()) return;
  const Pushed pushed = at->second;
  found->second.pushed.erase(at);
  Consumer& consumer = consumers_.at(pushed.consumer);
  consumer.in_flight.erase({pushed.until, sequence});
  consumer.bytes -= pushed.bytes;
  Regain(found->second, pushed.consumer);
}

void Consumers::SettleAll(std::uint64_t queue) {
  const auto found = queues_.find(queue);
  if (found == queues_.end()) return;
  found->second.pushed.clear();
  found->second.due = kNever;
  for (const Id id : found->second.consumers) {
    Consumer& consumer = consumers_.at(id);
    consumer.in_flight.clear();
    consumer.bytes = 0;
    Regain(found->second, id);
  }
}

void Consumers::SettleDue(std::uint64_t queue, Instant now) {
  const auto found = queues_.find(queue);
  if (found == queues_.end() || now < found->second.due) return;
  Instant due = kNever;
  for (const Id id : found->second.consumers) {
    const auto& in_flight = consumers_.at(id).in_flight;
    while (!in_flight.empty() && in_flight.begin()->first <= now) Settle(queue, in_flight.begin()->second);
    if (!in_flight.empty()) due = std::min(due, in_flight.begin()->first);
  }
  found->second.due = due;
}

void Consumers::Hide(std::uint64_t queue, queues::Sequence sequence, Instant until) {
  const auto found = queues_.find(queue);
  if (found == queues_.end()) return;
  const auto at = found->second.pushed.find(sequence);
  if (at == found->second.pushed.end()) return;
  Consumer& consumer = consumers_.at(at->second.consumer);
  consumer.in_flight.erase({at->second.until, sequence});
  consumer.in_flight.emplace(until, sequence);
  at->second.until = until;
  found->second.due = std::min(found->second.due, until);
}

void Consumers::Regain(Queue& queue, Id id) {
  // Most often the one that has just got some.
  if (consumers_.at(id).place != 0 || (!queue.regained.empty() && queue.regained.back() == id)) return;
  queue.regained.push_back(id);
}

std::vector<Consumers::Id> Consumers::TakeRegained(std::uint64_t queue) {
  const auto found = queues_.find(queue);
  if (found == queues_.end()) return {};
  return std::exchange(found->second.regained, {});
}

// --- Heartbeats -----------------------------------------------------------------------------------------------------

std::vector<Consumers::Id> Consumers::Beat(Instant now) {
  next_beat_ = now + kConsumerHeartbeat;
  std::vector<Id> silent;
  for (auto& [id, consumer] : consumers_) {
    if (std::exchange(consumer.silent, true)) silent.push_back(id);
  }
  return silent;
}

// --- Lists ----------------------------------------------------------------------------------------------------------

std::vector<Consumers::Id> Consumers::OfQueue(std::uint64_t queue) const {
  const auto found = queues_.find(queue);
  if (found == queues_.end()) return {};
  return {found->second.consumers.begin(), found->second.consumers.end()};
}

std::vector<Consumers::Id> Consumers::OfSession(std::uint32_t endpoint, std::uint64_t session) const {
  std::vector<Id> ids;
  for (auto at = by_ticket_.lower_bound({endpoint, session, 0}); at != by_ticket_.end(); ++at) {
    if (at->first.endpoint != endpoint || at->first.session != session) break;
    ids.push_back(at->second);
  }
  return ids;
}

std::vector<Consumers::Id> Consumers::All() const {
  std::vector<Id> ids;
  ids.reserve(consumers_.size());
  for (const auto& [id, consumer] : consumers_) ids.push_back(id);
  return ids;
}

}  // namespace hub::core
