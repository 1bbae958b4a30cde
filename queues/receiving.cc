// What a receive takes, in which order, and what it has to wait for. A FIFO queue has its own way (fifo.cc).
#include "queues/queue.h"

namespace queues {
namespace {

using hub::Duration;
using hub::Instant;

// So many messages are passed over in search of other tenants'.
constexpr std::size_t kPassedOverMax = 8192;

bool IsExpired(const Chunk& chunk, Duration retention, Instant now) { return chunk.sent + retention <= now; }

}  // namespace

void Queue::Receive(const Limits& limits, Instant now, Instant until, std::vector<Position>& taken,
                    std::vector<Position>& exhausted) {
  Receiving receiving{.limits = limits, .now = now, .until = until, .taken = taken, .exhausted = exhausted};
  Go(receiving);
  if (receiving.skipped == 0 || !taken.empty() || !exhausted.empty()) return;
  const Limits again{.messages = limits.messages,
                     .bytes = limits.bytes,
                     .in_flight_max = limits.in_flight_max,
                     .receives_max = limits.receives_max,
                     .retention = limits.retention,
                     .whose = limits.whose};
  Receive(again, now, until, taken, exhausted);
}

void Queue::Peek(const Limits& limits, Sequence before, Instant now, std::vector<Position>& found) {
  std::vector<Position> none;
  Receiving receiving{
      .limits = limits, .now = now, .until = now, .taken = none, .exhausted = found, .peek_before = before};
  Go(receiving);
}

void Queue::Go(Receiving& receiving) {
  if (fifo()) return ReceiveInOrder(receiving);
  const Limits& limits = receiving.limits;
  Sequence from = 0;
  for (;;) {
    // Taking from a chunk may take it out of ready_, so look up the next one each time.
    const auto next = ready_.lower_bound(from);
    if (next == ready_.end() || *next >= FirstUnread()) return;
    if (receiving.peek_before && *next >= *receiving.peek_before) return;
    Chunk& chunk = chunks_.at(*next);
    from = chunk.first + 1;
    if (IsExpired(chunk, limits.retention, receiving.now)) continue;
    if (!ReceiveFrom(chunk, receiving)) return;
  }
}

// Returns whether the receive may go on with the next chunk.
bool Queue::ReceiveFrom(Chunk& chunk, Receiving& receiving) {
  Taken last = Taken::kPassed;
  bool touched = false;
  for (std::uint32_t i = chunk.slots.NextAvailable(0); i < hub::kChunkMessagesMax && last != Taken::kFull;
       i = chunk.slots.NextAvailable(i + 1)) {
    if (IsPassedOver({&chunk, i}, receiving)) {
      if (receiving.passed_over > kPassedOverMax) return false;
      continue;
    }
    if (receiving.skipped < receiving.limits.skip) {
      ++receiving.skipped;
      continue;
    }
    last = TakeOne({&chunk, i}, receiving);
    touched = touched || last == Taken::kTaken;
  }
  if (touched) EndTake(chunk, receiving);
  return last != Taken::kFull;
}

bool Queue::IsPassedOver(const Position& position, Receiving& receiving) const {
  if (receiving.limits.whose == Whose::kAll) return false;
  const std::vector<Tenants::Tag>& tags = position.chunk->tags;
  const bool is_noisy = !tags.empty() && tenants_->IsNoisy(tags[position.slot]);
  if (is_noisy == (receiving.limits.whose == Whose::kNoisy)) return false;
  ++receiving.passed_over;
  return true;
}

// Takes an available message, unless it has been received too often or there is no more room. EndTake then.
Queue::Taken Queue::TakeOne(const Position& position, Receiving& receiving) {
  if (receiving.peek_before) return PeekOne(position, receiving);
  Chunk& chunk = *position.chunk;
  const Limits& limits = receiving.limits;
  if (limits.receives_max > 0 && chunk.slots.StateOf(position.slot).receives >= limits.receives_max) {
    receiving.exhausted.push_back(position);
    return Taken::kPassed;
  }
  const std::size_t size = chunk.bytes / chunk.slots.count();
  const bool full = receiving.taken.size() >= limits.messages ||
                    (!receiving.taken.empty() && receiving.bytes + size > limits.bytes) ||
                    in_flight_ >= limits.in_flight_max;
  if (full) return Taken::kFull;
  chunk.slots.Receive(position.slot, receiving.now, receiving.until);
  if (receiving.until > receiving.now) ++in_flight_;
  receiving.bytes += size;
  receiving.taken.push_back(position);
  return Taken::kTaken;
}

Queue::Taken Queue::PeekOne(const Position& position, Receiving& receiving) {
  if (position.sequence() >= *receiving.peek_before) return Taken::kPassed;
  const std::uint32_t receives_max = receiving.limits.receives_max;
  if (receives_max > 0 && position.chunk->slots.StateOf(position.slot).receives >= receives_max) return Taken::kPassed;
  const std::size_t size = position.chunk->bytes / position.chunk->slots.count();
  std::vector<Position>& found = receiving.exhausted;
  const bool full =
      found.size() >= receiving.limits.messages || (!found.empty() && receiving.bytes + size > receiving.limits.bytes);
  if (full) return Taken::kFull;
  receiving.bytes += size;
  found.push_back(position);
  return Taken::kPassed;
}

void Queue::EndTake(Chunk& chunk, const Receiving& receiving) {
  Touch(chunk);
  if (receiving.until > receiving.now) Watch(chunk, receiving.until);
  if (!chunk.slots.AnyAvailable()) {
    // All of it is in flight: the bodies are wanted again only if a deadline passes.
    drop_when_committed_.push_back(chunk.first);
  }
  Refresh(chunk);
}

bool Queue::WaitsForLoad() const {
  if (fifo()) return !wanted_.empty() || (groups_.First() == Groups::kNone && WantsWindow());
  const Sequence unread = FirstUnread();
  return unread != kNoSequence && (ready_.empty() || unread <= *ready_.begin());
}

bool Queue::WaitsForLoad(Instant now, Duration retention) const {
  if (fifo()) return !wanted_.empty() || (WantsWindow() && !AnyReady(now, retention));
  const Sequence unread = FirstUnread();
  if (unread == kNoSequence) return false;
  for (const Sequence first : ready_) {
    if (unread <= first) return true;
    if (!IsExpired(chunks_.at(first), retention, now)) return false;
  }
  return true;
}

bool Queue::PeekWaitsForLoad(Sequence before) const {
  if (!fifo()) return FirstUnread() < before;
  return (!wanted_.empty() && *wanted_.begin() < before) || (WantsWindow() && tail_from_ < before);
}

}  // namespace queues
