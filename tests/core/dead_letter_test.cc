#include "tests/core/support.h"

namespace hub::core {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class DeadLetterTest : public testing::Test {
 protected:
  DeadLetterTest() {
    hub.Create(kDead);
    hub.Create(kQueue, Redrive(1));
  }
  Talk hub;
};

// rule: aws 87 the move happens on the receive that would exceed the maximum
// rule: hardening R9 the maximum of receives is exact
TEST_F(DeadLetterTest, TheReceiveAfterTheLastAllowedOneMovesTheMessage) {
  for (int allowed = 1; allowed <= 3; ++allowed) {
    SCOPED_TRACE(allowed);
    hub.SetAttributes(kQueue, Redrive(allowed));
    hub.Send({"a"});
    for (int i = 0; i < allowed; ++i) {
      EXPECT_EQ(hub.Receive().deliveries.size(), 1u);
      hub.Advance(30s);
      hub.Restart();
    }
    EXPECT_EQ(hub.Counts(), "1/0/0");
    EXPECT_EQ(hub.Receive().deliveries.size(), 0u);
    EXPECT_EQ(hub.Counts(), "0/0/0");
    hub.Delete(hub.Receive(kDead), kDead);
  }
}

// rule: aws 88 id, body, attributes and sender are kept, the source is added, receives go on
TEST_F(DeadLetterTest, AMovedMessageKeepsWhatItWas) {
  const std::vector<Attribute> attributes = {{"n", "Number", "7"}};
  auto sent = hub.Ask(nullptr, Send{kQueue, {{.body = "poison", .attributes = attributes}}});
  ASSERT_TRUE(sent);
  hub.Advance(3s);
  const Delivery before = hub.Receive(kQueue, 1, 0s).deliveries.at(0);
  hub.Advance(5s);
  hub.Receive();
  hub.Restart();
  const ReceiveReply received = hub.Receive(kDead);
  ASSERT_EQ(received.deliveries.size(), 1u);
  const Delivery& dead = received.deliveries[0];
  EXPECT_EQ(dead.id, std::get<SendReply>(*sent).ids[0]);
  EXPECT_EQ(dead.body, "poison");
  EXPECT_EQ(AttributesOf(dead), attributes);
  EXPECT_EQ(dead.sender, "hub");
  EXPECT_EQ(dead.dead_letter_source, kQueueArn);
  EXPECT_EQ(dead.receive_count, 2u);
  EXPECT_EQ(dead.sent, before.sent);
  EXPECT_EQ(dead.first_received, before.first_received);
  hub.Advance(30s);
  hub.Restart();
  const Delivery again = hub.Receive(kDead).deliveries.at(0);
  EXPECT_EQ(again.receive_count, 3u);
  EXPECT_EQ(again.first_received, before.first_received);
}

TEST_F(DeadLetterTest, AMovedNotificationKeepsItsEnvelope) {
  hub.Create("111111111111/subscribed", {});
  Attributes attributes = AdmitTopics();
  attributes.merge(Redrive(1));
  hub.SetAttributes("111111111111/subscribed", attributes);
  hub.Succeeds(CreateTopic{kTopic, {}});
  hub.Succeeds(Subscribe{kTopic, "111111111111/subscribed", {}});
  hub.Publish({"a"}, {{"n", "Number", "7"}});
  const ReceiveReply before = hub.Receive("111111111111/subscribed", 1, 0s);
  hub.Receive("111111111111/subscribed");
  const ReceiveReply after = hub.Receive(kDead);
  ASSERT_EQ(after.deliveries.size(), 1u);
  EXPECT_EQ(Bodies(after), Bodies(before));
  EXPECT_EQ(after.deliveries[0].id, before.deliveries.at(0).id);
  EXPECT_THAT(AttributesOf(after.deliveries[0]), IsEmpty());
  // What it is made of goes with it, so that whoever renders it can sign it.
  EXPECT_EQ(after.deliveries[0].body, "a");
  EXPECT_EQ(after.deliveries[0].subscription, before.deliveries[0].subscription);
  EXPECT_FALSE(after.deliveries[0].signs_by_sha256);
  hub.Succeeds(SetTopicAttributes{kTopic, {{"SignatureVersion", "2"}}});
  hub.Restart();
  hub.Advance(1h);
  const ReceiveReply later = hub.Receive(kDead);
  EXPECT_TRUE(later.deliveries.at(0).signs_by_sha256);
  EXPECT_EQ(Bodies(later), Bodies(before));
}

TEST_F(DeadLetterTest, WithoutItsDeadLetterQueueTheMessageStays) {
  hub.Send({"a"});
  hub.Receive(kQueue, 1, 0s);
  hub.Succeeds(DeleteQueue{kDead});
  for (std::uint32_t count = 2; count < 5; ++count) {
    EXPECT_EQ(hub.Receive(kQueue, 1, 0s).deliveries.at(0).receive_count, count);
  }
  hub.Create(kDead);
  EXPECT_THAT(Bodies(hub.Receive()), IsEmpty());
  EXPECT_EQ(hub.Counts(kDead), "1/0/0");
}

TEST_F(DeadLetterTest, AClientNamesOnlyOneThatIsThere) {
  hub.Configure(kAnnMayDoAll);
  hub.as = hub.User("shop/ann");
  hub.Succeeds(DeleteQueue{kDead});
  const std::string value = Redrive(2).at("RedrivePolicy");
  const Error missing{
      Code::kAttributeInvalid,
      "Value " + value + " for parameter RedrivePolicy is invalid. Reason: Dead letter target does not exist.",
      "RedrivePolicy"};
  EXPECT_EQ(hub.Refusal(CreateQueue{"111111111111/new", Redrive(2)}), missing);
  EXPECT_EQ(hub.Refusal(SetQueueAttributes{kQueue, Redrive(2)}), missing);
  hub.SetAttributes(kQueue, {{"VisibilityTimeout", "7"}});  // Its own is gone, and it keeps it.
  // Of other accounts' queues nobody learns whether they exist.
  const auto elsewhere = [&](const char* name) {
    return hub.Refusal(SetQueueAttributes{
        kQueue,
        {{"RedrivePolicy", std::string(R"({"deadLetterTargetArn":"arn:aws:sqs:us-east-1:222222222222:)") + name +
                               R"(","maxReceiveCount":2})"}}});
  };
  EXPECT_TRUE(hub.Ask(nullptr, CreateQueue{"222222222222/there", {}}));
  EXPECT_EQ(elsewhere("there"), elsewhere("not"));
  hub.as = nullptr;
  hub.Create("111111111111/new", Redrive(2));
}

TEST_F(DeadLetterTest, OthersAreStillDeliveredByTheReceiveThatMoves) {
  hub.Send({"poison"});
  hub.Receive(kQueue, 1, 0s);
  hub.Send({"good"});
  EXPECT_THAT(Bodies(hub.Receive()), ElementsAre("good"));
  EXPECT_THAT(Bodies(hub.Receive(kDead)), ElementsAre("poison"));
}

TEST_F(DeadLetterTest, ADeadLetterQueueMayHaveOneItself) {
  hub.Create("111111111111/last");
  hub.SetAttributes(
      kDead,
      {{"RedrivePolicy", R"({"deadLetterTargetArn":"arn:aws:sqs:us-east-1:111111111111:last","maxReceiveCount":2})"}});
  hub.Send({"a"});
  hub.Receive(kQueue, 1, 0s);
  hub.Receive();
  EXPECT_EQ(hub.Receive(kDead, 1, 0s).deliveries.at(0).receive_count, 2u);
  EXPECT_EQ(hub.Receive(kDead, 1, 0s).deliveries.at(0).receive_count, 3u);
  EXPECT_EQ(hub.Receive(kDead).deliveries.size(), 0u);
  const ReceiveReply received = hub.Receive("111111111111/last");
  ASSERT_EQ(received.deliveries.size(), 1u);
  EXPECT_EQ(received.deliveries[0].receive_count, 4u);
  EXPECT_EQ(received.deliveries[0].dead_letter_source, "arn:aws:sqs:us-east-1:111111111111:dead");
}

// rule: aws 34 a dead-letter queue is a queue of the same account and region
TEST_F(DeadLetterTest, OnlyAQueueOfTheSameAccountAndRegionWillDo) {
  const std::string message = "The dead-letter queue of orders must be a queue of the same kind, account and region.";
  for (const char* arn : {"arn:aws:sqs:us-east-1:222222222222:dead", "arn:aws:sqs:eu-west-1:111111111111:dead"}) {
    SCOPED_TRACE(arn);
    const std::string redrive = R"({"deadLetterTargetArn":")" + std::string(arn) + R"(","maxReceiveCount":1})";
    EXPECT_EQ(hub.Refusal(SetQueueAttributes{kQueue, {{"RedrivePolicy", redrive}}}),
              (Error{Code::kInvalidArgument, message, "RedrivePolicy"}));
  }
}

// rule: aws 35 a dead-letter queue says whose it is
TEST_F(DeadLetterTest, OnlyAQueueThatIsAllowedGetsThisDeadLetterQueue) {
  const std::string refusal =
      "The RedriveAllowPolicy of arn:aws:sqs:us-east-1:111111111111:dead does not let "
      "arn:aws:sqs:us-east-1:111111111111:new have it as its dead-letter queue.";
  const char* by_queue = R"({"redrivePermission":"byQueue","sourceQueueArns":["arn:aws:sqs:us-east-1:111111111111:)";
  const struct {
    std::string allow;
    bool allowed;
  } cases[] = {
      {R"({"redrivePermission":"denyAll"})", false},
      {R"({"redrivePermission":"allowAll"})", true},
      {by_queue + std::string("orders\"]}"), false},
      {by_queue + std::string("new\"]}"), true},
      {"", true},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.allow);
    hub.SetAttributes(kDead, {{"RedriveAllowPolicy", c.allow}});
    hub.Restart();
    const std::string queue = "111111111111/new";
    if (c.allowed) {
      hub.Create(queue, Redrive(1));
      hub.SetAttributes(queue, Redrive(2));
    } else {
      EXPECT_EQ(hub.Refusal(CreateQueue{queue, Redrive(1)}), (Error{Code::kInvalidArgument, refusal, "RedrivePolicy"}));
      hub.Create(queue);
      EXPECT_EQ(hub.Refusal(SetQueueAttributes{queue, Redrive(1)}),
                (Error{Code::kInvalidArgument, refusal, "RedrivePolicy"}));
    }
    hub.Succeeds(DeleteQueue{queue});
  }
  // Those that had it keep it, and their other attributes can be changed.
  hub.SetAttributes(kDead, {{"RedriveAllowPolicy", R"({"redrivePermission":"denyAll"})"}});
  hub.SetAttributes(kQueue, {{"VisibilityTimeout", "5"}});
}

TEST_F(DeadLetterTest, AConfigurationIsRefusedWhereTheDeadLetterQueueThatIsThereDoes) {
  hub.SetAttributes(kDead, {{"RedriveAllowPolicy", R"({"redrivePermission":"denyAll"})"}});
  auto config = std::make_shared<Config>(*ReadYaml(R"(
hub: {drift: allow}
accounts:
  shop:
    id: "111111111111"
    queues: {dead: , new: {dead_letter: {queue: dead, after: 1}}}
)"));
  auto reply = hub.TestHub::Configure(config);
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().message,
            "hub.yaml:6:22: The RedriveAllowPolicy of arn:aws:sqs:us-east-1:111111111111:dead does not let "
            "arn:aws:sqs:us-east-1:111111111111:new have it as its dead-letter queue.");
  EXPECT_EQ(hub.Refusal(DescribeQueue{"111111111111/new"}).code, Code::kQueueNotFound);
}

// rule: aws 63 a long poll wakes when a dead letter comes
// A waiter of the dead-letter queue that found nothing is served when a waiter of the source gives a message up later
// in the same turn.
TEST_F(DeadLetterTest, AMoveWakesWhoWaitsForTheDeadLetterQueue) {
  hub.Send({"first"});
  hub.Receive(kQueue, 1, 0s);
  hub.Receive();               // "first" is dead.
  hub.Receive(kDead, 1, 30s);  // In flight there: the dead-letter queue has a deadline of its own,
  hub.Send({"second"});
  hub.Receive(kQueue, 1, 30s);  // at the same instant as the source.
  hub.Advance(15s);
  const auto source = hub.Poll();
  const auto taken = hub.Poll(kDead, 1);
  const auto left = hub.Poll(kDead, 1);
  hub.Advance(15s);
  EXPECT_EQ(hub.TakePoll(taken), Strings{"first"});
  EXPECT_EQ(hub.TakePoll(left), Strings{"second"});
  EXPECT_FALSE(hub.TakePoll(source));
}

TEST_F(DeadLetterTest, ADelayOfTheDeadLetterQueueIsForWhatIsSentToIt) {
  hub.SetAttributes(kDead, {{"DelaySeconds", "10"}});
  hub.Send({"poison"});
  hub.Receive(kQueue, 1, 0s);
  hub.Advance(1s);
  hub.Receive();
  EXPECT_EQ(hub.Counts(kDead), "1/0/0");
  EXPECT_THAT(Bodies(hub.Receive(kDead)), ElementsAre("poison"));
  hub.Send({"sent"}, kDead);
  EXPECT_EQ(hub.Counts(kDead), "0/1/1");
}

TEST_F(DeadLetterTest, GivenUpInTheInstantInWhichItWasSentItIsNotDelayedEither) {
  hub.SetAttributes(kDead, {{"DelaySeconds", "10"}});
  hub.Send({"poison"});
  hub.Receive(kQueue, 1, 0s);
  hub.Receive();
  EXPECT_THAT(Bodies(hub.Receive(kDead)), ElementsAre("poison"));
}

}  // namespace
}  // namespace hub::core
