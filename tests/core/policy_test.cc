// Who may do what: decided before anything is looked at, told in the log, and not to strangers.

#include "tests/core/support.h"

namespace hub::core {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kYaml[] = R"(
hub: {policies: enforce}
accounts:
  shop:
    id: "111111111111"
    users:
      ann: {password: p, may: [{do: [send, receive, delete, change visibility], on: queue/orders}, {do: publish, on: topic/events}]}
      bob: {password: p}
      eve:
        password: p
        policies:
          - Version: "2012-10-17"
            Statement:
              - {Effect: Allow, Action: "sqs:*", Resource: "*"}
              - {Sid: NotThatOne, Effect: Deny, Action: "sqs:SendMessage", Resource: "arn:aws:sqs:*:*:orders"}
    queues: {orders: }
    topics: {events: }
  billing:
    id: "222222222222"
    users: {joe: {password: p, may: {do: [send, receive], on: [queue/orders, queue/inbox]}}}
    queues: {inbox: , closed: }
subscriptions:
  - {from: topic/events, to: queue/inbox, raw: true}
  - {from: topic/events, to: queue/closed, raw: true}
grants:
  - {from: topic/events, to: queue/inbox}
)";
constexpr char kJoe[] = "arn:aws:iam::222222222222:user/joe";

Send OneTo(const std::string& queue) { return {queue, {{.body = "a", .attributes = {}}}}; }

class PolicyTest : public testing::Test {
 protected:
  PolicyTest() { hub.Configure(kYaml); }
  // The configuration with one text replaced by another.
  std::string With(const std::string& from, const std::string& to) {
    std::string yaml = kYaml;
    const std::size_t at = yaml.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return yaml.replace(at, from.size(), to);
  }
  Talk hub;
};

// rule: policies 1.4 same account: the user's own policies are enough
TEST_F(PolicyTest, AUserDoesWhatItsOwnPoliciesAllowInItsAccount) {
  hub.as = hub.User("shop/ann");
  EXPECT_TRUE(hub.Ask(hub.as, OneTo("orders")));
  EXPECT_EQ(hub.Receive("orders").deliveries.size(), 1u);
  EXPECT_EQ(hub.Refusal(Purge{"orders"}).code, Code::kAccessDenied);
}

// rule: policies 1.4 default deny, and every denial names the absence that decided and the statement to add
// rule: aws 101 who may not do what, on which resource, because of what
TEST_F(PolicyTest, ADenialNamesTheAbsenceAndTheStatementToAdd) {
  hub.as = hub.User("shop/bob");
  const std::string why =
      "User: arn:aws:iam::111111111111:user/bob is not authorized to perform: sqs:SendMessage on resource: "
      "arn:aws:sqs:us-east-1:111111111111:orders because the resource has no policy, and the caller has no policy of "
      "its own. Add a statement to a policy of "
      "arn:aws:iam::111111111111:user/bob: "
      R"({"Effect":"Allow","Action":"sqs:SendMessage","Resource":"arn:aws:sqs:us-east-1:111111111111:orders"})";
  EXPECT_EQ(hub.Refusal(OneTo("orders")).code, Code::kAccessDenied);
  EXPECT_EQ(hub.LastLog(), "DENIED: " + why);
}

// rule: policies 1.4 an explicit deny outweighs every allow, and is named
TEST_F(PolicyTest, AnExplicitDenyIsNamedWithItsPlace) {
  hub.as = hub.User("shop/eve");
  EXPECT_EQ(hub.Refusal(OneTo("orders")).code, Code::kAccessDenied);
  EXPECT_THAT(hub.LastLog(), HasSubstr("denied by statement \"NotThatOne\" of user shop/eve (hub.yaml:15)"));
  EXPECT_THAT(hub.LastLog(), HasSubstr("no other statement outweighs a Deny"));
  EXPECT_TRUE(hub.Ask(hub.as, Purge{"orders"}));
}

