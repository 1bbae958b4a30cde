// Subscriptions by a pattern of topic names: what they reach, who decides, and what stands before them.

#include "tests/core/support.h"

namespace hub::core {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr char kAll[] = "111111111111/all";
constexpr char kAllArn[] = "arn:aws:sqs:us-east-1:111111111111:all";
constexpr char kPattern[] = "111111111111/orders-*";
constexpr char kPatternArn[] = "arn:aws:sns:us-east-1:111111111111:orders-*";

constexpr char kYaml[] = R"(
hub: {drift: allow}
accounts:
  shop:
    id: "111111111111"
    users:
      ann:
        password: p
        policies:
          Version: "2012-10-17"
          Statement:
            - {Effect: Allow, Action: ["sns:*", "sqs:*"], Resource: "*"}
            - {Effect: Deny, Action: "sns:Subscribe", Resource: "arn:aws:sns:*:*:orders-secret*"}
            - {Effect: Deny, Action: "sns:Subscribe", Resource: "*", Condition: {StringEquals: {"aws:ResourceTag/seen": "no"}}}
      eve:
        password: p
        policies:
          Version: "2012-10-17"
          Statement:
            Effect: Allow
            Action: "sns:*"
            Resource: ["arn:aws:sns:us-east-1:111111111111:orders-${*}", "arn:aws:sns:us-east-1:111111111111:orders-eu"]
      bob: {password: p, may: {do: subscribe, on: topic/orders-eu}}
      home:
        password: p
        policies:
          Version: "2012-10-17"
          Statement: {Effect: Allow, Action: "sns:*", Resource: "*", Condition: {IpAddress: {"aws:SourceIp": "10.0.0.1"}}}
    topics: {orders-eu: , orders-us: , orders-secret: , payments: , orders-x.fifo: }
    queues:
      all: {policy: {Version: "2012-10-17", Statement: {Effect: Allow, Action: "sqs:SendMessage", Principal: {Service: sns.amazonaws.com}, Resource: "*"}}}
      fast.fifo: {}
  billing:
    id: "222222222222"
    users:
      joe: {password: p, policies: {Version: "2012-10-17", Statement: {Effect: Allow, Action: ["sns:*", "sqs:*"], Resource: "*"}}}
    queues: {inbox: }
grants:
  - {account: billing, may: subscribe, on: topic/orders-eu}
)";

class PatternTest : public testing::Test {
 protected:
  PatternTest() { Configure(); }

  Strings Configure(std::initializer_list<std::pair<std::string, std::string>> changes = {}) {
    std::string yaml = kYaml;
    for (const auto& [from, to] : changes) {
      const std::size_t at = from.empty() ? yaml.size() : yaml.find(from);
      EXPECT_NE(at, std::string::npos) << from;
      yaml.replace(at, from.size(), to);
    }
    return hub.Configure(yaml);
  }

  CreatedReply SubscribeAs(const char* login, const std::string& topic = kPattern, const std::string& queue = kAll,
                           Attributes attributes = kRaw) {
    auto reply = hub.Ask(login ? hub.User(login) : nullptr, Subscribe{topic, queue, std::move(attributes)});
    EXPECT_TRUE(reply) << reply.error().message;
    return reply ? std::get<CreatedReply>(*reply) : CreatedReply{};
  }
  void CreateTopicNow(const std::string& name, Tags tags = {}) {
    hub.Succeeds(CreateTopic{"111111111111/" + name, {}, std::move(tags)});
  }
  void PublishTo(const std::string& topic) {
    hub.Succeeds(
        core::Publish{"111111111111/" + topic, {{.message = {.body = topic, .attributes = {}}, .subject = {}}}});
  }
  std::vector<SubscriptionDescription> Listed(const std::string& prefix = "") {
    auto reply = hub.Ask(nullptr, ListSubscriptions{prefix});
    EXPECT_TRUE(reply);
    return reply ? std::get<SubscriptionsReply>(*reply).subscriptions : std::vector<SubscriptionDescription>{};
  }
  // The topics whose subscriptions of the queue a pattern has made, or those that somebody asked for.
  Strings Made(const std::string& queue_arn = kAllArn, bool by_pattern = true) {
    Strings topics;
    for (const SubscriptionDescription& s : Listed()) {
      if (s.endpoint != queue_arn || IsPattern(s.topic_arn) || s.pattern.empty() == by_pattern) continue;
      topics.push_back(s.topic_arn.substr(s.topic_arn.rfind(':') + 1));
    }
    std::sort(topics.begin(), topics.end());
    return topics;
  }
  Strings Own() { return Made(kAllArn, /*by_pattern=*/false); }
  SubscriptionDescription At(const std::string& topic, const std::string& queue = kAll) {
    auto reply = hub.Ask(nullptr, DescribeSubscription{topic, queue});
    EXPECT_TRUE(reply) << reply.error().message;
    return reply ? std::get<SubscriptionsReply>(*reply).subscriptions.at(0) : SubscriptionDescription{};
  }

