// Delays: of one message in a standard queue, and of a FIFO queue as a whole.

#include "tests/core/support.h"

namespace hub::core {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kFifo[] = "111111111111/orders.fifo";

Message Delayed(std::string_view body, std::optional<Duration> delay) {
  Message message{.body = body, .attributes = {}};
  message.delay = delay;
  return message;
}

SendReply SendAll(Talk& hub, std::vector<Message> messages, const std::string& queue = kQueue) {
  auto reply = hub.Ask(nullptr, Send{queue, std::move(messages)});
  EXPECT_TRUE(reply) << reply.error().message;
  return reply ? std::get<SendReply>(*reply) : SendReply{};
}

// rule: aws 28 a message's delay is from 0 to 900 seconds
TEST(MessageDelayTest, ADelayOutOfRangeFailsItsEntryAlone) {
  Talk hub;
  hub.Create(kQueue);
  const SendReply reply = SendAll(hub, {Delayed("a", 900s), Delayed("b", 900s + 1us), Delayed("c", -1us)});
  const Error range{Code::kInvalidArgument, "A message may be delayed from 0 to 15 minutes.", "DelaySeconds"};
  ASSERT_EQ(reply.failures.size(), 2u);
  EXPECT_EQ(reply.failures[0].index, 1u);
  EXPECT_EQ(reply.failures[0].error, range);
  EXPECT_EQ(reply.failures[1].error, range);
  EXPECT_EQ(hub.Counts(), "0/0/1");
  hub.Advance(900s);
  EXPECT_THAT(Bodies(hub.Receive()), ElementsAre("a"));
}

// rule: aws 71 what is delayed is counted as such, then as visible
TEST(MessageDelayTest, EachMessageWaitsForAsLongAsItSays) {
  Talk hub;
  hub.Create(kQueue, {{"DelaySeconds", "20"}});
  SendAll(hub, {Delayed("own", 5s), Delayed("none", 0s), Delayed("queue", {}), Delayed("own again", 5s),
                Delayed("longer", 40s)});
  EXPECT_EQ(hub.Counts(), "1/0/4");
  EXPECT_THAT(Bodies(hub.Receive(kQueue, 10, 1h)), ElementsAre("none"));
  hub.Advance(5s);
  EXPECT_THAT(Bodies(hub.Receive(kQueue, 10, 1h)), ElementsAre("own", "own again"));
  hub.Advance(14s);
  EXPECT_THAT(Bodies(hub.Receive()), IsEmpty());
  hub.Advance(1s);
  EXPECT_THAT(Bodies(hub.Receive(kQueue, 10, 1h)), ElementsAre("queue"));
  hub.Advance(20s);
  EXPECT_THAT(Bodies(hub.Receive(kQueue, 10, 0s)), ElementsAre("longer"));
}

// The ids that a send answers with are those that are received, though chunks of one turn fall due at other times.
TEST(MessageDelayTest, MessagesKeepTheirIds) {
  Talk hub;
  hub.Create(kQueue);
  const SendReply sent = SendAll(hub, {Delayed("a", 5s), Delayed("b", 0s), Delayed("c", 3s)});
  const ReceiveReply b = hub.Receive();
  hub.Advance(3s);
  const ReceiveReply c = hub.Receive();
  hub.Advance(2s);
  const ReceiveReply a = hub.Receive();
  ASSERT_THAT((Strings{Bodies(a).at(0), Bodies(b).at(0), Bodies(c).at(0)}), ElementsAre("a", "b", "c"));
  EXPECT_EQ(a.deliveries[0].id, sent.ids[0]);
  EXPECT_EQ(b.deliveries[0].id, sent.ids[1]);
  EXPECT_EQ(c.deliveries[0].id, sent.ids[2]);
}

TEST(MessageDelayTest, ItHoldsThroughRestartsAndPowerCuts) {
  for (const bool power_loss : {false, true}) {
    SCOPED_TRACE(power_loss);
    Talk hub;
    hub.Create(kQueue);
    SendAll(hub, {Delayed("a", 30s), Delayed("b", 10s)});
    hub.Advance(9s);
    hub.Restart(power_loss);
    EXPECT_EQ(hub.Counts(), "0/0/2");
    hub.Advance(1s);
    EXPECT_THAT(Bodies(hub.Receive(kQueue, 10, 1h)), ElementsAre("b"));
    hub.Restart();
    hub.Advance(19s);
    EXPECT_THAT(Bodies(hub.Receive()), IsEmpty());
    hub.Advance(1s);
    EXPECT_THAT(Bodies(hub.Receive()), ElementsAre("a"));
  }
}

// rule: aws 63 the end of a delay wakes who waits
TEST(MessageDelayTest, WhoWaitsIsWokenWhenItIsDue) {
  Talk hub;
  hub.Create(kQueue);
  const auto poll = hub.Poll();
  SendAll(hub, {Delayed("a", 3s)});
  hub.Advance(2999ms);
  EXPECT_EQ(hub.TakePoll(poll), std::nullopt);
  hub.Advance(1ms);
  EXPECT_EQ(hub.TakePoll(poll), Strings{"a"});
}

// rule: aws 26 a purge takes what is delayed, too
TEST(MessageDelayTest, APurgeRemovesIt) {
  Talk hub;
  hub.Create(kQueue);
  SendAll(hub, {Delayed("a", 10s), Delayed("b", 0s)});
  hub.Succeeds(Purge{kQueue});
  SendAll(hub, {Delayed("after", 10s)});
  EXPECT_EQ(hub.Counts(), "0/0/1");
  hub.Restart();
  hub.Advance(10s);
  EXPECT_THAT(Bodies(hub.Receive()), ElementsAre("after"));
}

TEST(MessageDelayTest, RetentionCountsFromTheSending) {
  Talk hub;
  hub.Create(kQueue, {{"MessageRetentionPeriod", "60"}});
  SendAll(hub, {Delayed("kept", 50s), Delayed("never seen", 60s)});
  hub.Advance(50s);
  EXPECT_EQ(hub.Describe().oldest_age, 50s);
  EXPECT_THAT(Bodies(hub.Receive(kQueue, 10, 0s)), ElementsAre("kept"));
  hub.Advance(10s);
  EXPECT_THAT(Bodies(hub.Receive()), IsEmpty());
  EXPECT_EQ(hub.Counts(), "0/0/0");
  EXPECT_EQ(hub.Describe().expired, 2u);
}

// A message that is given up has been sent before: it does not wait once more.
TEST(MessageDelayTest, ADeadLetterIsNotDelayedAgain) {
  Talk hub;
  hub.Create(kDead, {{"DelaySeconds", "60"}});
  hub.Create(kQueue, Redrive(1));
  SendAll(hub, {Delayed("a", 5s)});
  hub.Advance(5s);
  hub.Receive(kQueue, 10, 0s);
  hub.Receive();
  EXPECT_THAT(Bodies(hub.Receive(kDead)), ElementsAre("a"));
}

// rule: aws 28 a change of a standard queue's delay does not reach back
TEST(MessageDelayTest, AChangeOfAStandardQueuesDelayIsForLaterMessages) {
  Talk hub;
  hub.Create(kQueue, {{"DelaySeconds", "60"}});
  SendAll(hub, {Delayed("a", {})});
  hub.SetAttributes(kQueue, {{"DelaySeconds", "1"}});
  hub.Restart();
  hub.Advance(59s);
  EXPECT_THAT(Bodies(hub.Receive()), IsEmpty());
  hub.Advance(1s);
  EXPECT_THAT(Bodies(hub.Receive()), ElementsAre("a"));
}

// Also when both happen in one turn.
TEST(MessageDelayTest, AMessageHasTheDelayThatTheQueueHadWhenItCame) {
  Steps steps;
  steps.Do(CreateQueue{kQueue, {}});
  steps.Send({"at once"});
  steps.Do(SetQueueAttributes{kQueue, {{"DelaySeconds", "60"}}});
  steps.Send({"later"});
  steps.Settle();
  const auto describe = steps.Do(DescribeQueue{kQueue});
  steps.End();
  const QueueDescription queue = steps.ReplyTo<QueuesReply>(describe).queues.at(0);
  EXPECT_EQ(queue.visible, 1u);
  EXPECT_EQ(queue.delayed, 1u);
}

TEST(MessageDelayTest, APublishedMessageHasNone) {
  Talk hub;
  hub.CreateSubscribed(kQueue);
  auto reply = hub.Ask(
      nullptr,
      Publish{kTopic, {{.message = Delayed("a", 0s), .subject = {}}, {.message = Delayed("b", {}), .subject = {}}}});
  ASSERT_TRUE(reply);
  const auto& failures = std::get<SendReply>(*reply).failures;
  ASSERT_EQ(failures.size(), 1u);
  EXPECT_EQ(failures[0].index, 0u);
  EXPECT_THAT(failures[0].error.message, HasSubstr("no delay of its own"));
  EXPECT_THAT(Bodies(hub.Receive()), ElementsAre("b"));
}

// --- FIFO -----------------------------------------------------------------------------------------------------------

class FifoDelayTest : public testing::Test {
 protected:
  explicit FifoDelayTest() {
    hub.Create(kFifo, {{"FifoQueue", "true"}, {"ContentBasedDeduplication", "true"}, {"DelaySeconds", "60"}});
  }
  void SendTo(const std::string& group, const std::string& body) {
    EXPECT_THAT(Try(group, body, {}).failures, IsEmpty());
  }
  SendReply Try(const std::string& group, const std::string& body, std::optional<Duration> delay) {
    Message message = Delayed(body, delay);
    message.group = group;
    return SendAll(hub, {message}, kFifo);
  }
  void SetDelay(const std::string& seconds) { hub.SetAttributes(kFifo, {{"DelaySeconds", seconds}}); }
  Strings ReceiveBodies() { return Bodies(hub.Receive(kFifo)); }

