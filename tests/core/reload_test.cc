// Putting a configuration in force: whole or not at all, three-way, and what YAML declares belongs to YAML.

#include "tests/core/support.h"

namespace hub::core {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr char kYaml[] = R"(
hub: {prune: false}
accounts:
  shop:
    id: "111111111111"
    queues:
      orders: {visibility: 40s, retention: 2d}
      dead: {}
    topics: {events: }
subscriptions:
  - {from: topic/events, to: queue/orders, raw: true, filter: {a: [b]}}
grants:
  - {from: topic/events, to: queue/orders}
)";

class ReloadTest : public testing::Test {
 protected:
  Strings Configure(std::initializer_list<std::pair<std::string, std::string>> changes = {}) {
    std::string yaml = kYaml;
    for (const auto& [from, to] : changes) {
      const std::size_t at = yaml.find(from);
      EXPECT_NE(at, std::string::npos) << from;
      yaml.replace(at, from.size(), to);
    }
    return hub.Configure(yaml);
  }
  std::string Attribute(const std::string& name, const std::string& queue = kQueue) {
    const Attributes attributes = hub.Describe(queue).attributes;
    const auto found = attributes.find(name);
    return found == attributes.end() ? "" : found->second;
  }
  Talk hub;
};

TEST_F(ReloadTest, WhatIsDeclaredComesToBeAndIsToldOnce) {
  EXPECT_THAT(Configure(), ElementsAre("+ queue shop/orders", "+ queue shop/dead", "+ topic shop/events",
                                       "+ subscription of queue shop/orders to topic shop/events"));
  EXPECT_EQ(Attribute("VisibilityTimeout"), "40");
  EXPECT_EQ(hub.Describe().declared_at, "hub.yaml:7:7");
  EXPECT_EQ(hub.DescribeTopicNow().declared_at, "hub.yaml:9:14");
  EXPECT_EQ(hub.DescribeTopicNow().subscriptions.at(0).declared_at, "hub.yaml:11:5");
  EXPECT_THAT(Configure(), IsEmpty());
  hub.Restart();
  EXPECT_THAT(Configure(), IsEmpty());
}

TEST_F(ReloadTest, TheSameFileAgainWritesNothing) {
  Configure();
  const std::uint64_t flushes = hub.store().Flushes();
  Configure();
  EXPECT_EQ(hub.store().Flushes(), flushes);
}

TEST_F(ReloadTest, AChangedFileChangesWhatIsThereAndKeepsItsMessages) {
  Configure();
  hub.Send({"a"});
  EXPECT_THAT(Configure({{"visibility: 40s", "visibility: 50s"}, {"filter: {a: [b]}", "filter: {a: [c]}"}}),
              ElementsAre("~ queue shop/orders: VisibilityTimeout 40 → 50",
                          "~ subscription of queue shop/orders to topic shop/events: FilterPolicy "
                          R"({"a":["b"]} → {"a":["c"]})"));
  EXPECT_EQ(Attribute("VisibilityTimeout"), "50");
  EXPECT_EQ(hub.Counts(), "1/0/0");
  hub.Publish({"b"}, {{"a", "String", "b"}});
  hub.Publish({"c"}, {{"a", "String", "c"}});
  EXPECT_THAT(Bodies(hub.Receive()), ElementsAre("a", "c"));
}

TEST_F(ReloadTest, AKeyThatTheFileNoLongerSaysHasItsDefaultAgain) {
  Configure();
  Configure({{"visibility: 40s, ", ""}});
  EXPECT_EQ(Attribute("VisibilityTimeout"), "30");
  EXPECT_EQ(Attribute("MessageRetentionPeriod"), "172800");
}

// One mistake anywhere, and nothing of the file is in force.
TEST_F(ReloadTest, WholeOrNotAtAll) {
  Configure();
  const auto good = hub.config;
  const auto wrong = [&](const char* why, auto break_it, const std::string& message) {
    SCOPED_TRACE(why);
    auto config = std::make_shared<Config>(*good);
    config->queues[0].attributes["VisibilityTimeout"] = "70";
    config->policies = PolicyMode::kLog;
    config->grants.clear();
    break_it(*config);
    auto reply = hub.Ask(nullptr, Reload{config});
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().message, message);
    EXPECT_EQ(Attribute("VisibilityTimeout"), "40");
    hub.Publish({"a"}, {{"a", "String", "b"}});
    EXPECT_EQ(hub.Counts(), "1/0/0");  // The grant still holds.
    hub.Succeeds(Purge{kQueue});
  };
  wrong(
      "queue", [](Config& config) { config.queues[1].attributes["DelaySeconds"] = "901"; },
      "hub.yaml:8:7: DelaySeconds must be a whole number from 0 to 900, not \"901\".");
  wrong(
      "topic", [](Config& config) { config.topics[0].attributes["Foobar"] = "1"; },
      "hub.yaml:9:14: Unknown attribute Foobar.");
  wrong(
      "subscription", [](Config& config) { config.subscriptions[0].attributes["RawMessageDelivery"] = "yes"; },
      "hub.yaml:11:5: RawMessageDelivery: Invalid value [yes]. Must be true or false.");
  wrong(
      "reference", [](Config& config) { config.subscriptions[0].queue.name = "nothing"; },
      "hub.yaml:11:5: The subscription names a topic or queue that does not exist.");
  wrong(
      "FIFO", [](Config& config) { config.queues[1].name.name = "a.fifo"; },
      "hub.yaml:8:7: \"a.fifo\" is a FIFO name: set FifoQueue to true.");
}

