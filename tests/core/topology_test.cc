// Exporting what there is, and planning a reload without doing it.

#include "hub/core/topology.h"

#include "hub/base/limits.h"
#include "tests/core/support.h"

namespace hub::core {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr char kYaml[] = R"(
hub: {message_size: 256KiB}
accounts:
  shop:
    id: "111111111111"
    users:
      checkout: {password: p, may: {do: publish, on: topic/events}}
      lister:
        password: p
        policies: {Version: "2012-10-17", Statement: {Effect: Allow, Action: ["sqs:ListQueues", "sns:ListTopics"], Resource: "*"}}
      operator:
        password: p
        policies: {Version: "2012-10-17", Statement: {Effect: Allow, Action: "hub:*", Resource: "*"}}
    queues:
      orders: {visibility: 40s}
    topics: {events: }
  billing:
    id: "222222222222"
    users:
      neighbour:
        password: p
        policies: {Version: "2012-10-17", Statement: {Effect: Allow, Action: ["sqs:*", "sns:*"], Resource: "*"}}
    queues: {invoices: }
subscriptions:
  - {from: topic/events, to: queue/orders}
  - {from: topic/events, to: queue/invoices}
grants:
  - {from: topic/events, to: queue/orders}
  - {account: billing, may: describe, on: topic/events}
)";

class TopologyTest : public testing::Test {
 protected:
  TopologyTest() { hub.Configure(kYaml); }

  static std::string Changed(std::initializer_list<std::pair<std::string, std::string>> changes) {
    std::string yaml = kYaml;
    for (const auto& [from, to] : changes) {
      const std::size_t at = yaml.find(from);
      EXPECT_NE(at, std::string::npos) << from;
      yaml.replace(at, from.size(), to);
    }
    return yaml;
  }

  // As a client does: no password and no key leaves it.
  Strings Plan(const std::string& yaml) {
    auto reply = hub.Ask(hub.as, PlanReload{WriteTopology(*ReadYaml(yaml))});
    EXPECT_TRUE(reply) << reply.error().message;
    return reply ? std::get<DoneReply>(*reply).notes : Strings{"refused"};
  }

  std::shared_ptr<const Config> Exported(const std::string& login, bool all = false) {
    auto reply = hub.Ask(login.empty() ? nullptr : hub.User(login), Export{.all = all});
    EXPECT_TRUE(reply) << reply.error().message;
    if (!reply) return std::make_shared<const Config>();
    auto config = ReadTopology(std::get<TopologyReply>(*reply).document, {});
    EXPECT_TRUE(config) << config.error().message;
    return config ? *config : std::make_shared<const Config>();
  }

  static Strings NamesOf(const Config& config) {
    Strings names;
    for (const DeclaredQueue& queue : config.queues) names.push_back("queue " + queue.name.name);
    for (const DeclaredTopic& topic : config.topics) names.push_back("topic " + topic.name.name);
    for (const DeclaredSubscription& s : config.subscriptions) names.push_back(s.topic.name + " to " + s.queue.name);
    return names;
  }

  Talk hub;
};

// --- A plan ---------------------------------------------------------------------------------------------------------

TEST_F(TopologyTest, APlanOfTheFileInForceIsEmpty) { EXPECT_THAT(Plan(kYaml), IsEmpty()); }

