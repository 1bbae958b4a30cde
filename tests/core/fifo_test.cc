// FIFO queues, end to end through the core: groups, deduplication, delays, dead letters, restarts.
#include "tests/core/support.h"

namespace hub::core {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kFifo[] = "111111111111/orders.fifo";
constexpr char kDeadFifo[] = "111111111111/dead.fifo";

Attributes Fifo(Attributes attributes = {}) {
  attributes["FifoQueue"] = "true";
  return attributes;
}

Attributes FifoByContent() { return Fifo({{"ContentBasedDeduplication", "true"}}); }

class FifoTest : public testing::Test {
 protected:
  // The reply to one message of a group, with a deduplication id, or "" for that of its body.
  Result<Reply> TrySend(const std::string& group, const std::string& body, const std::string& id = "") {
    Send send{.queue = kFifo, .entries = {}};
    send.entries.push_back({.body = body, .attributes = {}, .group = group, .deduplication = id});
    return hub.Ask(hub.as, std::move(send));
  }
  SendReply SendTo(const std::string& group, const std::string& body, const std::string& id = "") {
    auto reply = TrySend(group, body, id);
    EXPECT_TRUE(reply) << reply.error().message;
    return reply ? std::get<SendReply>(*reply) : SendReply{};
  }
  // The refusal of its only entry.
  std::string WhyNot(const std::string& group, const std::string& body, const std::string& id = "") {
    const SendReply reply = SendTo(group, body, id);
    return reply.failures.empty() ? "" : reply.failures[0].error.message;
  }
  Strings ReceiveBodies(std::size_t max = 10, std::optional<Duration> visibility = {}) {
    return Bodies(hub.Receive(kFifo, max, visibility));
  }

