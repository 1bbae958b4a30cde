// What a topic cannot deliver to a queue: counted, explained, in the subscription's dead-letter queue, and nobody
// else's business.

#include "hub/base/json.h"
#include "hub/base/random.h"
#include "tests/core/support.h"

namespace hub::core {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kGood[] = "111111111111/good";
constexpr char kDeadArn[] = "arn:aws:sqs:us-east-1:111111111111:dead";

Attributes DeadLetters(const std::string& arn = kDeadArn, const char* raw = "true") {
  return {{"RawMessageDelivery", raw}, {"RedrivePolicy", "{\"deadLetterTargetArn\":\"" + arn + "\"}"}};
}

Attributes With(Attributes attributes, const char* name, const char* value) {
  attributes[name] = value;
  return attributes;
}

std::vector<Attribute> ManyAttributes() {
  static const Strings names = [] {
    Strings all;
    for (int i = 0; i < 11; ++i) all.push_back("a" + std::to_string(i));
    return all;
  }();
  std::vector<Attribute> attributes;
  for (const std::string& name : names) attributes.push_back({name, "String", "x"});
  return attributes;
}

// rule: aws 102 without a policy of the queue subscribing succeeds, and messages are dropped or dead-lettered
// rule: aws 128 more attributes than a queue takes beside a raw body are that delivery's failure
// rule: aws 133 what fails is not tried again
TEST(UndeliveredTest, WhatAQueueDoesNotGetIsCountedAndGoesToTheDeadLetterQueueIfThatTakesIt) {
  const struct Failure {
    const char* why;
    bool is_there;
    Attributes queue;
    bool denied;
    std::vector<Attribute> attributes;
    const char* says;
  } failures[] = {
      {"denied", true, {}, true, {}, "is not authorized to perform: sqs:SendMessage"},
      {"gone", false, {}, false, {}, "There is no queue arn:aws:sqs:us-east-1:111111111111:orders."},
      {"too large",
       true,
       With(AdmitTopics(), "MaximumMessageSize", "1024"),
       false,
       {},
       "larger than the queue accepts"},
      {"too many attributes", true, AdmitTopics(), false, ManyAttributes(), "more attributes than a queue accepts"},
  };
  const struct Dead {
    const char* why;
    bool is_there;
    Attributes queue;
    bool takes;
    const char* says;
  } deads[] = {
      {"admits", true, AdmitTopics(), true, ""},
      {"denies", true, {}, false, "Nor does the dead-letter queue get it: User: sns.amazonaws.com is not authorized"},
      {"gone", false, {}, false, "Nor does the dead-letter queue get it: There is no queue "},
      {"too small", true, With(AdmitTopics(), "MaximumMessageSize", "1024"), false,
       "The message is larger than it accepts."},
  };
  const std::string large(1500, 'x');
  for (const Failure& failure : failures) {
    for (const Dead& dead : deads) {
      SCOPED_TRACE(std::string(failure.why) + ", dead-letter queue " + dead.why);
      Talk hub;
      hub.Create(kQueue, failure.queue);
      hub.CreateSubscribed(kGood);
      hub.Succeeds(Subscribe{kTopic, kQueue, DeadLetters()});
      hub.Succeeds(SetSubscriptionAttributes{kTopic, kGood, {{"RawMessageDelivery", "false"}}});
      if (!failure.is_there) hub.Succeeds(DeleteQueue{kQueue});
      if (dead.is_there) hub.Create(kDead, dead.queue);
      EXPECT_TRUE(hub.Publish({large, large}, failure.attributes).failures.empty());
      hub.Restart(/*power_loss=*/true);
      const SubscriptionDescription fresh = hub.DescribeTopicNow().subscriptions.at(1);
      EXPECT_EQ(fresh.denied + fresh.failed + fresh.dead_lettered, 0u);  // Counts are since the start.
      EXPECT_TRUE(hub.Publish({large}, failure.attributes).failures.empty());
      EXPECT_EQ(hub.Counts(kGood), "3/0/0");
      if (failure.is_there) {
        EXPECT_EQ(hub.Counts(), "0/0/0");
      }
      if (dead.is_there) {
        EXPECT_EQ(hub.Counts(kDead), dead.takes ? "3/0/0" : "0/0/0");
      }
      const SubscriptionDescription now = hub.DescribeTopicNow().subscriptions.at(1);
      EXPECT_EQ(now.delivered, 0u);
      EXPECT_EQ(now.filtered, 0u);
      EXPECT_EQ(now.denied, failure.denied ? 1u : 0u);
      EXPECT_EQ(now.failed, failure.denied ? 0u : 1u);
      EXPECT_EQ(now.dead_lettered, dead.takes ? 1u : 0u);
      EXPECT_THAT(now.last_denial, HasSubstr(failure.says));
      EXPECT_THAT(now.last_denial, HasSubstr(dead.says));
      EXPECT_EQ(hub.Describe(kGood).sent, 1u);
    }
  }
}

TEST(UndeliveredTest, CountsAddUpOverManyMessagesOfOneRequest) {
  Talk hub;
  hub.CreateSubscribed(kGood, {{"FilterPolicy", R"({"n":["x"]})"}, {"RawMessageDelivery", "true"}});
  hub.Create(kQueue);
  hub.Create(kDead, AdmitTopics());
  hub.Succeeds(Subscribe{kTopic, kQueue, DeadLetters()});
  hub.Publish(Strings(300, "a"), {{"n", "String", "x"}});
  hub.Publish(Strings(50, "b"), {{"n", "String", "y"}});
  const TopicDescription topic = hub.DescribeTopicNow();
  const auto text = [](const SubscriptionDescription& s) {
    return std::to_string(s.delivered) + "/" + std::to_string(s.filtered) + "/" + std::to_string(s.denied) + "/" +
           std::to_string(s.failed) + "/" + std::to_string(s.dead_lettered);
  };
  EXPECT_EQ(text(topic.subscriptions.at(0)), "300/50/0/0/0");
  EXPECT_EQ(text(topic.subscriptions.at(1)), "0/0/350/0/350");
  EXPECT_EQ(hub.Describe(kDead).sent, 350u);
  EXPECT_EQ(hub.Counts(kDead), "350/0/0");
}

// Nobody gets anything, and it is counted all the same.
TEST(UndeliveredTest, CountsAddUpWhenNothingIsStored) {
  Talk hub;
  hub.Create(kQueue);
  hub.Succeeds(CreateTopic{kTopic, {}});
  hub.Succeeds(Subscribe{kTopic, kQueue, {}});
  hub.Publish(Strings(7, "a"));
  hub.Publish({"b"});
  EXPECT_EQ(hub.DescribeTopicNow().subscriptions.at(0).denied, 8u);
  hub.SetAttributes(kQueue, AdmitTopics());
  hub.Publish({"c"});
  EXPECT_EQ(hub.DescribeTopicNow().subscriptions.at(0).denied, 8u);
  EXPECT_EQ(hub.DescribeTopicNow().subscriptions.at(0).delivered, 1u);
}

// rule: aws 129 a dead letter is just what would have been delivered
TEST(UndeliveredTest, ADeadLetterIsRenderedAsItWouldHaveBeenAndHasItsAttributes) {
  for (const char* raw : {"true", "false"}) {
    SCOPED_TRACE(raw);
    Talk hub;
    hub.Create(kQueue);
    hub.Create(kDead, AdmitTopics());
    hub.Succeeds(CreateTopic{kTopic, {}});
    hub.Succeeds(Subscribe{kTopic, kQueue, DeadLetters(kDeadArn, raw)});
    hub.Publish({"body"}, {{"n", "Number", "7"}, {"b", "Binary", "\x02\x03"}});
    hub.Restart();
    const ReceiveReply received = hub.Receive(kDead);
    ASSERT_EQ(received.deliveries.size(), 1u);
    EXPECT_EQ(received.deliveries[0].dead_letter_source, "");
    if (raw == std::string("true")) {
      EXPECT_EQ(Bodies(received)[0], "body");
      EXPECT_THAT(AttributesOf(received.deliveries[0]),
                  ElementsAre(Attribute{"n", "Number", "7"}, Attribute{"b", "Binary", "\x02\x03"}));
    } else {
      const auto envelope = ParseJson(Bodies(received)[0], "");
      ASSERT_TRUE(envelope);
      EXPECT_EQ(envelope->Find("Message")->text, "body");
      EXPECT_EQ(envelope->Find("MessageAttributes")->members.size(), 2u);
      EXPECT_THAT(AttributesOf(received.deliveries[0]), IsEmpty());
    }
  }
}

// A dead-letter queue may be everybody's, and a subscribed one besides.
TEST(UndeliveredTest, ADeadLetterQueueOfManyGetsOneOfEachAndTheBodiesGoInTheEnd) {
  Talk hub;
  hub.CreateSubscribed(kDead);
  const std::size_t keys = hub.store().Size();
  for (const char* queue : {"111111111111/a", "111111111111/b"}) {
    hub.Create(queue);
    hub.Succeeds(Subscribe{kTopic, queue, DeadLetters()});
  }
  hub.Publish({"1", "2"});
  hub.Publish({"3"});
  hub.Restart(/*power_loss=*/true);
  const ReceiveReply received = hub.Receive(kDead);
  EXPECT_THAT(Bodies(received), testing::UnorderedElementsAre("1", "1", "1", "2", "2", "2", "3", "3", "3"));
  std::set<MessageId> ids;
  for (const Delivery& delivery : received.deliveries) ids.insert(delivery.id);
  EXPECT_EQ(ids.size(), 9u);
  hub.Delete(received, kDead);
  for (const char* queue : {"111111111111/a", "111111111111/b"}) {
    hub.Succeeds(Unsubscribe{kTopic, queue});
    hub.Succeeds(DeleteQueue{queue});
  }
  EXPECT_LE(hub.store().Size(), keys + 1);
}

// The queue's policy comes and goes between the publishes of one turn.
TEST(UndeliveredTest, WithinATurnEachMessageGoesWhereItsMomentSays) {
  Steps steps;
  steps.Do(CreateTopic{kTopic, {}});
  steps.Do(CreateQueue{kQueue, AdmitTopics()});
  steps.Do(CreateQueue{kDead, AdmitTopics()});
  steps.Do(CreateQueue{kGood, AdmitTopics()});
  steps.Do(Subscribe{kTopic, kGood, {{"RawMessageDelivery", "true"}}});
  steps.Do(Subscribe{kTopic, kQueue, DeadLetters()});
  steps.Do(
      Subscribe{kTopic, "111111111111/dead", {{"RawMessageDelivery", "true"}, {"FilterPolicy", R"({"n":["x"]})"}}});
  steps.End();
  Strings kept;
  for (int i = 0; i < 8; ++i) kept.push_back(std::to_string(i));
  for (int i = 0; i < 8; ++i) {
    const bool admits = i % 4 < 2;
    if (i % 2 == 0) steps.Do(SetQueueAttributes{kQueue, {{"Policy", admits ? AdmitTopics().at("Policy") : ""}}});
    Message message{.body = kept[static_cast<std::size_t>(i)], .attributes = {}};
    if (i == 5) message.attributes.push_back({"n", "String", "x"});
    steps.Do(Publish{kTopic, {{.message = message, .subject = {}}}});
  }
  steps.End();
  const auto bodies = [&](const char* queue) {
    const auto receive = steps.Do(Receive{.queue = queue, .max = 100, .visibility = {}, .wait = 0s});
    steps.End();
    return Bodies(steps.ReplyTo<ReceiveReply>(receive));
  };
  EXPECT_THAT(bodies(kGood), ElementsAre("0", "1", "2", "3", "4", "5", "6", "7"));
  EXPECT_THAT(bodies(kQueue), ElementsAre("0", "1", "4", "5"));
  EXPECT_THAT(bodies(kDead), testing::UnorderedElementsAre("2", "3", "5", "6", "7"));
}

// rule: aws 114 a FIFO subscription has a FIFO dead-letter queue
TEST(UndeliveredTest, TheDeadLetterQueueIsAnotherOneOfTheOwnersAndOfTheSameKind) {
  constexpr char kFifo[] = "111111111111/orders.fifo";
  Talk hub;
  hub.Succeeds(CreateTopic{"111111111111/events.fifo", {{"FifoTopic", "true"}}});
  hub.Succeeds(CreateTopic{kTopic, {}});
  hub.Create(kQueue);
  hub.Create(kFifo, {{"FifoQueue", "true"}});
  const std::string own = "arn:aws:sqs:us-east-1:111111111111:";
  const struct {
    const char* queue;
    std::string redrive;
    const char* refusal;  // "": taken.
  } cases[] = {
      {kQueue, R"({"deadLetterTargetArn":")" + own + R"(dead"})", ""},
      {kQueue, R"({"deadLetterTargetArn":")" + own + R"(dead.fifo"})", "must be a standard queue"},
      {kFifo, R"({"deadLetterTargetArn":")" + own + R"(dead.fifo"})", ""},
      {kFifo, R"({"deadLetterTargetArn":")" + own + R"(dead"})",
       "must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic."},
      {kQueue, R"({"deadLetterTargetArn":")" + own + R"(orders"})", "must be another one"},
      {kQueue, R"({"deadLetterTargetArn":"arn:aws:sqs:us-east-1:222222222222:dead"})", "of account 111111111111"},
      {kQueue, R"({"deadLetterTargetArn":"arn:aws:sqs:eu-west-1:111111111111:dead"})", "in us-east-1"},
      {kQueue, R"({"deadLetterTargetArn":"dead"})", "deadLetterTargetArn is an invalid arn"},
      {kQueue, R"({"deadLetterTargetArn":"arn:aws:sns:us-east-1:111111111111:dead"})",
       "deadLetterTargetArn is an invalid arn"},
      {kQueue, R"({"deadLetterTargetArn":7})", "RedrivePolicy must be"},
      {kQueue, R"({"deadLetterTargetArn":")" + own + R"(dead","maxReceiveCount":3})", "RedrivePolicy must be"},
      {kQueue, "[]", "RedrivePolicy must be"},
      {kQueue, "{", "RedrivePolicy: failed to parse JSON."},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.redrive);
    const std::string topic = "111111111111/events.fifo";
    const auto reply = hub.Ask(nullptr, Subscribe{topic, c.queue, {{"RedrivePolicy", c.redrive}}});
    const bool is_json = c.redrive != "{";
    ASSERT_EQ(reply.has_value(), is_json && c.refusal == std::string());
    if (reply) {
      // Changing it is held to the same.
      EXPECT_EQ(hub.Refusal(SetSubscriptionAttributes{topic, c.queue, {{"RedrivePolicy", "[]"}}}).code,
                Code::kInvalidArgument);
      hub.Succeeds(Unsubscribe{topic, c.queue});
    } else {
      EXPECT_EQ(reply.error().code, Code::kInvalidArgument);
      EXPECT_THAT(reply.error().message, HasSubstr(c.refusal));
    }
  }
}