  static inline const Attributes kRaw = {{"RawMessageDelivery", "true"}};
  Talk hub;
};

TEST_F(PatternTest, AQueueGetsWhatEveryTopicThatMatchesPublishesNowAndLater) {
  const CreatedReply created = SubscribeAs("shop/ann");
  EXPECT_THAT(created.arn, testing::StartsWith(std::string(kPatternArn) + ":"));
  EXPECT_FALSE(created.is_pending);
  CreateTopicNow("orders-jp");
  CreateTopicNow("other-jp");
  EXPECT_THAT(Made(), ElementsAre("orders-eu", "orders-jp", "orders-us"));
  for (const char* topic : {"orders-eu", "orders-jp", "other-jp", "payments", "orders-secret"}) PublishTo(topic);
  EXPECT_THAT(Bodies(hub.Receive(kAll)), UnorderedElementsAre("orders-eu", "orders-jp"));

  const SubscriptionDescription made = At("111111111111/orders-jp");
  EXPECT_EQ(made.pattern, kPatternArn);
  EXPECT_EQ(made.owner, "111111111111");
  EXPECT_EQ(made.principal, "arn:aws:iam::111111111111:user/ann");
  EXPECT_EQ(made.attributes, kRaw);
  EXPECT_EQ(made.delivered, 1u);
  EXPECT_EQ(SubscribeAs("shop/ann").arn, created.arn);  // Idempotent.
  const Attributes other = {{"RawMessageDelivery", "false"}};
  EXPECT_EQ(hub.Ask(hub.User("shop/ann"), Subscribe{kPattern, kAll, other}).error().code, Code::kSubscriptionExists);
}

TEST_F(PatternTest, EachTopicIsDecidedByItselfAndThePatternByTheCallersOwnPolicies) {
  const struct {
    const char* why;
    const char* login;
    const char* pattern;
    const char* queue;
    std::optional<Strings> topics;  // Nothing: denied.
    const char* note;
  } cases[] = {
      {"all but the one that denies", "shop/ann", "orders-*", "all", Strings{"orders-eu", "orders-us"},
       "Subscribed to 2 topics, refused by 1 topic; those to come that match follow."},
      {"the pattern and one topic", "shop/eve", "orders-*", "all", Strings{"orders-eu"},
       "Subscribed to 1 topic, refused by 2 topics; those to come that match follow."},
      {"another pattern than is allowed", "shop/eve", "orders*", "all", std::nullopt, ""},
      {"a topic's grant is none for a pattern", "shop/bob", "orders-eu*", "all", std::nullopt, ""},
      {"another account's topics, of which it learns no more", "billing/joe", kPattern, "inbox", Strings{"orders-eu"},
       "Subscribed to 1 topic; those to come that match follow."},
      {"none yet", "billing/joe", "333333333333/*", "inbox", Strings{},
       "Subscribed to 0 topics; those to come that match follow."},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    const CallerPtr caller = hub.User(c.login);
    auto reply = hub.Ask(caller, Subscribe{c.pattern, c.queue, {}});
    ASSERT_EQ(reply.has_value(), c.topics.has_value()) << (reply ? "" : reply.error().message);
    if (!reply) {
      EXPECT_EQ(reply.error().code, Code::kAccessDenied);
      continue;
    }
    EXPECT_EQ(std::get<CreatedReply>(*reply).note, c.note);
    const std::string account = caller->identity->principal().account;
    EXPECT_EQ(Made("arn:aws:sqs:us-east-1:" + account + ":" + c.queue), *c.topics);
    ASSERT_TRUE(hub.Ask(caller, Unsubscribe{std::get<CreatedReply>(*reply).arn, ""}));
    EXPECT_EQ(hub.Rows(KeyKind::kSubscription), 0u);
  }
  EXPECT_EQ(hub.Ask(Talk::Anonymous(), Subscribe{kPattern, kAll, {}}).error().code, Code::kAccessDenied);
  EXPECT_EQ(hub.Rows(KeyKind::kPattern), 0u);
}