  Talk hub;
};

Error Unknown(const std::string& attribute) {
  return {Code::kAttributeUnknown, "Unknown Attribute " + attribute + ".", attribute};
}

// rule: aws 19 the suffix belongs to the name of a FIFO queue
// rule: aws 20 FifoQueue and the name must agree
// rule: aws 21 no deduplication by content on a standard queue
// rule: aws 22 no deduplication scope, no throughput limit on a standard queue
// rule: aws 27 defaults of a FIFO queue
// rule: aws 30 the kind of a queue cannot be changed
// rule: aws 82 a limit per message group needs the scope messageGroup
TEST_F(FifoTest, AttributesFitTheKindOfTheQueue) {
  EXPECT_THAT(hub.Refusal(CreateQueue{kFifo, {}}).message, HasSubstr("set FifoQueue to true"));
  EXPECT_THAT(hub.Refusal(CreateQueue{kQueue, Fifo()}).message, HasSubstr("needs a name that ends in .fifo"));
  EXPECT_EQ(hub.Refusal(CreateQueue{kFifo, {{"FifoQueue", "false"}}}).about, "QueueName");
  EXPECT_EQ(hub.Refusal(CreateQueue{kQueue, {{"FifoQueue", "false"}}}), Unknown("FifoQueue"));
  for (const auto& [name, value] : Attributes{{"ContentBasedDeduplication", "true"},
                                              {"DeduplicationScope", "messageGroup"},
                                              {"FifoThroughputLimit", "perMessageGroupId"}}) {
    EXPECT_EQ(hub.Refusal(CreateQueue{kQueue, {{name, value}}}).about, name);
    EXPECT_THAT(hub.Refusal(CreateQueue{kFifo, Fifo({{name, "some"}})}).message, HasSubstr(name));
  }
  for (const auto& [name, value] : Attributes{{"ContentBasedDeduplication", "false"},
                                              {"DeduplicationScope", "queue"},
                                              {"FifoThroughputLimit", "perQueue"}}) {
    const Error only{Code::kAttributeUnknown, "You can specify the " + name + " only when FifoQueue is set to true.",
                     name};
    EXPECT_EQ(hub.Refusal(CreateQueue{kQueue, {{name, value}}}),
              name == "ContentBasedDeduplication" ? Unknown(name) : only);
  }
  EXPECT_THAT(hub.Refusal(CreateQueue{kFifo, Fifo({{"FifoThroughputLimit", "perMessageGroupId"}})}).message,
              HasSubstr("messageGroup"));
  hub.Create(kFifo, Fifo());
  hub.SetAttributes(kFifo, {{"FifoQueue", "true"}});  // Which it is.
  for (const char* other : {"false", ""}) {
    EXPECT_EQ(hub.Refusal(SetQueueAttributes{kFifo, {{"FifoQueue", other}}}),
              (Error{Code::kAttributeInvalid,
                     "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.",
                     "FifoQueue"}));
  }
  hub.Create(kQueue);
  EXPECT_EQ(hub.Refusal(SetQueueAttributes{kQueue, {{"FifoQueue", "true"}}}), Unknown("FifoQueue"));
  const Attributes attributes = hub.Describe(kFifo).attributes;
  EXPECT_EQ(attributes.at("FifoQueue"), "true");
  EXPECT_EQ(attributes.at("ContentBasedDeduplication"), "false");
  EXPECT_EQ(attributes.at("DeduplicationScope"), "queue");
  EXPECT_EQ(attributes.at("FifoThroughputLimit"), "perQueue");
}

// rule: aws 48 a message to a FIFO queue has a group
// rule: aws 49 and a deduplication id, unless its body makes one
// rule: aws 51 ids are letters, digits and punctuation, 1 to 128
// rule: aws 52 a standard queue takes a group and no deduplication id
// rule: aws 59 a standard queue has no sequence numbers
TEST_F(FifoTest, WhatAMessageMustCarry) {
  hub.Create(kFifo, Fifo());
  EXPECT_EQ(WhyNot("", "a", "1"), "The request must contain the parameter MessageGroupId.");
  EXPECT_THAT(WhyNot("g", "a"), HasSubstr("MessageDeduplicationId provided explicitly"));
  EXPECT_THAT(WhyNot("g g", "a", "1"), HasSubstr("MessageGroupId can only include"));
  EXPECT_THAT(WhyNot("g", "a", std::string(129, 'x')), HasSubstr("MessageDeduplicationId can only include"));
  EXPECT_EQ(WhyNot(std::string(128, 'g'), "a", std::string(128, '~')), "");
  hub.SetAttributes(kFifo, {{"ContentBasedDeduplication", "true"}});
  EXPECT_EQ(WhyNot("g", "b"), "");

  hub.Create(kQueue);
  core::Send send{.queue = kQueue, .entries = {}};
  send.entries.push_back({.body = "a", .attributes = {}, .group = "tenant"});
  send.entries.push_back({.body = "b", .attributes = {}, .group = "tenant", .deduplication = "1"});
  auto reply = hub.Ask(nullptr, std::move(send));
  ASSERT_TRUE(reply);
  const auto& failures = std::get<SendReply>(*reply).failures;
  ASSERT_EQ(failures.size(), 1u);
  EXPECT_EQ(failures[0].index, 1u);
  EXPECT_THAT(failures[0].error.message, HasSubstr("not valid for a standard queue"));
  EXPECT_THAT(std::get<SendReply>(*reply).sequences, IsEmpty());
  const ReceiveReply received = hub.Receive();
  EXPECT_EQ(received.deliveries.at(0).group, "tenant");
  EXPECT_EQ(received.deliveries.at(0).sequence, 0u);
}

TEST_F(FifoTest, AGroupIsHandedOutInOrderAndLockedMeanwhile) {
  hub.Create(kFifo, FifoByContent());
  for (const char* body : {"a1", "a2", "a3"}) SendTo("a", body);
  SendTo("b", "b1");
  const ReceiveReply first = hub.Receive(kFifo, 2);
  EXPECT_THAT(Bodies(first), ElementsAre("a1", "a2"));
  EXPECT_THAT(ReceiveBodies(), ElementsAre("b1"));
  hub.Delete(first, kFifo);
  EXPECT_THAT(ReceiveBodies(), ElementsAre("a3"));
}

// rule: aws 59 the sequence number grows within a group
// rule: aws 83 the deduplication id made of the body is its SHA-256
// rule: aws 73 first receive and sending are told as for any message
TEST_F(FifoTest, ADeliveryTellsItsPlaceInTheOrder) {
  hub.Create(kFifo, FifoByContent());
  const Instant start = hub.clock().wall;
  const SendReply first = SendTo("a", "a1");
  hub.Advance(2s);
  const SendReply second = SendTo("a", "a2");
  ASSERT_EQ(first.sequences.size(), 1u);
  EXPECT_LT(first.sequences[0], second.sequences[0]);
  hub.Advance(5s);
  const ReceiveReply received = hub.Receive(kFifo);
  ASSERT_EQ(received.deliveries.size(), 2u);
  EXPECT_EQ(received.deliveries[0].sent, start);
  EXPECT_EQ(received.deliveries[1].sent, start + 2s);
  for (const Delivery& delivery : received.deliveries) EXPECT_EQ(delivery.first_received, start + 7s);
  EXPECT_EQ(received.deliveries[0].group, "a");
  EXPECT_EQ(received.deliveries[0].id, first.ids[0]);
  EXPECT_EQ(received.deliveries[0].sequence, first.sequences[0]);
  EXPECT_EQ(received.deliveries[1].sequence, second.sequences[0]);
  EXPECT_EQ(received.deliveries[0].deduplication, "f55ff16f66f43360266b95db6f8fec01d76031054306ae4a4b380598f6cfd114");
}

// rule: aws 79 the window is five minutes from the first accepted send, and survives receive and delete
// rule: aws 59 a duplicate returns the ids of the original
// rule: hardening R10 deduplication holds through crashes
TEST_F(FifoTest, SentAgainWithinFiveMinutesAddsNothing) {
  hub.Create(kFifo, Fifo());
  const SendReply sent = SendTo("a", "a1", "1");
  hub.Delete(hub.Receive(kFifo), kFifo);
  hub.Advance(4min);
  const SendReply again = SendTo("b", "other", "1");
  EXPECT_EQ(again.ids, sent.ids);
  EXPECT_EQ(again.sequences, sent.sequences);
  EXPECT_THAT(again.failures, IsEmpty());
  hub.Restart();
  hub.Advance(59s);
  EXPECT_EQ(SendTo("a", "a1", "1").ids, sent.ids);
  EXPECT_EQ(hub.Counts(kFifo), "0/0/0");
  hub.Advance(1s);
  EXPECT_NE(SendTo("a", "a1", "1").ids, sent.ids);
  EXPECT_EQ(hub.Counts(kFifo), "1/0/0");
}

TEST_F(FifoTest, TheSameBodyTwiceInOneRequestIsOneMessage) {
  hub.Create(kFifo, FifoByContent());
  core::Send send{.queue = kFifo, .entries = {}};
  for (const char* body : {"x", "y", "x"}) send.entries.push_back({.body = body, .attributes = {}, .group = "g"});
  auto reply = hub.Ask(nullptr, std::move(send));
  ASSERT_TRUE(reply);
  const SendReply& sent = std::get<SendReply>(*reply);
  EXPECT_EQ(sent.ids[0], sent.ids[2]);
  EXPECT_NE(sent.ids[0], sent.ids[1]);
  EXPECT_THAT(ReceiveBodies(), ElementsAre("x", "y"));
}

// rule: aws 80 scope queue: the id alone; scope messageGroup: group and id
// rule: aws 81 towards messageGroup old ids are still known, back again those of groups are not
TEST_F(FifoTest, TheScopeSaysWhatIsTheSame) {
  hub.Create(kFifo, Fifo());
  SendTo("a", "1", "id");
  hub.SetAttributes(kFifo, {{"DeduplicationScope", "messageGroup"}});
  SendTo("b", "2", "id");
  EXPECT_EQ(hub.Counts(kFifo), "1/0/0");
  SendTo("a", "3", "new");
  SendTo("b", "4", "new");
  SendTo("b", "5", "new");
  EXPECT_EQ(hub.Counts(kFifo), "3/0/0");
  hub.SetAttributes(kFifo, {{"DeduplicationScope", "queue"}});
  SendTo("a", "6", "new");
  EXPECT_EQ(hub.Counts(kFifo), "4/0/0");
}

// rule: aws 26 a purge clears the memory of what was sent
// rule: aws 79 after a purge the window begins anew
TEST_F(FifoTest, APurgeForgetsWhatWasSent) {
  hub.Create(kFifo, Fifo());
  SendTo("a", "1", "id");
  hub.Succeeds(Purge{kFifo});
  hub.Restart();
  SendTo("a", "2", "id");
  EXPECT_THAT(ReceiveBodies(), ElementsAre("2"));
}

// rule: aws 66 an expired handle of a FIFO queue is refused
TEST_F(FifoTest, AnExpiredHandleIsRefused) {
  hub.Create(kFifo, FifoByContent());
  SendTo("a", "a1");
  const ReceiveReply received = hub.Receive(kFifo);
  hub.Advance(30s);
  const EntriesReply deleted = hub.Delete(received, kFifo);
  ASSERT_EQ(deleted.failures.size(), 1u);
  EXPECT_EQ(deleted.failures[0].error.message, "The receipt handle has expired.");
  EXPECT_EQ(hub.Hide(received.deliveries[0], 10s, kFifo).failures.size(), 1u);
  EXPECT_EQ(hub.Counts(kFifo), "1/0/0");
  const ReceiveReply again = hub.Receive(kFifo);
  EXPECT_THAT(hub.Delete(again, kFifo).failures, IsEmpty());
  EXPECT_THAT(hub.Delete(again, kFifo).failures, IsEmpty());
}

// rule: aws 85 a delay keeps the order, also when it is made shorter
TEST_F(FifoTest, NothingOvertakesWhatIsDelayed) {
  hub.Create(kFifo, Fifo({{"ContentBasedDeduplication", "true"}, {"DelaySeconds", "60"}}));
  SendTo("a", "a1");
  hub.Advance(10s);
  hub.SetAttributes(kFifo, {{"DelaySeconds", "40"}});
  SendTo("a", "a2");
  EXPECT_EQ(hub.Counts(kFifo), "0/0/2");
  hub.Restart();
  SendTo("a", "a3");
  hub.Advance(29s);
  EXPECT_THAT(ReceiveBodies(), IsEmpty());
  hub.Advance(11s);
  EXPECT_THAT(ReceiveBodies(), ElementsAre("a1", "a2", "a3"));
}

// rule: aws 34 a dead-letter queue is of the same kind
// rule: aws 86 moving a message to it unlocks the group
// rule: aws 89 there its retention begins anew
TEST_F(FifoTest, TheDeadLetterQueueKeepsGroupsAndUnlocksThem) {
  const std::string redrive =
      R"({"deadLetterTargetArn":"arn:aws:sqs:us-east-1:111111111111:NAME","maxReceiveCount":1})";
  const auto to = [&](const std::string& name) {
    std::string text = redrive;
    return text.replace(text.find("NAME"), 4, name);
  };
  hub.Create(kDead);
  EXPECT_THAT(hub.Refusal(CreateQueue{kFifo, Fifo({{"RedrivePolicy", to("dead")}})}).message, HasSubstr("same kind"));
  hub.Create(kDeadFifo, FifoByContent());
  hub.Create(kFifo, Fifo({{"ContentBasedDeduplication", "true"}, {"RedrivePolicy", to("dead.fifo")}}));
  for (const char* body : {"a1", "a2"}) SendTo("a", body);
  EXPECT_THAT(ReceiveBodies(1), ElementsAre("a1"));
  hub.Advance(1h);
  EXPECT_THAT(ReceiveBodies(1), ElementsAre("a2"));
  const ReceiveReply dead = hub.Receive(kDeadFifo);
  ASSERT_THAT(Bodies(dead), ElementsAre("a1"));
  EXPECT_EQ(dead.deliveries[0].group, "a");
  EXPECT_EQ(dead.deliveries[0].receive_count, 2u);
  hub.Hide(dead.deliveries[0], 0s, kDeadFifo);
  hub.Advance(kRetentionDefault - 1s);
  EXPECT_EQ(hub.Counts(kDeadFifo), "1/0/0");
  hub.Advance(1s);
  EXPECT_EQ(hub.Counts(kDeadFifo), "0/0/0");
}

// What waits there holds up what is given up later all the same: nothing overtakes.
TEST_F(FifoTest, ADelayOfTheDeadLetterQueueIsForWhatIsSentToIt) {
  hub.Create(kDeadFifo, Fifo({{"ContentBasedDeduplication", "true"}, {"DelaySeconds", "10"}}));
  hub.Create(kFifo,
             Fifo({{"ContentBasedDeduplication", "true"},
                   {"RedrivePolicy",
                    R"({"deadLetterTargetArn":"arn:aws:sqs:us-east-1:111111111111:dead.fifo","maxReceiveCount":1})"}}));
  const auto give_up = [&](const std::string& body) {
    SendTo("a", body);
    ReceiveBodies(1, 0s);
    EXPECT_THAT(ReceiveBodies(1), IsEmpty());
  };
  give_up("a1");
  EXPECT_THAT(Bodies(hub.Receive(kDeadFifo, 10, 0s)), ElementsAre("a1"));
  hub.Succeeds(Send{kDeadFifo, {{.body = "a2", .attributes = {}, .group = "a", .deduplication = {}}}});
  give_up("a3");
  EXPECT_EQ(hub.Counts(kDeadFifo), "1/0/2");
  hub.Advance(10s);
  EXPECT_THAT(Bodies(hub.Receive(kDeadFifo)), ElementsAre("a1", "a2", "a3"));
}

// rule: aws 73 receives and the first of them are known through restarts, also in the dead-letter queue
TEST_F(FifoTest, ReceivesAndTheFirstOfThemAreRemembered) {
  hub.Create(kDeadFifo, FifoByContent());
  hub.Create(kFifo,
             Fifo({{"ContentBasedDeduplication", "true"},
                   {"RedrivePolicy",
                    R"({"deadLetterTargetArn":"arn:aws:sqs:us-east-1:111111111111:dead.fifo","maxReceiveCount":2})"}}));
  SendTo("a", "a1");
  hub.Advance(3s);
  const Instant first = hub.clock().wall;
  const std::string queues[] = {kFifo, kFifo, kDeadFifo, kDeadFifo};
  for (std::uint32_t i = 0; i < 4; ++i) {
    const ReceiveReply received = hub.Receive(queues[i]);
    ASSERT_EQ(received.deliveries.size(), 1u) << i;
    EXPECT_EQ(received.deliveries[0].receive_count, i + 1);
    EXPECT_EQ(received.deliveries[0].first_received, first);
    hub.Restart();
    hub.Advance(30s);
    if (i == 1) {
      EXPECT_THAT(ReceiveBodies(), IsEmpty());  // Given up.
      hub.Restart();
    }
  }
}

// rule: aws 70 with too many in flight a FIFO queue hands out nothing, without an error
TEST_F(FifoTest, BeyondTheInFlightCapThereIsNothing) {
  hub.Create(kFifo, Fifo());
  for (std::size_t i = 0; i <= kInFlightMax / 1000; ++i) {
    Send send{.queue = kFifo, .entries = {}};
    Strings ids;
    for (std::size_t j = 0; j < 1000; ++j) ids.push_back(std::to_string(i * 1000 + j));
    for (const std::string& id : ids) {
      send.entries.push_back({.body = "x", .attributes = {}, .group = id, .deduplication = id});
    }
    hub.Succeeds(std::move(send));
  }
  ReceiveReply last;
  for (std::size_t i = 0; i < kInFlightMax / 1000; ++i) {
    last = hub.Receive(kFifo, 1000, 1h);
    ASSERT_EQ(last.deliveries.size(), 1000u) << i;
  }
  EXPECT_EQ(hub.Counts(kFifo), "1000/120000/0");
  EXPECT_THAT(ReceiveBodies(), IsEmpty());
  last.deliveries.resize(1);
  hub.Delete(last, kFifo);
  EXPECT_EQ(ReceiveBodies().size(), 1u);
}

// rule: aws 74 what is handed out of a group is all there is, though some of it must be read from the disk first
// rule: aws 77 after their time all come again, in order
TEST_F(FifoTest, AReceiveWaitsForWhatMustBeRead) {
  hub.Create(kFifo, FifoByContent());
  for (const char* body : {"m0", "m1", "m2"}) SendTo("g", body);
  SendTo("h", "h0");
  const ReceiveReply first = hub.Receive(kFifo, 3, 30s);
  ASSERT_THAT(Bodies(first), ElementsAre("m0", "m1", "m2"));
  hub.Hide(first.deliveries[0], 0s, kFifo);
  EXPECT_THAT(ReceiveBodies(10, 30s), testing::UnorderedElementsAre("m0", "h0"));
  hub.Advance(31s);
  EXPECT_THAT(ReceiveBodies(10, 30s), testing::UnorderedElementsAre("m0", "m1", "m2", "h0"));
}

// rule: aws 63 a long poll wakes when a group is unlocked
TEST_F(FifoTest, ALongPollWakesWhenItsGroupIsUnlocked) {
  hub.Create(kFifo, FifoByContent());
  SendTo("a", "a1");
  SendTo("a", "a2");
  const ReceiveReply first = hub.Receive(kFifo, 1);
  const std::uint64_t poll = hub.Poll(kFifo);
  EXPECT_FALSE(hub.TakePoll(poll));
  hub.Delete(first, kFifo);
  const auto answer = hub.TakePoll(poll);
  ASSERT_TRUE(answer);
  EXPECT_THAT(*answer, ElementsAre("a2"));
}

// rule: aws 113 a FIFO queue is not subscribed to a standard topic
TEST_F(FifoTest, AStandardTopicTakesNoFifoQueue) {
  hub.Create(kFifo, FifoByContent());
  hub.Succeeds(CreateTopic{kTopic, {}});
  EXPECT_THAT(hub.Refusal(Subscribe{kTopic, kFifo, {}}).message, HasSubstr("standard topic"));
}

class FifoTopicTest : public FifoTest {
 protected:
  FifoTopicTest() {
    hub.Succeeds(CreateTopic{kFifoTopic, {{"FifoTopic", "true"}, {"ContentBasedDeduplication", "true"}}});
    for (const std::string& queue : queues) {
      Attributes attributes = AdmitTopics();
      if (queue.ends_with(".fifo")) attributes["FifoQueue"] = "true";
      hub.Create(queue, std::move(attributes));
      hub.Succeeds(core::Subscribe{kFifoTopic, queue, {{"RawMessageDelivery", "true"}}});
    }
  }
  SendReply Publish(const std::string& group, const std::string& body, const std::string& id = "") {
    core::Publish publish{.topic = kFifoTopic, .entries = {}};
    publish.entries.push_back(
        {.message = {.body = body, .attributes = {}, .group = group, .deduplication = id}, .subject = {}});
    auto reply = hub.Ask(nullptr, std::move(publish));
    EXPECT_TRUE(reply) << reply.error().message;
    return reply ? std::get<SendReply>(*reply) : SendReply{};
  }

