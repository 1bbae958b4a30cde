#include "queues/queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hub/base/random.h"
#include "tests/queues/support.h"

namespace queues {
namespace {

using namespace std::chrono_literals;
using hub::Duration;
using hub::Instant;

constexpr Duration kRetention = 60s;

// A queue and what a store would hold of it: enough to forget memory and to load again.
class QueueTest : public testing::Test {
 protected:
  Sequence Append(const std::vector<std::string>& bodies, Instant sent = kStart, bool keep = true) {
    const auto block = Sealed(bodies, sent);
    const Sequence first = queue.Reserve(block->count());
    stored[first] = block;
    queue.Append(first, {.block = block, .reference = nullptr}, ++turn, keep);
    queue.Committed(turn, queue.next_sequence());
    return first;
  }

  std::vector<Position> Receive(std::size_t max, Instant now, Duration visibility, std::uint32_t receives_max = 0) {
    std::vector<Position> taken;
    exhausted.clear();
    queue.Receive({.messages = max,
                   .bytes = hub::kReplyBytesMax,
                   .in_flight_max = in_flight_max,
                   .receives_max = receives_max,
                   .retention = kRetention},
                  now, now + visibility, taken, exhausted);
    return taken;
  }
  std::vector<Sequence> Sequences(const std::vector<Position>& positions) {
    std::vector<Sequence> sequences;
    sequences.reserve(positions.size());
    for (const Position& position : positions) sequences.push_back(position.sequence());
    return sequences;
  }

  // Reads the first `chunks` chunks of what the queue asks for; whether it asked.
  bool Load(std::size_t chunks = 1000, bool tail = false) {
    const auto range = queue.NextLoad(tail);
    if (!range) return false;
    Sequence end = range->to;
    for (auto at = stored.lower_bound(range->from); at != stored.end() && at->first < range->to; ++at) {
      if (chunks-- == 0) break;
      const auto& block = at->second;
      queue.AddLoaded(at->first, {.block = block, .reference = nullptr});
      end = at->first + block->count();
      if (std::next(at) == stored.end()) end = range->to;
    }
    queue.EndLoad(range->from, end);
    return true;
  }

