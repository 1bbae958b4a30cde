// Filling and closing the chunks of a turn, and writing what changed.

#include <algorithm>

#include "hub/base/assert.h"
#include "hub/core/core.h"
#include "hub/core/keys.h"

namespace hub::core {
namespace {

// What one queue's window may hold ready before new messages go to disk only.
constexpr std::size_t kQueueWindowBytes = 8 * 1024 * 1024;
// The same beside a lane: as much as is read ahead.
constexpr std::size_t kFairWindowBytes = 2 * 1024 * 1024;
// Disk space is given back when at least this many messages' sequences have passed.
constexpr std::uint64_t kReclaimEvery = 1 << 16;
// Stored bound on a topic's sequences, so that the record is not written with every publish.
constexpr std::uint64_t kSequencesAhead = 1 << 20;

}  // namespace

void Core::Touch(QueueEntry& queue) {
  if (queue.touched) return;
  queue.touched = true;
  touched_.push_back(queue.id);
}

// The builder for a message sent at `sent` straight to this queue, with its own delay or the queue's. All messages of a
// chunk were sent at the same instant and fall due at the same.
queues::ChunkBuilder& Core::OpenFor(QueueEntry& queue, Instant sent, std::size_t bytes, Turn& turn,
                                    std::optional<Duration> delay) {
  Touch(queue);
  if (queue.open_topic) CloseTopic(*queue.open_topic, turn);
  const Duration waits = delay.value_or(queue.settings.delay);
  const bool other = queue.open && (queue.open->sent() != sent || queue.open_delay != waits);
  if (other || (queue.open && !queue.open->Fits(bytes))) CloseOwn(queue, turn);
  if (!queue.open) queue.open.emplace(sent, queue.queue.next_sequence());
  queue.open_delay = waits;
  return *queue.open;
}

void Core::CloseQueue(QueueEntry& queue, Turn& turn) {
  if (queue.open) CloseOwn(queue, turn);
  if (queue.open_topic) CloseTopic(*queue.open_topic, turn);
}

void Core::CloseOwn(QueueEntry& queue, Turn& turn) {
  queues::Content content{.block = queue.open->Seal(), .reference = nullptr};
  queue.open.reset();
  Append(queue, content, queue.open_delay, turn);
}

void Core::CloseTopic(TopicEntry& topic, Turn& turn) {
  EndRun(topic);
  if (!topic.open) return;
  const std::shared_ptr<const queues::Block> block = topic.open->Seal();
  const queues::Sequence first = block->id_base();
  topic.next_sequence = first + block->count();
  topic.open.reset();
  turn.batch.Put(TopicChunkKey(topic.id, first), block->bytes());
  KeepSequencesAhead(topic, turn);
  std::uint32_t users = 0;
  for (OpenReference& open : topic.references) {
    QueueEntry& queue = *open.queue;
    HUB_ASSERT(queue.open_topic == &topic || !queue.open_topic);  // It may have several, as dead-letter queues have.
    queue.open_topic = nullptr;
    open.reference.id_base = queue.queue.next_sequence();
    for (const auto& [place, fingerprint] : open.accepted) {
      queue.deduplicator.known->Number(fingerprint, open.reference.id_base + place);
    }
    queues::Content content{.block = block,
                            .reference = std::make_shared<const queues::Reference>(std::move(open.reference))};
    if (Append(queue, content, queue.settings.delay, turn)) ++users;
  }
  topic_chunks_.Add(topic.id, first, block, topic.references.size(), users);
  topic.references.clear();
}

void Core::KeepSequencesAhead(TopicEntry& topic, Turn& turn) {
  if (topic.next_sequence < topic.record.next_sequence) return;
  topic.record.next_sequence = topic.next_sequence + kSequencesAhead;
  Store(topic, turn);
}

// A sealed chunk joins its queue's log, or waits until it is due. Returns whether it stays in memory.
bool Core::Append(QueueEntry& queue, const queues::Content& content, Duration delay, Turn& turn) {
  std::shared_ptr<const std::string> value = content.Encode();
  const queues::Sequence first = queue.queue.Reserve(content.count());
  const bool fifo = queue.settings.fifo.on;
  const Instant due = turn.now + delay;
  // [aws 85] In a FIFO queue nothing overtakes what is delayed, also when the delay has been made shorter.
  const bool behind = fifo && queue.delayed.count() > 0;
  if (due > turn.now || behind) {
    const Instant stored = behind ? std::max(due, queue.delayed.latest()) : due;
    turn.batch.Put(DelayedKey(queue.id, stored, first), std::move(value));
    queue.delayed.Add(turn.index, due, stored, content.count());
    if (content.reference) queue.queue.NoteReferences();
    return false;
  }
  turn.batch.Put(Key(KeyKind::kChunk, queue.id, first), std::move(value));
  // Where noisy tenants have a lane, the others' messages stay in memory whatever that or another queue takes.
  const bool keep = queue.queue.ReadyBytes() < (queue.lane ? kFairWindowBytes : kQueueWindowBytes) &&
                    (queue.lane || resident_bytes_ < options_.window_bytes_max);
  const std::size_t before = queue.queue.ResidentBytes();
  const bool kept = queue.queue.Append(first, content, turn.index, keep);
  resident_bytes_ += queue.queue.ResidentBytes() - before;
  JudgeTenants(queue, turn);
  return kept;
}

void Core::CloseAll(Turn& turn) {
  for (const std::uint64_t id : std::exchange(open_topics_, {})) {
    if (TopicEntry* topic = catalog_.FindTopic(id)) CloseTopic(*topic, turn);
  }
  for (const std::uint64_t id : std::exchange(accepting_topics_, {})) {
    if (TopicEntry* topic = catalog_.FindTopic(id)) {
      WriteAccepted(topic->deduplicator, topic->id, turn);
      UpdateTimer(*topic);
    }
  }
  for (const std::uint64_t id : touched_) {
    QueueEntry* queue = catalog_.FindQueue(id);
    if (queue && queue->open) CloseOwn(*queue, turn);
  }
}

void Core::WriteQueue(QueueEntry& queue, Turn& turn) {
  JudgeTenants(queue, turn);
  queues::Changes changes = queue.queue.TakeChanges();
  for (const queues::Changes::Removed& removed : changes.removed) {
    turn.batch.Delete(Key(KeyKind::kChunk, queue.id, removed.first));
    if (removed.had_state) turn.batch.Delete(Key(KeyKind::kSlots, queue.id, removed.first));
    if (removed.reference) topic_chunks_.Release(removed.reference->topic, removed.reference->topic_first, true);
  }
  for (const queues::Chunk* chunk : changes.dirty) {
    turn.batch.Put(Key(KeyKind::kSlots, queue.id, chunk->first), chunk->slots.Encode());
  }
  WriteAccepted(queue.deduplicator, queue.id, turn);
  const queues::Counters counters = queue.queue.CountersNow(queue.delayed.count(), queue.delayed.latest());
  turn.batch.Put(Key(KeyKind::kCounters, queue.id), counters.Encode());
  if (counters.watermark >= queue.reclaimed_to + kReclaimEvery) {
    const queues::Sequence from = queue.reclaimed_to;
    turn.reclaims.emplace_back(Key(KeyKind::kChunk, queue.id, from),
                               Key(KeyKind::kChunk, queue.id, counters.watermark));
    queue.reclaimed_to = counters.watermark;
  }
}

void Core::UpdateTimer(QueueEntry& queue) {
  // What has expired on disk waits for its load, which touches the queue again.
  const bool reading = queue.load != 0 || queue.wants_tail;
  Instant due =
      reading ? queue.queue.NextDueInMemory(queue.settings.retention) : queue.queue.NextDue(queue.settings.retention);
  // The store is read for delayed messages only once it shows those moved before as gone; the commit comes back here.
  if (queue.due_turn <= committed_turn_) due = std::min(due, queue.delayed.NextDue());
  due = std::min({due, queue.deduplicator.ForgetDue(), queue.attempts.ForgetDue()});
  SetTimer(queue.timer, due, queue.id);
}

void Core::UpdateTimer(TopicEntry& topic) { SetTimer(topic.timer, topic.deduplicator.ForgetDue(), topic.id); }

void Core::SetTimer(Instant& timer, Instant due, std::uint64_t owner) {
  if (due == timer) return;
  if (timer != kNever) timers_.erase({timer, owner});
  timer = due;
  if (due != kNever) timers_.emplace(due, owner);
}

// New chunks stop being kept at the bound; loads may take memory beyond it, and then every queue gives back half.
void Core::KeepWithinBudget() {
  if (resident_bytes_ <= options_.window_bytes_max + options_.window_bytes_max / 4) return;
  for (const auto& [id, queue] : catalog_.queues()) {
    const std::size_t before = queue->queue.ResidentBytes();
    if (before == 0) continue;
    queue->queue.Shrink(queue->queue.ReadyBytes() / 2);
    resident_bytes_ += queue->queue.ResidentBytes() - before;
  }
}

}  // namespace hub::core