TEST(UndeliveredTest, AFifoDeadLetterQueueKeepsTheOrderOfAGroup) {
  constexpr char kFifoTopic[] = "111111111111/events.fifo";
  Talk hub;
  hub.Succeeds(CreateTopic{kFifoTopic, {{"FifoTopic", "true"}, {"ContentBasedDeduplication", "true"}}});
  hub.Create("111111111111/orders.fifo", {{"FifoQueue", "true"}});
  hub.Create("111111111111/dead.fifo", With(AdmitTopics(), "FifoQueue", "true"));
  hub.Succeeds(Subscribe{kFifoTopic, "111111111111/orders.fifo", DeadLetters(std::string(kDeadArn) + ".fifo")});
  for (const char* body : {"1", "2", "3"}) {
    Publish publish{.topic = kFifoTopic, .entries = {}};
    publish.entries.push_back({.message = {.body = body, .attributes = {}, .group = "g"}, .subject = {}});
    hub.Succeeds(std::move(publish));
    hub.Restart(/*power_loss=*/true);
  }
  EXPECT_THAT(Bodies(hub.Receive("111111111111/dead.fifo")), ElementsAre("1", "2", "3"));
}

// rule: policies 1.4 a service's delivery: what the queue's policy sees of it
TEST(UndeliveredTest, AQueuesPolicySeesTheTopicAsSource) {
  constexpr char kEvents[] = "arn:aws:sns:us-east-1:111111111111:events";
  const struct {
    const char* why;
    std::string principal;
    std::string condition;
    bool delivers;
  } cases[] = {
      {"service, this topic", R"({"Service":"sns.amazonaws.com"})",
       R"({"ArnEquals":{"aws:SourceArn":")" + std::string(kEvents) + "\"}}", true},
      {"service, like it", R"({"Service":"sns.amazonaws.com"})",
       R"({"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:*:ev*"}})", true},
      {"service, another topic", R"({"Service":"sns.amazonaws.com"})",
       R"({"ArnEquals":{"aws:SourceArn":"arn:aws:sns:us-east-1:111111111111:event"}})", false},
      {"everybody, this topic", R"({"AWS":"*"})", R"({"ArnEquals":{"aws:SourceArn":")" + std::string(kEvents) + "\"}}",
       true},
      {"everybody, another topic", R"({"AWS":"*"})",
       R"({"ArnEquals":{"aws:SourceArn":"arn:aws:sns:us-east-1:111111111111:x"}})", false},
      {"the topic's account", R"({"Service":"sns.amazonaws.com"})",
       R"({"StringEquals":{"aws:SourceAccount":"111111111111"}})", true},
      {"another account", R"({"Service":"sns.amazonaws.com"})",
       R"({"StringEquals":{"aws:SourceAccount":"222222222222"}})", false},
      {"a service it is", R"("*")", R"({"Bool":{"aws:PrincipalIsAWSService":"true"}})", true},
      {"by its name", R"("*")", R"({"StringEquals":{"aws:PrincipalServiceName":"sns.amazonaws.com"}})", true},
      {"another service", R"({"Service":"s3.amazonaws.com"})", "{}", false},
      {"no address to trust", R"({"Service":"sns.amazonaws.com"})", R"({"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}})",
       false},
      {"the topic's account as principal", R"({"AWS":"111111111111"})", "{}", false},
  };
  for (const auto& c : cases) {
    Talk hub;
    hub.Create(kQueue,
               {{"Policy", R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sqs:SendMessage",)"
                           R"("Resource":"*","Principal":)" +
                               c.principal + R"(,"Condition":)" + c.condition + "}}"}});
    hub.Succeeds(CreateTopic{kTopic, {}});
    hub.Succeeds(Subscribe{kTopic, kQueue, {}});
    hub.Publish({"a"});
    EXPECT_EQ(hub.Counts(), c.delivers ? "1/0/0" : "0/0/0") << c.why;
  }
}

