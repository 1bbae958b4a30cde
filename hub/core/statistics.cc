#include "hub/core/statistics.h"

#include <algorithm>

#include "hub/core/core.h"

namespace hub::core {
namespace {

QueueCounts CountsOf(const QueueEntry& queue, Instant now) {
  const Instant oldest = queue.Oldest();
  return {.visible = queue.Live() - queue.InFlight(),
          .in_flight = queue.InFlight(),
          .delayed = queue.DelayedCount(),
          .oldest_age = oldest == kNever ? Duration::zero() : now - oldest,
          .sent = queue.sent,
          .received = queue.received,
          .deleted = queue.deleted,
          .expired = queue.expired,
          .dead_lettered = queue.dead_lettered};
}

}  // namespace

void QueueCounts::Add(const QueueCounts& other) {
  visible += other.visible;
  in_flight += other.in_flight;
  delayed += other.delayed;
  oldest_age = std::max(oldest_age, other.oldest_age);
  sent += other.sent;
  received += other.received;
  deleted += other.deleted;
  expired += other.expired;
  dead_lettered += other.dead_lettered;
}

// What a queue that is about to be gone has counted: totals never go back.
void Core::KeepCounts(const QueueEntry& queue) {
  gone_.sent += queue.sent;
  gone_.received += queue.received;
  gone_.deleted += queue.deleted;
  gone_.expired += queue.expired;
  gone_.dead_lettered += queue.dead_lettered;
}

void Core::CountDecision(bool allowed) {
  if (allowed) {
    ++tally_.allowed;
  } else {
    ++(config_->policies == PolicyMode::kLog ? tally_.logged : tally_.refused);
  }
}

Core::Outcome Core::Handle(Statistics&, Command& command, Turn& turn) {
  if (auto may = AuthoriseForHub(command, turn); !may) return tl::unexpected(may.error());
  StatisticsReply reply;
  reply.all = gone_;
  for (const auto& [id, queue] : catalog_.queues()) {
    if (queue->lane_of) continue;  // Counted with its queue.
    if (queue->delivers_for) {
      reply.waiting_pushes += queue->Live();
      continue;
    }
    QueueCounts counts = CountsOf(*queue, turn.now);
    reply.all.Add(counts);
    if (!config_->metrics_per_queue) continue;
    const ResourceName& name = queue->record.name;
    reply.queues.push_back({.account = name.account, .region = name.region, .name = name.name, .counts = counts});
  }
  reply.tally = tally_;
  reply.queue_count = catalog_.QueueCount();
  reply.topic_count = catalog_.topics().size();
  reply.subscription_count = catalog_.subscriptions().size();
  reply.waiting_receives = waiters_.CountReceives();
  reply.push_consumers = consumers_.size() - delivery_consumers_;
  reply.window_bytes = resident_bytes_ + topic_chunks_.ResidentBytes();
  reply.turns = turn.index;
  reply.flushes = turn.flushes;
  reply.uptime = turn.now - start_time_ - advanced_;
  return Reply(std::move(reply));
}

}  // namespace hub::core
