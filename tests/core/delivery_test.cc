// Subscribers that are not queues: asked, delivered to, tried again and given up.

#include "tests/core/support.h"

namespace hub::core {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Became = SettleDeliveries::Outcome;

constexpr char kUrl[] = "http://127.0.0.1:9/inbox";
constexpr char kDeadArn[] = "arn:aws:sqs:us-east-1:111111111111:dead";

constexpr char kYaml[] = R"(
hub: {drift: allow}
accounts:
  shop:
    id: "111111111111"
    users:
      ann: {password: p, policies: {Version: "2012-10-17", Statement: {Effect: Allow, Action: ["sns:*", "sqs:*"], Resource: "*"}}}
    topics: {events: }
  billing:
    id: "222222222222"
    users:
      joe: {password: p, policies: {Version: "2012-10-17", Statement: {Effect: Allow, Action: ["sns:*", "sqs:*"], Resource: "*"}}}
)";

// Three seconds apart, so many times; the first `immediate` of them at once.
Attributes Retrying(int count, int immediate = 0) {
  return {{"DeliveryPolicy", R"({"healthyRetryPolicy":{"numRetries":)" + std::to_string(count) +
                                 R"(,"numNoDelayRetries":)" + std::to_string(immediate) +
                                 R"(,"minDelayTarget":3,"maxDelayTarget":3}})"}};
}

class DeliveryTest : public testing::Test {
 protected:
  DeliveryTest() {
    hub.Configure(kYaml);
    hub.as = hub.User("shop/ann");
    hub.Create(kDead, AdmitTopics());
    Open();
  }

  void Open() { hub.Post(nullptr, TakeDeliveries{}, Talk::kDeliverer); }

  // The ARN, and with `confirm` of one that delivers.
  std::string Subscribed(Attributes attributes = {}, Protocol protocol = Protocol::kHttp, const std::string& url = kUrl,
                         bool confirm = true) {
    const auto created = hub.Expect<CreatedReply>(Subscribe{kTopic, url, std::move(attributes), protocol});
    if (!confirm || !created.is_pending) return created.arn;
    Next();
    EXPECT_THAT(held.deliveries, SizeIs(1));
    token = held.deliveries.empty() ? "" : std::string(held.deliveries[0].body);
    hub.Succeeds(ConfirmSubscription{kTopic, token});
    Settle(Became::kTaken);
    return created.arn;
  }

  // What has come since the last call, of one subscription; also kept in `held`.
  Strings Next() {
    held = {};
    Strings bodies;
    for (ReceiveReply& reply : hub.TakeDeliveries()) {
      held.target = reply.target;
      for (const Delivery& delivery : reply.deliveries) bodies.emplace_back(delivery.body);
      held.deliveries.insert(held.deliveries.end(), reply.deliveries.begin(), reply.deliveries.end());
      held.blocks.insert(held.blocks.end(), reply.blocks.begin(), reply.blocks.end());
    }
    return bodies;
  }

  void Settle(Became became, const std::string& why = "It answered with status 500.") {
    SettleDeliveries settle{.subscription = held.target ? held.target->subscription : 0, .entries = {}};
    for (const Delivery& delivery : held.deliveries) settle.entries.push_back({delivery.handle, became, why});
    hub.Post(nullptr, std::move(settle));
  }

  Talk hub;
  ReceiveReply held;
  std::string token;
};

TEST_F(DeliveryTest, AnEndpointIsAskedFirstAndGetsWhatIsPublishedOnceItAgreed) {
  const std::string arn = Subscribed({}, Protocol::kHttp, kUrl, /*confirm=*/false);
  hub.Publish({"too early"});
  EXPECT_THAT(Next(), SizeIs(1));
  EXPECT_EQ(held.deliveries.at(0).kind, DeliveryKind::kConfirmation);
  EXPECT_EQ(held.target->endpoint, kUrl);
  EXPECT_EQ(held.target->arn, arn);
  token = held.deliveries.at(0).body;
  Settle(Became::kTaken);
  // Whoever has the token may: nobody has to be known.
  EXPECT_TRUE(hub.Ask(Talk::Anonymous(), ConfirmSubscription{"arn:aws:sns:us-east-1:111111111111:events", token}));
  hub.Publish({"a", "b"});
  EXPECT_THAT(Next(), ElementsAre("a", "b"));
  EXPECT_EQ(held.deliveries[0].envelope_topic, "arn:aws:sns:us-east-1:111111111111:events");
  EXPECT_EQ(held.target->arn, arn);
  Settle(Became::kTaken);
  hub.Advance(24h);
  EXPECT_THAT(Next(), IsEmpty());
  EXPECT_EQ(hub.Rows(KeyKind::kChunk), 0u);
}