// rule: aws 120 a message has a body, and a subject is one line
TEST(UndeliveredTest, ASubjectIsOneLine) {
  Talk hub;
  hub.CreateSubscribed(kQueue);
  for (const auto& [subject, taken] : {std::pair<std::string_view, bool>{"Order 7, \u00fc", true},
                                       {"two\nlines", false},
                                       {"tab\there", false},
                                       {"\x7f", false}}) {
    auto reply = hub.Ask(nullptr, Publish{kTopic, {{.message = {.body = "x", .attributes = {}}, .subject = subject}}});
    ASSERT_TRUE(reply);
    EXPECT_EQ(std::get<SendReply>(*reply).failures.empty(), taken) << subject;
  }
}

// Whatever fails, and whenever the power goes: every queue that admits the topic has everything, in order, and every
// dead-letter queue what its subscription's queue did not get.
// rule: hardening R11 what is acknowledged is in every queue after any crash
// rule: hardening R19 a queue that gets nothing holds up none of the others
TEST(UndeliveredTest, APublishReachesEveryOtherQueueWhateverFails) {
  constexpr int kQueues = 6;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    Talk hub(random.OneIn(2) ? 1 : kWindowBytesMax);
    hub.Succeeds(CreateTopic{kTopic, {}});
    struct Side {
      std::string queue;
      std::string dead;
      bool is_there = true;
      bool admits = true;
      Strings expected;
      Strings expected_dead;
    };
    std::vector<Side> sides(kQueues);
    for (int i = 0; i < kQueues; ++i) {
      sides[i].queue = "111111111111/q" + std::to_string(i);
      sides[i].dead = "111111111111/d" + std::to_string(i);
      hub.Create(sides[i].queue, AdmitTopics());
      hub.Create(sides[i].dead, AdmitTopics());
      hub.Succeeds(
          Subscribe{kTopic, sides[i].queue, DeadLetters("arn:aws:sqs:us-east-1:111111111111:d" + std::to_string(i))});
    }
    for (int step = 0; step < 60; ++step) {
      Side& side = sides[random.Below(kQueues)];
      switch (random.Below(6)) {
        case 0:
          if (side.is_there) {
            hub.SetAttributes(side.queue, {{"Policy", side.admits ? "" : AdmitTopics().at("Policy")}});
            side.admits = !side.admits;
          }
          break;
        case 1:
          if (side.is_there) {
            hub.Succeeds(DeleteQueue{side.queue});
            side.expected.clear();
          } else {
            hub.Create(side.queue, AdmitTopics());
            side.admits = true;
          }
          side.is_there = !side.is_there;
          break;
        case 2: hub.Restart(/*power_loss=*/random.OneIn(2)); break;
        default: {
          Strings bodies;
          for (std::uint64_t n = 1 + random.Below(5); n > 0; --n)
            bodies.push_back(std::to_string(step) + "." + std::to_string(n));
          EXPECT_TRUE(hub.Publish(bodies).failures.empty());
          for (Side& each : sides) {
            Strings& expected = each.is_there && each.admits ? each.expected : each.expected_dead;
            expected.insert(expected.end(), bodies.begin(), bodies.end());
          }
        }
      }
    }
    hub.Restart(/*power_loss=*/true);
    for (const Side& side : sides) {
      SCOPED_TRACE(side.queue);
      if (side.is_there) {
        EXPECT_EQ(Bodies(hub.Receive(side.queue)), side.expected);
      }
      EXPECT_EQ(Bodies(hub.Receive(side.dead)), side.expected_dead);
    }
  }
}

}  // namespace
}  // namespace hub::core