// rule: aws 100 who may do it to one message may do it to many; listing queues is nothing that a queue's policy grants
TEST_F(PolicyTest, OnePermissionIsForOneMessageAndForMany) {
  hub.as = hub.User("shop/ann");
  hub.Send({"a", "b", "c"}, "orders");
  const ReceiveReply received = hub.Receive("orders");
  ASSERT_EQ(received.deliveries.size(), 3u);
  ChangeVisibility change{.queue = "orders", .entries = {}};
  for (const Delivery& delivery : received.deliveries) {
    change.entries.push_back({.handle = HandleOf(delivery), .visibility = 60s});
  }
  EXPECT_TRUE(hub.Succeeds(std::move(change)));
  EXPECT_THAT(hub.Delete(received, "orders").failures, IsEmpty());
  hub.Configure(With(
      "queues: {orders: }",
      R"(queues: {orders: {policy: {Version: "2012-10-17", Statement: {Effect: Allow, Principal: "*", Action: "sqs:*", Resource: "*"}}}})"));
  hub.as = hub.User("shop/bob");
  EXPECT_EQ(hub.Send({"a", "b"}, "orders").ids.size(), 2u);
  EXPECT_EQ(hub.Refusal(ListQueues{""}).code, Code::kAccessDenied);
}

// rule: policies 1.4 across accounts both sides must allow
TEST_F(PolicyTest, AcrossAccountsBothSidesMustAllow) {
  const std::string policy = R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":")" +
                             std::string(kJoe) + R"("},"Action":"sqs:SendMessage","Resource":")" + kQueueArn + R"("}})";
  const CallerPtr joe = hub.User("billing/joe");
  hub.as = joe;
  EXPECT_EQ(hub.Refusal(OneTo(kQueue)).code, Code::kAccessDenied);
  EXPECT_THAT(hub.LastLog(), HasSubstr("it belongs to account 111111111111, and the resource has no policy"));
  EXPECT_THAT(hub.LastLog(), HasSubstr("\"Principal\":{\"AWS\":\"" + std::string(kJoe) + "\"}"));
  hub.Configure(With("grants:", "grants:\n  - {user: billing/joe, may: send, on: queue/orders}"));
  EXPECT_TRUE(hub.Ask(joe, OneTo(kQueue)));
  EXPECT_EQ(hub.Refusal(Receive{.queue = kQueue, .visibility = {}, .wait = {}}).code, Code::kAccessDenied);
}

// rule: policies 1.4 anonymous callers have the resource's policy alone
TEST_F(PolicyTest, AnonymousCallersHaveTheResourcesPolicyAlone) {
  hub.as = Talk::Anonymous();
  EXPECT_EQ(hub.Refusal(OneTo(kQueue)).code, Code::kAccessDenied);
  EXPECT_THAT(hub.LastLog(), HasSubstr("User: anonymous is not authorized to perform: sqs:SendMessage"));
  hub.Configure(With(
      "queues: {orders: }",
      R"(queues: {orders: {policy: {Version: "2012-10-17", Statement: {Effect: Allow, Principal: "*", Action: "sqs:SendMessage", Resource: "*"}}}})"));
  EXPECT_TRUE(hub.Ask(hub.as, OneTo(kQueue)));
  EXPECT_EQ(hub.Refusal(Receive{.queue = kQueue, .visibility = {}, .wait = {}}).code, Code::kAccessDenied);
}

// A topic that lets everybody subscribe lets nobody deliver to a queue of somebody else: it is asked first.
TEST_F(PolicyTest, OnlyTheOwnersAccountSubscribesAQueueAtOnce) {
  hub.Configure(With(
      "topics: {events: }",
      R"(topics: {events: {policy: {Version: "2012-10-17", Statement: {Effect: Allow, Principal: "*", Action: "sns:Subscribe", Resource: "arn:aws:sns:us-east-1:111111111111:events"}}}})"));
  for (const char* queue : {"222222222222/asked", "222222222222/nothing"}) {
    hub.as = Talk::Anonymous();
    EXPECT_EQ(hub.Refusal(Subscribe{kTopic, queue, {}}).code, Code::kAccessDenied);
    auto reply = hub.Ask(hub.User("shop/ann"), Subscribe{kTopic, queue, {}});
    ASSERT_TRUE(reply);
    EXPECT_TRUE(std::get<CreatedReply>(*reply).is_pending);
  }
}