TEST_F(DeliveryTest, OneThatNobodyConfirmsVanishesWithWhatItWasStillToGet) {
  Subscribed({}, Protocol::kHttp, kUrl, /*confirm=*/false);
  hub.Advance(49h);
  EXPECT_THAT(hub.DescribeTopicNow().subscriptions, IsEmpty());
  EXPECT_EQ(hub.Rows(KeyKind::kChunk), 0u);
  EXPECT_EQ(hub.Rows(KeyKind::kCounters), 1u);  // Of kDead.
}

TEST_F(DeliveryTest, AskedAgainItIsAskedAgainAndWithOtherAttributesRefused) {
  Subscribed({}, Protocol::kHttp, kUrl, /*confirm=*/false);
  Subscribed({}, Protocol::kHttp, kUrl, /*confirm=*/false);
  EXPECT_THAT(Next(), SizeIs(2));
  EXPECT_EQ(hub.Refusal(Subscribe{kTopic, kUrl, {{"RawMessageDelivery", "true"}}, Protocol::kHttp}).code,
            Code::kSubscriptionExists);
}

TEST_F(DeliveryTest, WhatFailsComesAgainAsThePolicySaysAndThenGoesToTheDeadLetterQueueAsItWas) {
  Attributes attributes = Retrying(/*count=*/3, /*immediate=*/1);
  attributes["RedrivePolicy"] = std::string(R"({"deadLetterTargetArn":")") + kDeadArn + "\"}";
  Subscribed(attributes);
  const SendReply published = hub.Publish({"unlucky"});
  const Instant sent = hub.clock().wall;
  EXPECT_THAT(Next(), ElementsAre("unlucky"));
  Settle(Became::kFailed);
  EXPECT_THAT(Next(), ElementsAre("unlucky"));  // At once.
  Settle(Became::kFailed);
  EXPECT_THAT(Next(), IsEmpty());
  hub.Advance(2s);
  EXPECT_THAT(Next(), IsEmpty());
  hub.Advance(1s);
  EXPECT_THAT(Next(), ElementsAre("unlucky"));
  Settle(Became::kFailed);
  hub.Advance(3s);
  EXPECT_THAT(Next(), ElementsAre("unlucky"));
  EXPECT_EQ(hub.Counts(kDead), "0/0/0");
  Settle(Became::kFailed);  // The last of them.
  EXPECT_THAT(hub.LastLog(),
              HasSubstr("after 4 tries: It answered with status 500. It is in " + std::string(kDeadArn)));
  const ReceiveReply dead = hub.Receive(kDead);
  ASSERT_THAT(dead.deliveries, SizeIs(1));
  EXPECT_EQ(dead.deliveries[0].notification, published.ids[0]);
  EXPECT_EQ(dead.deliveries[0].published, sent);
  EXPECT_EQ(dead.deliveries[0].dead_letter_source, "");
  hub.Delete(dead, kDead);
  EXPECT_EQ(hub.Rows(KeyKind::kTopicChunk), 0u);  // Nobody refers to it any more.
}

TEST_F(DeliveryTest, WhatIsRefusedIsNotTriedAgainAndWithoutADeadLetterQueueLost) {
  const std::string arn = Subscribed(Retrying(3));
  hub.Publish({"wrong"});
  Next();
  Settle(Became::kRefused, "It answered with status 404.");
  EXPECT_THAT(hub.LastLog(), HasSubstr("after 1 try: It answered with status 404. It is lost"));
  hub.Advance(1h);
  EXPECT_THAT(Next(), IsEmpty());
  const auto described = hub.Expect<SubscriptionsReply>(DescribeSubscription{arn, ""}).subscriptions.at(0);
  EXPECT_EQ(described.failed, 1u);
}

