#include "queues/delayed.h"

#include <gtest/gtest.h>

#include "tests/queues/support.h"

namespace queues {
namespace {

using namespace std::chrono_literals;

TEST(DelayedTest, WhatIsWrittenIsLookedForOnlyOnceItCanBeRead) {
  Delayed delayed;
  EXPECT_EQ(delayed.NextDue(), hub::kNever);
  delayed.Add(1, kStart + 20s, kStart + 20s, 2);
  delayed.Add(1, kStart + 10s, kStart + 10s, 1);
  delayed.Add(2, kStart + 5s, kStart + 5s, 1);
  EXPECT_EQ(delayed.count(), 4u);
  EXPECT_EQ(delayed.NextDue(), hub::kNever);
  delayed.Committed(1);
  EXPECT_EQ(delayed.NextDue(), kStart + 10s);
  delayed.Committed(2);
  EXPECT_EQ(delayed.NextDue(), kStart + 5s);
}

TEST(DelayedTest, AScanUnderWayIsNotBegunAgain) {
  Delayed delayed;
  delayed.Add(1, kStart, kStart, 2);
  delayed.Committed(1);
  delayed.BeginScan();
  EXPECT_EQ(delayed.NextDue(), hub::kNever);
  delayed.EndScan(1, kStart + 7s);
  EXPECT_EQ(delayed.count(), 1u);
  EXPECT_EQ(delayed.NextDue(), kStart + 7s);
}

TEST(DelayedTest, AfterARestartTheStoreIsLookedAtOnce) {
  EXPECT_EQ(Delayed(3).NextDue(), hub::InstantOf(0));
  EXPECT_EQ(Delayed(0).NextDue(), hub::kNever);
}

TEST(DelayedTest, APurgeForgetsEverything) {
  Delayed delayed;
  delayed.Add(1, kStart, kStart, 2);
  delayed.Committed(1);
  delayed.Clear();
  EXPECT_EQ(delayed.count(), 0u);
  EXPECT_EQ(delayed.NextDue(), hub::kNever);
}

}  // namespace
}  // namespace queues