  Talk hub;
};

// rule: aws 50 a delay of its own is refused in a FIFO queue, 0 is accepted and the queue's own applies
TEST_F(FifoDelayTest, OnlyTheQueuesOwnDelayCounts) {
  const SendReply refused = Try("a", "a1", 2s);
  ASSERT_EQ(refused.failures.size(), 1u);
  EXPECT_EQ(refused.failures[0].error.code, Code::kInvalidArgument);
  EXPECT_THAT(refused.failures[0].error.message, HasSubstr("not valid for a message of a FIFO queue"));
  EXPECT_THAT(Try("a", "a2", 0s).failures, IsEmpty());
  EXPECT_EQ(hub.Counts(kFifo), "0/0/1");
  hub.Advance(60s);
  EXPECT_THAT(ReceiveBodies(), ElementsAre("a2"));
}

// rule: aws 28 a change of a FIFO queue's delay reaches back, either way
TEST_F(FifoDelayTest, AChangeHoldsForWhatIsThere) {
  SendTo("a", "a1");
  hub.Advance(10s);
  SetDelay("30");
  hub.Advance(19s);
  EXPECT_THAT(ReceiveBodies(), IsEmpty());
  SetDelay("90");
  hub.Advance(60s);  // 89 s after it was sent.
  EXPECT_THAT(ReceiveBodies(), IsEmpty());
  hub.Restart();
  EXPECT_EQ(hub.Counts(kFifo), "0/0/1");
  hub.Advance(1s);
  EXPECT_THAT(ReceiveBodies(), ElementsAre("a1"));
}

TEST_F(FifoDelayTest, WithoutADelayEverythingIsThereAtOnceAndInOrder) {
  for (int i = 0; i < 200; ++i) {
    SendTo("a", std::to_string(i));
    hub.Advance(1ms);
  }
  const auto poll = hub.Poll(kFifo, 300);
  SetDelay("0");
  SendTo("a", "last");
  Strings bodies = hub.TakePoll(poll).value_or(Strings{});
  ASSERT_GT(bodies.size(), 0u);
  EXPECT_EQ(bodies[0], "0");
  EXPECT_EQ(hub.Counts(kFifo), std::to_string(201 - bodies.size()) + "/" + std::to_string(bodies.size()) + "/0");
  hub.Advance(30s);
  Strings expected;
  for (int i = 0; i < 200; ++i) expected.push_back(std::to_string(i));
  expected.emplace_back("last");
  EXPECT_EQ(ReceiveBodies(), expected);
}

// rule: aws 85 nothing overtakes what is delayed, whatever becomes of the delay
TEST_F(FifoDelayTest, OrderHoldsThroughChanges) {
  SendTo("a", "a1");
  hub.Advance(10s);
  SetDelay("20");
  SendTo("a", "a2");
  SendTo("b", "b1");
  SetDelay("40");
  hub.Restart();
  hub.Advance(30s);  // 40 s after a1, 30 s after the others.
  EXPECT_THAT(ReceiveBodies(), ElementsAre("a1"));
  SetDelay("0");
  SendTo("b", "b2");
  EXPECT_THAT(ReceiveBodies(), ElementsAre("b1", "b2"));
  hub.Advance(30s);
  EXPECT_THAT(ReceiveBodies(), ElementsAre("a1", "a2", "b1", "b2"));
}

// What has not been written yet, too.
TEST_F(FifoDelayTest, AChangeInTheSameTurnHolds) {
  Steps steps;
  steps.Do(CreateQueue{kFifo, {{"FifoQueue", "true"}, {"DelaySeconds", "60"}}});
  const auto send = [&](const char* id) {
    steps.Do(Send{kFifo, {{.body = id, .attributes = {}, .group = "g", .deduplication = id}}});
  };
  send("a");
  steps.Settle();
  send("b");
  steps.Do(SetQueueAttributes{kFifo, {{"DelaySeconds", "0"}}});
  send("c");
  steps.Settle();
  const auto receive = steps.Do(Receive{.queue = kFifo, .visibility = {}, .wait = 0s});
  steps.Settle();
  EXPECT_THAT(Bodies(steps.ReplyTo<ReceiveReply>(receive)), ElementsAre("a", "b", "c"));
}

// What was sent while the others were being read was not among them: it is looked for when it is due itself, not when
// those were to be.
TEST_F(FifoDelayTest, WhatIsSentAfterADelayWasMadeShorterWaitsNoLongerThanThat) {
  Steps steps;
  steps.Do(CreateQueue{kFifo, {{"FifoQueue", "true"}, {"DelaySeconds", "60"}}});
  const auto send = [&](const char* id) {
    steps.Do(Send{kFifo, {{.body = id, .attributes = {}, .group = "g", .deduplication = id}}});
  };
  send("a");
  steps.Settle();
  steps.Do(SetQueueAttributes{kFifo, {{"DelaySeconds", "0"}}});
  steps.End();
  steps.ReadLoads();
  send("b");
  steps.End();
  steps.Settle();
  const auto receive = steps.Do(Receive{.queue = kFifo, .visibility = {}, .wait = 0s});
  steps.Settle();
  EXPECT_THAT(Bodies(steps.ReplyTo<ReceiveReply>(receive)), ElementsAre("a", "b"));
}

}  // namespace
}  // namespace hub::core