TEST_F(DeliveryTest, WhatWaitsToBeTriedAgainTakesNoCredit) {
  Subscribed(Retrying(3));
  for (int i = 0; i < 100; ++i) hub.Publish({std::to_string(i)});
  std::size_t seen = 0;
  for (int round = 0; round < 100 && seen < 100; ++round) {
    seen += Next().size();
    Settle(Became::kFailed);
  }
  EXPECT_EQ(seen, 100u);
}

// A message group is the publisher's to choose.
TEST_F(DeliveryTest, WhatAMessageIsDoesNotDependOnItsGroup) {
  Subscribed();
  Publish publish{.topic = kTopic, .entries = {}};
  publish.entries.push_back(
      {.message = {.body = "m", .attributes = {}, .group = "UnsubscribeConfirmation"}, .subject = {}});
  hub.Succeeds(publish);
  ASSERT_THAT(Next(), ElementsAre("m"));
  EXPECT_EQ(held.deliveries[0].kind, DeliveryKind::kMessage);
}

TEST_F(DeliveryTest, WhatHadNoTurnIsHandedOutAgainAndWasNoTry) {
  Subscribed(Retrying(/*count=*/1, /*immediate=*/1));
  hub.Publish({"m"});
  for (int i = 0; i < 5; ++i) {
    ASSERT_THAT(Next(), ElementsAre("m")) << i;
    Settle(Became::kUntried);
    EXPECT_THAT(Next(), IsEmpty());
    hub.Advance(5s);
  }
  ASSERT_THAT(Next(), ElementsAre("m"));
  Settle(Became::kFailed);
  ASSERT_THAT(Next(), ElementsAre("m"));
  Settle(Became::kFailed);
  EXPECT_THAT(hub.LastLog(), HasSubstr("after 2 tries"));
}

TEST_F(DeliveryTest, WhoeverDeliversHasOnlySoManyAtOnce) {
  Subscribed();
  for (int i = 0; i < 100; ++i) hub.Publish({std::to_string(i)});
  EXPECT_THAT(Next(), SizeIs(16));
  EXPECT_THAT(hub.TakeDeliveries(), IsEmpty());
  Settle(Became::kTaken);
  EXPECT_THAT(Next(), SizeIs(16));
}

TEST_F(DeliveryTest, ARestartLosesNothing) {
  Subscribed(Retrying(3));
  hub.Publish({"waits", "on its way", "untried"});
  for (int i = 0; i < 2; ++i) {
    ASSERT_THAT(Next(), SizeIs(i == 0 ? 3 : 0));
    if (i > 0) break;
    held.deliveries.resize(1);
    Settle(Became::kFailed);
  }
  hub.Restart();
  hub.as = hub.User("shop/ann");
  Open();
  hub.Advance(61s);  // What was on its way is tried again after its time.
  EXPECT_THAT(Next(), testing::UnorderedElementsAre("waits", "on its way", "untried"));
  Settle(Became::kTaken);
  hub.Restart();
  Open();
  hub.Advance(1h);
  EXPECT_THAT(Next(), IsEmpty());
}

TEST_F(DeliveryTest, WhenItEndsTheEndpointIsToldAndWhatItWasStillToGetIsGone) {
  const std::string arn = Subscribed(Retrying(3));
  hub.Publish({"m"});
  Next();
  Settle(Became::kFailed);
  hub.Succeeds(Unsubscribe{arn, ""});
  EXPECT_THAT(Next(), ElementsAre(token));
  EXPECT_EQ(held.deliveries[0].kind, DeliveryKind::kFarewell);
  hub.Advance(1h);
  EXPECT_THAT(Next(), IsEmpty());
  EXPECT_EQ(hub.Rows(KeyKind::kChunk), 0u);
  EXPECT_EQ(hub.Rows(KeyKind::kTopicChunk), 0u);
  EXPECT_EQ(hub.Rows(KeyKind::kSubscription), 0u);
  Settle(Became::kTaken);  // What was on its way meanwhile concerns nobody.
}

