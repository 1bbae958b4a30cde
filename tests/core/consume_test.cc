// Push consumers: credit, acknowledgement, turns, and what happens when one is gone.
#include <functional>

#include "tests/core/support.h"

namespace hub::core {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

constexpr char kFifo[] = "111111111111/orders.fifo";

class ConsumeTest : public testing::Test {
 protected:
  ConsumeTest() {
    hub.Create(kQueue);
    hub.Create(kFifo, {{"FifoQueue", "true"}, {"ContentBasedDeduplication", "true"}});
  }

  // Opens a push consumer of the session `hub.session`; its number.
  std::uint64_t Open(std::size_t credit, std::optional<Duration> visibility = {}, const std::string& queue = kQueue) {
    const auto consumer = hub.Post(hub.as, Consume{queue, credit, visibility});
    const auto opened = hub.TakeAnswer(consumer);
    EXPECT_TRUE(opened && *opened) << "not open";
    if (opened && *opened) {
      EXPECT_THAT(std::get<ReceiveReply>(**opened).deliveries, IsEmpty());
    }
    return consumer;
  }

  // What has been pushed since the last call, also kept in `held`.
  Strings Pushed(std::uint64_t consumer) {
    Strings bodies;
    while (auto answer = hub.TakeAnswer(consumer)) {
      EXPECT_TRUE(*answer) << answer->error().message;
      if (!*answer) break;
      auto& reply = std::get<ReceiveReply>(**answer);
      for (const std::string& body : Bodies(reply)) bodies.push_back(body);
      held.deliveries.insert(held.deliveries.end(), reply.deliveries.begin(), reply.deliveries.end());
      held.blocks.insert(held.blocks.end(), reply.blocks.begin(), reply.blocks.end());
    }
    return bodies;
  }

  // How many answers there are, heartbeats included.
  std::size_t CountAnswers(std::uint64_t consumer) {
    std::size_t count = 0;
    while (hub.TakeAnswer(consumer)) ++count;
    return count;
  }

  Error EndOf(std::uint64_t consumer) {
    auto answer = hub.TakeAnswer(consumer);
    EXPECT_TRUE(answer && !*answer) << "it goes on";
    return answer && !*answer ? answer->error() : Error{};
  }

  void Acknowledge(std::size_t count, const std::string& queue = kQueue) {
    ReceiveReply first;
    first.deliveries.assign(held.deliveries.begin(), held.deliveries.begin() + static_cast<std::ptrdiff_t>(count));
    EXPECT_THAT(hub.Delete(first, queue).failures, IsEmpty());
    held.deliveries.erase(held.deliveries.begin(), held.deliveries.begin() + static_cast<std::ptrdiff_t>(count));
  }

  void SendTo(const std::string& group, const std::string& body) {
    hub.Succeeds(Send{kFifo, {{.body = body, .attributes = {}, .group = group, .deduplication = {}}}});
  }