// rule: hardening 3 existence is not leaked
// rule: aws 103 what is there and what is not is refused alike
TEST_F(PolicyTest, AStrangerLearnsNothingOfWhatExists) {
  for (const CallerPtr& caller : {Talk::Anonymous(), hub.User("shop/bob"), hub.User("billing/joe")}) {
    hub.as = caller;
    for (const char* queue : {"111111111111/orders", "111111111111/nothing"}) {
      for (const Operation& operation :
           {Operation(OneTo(queue)), Operation(Receive{.queue = queue, .visibility = {}, .wait = {}}),
            Operation(Delete{queue, {"h"}}), Operation(ChangeVisibility{queue, {{"h", 1s}}}), Operation(Purge{queue}),
            Operation(CreateQueue{queue, {}}), Operation(DeleteQueue{queue}),
            Operation(SetQueueAttributes{queue, {{"Foobar", "1"}}}), Operation(DescribeQueue{queue})}) {
        Error error = hub.Refusal(operation);
        EXPECT_EQ(error.code, Code::kAccessDenied) << NameOf(operation) << " " << queue;
      }
    }
    for (const char* topic : {"111111111111/events", "111111111111/nothing"}) {
      for (const Operation& operation :
           {Operation(Publish{topic, {{.message = {.body = "a", .attributes = {}}, .subject = {}}}}),
            Operation(CreateTopic{topic, {}}), Operation(DeleteTopic{topic}), Operation(SetTopicAttributes{topic, {}}),
            Operation(DescribeTopic{topic}), Operation(Subscribe{topic, "nothing", {}}),
            Operation(Unsubscribe{topic, "nothing"}), Operation(SetSubscriptionAttributes{topic, "nothing", {}})}) {
        EXPECT_EQ(hub.Refusal(operation).code, Code::kAccessDenied) << NameOf(operation) << " " << topic;
      }
    }
    EXPECT_EQ(hub.Refusal(ListQueues{""}).code, Code::kAccessDenied);
    EXPECT_EQ(hub.Refusal(ListTopics{""}).code, Code::kAccessDenied);
  }
  EXPECT_EQ(hub.Refusal(Reload{hub.config}).code, Code::kAccessDenied);
}

// rule: hardening 3 authorise A, act on B: a name means the same to the policy and to the handler
TEST_F(PolicyTest, EveryFormOfANameIsDecidedAsTheResourceItNames) {
  hub.as = hub.User("shop/ann");
  for (const char* name : {"orders", "111111111111/orders", kQueueArn}) {
    EXPECT_TRUE(hub.Ask(hub.as, OneTo(name))) << name;
  }
  for (const char* name : {"222222222222/orders", "arn:aws:sqs:us-east-1:222222222222:orders"}) {
    EXPECT_EQ(hub.Refusal(OneTo(name)).code, Code::kAccessDenied) << name;
  }
  EXPECT_EQ(hub.Refusal(OneTo("arn:aws:sqs:eu-west-1:111111111111:orders")).code, Code::kAccessDenied);
  hub.as = nullptr;
  EXPECT_EQ(hub.Counts(), "3/0/0");
}

// rule: policies 1.4 a service's delivery is decided by the queue's policy alone, for its topic
TEST_F(PolicyTest, DeliveryIsDecidedByTheQueuesPolicyAndADenialTellsTheStatementToAdd) {
  hub.as = hub.User("shop/ann");
  EXPECT_TRUE(hub.Publish({"a"}).failures.empty());  // A refusal is that delivery's, not the publisher's.
  hub.as = nullptr;
  EXPECT_EQ(hub.Counts("222222222222/inbox"), "1/0/0");
  EXPECT_EQ(hub.Counts("222222222222/closed"), "0/0/0");
  EXPECT_EQ(hub.LastLog(),
            "DENIED: User: sns.amazonaws.com is not authorized to perform: sqs:SendMessage on resource: "
            "arn:aws:sqs:us-east-1:222222222222:closed because the resource has no policy. Add a statement to the "
            "policy of arn:aws:sqs:us-east-1:222222222222:closed: "
            R"({"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"sqs:SendMessage",)"
            R"("Resource":"arn:aws:sqs:us-east-1:222222222222:closed","Condition":{"ArnEquals":{"aws:SourceArn":)"
            R"("arn:aws:sns:us-east-1:111111111111:events"}}} (from arn:aws:sns:us-east-1:111111111111:events))");
  const TopicDescription topic = hub.DescribeTopicNow();
  ASSERT_EQ(topic.subscriptions.size(), 2u);
  EXPECT_EQ(topic.subscriptions[0].denied + topic.subscriptions[1].denied, 1u);
  EXPECT_EQ(topic.subscriptions[0].delivered + topic.subscriptions[1].delivered, 1u);
  const SubscriptionDescription& closed = topic.subscriptions[topic.subscriptions[0].denied > 0 ? 0 : 1];
  EXPECT_EQ("DENIED: " + closed.last_denial, hub.LastLog());
}

