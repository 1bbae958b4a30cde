#include "tests/core/support.h"

namespace hub::core {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// rule: aws 26 a purge takes what is in flight and what is delayed, too
TEST(PurgeTest, EverythingIsGoneAtOnceAndStaysGone) {
  Talk hub;
  hub.CreateSubscribed(kQueue);
  hub.Send({"sent"});
  hub.Publish({"published", "in flight"});
  const ReceiveReply received = hub.Receive(kQueue, 1);
  hub.SetAttributes(kQueue, {{"DelaySeconds", "10"}});
  hub.Publish({"delayed"});
  hub.Succeeds(Purge{kQueue});
  EXPECT_EQ(hub.Counts(), "0/0/0");
  EXPECT_EQ(hub.Describe().oldest_age, 0s);
  EXPECT_TRUE(hub.Delete(received).failures.empty());
  hub.Restart();
  hub.Advance(60s);
  EXPECT_EQ(hub.Counts(), "0/0/0");
  EXPECT_THAT(Bodies(hub.Receive()), IsEmpty());
}

TEST(PurgeTest, WhatIsPublishedInTheSameTurnAfterwardsStays) {
  Steps steps;
  steps.Do(CreateTopic{kTopic, {}});
  Attributes attributes = AdmitTopics();
  attributes["DelaySeconds"] = "10";
  steps.Do(CreateQueue{kQueue, attributes});
  steps.Do(Subscribe{kTopic, kQueue, {{"RawMessageDelivery", "true"}}});
  const auto publish = [&](std::string_view body) {
    steps.Do(Publish{kTopic, {{.message = {.body = body, .attributes = {}}, .subject = {}}}});
  };
  publish("before");
  steps.End();
  steps.Do(Purge{kQueue});
  publish("after");
  steps.End();
  steps.Settle();  // Counts the references of what was purged.
  publish("later");
  steps.Settle();
  steps.now += 10s;
  steps.Settle();
  const auto receive = steps.Do(Receive{.queue = kQueue, .visibility = {}, .wait = 0s});
  steps.Settle();
  EXPECT_THAT(Bodies(steps.ReplyTo<ReceiveReply>(receive)), ElementsAre("after", "later"));
}

// The hub may stop between the purge and the counting of its references.
TEST(PurgeTest, WhatWasDelayedDoesNotComeBackWhenTheHubStopsRightAfterThePurge) {
  Steps steps;
  steps.Do(CreateTopic{kTopic, {}});
  Attributes attributes = AdmitTopics();
  attributes["DelaySeconds"] = "10";
  steps.Do(CreateQueue{kQueue, attributes});
  steps.Do(Subscribe{kTopic, kQueue, {{"RawMessageDelivery", "true"}}});
  const auto publish = [&](std::string_view body) {
    steps.Do(Publish{kTopic, {{.message = {.body = body, .attributes = {}}, .subject = {}}}});
    steps.End();
  };
  publish("before");
  steps.Do(Purge{kQueue});
  publish("after");
  steps.now += 10s;
  steps.Restart();
  steps.Settle();
  const auto receive = steps.Do(Receive{.queue = kQueue, .visibility = {}, .wait = 0s});
  steps.Settle();
  EXPECT_THAT(Bodies(steps.ReplyTo<ReceiveReply>(receive)), ElementsAre("after"));
  const auto describe = steps.Do(DescribeQueue{kQueue});
  steps.End();
  EXPECT_EQ(steps.ReplyTo<QueuesReply>(describe).queues.at(0).delayed, 0u);
}

TEST(PurgeTest, ADeleteThatWaitsForItsMessageToBeReadIsAnswered) {
  Steps steps;
  steps.Do(CreateQueue{kQueue, {}});
  steps.Send({"a"});
  steps.End();
  const auto receive = steps.Do(Receive{.queue = kQueue, .visibility = {}, .wait = 0s});
  steps.End();
  const ReceiveReply received = steps.ReplyTo<ReceiveReply>(receive);
  ASSERT_EQ(received.deliveries.size(), 1u);
  steps.Restart(/*power_loss=*/true);  // The store has forgotten the receive: the message is on disk only.
  const auto erase = steps.Do(Delete{kQueue, {HandleOf(received.deliveries[0])}});
  steps.End();
  EXPECT_FALSE(steps.answers.contains(erase));
  steps.Do(Purge{kQueue});
  steps.Settle();
  ASSERT_TRUE(steps.answers.contains(erase));
  EXPECT_TRUE(steps.ReplyTo<EntriesReply>(erase).failures.empty());
}

TEST(PurgeTest, AQueueThatIsDeletedAnswersWhoWaitsForItToBeRead) {
  Steps steps;
  steps.Do(CreateQueue{kQueue, {}});
  steps.Send({"a"});
  steps.End();
  const auto receive = steps.Do(Receive{.queue = kQueue, .visibility = {}, .wait = 0s});
  steps.End();
  const ReceiveReply received = steps.ReplyTo<ReceiveReply>(receive);
  steps.Restart(/*power_loss=*/true);
  const auto erase = steps.Do(Delete{kQueue, {HandleOf(received.deliveries.at(0))}});
  steps.Do(DeleteQueue{kQueue});
  steps.Settle();
  ASSERT_TRUE(steps.answers.contains(erase));
  EXPECT_EQ(steps.answers.at(erase).error().code, Code::kQueueNotFound);
}

// The queues of one topic share its bodies: a purge of many chunks gives back its references, and only its own.
TEST(PurgeTest, ALargePurgeGivesBackItsReferencesAndOnlyThose) {
  Talk hub(/*window_bytes_max=*/1);
  hub.CreateSubscribed(kQueue);
  hub.CreateSubscribed("111111111111/other");
  hub.Publish({"warm-up"});
  hub.Delete(hub.Receive());
  hub.Delete(hub.Receive("111111111111/other"), "111111111111/other");
  const std::size_t keys = hub.store().Size();
  Strings bodies;
  for (int i = 0; i < 1500; ++i) hub.Publish({bodies.emplace_back(std::to_string(i))});
  hub.Succeeds(Purge{kQueue});
  hub.Restart();
  Strings got;
  for (;;) {
    const ReceiveReply received = hub.Receive("111111111111/other");
    if (received.deliveries.empty()) break;
    for (const std::string& body : Bodies(received)) got.push_back(body);
    hub.Delete(received, "111111111111/other");
  }
  EXPECT_EQ(got, bodies);
  hub.Advance(1s);
  EXPECT_EQ(hub.store().Size(), keys);
}

TEST(PurgeTest, ADeletedQueueLeavesNothingOfItselfAndItsSuccessorSharesNothing) {
  Talk hub;
  hub.CreateSubscribed("111111111111/other");
  const std::size_t keys = hub.store().Size();
  for (int round = 0; round < 3; ++round) {
    hub.CreateSubscribed(kQueue);
    EXPECT_EQ(hub.Counts(), "0/0/0");
    hub.Publish({"a", "b"});
    hub.Delete(hub.Receive("111111111111/other"), "111111111111/other");
    hub.Receive(kQueue, 1);
    hub.Succeeds(DeleteQueue{kQueue});
    hub.Succeeds(Unsubscribe{kTopic, kQueue});
    hub.Restart();
    hub.Advance(1s);
    EXPECT_LE(hub.store().Size(), keys + 1);  // The counters of the other queue.
  }
  EXPECT_EQ(hub.DescribeTopicNow().subscriptions.size(), 1u);
}

TEST(PurgeTest, WhatWasSentOrPublishedInTheSameTurnBeforeIsGone) {
  Steps steps;
  steps.Do(CreateTopic{kTopic, {}});
  steps.Do(CreateQueue{kQueue, AdmitTopics()});
  steps.Do(Subscribe{kTopic, kQueue, {{"RawMessageDelivery", "true"}}});
  steps.Send({"sent"});
  steps.Do(Purge{kQueue});
  steps.Do(Publish{kTopic, {{.message = {.body = "published", .attributes = {}}, .subject = {}}}});
  steps.Do(Purge{kQueue});
  steps.Send({"after"});
  steps.Settle();
  const auto receive = steps.Do(Receive{.queue = kQueue, .visibility = {}, .wait = 0s});
  steps.Settle();
  EXPECT_THAT(Bodies(steps.ReplyTo<ReceiveReply>(receive)), ElementsAre("after"));
}

}  // namespace
}  // namespace hub::core
