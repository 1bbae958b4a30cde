// What there is and what has happened, as numbers: for those who run the hub. Counted where it happens, in memory only:
// a restart begins at zero.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hub/base/time.h"

namespace hub::core {

// Asks for them: the hub's own pages, or whom hub:Statistics admits.
struct Statistics {};

// Of the whole hub, besides what each queue counts.
struct Tally {
  std::uint64_t published = 0;
  // Of each published message for each subscription, one of these:
  std::uint64_t delivered = 0;
  std::uint64_t filtered = 0;
  std::uint64_t dead_lettered = 0;  // Denied or failed, and then given to the subscription's dead-letter queue.
  std::uint64_t denied = 0;         // By the queue's policy, and lost.
  std::uint64_t failed = 0;         // There is no such queue, or it is too much for it; lost.
  // What is delivered to an endpoint that is not a queue waits in the hub, where it is tried until it is taken or given
  // up; confirmations count as well.
  std::uint64_t push_taken = 0;
  std::uint64_t push_failed = 0;         // Tries that the endpoint did not take.
  std::uint64_t push_dead_lettered = 0;  // Given up, and then given to the subscription's dead-letter queue.
  std::uint64_t push_lost = 0;           // Given up, and lost.
  // Decisions of the policies. A delivery's counts when it is made, not when it is remembered.
  std::uint64_t allowed = 0;
  std::uint64_t refused = 0;
  std::uint64_t logged = 0;  // Would have been refused, but for `policies: log`.
};

// Of one queue, or of all together.
struct QueueCounts {
  std::uint64_t visible = 0;
  std::uint64_t in_flight = 0;
  std::uint64_t delayed = 0;
  Duration oldest_age{};  // Zero when there is none.
  // Since the start. Of all together, those of deleted queues count on.
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  std::uint64_t deleted = 0;
  std::uint64_t expired = 0;
  std::uint64_t dead_lettered = 0;

  void Add(const QueueCounts& other);
};

struct QueueStatistics {
  std::string account;
  std::string region;
  std::string name;
  QueueCounts counts;
};

struct StatisticsReply {
  QueueCounts all;
  std::vector<QueueStatistics> queues;  // As `metrics.per_queue` says; else none.
  Tally tally;
  std::uint64_t queue_count = 0;
  std::uint64_t topic_count = 0;
  std::uint64_t subscription_count = 0;
  std::uint64_t waiting_receives = 0;  // Long polls that are parked.
  std::uint64_t push_consumers = 0;
  std::uint64_t waiting_pushes = 0;  // Of all endpoints.
  std::uint64_t window_bytes = 0;    // Bodies in memory.
  std::uint64_t turns = 0;
  std::uint64_t flushes = 0;
  Duration uptime{};
};

}  // namespace hub::core
