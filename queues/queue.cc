#include "queues/queue.h"

#include <algorithm>

#include "hub/base/assert.h"

namespace queues {
namespace {

using hub::Duration;
using hub::Instant;

Instant After(Instant sent, Duration retention) { return sent == hub::kNever ? hub::kNever : sent + retention; }

}  // namespace

Queue::Queue(Counters counters, Order order, Tenants* tenants)
    : order_(order),
      tenants_(order == Order::kFifo ? nullptr : tenants),
      counted_from_(counters.next_sequence),
      next_sequence_(counters.next_sequence),
      tail_from_(counters.live > 0 ? counters.watermark : counters.next_sequence),
      durable_(counters.next_sequence),
      live_(counters.live),
      tail_live_(counters.live),
      tail_oldest_(counters.oldest),
      newest_(counters.newest),
      unordered_(counters.unordered),
      has_references_(counters.has_references) {}

Counters Queue::CountersNow(std::uint64_t delayed, Instant delayed_until) const {
  Instant oldest = TailOldest();
  if (!untouched_by_age_.empty()) oldest = std::min(oldest, untouched_by_age_.begin()->first);
  return {.next_sequence = next_sequence_,
          .watermark = Watermark(),
          .live = live_,
          .delayed = delayed,
          .delayed_until = delayed_until,
          .oldest = oldest,
          .has_references = has_references_,
          .unordered = unordered_,
          .newest = newest_};
}

Sequence Queue::Watermark() const {
  return chunks_.empty() ? tail_from_ : std::min(chunks_.begin()->first, tail_from_);
}

Instant Queue::Oldest() const {
  Instant oldest = TailOldest();
  if (!by_age_.empty()) oldest = std::min(oldest, by_age_.begin()->first);
  return oldest;
}

// --- Writing --------------------------------------------------------------------------------------------------------

Sequence Queue::Reserve(std::uint32_t count) {
  const Sequence first = next_sequence_;
  next_sequence_ += count;
  return first;
}

bool Queue::Append(Sequence first, const Content& content, std::uint64_t turn, bool keep) {
  HUB_ASSERT(first < next_sequence_ && first >= tail_from_);
  const Instant sent = content.sent();
  const std::uint32_t count = content.count();
  has_references_ = has_references_ || content.reference;
  unordered_ = live_ > 0 && (unordered_ || sent < newest_);
  newest_ = live_ > 0 ? std::max(newest_, sent) : sent;
  live_ += count;
  if (keep && !HasTail()) {
    Chunk& chunk = Insert(first, Slots(count), content);
    chunk.turn = turn;
    if (fifo()) JoinGroups(chunk, content);
    CountTenants(chunk);
    tail_from_ = first + count;
    return true;
  }
  for (const Tenants::Tag tag : TagsOf(content)) tenants_->Add(tag);
  if (!HasTail()) {
    tail_from_ = first;
    tail_oldest_ = sent;
  }
  tail_oldest_ = std::min(tail_oldest_, sent);
  tail_live_ += count;
  return false;
}

Chunk& Queue::Insert(Sequence first, Slots slots, const Content& content) {
  const Instant sent = content.sent();
  Chunk chunk{.first = first,
              .slots = std::move(slots),
              .content = {.block = nullptr, .reference = content.reference},
              .sent = sent,
              .id_base = content.id_base(),
              .bytes = content.bytes()};
  const auto [at, inserted] = chunks_.emplace(first, std::move(chunk));
  HUB_ASSERT(inserted);
  by_age_.emplace(sent, first);
  untouched_by_age_.emplace(sent, first);
  at->second.tags = TagsOf(content);
  SetBlock(at->second, content.block);
  return at->second;
}

void Queue::SetBlock(Chunk& chunk, std::shared_ptr<const Block> block) {
  const std::size_t own_bytes = chunk.content.reference ? 0 : chunk.bytes;
  if (chunk.content.block) resident_bytes_ -= own_bytes;
  chunk.content.block = std::move(block);
  if (chunk.content.block) resident_bytes_ += own_bytes;
  Refresh(chunk);
}

// Files the chunk where Receive and NextLoad look for it.
void Queue::Refresh(Chunk& chunk) {
  const bool available = chunk.slots.AnyAvailable();
  const bool ready = available && chunk.content.block;
  if (ready != chunk.ready) {
    chunk.ready = ready;
    if (ready) {
      ready_.insert(chunk.first);
      ready_bytes_ += chunk.bytes;
    } else {
      ready_.erase(chunk.first);
      ready_bytes_ -= chunk.bytes;
    }
  }
  if (available && !chunk.content.block) {
    unready_.insert(chunk.first);
  } else if (!unready_.empty()) {
    unready_.erase(chunk.first);
  }
}

void Queue::Touch(Chunk& chunk) {
  if (chunk.dirty) return;
  chunk.dirty = true;
  if (!chunk.has_state) untouched_by_age_.erase({chunk.sent, chunk.first});
  dirty_.push_back(chunk.first);
}

// The tenants of what `content` holds; none when no message of it has a group.
std::vector<Tenants::Tag> Queue::TagsOf(const Content& content) const {
  std::vector<Tenants::Tag> tags;
  if (!tenants_ || !content.block->has_groups()) return tags;
  const std::uint32_t count = content.count();
  for (std::uint32_t i = 0; i < count; ++i) tags.push_back(tenants_->TagOf(content.At(i).group));
  return tags;
}

void Queue::CountTenants(const Chunk& chunk) {
  for (std::uint32_t i = 0; i < chunk.tags.size(); ++i) {
    if (!chunk.slots.IsDeleted(i)) tenants_->Add(chunk.tags[i]);
  }
}

void Queue::Remove(Chunks::iterator at) {
  Chunk& chunk = at->second;
  for (std::uint32_t i = 0; i < chunk.tags.size(); ++i) {
    if (!chunk.slots.IsDeleted(i)) Forget(chunk, i);
  }
  const std::vector<Groups::Id> groups = fifo() ? LeaveGroups(chunk) : std::vector<Groups::Id>();
  live_ -= chunk.slots.Live();
  in_flight_ -= chunk.slots.InFlight();
  by_age_.erase({chunk.sent, chunk.first});
  if (!chunk.has_state && !chunk.dirty) untouched_by_age_.erase({chunk.sent, chunk.first});
  if (chunk.ready) {
    ready_.erase(chunk.first);
    ready_bytes_ -= chunk.bytes;
  }
  unready_.erase(chunk.first);
  if (chunk.content.block && !chunk.content.reference) resident_bytes_ -= chunk.bytes;
  if (chunk.first >= tail_from_) gone_ahead_.insert(chunk.first);
  removed_.push_back({chunk.first, chunk.has_state, std::move(chunk.content.reference)});
  chunks_.erase(at);
  for (const Groups::Id group : groups) Settle(group);
}

// --- In flight ------------------------------------------------------------------------------------------------------

// The chunk in memory that holds it, or null.
const Chunk* Queue::ChunkOf(Sequence sequence) const {
  const auto after = chunks_.upper_bound(sequence);
  if (after == chunks_.begin()) return nullptr;
  const Chunk& chunk = std::prev(after)->second;
  return sequence < chunk.first + chunk.slots.count() ? &chunk : nullptr;
}

Queue::Where Queue::Find(Sequence sequence, Position& position) {
  if (const Chunk* chunk = ChunkOf(sequence)) {
    position = {const_cast<Chunk*>(chunk), static_cast<std::uint32_t>(sequence - chunk->first)};
    return chunk->slots.IsDeleted(position.slot) ? Where::kGone : Where::kHere;
  }
  if (sequence >= next_sequence_) return Where::kNever;
  return sequence < tail_from_ || !HasTail() ? Where::kGone : Where::kOnDisk;
}

void Queue::Delete(const Position& position) {
  Chunk& chunk = *position.chunk;
  if (chunk.slots.IsInFlight(position.slot)) --in_flight_;
  chunk.slots.Delete(position.slot);
  Forget(chunk, position.slot);
  --live_;
  const Groups::Id group = GroupOf(position);
  if (group != Groups::kNone) --grouped_live_;
  if (chunk.slots.Live() == 0) {
    Remove(chunks_.find(chunk.first));
  } else {
    Touch(chunk);
    Refresh(chunk);
  }
  if (group != Groups::kNone) Settle(group);
}

void Queue::ChangeVisibility(const Position& position, Instant now, Instant until) {
  Chunk& chunk = *position.chunk;
  const bool was_in_flight = chunk.slots.IsInFlight(position.slot);
  if (until <= now) {
    chunk.slots.Show(position.slot);
    if (was_in_flight) --in_flight_;
  } else {
    chunk.slots.Hide(position.slot, until);
    if (!was_in_flight) ++in_flight_;
    Watch(chunk, until);
  }
  Touch(chunk);
  Refresh(chunk);
  if (const Groups::Id group = GroupOf(position); group != Groups::kNone) Settle(group);
}

// --- Time -----------------------------------------------------------------------------------------------------------

void Queue::Watch(Chunk& chunk, Instant deadline) {
  if (deadline >= chunk.wake) return;
  chunk.wake = deadline;
  deadlines_.emplace(deadline, chunk.first);
}

Queue::Ticked Queue::Tick(Instant now, Duration retention, std::size_t steps) {
  Ticked ticked;
  while (steps > 0 && !by_age_.empty() && After(by_age_.begin()->first, retention) <= now) {
    const auto at = chunks_.find(by_age_.begin()->second);
    ticked.expired += at->second.slots.Live();
    Remove(at);
    --steps;
  }
  while (steps > 0 && !deadlines_.empty() && deadlines_.top().first <= now) {
    const auto [deadline, first] = deadlines_.top();
    deadlines_.pop();
    --steps;
    const auto at = chunks_.find(first);
    if (at == chunks_.end() || at->second.wake != deadline) continue;
    Chunk& chunk = at->second;
    chunk.wake = hub::kNever;
    Instant next = hub::kNever;
    const std::uint32_t shown = chunk.slots.ShowDue(now, next);
    in_flight_ -= shown;
    ticked.shown += shown;
    if (next != hub::kNever) Watch(chunk, next);
    if (shown > 0) {
      Touch(chunk);
      Refresh(chunk);
      SettleAvailable(chunk);
    }
  }
  return ticked;
}

Instant Queue::NextDue(Duration retention) const { return std::min(After(Oldest(), retention), NextShown()); }

Instant Queue::NextDueInMemory(Duration retention) const {
  return std::min(by_age_.empty() ? hub::kNever : After(by_age_.begin()->first, retention), NextShown());
}

void Queue::Purge() {
  for (auto& [first, chunk] : chunks_) chunk.groups.clear();
  groups_.Clear();
  while (!chunks_.empty()) Remove(chunks_.begin());
  deadlines_ = {};
  dirty_.clear();
  drop_when_committed_.clear();
  tail_from_ = next_sequence_;
  gone_ahead_.clear();
  wanted_.clear();
  live_ = tail_live_ = in_flight_ = grouped_live_ = ungrouped_ = 0;
  if (tenants_) tenants_->Clear();
  tail_oldest_ = hub::kNever;
}

Changes Queue::TakeChanges() {
  Changes changes;
  for (const Sequence first : dirty_) {
    const auto at = chunks_.find(first);
    if (at == chunks_.end()) continue;
    at->second.dirty = false;
    at->second.has_state = true;
    changes.dirty.push_back(&at->second);
  }
  dirty_.clear();
  changes.removed = std::exchange(removed_, {});
  return changes;
}

}  // namespace queues
