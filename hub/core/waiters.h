// Who waits for messages, in the order in which they came: receives that found nothing (long polls), and push consumers
// that have credit.
//
// Not thread-safe. The engine thread owns it.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "hub/base/time.h"
#include "hub/core/command.h"

namespace hub::core {

struct Waiter {
  Ticket ticket;
  std::shared_ptr<const Caller> caller;
  std::uint64_t queue = 0;
  std::size_t max = 0;
  std::optional<Duration> visibility;
  std::string attempt;
  Instant deadline{};
  std::uint64_t policies = 0;  // The generation of the policies that admitted it.
  bool only_load = false;      // Would not wait, but the bodies must be read first.
  std::uint64_t windows = 0;   // QueueEntry::windows when it came: until that grows it takes all there is, or nothing.
  std::uint64_t consumer = 0;  // Of a push consumer (consumers.h), which knows the rest; otherwise 0.
};

class Waiters {
 public:
  using Id = std::uint64_t;

  Id Add(Waiter waiter);  // From 1.

  // The longest waiting one for this queue, or null.
  const Waiter* First(std::uint64_t queue) const;
  void RemoveFirst(std::uint64_t queue);
  void Remove(Id id) { Take(id); }

  // Takes out and returns those whose deadline has come, and those of a queue, and those of a session.
  std::vector<Waiter> TakeDue(Instant now);
  std::vector<Waiter> TakeQueue(std::uint64_t queue);
  // Those that wait only for a load, once nothing is being read for the queue.
  std::vector<Waiter> TakeOnlyLoad(std::uint64_t queue);
  void DropSession(std::uint32_t endpoint, std::uint64_t session);
  std::vector<Waiter> TakeAll();

  bool Any(std::uint64_t queue) const { return by_queue_.contains(queue); }
  std::size_t CountOf(std::uint64_t queue) const;
  // How many of them are long polls.
  std::size_t CountReceives() const;
  std::size_t size() const { return waiters_.size(); }
  Instant NextDue() const { return by_deadline_.empty() ? kNever : by_deadline_.begin()->first; }

 private:
  Waiter Take(Id id);

  std::map<Id, Waiter> waiters_;
  std::unordered_map<std::uint64_t, std::set<Id>> by_queue_;
  std::unordered_map<std::uint64_t, std::set<Id>> only_load_;  // By queue; those of by_queue_ that only wait for it.
  std::set<std::pair<Instant, Id>> by_deadline_;
  std::map<std::pair<std::uint32_t, std::uint64_t>, std::set<Id>> by_session_;
  Id next_ = 1;
};

}  // namespace hub::core
