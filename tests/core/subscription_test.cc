// Subscriptions as resources of their own: what they are called, how long they last, who may touch them, and those that
// wait for confirmation.

#include "hub/base/bytes.h"
#include "hub/base/json.h"
#include "hub/core/confirmation.h"
#include "tests/core/support.h"

namespace hub::core {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;

constexpr char kTopicArn[] = "arn:aws:sns:us-east-1:111111111111:events";
constexpr char kInbox[] = "222222222222/inbox";
constexpr char kInboxArn[] = "arn:aws:sqs:us-east-1:222222222222:inbox";

std::size_t Rows(Talk& hub, KeyKind kind) {
  std::size_t rows = 0;
  EXPECT_TRUE(hub.store().Scan(Key(kind, 0), KindEnd(kind), [&](auto, auto) { return ++rows > 0; }));
  return rows;
}

SubscriptionDescription TheOnlyOne(Talk& hub) {
  const TopicDescription topic = hub.DescribeTopicNow();
  EXPECT_EQ(topic.subscriptions.size(), 1u);
  return topic.subscriptions.empty() ? SubscriptionDescription{} : topic.subscriptions[0];
}

TEST(SubscriptionTest, ItsArnIsItsTopicsWithAnIdThatStaysAndIsNeverUsedAgain) {
  Talk hub;
  hub.CreateSubscribed(kQueue);
  const SubscriptionDescription first = TheOnlyOne(hub);
  EXPECT_THAT(first.arn,
              MatchesRegex(std::string(kTopicArn) + ":[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-"
                                                    "[0-9a-f]{12}"));
  EXPECT_EQ(first.owner, "111111111111");
  EXPECT_EQ(first.queue_arn, kQueueArn);
  hub.Restart(/*power_loss=*/true);
  EXPECT_EQ(TheOnlyOne(hub).arn, first.arn);
  hub.Succeeds(Unsubscribe{kTopic, kQueue});
  hub.Succeeds(Subscribe{kTopic, kQueue, {}});
  EXPECT_NE(TheOnlyOne(hub).arn, first.arn);
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
  const std::string arn = TheOnlyOne(hub).arn;
  hub.Succeeds(DeleteTopic{kTopic});
  EXPECT_EQ(Rows(hub, KeyKind::kSubscription), 0u);
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
  const std::string arn = TheOnlyOne(hub).arn;
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
  EXPECT_EQ(hub.Refusal(SetSubscriptionAttributes{arn, "", {{"Foobar", "yes"}}}).code, Code::kInvalidArgument);
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
  EXPECT_EQ(Rows(hub, KeyKind::kSubscriptionOfQueue), 0u);
  EXPECT_EQ(Rows(hub, KeyKind::kSubscription), 2u);
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

// --- Queues of other accounts ---------------------------------------------------------------------------------------

constexpr char kYaml[] = R"(
hub: {drift: allow}
accounts:
  shop:
    id: "111111111111"
    users:
      ann: {password: p, policies: {Version: "2012-10-17", Statement: {Effect: Allow, Action: ["sns:*", "sqs:*"], Resource: "*"}}}
    topics: {events: , other: }
    queues: {mine: }
  billing:
    id: "222222222222"
    users:
      joe: {password: p, may: {do: [receive, delete], on: queue/inbox}}
      sue: {password: p, policies: {Version: "2012-10-17", Statement: {Effect: Allow, Action: ["sns:*"], Resource: "*"}}}
      tom: {password: p, policies: {Version: "2012-10-17", Statement: {Effect: Deny, Action: "sns:ConfirmSubscription", Resource: "*"}}}
    queues: {inbox: , closed: }
  press:
    id: "333333333333"
    users:
      max: {password: p, policies: {Version: "2012-10-17", Statement: {Effect: Allow, Action: ["sns:*"], Resource: "*"}}}
grants:
  - {from: topic/events, to: queue/inbox}
  - {account: billing, may: [subscribe, unsubscribe, set subscription attributes], on: topic/events}
  - {account: press, may: [subscribe, unsubscribe, set subscription attributes], on: topic/events}
)";

class PendingTest : public testing::Test {
 protected:
  PendingTest() { hub.Configure(kYaml); }

