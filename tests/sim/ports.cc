#include "tests/sim/ports.h"

#include <algorithm>

#include "hub/base/assert.h"
#include "hub/base/bytes.h"
#include "hub/core/keys.h"

namespace sim {
namespace {

using hub::core::Write;

const std::string kTurnKey = "\x7fturn";

}  // namespace

std::uint64_t SimStore::LastTurn() {
  std::uint64_t turn = 0;
  const auto scanned = Scan(kTurnKey, kTurnKey + '\0', [&](std::string_view, std::string_view value) {
    turn = hub::ReadBigEndian(value);
    return true;
  });
  HUB_ASSERT(scanned);
  return turn;
}

hub::Result<void> SimStore::Write(const hub::core::Batch& batch) {
  hub::core::Batch marked = batch;
  if (variant_ == Variant::kLostBitmap) {
    std::erase_if(marked.writes, [](const struct Write& write) {
      return write.kind == Write::Kind::kPut && write.key[0] == static_cast<char>(hub::core::KeyKind::kSlots);
    });
  }
  std::string value;
  hub::AppendBigEndian(value, turn_);
  marked.Put(kTurnKey, std::move(value));
  return disk_.store().Write(marked);
}

void SimCommitter::Submit(hub::core::Turn turn) {
  const std::uint64_t number = next_turn_++;
  Break(turn.feed);
  events_.decided(turn, number);
  if (variant_ == Variant::kEarlyFeed) events_.fed(std::exchange(turn.feed, {}), number);
  in_flight_.push_back({.turn = std::move(turn), .number = number});
  if (variant_ == Variant::kAckBeforeFlush) events_.answered(number);
}

// What a feed that is broken in this way makes of it.
void SimCommitter::Break(hub::core::FeedTurn& feed) {
  if (variant_ == Variant::kDeafFeed) feed.ended.clear();
  if (variant_ == Variant::kLossyFeed) {
    std::erase_if(feed.messages, [this](const auto&) { return ++messages_ % 5 == 0; });
  }
  if (variant_ != Variant::kLeakyFeed) return;
  for (hub::core::FeedMessage& message : feed.messages) {
    keys_.insert(message.keys->begin(), message.keys->end());
    message.keys = std::make_shared<const std::vector<std::string>>(keys_.begin(), keys_.end());
  }
}

void SimCommitter::WaitForRoom() {
  while (in_flight_.size() >= hub::kTurnsInFlightMax) HUB_ASSERT(Step());
}

bool SimCommitter::Step() { return AnswerFirst() || FlushWritten() || WriteNext(); }

bool SimCommitter::WriteNext() {
  const auto next = std::find_if(in_flight_.begin(), in_flight_.end(), [](const InFlight& t) { return !t.written; });
  if (next == in_flight_.end()) return false;
  if (!next->turn.batch.writes.empty()) {
    store_.set_turn(next->number);
    HUB_ASSERT(store_.Write(next->turn.batch));
  }
  next->written = true;
  next->flushed = !next->turn.batch.flush;
  written_ = next->turn.index;
  return true;
}

bool SimCommitter::FlushWritten() {
  std::uint64_t last = 0;
  bool wanted = false;
  for (InFlight& turn : in_flight_) {
    if (!turn.written) break;
    wanted = wanted || !turn.flushed;
    turn.flushed = true;
    last = turn.number;
  }
  if (!wanted) return false;
  HUB_ASSERT(store_.Flush());
  events_.flushed(last);
  return true;
}

bool SimCommitter::AnswerFirst() {
  if (in_flight_.empty() || !in_flight_.front().written || !in_flight_.front().flushed) return false;
  const InFlight& first = in_flight_.front();
  if (variant_ != Variant::kAckBeforeFlush) events_.answered(first.number);
  events_.fed(first.turn.feed, first.number);
  in_flight_.pop_front();
  return true;
}

bool SimLoader::Step() {
  if (waiting_.empty()) return false;
  const hub::core::Load load = std::move(waiting_.front());
  waiting_.pop_front();
  auto loaded =
      hub::core::ReadLoad(load, [this](std::string_view from, std::string_view to, const hub::core::Visit& visit) {
        if (random_.OneIn(8)) committer_.WriteNext();
        return store_.Scan(from, to, visit);
      });
  HUB_ASSERT(loaded);
  done_.push_back(std::move(*loaded));
  return true;
}

}  // namespace sim