TEST_F(TopologyTest, APlanSaysWhatTheReloadSaysAndChangesNothing) {
  const struct {
    const char* why;
    std::pair<std::string, std::string> change;
    Strings notes;
  } cases[] = {
      {"an attribute", {"visibility: 40s", "visibility: 50s"}, {"~ queue shop/orders: VisibilityTimeout 40 → 50"}},
      {"to its default", {"{visibility: 40s}", "{}"}, {"~ queue shop/orders: VisibilityTimeout 40 → 30"}},
      {"from its default",
       {"{visibility: 40s}", "{visibility: 40s, delay: 5s}"},
       {"~ queue shop/orders: DelaySeconds 0 → 5"}},
      {"the default, written", {"{visibility: 40s}", "{visibility: 40s, delay: 0s}"}, {}},
      {"several",
       {"{visibility: 40s}", "{visibility: 41s, wait: 1s}"},
       {"~ queue shop/orders: ReceiveMessageWaitTimeSeconds 0 → 1, VisibilityTimeout 40 → 41"}},
      {"of a topic",
       {"{events: }", "{events: {display_name: What happens}}"},
       {"~ topic shop/events: DisplayName none → \"What happens\""}},
      {"of a subscription",
       {"queue/invoices}", "queue/invoices, raw: true}"},
       {"~ subscription of queue billing/invoices to topic shop/events: RawMessageDelivery none → true"}},
      {"a queue", {"queues: {invoices: }", "queues: {invoices: , more: }"}, {"+ queue billing/more"}},
      {"a subscription less",
       {"  - {from: topic/events, to: queue/invoices}\n", ""},
       {"= subscription of queue billing/invoices to topic shop/events is kept, though no longer declared"}},
      {"a user", {"      checkout:", "      more: {password: p}\n      checkout:"}, {"+ user shop/more"}},
      {"a user less",
       {"      checkout: {password: p, may: {do: publish, on: topic/events}}\n", ""},
       {"- user shop/checkout"}},
      {"what a user may", {"may: {do: publish,", "may: {do: describe,"}, {"~ user shop/checkout: policies"}},
      {"a grant",
       {"{account: billing, may: describe,", "{account: billing, may: publish,"},
       {"+ grant on topic shop/events: "
        "{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::222222222222:root\"},"
        "\"Action\":\"sns:Publish\",\"Resource\":\"arn:aws:sns:us-east-1:111111111111:events\"}",
        "- grant on topic shop/events: "
        "{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::222222222222:root\"},"
        "\"Action\":\"sns:GetTopicAttributes\",\"Resource\":\"arn:aws:sns:us-east-1:111111111111:events\"}"}},
      {"settings",
       {"hub: {message_size: 256KiB}", "hub: {policies: log, drift: allow, durability: memory}"},
       {"~ hub.policies: enforce → log", "~ hub.drift: refuse → allow",
        "~ hub.message_size: 262144 bytes → 1048576 bytes", "~ hub.durability: flush → memory, at the next start"}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    const std::uint64_t flushes = hub.store().Flushes();
    EXPECT_EQ(Plan(Changed({c.change})), c.notes);
    EXPECT_EQ(hub.store().Flushes(), flushes);
    EXPECT_THAT(Plan(kYaml), IsEmpty());
    EXPECT_EQ(hub.Configure(Changed({c.change})), c.notes);
    hub.Configure(kYaml);
  }
}

TEST_F(TopologyTest, APlanToPruneCountsTheMessagesThatWouldGo) {
  hub.Send({"a", "b", "c"});
  hub.Receive(kQueue, 1);
  const std::string yaml =
      "hub: {prune: true, message_size: 256KiB}\naccounts: {shop: {id: \"111111111111\", topics: {events: }}}";
  EXPECT_THAT(Plan(yaml), testing::IsSupersetOf({"- queue shop/orders, with 3 messages", "- queue billing/invoices"}));
  EXPECT_EQ(hub.Counts(), "2/1/0");
}

TEST_F(TopologyTest, WhatAClientMadeBecomesDeclared) {
  hub.Create("111111111111/mine", {{"DelaySeconds", "5"}});
  EXPECT_THAT(Plan(Changed({{"{visibility: 40s}", "{visibility: 40s}\n      mine: {delay: 6s}"}})),
              ElementsAre("~ queue shop/mine: declared from now on, DelaySeconds 5 → 6"));
}

TEST_F(TopologyTest, OnlyAReloadKnowsOfPasswords) {
  const std::string yaml = Changed({{"checkout: {password: p,", "checkout: {password: q,"}});
  EXPECT_THAT(Plan(yaml), IsEmpty());
  EXPECT_THAT(hub.Configure(yaml), ElementsAre("~ user shop/checkout: password"));
}

TEST_F(TopologyTest, AStartTellsNothingOfUsersAndGrants) {
  hub.Restart();
  Talk other;
  EXPECT_THAT(other.Configure(kYaml), Not(testing::Contains(HasSubstr("grant"))));
  EXPECT_THAT(other.Configure(kYaml), IsEmpty());
}

// What a stranger put into an attribute cannot break the line or the terminal, nor fill the log.
TEST_F(TopologyTest, ValuesAreShownInOneLineAndCut) {
  std::string faces;
  for (int i = 0; i < 80; ++i) faces += "😀";
  hub.Succeeds(CreateTopic{"111111111111/made", {{"DisplayName", "a\n\x1b[31mxxx" + faces}}});
  const Strings notes = Plan(Changed({{"{events: }", "{events: , made: {display_name: b}}"}}));
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_THAT(notes[0], HasSubstr("DisplayName \"a\\n\\u001b[31mxxx"));
  EXPECT_THAT(notes[0], HasSubstr("…\" → b"));
  EXPECT_LT(notes[0].size(), 400u);
}

TEST_F(TopologyTest, APlanOfManyChangesIsCutAndCounts) {
  std::string queues;
  for (std::size_t i = 0; i < kNotesMax + 10; ++i) queues += "q" + std::to_string(i) + ": , ";
  const Strings notes = Plan(Changed({{"queues: {invoices: }", "queues: {" + queues + "invoices: }"}}));
  ASSERT_EQ(notes.size(), kNotesMax + 1);
  EXPECT_EQ(notes.back(), "and 10 more");
}

TEST_F(TopologyTest, APlanNeedsItsOwnPermission) {
  for (const char* login : {"shop/checkout", "shop/lister", "billing/neighbour"}) {
    hub.as = hub.User(login);
    const Error error = hub.Refusal(PlanReload{WriteTopology(*hub.config)});
    EXPECT_EQ(error.code, Code::kAccessDenied) << login;
    EXPECT_THAT(error.message, HasSubstr("hub:PlanReload"));
  }
  hub.as = Talk::Anonymous();
  EXPECT_EQ(hub.Refusal(PlanReload{WriteTopology(*hub.config)}).code, Code::kAccessDenied);
  hub.as = hub.User("shop/operator");
  EXPECT_THAT(Plan(kYaml), IsEmpty());
}

TEST_F(TopologyTest, APlanOfWhatCannotBePutInForceSaysWhy) {
  auto config = std::make_shared<Config>(*hub.config);
  config->queues[0].attributes["DelaySeconds"] = "901";
  EXPECT_EQ(hub.Refusal(PlanReload{WriteTopology(*config)}).message,
            "hub.yaml:15:7: DelaySeconds must be a whole number from 0 to 900, not \"901\".");
}

TEST_F(TopologyTest, WhatIsNoTopologyIsRefused) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "This is not JSON."},
      {"[]", "the document"},
      {R"({"queues": 1})", "queues"},
      {R"({"queues": [1]})", "queues"},
      {R"({"queues": [{}]})", "queue"},
      {R"({"queues": [{"arn": "orders"}]})", "the ARN of a queue"},
      {R"({"topics": [{"arn": "arn:aws:sqs:us-east-1:111111111111:q"}]})", "the ARN of a topic"},
      {R"({"queues": [{"arn": "arn:aws:sqs:us-east-1:111111111111:q", "attributes": {"DelaySeconds": 5}}]})",
       "DelaySeconds"},
      {R"({"queues": [{"arn": "arn:aws:sqs:us-east-1:111111111111:q", "at": [1]}]})", "at"},
      {R"({"accounts": [{"id": "1", "name": "a"}]})", "the id of an account"},
      {R"({"hub": {"durability": 9}})", "durability"},
      {R"({"hub": {"drift": 1}})", "drift"},
      {R"({"grants": [{"resource": "arn:aws:sqs:us-east-1:111111111111:q"}]})", "a policy of"},
      {R"({"users": [{"account": "111111111111", "user": "u", "login": "a/u", "policies": [{}]}]})",
       "a policy of user a/u"},
  };
  for (const auto& [document, problem] : cases) {
    const Error error = hub.Refusal(PlanReload{document});
    EXPECT_EQ(error.code, Code::kInvalidArgument) << document;
    EXPECT_THAT(error.message, HasSubstr(problem)) << document;
  }
  EXPECT_EQ(hub.Refusal(PlanReload{std::string(kTopologyBytesMax + 1, ' ')}).code, Code::kInvalidArgument);
}

