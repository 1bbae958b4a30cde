// Queues, topics and subscriptions themselves.

#include "tests/core/support.h"

namespace hub::core {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// rule: aws 23 creating again with the values in force succeeds, with others it does not
TEST(ResourceTest, CreatingAQueueAgain) {
  const struct {
    const char* why;
    Attributes attributes;
    std::string differs;
  } cases[] = {
      {"the same", {{"VisibilityTimeout", "40"}}, ""},
      {"nothing said", {}, ""},
      {"a default in force", {{"VisibilityTimeout", "40"}, {"DelaySeconds", "0"}}, ""},
      {"another value", {{"VisibilityTimeout", "41"}}, "VisibilityTimeout"},
      {"not the default", {{"DelaySeconds", "1"}}, "DelaySeconds"},
      {"two others", {{"DelaySeconds", "1"}, {"VisibilityTimeout", "41"}}, "DelaySeconds"},
      {"what it has not, empty", {{"Policy", ""}}, ""},
      {"what it has, empty", {{"VisibilityTimeout", ""}}, "VisibilityTimeout"},
      {"the same document, laid out otherwise", {{"RedriveAllowPolicy", R"({ "redrivePermission": "denyAll" })"}}, ""},
      {"another document", {{"RedriveAllowPolicy", R"({"redrivePermission":"allowAll"})"}}, "RedriveAllowPolicy"},
  };
  Talk hub;
  hub.Create(kQueue, {{"VisibilityTimeout", "40"}, {"RedriveAllowPolicy", R"({"redrivePermission":"denyAll"})"}});
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    auto reply = hub.Ask(nullptr, CreateQueue{kQueue, c.attributes});
    if (c.differs.empty()) {
      ASSERT_TRUE(reply) << reply.error().message;
      EXPECT_EQ(std::get<CreatedReply>(*reply).arn, kQueueArn);
      continue;
    }
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error(), (Error{Code::kQueueExists,
                                    "A queue already exists with the same name and a different "
                                    "value for attribute " +
                                        c.differs,
                                    c.differs}));
  }
}

// rule: aws 32 an empty value is none, for a new queue as well
TEST(ResourceTest, ANewQueueHasNothingOfWhatIsEmpty) {
  Talk hub;
  hub.Create(kQueue, {{"Policy", ""}, {"RedrivePolicy", ""}, {"KmsMasterKeyId", ""}, {"DelaySeconds", ""}});
  const Attributes attributes = hub.Describe().attributes;
  for (const char* name : {"Policy", "RedrivePolicy", "KmsMasterKeyId"}) EXPECT_FALSE(attributes.contains(name));
  EXPECT_EQ(attributes.at("DelaySeconds"), "0");
}

TEST(ResourceTest, FindingAQueueTellsItsArn) {
  Talk hub;
  hub.Create(kQueue);
  auto found = hub.Ask(nullptr, FindQueue{kQueue});
  ASSERT_TRUE(found);
  EXPECT_EQ(std::get<CreatedReply>(*found).arn, kQueueArn);
  EXPECT_EQ(hub.Refusal(FindQueue{"111111111111/none"}).code, Code::kQueueNotFound);
}

// rule: aws 36 a page has so many queues, and says whether there are further ones
TEST(ResourceTest, QueuesAreListedPageByPage) {
  Talk hub;
  for (const char* name : {"a1", "a2", "a3", "b1"}) hub.Create("111111111111/" + std::string(name));
  hub.Create("222222222222/a9");
  hub.Create("arn:aws:sqs:eu-west-1:111111111111:a0");
  Caller caller;
  caller.identity = Credentials::Local("111111111111");
  hub.as = std::make_shared<const Caller>(std::move(caller));
  const auto list = [&](ListQueues page) {
    auto reply = hub.Ask(hub.as, std::move(page));
    EXPECT_TRUE(reply);
    std::string names;
    for (const QueueDescription& queue : std::get<QueuesReply>(*reply).queues) names += queue.name + " ";
    return names + (std::get<QueuesReply>(*reply).more ? "..." : "");
  };
  EXPECT_EQ(list({.prefix = ""}), "a0 a1 a2 a3 b1 ");
  EXPECT_EQ(list({.prefix = "", .region = "us-east-1"}), "a1 a2 a3 b1 ");
  EXPECT_EQ(list({.prefix = "", .region = "us-east-1", .max = 3}), "a1 a2 a3 ...");
  EXPECT_EQ(list({.prefix = "", .region = "us-east-1", .max = 4}), "a1 a2 a3 b1 ");
  EXPECT_EQ(list({.prefix = "", .region = "us-east-1", .after = "a3", .max = 3}), "b1 ");
  EXPECT_EQ(list({.prefix = "a", .region = "us-east-1", .after = "a1", .max = 1}), "a2 ...");
  EXPECT_EQ(list({.prefix = "a", .region = "us-east-1", .after = "a2", .max = 1}), "a3 ");
  EXPECT_EQ(list({.prefix = "a", .region = "us-east-1", .after = "b", .max = 1}), "");
  EXPECT_EQ(list({.prefix = "a", .region = "eu-west-1"}), "a0 ");
  EXPECT_EQ(list({.prefix = "", .region = "mars"}), "");
}

