// Subscriptions of other accounts' queues: pending until somebody confirms, and whose they are.

#include "hub/base/json.h"
#include "hub/core/confirmation.h"
#include "tests/core/support.h"

namespace hub::core {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kTopicArn[] = "arn:aws:sns:us-east-1:111111111111:events";
constexpr char kInbox[] = "222222222222/inbox";
constexpr char kInboxArn[] = "arn:aws:sqs:us-east-1:222222222222:inbox";

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
  // What is in the inbox, which is empty then.
  Strings Taken() {
    const ReceiveReply received = hub.Receive(kInbox);
    hub.Delete(received, kInbox);
    return Bodies(received);
  }
  // What asks for confirmation there.
  Node Asked() {
    const Strings bodies = Taken();
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
  SubscriptionDescription now = hub.OnlySubscription();
  EXPECT_TRUE(now.is_pending);
  EXPECT_EQ(now.owner, "111111111111");
  EXPECT_EQ(now.principal, "arn:aws:iam::111111111111:user/ann");
  EXPECT_EQ(now.filtered + now.delivered + now.denied + now.failed, 0u);

  hub.Restart(/*power_loss=*/true);
  EXPECT_TRUE(hub.OnlySubscription().is_pending);
  for (int i = 0; i < 2; ++i) {
    const auto confirmed = Confirm("billing/joe", token);
    ASSERT_TRUE(confirmed) << confirmed.error().message;
    EXPECT_EQ(std::get<CreatedReply>(*confirmed).arn, created.arn);
  }
  hub.Publish({"in time"});
  EXPECT_THAT(Taken(), ElementsAre("in time"));
  hub.Restart(/*power_loss=*/true);
  now = hub.OnlySubscription();
  EXPECT_FALSE(now.is_pending);
  hub.Publish({"and after"});
  EXPECT_THAT(Taken(), ElementsAre("and after"));
  hub.Advance(kConfirmationWindow);
  EXPECT_FALSE(hub.OnlySubscription().is_pending);
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
  EXPECT_TRUE(hub.OnlySubscription().is_pending);
  hub.Advance(1us);
  EXPECT_FALSE(Confirm("billing/joe", token));
  EXPECT_THAT(hub.DescribeTopicNow().subscriptions, IsEmpty());
  EXPECT_EQ(hub.Rows(KeyKind::kSubscription), 0u);
}

TEST_F(PendingTest, OneThatIsOverdueAtTheStartVanishesThen) {
  SubscribeAs("shop/ann");
  hub.clock().wall += 3 * kConfirmationWindow;
  hub.Restart();
  EXPECT_THAT(hub.DescribeTopicNow().subscriptions, IsEmpty());
  EXPECT_EQ(hub.Rows(KeyKind::kSubscription), 0u);
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
    EXPECT_EQ(hub.OnlySubscription().last_denial, "");
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
  const SubscriptionDescription now = hub.OnlySubscription();
  EXPECT_EQ(now.owner, "222222222222");
  hub.Succeeds(Purge{kInbox});
  hub.Publish({"a"});
  EXPECT_THAT(Bodies(hub.Receive(kInbox)), ElementsAre("a"));
}

TEST_F(PendingTest, WhatTheFileDeclaresNeedsNoConfirmation) {
  SubscribeAs("press/max", kInboxArn, {{"FilterPolicy", R"({"never":["x"]})"}});
  hub.Configure(std::string(kYaml) + "subscriptions: [{from: topic/events, to: queue/inbox, raw: true}]\n");
  EXPECT_FALSE(hub.OnlySubscription().is_pending);
  EXPECT_EQ(hub.OnlySubscription().owner, "222222222222");
  hub.Succeeds(Purge{kInbox});
  hub.Publish({"a"});
  EXPECT_THAT(Bodies(hub.Receive(kInbox)), ElementsAre("a"));
}

TEST_F(PendingTest, AnAccountMayAskOnlySoMuch) {
  for (std::size_t i = 0; i < kPendingSubscriptionsMax; ++i) {
    ASSERT_TRUE(hub.Ask(hub.User("press/max"), Subscribe{kTopic, "222222222222/q" + std::to_string(i), {}}));
  }
  hub.as = hub.User("press/max");
  EXPECT_EQ(hub.Refusal(Subscribe{kTopic, "222222222222/more", {}}).code, Code::kOverLimit);
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

// rule: aws 98 what belongs to an account its own policies decide, and not those of the topic's owner
TEST(OwnSubscriptionTest, ToAnotherAccountsTopicIsTheSubscribersToChangeAndEnd) {
  Talk hub;
  hub.Configure(R"(
hub: {drift: allow}
accounts:
  shop:
    id: "111111111111"
    topics:
      events:
        policy:
          Version: "2012-10-17"
          Statement:
            - {Effect: Allow, Principal: "*", Action: "sns:*", Resource: "arn:aws:sns:us-east-1:111111111111:events"}
            - {Effect: Deny, Principal: {AWS: "222222222222"}, Action: "sns:Unsubscribe", Resource: "arn:aws:sns:us-east-1:111111111111:events"}
  billing:
    id: "222222222222"
    users:
      sue: {password: p, policies: {Version: "2012-10-17", Statement: {Effect: Allow, Action: ["sns:*"], Resource: "*"}}}
      bob: {password: p}
    queues: {inbox: }
)");
  const auto created = std::get<CreatedReply>(*hub.Ask(hub.User("billing/sue"), Subscribe{kTopicArn, kInboxArn, {}}));
  ASSERT_FALSE(created.is_pending);
  const auto may = [&](const char* login, Operation operation) {
    return hub.Ask(hub.User(login), std::move(operation)).has_value();
  };
  EXPECT_FALSE(may("billing/bob", DescribeSubscription{created.arn, ""}));
  EXPECT_FALSE(may("billing/bob", SetSubscriptionAttributes{created.arn, "", {}}));
  EXPECT_FALSE(may("billing/bob", Unsubscribe{created.arn, ""}));
  EXPECT_TRUE(may("billing/sue", DescribeSubscription{created.arn, ""}));
  EXPECT_TRUE(may("billing/sue", SetSubscriptionAttributes{created.arn, "", {}}));
  EXPECT_TRUE(may("billing/sue", Unsubscribe{created.arn, ""}));
  EXPECT_EQ(hub.Ask(hub.User("billing/sue"), DescribeSubscription{created.arn, ""}).has_value(), false);
}

TEST_F(PendingTest, AListHoldsWhatTheAccountAskedFor) {
  SubscribeAs("billing/sue");
  SubscribeAs("shop/ann", "111111111111/mine");
  const auto queues = [&](const CallerPtr& caller, const std::string& prefix) {
    Strings names;
    auto reply = hub.Ask(caller, ListSubscriptions{prefix});
    EXPECT_TRUE(reply) << reply.error().message;
    if (!reply) return names;
    for (const auto& s : std::get<SubscriptionsReply>(*reply).subscriptions) names.push_back(s.endpoint);
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
