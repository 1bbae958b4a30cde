// A queue that hands out by message group.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "hub/base/random.h"
#include "tests/queues/support.h"

namespace queues {
namespace {

using namespace std::chrono_literals;
using hub::Duration;
using hub::Instant;

constexpr Duration kRetention = 24h;

// A queue and what a store would hold of it. Messages are written as "group:body", separated by spaces.
class FifoTest : public testing::Test {
 protected:
  Sequence Append(const std::string& messages, bool keep = true) {
    ChunkBuilder builder(now, 1);
    std::string_view left = messages;
    while (!left.empty()) {
      const std::string_view word = left.substr(0, left.find(' '));
      left.remove_prefix(std::min(word.size() + 1, left.size()));
      const hub::Message message{
          .body = word.substr(word.find(':') + 1), .attributes = {}, .group = word.substr(0, word.find(':'))};
      builder.Append(message, {}, "sender");
    }
    const std::shared_ptr<const Block> block = builder.Seal();
    const Sequence first = queue->Reserve(block->count());
    stored[first] = block;
    queue->Append(first, {.block = block, .reference = nullptr}, ++turn, keep);
    queue->Committed(turn, queue->next_sequence());
    return first;
  }

  // The bodies of what a receive gets, separated by spaces.
  std::string Receive(std::size_t max, Duration visibility = 30s, std::uint32_t receives_max = 0) {
    taken.clear();
    exhausted.clear();
    const Queue::Limits limits{.messages = max,
                               .bytes = hub::kReplyBytesMax,
                               .in_flight_max = hub::kInFlightMax,
                               .receives_max = receives_max,
                               .retention = kRetention};
    queue->Receive(limits, now, now + visibility, taken, exhausted);
    std::string bodies;
    for (const Position& position : taken) {
      bodies += (bodies.empty() ? "" : " ") + std::string(position.chunk->content.At(position.slot).body);
    }
    return bodies;
  }

  Position At(Sequence sequence) {
    Position position;
    EXPECT_EQ(queue->Find(sequence, position), Queue::Where::kHere);
    return position;
  }
  void Delete(Sequence sequence) { queue->Delete(At(sequence)); }
  void Hide(Sequence sequence, Duration visibility) { queue->ChangeVisibility(At(sequence), now, now + visibility); }
  void Advance(Duration duration) {
    now += duration;
    queue->Tick(now, kRetention, 1'000'000);
  }

  // Reads what the queue asks for, at most `chunks` chunks of it; whether it asked.
  bool Load(std::size_t chunks = 1000) {
    const auto range = queue->NextLoad(false);
    if (!range) return false;
    Sequence end = range->to;
    for (auto at = stored.lower_bound(range->from); at != stored.end() && at->first < range->to; ++at) {
      if (chunks-- == 0) break;
      queue->AddLoaded(at->first, {.block = at->second, .reference = nullptr});
      end = std::next(at) == stored.end() ? range->to : at->first + at->second->count();
    }
    queue->EndLoad(range->from, end);
    return true;
  }

  // Writes what changed, forgets memory and comes back.
  void Restart() {
    Save();
    const Counters counters = queue->CountersNow(0);
    queue = std::make_unique<Queue>(counters, Order::kFifo);
    for (const auto& [first, state] : states) {
      auto slots = Slots::Decode(state, stored.at(first)->count());
      ASSERT_TRUE(slots);
      queue->Restore(first, std::move(*slots), {.block = stored.at(first), .reference = nullptr});
    }
    queue->Tick(now, kRetention, 1'000'000);
  }
  void Save() {
    const Changes changes = queue->TakeChanges();
    for (const Changes::Removed& removed : changes.removed) {
      stored.erase(removed.first);
      states.erase(removed.first);
    }
    for (const Chunk* chunk : changes.dirty) states[chunk->first] = chunk->slots.Encode();
  }

