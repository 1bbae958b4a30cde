// Push consumers: who has asked for the messages of a queue to be sent as they come, and what each has in flight.
//
//               Push                        Settle
//   has credit ──────▶ so many in flight ──────────────▶ has credit again
//   (in line among the waiters)            deleted, visible again, purged, expired
//
// Credit is a window: the messages that may be in flight with a consumer at once. So whatever takes a message out of
// flight gives credit back, and a consumer that forgets some of them does not starve.
//
// Not thread-safe. The engine thread owns it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "hub/base/limits.h"
#include "hub/base/time.h"
#include "hub/core/command.h"
#include "queues/chunk.h"

namespace hub::core {

struct Consumer {
  Ticket ticket;  // Of the Consume: every answer goes there.
  std::shared_ptr<const Caller> caller;
  std::uint64_t queue = 0;
  std::size_t credit = 0;                   // Messages that may be in flight with it at once.
  std::optional<Duration> visibility;       // Nothing: the queue's own.
  std::uint64_t policies = 0;               // The generation of the policies that admitted it.
  std::uint64_t place = 0;                  // Among the waiters of the queue, or 0.
  bool silent = false;                      // Nothing has been said to it since the last heartbeat.
  std::size_t bytes_max = kPushedBytesMax;  // Of bodies in flight,
  std::size_t bytes = 0;                    // of which there are so many.
  std::set<std::pair<Instant, queues::Sequence>> in_flight = {};  // By when that ends at the latest.

  bool HasCredit() const { return in_flight.size() < credit && bytes < bytes_max; }
};

class Consumers {
 public:
  using Id = std::uint64_t;

  Id Open(Consumer consumer, Instant now);

  // Null when there is none. Good until it is closed.
  Consumer* Find(Id id);
  std::optional<Id> Find(const Ticket& ticket) const;

  // Forgets a consumer; with it come the messages that it had in flight, each with its receive.
  struct InFlight {
    queues::Sequence sequence = 0;
    std::uint32_t receive = 0;
  };
  struct Closed {
    Consumer consumer;
    std::vector<InFlight> in_flight;
  };
  Closed Close(Id id);

  // --- Messages ---

  struct Pushed {
    Id consumer = 0;
    std::uint32_t receive = 0;
    Instant until{};  // When it is in flight no longer, unless told otherwise.
    std::size_t bytes = 0;
  };
  void Push(queues::Sequence sequence, const Pushed& pushed);
  // The message is in flight no longer: its consumer, if it has one, gets its credit back.
  void Settle(std::uint64_t queue, queues::Sequence sequence);
  void SettleAll(std::uint64_t queue);
  void SettleDue(std::uint64_t queue, Instant now);
  // It stays in flight until then.
  void Hide(std::uint64_t queue, queues::Sequence sequence, Instant until);

  // Those of a queue that were opened or got credit since the last call, in that order. Some may be there twice, closed
  // or in line by now.
  std::vector<Id> TakeRegained(std::uint64_t queue);

  // --- Heartbeats ---

  // When Beat is to be called next, or kNever.
  Instant NextBeat() const { return consumers_.empty() ? kNever : next_beat_; }
  // Returns those to whom nothing has been said for a whole heartbeat.
  std::vector<Id> Beat(Instant now);

  bool Any(std::uint64_t queue) const { return queues_.contains(queue); }
  std::size_t size() const { return consumers_.size(); }
  std::vector<Id> OfQueue(std::uint64_t queue) const;
  std::vector<Id> OfSession(std::uint32_t endpoint, std::uint64_t session) const;
  std::vector<Id> All() const;

 private:
  struct Queue {
    std::set<Id> consumers;
    std::unordered_map<queues::Sequence, Pushed> pushed;
    Instant due = kNever;  // Nothing is due before it.
    std::vector<Id> regained;
  };

  void Regain(Queue& queue, Id id);

  std::map<Id, Consumer> consumers_;
  std::unordered_map<std::uint64_t, Queue> queues_;
  std::map<Ticket, Id> by_ticket_;  // In order, so that a session's stand together.
  Instant next_beat_ = kNever;
  Id next_ = 1;
};

}  // namespace hub::core
