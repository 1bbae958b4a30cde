#include "queues/slots.h"

#include <gtest/gtest.h>

#include "hub/base/random.h"
#include "tests/queues/support.h"

namespace queues {
namespace {

using namespace std::chrono_literals;

TEST(SlotsTest, AMessageGoesFromAvailableToInFlightToDeleted) {
  Slots slots(3);
  EXPECT_EQ(slots.Available(), 3u);
  EXPECT_FALSE(slots.Touched());
  const SlotState& state = slots.Receive(1, kStart, kStart + 30s);
  EXPECT_EQ(state.receives, 1u);
  EXPECT_EQ(state.first_received, kStart);
  EXPECT_TRUE(slots.IsInFlight(1));
  EXPECT_EQ(slots.NextAvailable(1), 2u);
  EXPECT_EQ(slots.InFlight(), 1u);
  slots.Delete(1);
  EXPECT_TRUE(slots.IsDeleted(1));
  EXPECT_EQ(slots.Live(), 2u);
  EXPECT_EQ(slots.InFlight(), 0u);
}

// rule: aws 73 the first receive ever counts
TEST(SlotsTest, TheFirstReceiveIsRememberedAndReceivesCount) {
  Slots slots(1);
  slots.Receive(0, kStart, kStart + 1s);
  slots.Show(0);
  const SlotState& state = slots.Receive(0, kStart + 5s, kStart + 6s);
  EXPECT_EQ(state.receives, 2u);
  EXPECT_EQ(state.first_received, kStart);
}

// rule: aws 68 visibility 0 hands out without hiding
TEST(SlotsTest, AReceiveThatHidesForNothingLeavesTheMessageAvailable) {
  Slots slots(1);
  slots.Receive(0, kStart, kStart);
  EXPECT_TRUE(slots.IsAvailable(0));
  EXPECT_EQ(slots.StateOf(0).receives, 1u);
}

TEST(SlotsTest, WhatIsDueIsShownAndTheNextDeadlineIsTold) {
  Slots slots(3);
  slots.Receive(0, kStart, kStart + 10s);
  slots.Receive(1, kStart, kStart + 20s);
  hub::Instant next{};
  EXPECT_EQ(slots.ShowDue(kStart + 9s, next), 0u);
  EXPECT_EQ(next, kStart + 10s);
  EXPECT_EQ(slots.ShowDue(kStart + 10s, next), 1u);
  EXPECT_EQ(next, kStart + 20s);
  EXPECT_EQ(slots.ShowDue(kStart + 20s, next), 1u);
  EXPECT_EQ(next, hub::kNever);
}

Slots RandomSlots(std::uint64_t seed, std::uint32_t count) {
  hub::Random random(seed);
  Slots slots(count);
  for (std::uint32_t steps = 0; steps < count * 2; ++steps) {
    const auto i = static_cast<std::uint32_t>(random.Below(count));
    const hub::Instant now = kStart + hub::Duration(steps);
    if (slots.IsDeleted(i)) continue;
    switch (random.Below(4)) {
      case 0: slots.Delete(i); break;
      case 1: slots.Hide(i, now + 30s); break;
      case 2: slots.Show(i); break;
      default:
        if (slots.IsAvailable(i)) slots.Receive(i, now, now + 30s);
    }
  }
  return slots;
}

TEST(SlotsTest, TheStateComesBackAsItWasForAnySeed) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    const auto count = static_cast<std::uint32_t>(1 + seed % hub::kChunkMessagesMax);
    Slots slots = RandomSlots(seed, count);
    auto decoded = Slots::Decode(slots.Encode(), count);
    ASSERT_TRUE(decoded);
    for (std::uint32_t i = 0; i < count; ++i) {
      ASSERT_EQ(decoded->IsDeleted(i), slots.IsDeleted(i)) << i;
      if (slots.IsDeleted(i)) continue;
      ASSERT_EQ(decoded->IsAvailable(i), slots.IsAvailable(i)) << i;
      ASSERT_EQ(decoded->StateOf(i).receives, slots.StateOf(i).receives) << i;
      ASSERT_EQ(decoded->StateOf(i).first_received, slots.StateOf(i).first_received) << i;
      if (slots.IsInFlight(i)) {
        ASSERT_EQ(decoded->StateOf(i).hidden_until, slots.StateOf(i).hidden_until) << i;
      }
      ASSERT_FALSE(decoded->StateOf(i).this_boot);  // A handle given out before is of another boot.
    }
    EXPECT_EQ(decoded->InFlight(), slots.InFlight());
  }
}

// rule: hardening R4 every truncation and every flipped bit of the state is refused or read without harm
TEST(SlotsTest, DamagedBytesAreRefusedOrConsistent) {
  for (const std::uint32_t count : {1u, 5u, 64u, 65u, 256u}) {
    SCOPED_TRACE(count);
    const std::string bytes = RandomSlots(count, count).Encode();
    ForEachDamage(bytes, [&](const std::string& damaged) {
      auto slots = Slots::Decode(damaged, count);
      if (damaged.size() < bytes.size()) {
        EXPECT_FALSE(slots);
      }
      if (!slots) return;
      EXPECT_LE(slots->Live(), count);
      EXPECT_LE(slots->Available(), slots->Live());
      hub::Instant next{};
      slots->ShowDue(kStart, next);
      slots->Encode();
    });
  }
}

TEST(SlotsTest, AnotherNumberOfSlotsIsRefused) {
  const std::string bytes = RandomSlots(1, 100).Encode();
  EXPECT_FALSE(Slots::Decode(bytes, 99));
  EXPECT_FALSE(Slots::Decode(bytes, 101));
}

TEST(SlotsTest, MessagesReceivedTogetherAreStoredAsOneRun) {
  Slots slots(256);
  for (std::uint32_t i = 0; i < 256; ++i) slots.Receive(i, kStart, kStart + 30s);
  EXPECT_LT(slots.Encode().size(), 100u);
}

}  // namespace
}  // namespace queues
