// What time does to messages: delay and retention.

#include "tests/core/support.h"

namespace hub::core {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(DelayTest, OnlyMessagesSentWhileAQueueDelaysWait) {
  Talk hub;
  hub.Create(kQueue);
  hub.Send({"at once"});
  hub.SetAttributes(kQueue, {{"DelaySeconds", "10"}});
  hub.Send({"later"});
  hub.SetAttributes(kQueue, {{"DelaySeconds", "0"}});
  hub.Send({"at once, too"});
  EXPECT_EQ(hub.Counts(), "2/0/1");
  EXPECT_THAT(Bodies(hub.Receive()), ElementsAre("at once", "at once, too"));
  hub.Advance(10s);
  EXPECT_THAT(Bodies(hub.Receive()), ElementsAre("later"));
}

TEST(DelayTest, MoreThanOneScanOfDelayedMessagesComesInOrder) {
  Talk hub;
  hub.Create(kQueue, {{"DelaySeconds", "900"}});
  Strings bodies;
  for (int i = 0; i < 300; ++i) {
    hub.Send({bodies.emplace_back(std::to_string(i))});
    hub.Advance(1ms);
  }
  EXPECT_EQ(hub.Counts(), "0/0/300");
  hub.Restart();
  hub.Advance(900s);
  EXPECT_EQ(hub.Counts(), "300/0/0");
  EXPECT_EQ(Bodies(hub.Receive()), bodies);
}

TEST(DelayTest, PublishedMessagesWaitToo) {
  Talk hub;
  hub.CreateSubscribed(kQueue);
  hub.SetAttributes(kQueue, {{"DelaySeconds", "10"}});
  hub.Publish({"a", "b"});
  EXPECT_EQ(hub.Counts(), "0/0/2");
  hub.Restart();
  hub.Advance(10s);
  const ReceiveReply received = hub.Receive();
  EXPECT_THAT(Bodies(received), ElementsAre("a", "b"));
  hub.Delete(received);
  EXPECT_EQ(hub.Counts(), "0/0/0");
}

// rule: hardening R8 a wall clock that jumps changes no delay
TEST(DelayTest, WallTimeMayJumpWhileAMessageIsDelayed) {
  Talk hub;
  hub.Create(kQueue, {{"DelaySeconds", "10"}});
  hub.Send({"a"});
  hub.clock().wall += 1h;
  hub.Advance(9s);
  EXPECT_EQ(hub.Counts(), "0/0/1");
  hub.clock().wall -= 2h;
  hub.Advance(1s);
  EXPECT_EQ(hub.Counts(), "1/0/0");
}

// rule: aws 37 a changed retention applies to messages that are already there
TEST(RetentionTest, AChangeAppliesToWhatIsThere) {
  Talk hub;
  hub.Create(kQueue);
  hub.Send({"a"});
  hub.Advance(100s);
  EXPECT_EQ(hub.Counts(), "1/0/0");
  hub.SetAttributes(kQueue, {{"MessageRetentionPeriod", "60"}});
  EXPECT_EQ(hub.Counts(), "0/0/0");
  EXPECT_EQ(hub.Describe().expired, 1u);
}

// rule: aws 39 retention takes what is in flight, and deleting it later succeeds
TEST(RetentionTest, AHandleOutlivesItsMessage) {
  Talk hub;
  hub.Create(kQueue, {{"MessageRetentionPeriod", "60"}});
  hub.Send({"a"});
  const ReceiveReply received = hub.Receive(kQueue, 1, 12h);
  hub.Advance(60s);
  EXPECT_EQ(hub.Counts(), "0/0/0");
  EXPECT_TRUE(hub.Delete(received).failures.empty());
}

TEST(RetentionTest, ADelayCountsTowardsIt) {
  Talk hub;
  hub.Create(kQueue, {{"MessageRetentionPeriod", "60"}, {"DelaySeconds", "50"}});
  hub.Send({"a"});
  hub.Advance(50s);
  EXPECT_EQ(hub.Counts(), "1/0/0");
  EXPECT_EQ(hub.Describe().oldest_age, 50s);
  hub.Advance(10s);
  EXPECT_EQ(hub.Counts(), "0/0/0");
}

TEST(RetentionTest, WhatWasDelayedLongerIsNeverDelivered) {
  Talk hub;
  hub.Create(kQueue, {{"MessageRetentionPeriod", "60"}, {"DelaySeconds", "900"}});
  hub.Send({"a"});
  const auto poll = hub.Poll();
  hub.Advance(890s);
  const auto late = hub.Poll();
  hub.Advance(10s);
  EXPECT_EQ(hub.Counts(), "0/0/0");
  EXPECT_EQ(hub.Describe().expired, 1u);
  EXPECT_THAT(*hub.TakePoll(poll), IsEmpty());
  EXPECT_FALSE(hub.TakePoll(late));
}

// rule: aws 89 in a standard dead-letter queue retention counts from when the message was first sent
TEST(RetentionTest, ADeadLetterKeepsTheAgeItHad) {
  Talk hub;
  hub.Create(kDead, {{"MessageRetentionPeriod", "120"}});
  hub.Create(kQueue, Redrive(1));
  hub.Send({"a"});
  hub.Receive(kQueue, 1, 0s);
  hub.Advance(100s);
  hub.Receive();
  EXPECT_EQ(hub.Counts(kDead), "1/0/0");
  EXPECT_EQ(hub.Describe(kDead).oldest_age, 100s);
  hub.Restart();
  EXPECT_EQ(hub.Describe(kDead).oldest_age, 100s);
  hub.Advance(20s);
  EXPECT_EQ(hub.Counts(kDead), "0/0/0");
}

TEST(RetentionTest, TheOldestDeadLetterIsToldAndExpiresAlsoBehindYoungerOnesOnDisk) {
  Talk hub(/*window_bytes_max=*/1);
  hub.Create(kDead, {{"MessageRetentionPeriod", "120"}});
  hub.Create(kQueue, Redrive(1));
  hub.Create("111111111111/second", Redrive(1));
  hub.Send({"old"});
  hub.Receive(kQueue, 1, 0s);
  hub.Advance(50s);
  const std::string large(kMessageBytesMax, 'x');
  for (int i = 0; i < 4; ++i) {
    hub.Send({large}, "111111111111/second");
    hub.Receive("111111111111/second", 1, 0s);
    hub.Receive("111111111111/second");
  }
  hub.Receive();
  EXPECT_EQ(hub.Counts(kDead), "5/0/0");
  hub.Delete(hub.Receive(kDead, 1), kDead);
  EXPECT_EQ(hub.Describe(kDead).oldest_age, 50s);
  hub.Advance(70s);
  EXPECT_EQ(hub.Counts(kDead), "3/0/0");
  EXPECT_EQ(hub.Describe(kDead).oldest_age, 70s);
}

TEST(RetentionTest, FourDaysByDefault) {
  Talk hub;
  hub.Create(kQueue);
  hub.Send({"a"});
  hub.Advance(96h - 1us);
  EXPECT_EQ(hub.Counts(), "1/0/0");
  hub.Advance(1us);
  EXPECT_EQ(hub.Counts(), "0/0/0");
}

}  // namespace
}  // namespace hub::core