// Nobody is connected when a topic comes later, so that it makes no difference which were there first.
TEST_F(PatternTest, ConditionsOnTheConnectionCountAgainstThePatternAtEveryTopic) {
  Caller home = *hub.User("shop/home");
  EXPECT_EQ(hub.Ask(hub.User("shop/home"), Subscribe{kPattern, kAll, {}}).error().code, Code::kAccessDenied);
  home.source_ip = "10.0.0.1";
  auto reply = hub.Ask(std::make_shared<const Caller>(home), Subscribe{kPattern, kAll, {}});
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_THAT(std::get<CreatedReply>(*reply).note, HasSubstr("0 topics, refused by 3 topics"));

  const struct {
    const char* condition;
    const char* note;
  } topics[] = {
      {R"("Effect":"Deny","Condition":{"Bool":{"aws:SecureTransport":"false"}})", "0 topics, refused by 1 topic"},
      {R"("Effect":"Deny","Condition":{"Null":{"aws:sourceip":"true"}})", "0 topics, refused by 1 topic"},
      {R"("Effect":"Deny","Condition":{"StringEquals":{"hub:Transport":"zmq","sns:Protocol":"http"}})", "1 topic"},
      {R"("Effect":"Allow","Condition":{"NotIpAddress":{"aws:SourceIp":"10.0.0.1"}})", "1 topic"},
  };
  for (const auto& topic : topics) {
    SCOPED_TRACE(topic.condition);
    const std::string policy =
        std::string(
            R"({"Version":"2012-10-17","Statement":{"Principal":"*","Action":"sns:Subscribe","Resource":"*",)") +
        topic.condition + "}}";
    hub.Succeeds(CreateTopic{"111111111111/news", {{"Policy", policy}}});
    auto made = hub.Ask(hub.User("shop/ann"), Subscribe{"111111111111/new*", kAll, {}});
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_THAT(std::get<CreatedReply>(*made).note, testing::StartsWith(std::string("Subscribed to ") + topic.note));
    hub.Succeeds(Unsubscribe{"111111111111/new*", kAll});
    hub.Succeeds(DeleteTopic{"111111111111/news"});
  }
}

TEST_F(PatternTest, AnAllowUnderAConditionOnTheConnectionLetsNobodyIn) {
  const std::string policy =
      R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"222222222222"},)"
      R"("Action":"sns:Subscribe","Resource":"*","Condition":{"NotIpAddress":{"aws:SourceIp":"10.0.0.1"}}}})";
  hub.Succeeds(CreateTopic{"111111111111/news", {{"Policy", policy}}});
  const auto direct = hub.Ask(hub.User("billing/joe"), Subscribe{"111111111111/news", "inbox", {}});
  ASSERT_TRUE(direct) << direct.error().message;
  hub.Succeeds(Unsubscribe{"111111111111/news", "222222222222/inbox"});
  auto made = hub.Ask(hub.User("billing/joe"), Subscribe{"111111111111/new*", "inbox", {}});
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_THAT(hub.LastLog(), HasSubstr("does not reach 1 topic. The first: "));
  EXPECT_THAT(Made("arn:aws:sqs:us-east-1:222222222222:inbox"), IsEmpty());
}