// rule: aws 36 and so have those whose dead-letter queue a queue is
TEST(ResourceTest, DeadLetterSourcesAreListedPageByPage) {
  Talk hub;
  hub.Create(kDead);
  for (const char* name : {"c", "a", "b"}) hub.Create("111111111111/" + std::string(name), Redrive(1));
  const auto list = [&](std::string after, std::size_t max) {
    auto reply = hub.Ask(nullptr, ListDeadLetterSources{.queue = kDead, .after = std::move(after), .max = max});
    EXPECT_TRUE(reply);
    std::string names;
    for (const std::string& arn : std::get<ArnsReply>(*reply).arns) names += arn.substr(arn.rfind(':') + 1) + " ";
    return names + (std::get<ArnsReply>(*reply).more ? "..." : "");
  };
  EXPECT_EQ(list("", 0), "a b c ");
  EXPECT_EQ(list("", 2), "a b ...");
  EXPECT_EQ(list("arn:aws:sqs:us-east-1:111111111111:b", 2), "c ");
  EXPECT_EQ(list("arn:aws:sqs:us-east-1:111111111111:a", 2), "b c ");
}

TEST(ResourceTest, AQueueTellsWhenItWasMadeAndWhenItsAttributesLastChanged) {
  Talk hub;
  hub.Create(kQueue);
  const Instant created = hub.Describe().created;
  EXPECT_EQ(hub.Describe().modified, created);
  hub.Advance(5s);
  hub.SetAttributes(kQueue, {{"DelaySeconds", "1"}});
  const Instant modified = hub.Describe().modified;
  EXPECT_GE(modified, created + 5s);
  hub.Advance(5s);
  hub.SetAttributes(kQueue, {{"DelaySeconds", "1"}});  // Which it is.
  hub.Restart();
  EXPECT_EQ(hub.Describe().created, created);
  EXPECT_EQ(hub.Describe().modified, modified);
}

constexpr char kSixtySecondRules[] = "hub: {sixty_second_rules: on}";

// rule: aws 24 a minute between a queue and its next namesake
TEST(ResourceTest, ADeletedQueueIsMadeAgainOnlyAfterAMinuteWhereThatIsTheRule) {
  Talk hub;
  hub.Create(kQueue);
  hub.Succeeds(DeleteQueue{kQueue});
  hub.Create(kQueue);  // It is not the rule.
  hub.Configure(kSixtySecondRules);
  hub.Succeeds(DeleteQueue{kQueue});
  hub.Create(kDead);
  hub.Create("222222222222/orders");  // Of another account.
  hub.Advance(59s);
  EXPECT_EQ(hub.Refusal(CreateQueue{kQueue, {}}),
            (Error{Code::kQueueDeletedRecently,
                   "You must wait 60 seconds after deleting a queue before you can create another with the same name.",
                   "orders"}));
  hub.Advance(1s);
  hub.Create(kQueue);
}

// rule: aws 25 a minute between two purges
TEST(ResourceTest, AQueueIsPurgedAgainOnlyAfterAMinuteWhereThatIsTheRule) {
  Talk hub;
  hub.Create(kQueue);
  hub.Create(kDead);
  hub.Succeeds(Purge{kQueue});
  hub.Succeeds(Purge{kQueue});  // It is not the rule.
  hub.Advance(60s);
  hub.Configure(kSixtySecondRules);
  hub.Succeeds(Purge{kQueue});
  hub.Succeeds(Purge{kDead});
  hub.Advance(30s);
  const Error refusal{Code::kPurgeInProgress, "Only one PurgeQueue operation on orders is allowed every 60 seconds.",
                      "orders"};
  EXPECT_EQ(hub.Refusal(Purge{kQueue}), refusal);
  hub.Advance(29s);
  EXPECT_EQ(hub.Refusal(Purge{kQueue}), refusal);
  hub.Advance(1s);  // From the one that was done, not from those that were refused.
  hub.Succeeds(Purge{kQueue});
}

