// The window: what a queue reads from disk, and what it lets go of.
#include <algorithm>

#include "hub/base/assert.h"
#include "queues/queue.h"

namespace queues {
namespace {

using hub::Instant;

// A chunk of so many bytes is sparse when at most one in so many of its messages is left.
constexpr std::size_t kSparseBytes = 32 * 1024;
constexpr std::uint32_t kSparseOneIn = 8;

}  // namespace

std::optional<Queue::Range> Queue::NextLoad(bool tail) const {
  if (tail && HasTail() && tail_from_ < durable_) return Range{tail_from_, durable_};
  if (fifo()) return NextLoadInOrder();
  if (ready_bytes_ >= kReadAheadBytes && !WaitsForLoad()) return std::nullopt;
  const Sequence from = FirstUnread();
  if (from == kNoSequence || from >= durable_) return std::nullopt;
  return Range{from, durable_};
}

bool Queue::AddLoaded(Sequence first, const Content& content) {
  const auto at = chunks_.find(first);
  if (at != chunks_.end()) {
    Chunk& chunk = at->second;
    const bool wanted = wanted_.erase(first) > 0;
    if (!chunk.content.block && (wanted || chunk.slots.AnyAvailable())) SetBlock(chunk, content.block);
    if (fifo() && chunk.groups.empty()) {
      --ungrouped_;
      JoinGroups(chunk, content);
    }
    return false;
  }
  if (first < tail_from_ || gone_ahead_.contains(first)) return false;  // Deleted since it was asked for.
  const std::uint32_t count = content.count();
  const Instant sent = content.sent();
  HUB_ASSERT(tail_live_ >= count);
  Chunk& chunk = Insert(first, Slots(count), content);
  if (fifo()) JoinGroups(chunk, content);
  if (first < counted_from_) CountTenants(chunk);
  tail_live_ -= count;
  if (!unordered_) tail_oldest_ = std::max(tail_oldest_, sent);
  return true;
}

Chunk* Queue::Sparse(Sequence first) {
  const auto at = chunks_.find(first);
  if (at == chunks_.end() || !at->second.content.block || at->second.bytes < kSparseBytes) return nullptr;
  const Slots& slots = at->second.slots;
  return slots.Live() * kSparseOneIn <= slots.count() ? &at->second : nullptr;
}

void Queue::Rewrite(Chunk& chunk, std::shared_ptr<const Block> block, std::uint64_t turn) {
  HUB_ASSERT(block->count() == chunk.slots.count());
  SetBlock(chunk, nullptr);
  chunk.content.reference = nullptr;
  chunk.bytes = static_cast<std::uint32_t>(block->bytes()->size());
  chunk.turn = turn;
  SetBlock(chunk, std::move(block));
}

void Queue::EndLoad(Sequence from, Sequence to) {
  if (from <= tail_from_) tail_from_ = std::max(tail_from_, to);
  if (!HasTail()) tail_from_ = next_sequence_;
  gone_ahead_.erase(gone_ahead_.begin(), gone_ahead_.lower_bound(tail_from_));
}

void Queue::Restore(Sequence first, Slots slots, const Content& content) {
  HUB_ASSERT(tail_live_ >= slots.Live());
  tail_live_ -= slots.Live();
  Chunk& chunk = Insert(first, std::move(slots), content);
  CountTenants(chunk);
  SetBlock(chunk, nullptr);
  chunk.has_state = true;
  untouched_by_age_.erase({chunk.sent, first});
  in_flight_ += chunk.slots.InFlight();
  Instant next = hub::kNever;
  chunk.slots.ShowDue(hub::InstantOf(0), next);
  if (next != hub::kNever) Watch(chunk, next);
  if (fifo()) ++ungrouped_;  // Its groups are learnt in their order, when the window reaches it.
  if (!HasTail()) tail_from_ = next_sequence_;
}

void Queue::Committed(std::uint64_t turn, Sequence sequence) {
  committed_turn_ = turn;
  durable_ = std::max(durable_, sequence);
  std::vector<Sequence> later;
  for (const Sequence first : drop_when_committed_) {
    const auto at = chunks_.find(first);
    if (at == chunks_.end() || at->second.slots.AnyAvailable() || !at->second.content.block) continue;
    if (at->second.turn > turn) {
      later.push_back(first);
    } else {
      SetBlock(at->second, nullptr);
    }
  }
  drop_when_committed_ = std::move(later);
}

void Queue::Shrink(std::size_t bytes_max) {
  for (auto at = ready_.rbegin(); at != ready_.rend() && ready_bytes_ > bytes_max;) {
    Chunk& chunk = chunks_.at(*at);
    if (chunk.turn > committed_turn_) {
      ++at;
      continue;
    }
    SetBlock(chunk, nullptr);  // Takes it out of ready_.
    at = ready_.rbegin();
  }
}

}  // namespace queues