// --- A topology -----------------------------------------------------------------------------------------------------

TEST_F(TopologyTest, ATopologyHoldsTheConfigurationAndNoSecret) {
  const std::string yaml = Changed(
      {{"password: p, may", "password: Geheim77, curve_key: \"rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7\", may"}});
  const auto config = ReadYaml(yaml);
  const std::string document = WriteTopology(*config);
  EXPECT_THAT(document, Not(HasSubstr("Geheim77")));
  EXPECT_THAT(document, Not(HasSubstr("rq:rM")));
  const auto read = ReadTopology(document, {});
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(WriteTopology(**read), document);
  EXPECT_EQ((*read)->queues[0].place.ToString(), config->queues[0].place.ToString());
}

// --- An export ------------------------------------------------------------------------------------------------------

TEST_F(TopologyTest, AnExportIsWhatTheCallerMayList) {
  EXPECT_EQ(NamesOf(*Exported("shop/lister")),
            (Strings{"queue orders", "topic events", "events to orders", "events to invoices"}));
  // The topic's account lets billing see its topic; of shop's queue it knows nothing.
  EXPECT_EQ(NamesOf(*Exported("billing/neighbour")),
            (Strings{"queue invoices", "topic events", "events to orders", "events to invoices"}));
  EXPECT_EQ(NamesOf(*Exported("shop/operator", true)),
            (Strings{"queue orders", "queue invoices", "topic events", "events to orders", "events to invoices"}));
  EXPECT_EQ(NamesOf(*Exported("")), NamesOf(*Exported("shop/operator", true)));
}

TEST_F(TopologyTest, AnExportHoldsWhatIsSetAndNothingElse) {
  const auto config = Exported("shop/lister");
  EXPECT_EQ(config->queues[0].attributes, (Attributes{{"VisibilityTimeout", "40"}}));
  EXPECT_EQ(config->message_bytes_default, 256u * 1024);
  EXPECT_EQ(config->grants.size(), 2u);
  EXPECT_THAT(config->users, IsEmpty());
  ASSERT_EQ(config->accounts.size(), 2u);  // Its own, and the one that a grant names.
  EXPECT_EQ(config->accounts[1].name, "billing");
}

TEST_F(TopologyTest, WhoMayNotListMayNotExport) {
  hub.as = hub.User("shop/checkout");
  EXPECT_THAT(hub.Refusal(Export{}).message, HasSubstr("sqs:ListQueues"));
  EXPECT_THAT(hub.Refusal(Export{.all = true}).message, HasSubstr("hub:Export"));
  hub.as = hub.User("billing/neighbour");
  EXPECT_EQ(hub.Refusal(Export{.all = true}).code, Code::kAccessDenied);
  hub.as = Talk::Anonymous();
  EXPECT_EQ(hub.Refusal(Export{}).code, Code::kAccessDenied);
}

}  // namespace
}  // namespace hub::core