TEST(PatternLimitTest, AllPatternsOfAnAccountMakeSoManySubscriptionsAndNoMore) {
  EXPECT_EQ(Core::Options().made_by_patterns_max, 100'000u);
  Steps steps(Core::Options{.made_by_patterns_max = 3});
  const auto note = [&](const Operation& operation) {
    const auto request = steps.Do(Operation(operation));
    steps.End();
    return std::get<CreatedReply>(*steps.answers.at(request)).note;
  };
  for (const char* queue : {"a", "b"}) note(CreateQueue{std::string("111111111111/") + queue, {}});
  for (const char* topic : {"one", "two"}) note(CreateTopic{std::string("111111111111/") + topic, {}});
  EXPECT_EQ(note(Subscribe{"111111111111/*", "111111111111/a", {}}),
            "Subscribed to 2 topics; those to come that match follow.");
  EXPECT_EQ(note(Subscribe{"111111111111/*", "111111111111/b", {}}),
            "Subscribed to 1 topic, refused by 1 topic; those to come that match follow.");
  steps.Restart(/*power_loss=*/true);
  EXPECT_EQ(note(Subscribe{"111111111111/t*", "111111111111/b", {}}),
            "Subscribed to 0 topics, refused by 1 topic; those to come that match follow.");
  steps.Do(Unsubscribe{"111111111111/one", "111111111111/a"});  // One less.
  steps.End();
  EXPECT_EQ(note(Subscribe{"111111111111/tw*", "111111111111/b", {}}),
            "Subscribed to 1 topic; those to come that match follow.");
}

TEST_F(PatternTest, ItsAttributesHaveABound) {
  const std::string filter = R"({"a":[")" + std::string(kPatternAttributesBytesMax, 'x') + R"("]})";
  EXPECT_THAT(hub.Refusal(Subscribe{kPattern, kAll, {{"FilterPolicy", filter}}}).message,
              HasSubstr("can have 4096 bytes in all"));
  hub.Succeeds(Subscribe{kPattern, kAll, {}});
  EXPECT_EQ(hub.Refusal(SetSubscriptionAttributes{kPattern, kAll, {{"FilterPolicy", filter}}}).code,
            Code::kInvalidArgument);
  EXPECT_THAT(At("111111111111/orders-eu").attributes, IsEmpty());
  const auto declared =
      ReadYaml(std::string(kYaml) + "subscriptions: {from: topic/shop/new-*, to: queue/all, filter: " + filter + "}\n");
  EXPECT_THAT(hub.Ask(nullptr, Reload{declared}).error().message, HasSubstr("can have 4096 bytes in all"));
}

TEST_F(PatternTest, ATopicToComeIsDecidedByThePoliciesOfThatMoment) {
  SubscribeAs("shop/ann");
  CreateTopicNow("orders-secret-too");
  EXPECT_THAT(hub.LastLog(), HasSubstr("user/ann is not authorized to perform: sns:Subscribe on"));
  CreateTopicNow("orders-hidden", {{"seen", "no"}});
  CreateTopicNow("orders-shown", {{"seen", "yes"}});
  EXPECT_THAT(Made(), ElementsAre("orders-eu", "orders-shown", "orders-us"));
  Configure({{"orders-secret*", "none"}});  // What is there stays; what was denied stays away.
  CreateTopicNow("orders-late");
  CreateTopicNow("orders-secret-three");
  EXPECT_THAT(Made(), ElementsAre("orders-eu", "orders-late", "orders-secret-three", "orders-shown", "orders-us"));
  Configure({{"orders-secret*", "orders-*"}});
  CreateTopicNow("orders-later");
  EXPECT_THAT(Made(), testing::SizeIs(5));
  Configure({{"hub: {drift: allow}", "hub: {drift: allow, policies: log}"}});
  CreateTopicNow("orders-secret-four");  // Told, and done.
  EXPECT_THAT(Made(), Contains("orders-secret-four"));
}

TEST_F(PatternTest, AFifoTopicMatchesOnlyAPatternThatEndsInFifo) {
  const struct {
    const char* pattern;
    const char* queue;
    std::optional<Strings> topics;  // Nothing: refused.
  } cases[] = {
      {"*", "all", Strings{"orders-eu", "orders-secret", "orders-us", "payments"}},
      {"orders-x*", "all", Strings{}},
      {"*.fifo", "all", Strings{"orders-x.fifo"}},
      {"*.fifo", "fast.fifo", Strings{"orders-x.fifo"}},
      {"orders-x*.fifo", "fast.fifo", Strings{"orders-x.fifo"}},
      {"*", "fast.fifo", std::nullopt},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(std::string(c.pattern) + " to " + c.queue);
    const std::string pattern = std::string("111111111111/") + c.pattern;
    const std::string queue = std::string("111111111111/") + c.queue;
    auto reply = hub.Ask(nullptr, Subscribe{pattern, queue, {}});
    ASSERT_EQ(reply.has_value(), c.topics.has_value());
    if (!reply) continue;
    EXPECT_EQ(Made(std::string("arn:aws:sqs:us-east-1:111111111111:") + c.queue), *c.topics);
    hub.Succeeds(Unsubscribe{pattern, queue});
  }
}

TEST_F(PatternTest, WhatIsNoPatternIsRefusedAndAPatternIsNoTopic) {
  for (const std::string& wrong :
       {std::string("orders *"), std::string("orders.*"), std::string("*.fifo.fifo"), "*" + std::string(256, 'a'),
        std::string("arn:aws:sqs:us-east-1:111111111111:a*"), std::string("arn:aws:sns:us-*:111111111111:a*")}) {
    EXPECT_EQ(hub.Ask(hub.User("shop/ann"), Subscribe{wrong, "all", {}}).error().code, Code::kInvalidArgument) << wrong;
  }
  EXPECT_EQ(hub.Refusal(CreateTopic{kPattern, {}}).code, Code::kInvalidArgument);
  EXPECT_EQ(hub.Refusal(DescribeTopic{kPattern}).code, Code::kInvalidArgument);
  EXPECT_EQ(hub.Refusal(MayFollow{kPattern}).code, Code::kInvalidArgument);
  EXPECT_EQ(hub.Refusal(Subscribe{kPattern, "111111111111/nowhere", {}}).code, Code::kQueueNotFound);
  EXPECT_EQ(hub.Refusal(Subscribe{kPattern, kAll, {{"RawMessageDelivery", "yes"}}}).code, Code::kInvalidArgument);
}

TEST_F(PatternTest, AQueueOfAnotherAccountIsRefused) {
  const auto reply = hub.Ask(hub.User("shop/ann"), Subscribe{kPattern, "222222222222/inbox", {}});
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().message,
            "Only queues of your own account can be subscribed by a pattern, and "
            "arn:aws:sqs:us-east-1:222222222222:inbox is of another. Subscribe it to each topic.");
  EXPECT_EQ(hub.Rows(KeyKind::kPattern), 0u);
}