// What YAML declares belongs to YAML.
TEST_F(ReloadTest, DeclaredThingsAreNotChangedByClientsAndTheRefusalNamesThePlace) {
  Configure();
  const Attributes attributes = {{"VisibilityTimeout", "5"}};
  const struct {
    Operation operation;
    const char* message;
  } cases[] = {
      {SetQueueAttributes{kQueue, attributes}, "The queue orders is declared at hub.yaml:7:7."},
      {DeleteQueue{kQueue}, "The queue orders is declared at hub.yaml:7:7."},
      {SetTopicAttributes{kTopic, {{"DisplayName", "x"}}}, "The topic events is declared at hub.yaml:9:14."},
      {DeleteTopic{kTopic}, "The topic events is declared at hub.yaml:9:14."},
      {Unsubscribe{kTopic, kQueue}, "The subscription is declared at hub.yaml:11:5."},
      {SetSubscriptionAttributes{kTopic, kQueue, {{"FilterPolicy", ""}}},
       "The subscription is declared at hub.yaml:11:5."},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(hub.Refusal(c.operation),
              (Error{Code::kDeclaredInYaml, std::string(c.message) + " Change it there, or set drift: allow."}));
  }
  // A topic that the file only subscribes to: deleting it would end the declared subscription.
  hub.Succeeds(CreateTopic{"111111111111/made", {}});
  auto config = std::make_shared<Config>(*hub.config);
  config->subscriptions.push_back(config->subscriptions[0]);
  config->subscriptions[1].topic.name = "made";
  ASSERT_TRUE(hub.Ask(nullptr, Reload{config}));
  EXPECT_EQ(hub.Refusal(DeleteTopic{"111111111111/made"}).code, Code::kDeclaredInYaml);
  // Messages belong to nobody's file, nor does what clients made.
  hub.Send({"a"});
  hub.Succeeds(Purge{kQueue});
  hub.Create("111111111111/mine");
  hub.SetAttributes("111111111111/mine", attributes);
  hub.Succeeds(Subscribe{kTopic, "111111111111/mine", {}});
  hub.Succeeds(Unsubscribe{kTopic, "111111111111/mine"});
  hub.Succeeds(DeleteQueue{"111111111111/mine"});
}

// Three-way: what the file said, what it says, and what is there.
TEST_F(ReloadTest, WithDriftAllowedOnlyKeysWhoseDeclarationChangedAreApplied) {
  const std::pair<std::string, std::string> drift{"hub: {prune: false}", "hub: {drift: allow}"};
  Configure({drift});
  hub.SetAttributes(kQueue, {{"VisibilityTimeout", "5"}, {"MessageRetentionPeriod", "300"}, {"DelaySeconds", "7"}});
  Configure({drift});
  EXPECT_EQ(Attribute("VisibilityTimeout"), "5");
  hub.Restart();
  Configure({drift, {"retention: 2d", "retention: 3d"}});
  EXPECT_EQ(Attribute("VisibilityTimeout"), "5");
  EXPECT_EQ(Attribute("DelaySeconds"), "7");
  EXPECT_EQ(Attribute("MessageRetentionPeriod"), "259200");
  Configure({drift, {"visibility: 40s", "visibility: 41s"}});
  EXPECT_EQ(Attribute("VisibilityTimeout"), "41");
}