TEST_F(DeliveryTest, SoItIsWhenItsTopicIsDeleted) {
  Subscribed();
  hub.Publish({"m"});
  hub.Succeeds(DeleteTopic{kTopic});
  hub.Advance(1h);
  EXPECT_EQ(hub.Rows(KeyKind::kChunk), 0u);
  EXPECT_EQ(hub.Rows(KeyKind::kTopicChunk), 0u);
}

TEST_F(DeliveryTest, OnlyWhereItWasNotConfirmedByNameDoesALinkEndIt) {
  const std::string arn = Subscribed();
  const auto link = [&] { return hub.Ask(Talk::Anonymous(), Unsubscribe{arn, "", /*by_link=*/true}); };
  EXPECT_TRUE(link());
  EXPECT_THAT(hub.DescribeTopicNow().subscriptions, IsEmpty());
  const std::string function =
      Subscribed({}, Protocol::kLambda, "arn:aws:lambda:us-east-1:111111111111:function:thumbnails");
  auto refused = hub.Ask(Talk::Anonymous(), Unsubscribe{function, "", /*by_link=*/true});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kAccessDenied);
  // Nor does anybody else, whoever they are.
  EXPECT_FALSE(hub.Ask(hub.User("billing/joe"), Unsubscribe{function, ""}));
  EXPECT_FALSE(hub.Ask(Talk::Anonymous(), Unsubscribe{function, ""}));
}

TEST_F(DeliveryTest, AFunctionNeedNotAgreeAndIsTriedForWeeks) {
  Subscribed({}, Protocol::kLambda, "arn:aws:lambda:us-east-1:111111111111:function:thumbnails");
  hub.Publish({"m"});
  for (int i = 0; i < 10; ++i) {
    ASSERT_THAT(Next(), ElementsAre("m")) << i;
    Settle(Became::kFailed);
    hub.Advance(20s);
  }
}

TEST_F(DeliveryTest, MailIsKeptAndNotHandedOut) {
  Subscribed({}, Protocol::kEmail, "ann@example.com", /*confirm=*/false);
  EXPECT_THAT(Next(), IsEmpty());
  Subscribed({}, Protocol::kEmailJson, "ann@example.com", /*confirm=*/false);  // Another subscription.
  EXPECT_THAT(hub.DescribeTopicNow().subscriptions, SizeIs(2));
}

TEST_F(DeliveryTest, OnlyTheHubDelivers) {
  EXPECT_EQ(hub.Refusal(TakeDeliveries{}).code, Code::kAccessDenied);
  EXPECT_EQ(hub.Refusal(SettleDeliveries{}).code, Code::kAccessDenied);
}

TEST_F(DeliveryTest, AFifoTopicDeliversOnlyToQueues) {
  hub.Succeeds(CreateTopic{"111111111111/events.fifo", {{"FifoTopic", "true"}}});
  EXPECT_EQ(hub.Refusal(Subscribe{"111111111111/events.fifo", kUrl, {}, Protocol::kHttp}).about, "Endpoint");
}

TEST_F(DeliveryTest, EachProtocolGetsItsOwnOfSeveralBodies) {
  Subscribed();
  hub.Create(kQueue, AdmitTopics());
  hub.Succeeds(Subscribe{kTopic, kQueue, {{"RawMessageDelivery", "true"}}});
  const std::string bodies = EncodeBodies({{Protocol::kHttp, "by http"}}, "otherwise");
  Publish publish{.topic = kTopic, .entries = {}};
  publish.entries.push_back({.message = {.body = "by sqs", .attributes = {}, .bodies = bodies}, .subject = {}});
  hub.Succeeds(publish);
  EXPECT_THAT(Next(), ElementsAre("by http"));
  EXPECT_THAT(Bodies(hub.Receive()), ElementsAre("by sqs"));
  EXPECT_EQ(BodyFor(Protocol::kHttps, "by sqs", bodies), "otherwise");
  EXPECT_EQ(BodyFor(Protocol::kLambda, "by sqs", ""), "by sqs");
}