  Talk hub;
  ReceiveReply held;
  std::uint64_t under_test = 0;  // In a table.
};

// --- Credit ---------------------------------------------------------------------------------------------------------

TEST_F(ConsumeTest, MessagesComeAsTheyAreSentWhileThereIsCredit) {
  hub.Send({"a"});
  const auto consumer = Open(3);
  EXPECT_EQ(Pushed(consumer), Strings{"a"});
  hub.Send({"b", "c", "d", "e"});
  EXPECT_THAT(Pushed(consumer), ElementsAre("b", "c"));
  EXPECT_EQ(hub.Counts(), "2/3/0");
}

// What takes a message out of flight gives its credit back.
TEST_F(ConsumeTest, EveryEndOfAFlightGivesCreditBack) {
  const struct {
    const char* why;
    std::function<void()> end;
    Strings then;
  } cases[] = {
      {"deletion", [this] { Acknowledge(1); }, {"b"}},
      {"release", [this] { hub.Hide(held.deliveries[0], 0s); }, {"a"}},
      {"end of visibility", [this] { hub.Advance(30s); }, {"a"}},
      {"end of an extended visibility",
       [this] {
         hub.Hide(held.deliveries[0], 60s);
         hub.Advance(59s);
         EXPECT_THAT(hub.Receive().deliveries, SizeIs(1)) << "\"b\" for somebody else";
         hub.Advance(1s);
       },
       {"a"}},
      {"end of a shortened visibility",
       [this] {
         hub.Hide(held.deliveries[0], 2s);
         hub.Advance(2s);
       },
       {"a"}},
      {"purge",
       [this] {
         hub.Succeeds(Purge{kQueue});
         hub.Send({"c"});
       },
       {"c"}},
      {"retention",
       [this] {
         hub.SetAttributes(kQueue, {{"MessageRetentionPeriod", "60"}, {"VisibilityTimeout", "3600"}});
         hub.Succeeds(Purge{kQueue});
         hub.Send({"c"});
         Pushed(under_test);
         hub.Advance(60s);
         hub.Send({"d"});
       },
       {"d"}},
      {"retention before the end of an extended visibility",
       [this] {
         hub.SetAttributes(kQueue, {{"MessageRetentionPeriod", "60"}});
         hub.Succeeds(Purge{kQueue});
         hub.Send({"c"});
         Pushed(under_test);
         hub.Hide(held.deliveries.back(), 3600s);
         hub.Advance(60s);
         hub.Send({"d"});
       },
       {"d"}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    hub.SetAttributes(kQueue, {{"MessageRetentionPeriod", ""}, {"VisibilityTimeout", ""}});
    hub.Succeeds(Purge{kQueue});
    held = {};
    under_test = Open(1);
    hub.Send({"a", "b"});
    ASSERT_EQ(Pushed(under_test), Strings{"a"});
    c.end();
    EXPECT_EQ(Pushed(under_test), c.then);
    hub.Succeeds(Cancel{under_test});
  }
}

TEST_F(ConsumeTest, AcknowledgementsOfManyBringAsManyMore) {
  const auto consumer = Open(2);
  hub.Send({"a", "b", "c", "d", "e"});
  EXPECT_THAT(Pushed(consumer), ElementsAre("a", "b"));
  Acknowledge(2);
  EXPECT_THAT(Pushed(consumer), ElementsAre("c", "d"));
  Acknowledge(1);
  EXPECT_THAT(Pushed(consumer), ElementsAre("e"));
}

TEST_F(ConsumeTest, BodiesInFlightAreBoundedInBytes) {
  const auto consumer = Open(100);
  const std::string large(1024 * 1024, 'x');
  for (int i = 0; i < 6; ++i) hub.Send({large});
  EXPECT_THAT(Pushed(consumer), SizeIs(kPushedBytesMax / large.size()));
  Acknowledge(1);
  EXPECT_THAT(Pushed(consumer), SizeIs(1));
}

TEST_F(ConsumeTest, ItsOwnVisibilityHidesWhatItGetsAndZeroCountsAsTheLeast) {
  const auto consumer = Open(1, 5s);
  hub.Send({"a"});
  hub.Advance(5s - 1us);
  EXPECT_THAT(Pushed(consumer), ElementsAre("a"));
  hub.Advance(1us);
  EXPECT_THAT(Pushed(consumer), ElementsAre("a"));
  hub.Succeeds(Cancel{consumer});
  hub.Receive();

  hub.SetAttributes(kQueue, {{"VisibilityTimeout", "0"}});
  const auto other = Open(1);
  hub.Send({"b"});
  EXPECT_THAT(Pushed(other), ElementsAre("b"));
  hub.Advance(kPushVisibilityMin);
  EXPECT_THAT(Pushed(other), ElementsAre("b"));
}

// A backlog is on disk, and has to be read before it can be pushed.
TEST_F(ConsumeTest, ABacklogOnDiskIsPushedAsItIsRead) {
  Talk small(/*window_bytes_max=*/1);
  small.Create(kQueue);
  for (int i = 0; i < 5; ++i) small.Send({std::to_string(i)});
  small.Restart();
  const auto consumer = small.Post(nullptr, Consume{kQueue, 10, {}});
  Strings bodies;
  while (auto answer = small.TakeAnswer(consumer)) {
    for (const std::string& body : Bodies(std::get<ReceiveReply>(**answer))) bodies.push_back(body);
  }
  EXPECT_THAT(bodies, ElementsAre("0", "1", "2", "3", "4"));
}

TEST_F(ConsumeTest, ReceivedTooOftenItGoesToTheDeadLetterQueueAndToWhoConsumesThat) {
  hub.Create(kDead);
  hub.SetAttributes(kQueue, Redrive(1));
  const auto dead = Open(10, {}, kDead);
  const auto consumer = Open(10);
  hub.Send({"a"});
  EXPECT_THAT(Pushed(consumer), ElementsAre("a"));
  hub.Advance(30s);
  EXPECT_THAT(Pushed(consumer), IsEmpty());
  EXPECT_THAT(Pushed(dead), ElementsAre("a"));
}

TEST_F(ConsumeTest, PublishedMessagesArePushed) {
  hub.CreateSubscribed("111111111111/inbox");
  const auto consumer = Open(10, {}, "111111111111/inbox");
  hub.Publish({"a", "b"});
  EXPECT_THAT(Pushed(consumer), ElementsAre("a", "b"));
}

// --- Turns ----------------------------------------------------------------------------------------------------------

TEST_F(ConsumeTest, ConsumersShareEvenlyWhatComesAtOnce) {
  const auto first = Open(100);
  const auto second = Open(100);
  hub.Send({"a", "b", "c", "d"});
  EXPECT_THAT(Pushed(first), ElementsAre("a", "b"));
  EXPECT_THAT(Pushed(second), ElementsAre("c", "d"));
}

TEST_F(ConsumeTest, ConsumersAndLongPollsAreServedInTurn) {
  const auto first = Open(100);
  const auto poll = hub.Poll();
  const auto second = Open(100);
  hub.Send({"a"});
  EXPECT_THAT(Pushed(first), ElementsAre("a"));
  hub.Send({"b"});
  EXPECT_EQ(hub.TakePoll(poll), Strings{"b"});
  hub.Send({"c"});
  EXPECT_THAT(Pushed(second), ElementsAre("c"));
  hub.Send({"d"});
  EXPECT_THAT(Pushed(first), ElementsAre("d"));
  hub.Send({"e"});
  EXPECT_THAT(Pushed(second), ElementsAre("e"));
}

TEST_F(ConsumeTest, AReceiveDoesNotGetAheadOfAConsumerThatWaits) {
  Steps steps;
  steps.Do(CreateQueue{kQueue, {}});
  const auto consumer = steps.Do(Consume{kQueue, 1, {}});
  steps.End();
  steps.Send({"a", "b"});
  const auto receive = steps.Do(Receive{.queue = kQueue, .max = 1, .visibility = {}, .wait = 0s});
  steps.End();
  EXPECT_THAT(Bodies(steps.ReplyTo<ReceiveReply>(receive)), ElementsAre("b"));
  Strings pushed;
  for (const Answer& answer : steps.said) {
    if (answer.ticket.request != consumer) continue;
    for (const std::string& body : Bodies(std::get<ReceiveReply>(*answer.reply))) pushed.push_back(body);
  }
  EXPECT_THAT(pushed, ElementsAre("a"));
}

TEST_F(ConsumeTest, WithoutCreditItStandsInNobodysWay) {
  const auto full = Open(1);
  hub.Send({"a"});
  const auto other = Open(2);
  hub.Send({"b", "c"});
  EXPECT_THAT(Pushed(full), ElementsAre("a"));
  EXPECT_THAT(Pushed(other), ElementsAre("b", "c"));
}

// --- FIFO -----------------------------------------------------------------------------------------------------------

TEST_F(ConsumeTest, AGroupInFlightWithOneConsumerIsNotPushedToAnother) {
  const auto first = Open(1, {}, kFifo);
  SendTo("g", "1");
  SendTo("g", "2");
  const auto second = Open(10, {}, kFifo);
  EXPECT_THAT(Pushed(first), ElementsAre("1"));
  SendTo("h", "3");
  EXPECT_THAT(Pushed(second), ElementsAre("3"));
  held.deliveries.resize(1);
  Acknowledge(1, kFifo);
  EXPECT_THAT(Pushed(second), ElementsAre("2"));
}

TEST_F(ConsumeTest, AReleasedGroupComesAgainInOrder) {
  const auto first = Open(10, {}, kFifo);
  for (const char* body : {"1", "2", "3"}) SendTo("g", body);
  EXPECT_THAT(Pushed(first), ElementsAre("1"));  // The group waits for it.
  Acknowledge(1, kFifo);
  EXPECT_THAT(Pushed(first), ElementsAre("2", "3"));
  hub.session = 2;
  const auto second = Open(10, {}, kFifo);
  hub.EndSession(1);
  EXPECT_THAT(Pushed(second), ElementsAre("2", "3"));
}

TEST_F(ConsumeTest, AReceiveThatIsRepeatedAndLetsGoServesWhoWaits) {
  SendTo("a", "1");
  const auto receive = [&](Duration visibility) {
    Receive repeated{.queue = kFifo, .max = 10, .visibility = visibility, .wait = 0s, .attempt = "try"};
    auto reply = hub.Ask(nullptr, std::move(repeated));
    EXPECT_TRUE(reply);
    return reply ? std::get<ReceiveReply>(*std::move(reply)) : ReceiveReply();
  };
  EXPECT_THAT(Bodies(receive(30s)), ElementsAre("1"));
  const auto consumer = Open(1, {}, kFifo);
  EXPECT_THAT(Pushed(consumer), IsEmpty());
  EXPECT_THAT(Bodies(receive(0s)), ElementsAre("1"));
  EXPECT_THAT(Pushed(consumer), ElementsAre("1"));
}

// --- Ends -----------------------------------------------------------------------------------------------------------

TEST_F(ConsumeTest, WhatALostConsumerHeldIsVisibleAtOnceAndCountsAsReceived) {
  hub.Send({"a", "b"});
  const auto lost = Open(10);
  EXPECT_THAT(Pushed(lost), ElementsAre("a", "b"));
  Acknowledge(1);
  hub.session = 2;
  const auto other = Open(10);
  held = {};
  hub.EndSession(1);
  EXPECT_THAT(Pushed(other), ElementsAre("b"));
  EXPECT_EQ(held.deliveries[0].receive_count, 2u);
  hub.Send({"c"});
  EXPECT_THAT(Pushed(other), ElementsAre("c"));
  EXPECT_EQ(CountAnswers(lost), 0u);
}

TEST_F(ConsumeTest, ALossLeavesAloneWhatSomebodyElseHasByNow) {
  const auto lost = Open(1, 1s);
  hub.Send({"a"});
  EXPECT_THAT(Pushed(lost), ElementsAre("a"));
  hub.session = 2;
  const auto other = Open(1);
  hub.Advance(1s);
  EXPECT_THAT(Pushed(other), ElementsAre("a"));
  hub.EndSession(1);
  EXPECT_EQ(hub.Counts(), "0/1/0");
}

// Whoever hides it then has it, whether or not somebody has looked at the queue since.
TEST_F(ConsumeTest, ALossLeavesAloneWhatWasHiddenAnewAfterItsVisibility) {
  hub.Send({"a"});
  const auto consumer = Open(1);
  ASSERT_EQ(Pushed(consumer), Strings{"a"});
  hub.Advance(29s);
  hub.clock().steady += 1s;  // In one turn the visibility ends and the message is hidden anew.
  EXPECT_THAT(hub.Hide(held.deliveries[0], 60s).failures, IsEmpty());
  hub.EndSession(1);
  EXPECT_EQ(hub.Counts(), "0/1/0");
}

TEST_F(ConsumeTest, TheEndOfASessionEndsNoConsumerOfAnother) {
  const auto first = Open(1);
  hub.EndSession(2);
  hub.Send({"a"});
  EXPECT_THAT(Pushed(first), ElementsAre("a"));
}

TEST_F(ConsumeTest, CancelReleasesAndNothingMoreIsPushed) {
  hub.Send({"a", "b"});
  const auto consumer = Open(1);
  EXPECT_THAT(Pushed(consumer), ElementsAre("a"));
  hub.Succeeds(Cancel{consumer});
  EXPECT_THAT(Pushed(consumer), IsEmpty());
  hub.Send({"c"});
  EXPECT_THAT(Bodies(hub.Receive()), UnorderedElementsAre("a", "b", "c"));
  EXPECT_EQ(CountAnswers(consumer), 0u);
}

// The endpoint counts by it what a session waits for.
TEST_F(ConsumeTest, OnlyTheLastAnswerSaysThatNoMoreFollows) {
  Steps steps;
  steps.Do(CreateQueue{kQueue, {}});
  const auto consumer = steps.Do(Consume{kQueue, 1, {}});
  steps.Send({"a"});
  steps.End();
  steps.Do(Cancel{consumer});
  steps.End();
  std::vector<bool> more;
  for (const Answer& answer : steps.said) {
    if (answer.ticket.request == consumer) more.push_back(answer.more);
  }
  EXPECT_THAT(more, ElementsAre(true, true, false));
}

TEST_F(ConsumeTest, ADeletedQueueEndsItsConsumers) {
  const auto with_credit = Open(2);
  const auto without = Open(1);
  hub.Send({"a", "b"});
  Pushed(with_credit);
  Pushed(without);
  hub.Succeeds(DeleteQueue{kQueue});
  for (const auto consumer : {with_credit, without}) EXPECT_EQ(EndOf(consumer).code, Code::kQueueNotFound);
  hub.Create(kQueue);
  hub.Send({"c"});
  EXPECT_EQ(CountAnswers(with_credit), 0u);
}

TEST_F(ConsumeTest, AStoppingHubEndsConsumersAndLeavesThemWhatTheyHave) {
  Steps steps;
  steps.Do(CreateQueue{kQueue, {}});
  const auto with_credit = steps.Do(Consume{kQueue, 2, {}});
  const auto without = steps.Do(Consume{kQueue, 1, {}});
  steps.Send({"a", "b"});
  steps.End();
  steps.Stop();
  for (const auto consumer : {with_credit, without}) {
    bool ended = false;
    for (const Answer& answer : steps.said) {
      if (answer.ticket.request != consumer || answer.reply) continue;
      EXPECT_EQ(answer.reply.error().code, Code::kUnavailable);
      ended = true;
    }
    EXPECT_TRUE(ended);
  }
  steps.Restart();
  const auto describe = steps.Do(DescribeQueue{kQueue});
  steps.End();
  EXPECT_EQ(steps.ReplyTo<QueuesReply>(describe).queues.at(0).in_flight, 2u);
}

// --- Policies -------------------------------------------------------------------------------------------------------

constexpr char kYaml[] = R"(
accounts:
  shop:
    id: "111111111111"
    users:
      ann: {password: p, may: [{do: [receive, delete], on: queue/orders}]}
      bob: {password: p, may: [{do: send, on: queue/orders}]}
    queues: {orders: }
)";

TEST_F(ConsumeTest, ItNeedsThePermissionToReceive) {
  hub.Configure(kYaml);
  hub.as = hub.User("shop/bob");
  const Error error = hub.Refusal(Consume{kQueue, 1, {}});
  EXPECT_EQ(error.code, Code::kAccessDenied);
  EXPECT_THAT(error.message, HasSubstr("sqs:ReceiveMessage"));
}

TEST_F(ConsumeTest, ANewPolicyEndsItBeforeTheNextMessageAndReleasesWhatItHeld) {
  hub.Configure(kYaml);
  const CallerPtr ann = hub.User("shop/ann");
  hub.Send({"a"});
  hub.as = ann;
  const auto consumer = Open(10);
  EXPECT_THAT(Pushed(consumer), ElementsAre("a"));
  hub.as = nullptr;
  std::string yaml = kYaml;
  hub.Configure(yaml.replace(yaml.find("[receive, delete]"), 17, "[delete]"));
  hub.Send({"b"});
  EXPECT_EQ(EndOf(consumer).code, Code::kAccessDenied);
  EXPECT_THAT(Bodies(hub.Receive()), UnorderedElementsAre("a", "b"));
}

TEST_F(ConsumeTest, WithNothingToPushANewPolicyEndsItWithTheNextHeartbeat) {
  hub.Configure(kYaml);
  hub.as = hub.User("shop/ann");
  const auto consumer = Open(10);
  hub.as = nullptr;
  std::string yaml = kYaml;
  hub.Configure(yaml.replace(yaml.find("[receive, delete]"), 17, "[delete]"));
  hub.Advance(2 * kConsumerHeartbeat);
  EXPECT_EQ(EndOf(consumer).code, Code::kAccessDenied);
}

// --- Heartbeats -----------------------------------------------------------------------------------------------------

TEST_F(ConsumeTest, WhoeverHearsNothingHearsAHeartbeat) {
  const auto idle = Open(1);
  hub.Advance(kConsumerHeartbeat);
  hub.Advance(kConsumerHeartbeat);
  EXPECT_GE(CountAnswers(idle), 1u);
  for (int i = 0; i < 3; ++i) {
    hub.Advance(kConsumerHeartbeat - 1us);
    EXPECT_EQ(CountAnswers(idle), 0u);
    hub.Advance(1us);
    EXPECT_EQ(CountAnswers(idle), 1u);
  }
  hub.Send({"a"});
  hub.Advance(kConsumerHeartbeat);
  EXPECT_EQ(CountAnswers(idle), 1u) << "the message alone";
}

TEST_F(ConsumeTest, WithoutConsumersTheCoreSleeps) {
  Steps steps;
  steps.Do(CreateQueue{kQueue, {}});
  const auto consumer = steps.Do(Consume{kQueue, 1, {}});
  steps.Settle();
  EXPECT_EQ(steps.core->NextDue(), steps.now + kConsumerHeartbeat);
  steps.Do(Cancel{consumer});
  steps.Settle();
  EXPECT_EQ(steps.core->NextDue(), kNever);
}

// --- Refusals -------------------------------------------------------------------------------------------------------

TEST_F(ConsumeTest, WhatMakesNoSenseIsRefused) {
  const struct {
    const char* why;
    Operation operation;
    const char* message;
  } cases[] = {
      {"no credit", Consume{kQueue, 0, {}}, "1 to 10000 messages, not 0"},
      {"too much", Consume{kQueue, kCreditMax + 1, {}}, "1 to 10000 messages, not 10001"},
      {"hides nothing", Consume{kQueue, 1, kPushVisibilityMin - 1ms}, "from 1 second to 12 hours"},
      {"hides for too long", Consume{kQueue, 1, kVisibilityMax + 1s}, "from 1 second to 12 hours"},
      {"no such queue", Consume{"111111111111/nowhere", 1, {}}, "There is no queue"},
      {"no such consumer", Cancel{99}, "no push consumer with the request id 99"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    EXPECT_THAT(hub.Refusal(c.operation).message, HasSubstr(c.message));
  }
}

TEST_F(ConsumeTest, AnotherSessionsConsumerCannotBeCancelled) {
  const auto consumer = Open(1);
  hub.session = 2;
  EXPECT_EQ(hub.Refusal(Cancel{consumer}).code, Code::kInvalidArgument);
  hub.Send({"a"});
  EXPECT_THAT(Pushed(consumer), ElementsAre("a"));
}

TEST_F(ConsumeTest, ASessionHasSoManyAndAllTogetherSoMany) {
  for (std::size_t i = 0; i < kConsumersPerSessionMax; ++i) hub.Post(nullptr, Consume{kQueue, 1, {}});
  EXPECT_EQ(hub.Refusal(Consume{kQueue, 1, {}}).code, Code::kOverloaded);
  for (std::size_t i = kConsumersPerSessionMax; i < kConsumersMax; ++i) {
    if (i % kConsumersPerSessionMax == 0) ++hub.session;
    hub.Post(nullptr, Consume{kQueue, 1, {}});
  }
  ++hub.session;
  EXPECT_EQ(hub.Refusal(Consume{kQueue, 1, {}}).code, Code::kOverloaded);
  hub.EndSession(1);
  Open(1);
}

}  // namespace
}  // namespace hub::core
