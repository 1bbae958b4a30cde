// Fair queues: what noisy tenants send lies in a lane beside the queue, received from when the others have nothing
// more. [aws 150]

#include <algorithm>

#include "hub/core/core.h"
#include "hub/core/keys.h"

namespace hub::core {
namespace {

// So often the lane comes first, so that noisy tenants are not held up for ever.
constexpr std::uint32_t kLaneFirstEvery = 10;

}  // namespace

// Where a message of this group goes that is sent to the queue.
QueueEntry& Core::LogFor(QueueEntry& queue, std::string_view group) {
  if (!queue.lane || group.empty() || !queue.tenants->IsNoisy(queue.tenants->TagOf(group))) return queue;
  return *queue.lane;
}

// The log that a handle names: the queue's own or its lane's.
QueueEntry& Core::LogOf(QueueEntry& queue, const Receipt& receipt) {
  return queue.lane && queue.lane->id == receipt.queue ? *queue.lane : queue;
}

// A sequence among all those pushed to consumers of the queue: lanes count from 1, as queues do.
queues::Sequence Core::PushedAs(const QueueEntry& log, queues::Sequence sequence) {
  return log.lane_of ? sequence | kLaneBit : sequence;
}

// Something was added to the queue or its lane: has a tenant become noisy?
void Core::JudgeTenants(QueueEntry& log, Turn& turn) {
  QueueEntry& queue = log.owner();
  if (!queue.tenants) return;
  if (queue.tenants->HasGrown() && queue.tenants->Judge(queue.Live()) && !queue.lane) {
    catalog_.AddLane(queue, hub_.next_id++, {});
  }
  if (!queue.lane) return;
  if (queue.lane->queue.Live() == 0 && queue.lane->delayed.count() == 0) queue.tenants->ForgetRestored();
  if (!queue.tenants->TakeChanged()) return;
  const LaneRecord record{.id = queue.lane->id, .noisy = queue.tenants->Noisy()};
  turn.batch.Put(Key(KeyKind::kLane, queue.id), record.Encode());
}

// Quiet tenants' messages first, then what the noisy ones sent before they were, then the lane. Each message is looked
// at once: a receive may leave it visible.
bool Core::Take(QueueEntry& queue, const Taker& taker, Turn& turn, ReceiveReply& reply) {
  using Whose = queues::Queue::Whose;
  if (!queue.lane) return TakeFrom(queue, taker, turn, reply);
  Taker wanted = taker;
  // First of all: who is noisy must stay the same while messages are taken.
  CloseQueue(queue, turn);
  CloseQueue(*queue.lane, turn);
  QueueEntry& lane = *queue.lane;
  std::size_t had = reply.deliveries.size();
  const auto take = [&](QueueEntry& log, Whose whose) {
    for (; had < reply.deliveries.size(); ++had) {
      --wanted.max;
      wanted.bytes -= std::min(wanted.bytes, reply.deliveries[had].body.size());
    }
    wanted.whose = whose;
    if (wanted.max > 0 && wanted.bytes > 0) TakeFrom(log, wanted, turn, reply);
  };
  const bool lane_first = ++queue.receives % kLaneFirstEvery == 0;
  if (lane_first) take(lane, Whose::kAll);
  const Duration visibility = taker.visibility.value_or(queue.settings.visibility_timeout);
  if (queue.tenants->noisy() > 0 && visibility > Duration::zero()) {
    take(queue, Whose::kQuiet);
    take(queue, Whose::kNoisy);
    if (reply.deliveries.empty()) take(queue, Whose::kAll);  // Somebody became quiet as messages were given up.
  } else {
    take(queue, Whose::kAll);
  }
  // Where the queue's oldest messages must be read first, somebody quiet may have sent them.
  if (!lane_first && !queue.queue.WaitsForLoad(turn.now, queue.settings.retention)) take(lane, Whose::kAll);
  // Who waits for both may be served because of one: the other is read, too.
  if (queue.queue.WaitsForLoad(turn.now, queue.settings.retention)) Touch(queue);
  if (lane.queue.WaitsForLoad(turn.now, lane.settings.retention)) Touch(lane);
  return !reply.deliveries.empty();
}

// With the queue's own record; its messages have been purged.
void Core::DeleteLaneNow(QueueEntry& lane, const Error& gone, Turn& turn) {
  WriteQueue(lane, turn);
  turn.batch.Delete(Key(KeyKind::kCounters, lane.id));
  turn.batch.Delete(Key(KeyKind::kLane, lane.lane_of->id));
  for (const Command& command : lane.deferred) turn.answers.push_back({command.ticket, tl::unexpected(gone)});
  timers_.erase({lane.timer, lane.id});
}

}  // namespace hub::core