// rule: aws 19 names of queues
TEST(ResourceTest, Names) {
  Talk hub;
  for (const std::string& name : {std::string("a"), std::string(80, 'x'), std::string("A-b_9")}) {
    EXPECT_TRUE(hub.Ask(nullptr, CreateQueue{"111111111111/" + name, {}})) << name;
  }
  for (const std::string& name : {std::string(""), std::string(81, 'x'), std::string("a.b"), std::string("ä")}) {
    EXPECT_EQ(hub.Refusal(CreateQueue{"111111111111/" + name, {}}).code, Code::kInvalidArgument) << name;
  }
  EXPECT_EQ(hub.Refusal(CreateQueue{"111111111111/a.fifo", {}}).message,
            "\"a.fifo\" is a FIFO name: set FifoQueue to true.");
}

TEST(ResourceTest, AttributesAreTheWholeTruthAlsoAfterARestart) {
  Talk hub;
  hub.Create(kQueue, {{"VisibilityTimeout", "40"}});
  hub.SetAttributes(kQueue, {{"DelaySeconds", "3"}, {"VisibilityTimeout", ""}});
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(hub.Describe().attributes,
                ElementsAre(testing::Pair("DelaySeconds", "3"), testing::Pair("MaximumMessageSize", "1048576"),
                            testing::Pair("MessageRetentionPeriod", "345600"),
                            testing::Pair("ReceiveMessageWaitTimeSeconds", "0"),
                            testing::Pair("SqsManagedSseEnabled", "true"), testing::Pair("VisibilityTimeout", "30")));
    hub.Restart();
  }
  EXPECT_EQ(hub.Refusal(SetQueueAttributes{kQueue, {{"DelaySeconds", "901"}, {"VisibilityTimeout", "7"}}}).code,
            Code::kAttributeInvalid);
  EXPECT_EQ(hub.Describe().attributes.at("VisibilityTimeout"), "30");  // All of them or none.
}

// rule: aws 32 an empty policy, an empty redrive policy: the attribute is gone, and so is what it did
// rule: aws 27 without them there are no policy and no redrive policy
TEST(ResourceTest, AnEmptyPolicyTakesItAway) {
  Talk hub;
  hub.Create(kDead);
  hub.CreateSubscribed(kQueue);
  hub.SetAttributes(kQueue, Redrive(1));
  hub.Publish({"a"});
  hub.Receive(kQueue, 1, 0s);
  hub.SetAttributes(kQueue, {{"Policy", ""}, {"RedrivePolicy", ""}});
  for (int i = 0; i < 2; ++i) {
    EXPECT_FALSE(hub.Describe().attributes.contains("Policy"));
    EXPECT_FALSE(hub.Describe().attributes.contains("RedrivePolicy"));
    hub.Publish({"nobody admits it"});
    EXPECT_THAT(Bodies(hub.Receive(kQueue, 10, 0s)), ElementsAre("a"));
    hub.Restart();
  }
  EXPECT_EQ(hub.Counts(kDead), "0/0/0");
}

TEST(ResourceTest, ListsHoldWhatBeginsWithThePrefixInOrder) {
  Talk hub;
  for (const char* name : {"b-2", "a-1", "b-1"}) hub.Create("111111111111/" + std::string(name));
  hub.Succeeds(CreateTopic{kTopic, {}});
  const auto names = [&](const std::string& prefix) {
    Strings found;
    auto reply = hub.Ask(nullptr, ListQueues{prefix});
    for (const QueueDescription& queue : std::get<QueuesReply>(*reply).queues) found.push_back(queue.name);
    return found;
  };
  EXPECT_THAT(names(""), ElementsAre("a-1", "b-1", "b-2"));
  EXPECT_THAT(names("b"), ElementsAre("b-1", "b-2"));
  EXPECT_THAT(names("c"), IsEmpty());
  auto topics = hub.Ask(nullptr, ListTopics{""});
  EXPECT_EQ(std::get<TopicsReply>(*topics).topics.size(), 1u);
}

