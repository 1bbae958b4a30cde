// Subscriptions as resources of their own: what they are called, how long they last, and what an older hub stored.

#include "hub/base/bytes.h"
#include "tests/core/support.h"

namespace hub::core {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::MatchesRegex;

constexpr char kTopicArn[] = "arn:aws:sns:us-east-1:111111111111:events";

TEST(SubscriptionTest, ItsArnIsItsTopicsWithAnIdThatStaysAndIsNeverUsedAgain) {
  Talk hub;
  hub.CreateSubscribed(kQueue);
  const SubscriptionDescription first = hub.OnlySubscription();
  EXPECT_THAT(first.arn,
              MatchesRegex(std::string(kTopicArn) + ":[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-"
                                                    "[0-9a-f]{12}"));
  EXPECT_EQ(first.owner, "111111111111");
  EXPECT_EQ(first.endpoint, kQueueArn);
  hub.Restart(/*power_loss=*/true);
  EXPECT_EQ(hub.OnlySubscription().arn, first.arn);
  hub.Succeeds(Unsubscribe{kTopic, kQueue});
  hub.Succeeds(Subscribe{kTopic, kQueue, {}});
  EXPECT_NE(hub.OnlySubscription().arn, first.arn);
}

// rule: aws 109 ending what is not there succeeds; publishing to a topic that is not there does not
TEST(SubscriptionTest, DeletingAndUnsubscribingWhatIsNotThereSucceedsWithANote) {
  Talk hub;
  hub.Create(kQueue);
  const auto notes = [&](Operation operation) {
    auto reply = hub.Ask(nullptr, std::move(operation));
    return reply ? std::get<DoneReply>(*reply).notes : Strings{reply.error().message};
  };
  const std::string no_topic = "There is no topic " + std::string(kTopicArn) + ".";
  EXPECT_THAT(notes(DeleteTopic{kTopic}), ElementsAre(no_topic));
  EXPECT_THAT(notes(Unsubscribe{kTopic, kQueue}), ElementsAre(no_topic));
  EXPECT_EQ(hub.Refusal(Publish{kTopic, {{.message = {.body = "a", .attributes = {}}, .subject = {}}}}).code,
            Code::kTopicNotFound);
  hub.Succeeds(CreateTopic{kTopic, {}});
  EXPECT_THAT(notes(Unsubscribe{kTopic, kQueue}),
              ElementsAre("The queue " + std::string(kQueueArn) + " is not subscribed to " + kTopicArn + "."));
  const std::string arn = std::string(kTopicArn) + ":0123";
  EXPECT_THAT(notes(Unsubscribe{arn, ""}), ElementsAre("There is no subscription " + arn + "."));
  EXPECT_EQ(hub.Refusal(SetSubscriptionAttributes{arn, "", {}}).code, Code::kSubscriptionNotFound);
  EXPECT_EQ(hub.Refusal(DescribeSubscription{kTopic, kQueue}).code, Code::kSubscriptionNotFound);
}

TEST(SubscriptionTest, ItOutlivesItsQueueAndDeliversAgainToOneOfThatName) {
  Talk hub;
  hub.CreateSubscribed(kQueue);
  hub.CreateSubscribed("111111111111/other");
  hub.Succeeds(DeleteQueue{kQueue});
  EXPECT_TRUE(hub.Publish({"lost"}).failures.empty());
  SubscriptionDescription gone = hub.DescribeTopicNow().subscriptions.at(0);
  EXPECT_EQ(gone.failed, 1u);
  EXPECT_EQ(gone.last_denial, "There is no queue " + std::string(kQueueArn) + ".");
  EXPECT_EQ(hub.Counts("111111111111/other"), "1/0/0");
  hub.Restart();
  hub.Publish({"lost, too"});
  hub.Create(kQueue, AdmitTopics());
  hub.Publish({"found"});
  EXPECT_THAT(Bodies(hub.Receive()), ElementsAre("found"));
  EXPECT_EQ(hub.DescribeTopicNow().subscriptions.at(0).delivered, 1u);
}

TEST(SubscriptionTest, AQueueThatComesAndGoesBetweenPublishesOfOneTurnGetsWhatWasPublishedWhileItWasThere) {
  Steps steps;
  steps.Do(CreateTopic{kTopic, {}});
  steps.Do(CreateQueue{kQueue, AdmitTopics()});
  steps.Do(Subscribe{kTopic, kQueue, {{"RawMessageDelivery", "true"}}});
  const auto publish = [&](std::string_view body) {
    steps.Do(Publish{kTopic, {{.message = {.body = body, .attributes = {}}, .subject = {}}}});
  };
  publish("before");
  steps.Do(DeleteQueue{kQueue});
  publish("between");
  steps.Do(CreateQueue{kQueue, AdmitTopics()});
  publish("after");
  steps.Settle();
  const auto receive = steps.Do(Receive{.queue = kQueue, .visibility = {}, .wait = 0s});
  const auto describe = steps.Do(DescribeTopic{kTopic});
  steps.Settle();
  EXPECT_THAT(Bodies(steps.ReplyTo<ReceiveReply>(receive)), ElementsAre("after"));
  const SubscriptionDescription counts = steps.ReplyTo<TopicsReply>(describe).topics.at(0).subscriptions.at(0);
  EXPECT_EQ(counts.delivered, 2u);
  EXPECT_EQ(counts.failed, 1u);
}

TEST(SubscriptionTest, ADeletedTopicTakesItsSubscriptionsAlong) {
  Talk hub;
  hub.CreateSubscribed(kQueue);
  const std::string arn = hub.OnlySubscription().arn;
  hub.Succeeds(DeleteTopic{kTopic});
  EXPECT_EQ(hub.Rows(KeyKind::kSubscription), 0u);
  hub.Restart(/*power_loss=*/true);
  hub.Succeeds(CreateTopic{kTopic, {}});
  EXPECT_THAT(hub.DescribeTopicNow().subscriptions, IsEmpty());
  EXPECT_EQ(hub.Refusal(DescribeSubscription{arn, ""}).code, Code::kSubscriptionNotFound);
}

// rule: aws 116 values and names of attributes that are wrong are refused
// rule: aws 117 what a subscription tells of itself; a scope only with a filter, and an empty filter is none
TEST(SubscriptionTest, ItIsChangedDescribedAndEndedByItsArnAsByTopicAndQueue) {
  Talk hub;
  hub.CreateSubscribed(kQueue, {{"FilterPolicy", R"({"a":["b"]})"}, {"FilterPolicyScope", "MessageBody"}});
  const std::string arn = hub.OnlySubscription().arn;
  const auto describe = [&](const std::string& topic, const std::string& queue) {
    auto reply = hub.Ask(nullptr, DescribeSubscription{topic, queue});
    EXPECT_TRUE(reply) << reply.error().message;
    return reply ? std::get<SubscriptionsReply>(*reply).subscriptions.at(0) : SubscriptionDescription{};
  };
  EXPECT_EQ(describe(arn, "").attributes.at("FilterPolicyScope"), "MessageBody");
  hub.Succeeds(SetSubscriptionAttributes{arn, "", {{"FilterPolicy", "{}"}, {"RawMessageDelivery", "true"}}});
  EXPECT_EQ(describe(kTopic, kQueue).attributes, (Attributes{{"RawMessageDelivery", "true"}}));
  EXPECT_EQ(describe(kTopic, kQueue).topic_arn, kTopicArn);
  EXPECT_FALSE(describe(kTopic, kQueue).is_pending);
  hub.Publish({"a"});
  EXPECT_EQ(describe(arn, "").delivered, 1u);
  EXPECT_EQ(hub.Refusal(SetSubscriptionAttributes{arn, "", {{"RawMessageDelivery", "yes"}}}).code,
            Code::kInvalidArgument);
  EXPECT_EQ(hub.Refusal(SetSubscriptionAttributes{arn, "", {{"Foobar", "yes"}}}).code, Code::kAttributeUnknown);
  hub.Restart();
  EXPECT_EQ(describe(arn, "").attributes, (Attributes{{"RawMessageDelivery", "true"}}));
  hub.Succeeds(Unsubscribe{arn, ""});
  EXPECT_THAT(hub.DescribeTopicNow().subscriptions, IsEmpty());
}

// rule: aws 112 a queue is named by its ARN, not by a URL
TEST(SubscriptionTest, AUrlNamesNoQueue) {
  Talk hub;
  hub.CreateSubscribed(kQueue);
  for (const char* endpoint : {"https://sqs.us-east-1.amazonaws.com/111111111111/orders", "http://x", "me@example.com",
                               "arn:aws:lambda:us-east-1:111111111111:f", ""}) {
    EXPECT_EQ(hub.Refusal(Subscribe{kTopic, endpoint, {}}).code, Code::kInvalidArgument) << endpoint;
  }
}

TEST(SubscriptionTest, ATopicAndTheHubHoldOnlySoMany) {
  EXPECT_EQ(Core::Options().topic_subscriptions_max, 200'000u);
  EXPECT_EQ(Core::Options().subscriptions_max, 1'000'000u);
  Steps steps(Core::Options{.topic_subscriptions_max = 2, .subscriptions_max = 3});
  for (const char* queue : {"a", "b", "c"}) steps.Do(CreateQueue{"111111111111/" + std::string(queue), {}});
  for (const char* topic : {"one", "two"}) steps.Do(CreateTopic{"111111111111/" + std::string(topic), {}});
  const auto subscribe = [&](const std::string& topic, const std::string& queue) {
    const auto request = steps.Do(Subscribe{"111111111111/" + topic, "111111111111/" + queue, {}});
    steps.End();
    const Result<Reply>& reply = steps.answers.at(request);
    return reply ? Error{Code::kStorage, ""} : reply.error();
  };
  const Error none{Code::kStorage, ""};
  const Error full{Code::kOverLimit,
                   "There are as many subscriptions as the topic or the hub can hold: 2 of a topic, 3 in all."};
  EXPECT_EQ(subscribe("one", "a"), none);
  EXPECT_EQ(subscribe("one", "b"), none);
  EXPECT_EQ(subscribe("one", "c"), full) << "two of this topic";
  EXPECT_EQ(subscribe("two", "a"), none);
  EXPECT_EQ(subscribe("two", "b"), full) << "three in all";
  EXPECT_EQ(subscribe("one", "b"), none) << "it is there already";
  steps.Restart(/*power_loss=*/true);
  EXPECT_EQ(subscribe("one", "c"), full);
  EXPECT_EQ(subscribe("two", "c"), full);
  steps.Do(Unsubscribe{"111111111111/one", "111111111111/a"});
  EXPECT_EQ(subscribe("two", "c"), none);
  EXPECT_EQ(subscribe("one", "c"), full) << "the topic has room, the hub has none";
}

// rule: aws 136 so many filter policies of a topic
TEST(SubscriptionTest, ClientsGiveATopicOnlySoManyFilterPolicies) {
  Talk hub;
  hub.Configure(kAnnMayDoAll);
  hub.as = hub.User("shop/ann");
  hub.Succeeds(CreateTopic{kTopic, {}});
  const Attributes filter = {{"FilterPolicy", R"({"a":["x"]})"}};
  const auto queue = [](std::size_t i) { return "111111111111/q" + std::to_string(i); };
  for (std::size_t i = 0; i <= kTopicFilterPoliciesMax; ++i) hub.Create(queue(i));
  for (std::size_t i = 0; i < kTopicFilterPoliciesMax; ++i) hub.Succeeds(Subscribe{kTopic, queue(i), filter});
  const std::string last = queue(kTopicFilterPoliciesMax);
  EXPECT_EQ(hub.Refusal(Subscribe{kTopic, last, filter}).code, Code::kOverLimit);
  hub.Succeeds(Subscribe{kTopic, last, {}});
  EXPECT_EQ(hub.Refusal(SetSubscriptionAttributes{kTopic, last, filter}).about, "FilterPolicy");
  hub.Succeeds(SetSubscriptionAttributes{kTopic, queue(0), {{"FilterPolicy", R"({"a":["y"]})"}}});  // It has one.
  hub.Succeeds(SetSubscriptionAttributes{kTopic, queue(0), {{"FilterPolicy", ""}}});
  hub.Succeeds(SetSubscriptionAttributes{kTopic, last, filter});
}

// Before subscriptions had ids they were kept under their topic and queue.
TEST(SubscriptionTest, WhatAnOlderHubStoredIsMovedOnceAndWorks) {
  Talk hub;
  hub.CreateSubscribed(kQueue);
  hub.Create("111111111111/other", AdmitTopics());
  Batch old;
  std::uint64_t topic = 0;
  Strings queues;
  EXPECT_TRUE(hub.store().Scan(Key(KeyKind::kTopic, 0), KindEnd(KeyKind::kTopic), [&](auto key, auto) {
    topic = KeyPart(key, 0);
    return true;
  }));
  EXPECT_TRUE(hub.store().Scan(Key(KeyKind::kSubscription, 0), KindEnd(KeyKind::kSubscription), [&](auto key, auto) {
    old.Delete(std::string(key));
    return true;
  }));
  EXPECT_TRUE(hub.store().Scan(Key(KeyKind::kQueue, 0), KindEnd(KeyKind::kQueue), [&](auto key, auto) {
    std::string value;
    Writer writer(value);
    writer.Fixed(std::uint8_t{1});  // Version, key id, attributes, whether declared, and how.
    writer.Fixed(std::uint8_t{0});
    writer.Varint(1);
    writer.String("RawMessageDelivery");
    writer.String("true");
    writer.Fixed(std::uint8_t{0});
    writer.Varint(0);
    old.Put(Key(KeyKind::kSubscriptionOfQueue, topic, KeyPart(key, 0)), value);
    return true;
  }));
  ASSERT_TRUE(hub.store().Write(old));
  ASSERT_TRUE(hub.store().Flush());
  hub.Restart();
  const TopicDescription moved = hub.DescribeTopicNow();
  ASSERT_EQ(moved.subscriptions.size(), 2u);
  EXPECT_EQ(moved.subscriptions[0].owner, "111111111111");
  EXPECT_EQ(hub.Rows(KeyKind::kSubscriptionOfQueue), 0u);
  EXPECT_EQ(hub.Rows(KeyKind::kSubscription), 2u);
  hub.Restart(/*power_loss=*/true);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(hub.DescribeTopicNow().subscriptions.at(i).arn, moved.subscriptions[i].arn);
  }
  hub.Create("111111111111/third");  // No id is given out twice.
  hub.Succeeds(Subscribe{kTopic, "111111111111/third", {}});
  EXPECT_NE(hub.DescribeTopicNow().subscriptions.at(2).arn, moved.subscriptions[0].arn);
  hub.Publish({"a"});
  EXPECT_THAT(Bodies(hub.Receive()), ElementsAre("a"));
  EXPECT_THAT(Bodies(hub.Receive("111111111111/other")), ElementsAre("a"));
}

// Its words are about the policy without spaces, in which an escape may take more room.
TEST(SubscriptionTest, AFilterPolicyOfManyEscapesIsRefusedLikeAnyOtherThatIsTooLarge) {
  Talk hub;
  hub.Create(kQueue);
  hub.Succeeds(CreateTopic{kTopic, {}});
  std::string policy = "{\"a\":[\"";
  for (int i = 0; i < 175'000; ++i) policy += "\\b";
  EXPECT_EQ(hub.Refusal(Subscribe{kTopic, kQueue, {{"FilterPolicy", policy + "\"]}"}}}).code,
            Code::kFilterPolicyInvalid);
}

}  // namespace
}  // namespace hub::core