// The owner's pattern does not wait for what others have asked for.
TEST_F(PatternTest, APendingSubscriptionGivesWay) {
  hub.Succeeds(CreateTopic{"222222222222/news", {}});
  auto asked = hub.Ask(hub.User("billing/joe"), Subscribe{"news", "111111111111/all", {}});
  ASSERT_TRUE(asked);
  EXPECT_TRUE(std::get<CreatedReply>(*asked).is_pending);
  hub.Succeeds(Subscribe{"222222222222/n*", kAll, kRaw});
  const SubscriptionDescription now = At("222222222222/news");
  EXPECT_FALSE(now.is_pending);
  EXPECT_EQ(now.owner, "111111111111");
}

TEST_F(PatternTest, WhatSomebodySubscribedOrChangedStaysAsItIs) {
  const Attributes filtered = {{"FilterPolicy", R"({"a":["b"]})"}};
  SubscribeAs("shop/ann", "111111111111/orders-eu", kAll, filtered);  // Before the pattern.
  SubscribeAs("shop/ann");
  EXPECT_EQ(At("111111111111/orders-eu").attributes, filtered);
  SubscribeAs("shop/ann", "111111111111/orders-us", kAll, filtered);  // After it.
  EXPECT_EQ(At("111111111111/orders-us").attributes, filtered);
  CreateTopicNow("orders-jp");
  hub.Succeeds(SetSubscriptionAttributes{"111111111111/orders-jp", kAll, filtered});
  CreateTopicNow("orders-cn");
  EXPECT_THAT(Made(), ElementsAre("orders-cn"));
  EXPECT_THAT(Own(), ElementsAre("orders-eu", "orders-jp", "orders-us"));
  hub.Restart(/*power_loss=*/true);
  EXPECT_THAT(Own(), ElementsAre("orders-eu", "orders-jp", "orders-us"));
  hub.Succeeds(Unsubscribe{kPattern, kAll});
  EXPECT_THAT(Made(), IsEmpty());
  EXPECT_THAT(Own(), ElementsAre("orders-eu", "orders-jp", "orders-us"));
  CreateTopicNow("orders-br");
  EXPECT_THAT(Made(), IsEmpty());
}

TEST_F(PatternTest, WhatIsUnsubscribedByHandStaysAwayUntilTheTopicIsCreatedAnew) {
  SubscribeAs("shop/ann");
  hub.Succeeds(Unsubscribe{"111111111111/orders-eu", kAll});
  SubscribeAs("shop/ann");
  hub.Restart();
  EXPECT_THAT(Made(), ElementsAre("orders-us"));
  hub.Succeeds(DeleteTopic{"111111111111/orders-eu"});
  EXPECT_THAT(Made(), ElementsAre("orders-us"));
  CreateTopicNow("orders-eu");
  EXPECT_THAT(Made(), ElementsAre("orders-eu", "orders-us"));
}

TEST_F(PatternTest, OfTwoPatternsTheOlderCountsAndTheOtherTakesItsPlace) {
  SubscribeAs("shop/ann");
  SubscribeAs("shop/ann", "111111111111/*-eu", kAll, {});
  EXPECT_EQ(At("111111111111/orders-eu").pattern, kPatternArn);
  EXPECT_EQ(Made().size(), 2u);
  hub.Succeeds(Unsubscribe{kPattern, kAll});
  EXPECT_THAT(Made(), ElementsAre("orders-eu"));
  EXPECT_THAT(At("111111111111/orders-eu").pattern, HasSubstr("*-eu"));
  EXPECT_EQ(At("111111111111/orders-eu").attributes, Attributes());
  PublishTo("orders-eu");
  EXPECT_EQ(hub.Counts(kAll), "1/0/0");
}

TEST_F(PatternTest, ItsAttributesAreThoseOfAllThatItMadeAndWillMake) {
  SubscribeAs("shop/ann");
  const Attributes filter = {{"FilterPolicy", R"({"a":["b"]})"}, {"RawMessageDelivery", ""}};
  const Attributes expected = {{"FilterPolicy", R"({"a":["b"]})"}};
  hub.Succeeds(SetSubscriptionAttributes{kPattern, kAll, filter});
  CreateTopicNow("orders-jp");
  hub.Restart(/*power_loss=*/true);
  for (const char* topic : {"orders-eu", "orders-us", "orders-jp", "orders-*"}) {
    EXPECT_EQ(At(std::string("111111111111/") + topic).attributes, expected) << topic;
  }
  PublishTo("orders-eu");
  EXPECT_EQ(At("111111111111/orders-eu").filtered, 1u);
  EXPECT_EQ(hub.Refusal(SetSubscriptionAttributes{kPattern, kAll, {{"Foobar", "1"}}}).code, Code::kAttributeUnknown);
}