TEST_F(PolicyTest, ADeliveryThatTheTimeDecidesIsDecidedEachTime) {
  hub.Create(kDead, {{"Policy", R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":)"
                                R"("sns.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"*","Condition":)"
                                R"({"DateLessThan":{"aws:CurrentTime":"2023-11-14T22:13:30Z"}}}})"}});
  hub.Succeeds(Subscribe{kTopic, kDead, {{"RawMessageDelivery", "true"}}});
  hub.Publish({"in time"});
  hub.Advance(10s);
  hub.Publish({"late"});
  EXPECT_THAT(Bodies(hub.Receive(kDead)), ElementsAre("in time"));
}

// A topic with many queues that do not admit it must not fill the log.
TEST_F(PolicyTest, BeyondSoManyLinesATurnTheLogTellsOnlyTheirNumber) {
  for (int i = 0; i < 40; ++i) {
    const std::string queue = "111111111111/q" + std::to_string(i);
    hub.Create(queue);
    hub.Succeeds(Subscribe{kTopic, queue, {}});
  }
  const std::size_t before = hub.log().size();
  hub.Publish({"a"});  // And "closed" denies, too.
  EXPECT_EQ(hub.log().size() - before, kLogLinesMax + 1);
  EXPECT_EQ(hub.LastLog(), "9 more lines like these.");
}

TEST_F(PolicyTest, TheStatementThatADenialNamesIsIndeedEnough) {
  hub.Publish({"a"});
  const std::string log = hub.LastLog();
  const std::size_t begin = log.find('{');
  const std::string statement = log.substr(begin, log.rfind('}') - begin + 1);
  hub.Configure(With("hub: {policies: enforce}", "hub: {drift: allow}"));
  hub.SetAttributes("222222222222/closed", {{"Policy", R"({"Version":"2012-10-17","Statement":[)" + statement + "]}"}});
  hub.Publish({"b"});
  EXPECT_THAT(Bodies(hub.Receive("222222222222/closed")), ElementsAre("b"));
}

// rule: policies 1.4 the confused deputy: another topic is not admitted, nor a topic of another account
TEST_F(PolicyTest, AGrantForOneTopicAdmitsNoOther) {
  hub.Succeeds(CreateTopic{"333333333333/events", {}});
  hub.Succeeds(CreateTopic{"111111111111/other", {}});
  for (const char* topic : {"333333333333/events", "111111111111/other"}) {
    hub.Succeeds(Subscribe{topic, "222222222222/inbox", {}});
    hub.Succeeds(Publish{topic, {{.message = {.body = "a", .attributes = {}}, .subject = {}}}});
    EXPECT_THAT(hub.LastLog(), HasSubstr("DENIED: User: sns.amazonaws.com"));
  }
  EXPECT_EQ(hub.Counts("222222222222/inbox"), "0/0/0");
}

TEST_F(PolicyTest, SourceAccountIsTheTopicsOwner) {
  for (const auto& [account, visible] : {std::pair("111111111111", "1/0/0"), std::pair("333333333333", "0/0/0")}) {
    hub.Configure(With("hub: {policies: enforce}", "hub: {drift: allow}"));
    hub.SetAttributes("222222222222/closed", {{"Policy", R"({"Version":"2012-10-17","Statement":{"Effect":"Allow",)"
                                                         R"("Principal":{"Service":"sns.amazonaws.com"},"Action":)"
                                                         R"("sqs:SendMessage","Resource":"*","Condition":{)"
                                                         R"("StringEquals":{"aws:SourceAccount":")" +
                                                             std::string(account) + R"("}}}})"}});
    hub.Succeeds(Purge{"222222222222/closed"});
    hub.Publish({"a"});
    EXPECT_EQ(hub.Counts("222222222222/closed"), visible) << account;
  }
}

TEST_F(PolicyTest, SubscribingWritesNoPolicy) {
  hub.Create(kDead);
  hub.Succeeds(Subscribe{kTopic, kDead, {}});
  EXPECT_FALSE(hub.Describe(kDead).attributes.contains("Policy"));
  hub.Publish({"a"});
  EXPECT_EQ(hub.Counts(kDead), "0/0/0");
}