  Queue queue;
  std::map<Sequence, std::shared_ptr<const Block>> stored;
  std::vector<Position> exhausted;
  std::size_t in_flight_max = hub::kInFlightMax;
  std::uint64_t turn = 0;
};

TEST_F(QueueTest, MessagesComeOldestFirstAndAreHidden) {
  Append({"a", "b"});
  Append({"c"});
  EXPECT_EQ(Sequences(Receive(2, kStart, 30s)), (std::vector<Sequence>{1, 2}));
  EXPECT_EQ(Sequences(Receive(10, kStart, 30s)), (std::vector<Sequence>{3}));
  EXPECT_TRUE(Receive(10, kStart, 30s).empty());
  EXPECT_EQ(queue.InFlight(), 3u);
  EXPECT_EQ(queue.NextShown(), kStart + 30s);
}

TEST_F(QueueTest, AnUndeletedMessageReturnsWhenItsVisibilityEnds) {
  Append({"a"});
  Receive(1, kStart, 30s);
  EXPECT_EQ(queue.Tick(kStart + 29s, kRetention, 10).shown, 0u);
  EXPECT_EQ(queue.Tick(kStart + 30s, kRetention, 10).shown, 1u);
  Load();  // The body left memory while it was in flight.
  EXPECT_EQ(Sequences(Receive(1, kStart + 30s, 30s)), (std::vector<Sequence>{1}));
}

// rule: aws 70 no more than so many in flight
TEST_F(QueueTest, TheInFlightCapStopsAReceive) {
  in_flight_max = 3;
  Append({"a", "b", "c", "d", "e"});
  EXPECT_EQ(Receive(10, kStart, 30s).size(), 3u);
  EXPECT_TRUE(Receive(10, kStart, 30s).empty());
  Position position;
  ASSERT_EQ(queue.Find(1, position), Queue::Where::kHere);
  queue.Delete(position);
  EXPECT_EQ(Receive(10, kStart, 30s).size(), 1u);
}

// rule: aws 87 the receive that would exceed the maximum moves instead
TEST_F(QueueTest, AMessageReceivedTooOftenIsExhaustedAndStaysAvailable) {
  Append({"a", "b"});
  Receive(1, kStart, 0s, 1);
  EXPECT_EQ(Sequences(Receive(10, kStart, 30s, 1)), (std::vector<Sequence>{2}));
  EXPECT_EQ(Sequences(exhausted), (std::vector<Sequence>{1}));
  EXPECT_EQ(queue.Visible(), 1u);
}

TEST_F(QueueTest, AMessageIsFoundByItsSequence) {
  Append({"a", "b"});
  Append({"c"}, kStart, /*keep=*/false);
  Position position;
  EXPECT_EQ(queue.Find(2, position), Queue::Where::kHere);
  queue.Delete(position);
  EXPECT_EQ(queue.Find(2, position), Queue::Where::kGone);
  EXPECT_EQ(queue.Find(3, position), Queue::Where::kOnDisk);
  EXPECT_EQ(queue.Find(4, position), Queue::Where::kNever);
}

TEST_F(QueueTest, AnEmptyChunkIsRemovedAndTheWatermarkMovesOn) {
  Append({"a", "b"});
  Append({"c"});
  EXPECT_EQ(queue.Watermark(), 1u);
  for (const Position& position : Receive(2, kStart, 30s)) queue.Delete(position);
  EXPECT_EQ(queue.Watermark(), 3u);
  const Changes changes = queue.TakeChanges();
  ASSERT_EQ(changes.removed.size(), 1u);
  EXPECT_EQ(changes.removed[0].first, 1u);
  EXPECT_FALSE(changes.removed[0].had_state);  // Nothing of it was stored.
  EXPECT_TRUE(changes.dirty.empty());
}

TEST_F(QueueTest, ExpiredMessagesArePassedOverAndRemovedAtMostSoManyChunksAtATime) {
  for (int i = 0; i < 5; ++i) Append({"a", "b"});
  Append({"young"}, kStart + 30s);
  EXPECT_EQ(Sequences(Receive(20, kStart + kRetention, 30s)), (std::vector<Sequence>{11}));
  EXPECT_EQ(queue.Tick(kStart + kRetention, kRetention, 2).expired, 4u);
  EXPECT_EQ(queue.NextDue(kRetention), kStart + kRetention);  // At once again.
  EXPECT_EQ(queue.Tick(kStart + kRetention, kRetention, 100).expired, 6u);
  EXPECT_EQ(queue.Oldest(), kStart + 30s);
  EXPECT_EQ(queue.Live(), 1u);
}

// rule: aws 39 retention takes what is in flight, too
TEST_F(QueueTest, RetentionTakesWhatIsInFlight) {
  Append({"a"});
  Receive(1, kStart, 12h);
  EXPECT_EQ(queue.Tick(kStart + kRetention, kRetention, 10).expired, 1u);
  EXPECT_EQ(queue.InFlight(), 0u);
}

TEST_F(QueueTest, ABacklogOnDiskIsCountersAndACursor) {
  Append({"a"}, kStart, /*keep=*/false);
  Append({"b", "c"}, kStart + 1s);  // Nothing may overtake what waits on disk.
  EXPECT_EQ(queue.ResidentBytes(), 0u);
  EXPECT_EQ(queue.Visible(), 3u);
  EXPECT_EQ(queue.Oldest(), kStart);
  EXPECT_TRUE(Receive(10, kStart, 30s).empty());
  EXPECT_TRUE(queue.WaitsForLoad());
  EXPECT_TRUE(Load());
  EXPECT_EQ(Sequences(Receive(10, kStart, 30s)), (std::vector<Sequence>{1, 2, 3}));
  EXPECT_FALSE(queue.WaitsForLoad());
}

TEST_F(QueueTest, NothingIsTakenBeforeAnOlderMessageThatMustBeRead) {
  Append({"a"});
  Append({"b"});
  Receive(1, kStart, 10s);
  queue.Committed(turn, queue.next_sequence());  // Its body leaves memory.
  queue.Tick(kStart + 10s, kRetention, 10);
  EXPECT_TRUE(Receive(10, kStart + 10s, 30s).empty());
  EXPECT_TRUE(queue.WaitsForLoad());
  EXPECT_TRUE(Load());
  EXPECT_EQ(Sequences(Receive(10, kStart + 10s, 30s)), (std::vector<Sequence>{1, 2}));
}

TEST_F(QueueTest, WhatIsDeletedWhileItIsBeingReadDoesNotComeBack) {
  Append({"a"}, kStart, /*keep=*/false);
  Append({"b"}, kStart, /*keep=*/false);
  const auto range = queue.NextLoad(false);
  ASSERT_TRUE(range);
  queue.Purge();
  for (const auto& [first, block] : stored) queue.AddLoaded(first, {.block = block, .reference = nullptr});
  queue.EndLoad(range->from, range->to);
  EXPECT_EQ(queue.Live(), 0u);
  EXPECT_TRUE(Receive(10, kStart, 30s).empty());
}

TEST_F(QueueTest, BodiesLeaveMemoryOnlyWhenTheyCanBeReadBack) {
  const auto block = Sealed({"a"});
  queue.Append(queue.Reserve(1), {.block = block, .reference = nullptr}, 1, true);
  queue.Shrink(0);
  EXPECT_EQ(queue.ResidentBytes(), block->bytes()->size());
  queue.Committed(1, queue.next_sequence());
  queue.Shrink(0);
  EXPECT_EQ(queue.ResidentBytes(), 0u);
  EXPECT_TRUE(queue.WaitsForLoad());
}

// The age of the oldest is true for any order in which messages were sent: those of a dead-letter queue come in the
// order in which they were given up.
TEST_F(QueueTest, TheOldestOfATailThatIsReadBitByBitIsTold) {
  Append({"late"}, kStart + 30s, /*keep=*/false);
  Append({"early"}, kStart, /*keep=*/false);
  Append({"late"}, kStart + 40s, /*keep=*/false);
  EXPECT_EQ(queue.Oldest(), kStart);
  EXPECT_TRUE(Load(/*chunks=*/1));
  EXPECT_EQ(queue.Oldest(), kStart);
  EXPECT_EQ(queue.NextDue(kRetention), kStart + kRetention);
  while (Load(1, /*tail=*/true)) {
  }
  EXPECT_EQ(queue.Oldest(), kStart);
  EXPECT_EQ(queue.Tick(kStart + kRetention, kRetention, 10).expired, 1u);
  EXPECT_EQ(queue.Oldest(), kStart + 30s);
}

TEST_F(QueueTest, TheOldestIsTrueAfterARestartToo) {
  Append({"a"}, kStart);
  Append({"b"}, kStart + 20s);
  Receive(1, kStart + 20s, 30s);
  const Changes changes = queue.TakeChanges();
  ASSERT_EQ(changes.dirty.size(), 1u);
  auto slots = Slots::Decode(changes.dirty[0]->slots.Encode(), 1);
  ASSERT_TRUE(slots);
  Queue again(queue.CountersNow(0));
  again.Restore(1, std::move(*slots), {.block = stored[1], .reference = nullptr});
  EXPECT_EQ(again.Oldest(), kStart);
  EXPECT_EQ(again.InFlight(), 1u);
  Position position;
  ASSERT_EQ(again.Find(1, position), Queue::Where::kHere);
  again.Delete(position);
  EXPECT_EQ(again.Oldest(), kStart + 20s);
}

TEST_F(QueueTest, CountersComeBackAsTheyWereAndDamageIsRefused) {
  const Counters counters{
      .next_sequence = 900, .watermark = 300, .live = 250, .delayed = 7, .oldest = kStart, .has_references = true};
  const std::string bytes = counters.Encode();
  const auto decoded = Counters::Decode(bytes);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->next_sequence, 900u);
  EXPECT_EQ(decoded->watermark, 300u);
  EXPECT_EQ(decoded->live, 250u);
  EXPECT_EQ(decoded->delayed, 7u);
  EXPECT_EQ(decoded->oldest, kStart);
  EXPECT_TRUE(decoded->has_references);
  ForEachDamage(bytes, [&](const std::string& damaged) {
    const auto read = Counters::Decode(damaged);
    if (damaged.size() < bytes.size()) {
      EXPECT_FALSE(read);
    }
    if (read) {
      EXPECT_LE(read->watermark, read->next_sequence);
    }
  });
}

// Random steps against a model: counts are true after each, and nobody gets a message that somebody else has.
TEST_F(QueueTest, CountsAreTrueAfterEachStepForAnySeed) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(seed);
    hub::Random random(seed);
    queue = Queue();
    stored.clear();
    turn = 0;
    Instant now = kStart;
    std::map<Sequence, Instant> hidden;  // Model: every live message, and until when it is hidden.
    for (int step = 0; step < 200; ++step) {
      now += Duration(random.Below(3'000'000));
      queue.Tick(now, 24h, 1000);
      switch (random.Below(5)) {
        case 0: {
          const Sequence first = Append(std::vector<std::string>(1 + random.Below(5), "x"), now, random.OneIn(2));
          for (Sequence s = first; s < queue.next_sequence(); ++s) hidden[s] = kStart;
          break;
        }
        case 1: {
          std::vector<Position> taken;
          queue.Receive({.messages = 1 + random.Below(4), .bytes = 1 << 20, .in_flight_max = 10, .retention = 24h}, now,
                        now + 5s, taken, exhausted);
          for (const Position& position : taken) {
            ASSERT_LE(hidden.at(position.sequence()), now);
            hidden[position.sequence()] = now + 5s;
          }
          break;
        }
        case 2: {
          Position position;
          const Sequence sequence = 1 + random.Below(queue.next_sequence());
          const auto where = queue.Find(sequence, position);
          if (where == Queue::Where::kGone) {
            EXPECT_FALSE(hidden.contains(sequence));
          }
          if (where != Queue::Where::kHere) break;
          ASSERT_TRUE(hidden.contains(sequence));
          queue.Delete(position);
          hidden.erase(sequence);
          break;
        }
        case 3: Load(1 + random.Below(3)); break;
        default: queue.Shrink(random.Below(500));
      }
      std::uint64_t in_flight = 0;
      for (const auto& [sequence, until] : hidden) in_flight += until > now;
      ASSERT_EQ(queue.Live(), hidden.size());
      ASSERT_EQ(queue.InFlight(), in_flight);
      if (!hidden.empty()) {
        ASSERT_LE(queue.Watermark(), hidden.begin()->first);
      }
    }
  }
}

}  // namespace
}  // namespace queues