TEST_F(PatternTest, ItIsListedDescribedAndEndedByItsArnAndStrangersLearnNothing) {
  const std::string arn = SubscribeAs("shop/ann").arn;
  const SubscriptionDescription described = At(arn, "");
  EXPECT_EQ(described.arn, arn);
  EXPECT_EQ(described.topic_arn, kPatternArn);
  EXPECT_EQ(described.endpoint, kAllArn);
  EXPECT_EQ(described.pattern, "");
  EXPECT_EQ(At(kPattern).arn, arn);
  EXPECT_EQ(Listed("orders").size(), 3u);
  EXPECT_EQ(Listed("orders-*").size(), 1u);
  EXPECT_THAT(Listed("payments"), IsEmpty());

  const CallerPtr joe = hub.User("billing/joe");
  const auto notes = [&](const Operation& operation) {
    auto reply = hub.Ask(joe, operation);
    return reply ? std::get<DoneReply>(*reply).notes : Strings{reply.error().message};
  };
  EXPECT_THAT(notes(Unsubscribe{arn, ""}), ElementsAre("There is no subscription " + arn + "."));
  EXPECT_THAT(notes(Unsubscribe{kPattern, kAll}),
              ElementsAre("The queue " + std::string(kAllArn) + " is not subscribed to " + kPatternArn + "."));
  EXPECT_EQ(hub.Ask(joe, DescribeSubscription{arn, ""}).error().code, Code::kSubscriptionNotFound);
  EXPECT_EQ(hub.Ask(joe, SetSubscriptionAttributes{arn, "", {}}).error().code, Code::kSubscriptionNotFound);

  hub.as = hub.User("shop/ann");
  hub.Succeeds(Unsubscribe{arn, ""});
  hub.Succeeds(Unsubscribe{arn, ""});
  EXPECT_THAT(Listed(), IsEmpty());
}

// The account of the topics may end what another account's pattern has made there, and the pattern itself.
TEST_F(PatternTest, TheAccountOfTheTopicsMayEndItAndNotChangeIt) {
  SubscribeAs("billing/joe", kPattern, "222222222222/inbox", {});
  hub.as = hub.User("shop/ann");
  EXPECT_EQ(hub.Refusal(SetSubscriptionAttributes{kPattern, "222222222222/inbox", kRaw}).code, Code::kAccessDenied);
  hub.Succeeds(Unsubscribe{kPattern, "222222222222/inbox"});
  EXPECT_THAT(Listed(), IsEmpty());
}

TEST_F(PatternTest, AnAccountHasSoManyPatternsAndNoMore) {
  const auto name = [](std::size_t i) { return "111111111111/p" + std::to_string(i) + "-*"; };
  for (std::size_t i = 0; i < kPatternSubscriptionsMax; ++i) hub.Succeeds(Subscribe{name(i), kAll, {}});
  const Error refused = hub.Refusal(Subscribe{"111111111111/one-more-*", kAll, {}});
  EXPECT_EQ(refused.code, Code::kOverLimit);
  EXPECT_EQ(refused.message, "Account 111111111111 can have 200 subscriptions by a pattern.");
  hub.Succeeds(Subscribe{name(7), kAll, {}});  // It is there.
  hub.Succeeds(Subscribe{kPattern, "222222222222/inbox", {}});
  Configure({{"", "subscriptions: {from: topic/shop/*, to: queue/all}\n"}});  // Users stand in no file's way.
  std::string many = std::string(kYaml) + "subscriptions:\n";
  for (std::size_t i = 0; i <= kPatternSubscriptionsMax; ++i) {
    many += "  - {from: topic/shop/q" + std::to_string(i) + "-*, to: queue/all}\n";
  }
  auto reply = hub.Ask(nullptr, Reload{ReadYaml(many)});
  ASSERT_FALSE(reply);
  EXPECT_THAT(reply.error().message, HasSubstr("Account 111111111111 can have 200 subscriptions by a pattern."));
  EXPECT_THAT(reply.error().message, testing::StartsWith("hub.yaml:"));
  hub.Succeeds(Unsubscribe{"111111111111/*", kAll});
  hub.Succeeds(Unsubscribe{name(7), kAll});
  hub.Succeeds(Subscribe{"111111111111/one-more-*", kAll, {}});
}

TEST_F(PatternTest, ItOutlivesItsQueueAndARestart) {
  hub.Create("111111111111/brief", AdmitTopics());
  SubscribeAs("shop/ann", kPattern, "111111111111/brief");
  hub.Succeeds(DeleteQueue{"111111111111/brief"});
  hub.Restart(/*power_loss=*/true);
  Configure();
  CreateTopicNow("orders-jp");
  hub.Create("111111111111/brief", AdmitTopics());
  PublishTo("orders-jp");
  PublishTo("orders-eu");
  EXPECT_EQ(hub.Counts("111111111111/brief"), "2/0/0");
  EXPECT_THAT(Made("arn:aws:sqs:us-east-1:111111111111:brief"), ElementsAre("orders-eu", "orders-jp", "orders-us"));
}