  static constexpr char kFifoTopic[] = "111111111111/events.fifo";
  const Strings queues = {"111111111111/a.fifo", "111111111111/b.fifo", "111111111111/c"};
};

// rule: aws 135 the order of a group is the same in every subscribed FIFO queue
// rule: aws 113 a FIFO topic also delivers to standard queues
TEST_F(FifoTopicTest, EveryQueueGetsEachGroupInTheOrderOfPublishing) {
  for (int i = 0; i < 600; ++i) Publish(i % 3 == 0 ? "x" : "y", std::to_string(i));
  hub.Restart();
  for (const std::string& queue : queues) {
    SCOPED_TRACE(queue);
    std::map<std::string, int> last;
    std::size_t count = 0;
    for (;;) {
      const ReceiveReply received = hub.Receive(queue, 100);
      if (received.deliveries.empty()) break;
      for (const Delivery& delivery : received.deliveries) {
        ++count;
        if (!queue.ends_with(".fifo")) continue;  // Which knows of no groups.
        const int number = std::stoi(std::string(delivery.body));
        int& before = last.emplace(std::string(delivery.group), -1).first->second;
        EXPECT_LT(before, number);
        before = number;
      }
      hub.Delete(received, queue);
    }
    EXPECT_EQ(count, 600u);
  }
}

// rule: aws 134 a topic knows a message again before it delivers, also after a crash
// rule: aws 124 a message to a FIFO topic has a group
TEST_F(FifoTopicTest, PublishedAgainAddsNothing) {
  const SendReply first = Publish("g", "a");
  hub.Restart();
  const SendReply again = Publish("g", "a");
  EXPECT_EQ(again.ids, first.ids);
  EXPECT_EQ(again.sequences, first.sequences);
  EXPECT_EQ(hub.Counts(queues[0]), "1/0/0");
  EXPECT_EQ(hub.Counts(queues[2]), "1/0/0");
  const SendReply ungrouped = Publish("", "b");
  ASSERT_EQ(ungrouped.failures.size(), 1u);
  EXPECT_THAT(ungrouped.failures[0].error.message, HasSubstr("MessageGroupId"));
  hub.Advance(kDeduplicationWindow);
  EXPECT_GT(Publish("g", "a").sequences[0], first.sequences[0]);
  EXPECT_EQ(hub.Counts(queues[0]), "2/0/0");
}

// rule: aws 134 a FIFO queue gets the group and the deduplication id, made of the body, and counts by itself
// rule: aws 124 an id of the publisher's own goes along
TEST_F(FifoTopicTest, AQueueGetsGroupAndDeduplicationIdAndCountsByItself) {
  core::Send send{.queue = queues[0], .entries = {}};
  send.entries.push_back({.body = "sent", .attributes = {}, .group = "g", .deduplication = "s"});
  hub.Succeeds(std::move(send));
  const SendReply hashed = Publish("g", "a1");
  const SendReply named = Publish("g", "a1", "id-1");
  const ReceiveReply first = hub.Receive(queues[0]);
  const ReceiveReply second = hub.Receive(queues[1]);
  ASSERT_THAT(Bodies(first), ElementsAre("sent", "a1", "a1"));
  ASSERT_THAT(Bodies(second), ElementsAre("a1", "a1"));
  const std::string ids[] = {"f55ff16f66f43360266b95db6f8fec01d76031054306ae4a4b380598f6cfd114", "id-1"};
  for (std::size_t i = 0; i < 2; ++i) {
    for (const Delivery& delivery : {first.deliveries[i + 1], second.deliveries[i]}) {
      EXPECT_EQ(delivery.group, "g");
      EXPECT_EQ(delivery.deduplication, ids[i]);
      EXPECT_NE(delivery.id, (i == 0 ? hashed : named).ids[0]);
    }
    EXPECT_LT(first.deliveries[i].sequence, first.deliveries[i + 1].sequence);
    EXPECT_NE(first.deliveries[i + 1].sequence, second.deliveries[i].sequence);
  }
}

// rule: aws 79 what a topic delivers and what is sent are told apart by the same window, also after a crash
TEST_F(FifoTopicTest, AQueueKnowsAgainWhatCameAnotherWay) {
  const auto send = [&](const std::string& queue, const std::string& body, const std::string& id = "") {
    core::Send command{.queue = queue, .entries = {}};
    command.entries.push_back({.body = body, .attributes = {}, .group = "g", .deduplication = id});
    return hub.Expect<SendReply>(std::move(command));
  };
  const SendReply sent = send(queues[0], "a", "id-1");
  Publish("g", "b", "id-1");  // queues[0] has it.
  Publish("g", "c", "id-2");
  const SendReply again = send(queues[0], "d", "id-2");
  const ReceiveReply first = hub.Receive(queues[0]);
  ASSERT_THAT(Bodies(first), ElementsAre("a", "c"));
  ASSERT_THAT(Bodies(hub.Receive(queues[1])), ElementsAre("b", "c"));
  EXPECT_EQ(first.deliveries[0].id, sent.ids[0]);
  EXPECT_EQ(first.deliveries[1].id, again.ids[0]);
  EXPECT_EQ(first.deliveries[1].sequence, again.sequences[0]);
  hub.Restart();
  EXPECT_EQ(send(queues[0], "e", "id-2").ids, again.ids);
  EXPECT_EQ(send(queues[1], "e", "id-2").ids.size(), 1u);
  EXPECT_EQ(hub.Counts(queues[0]), "0/2/0");
  EXPECT_EQ(hub.Counts(queues[1]), "0/2/0");
  hub.Advance(kDeduplicationWindow);
  send(queues[1], "f", "id-2");
  EXPECT_EQ(hub.Counts(queues[1]), "3/0/0");
}

// A message that no subscription wants is known again too, and has its place in the order.
TEST_F(FifoTopicTest, WhatReachesNobodyIsKnownAgain) {
  for (const std::string& queue : queues) hub.Succeeds(Unsubscribe{kFifoTopic, queue});
  const SendReply first = Publish("g", "a");
  const SendReply second = Publish("g", "b");
  EXPECT_LT(first.sequences[0], second.sequences[0]);
  EXPECT_EQ(Publish("g", "a").ids, first.ids);
  hub.Restart();
  EXPECT_EQ(Publish("g", "b").ids, second.ids);
  EXPECT_GT(Publish("g", "c").sequences[0], second.sequences[0]);
}

// rule: aws 151 the scope of a FIFO topic is the topic or the message group
TEST_F(FifoTopicTest, TheScopeMayBeTheGroup) {
  hub.Succeeds(SetTopicAttributes{kFifoTopic, {{"FifoThroughputScope", "MessageGroup"}}});
  hub.SetAttributes(queues[1], {{"DeduplicationScope", "messageGroup"}});
  Publish("g", "a", "1");
  Publish("h", "b", "1");
  Publish("h", "c", "1");
  EXPECT_EQ(hub.Counts(queues[1]), "2/0/0");
  EXPECT_EQ(hub.Counts(queues[2]), "2/0/0");
  EXPECT_EQ(hub.Counts(queues[0]), "1/0/0");  // Whose own scope is the queue.
}

// rule: aws 59 large numbers that grow, of which text sorts as they do
TEST(FifoSequenceTest, IsTwentyDigitsBeyondSixtyFourBits) {
  EXPECT_EQ(FormatSequence(0), "18446744073709551616");
  EXPECT_EQ(FormatSequence(1), "18446744073709551872");
  std::string before;
  for (const std::uint64_t sequence :
       {0UL, 1UL, 24'572'063UL, 24'572'064UL, 24'572'065UL, 1UL << 32, (1UL << 40) + 7, 1UL << 55}) {
    const std::string text = FormatSequence(sequence);
    EXPECT_EQ(text.size(), 20u) << sequence;
    EXPECT_GT(text, before) << sequence;
    before = text;
  }
  EXPECT_EQ(FormatSequence(24'572'063), "18446744079999999744");
  EXPECT_EQ(FormatSequence(24'572'064), "18446744080000000000");
}

// rule: aws 126 the envelope of a FIFO topic has the sequence number and no signature
TEST_F(FifoTopicTest, TheEnvelopeTellsTheSequence) {
  hub.Succeeds(SetSubscriptionAttributes{kFifoTopic, queues[0], {{"RawMessageDelivery", "false"}}});
  const SendReply sent = Publish("g", "a");
  const Strings bodies = Bodies(hub.Receive(queues[0]));
  ASSERT_EQ(bodies.size(), 1u);
  EXPECT_THAT(bodies[0], HasSubstr(R"("SequenceNumber":")" + FormatSequence(sent.sequences[0]) + '"'));
  EXPECT_THAT(bodies[0], testing::Not(HasSubstr("Signature")));
}

// rule: aws 107 the name of a FIFO topic ends in .fifo
TEST_F(FifoTopicTest, TheNameAndTheKindAgree) {
  EXPECT_THAT(hub.Refusal(CreateTopic{"111111111111/x.fifo", {}}).message, HasSubstr("set FifoTopic to true"));
  EXPECT_THAT(hub.Refusal(CreateTopic{"111111111111/x", {{"FifoTopic", "true"}}}).message, HasSubstr(".fifo"));
  EXPECT_THAT(hub.Refusal(CreateTopic{"111111111111/x", {{"ContentBasedDeduplication", "true"}}}).message,
              HasSubstr("FIFO queues and topics only"));
}

TEST_F(FifoTopicTest, AcceptedIdsAreForgottenAlsoWhenNothingIsPublished) {
  Publish("g", "a");
  hub.Succeeds(DeleteTopic{kFifoTopic});
  hub.Succeeds(CreateTopic{kFifoTopic, {{"FifoTopic", "true"}, {"ContentBasedDeduplication", "true"}}});
  EXPECT_EQ(Publish("g", "a").failures.size(), 0u);
  hub.Advance(kDeduplicationWindow + 1min);
  std::size_t left = 0;
  (void)hub.store().Scan(Key(KeyKind::kDeduplication, 0), KindEnd(KeyKind::kDeduplication), [&](auto, auto) {
    ++left;
    return true;
  });
  EXPECT_EQ(left, 0u);
}

TEST_F(FifoTest, OrderAndLocksSurviveARestart) {
  hub.Create(kFifo, FifoByContent());
  for (const char* body : {"a1", "a2"}) SendTo("a", body);
  SendTo("b", "b1");
  EXPECT_THAT(ReceiveBodies(1), ElementsAre("a1"));
  hub.Restart();
  SendTo("a", "a3");
  EXPECT_THAT(ReceiveBodies(), ElementsAre("b1"));
  hub.Advance(30s);
  EXPECT_THAT(ReceiveBodies(), ElementsAre("a1", "a2", "a3", "b1"));
}

// What was accepted is written beside its messages, in strokes deleted, and gone with the queue.
TEST(FifoStoreTest, AcceptedIdsComeAndGoWithTheirMessages) {
  Steps steps;
  steps.Do(CreateQueue{kFifo, FifoByContent()});
  core::Send send{.queue = kFifo, .entries = {}};
  for (const char* body : {"x", "y"}) send.entries.push_back({.body = body, .attributes = {}, .group = "g"});
  steps.Do(send);
  EXPECT_EQ(Puts(steps.End(), KeyKind::kDeduplication), 1u);
  steps.Do(send);
  EXPECT_EQ(Puts(steps.End(), KeyKind::kDeduplication), 0u);
  const auto stored = [&] {
    std::size_t count = 0;
    (void)steps.store.Scan(Key(KeyKind::kDeduplication, 0), KindEnd(KeyKind::kDeduplication), [&](auto, auto) {
      ++count;
      return true;
    });
    return count;
  };
  EXPECT_EQ(stored(), 1u);
  steps.now += kDeduplicationWindow + 31s;
  EXPECT_LE(steps.core->NextDue(), steps.now);  // It is forgotten though nothing is sent.
  steps.Settle();
  EXPECT_EQ(stored(), 0u);
  steps.Do(send);
  steps.End();
  EXPECT_EQ(stored(), 1u);
  steps.Do(DeleteQueue{kFifo});
  steps.Settle();
  EXPECT_EQ(stored(), 0u);
}

// What topics deliver in a turn has no sequence yet when the same comes again. Dead letters of other subscriptions lie
// between, and are no duplicates.
TEST(FifoTurnTest, AQueueKnowsAgainWhatTopicsDeliveredInTheSameTurn) {
  constexpr char kIn[] = "111111111111/in.fifo";
  constexpr char kClosed[] = "111111111111/closed.fifo";
  constexpr char kFirst[] = "111111111111/first.fifo";
  constexpr char kSecond[] = "111111111111/second.fifo";
  Steps steps;
  Attributes open = AdmitTopics();
  open["FifoQueue"] = "true";
  steps.Do(CreateQueue{kIn, open});
  steps.Do(CreateQueue{kClosed, Fifo()});
  for (const char* topic : {kFirst, kSecond}) {
    steps.Do(CreateTopic{topic, {{"FifoTopic", "true"}}});
    steps.Do(Subscribe{topic, kIn, {{"RawMessageDelivery", "true"}}});
  }
  steps.Do(Subscribe{kFirst,
                     kClosed,
                     {{"RawMessageDelivery", "true"},
                      {"RedrivePolicy", R"({"deadLetterTargetArn":"arn:aws:sqs:us-east-1:111111111111:in.fifo"})"}}});
  steps.End();

  const auto publish = [&](const char* topic, const std::string& body, const std::string& id) {
    Publish command{.topic = topic, .entries = {}};
    command.entries.push_back(
        {.message = {.body = body, .attributes = {}, .group = "g", .deduplication = id}, .subject = {}});
    steps.Do(std::move(command));
  };
  const auto send = [&](const std::string& id) {
    Send command{.queue = kIn, .entries = {}};
    command.entries.push_back({.body = "sent", .attributes = {}, .group = "g", .deduplication = id});
    return steps.Do(std::move(command));
  };
  publish(kFirst, "a0", "id-0");
  publish(kFirst, "a1", "id-1");
  const auto like_1 = send("id-1");
  publish(kSecond, "b1", "id-1");
  publish(kSecond, "b2", "id-2");
  publish(kFirst, "a2", "id-2");
  const auto like_2 = send("id-2");
  steps.End();

  const auto receive = steps.Do(Receive{.queue = kIn, .visibility = {}, .wait = 0s});
  steps.End();
  const ReceiveReply received = steps.ReplyTo<ReceiveReply>(receive);
  ASSERT_THAT(Bodies(received), ElementsAre("a0", "a1", "a0", "a1", "b2", "a2"));
  EXPECT_EQ(steps.ReplyTo<SendReply>(like_1).ids[0], received.deliveries[1].id);
  EXPECT_EQ(steps.ReplyTo<SendReply>(like_1).sequences[0], received.deliveries[1].sequence);
  EXPECT_EQ(steps.ReplyTo<SendReply>(like_2).ids[0], received.deliveries[4].id);
}

}  // namespace
}  // namespace hub::core