// rule: aws 111 the same subscription again is the one that is there; with other attributes it is refused
TEST(ResourceTest, SubscribingAgainIsTheSameSubscription) {
  Talk hub;
  hub.CreateSubscribed(kQueue);
  auto again = hub.Ask(nullptr, Subscribe{kTopic, kQueue, {{"RawMessageDelivery", "true"}}});
  ASSERT_TRUE(again);
  EXPECT_EQ(std::get<CreatedReply>(*again).arn, hub.DescribeTopicNow().subscriptions.at(0).arn);
  const std::string arn = std::get<CreatedReply>(*again).arn;
  const Attributes same[] = {
      {}, {{"FilterPolicyScope", "MessageAttributes"}}, {{"RawMessageDelivery", "true"}, {"FilterPolicy", ""}}};
  for (const Attributes& attributes : same) {
    EXPECT_EQ(hub.Expect<CreatedReply>(Subscribe{kTopic, kQueue, attributes}).arn, arn);
  }
  const Attributes different[] = {
      {{"RawMessageDelivery", "false"}}, {{"FilterPolicyScope", "MessageBody"}}, {{"FilterPolicy", R"({"a":["b"]})"}}};
  for (const Attributes& attributes : different) {
    EXPECT_EQ(hub.Refusal(Subscribe{kTopic, kQueue, attributes}),
              (Error{Code::kSubscriptionExists, "Subscription already exists with different attributes."}));
  }
  hub.Publish({"a"});
  EXPECT_EQ(hub.Counts(), "1/0/0");
  hub.Succeeds(Unsubscribe{kTopic, kQueue});
  hub.Publish({"b"});
  EXPECT_EQ(hub.Counts(), "1/0/0");
}

// rule: aws 107 names of topics
TEST(ResourceTest, NamesOfTopics) {
  Talk hub;
  for (const std::string& name : {std::string("a"), std::string(256, 'x'), std::string("A-b_9")}) {
    EXPECT_TRUE(hub.Ask(nullptr, CreateTopic{"111111111111/" + name, {}})) << name;
  }
  for (const std::string& name : {std::string(""), std::string(257, 'x'), std::string("a.b"), std::string("a b")}) {
    EXPECT_EQ(hub.Refusal(CreateTopic{"111111111111/" + name, {}}).code, Code::kInvalidArgument) << name;
  }
}

// rule: aws 108 creating a topic again is the same topic, with other attributes it is refused
TEST(ResourceTest, CreatingATopicAgain) {
  Talk hub;
  const Attributes attributes = {{"DisplayName", "Events"}, {"TracingConfig", ""}, {"FifoTopic", "false"}};
  hub.Succeeds(CreateTopic{kTopic, attributes});
  EXPECT_EQ(hub.DescribeTopicNow().attributes, (Attributes{{"DisplayName", "Events"}}));
  for (const Attributes& same : {Attributes(), Attributes{{"DisplayName", "Events"}},
                                 Attributes{{"SignatureVersion", "1"}, {"TracingConfig", "PassThrough"}}}) {
    hub.Succeeds(CreateTopic{kTopic, same});
  }
  for (const Attributes& other :
       {Attributes{{"DisplayName", "Other"}}, Attributes{{"DisplayName", ""}}, Attributes{{"SignatureVersion", "2"}}}) {
    EXPECT_EQ(hub.Refusal(CreateTopic{kTopic, other}),
              (Error{Code::kTopicExists, "Topic already exists with different attributes.", "Attributes"}));
  }
  EXPECT_EQ(hub.DescribeTopicNow().attributes.at("DisplayName"), "Events");
}

// rule: aws 109 a topic that is not there is not found
// rule: aws 1 subscribing, purging and deleting a queue that is not there
TEST(ResourceTest, WhatIsNotThereIsNamed) {
  Talk hub;
  EXPECT_EQ(hub.Refusal(DescribeTopic{kTopic}),
            (Error{Code::kTopicNotFound, "There is no topic arn:aws:sns:us-east-1:111111111111:events."}));
  EXPECT_EQ(hub.Refusal(Publish{kTopic, {{.message = {.body = "a", .attributes = {}}, .subject = {}}}}).code,
            Code::kTopicNotFound);
  hub.Succeeds(CreateTopic{kTopic, {}});
  EXPECT_EQ(hub.Refusal(Subscribe{kTopic, kQueue, {}}).code, Code::kQueueNotFound);
  EXPECT_EQ(hub.Refusal(Purge{kQueue}).code, Code::kQueueNotFound);
  EXPECT_EQ(hub.Refusal(DeleteQueue{kQueue}).code, Code::kQueueNotFound);
}