  Instant now = kStart;
  std::unique_ptr<Queue> queue = std::make_unique<Queue>(Counters(), Order::kFifo);
  std::map<Sequence, std::shared_ptr<const Block>> stored;
  std::map<Sequence, std::string> states;
  std::vector<Position> taken;
  std::vector<Position> exhausted;
  std::uint64_t turn = 0;
};

// rule: aws 74 one receive takes several messages of a group in order, then other groups'
TEST_F(FifoTest, SeveralMessagesOfAGroupThenOtherGroups) {
  Append("a:a1 b:b1 a:a2 c:c1 a:a3");
  EXPECT_EQ(Receive(4), "a1 a2 a3 b1");
  EXPECT_EQ(Receive(4), "c1");
}

// rule: aws 75 while a message of a group is in flight no other of it is delivered
TEST_F(FifoTest, AGroupIsLockedWhileItsOldestMessageIsInFlight) {
  Append("a:a1 a:a2 a:a3");
  EXPECT_EQ(Receive(2), "a1 a2");
  EXPECT_EQ(Receive(10), "");
  Append("a:a4");
  EXPECT_EQ(Receive(10), "");
  Delete(1);
  EXPECT_EQ(Receive(10), "");
  Delete(2);
  EXPECT_EQ(Receive(10), "a3 a4");
}

// rule: aws 76 a group whose messages in flight are deleted joins the end of the ready groups
TEST_F(FifoTest, AnUnlockedGroupJoinsTheEnd) {
  Append("a:a1 a:a2 b:b1 c:c1");
  EXPECT_EQ(Receive(1), "a1");
  Delete(1);
  EXPECT_EQ(Receive(10), "b1 c1 a2");
}

// rule: aws 77 after a visibility timeout the same order comes again
TEST_F(FifoTest, TheSameOrderComesAgainAfterATimeout) {
  Append("a:m0 a:m1 a:m2");
  EXPECT_EQ(Receive(10, 30s), "m0 m1 m2");
  Advance(30s);
  EXPECT_EQ(Receive(10, 30s), "m0 m1 m2");
}

// rule: aws 78 making the first of several visible returns only that one; extending message k keeps k and
// later ones
TEST_F(FifoTest, ChangedVisibilityKeepsTheOrder) {
  Append("a:m0 a:m1 a:m2");
  EXPECT_EQ(Receive(10, 30s), "m0 m1 m2");
  Hide(1, 0s);
  EXPECT_EQ(Receive(10, 30s), "m0");
  Hide(2, 60s);
  Advance(30s);
  EXPECT_EQ(Receive(10, 30s), "m0");
  Delete(1);
  EXPECT_EQ(Receive(10, 30s), "");
  Advance(30s);
  EXPECT_EQ(Receive(10, 30s), "m1 m2");
}

// rule: aws 68 a receive with visibility 0 does not lock the group
TEST_F(FifoTest, AReceiveThatHidesNothingLocksNothing) {
  Append("a:a1 a:a2 b:b1");
  EXPECT_EQ(Receive(1, 0s), "a1");
  EXPECT_EQ(Receive(10, 0s), "b1 a1 a2");
  EXPECT_EQ(Receive(10), "b1 a1 a2");
}

TEST_F(FifoTest, WhatWasReceivedTooOftenGivesWayToTheRestOfItsGroup) {
  Append("a:a1 a:a2");
  EXPECT_EQ(Receive(1, 1s, 1), "a1");
  Advance(1s);
  EXPECT_EQ(Receive(10, 1s, 1), "a2");
  ASSERT_EQ(exhausted.size(), 1u);
  EXPECT_EQ(exhausted[0].sequence(), 1u);
  queue->Delete(exhausted[0]);
  Advance(1s);
  EXPECT_EQ(Receive(10, 1s, 2), "a2");
}

TEST_F(FifoTest, WhatExpiresUnlocksItsGroup) {
  Append("a:a1");
  EXPECT_EQ(Receive(1, 12h), "a1");
  Advance(12h);
  EXPECT_EQ(Receive(1, 12h), "a1");
  Append("a:a2");
  Advance(12h - 1us);
  EXPECT_EQ(Receive(1), "");
  Advance(1us);
  EXPECT_EQ(Receive(1), "a2");
}

TEST_F(FifoTest, AGroupGoesOnFromMemoryToDisk) {
  Append("a:a1");
  Append("b:b1 a:a2", /*keep=*/false);
  Append("a:a3 c:c1", /*keep=*/false);
  EXPECT_EQ(Receive(1), "a1");
  EXPECT_TRUE(queue->WaitsForLoad());
  EXPECT_TRUE(Load(1));
  EXPECT_EQ(Receive(10), "b1");
  EXPECT_TRUE(Load());
  EXPECT_EQ(Receive(10), "c1");
  Delete(1);
  EXPECT_EQ(Receive(10), "a2 a3");
}

TEST_F(FifoTest, ALockedBacklogDoesNotHideTheGroupsBehindIt) {
  for (int i = 0; i < 100; ++i) Append("a:a" + std::to_string(i), /*keep=*/false);
  Append("b:b1", /*keep=*/false);
  while (Load(10) && Receive(1) == "") {
  }
  Advance(0s);
  std::string found = Receive(1);
  for (int i = 0; i < 20 && found.empty() && Load(10); ++i) found = Receive(1);
  EXPECT_EQ(found, "b1");
}

TEST_F(FifoTest, WhatHasExpiredOnDiskDoesNotHideWhatIsBehindIt) {
  Append("a:old", /*keep=*/false);
  now += kRetention;
  Append("b:new", /*keep=*/false);
  EXPECT_TRUE(Load(1));
  EXPECT_EQ(Receive(10), "");
  EXPECT_TRUE(queue->WaitsForLoad(now, kRetention));
  EXPECT_TRUE(Load());
  EXPECT_EQ(Receive(10), "new");
}

TEST_F(FifoTest, BodiesThatLeftMemoryAreAskedForWhenTheirGroupIsReady) {
  Append("a:a1 a:a2");
  Append("b:b1");
  queue->Shrink(0);
  EXPECT_EQ(Receive(10), "");
  EXPECT_TRUE(queue->WaitsForLoad());
  EXPECT_TRUE(Load());
  EXPECT_EQ(Receive(10), "a1 a2 b1");
}

TEST_F(FifoTest, AfterARestartTheOrderAndTheLocksAreAsBefore) {
  Append("a:a1 b:b1");
  Append("a:a2");
  Append("b:b2 a:a3");
  EXPECT_EQ(Receive(1), "a1");
  Hide(5, 10s);  // As after a receive of it that another restart forgot the group of.
  Restart();
  while (Load(1)) {
  }
  EXPECT_EQ(Receive(10), "b1 b2");
  Advance(30s);
  Delete(2);
  EXPECT_EQ(Receive(10), "a1 a2 a3 b2");
}

TEST_F(FifoTest, APurgeForgetsTheGroups) {
  Append("a:a1 b:b1");
  EXPECT_EQ(Receive(1), "a1");
  queue->Purge();
  Append("a:a2");
  EXPECT_EQ(Receive(10), "a2");
}

// Against the rule said plainly: a message may go out when no older one of its group is hidden, and what goes out of a
// group goes in order. Whatever is available in some group's front comes out sooner or later.
TEST_F(FifoTest, AgreesWithTheRuleForAnyCourseOfEvents) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    hub::Random random(seed);
    now = kStart;
    queue = std::make_unique<Queue>(Counters(), Order::kFifo);
    stored.clear();
    states.clear();
    std::map<Sequence, std::pair<std::string, Instant>> live;  // Group, hidden until.
    for (int step = 0; step < 200; ++step) {
      switch (random.Below(8)) {
        case 0:
        case 1: {
          std::string messages;
          const std::uint64_t count = 1 + random.Below(5);
          for (std::uint64_t i = 0; i < count; ++i) {
            messages += (messages.empty() ? "" : " ") + std::string(1, static_cast<char>('a' + random.Below(4))) + ":x";
          }
          const Sequence first = Append(messages, random.OneIn(2));
          for (std::uint64_t i = 0; i < count; ++i) live[first + i] = {messages.substr(i * 4, 1), Instant{}};
          break;
        }
        case 2:
        case 3: {
          const Duration visibility = random.OneIn(6) ? 0s : std::chrono::seconds(1 + random.Below(20));
          Receive(1 + random.Below(6), visibility);
          std::set<Sequence> now_taken;
          for (const Position& position : taken) {
            const auto& [group, until] = live.at(position.sequence());
            EXPECT_LE(until, now);
            for (const auto& [sequence, other] : live) {
              if (sequence >= position.sequence()) break;
              EXPECT_TRUE(other.first != group || other.second <= now || now_taken.contains(sequence));
            }
            now_taken.insert(position.sequence());
          }
          for (const Sequence sequence : now_taken) live[sequence].second = now + visibility;
          break;
        }
        case 4: {
          if (live.empty()) break;
          auto at = std::next(live.begin(), static_cast<std::ptrdiff_t>(random.Below(live.size())));
          Position position;
          if (queue->Find(at->first, position) != Queue::Where::kHere) break;
          queue->Delete(position);
          live.erase(at);
          break;
        }
        case 5: Advance(std::chrono::seconds(random.Below(10))); break;
        case 6: {
          if (random.OneIn(3)) queue->Shrink(0);
          Load(1 + random.Below(3));
          break;
        }
        default: {
          Save();
          if (random.OneIn(5)) Restart();
        }
      }
      ASSERT_EQ(queue->Live(), live.size());
    }
    // Drained in order, everything comes.
    for (int round = 0; round < 1000 && !live.empty(); ++round) {
      Advance(1s);
      Receive(10, 1s);
      for (const Position& position : std::vector<Position>(taken)) {
        live.erase(position.sequence());
        queue->Delete(At(position.sequence()));
      }
      Load(2);
    }
    EXPECT_TRUE(live.empty());
    EXPECT_EQ(queue->Live(), 0u);
  }
}

}  // namespace
}  // namespace queues