// A crash keeps all of it or nothing.
TEST(PatternBatchTest, APatternAndWhatItMakesAreOneBatchAsAreATopicAndWhatItJoins) {
  Steps steps;
  steps.Do(CreateQueue{kQueue, AdmitTopics()});
  steps.Do(CreateTopic{"111111111111/orders-eu", {}});
  steps.Do(CreateTopic{"111111111111/orders-us", {}});
  steps.End();
  steps.Do(Subscribe{kPattern, kQueue, {}});
  Batch batch = steps.End();
  EXPECT_TRUE(batch.flush);
  EXPECT_EQ(Puts(batch, KeyKind::kPattern), 1u);
  EXPECT_EQ(Puts(batch, KeyKind::kSubscription), 2u);
  steps.Do(CreateTopic{"111111111111/orders-jp", {}});
  batch = steps.End();
  EXPECT_EQ(Puts(batch, KeyKind::kTopic), 1u);
  EXPECT_EQ(Puts(batch, KeyKind::kSubscription), 1u);
  steps.Restart(/*power_loss=*/true);
  const auto list = steps.Do(ListSubscriptions{""});
  steps.End();
  EXPECT_EQ(steps.ReplyTo<SubscriptionsReply>(list).subscriptions.size(), 4u);
  steps.Do(Unsubscribe{kPattern, kQueue});
  batch = steps.End();
  EXPECT_TRUE(batch.flush);
  EXPECT_EQ(std::ranges::count(batch.writes, Write::Kind::kDelete, &Write::kind), 4);
}

TEST(PatternBatchTest, AStoreThatHoldsWhatNoPatternMadeIsRefused) {
  Steps steps;
  steps.Do(CreateQueue{kQueue, AdmitTopics()});
  steps.Do(CreateTopic{"111111111111/orders-eu", {}});
  steps.Do(Subscribe{kPattern, kQueue, {}});
  steps.End();
  Batch damage;
  EXPECT_TRUE(steps.store.Scan(Key(KeyKind::kPattern, 0), KindEnd(KeyKind::kPattern), [&](auto key, auto) {
    damage.Delete(std::string(key));
    return true;
  }));
  ASSERT_TRUE(steps.store.Write(damage));
  Core core(Core::Options{});
  const auto recovered =
      core.Recover([&](auto from, auto to, const auto& visit) { return steps.store.Scan(from, to, visit); }, steps.now);
  ASSERT_FALSE(recovered);
  EXPECT_EQ(recovered.error().message, "The store holds a subscription without the pattern that made it.");
}

// --- Declared -------------------------------------------------------------------------------------------------------

constexpr char kDeclared[] = "subscriptions:\n  - {from: topic/shop/orders-*, to: queue/all, raw: true}\n";

TEST_F(PatternTest, ADeclaredPatternComesToBeOnceAndReachesWhatALaterFileDeclares) {
  EXPECT_THAT(Configure({{"", kDeclared}}), ElementsAre("+ subscription of queue shop/all to topic shop/orders-*"));
  // The hub speaks for everybody: no user's policies decide.
  EXPECT_THAT(Made(), ElementsAre("orders-eu", "orders-secret", "orders-us"));
  EXPECT_EQ(At(kPattern).declared_at, At("111111111111/orders-eu").declared_at);
  EXPECT_THAT(At(kPattern).declared_at, testing::StartsWith("hub.yaml:"));
  const std::uint64_t flushes = hub.store().Flushes();
  EXPECT_THAT(Configure({{"", kDeclared}}), IsEmpty());
  EXPECT_EQ(hub.store().Flushes(), flushes);
  hub.Restart(/*power_loss=*/true);
  EXPECT_THAT(Configure({{"", kDeclared}}), IsEmpty());
  EXPECT_THAT(Configure({{"", kDeclared}, {"payments: ,", "payments: , orders-jp: ,"}}),
              ElementsAre("+ topic shop/orders-jp"));
  EXPECT_THAT(Made(), ElementsAre("orders-eu", "orders-jp", "orders-secret", "orders-us"));
}