// rule: aws 142 a filter of bodies is asked of the body that its subscriber gets
TEST_F(DeliveryTest, AFilterLooksAtTheBodyThatItsSubscriberGets) {
  const Attributes filter = {{"FilterPolicy", R"({"a":["x"]})"}, {"FilterPolicyScope", "MessageBody"}};
  Subscribed(filter);
  hub.Create(kQueue, AdmitTopics());
  Attributes raw = filter;
  raw.emplace("RawMessageDelivery", "true");
  hub.Succeeds(Subscribe{kTopic, kQueue, raw});
  const auto publish = [&](const char* by_sqs, const char* by_http) {
    const std::string bodies = EncodeBodies({{Protocol::kHttp, by_http}}, "otherwise");
    Publish both{.topic = kTopic, .entries = {}};
    both.entries.push_back({.message = {.body = by_sqs, .attributes = {}, .bodies = bodies}, .subject = {}});
    hub.Succeeds(both);
  };
  publish(R"({"a":"x","n":1})", R"({"a":"y"})");
  EXPECT_THAT(Next(), IsEmpty());
  EXPECT_THAT(Bodies(hub.Receive()), ElementsAre(R"({"a":"x","n":1})"));
  publish(R"({"a":"y"})", R"({"a":"x","n":2})");
  EXPECT_THAT(Next(), ElementsAre(R"({"a":"x","n":2})"));
  EXPECT_THAT(Bodies(hub.Receive()), IsEmpty());
}

TEST_F(DeliveryTest, TriesAndWhatWasGivenUpAreCounted) {
  Attributes attributes = Retrying(1);
  attributes.emplace("RedrivePolicy", R"({"deadLetterTargetArn":"arn:aws:sqs:us-east-1:111111111111:dead"})");
  Subscribed(attributes);
  const auto look = [&] { return std::get<StatisticsReply>(*hub.Ask(nullptr, Statistics{})); };
  EXPECT_EQ(look().tally.push_taken, 1u);  // The confirmation.
  hub.Publish({"a"});
  EXPECT_EQ(look().waiting_pushes, 1u);
  for (int i = 0; i < 2; ++i) {
    Next();
    Settle(Became::kFailed);
    hub.Advance(3s);
  }
  EXPECT_EQ(look().tally.push_failed, 2u);
  EXPECT_EQ(look().tally.push_dead_lettered, 1u);
  EXPECT_EQ(look().waiting_pushes, 0u);
  EXPECT_EQ(hub.Counts(kDead), "1/0/0");
  hub.Succeeds(DeleteQueue{kDead});
  hub.Publish({"b"});
  Next();
  Settle(Became::kRefused);
  EXPECT_EQ(look().tally.push_lost, 1u);
}

struct EndpointCase {
  Protocol protocol;
  const char* endpoint;
  bool fits;
};

TEST(ProtocolTest, AnEndpointMustFitItsProtocol) {
  const EndpointCase cases[] = {
      {Protocol::kHttp, "http://example.com", true},
      {Protocol::kHttp, "http://example.com:8080/a?b=c", true},
      {Protocol::kHttp, "http:///a", false},
      {Protocol::kHttp, "https://example.com", false},
      {Protocol::kHttp, "http://exa mple.com", false},
      {Protocol::kHttp, "http://example.com/\r\nX: y", false},
      {Protocol::kHttps, "https://example.com", true},
      {Protocol::kHttps, "http://example.com", false},
      {Protocol::kLambda, "arn:aws:lambda:us-east-1:111111111111:function:f", true},
      {Protocol::kLambda, "arn:aws:lambda:us-east-1:111111111111:function:", false},
      {Protocol::kLambda, "arn:aws:lambda:us-east-1:111111111111:function:f:live", true},
      {Protocol::kLambda, "arn:aws:lambda:us-east-1:111111111111:function:../../x?y", false},
      {Protocol::kLambda, "arn:aws:sqs:us-east-1:111111111111:f", false},
      {Protocol::kEmail, "ann@example.com", true},
      {Protocol::kEmail, "@example.com", false},
      {Protocol::kFirehose, "arn:aws:firehose:us-east-1:111111111111:deliverystream/d", true},
      {Protocol::kFirehose, "d", false},
  };
  for (const EndpointCase& one : cases) {
    EXPECT_EQ(CheckEndpoint(one.protocol, one.endpoint).has_value(), one.fits) << one.endpoint;
  }
}

}  // namespace
}  // namespace hub::core