TEST_F(ReloadTest, WhatIsNoLongerDeclaredIsKeptAndBelongsToNobody) {
  Configure();
  hub.Send({"a"});
  const Strings notes = hub.Configure("hub: {}");
  EXPECT_THAT(notes,
              ElementsAre("= subscription of queue shop/orders to topic shop/events is kept, though no longer declared",
                          "= topic shop/events is kept, though no longer declared",
                          "= queue shop/orders is kept, though no longer declared",
                          "= queue shop/dead is kept, though no longer declared", HasSubstr("- grant on queue")));
  EXPECT_EQ(hub.Counts(), "1/0/0");
  EXPECT_EQ(Attribute("VisibilityTimeout"), "40");
  EXPECT_EQ(hub.Describe().declared_at, "");
  hub.SetAttributes(kQueue, {{"VisibilityTimeout", "5"}});
  EXPECT_THAT(hub.Configure("hub: {prune: true}"), ElementsAre("~ hub.prune: false → true"));  // It was let go before.
  EXPECT_EQ(hub.Counts(), "1/0/0");
}

TEST_F(ReloadTest, PruneDeletesWhatAnEarlierFileDeclaredAndNothingElse) {
  Configure();
  hub.Create("111111111111/mine");
  hub.Send({"a"});
  const auto poll = hub.Poll(kDead);
  hub.Restart();
  EXPECT_THAT(hub.Configure("hub: {prune: true}\naccounts: {shop: {id: \"111111111111\", queues: {dead: }}}"),
              ElementsAre("- subscription of queue shop/orders to topic shop/events", "- topic shop/events",
                          "- queue shop/orders, with 1 message", HasSubstr("- grant on queue shop/orders: "),
                          "~ hub.prune: false → true"));
  EXPECT_EQ(hub.Refusal(DescribeQueue{kQueue}).code, Code::kQueueNotFound);
  EXPECT_EQ(hub.Refusal(DescribeTopic{kTopic}).code, Code::kTopicNotFound);
  EXPECT_EQ(hub.Counts("111111111111/mine"), "0/0/0");
  EXPECT_EQ(hub.Counts(kDead), "0/0/0");
  EXPECT_FALSE(hub.TakePoll(poll));
}

// Also by a hub that starts with a file in which it is no longer.
TEST_F(ReloadTest, WhatAFileDeclaredIsPrunedAfterARestartToo) {
  Steps steps;
  steps.Do(Reload{ReadYaml(kYaml)});
  steps.Settle();
  steps.Restart();
  const auto reload = steps.Do(Reload{ReadYaml("hub: {prune: true}")});
  steps.Settle();
  EXPECT_EQ(steps.ReplyTo<DoneReply>(reload).notes.size(), 4u);  // Two queues, a topic, a subscription.
}

TEST_F(ReloadTest, PruneEndsASubscriptionWhoseTopicAndQueueStay) {
  const std::string subscription = "- {from: topic/events, to: queue/orders, raw: true, filter: {a: [b]}}";
  const std::pair<std::string, std::string> without{"subscriptions:\n  " + subscription, "subscriptions: []"};
  Configure();
  EXPECT_THAT(Configure({{"prune: false", "prune: true"}, without}),
              ElementsAre("- subscription of queue shop/orders to topic shop/events", "~ hub.prune: false → true"));
  EXPECT_THAT(hub.DescribeTopicNow().subscriptions, IsEmpty());
  hub.Publish({"a"}, {{"a", "String", "b"}});
  EXPECT_EQ(hub.Counts(), "0/0/0");
}

TEST_F(ReloadTest, WhatAClientMadeIsTakenOverByTheFileWithItsMessages) {
  hub.Create(kQueue, {{"VisibilityTimeout", "5"}, {"DelaySeconds", "0"}});
  hub.Send({"a"});
  Configure();
  EXPECT_EQ(Attribute("VisibilityTimeout"), "40");
  EXPECT_EQ(hub.Counts(), "1/0/0");
  EXPECT_EQ(hub.Refusal(DeleteQueue{kQueue}).code, Code::kDeclaredInYaml);
}

TEST_F(ReloadTest, ADeclaredPolicyExplainsItselfWithItsPlace) {
  Configure(
      {{"dead: {}",
        R"(dead: {policy: {Version: "2012-10-17", Statement: {Sid: Never, Effect: Deny, Principal: "*", Action: "sqs:*", Resource: "*"}}})"}});
  hub.as = Talk::Anonymous();
  EXPECT_EQ(hub.Refusal(Purge{kDead}).code, Code::kAccessDenied);
  EXPECT_THAT(hub.LastLog(), HasSubstr("statement \"Never\""));
  EXPECT_THAT(hub.LastLog(), HasSubstr("hub.yaml:8)"));
}

TEST_F(ReloadTest, DurabilityIsTold) {
  for (const std::string durability : {"flush", "interval", "memory"}) {
    hub.Configure("hub: {durability: " + durability + "}");
    auto reply = hub.Ask(nullptr, DescribeHub{});
    ASSERT_TRUE(reply);
    EXPECT_EQ(std::get<HubReply>(*reply).durability, durability);
  }
}

}  // namespace
}  // namespace hub::core