  CreatedReply SubscribeAs(const char* login, const std::string& queue = kInboxArn, Attributes attributes = kRaw) {
    auto reply = hub.Ask(hub.User(login), Subscribe{kTopic, queue, std::move(attributes)});
    EXPECT_TRUE(reply) << reply.error().message;
    return reply ? std::get<CreatedReply>(*reply) : CreatedReply{};
  }
  // What stands in the inbox as confirmation.
  Node Asked() {
    const Strings bodies = Bodies(hub.Receive(kInbox, 1));
    EXPECT_EQ(bodies.size(), 1u);
    auto parsed = ParseJson(bodies.empty() ? "{}" : bodies[0], "");
    EXPECT_TRUE(parsed);
    return parsed ? *parsed : Node{};
  }
  std::string Token() {
    const Node asked = Asked();
    const Node* token = asked.Find("Token");
    return token ? token->text : "";
  }
  Result<Reply> Confirm(const char* login, const std::string& token, const std::string& topic = kTopicArn) {
    return hub.Ask(login ? hub.User(login) : Talk::Anonymous(), ConfirmSubscription{topic, token});
  }

  static inline const Attributes kRaw = {{"RawMessageDelivery", "true"}};
  Talk hub;
};

// rule: aws 115 pending until confirmed with the token, and confirming twice is fine
TEST_F(PendingTest, AnotherAccountsQueueGetsATokenAndNothingMoreUntilSomebodyConfirms) {
  const CreatedReply created = SubscribeAs("shop/ann");
  EXPECT_TRUE(created.is_pending);
  hub.Publish({"too early"});
  EXPECT_EQ(hub.Counts(kInbox), "1/0/0");
  const Node asked = Asked();
  EXPECT_EQ(asked.Find("Type")->text, "SubscriptionConfirmation");
  EXPECT_EQ(asked.Find("TopicArn")->text, kTopicArn);
  EXPECT_EQ(asked.Find("Timestamp")->text, "2023-11-14T22:13:20.000Z");
  const std::string token = asked.Find("Token")->text;
  EXPECT_THAT(asked.Find("Message")->text,
              AllOf(HasSubstr(kInboxArn), HasSubstr("penstock confirm"), HasSubstr(token)));
  SubscriptionDescription now = TheOnlyOne(hub);
  EXPECT_TRUE(now.is_pending);
  EXPECT_EQ(now.owner, "111111111111");
  EXPECT_EQ(now.principal, "arn:aws:iam::111111111111:user/ann");
  EXPECT_EQ(now.filtered + now.delivered + now.denied + now.failed, 0u);

  hub.Restart(/*power_loss=*/true);
  EXPECT_TRUE(TheOnlyOne(hub).is_pending);
  for (int i = 0; i < 2; ++i) {
    const auto confirmed = Confirm("billing/joe", token);
    ASSERT_TRUE(confirmed) << confirmed.error().message;
    EXPECT_EQ(std::get<CreatedReply>(*confirmed).arn, created.arn);
  }
  hub.Publish({"in time"});
  EXPECT_THAT(Bodies(hub.Receive(kInbox)), ElementsAre("in time"));
  hub.Restart(/*power_loss=*/true);
  now = TheOnlyOne(hub);
  EXPECT_FALSE(now.is_pending);
  hub.Publish({"and after"});
  EXPECT_THAT(Bodies(hub.Receive(kInbox)), ElementsAre("and after"));
  hub.Advance(kConfirmationWindow);
  EXPECT_FALSE(TheOnlyOne(hub).is_pending);
}

// rule: aws 115 the token is usable for two days, and no other will do
TEST_F(PendingTest, AWrongOrOldTokenConfirmsNothing) {
  SubscribeAs("shop/ann");
  const std::string token = Token();
  ASSERT_EQ(token.size(), 48u);
  std::string flipped = token;
  flipped[15] = flipped[15] == '0' ? '1' : '0';
  Secret secret{};
  const struct {
    const char* why;
    std::string token;
    std::string topic;
  } cases[] = {
      {"empty", "", kTopicArn},
      {"no token", "confirm", kTopicArn},
      {"another subscription's number", flipped, kTopicArn},
      {"cut", token.substr(0, 46), kTopicArn},
      {"longer", token + "00", kTopicArn},
      {"of another secret", SealConfirmation(secret, std::stoull(token.substr(0, 16), nullptr, 16)), kTopicArn},
      {"another topic", token, "arn:aws:sns:us-east-1:111111111111:other"},
      {"no such topic", token, "arn:aws:sns:us-east-1:111111111111:nothing"},
  };
  for (const auto& c : cases) {
    const auto reply = Confirm("billing/joe", c.token, c.topic);
    ASSERT_FALSE(reply) << c.why;
    EXPECT_EQ(reply.error(),
              (Error{Code::kInvalidArgument,
                     "The token does not belong to a subscription of this topic, or is older than 2 days."}))
        << c.why;
  }
  hub.Advance(kConfirmationWindow - 1us);
  EXPECT_TRUE(TheOnlyOne(hub).is_pending);
  hub.Advance(1us);
  EXPECT_FALSE(Confirm("billing/joe", token));
  EXPECT_THAT(hub.DescribeTopicNow().subscriptions, IsEmpty());
  EXPECT_EQ(Rows(hub, KeyKind::kSubscription), 0u);
}

TEST_F(PendingTest, OneThatIsOverdueAtTheStartVanishesThen) {
  SubscribeAs("shop/ann");
  hub.clock().wall += 3 * kConfirmationWindow;
  hub.Restart();
  EXPECT_THAT(hub.DescribeTopicNow().subscriptions, IsEmpty());
  EXPECT_EQ(Rows(hub, KeyKind::kSubscription), 0u);
}

TEST_F(PendingTest, TheTokenIsPermissionEnoughUnlessAPolicyDeniesIt) {
  SubscribeAs("shop/ann");
  const std::string token = Token();
  EXPECT_EQ(Confirm("billing/tom", token).error().code, Code::kAccessDenied);
  EXPECT_TRUE(Confirm(nullptr, token));
}

// Who subscribes somebody else's queue learns nothing of it.
TEST_F(PendingTest, WhetherTheQueueIsThereOrWasAskedIsNotTold) {
  for (const char* queue : {"222222222222/closed", "222222222222/nothing"}) {
    EXPECT_TRUE(SubscribeAs("shop/ann", queue).is_pending);
    EXPECT_EQ(TheOnlyOne(hub).last_denial, "");
    hub.Succeeds(Unsubscribe{kTopic, queue});
  }
  EXPECT_EQ(hub.Counts("222222222222/closed"), "0/0/0");
}

TEST_F(PendingTest, SubscribingAgainAsksAgainAndGivesTwoMoreDays) {
  const std::string arn = SubscribeAs("shop/ann").arn;
  const std::string token = Token();
  hub.Advance(47h);
  EXPECT_EQ(SubscribeAs("shop/ann").arn, arn);
  EXPECT_EQ(Token(), token);
  hub.Restart();
  hub.Advance(47h);
  EXPECT_TRUE(Confirm("billing/joe", token));
}

// A stranger's request does not stand in the way of the queue's owner, nor does it decide what the owner gets.
TEST_F(PendingTest, TheQueuesOwnerTakesOverWhatIsPending) {
  SubscribeAs("press/max", kInboxArn, {{"FilterPolicy", R"({"never":["x"]})"}});
  EXPECT_FALSE(SubscribeAs("billing/sue").is_pending);
  const SubscriptionDescription now = TheOnlyOne(hub);
  EXPECT_EQ(now.owner, "222222222222");
  hub.Succeeds(Purge{kInbox});
  hub.Publish({"a"});
  EXPECT_THAT(Bodies(hub.Receive(kInbox)), ElementsAre("a"));
}

TEST_F(PendingTest, WhatTheFileDeclaresNeedsNoConfirmation) {
  SubscribeAs("press/max", kInboxArn, {{"FilterPolicy", R"({"never":["x"]})"}});
  hub.Configure(std::string(kYaml) + "subscriptions: [{from: topic/events, to: queue/inbox, raw: true}]\n");
  EXPECT_FALSE(TheOnlyOne(hub).is_pending);
  EXPECT_EQ(TheOnlyOne(hub).owner, "222222222222");
  hub.Succeeds(Purge{kInbox});
  hub.Publish({"a"});
  EXPECT_THAT(Bodies(hub.Receive(kInbox)), ElementsAre("a"));
}

TEST_F(PendingTest, AnAccountMayAskOnlySoMuch) {
  for (std::size_t i = 0; i < kPendingSubscriptionsMax; ++i) {
    ASSERT_TRUE(hub.Ask(hub.User("press/max"), Subscribe{kTopic, "222222222222/q" + std::to_string(i), {}}));
  }
  hub.as = hub.User("press/max");
  EXPECT_EQ(hub.Refusal(Subscribe{kTopic, "222222222222/more", {}}).code, Code::kOverloaded);
  EXPECT_TRUE(SubscribeAs("shop/ann").is_pending);
  hub.Advance(kConfirmationWindow);
  EXPECT_TRUE(hub.Ask(hub.as, Subscribe{kTopic, "222222222222/more", {}}));
}

TEST_F(PendingTest, OnlyThoseWhoseItIsTouchASubscription) {
  EXPECT_FALSE(SubscribeAs("billing/sue").is_pending);
  const struct {
    const char* login;
    bool may_end;
    bool may_set;
  } cases[] = {
      {"press/max", false, false},  // Neither its account, nor the queue's, nor the topic's.
      {"shop/ann", true, false},    // The topic's.
      {"billing/sue", true, true},  // Its own.
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.login);
    const CallerPtr caller = hub.User(c.login);
    EXPECT_EQ(hub.Ask(caller, SetSubscriptionAttributes{kTopic, kInboxArn, {}}).has_value(), c.may_set);
    EXPECT_EQ(hub.Ask(caller, Unsubscribe{kTopic, kInboxArn}).has_value(), c.may_end);
    if (c.may_end) SubscribeAs("billing/sue");
  }
}

TEST_F(PendingTest, AListHoldsWhatTheAccountAskedFor) {
  SubscribeAs("billing/sue");
  SubscribeAs("shop/ann", "111111111111/mine");
  const auto queues = [&](const CallerPtr& caller, const std::string& prefix) {
    Strings names;
    auto reply = hub.Ask(caller, ListSubscriptions{prefix});
    EXPECT_TRUE(reply) << reply.error().message;
    if (!reply) return names;
    for (const auto& s : std::get<SubscriptionsReply>(*reply).subscriptions) names.push_back(s.queue_arn);
    return names;
  };
  EXPECT_THAT(queues(hub.User("billing/sue"), ""), ElementsAre(kInboxArn));
  EXPECT_THAT(queues(hub.User("billing/sue"), "event"), ElementsAre(kInboxArn));
  EXPECT_THAT(queues(hub.User("billing/sue"), "x"), IsEmpty());
  EXPECT_EQ(queues(nullptr, "").size(), 2u);
  hub.as = hub.User("billing/joe");
  EXPECT_EQ(hub.Refusal(ListSubscriptions{""}).code, Code::kAccessDenied);
}

}  // namespace
}  // namespace hub::core