TEST_F(PatternTest, AChangeOfADeclaredPatternIsToldAndReachesWhatItMade) {
  Configure({{"", kDeclared}});
  EXPECT_THAT(Configure({{"", kDeclared}, {"raw: true", "raw: false"}}),
              ElementsAre("~ subscription of queue shop/all to topic shop/orders-*: RawMessageDelivery true → false"));
  EXPECT_EQ(At("111111111111/orders-eu").attributes.at("RawMessageDelivery"), "false");
  EXPECT_THAT(
      Configure(),
      ElementsAre("= subscription of queue shop/all to topic shop/orders-* is kept, though no longer declared"));
  EXPECT_THAT(Made(), testing::SizeIs(3));
  EXPECT_EQ(At(kPattern).declared_at, "");
}

// It is the account's: neither the hub's, which may do everything, nor any user's.
TEST_F(PatternTest, APatternThatIsNoLongerDeclaredJoinsWhatItsAccountMay) {
  Configure(
      {{"", "subscriptions:\n  - {from: topic/billing/*, to: queue/all}\n  - {from: topic/shop/*, to: queue/all}\n"}});
  hub.Succeeds(CreateTopic{"222222222222/declared", {}});
  EXPECT_THAT(Made(), Contains("declared"));
  Configure();
  hub.Succeeds(CreateTopic{"222222222222/closed", {}});
  hub.Succeeds(CreateTopic{
      "222222222222/open",
      {{"Policy", R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"111111111111"},)"
                  R"("Action":"sns:Subscribe","Resource":"*"}})"}}});
  CreateTopicNow("own");
  EXPECT_THAT(Made(), ElementsAre("declared", "open", "orders-eu", "orders-secret", "orders-us", "own", "payments"));
}

TEST_F(PatternTest, OfAPatternThatIsThereAndANewOneInTheFileTheOlderGetsTheNewTopic) {
  Configure({{"", kDeclared}});
  Configure({{"", std::string(kDeclared) + "  - {from: topic/shop/orders-n*, to: queue/all}\n"},
             {"payments: ,", "payments: , orders-new: ,"}});
  EXPECT_EQ(At("111111111111/orders-new").pattern, kPatternArn);
}

TEST_F(PatternTest, WhatTheFileNoLongerDeclaresMakesPlaceForAPattern) {
  const std::string pruned = "hub: {drift: allow, prune: true}";
  const std::string own = std::string(kDeclared) + "  - {from: topic/orders-eu, to: queue/all}\n";
  Configure({{"hub: {drift: allow}", pruned}, {"", own}});
  EXPECT_THAT(Own(), ElementsAre("orders-eu"));
  Configure({{"hub: {drift: allow}", pruned}, {"", kDeclared}});
  EXPECT_THAT(Own(), IsEmpty());
  EXPECT_THAT(Made(), Contains("orders-eu"));
  EXPECT_THAT(Configure({{"hub: {drift: allow}", pruned}, {"", kDeclared}, {"orders-*, to", "*-eu, to"}}),
              ElementsAre("+ subscription of queue shop/all to topic shop/*-eu",
                          "- subscription of queue shop/all to topic shop/orders-*"));
  EXPECT_THAT(Made(), ElementsAre("orders-eu"));
  Configure({{"hub: {drift: allow}", pruned}});
  EXPECT_THAT(Made(), IsEmpty());
  EXPECT_EQ(hub.Rows(KeyKind::kPattern), 0u);
}

TEST_F(PatternTest, DeclaredItTakesOverWhatAUserAskedFor) {
  SubscribeAs("shop/ann");
  EXPECT_THAT(Configure({{"", kDeclared}}),
              ElementsAre("~ subscription of queue shop/all to topic shop/orders-*: declared from now on"));
  EXPECT_EQ(At(kPattern).principal, "");
  EXPECT_THAT(Made(), Contains("orders-secret"));
}

TEST_F(PatternTest, WithoutDriftADeclaredPatternAndWhatItMadeStayAndTopicsMayGo) {
  Configure({{"hub: {drift: allow}", "hub: {drift: refuse}"}, {"", kDeclared}});
  CreateTopicNow("orders-jp");
  for (const char* topic : {"orders-*", "orders-jp"}) {
    const std::string name = std::string("111111111111/") + topic;
    EXPECT_EQ(hub.Refusal(Unsubscribe{name, kAll}).code, Code::kDeclaredInYaml) << topic;
    EXPECT_EQ(hub.Refusal(SetSubscriptionAttributes{name, kAll, {}}).code, Code::kDeclaredInYaml) << topic;
  }
  EXPECT_EQ(hub.Refusal(Subscribe{"111111111111/orders-jp", kAll, {{"FilterPolicy", R"({"a":["b"]})"}}}).code,
            Code::kDeclaredInYaml);
  const std::string made = At("111111111111/orders-jp").arn;  // To subscribe as it is, is to find it there.
  EXPECT_EQ(SubscribeAs(nullptr, "111111111111/orders-jp").arn, made);
  hub.Succeeds(DeleteTopic{"111111111111/orders-jp"});
}

}  // namespace
}  // namespace hub::core
