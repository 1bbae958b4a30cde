// What is different about a queue that hands out by message group.
#include "hub/base/limits.h"
#include "queues/queue.h"

namespace queues {
namespace {

// A receive that finds so many chunks without their bodies waits for them before it looks further.
constexpr std::size_t kWantedMax = 64;
// So many messages from the head are looked through for a group that is not locked.
constexpr std::uint64_t kWindowMessages = hub::kInFlightMax;

}  // namespace

// The ready groups in turn, from each as many as there are. A group of which something was taken is no longer ready,
// unless nothing was hidden: then it gives way to the others.
void Queue::ReceiveInOrder(Receiving& receiving) {
  if (receiving.limits.whole && !receiving.peek_before && MissesBodies(receiving)) return;
  std::vector<Groups::Id> still_ready;
  bool more = true;
  for (Groups::Id group = groups_.First(); group != Groups::kNone && more && wanted_.size() < kWantedMax;) {
    const Groups::Id next = groups_.Next(group);
    const std::size_t taken = receiving.taken.size();
    more = ReceiveFromGroup(group, receiving);
    if (receiving.taken.size() > taken) {
      if (receiving.until > receiving.now) {
        Settle(group);
      } else {
        still_ready.push_back(group);
      }
    }
    group = next;
  }
  for (const Groups::Id group : still_ready) groups_.ToTheEnd(group);
}

// Whether something that would be handed out must be read first. It is wanted then.
bool Queue::MissesBodies(const Receiving& receiving) {
  if (in_flight_ >= receiving.limits.in_flight_max) return false;  // Nothing would be.
  std::vector<Position> none;
  std::vector<Position> found;
  Receiving look{.limits = receiving.limits,
                 .now = receiving.now,
                 .until = receiving.now,
                 .taken = none,
                 .exhausted = found,
                 .peek_before = kNoSequence};
  ReceiveInOrder(look);
  return look.misses_bodies;
}

// Takes from the group's oldest message on, up to one that is in flight. Returns whether the receive may go on with the
// next group.
bool Queue::ReceiveFromGroup(Groups::Id group, Receiving& receiving) {
  bool more = true;
  groups_.ForEach(group, [&](Sequence sequence) {
    if (receiving.peek_before && sequence >= *receiving.peek_before) return false;
    Position position;
    if (Find(sequence, position) != Where::kHere) return true;
    Chunk& chunk = *position.chunk;
    if (!chunk.slots.IsAvailable(position.slot)) return false;
    if (chunk.sent + receiving.limits.retention <= receiving.now) return true;  // Tick will remove it.
    if (!chunk.content.block) {
      wanted_.insert(chunk.first);
      receiving.misses_bodies = true;
      return false;
    }
    const Taken taken = TakeOne(position, receiving);
    if (taken == Taken::kTaken) EndTake(chunk, receiving);
    more = taken != Taken::kFull;
    return more;
  });
  return more;
}

bool Queue::IsHiddenSince(const Position& position, std::uint32_t receive, hub::Instant until) const {
  const Slots& slots = position.chunk->slots;
  const SlotState state = slots.StateOf(position.slot);
  return slots.IsInFlight(position.slot) && state.receives == receive && state.hidden_until == until;
}

bool Queue::WantBodies(const std::vector<Position>& positions) {
  bool all = true;
  for (const Position& position : positions) {
    if (position.chunk->content.block) continue;
    wanted_.insert(position.chunk->first);
    all = false;
  }
  return all;
}

void Queue::ReleaseBodies(const std::vector<Position>& positions) {
  for (const Position& position : positions) {
    if (drop_when_committed_.empty() || drop_when_committed_.back() != position.chunk->first) {
      drop_when_committed_.push_back(position.chunk->first);
    }
  }
}

// Whether messages from the tail may join the window.
bool Queue::WantsWindow() const { return HasTail() && grouped_live_ < kWindowMessages; }

// Whether some ready group has a message that is not past its retention: what has just been read may be.
bool Queue::AnyReady(hub::Instant now, hub::Duration retention) const {
  bool any = false;
  for (Groups::Id group = groups_.First(); group != Groups::kNone && !any; group = groups_.Next(group)) {
    groups_.ForEach(group, [&](Sequence sequence) {
      const Chunk* chunk = ChunkOf(sequence);
      if (chunk == nullptr || chunk->sent + retention <= now) return true;
      const auto slot = static_cast<std::uint32_t>(sequence - chunk->first);
      any = chunk->slots.IsAvailable(slot);
      return chunk->slots.IsDeleted(slot);
    });
  }
  return any;
}

std::optional<Queue::Range> Queue::NextLoadInOrder() const {
  if (!wanted_.empty()) {
    if (*wanted_.begin() >= durable_) return std::nullopt;
    return Range{*wanted_.begin(), durable_};
  }
  if (!WantsWindow() || tail_from_ >= durable_) return std::nullopt;
  if (groups_.First() != Groups::kNone && ready_bytes_ >= kReadAheadBytes) return std::nullopt;
  return Range{tail_from_, durable_};
}

// The messages of a chunk that comes into the window, all older ones being there, get their places in their groups.
void Queue::JoinGroups(Chunk& chunk, const Content& content) {
  const std::uint32_t count = chunk.slots.count();
  chunk.groups.assign(count, Groups::kNone);
  for (std::uint32_t i = 0; i < count; ++i) {
    if (chunk.slots.IsDeleted(i)) continue;
    chunk.groups[i] = groups_.Add(content.At(i).group, chunk.first + i);
    Settle(chunk.groups[i]);
    ++grouped_live_;
  }
}

// Returns the groups to be settled once the chunk, which is about to go, is gone.
std::vector<Groups::Id> Queue::LeaveGroups(Chunk& chunk) {
  wanted_.erase(chunk.first);
  std::vector<Groups::Id> left;
  if (chunk.groups.empty()) {
    --ungrouped_;
    return left;
  }
  for (std::uint32_t i = 0; i < chunk.slots.count(); ++i) {
    if (!chunk.slots.IsDeleted(i)) left.push_back(chunk.groups[i]);
  }
  grouped_live_ -= left.size();
  return left;
}

void Queue::Settle(Groups::Id group) {
  groups_.Settle(group, [this](Sequence sequence) {
    Position position;
    if (Find(sequence, position) != Where::kHere) return Groups::State::kGone;
    return position.chunk->slots.IsAvailable(position.slot) ? Groups::State::kAvailable : Groups::State::kInFlight;
  });
}

void Queue::SettleAvailable(const Chunk& chunk) {
  if (chunk.groups.empty()) return;
  for (std::uint32_t i = chunk.slots.NextAvailable(0); i < chunk.slots.count(); i = chunk.slots.NextAvailable(i + 1)) {
    Settle(chunk.groups[i]);
  }
}

}  // namespace queues