TEST_F(PolicyTest, WithPoliciesLogEverythingIsDoneAndToldOnce) {
  hub.Configure(With("policies: enforce", "policies: log"));
  hub.as = hub.User("shop/bob");
  EXPECT_TRUE(hub.Ask(hub.as, OneTo("orders")));
  EXPECT_EQ(
      hub.LastLog(),
      "WOULD DENY: User: arn:aws:iam::111111111111:user/bob is not authorized to perform: sqs:SendMessage on resource: "
      "arn:aws:sqs:us-east-1:111111111111:orders because the resource has no policy, and the caller has no policy of "
      "its own. "
      "Add a statement to a policy of arn:aws:iam::111111111111:user/bob: "
      R"({"Effect":"Allow","Action":"sqs:SendMessage","Resource":"arn:aws:sqs:us-east-1:111111111111:orders"})");
  const std::size_t lines = hub.log().size();
  EXPECT_TRUE(hub.Ask(hub.as, OneTo("orders")));
  EXPECT_EQ(hub.log().size(), lines);
  hub.Configure(With("policies: enforce", "policies: log"));  // The policies may have changed: it is news again.
  EXPECT_TRUE(hub.Ask(hub.as, OneTo("orders")));
  EXPECT_EQ(hub.log().size(), lines + 1);
  hub.as = nullptr;
  hub.Publish({"a"});
  EXPECT_EQ(hub.Counts("222222222222/closed"), "1/0/0");
  EXPECT_THAT(hub.LastLog(),
              HasSubstr("WOULD DENY: User: sns.amazonaws.com is not authorized to perform: sqs:SendMessage"));
  EXPECT_THAT(hub.LastLog(), HasSubstr("aws:SourceArn"));
}

// rule: hardening 3 a change of policy is felt by who already waits
TEST_F(PolicyTest, ARevocationReachesWhoIsWaiting) {
  hub.as = hub.User("shop/ann");
  const auto revoked = hub.Poll("orders");
  EXPECT_FALSE(hub.TakeAnswer(revoked));
  hub.Configure(With("do: [send, receive, delete, change visibility]", "do: [send]"));
  const auto answer = hub.TakeAnswer(revoked);
  ASSERT_TRUE(answer);
  ASSERT_FALSE(*answer);
  EXPECT_EQ(answer->error().code, Code::kAccessDenied);
}

TEST_F(PolicyTest, ARemovedUserGetsNothingMore) {
  hub.as = hub.User("shop/ann");
  const auto poll = hub.Poll("orders");
  hub.Configure(
      With("      ann: {password: p, may: [{do: [send, receive, delete, change visibility], on: queue/orders}, {do: "
           "publish, on: topic/events}]}\n",
           ""));
  hub.Ask(nullptr, OneTo(kQueue));
  const auto answer = hub.TakeAnswer(poll);
  ASSERT_TRUE(answer);
  EXPECT_FALSE(*answer);
  EXPECT_EQ(hub.Refusal(OneTo("orders")).code, Code::kAccessDenied);
  hub.as = nullptr;
  EXPECT_EQ(hub.Counts(), "1/0/0");
}

TEST_F(PolicyTest, AGrantComesAndGoesWithTheFile) {
  hub.Publish({"a"});
  EXPECT_EQ(hub.Counts("222222222222/inbox"), "1/0/0");
  hub.Configure(With("grants:\n  - {from: topic/events, to: queue/inbox}\n", ""));
  hub.Publish({"b"});
  EXPECT_EQ(hub.Counts("222222222222/inbox"), "1/0/0");
}

// What a policy knows of the connection, and of the time.
TEST_F(PolicyTest, ConditionsSeeTheConnectionAndWallTime) {
  const struct {
    const char* why;
    const char* condition;
    bool allowed;
  } cases[] = {
      {"address", R"({"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}})", true},
      {"other address", R"({"IpAddress":{"aws:SourceIp":"192.168.0.0/16"}})", false},
      {"encrypted", R"({"Bool":{"aws:SecureTransport":"true"}})", true},
      {"transport", R"({"StringEquals":{"hub:Transport":"zmq"}})", true},
      {"before", R"({"DateLessThan":{"aws:CurrentTime":"2023-11-14T22:13:21Z"}})", true},
      {"after", R"({"DateGreaterThan":{"aws:CurrentTime":"2023-11-14T22:13:21Z"}})", false},
  };
  hub.Create(kDead);
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    hub.SetAttributes(kDead, {{"Policy", R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*",)"
                                         R"("Action":"sqs:SendMessage","Resource":"*","Condition":)" +
                                             std::string(c.condition) + "}}"}});
    Caller caller;
    caller.identity = Credentials::Anonymous();
    caller.source_ip = "10.1.2.3";
    caller.secure_transport = true;
    EXPECT_EQ(hub.Ask(std::make_shared<const Caller>(caller), OneTo(kDead)).has_value(), c.allowed);
  }
}

}  // namespace
}  // namespace hub::core