TEST(ResourceTest, EveryOperationButTheHubsOwnHasAnActionOfItsName) {
  const Operation operations[] = {Send{},
                                  Receive{},
                                  Delete{},
                                  ChangeVisibility{},
                                  Purge{},
                                  CreateQueue{},
                                  DeleteQueue{},
                                  SetQueueAttributes{},
                                  DescribeQueue{},
                                  ListQueues{},
                                  Publish{},
                                  CreateTopic{},
                                  DeleteTopic{},
                                  SetTopicAttributes{},
                                  DescribeTopic{},
                                  ListTopics{},
                                  Subscribe{},
                                  ConfirmSubscription{},
                                  Unsubscribe{},
                                  SetSubscriptionAttributes{},
                                  DescribeSubscription{},
                                  ListSubscriptions{},
                                  ListSubscriptions{.prefix = "", .topic = "t"},
                                  PutDataProtectionPolicy{},
                                  GetDataProtectionPolicy{},
                                  Export{.all = true},
                                  PlanReload{}};
  std::set<std::string_view> actions;
  for (const Operation& operation : operations) {
    EXPECT_NE(NameOf(operation), "");
    EXPECT_TRUE(actions.insert(ActionOf(operation)).second) << NameOf(operation);
  }
  // What it takes to subscribe a queue is what it takes to follow the live feed.
  EXPECT_EQ(ActionOf(MayFollow{}), ActionOf(Subscribe{}));
  EXPECT_EQ(ActionOf(Follow{}), ActionOf(Subscribe{}));
  EXPECT_EQ(ActionOf(DescribeHub{}), "");
  EXPECT_EQ(ActionOf(Reload{}), "");
}

TEST(ResourceTest, TheHubTellsItsStateToItsUsersOnly) {
  Talk hub;
  hub.Create(kQueue);
  auto reply = hub.Ask(nullptr, DescribeHub{});
  ASSERT_TRUE(reply);
  const HubReply first = std::get<HubReply>(*reply);
  EXPECT_EQ(first.queues, 1u);
  EXPECT_EQ(first.boot, 1u);
  EXPECT_EQ(first.durability, "flush");
  EXPECT_GT(first.flushes, 0u);
  hub.Restart();
  hub.Advance(5s);
  reply = hub.Ask(nullptr, DescribeHub{});
  EXPECT_EQ(std::get<HubReply>(*reply).boot, 2u);
  EXPECT_EQ(std::get<HubReply>(*reply).uptime, 5s);
  hub.as = Talk::Anonymous();
  EXPECT_EQ(hub.Refusal(DescribeHub{}).code, Code::kAccessDenied);
}

TEST(ResourceTest, WhatIsMadeChangedAndDeletedIsRememberedAfterAPowerLoss) {
  Talk hub;
  hub.Create("111111111111/first");  // Brings the boot to the disk, which the rest must do without.
  const auto lose_power = [&] { hub.Restart(/*power_loss=*/true); };
  hub.Create(kQueue);
  lose_power();
  hub.Send({"a"});
  hub.SetAttributes(kQueue, {{"VisibilityTimeout", "5"}});
  lose_power();
  EXPECT_EQ(hub.Describe().attributes.at("VisibilityTimeout"), "5");
  hub.Send({"b"});
  hub.Succeeds(CreateTopic{kTopic, {}});
  lose_power();
  hub.Send({"c"});
  hub.Succeeds(Subscribe{kTopic, kQueue, {}});
  lose_power();
  EXPECT_EQ(hub.DescribeTopicNow().subscriptions.size(), 1u);
  hub.Send({"d"});
  hub.Succeeds(Unsubscribe{kTopic, kQueue});
  lose_power();
  EXPECT_EQ(hub.DescribeTopicNow().subscriptions.size(), 0u);
  hub.Send({"e"});
  hub.Succeeds(DeleteTopic{kTopic});
  lose_power();
  EXPECT_EQ(hub.Refusal(DescribeTopic{kTopic}).code, Code::kTopicNotFound);
  hub.Send({"f"});
  EXPECT_EQ(hub.Counts(), "6/0/0");
  hub.Succeeds(DeleteQueue{kQueue});
  lose_power();
  EXPECT_EQ(hub.Refusal(DescribeQueue{kQueue}).code, Code::kQueueNotFound);
}

}  // namespace
}  // namespace hub::core
