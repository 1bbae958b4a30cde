#include <algorithm>
#include <deque>
#include <functional>

#include "tests/core/support.h"

namespace hub::core {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr char kOther[] = "111111111111/other";
constexpr char kDeadArn[] = "arn:aws:sqs:us-east-1:111111111111:dead";
constexpr char kOtherArn[] = "arn:aws:sqs:us-east-1:111111111111:other";

Strings Numbered(int from, int count) {
  Strings bodies;
  for (int i = from; i < from + count; ++i) bodies.push_back("m" + std::to_string(i));
  return bodies;
}

class MoveTaskTest : public testing::Test {
 protected:
  MoveTaskTest() {
    hub.Create(kDead);
    hub.Create(kQueue, Redrive(1));
  }

  // Has these messages given up by a queue, so that its dead-letter queue has them.
  void GiveUp(const Strings& bodies, const std::string& queue = kQueue) {
    hub.Send(bodies, queue);
    for (std::size_t left = bodies.size(); left > 0; left -= std::min(left, kReceiveMax)) {
      hub.Receive(queue, kReceiveMax, 0s);
      hub.Receive(queue, kReceiveMax, 0s);
    }
  }
  std::string Start(StartMoveTask start = {.source = kDead, .destination = ""}) {
    auto reply = hub.Ask(hub.as, std::move(start));
    EXPECT_TRUE(reply) << reply.error().message;
    return reply ? std::get<CreatedReply>(*reply).arn : "";
  }
  std::vector<MoveTaskDescription> List(const std::string& source = kDead) {
    auto reply = hub.Ask(hub.as, ListMoveTasks{source});
    EXPECT_TRUE(reply) << reply.error().message;
    return reply ? std::get<MoveTasksReply>(*reply).tasks : std::vector<MoveTaskDescription>{};
  }
  MoveTaskDescription Latest(const std::string& source = kDead) {
    const auto tasks = List(source);
    return tasks.empty() ? MoveTaskDescription{} : tasks.front();
  }
  // "STATUS moved/to move"
  std::string State(const std::string& source = kDead) {
    const MoveTaskDescription task = Latest(source);
    return std::string(NameOf(task.status)) + " " + std::to_string(task.moved) + "/" + std::to_string(task.to_move);
  }

  Talk hub;
};

// rule: aws 92 without a destination each message goes back to where it came from, and none is told
TEST_F(MoveTaskTest, WithoutADestinationEachMessageGoesBackToWhereItCameFrom) {
  hub.Create(kOther, Redrive(1));
  GiveUp({"a", "b"});
  GiveUp({"c"}, kOther);
  Start();
  EXPECT_EQ(State(), "COMPLETED 3/3");
  EXPECT_EQ(Latest().destination, "");
  EXPECT_EQ(hub.Counts(kDead), "0/0/0");
  EXPECT_THAT(Bodies(hub.Receive(kQueue)), ElementsAre("a", "b"));
  EXPECT_THAT(Bodies(hub.Receive(kOther)), ElementsAre("c"));
}

TEST_F(MoveTaskTest, WithADestinationAllMessagesGoThere) {
  hub.Create(kOther);
  GiveUp({"a"});
  hub.Send({"sent straight to it"}, kDead);
  Start({.source = kDead, .destination = kOther});
  EXPECT_EQ(State(), "COMPLETED 2/2");
  EXPECT_EQ(Latest().destination, kOtherArn);
  EXPECT_EQ(Latest().source, kDeadArn);
  EXPECT_THAT(Bodies(hub.Receive(kOther)), ElementsAre("a", "sent straight to it"));
}

TEST_F(MoveTaskTest, AMovedMessageIsANewOneWithWhatItsSenderSaid) {
  const std::vector<Attribute> attributes = {{"n", "Number", "7"}};
  hub.Succeeds(Send{kQueue, {{.body = "poison", .attributes = attributes, .group = "tenant-1"}}});
  hub.Receive(kQueue, 1, 0s);
  hub.Receive(kQueue, 1, 0s);
  const Delivery before = hub.Receive(kDead, 1, 0s).deliveries.at(0);
  hub.Advance(7s);
  Start();
  const ReceiveReply received = hub.Receive();
  ASSERT_EQ(received.deliveries.size(), 1u);
  const Delivery& after = received.deliveries[0];
  EXPECT_EQ(after.body, "poison");
  EXPECT_EQ(AttributesOf(after), attributes);
  EXPECT_EQ(after.group, "tenant-1");
  EXPECT_EQ(after.sender, "hub");
  EXPECT_NE(after.id, before.id);
  EXPECT_EQ(after.sent, before.sent + 7s);
  EXPECT_EQ(after.receive_count, 1u);
  EXPECT_EQ(after.first_received, after.sent);
  EXPECT_EQ(after.dead_letter_source, "");
}

TEST_F(MoveTaskTest, AMovedNotificationKeepsItsEnvelope) {
  Attributes attributes = AdmitTopics();
  attributes.merge(Redrive(1));
  hub.SetAttributes(kQueue, attributes);
  hub.Succeeds(CreateTopic{kTopic, {}});
  hub.Succeeds(Subscribe{kTopic, kQueue, {}});
  hub.Publish({"a"});
  const Strings before = Bodies(hub.Receive(kQueue, 1, 0s));
  hub.Receive();
  Start();
  const ReceiveReply after = hub.Receive();
  EXPECT_EQ(Bodies(after), before);
  EXPECT_EQ(after.deliveries.at(0).body, "a");
  EXPECT_EQ(after.deliveries.at(0).envelope_topic, "arn:aws:sns:us-east-1:111111111111:events");
}

// rule: aws 90 the source is the dead-letter queue of some queue; destinations that do not exist are told apart
// rule: aws 91 one task at a time for each source
TEST_F(MoveTaskTest, WhatCannotBeStarted) {
  hub.Create(kOther);
  hub.Create("111111111111/ordered.fifo", {{"FifoQueue", "true"}});
  hub.Create("222222222222/far");
  // clang-format off
  const struct {
    const char* why;
    StartMoveTask start;
    Code code;
    const char* message;
  } cases[] = {
      {"not a dead-letter queue", {.source = kOther, .destination = ""}, Code::kNotADeadLetterQueue, "Source queue must be configured as a Dead Letter Queue."},
      {"no such source",          {.source = "111111111111/none", .destination = ""}, Code::kQueueNotFound, "There is no queue arn:aws:sqs:us-east-1:111111111111:none."},
      {"no such destination",     {.source = kDead, .destination = "111111111111/none"}, Code::kQueueNotFound, "There is no queue arn:aws:sqs:us-east-1:111111111111:none."},
      {"to itself",               {.source = kDead, .destination = kDead}, Code::kInvalidArgument, "Messages of dead can be moved to another queue of the same kind and account only, not to arn:aws:sqs:us-east-1:111111111111:dead."},
      {"to another kind",         {.source = kDead, .destination = "111111111111/ordered.fifo"}, Code::kInvalidArgument, "Messages of dead can be moved to another queue of the same kind and account only, not to arn:aws:sqs:us-east-1:111111111111:ordered.fifo."},
      {"to another account",      {.source = kDead, .destination = "222222222222/far"}, Code::kInvalidArgument, "Messages of dead can be moved to another queue of the same kind and account only, not to arn:aws:sqs:us-east-1:222222222222:far."},
      {"too fast",                {.source = kDead, .destination = "", .rate = 501}, Code::kInvalidArgument, "A move task may be held to 1 to 500 messages a second."},
  };
  // clang-format on
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    const Error refusal = hub.Refusal(c.start);
    EXPECT_EQ(refusal.code, c.code);
    EXPECT_EQ(refusal.message, c.message);
  }
  EXPECT_THAT(List(), IsEmpty());
  GiveUp({"a", "b"});
  Start({.source = kDead, .destination = "", .rate = 1});
  EXPECT_EQ(hub.Refusal(StartMoveTask{.source = kDead, .destination = ""}).message,
            "There is already a task running. Only one active task is allowed for a source queue arn at a given time.");
}

// rule: aws 92 the rate is at most so many a second
TEST_F(MoveTaskTest, TheRateIsKeptAndAPauseIsNotMadeUpFor) {
  GiveUp(Numbered(0, 100));
  Start({.source = kDead, .destination = "", .rate = 20});
  EXPECT_EQ(State(), "RUNNING 2/100");
  EXPECT_EQ(Latest().rate, 20u);
  for (int step = 1; step < 10; ++step) {
    hub.Advance(99ms);
    EXPECT_EQ(Latest().moved, 2u * static_cast<unsigned>(step));
    hub.Advance(1ms);
    EXPECT_EQ(Latest().moved, 2u * static_cast<unsigned>(step) + 2);
  }
  hub.Advance(10s);
  EXPECT_EQ(State(), "RUNNING 22/100");
  for (int step = 0; step < 39; ++step) hub.Advance(100ms);
  EXPECT_EQ(State(), "COMPLETED 100/100");
  EXPECT_EQ(hub.Counts(), "100/0/0");
}

TEST_F(MoveTaskTest, ARateBelowTenIsOneMessageAtATime) {
  GiveUp({"a", "b", "c"});
  Start({.source = kDead, .destination = "", .rate = 3});
  for (const unsigned moved : {1u, 2u}) {
    EXPECT_EQ(Latest().moved, moved);
    hub.Advance(333ms);
    EXPECT_EQ(Latest().moved, moved);
    hub.Advance(1ms);
  }
  EXPECT_EQ(State(), "COMPLETED 3/3");
}

TEST_F(MoveTaskTest, WhatIsInFlightOrDelayedStaysAndWhatComesLaterToo) {
  hub.Create(kOther);
  hub.Send({"in flight", "available"}, kDead);
  hub.Receive(kDead, 1, 60s);
  hub.SetAttributes(kDead, {{"DelaySeconds", "5"}});
  hub.Send({"delayed"}, kDead);
  hub.SetAttributes(kDead, {{"DelaySeconds", ""}});
  hub.Send({"available, too"}, kDead);
  Start({.source = kDead, .destination = kOther, .rate = 1});
  hub.Send({"later"}, kDead);
  hub.Advance(1s);
  EXPECT_EQ(State(), "COMPLETED 2/2");
  EXPECT_THAT(Bodies(hub.Receive(kOther)), ElementsAre("available", "available, too"));
  hub.Advance(60s);
  EXPECT_THAT(Bodies(hub.Receive(kDead)), UnorderedElementsAre("in flight", "delayed", "later"));
}

// A queue that gives everything up again at once does not keep the task going.
TEST_F(MoveTaskTest, WhatFailsAgainIsNotMovedAgainByTheSameTask) {
  GiveUp({"a", "b"});
  Start({.source = kDead, .destination = "", .rate = 1});
  hub.Receive(kQueue, 1, 0s);
  hub.Receive(kQueue, 1, 0s);  // "a" is dead again.
  hub.Advance(1s);
  EXPECT_EQ(State(), "COMPLETED 2/2");
  EXPECT_THAT(Bodies(hub.Receive(kDead)), ElementsAre("a"));
}

// rule: aws 94 handles that are none, and tasks that are gone
TEST_F(MoveTaskTest, CancellingEndsATaskOnceAndAnswersHowFarItCame) {
  GiveUp({"a", "b", "c"});
  const std::string handle = Start({.source = kDead, .destination = "", .rate = 1});
  EXPECT_EQ(Latest().handle, handle);
  hub.Advance(1s);
  auto cancelled = hub.Ask(nullptr, CancelMoveTask{handle});
  ASSERT_TRUE(cancelled);
  const MoveTaskDescription task = std::get<MoveTasksReply>(*cancelled).tasks.at(0);
  EXPECT_EQ(task.moved, 2u);
  EXPECT_EQ(task.status, MoveStatus::kCancelled);
  hub.Advance(60s);
  EXPECT_EQ(State(), "CANCELLED 2/3");
  EXPECT_THAT(Bodies(hub.Receive(kDead)), ElementsAre("c"));
  EXPECT_EQ(hub.Refusal(CancelMoveTask{handle}).code, Code::kInvalidArgument);
  const Error invalid{Code::kTaskHandleInvalid, "Value for parameter TaskHandle is invalid.", "TaskHandle"};
  for (const char* bad : {"", "garbage", "#1", "arn:aws:sqs:us-east-1:111111111111:dead", "dead#1",
                          "arn:aws:sqs:us-east-1:111111111111:dead#", "arn:aws:sqs:us-east-1:111111111111:dead#1x"}) {
    SCOPED_TRACE(bad);
    EXPECT_EQ(hub.Refusal(CancelMoveTask{bad}), invalid);
  }
  const Error unknown{Code::kTaskNotFound, "Task does not exist."};
  EXPECT_EQ(hub.Refusal(CancelMoveTask{kDeadArn + std::string("#999")}), unknown);
  EXPECT_EQ(hub.Refusal(CancelMoveTask{"arn:aws:sqs:us-east-1:111111111111:none#1"}).code, Code::kQueueNotFound);
}

// rule: aws 93 the latest first, at most ten, the handle only while a task runs
TEST_F(MoveTaskTest, TheLatestTasksAreListedAndOlderOnesForgotten) {
  for (int i = 0; i < 12; ++i) {
    hub.Advance(1s);
    GiveUp({"a"});
    Start();
    hub.Receive();
  }
  hub.Restart();
  const auto tasks = List();
  ASSERT_EQ(tasks.size(), 10u);
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    EXPECT_EQ(tasks[i].handle, "");
    EXPECT_EQ(tasks[i].started, tasks[0].started - std::chrono::seconds(i));
  }
}

// rule: aws 93 a vanished destination makes the task fail
TEST_F(MoveTaskTest, ADestinationThatVanishesMakesTheTaskFail) {
  hub.Create(kOther);
  GiveUp({"a", "b"});
  Start({.source = kDead, .destination = kOther, .rate = 1});
  hub.Succeeds(DeleteQueue{kOther});
  hub.Create(kOther);  // Of the same name, but another.
  hub.Advance(1s);
  EXPECT_EQ(State(), "FAILED 1/2");
  EXPECT_EQ(Latest().failure, MoveFailure::kQueueGone);
  EXPECT_EQ(Latest().reason, "The queue arn:aws:sqs:us-east-1:111111111111:other was deleted.");
  EXPECT_EQ(Latest().handle, "");
  EXPECT_THAT(hub.LastLog(), HasSubstr("FAILED"));
  EXPECT_EQ(hub.Counts(kOther), "0/0/0");
  EXPECT_THAT(Bodies(hub.Receive(kDead)), ElementsAre("b"));
}

TEST_F(MoveTaskTest, AMessageThatCannotGoBackMakesTheTaskFailAndStays) {
  hub.Create(kOther, Redrive(1));
  const struct {
    const char* why;
    std::function<void()> arrange;
    MoveFailure failure;
    const char* reason;
  } cases[] = {
      {"sent straight to it", [&] { hub.Send({"stays"}, kDead); }, MoveFailure::kOriginUnknown,
       "A message was sent straight to this queue, so that there is none to go back to. Name a destination."},
      {"its queue sends its dead letters elsewhere by now",
       [&] {
         GiveUp({"stays"}, kOther);
         hub.SetAttributes(kOther, {{"RedrivePolicy", ""}});
       },
       MoveFailure::kOriginUnknown,
       "A message came from arn:aws:sqs:us-east-1:111111111111:other, whose dead-letter queue is another by now. Name "
       "a destination."},
      {"its queue is gone",
       [&] {
         hub.SetAttributes(kOther, Redrive(1));
         GiveUp({"stays"}, kOther);
         hub.Succeeds(DeleteQueue{kOther});
       },
       MoveFailure::kQueueGone,
       "A message came from arn:aws:sqs:us-east-1:111111111111:other, which was deleted. Name a destination."},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    GiveUp({"goes back"});
    c.arrange();
    GiveUp({"behind it"});
    Start();
    EXPECT_EQ(State(), "FAILED 1/3");
    EXPECT_EQ(Latest().failure, c.failure);
    EXPECT_EQ(Latest().reason, c.reason);
    EXPECT_THAT(Bodies(hub.Receive(kQueue)), ElementsAre("goes back"));
    EXPECT_THAT(Bodies(hub.Receive(kDead)), ElementsAre("stays", "behind it"));
    hub.Succeeds(Purge{kDead});
    hub.Succeeds(Purge{kQueue});
  }
}

TEST_F(MoveTaskTest, ATaskGoesOnAfterACrashAndMovesEachMessageOnce) {
  for (const bool power_loss : {false, true}) {
    SCOPED_TRACE(power_loss);
    GiveUp(Numbered(0, 9));
    Start({.source = kDead, .destination = "", .rate = 2});
    for (int i = 0; i < 3; ++i) {
      hub.Advance(500ms);
      hub.Restart(power_loss);
    }
    hub.Settle();
    const std::uint64_t moved = Latest().moved;
    EXPECT_GE(moved, 4u);
    EXPECT_EQ(hub.Counts(), std::to_string(moved) + "/0/0");
    EXPECT_EQ(hub.Counts(kDead), std::to_string(9 - moved) + "/0/0");
    EXPECT_FALSE(Latest().handle.empty());
    hub.Advance(60s);
    for (int i = 0; i < 9; ++i) hub.Advance(500ms);
    EXPECT_EQ(State(), "COMPLETED 9/9");
    EXPECT_EQ(Bodies(hub.Receive()), Numbered(0, 9));
    hub.Restart(power_loss);
    EXPECT_EQ(State(), "COMPLETED 9/9");
    hub.Succeeds(Purge{kQueue});
  }
}

TEST_F(MoveTaskTest, DeletingTheSourceEndsItsTasks) {
  GiveUp({"a", "b"});
  Start({.source = kDead, .destination = "", .rate = 1});
  hub.Succeeds(DeleteQueue{kDead});
  hub.Create(kDead);
  hub.Advance(10s);
  hub.Restart();
  EXPECT_THAT(List(), IsEmpty());
  EXPECT_EQ(hub.Counts(), "1/0/0");
}

TEST_F(MoveTaskTest, PurgingTheSourceCompletesTheTask) {
  GiveUp({"a", "b"});
  Start({.source = kDead, .destination = "", .rate = 1});
  hub.Succeeds(Purge{kDead});
  hub.Advance(1s);
  EXPECT_EQ(State(), "COMPLETED 1/2");
}

// rule: aws 63 a long poll wakes when a move task brings a message
TEST_F(MoveTaskTest, WhoeverWaitsAtTheDestinationIsServed) {
  GiveUp({"a"});
  const auto poll = hub.Poll();
  EXPECT_FALSE(hub.TakePoll(poll));
  Start();
  EXPECT_EQ(hub.TakePoll(poll), Strings{"a"});
}

TEST_F(MoveTaskTest, WithLittleSpaceLeftATaskRestsAndGoesOnByItself) {
  GiveUp({"a", "b", "c"});
  Start({.source = kDead, .destination = "", .rate = 1});
  hub.store().space_left = 0;
  hub.Advance(10s);
  EXPECT_EQ(State(), "RUNNING 1/3");
  EXPECT_EQ(hub.Refusal(StartMoveTask{.source = kDead, .destination = ""}).code, Code::kTaskRunning);
  hub.store().space_left = std::uint64_t{1} << 40;
  hub.Advance(1s);
  EXPECT_EQ(State(), "RUNNING 2/3");
  hub.Advance(1s);
  EXPECT_EQ(State(), "COMPLETED 3/3");
}

TEST_F(MoveTaskTest, ADelayOfTheDestinationHoldsForWhatIsMovedToIt) {
  GiveUp({"a"});
  hub.SetAttributes(kQueue, {{"DelaySeconds", "10"}});
  Start();
  EXPECT_EQ(hub.Counts(), "0/0/1");
  hub.Advance(10s);
  EXPECT_THAT(Bodies(hub.Receive()), ElementsAre("a"));
}

TEST_F(MoveTaskTest, TheSizeThatTheDestinationTakesDoesNotMatter) {
  GiveUp({std::string(5000, 'x')});
  hub.SetAttributes(kQueue, {{"MaximumMessageSize", "1024"}});
  Start();
  EXPECT_EQ(State(), "COMPLETED 1/1");
}

TEST_F(MoveTaskTest, SourcesOfADeadLetterQueueAreListed) {
  hub.Create(kOther, Redrive(3));
  auto reply = hub.Ask(nullptr, ListDeadLetterSources{kDead});
  ASSERT_TRUE(reply);
  EXPECT_THAT(std::get<ArnsReply>(*reply).arns, ElementsAre(kQueueArn, kOtherArn));
}

// --- Backlogs -------------------------------------------------------------------------------------------------------

// More than memory holds: most of it is read from the store while the task runs.
TEST(MoveTaskBacklogTest, ABacklogOnDiskIsMovedWholeAndInOrderAlsoAcrossRestarts) {
  for (const bool restarts : {false, true}) {
    SCOPED_TRACE(restarts);
    Talk hub(/*window_bytes_max=*/64 * 1024);
    hub.Create(kDead);
    hub.Create(kQueue, Redrive(1));
    hub.Create(kOther);
    Strings sent;
    for (int i = 0; i < 40; ++i) {
      const Strings bodies = [&] {
        Strings some = Numbered(i * 100, 100);
        for (std::string& body : some) body += std::string(100, '.');
        return some;
      }();
      hub.Send(bodies, kDead);
      sent.insert(sent.end(), bodies.begin(), bodies.end());
    }
    StartMoveTask start{.source = kDead, .destination = kOther};
    if (restarts) start.rate = kMoveRateMax;
    hub.Succeeds(start);
    for (int i = 0; restarts && i < 200; ++i) {
      hub.Advance(100ms);
      if (i % 10 == 0) hub.Restart(/*power_loss=*/i % 20 == 0);
    }
    EXPECT_EQ(hub.Counts(kDead), "0/0/0");
    EXPECT_EQ(hub.Counts(kOther), "4000/0/0");
    Strings received;
    for (int i = 0; i < 100 && received.size() < sent.size(); ++i) {
      const ReceiveReply some = hub.Receive(kOther);
      for (std::string& body : Bodies(some)) received.push_back(std::move(body));
      hub.Delete(some, kOther);
    }
    EXPECT_EQ(received, sent);
    auto tasks = hub.Ask(nullptr, ListMoveTasks{kDead});
    EXPECT_EQ(std::get<MoveTasksReply>(*tasks).tasks.at(0).moved, 4000u);
  }
}

TEST(MoveTaskBacklogTest, OneTurnMovesABoundedNumberOfMessages) {
  Steps steps;
  steps.Do(CreateQueue{kDead, {}});
  steps.Do(CreateQueue{kQueue, Redrive(1)});
  steps.Do(CreateQueue{kOther, {}});
  for (int i = 0; i < 4; ++i) {
    steps.Send(Numbered(0, 500), kDead);
    steps.End();
  }
  const auto started = steps.Do(StartMoveTask{.source = kDead, .destination = kOther});
  steps.End();
  steps.ReplyTo<CreatedReply>(started);
  for (const unsigned moved : {512u, 1024u, 1536u, 2000u}) {  // So far, before the turn itself goes on.
    EXPECT_EQ(steps.core->NextDue() <= steps.now, moved < 2000);
    const auto listed = steps.Do(ListMoveTasks{kDead});
    steps.End();
    EXPECT_EQ(steps.ReplyTo<MoveTasksReply>(listed).tasks.at(0).moved, moved);
  }
}

// --- FIFO -----------------------------------------------------------------------------------------------------------

class FifoMoveTaskTest : public testing::Test {
 protected:
  static constexpr char kOrdered[] = "111111111111/orders.fifo";
  static constexpr char kDeadOrdered[] = "111111111111/dead.fifo";

  FifoMoveTaskTest() {
    hub.Create(kDeadOrdered, {{"FifoQueue", "true"}});
    hub.Create(kOrdered,
               {{"FifoQueue", "true"},
                {"RedrivePolicy",
                 R"({"deadLetterTargetArn":"arn:aws:sqs:us-east-1:111111111111:dead.fifo","maxReceiveCount":1})"}});
  }
  void SendTo(const std::string& queue, const std::string& group, const std::string& body) {
    hub.Succeeds(Send{queue, {{.body = body, .attributes = {}, .group = group, .deduplication = body}}});
  }
  static Strings OfGroup(const ReceiveReply& reply, std::string_view group) {
    Strings bodies;
    for (const Delivery& delivery : reply.deliveries) {
      if (delivery.group == group) bodies.emplace_back(delivery.body);
    }
    return bodies;
  }
  Talk hub;
};

TEST_F(FifoMoveTaskTest, OrderWithinGroupsIsKeptAndNothingIsTakenForADuplicate) {
  for (int i = 0; i < 3; ++i) {
    SendTo(kOrdered, "g", "g" + std::to_string(i));
    SendTo(kOrdered, "h", "h" + std::to_string(i));
  }
  hub.Receive(kOrdered, 10, 0s);
  hub.Receive(kOrdered, 10, 0s);
  EXPECT_EQ(hub.Counts(kDeadOrdered), "6/0/0");
  hub.Succeeds(
      StartMoveTask{.source = kDeadOrdered, .destination = ""});  // Within five minutes of the first acceptance.
  EXPECT_EQ(hub.Counts(kDeadOrdered), "0/0/0");
  const ReceiveReply received = hub.Receive(kOrdered);
  EXPECT_THAT(OfGroup(received, "g"), ElementsAre("g0", "g1", "g2"));
  EXPECT_THAT(OfGroup(received, "h"), ElementsAre("h0", "h1", "h2"));
  EXPECT_EQ(received.deliveries.at(0).deduplication, received.deliveries.at(0).body);
  EXPECT_GT(received.deliveries.at(0).sequence, 0u);
}

TEST_F(FifoMoveTaskTest, AGroupWithAMessageInFlightStaysWhole) {
  for (const char* body : {"g0", "g1"}) SendTo(kOrdered, "g", body);
  SendTo(kOrdered, "h", "h0");
  hub.Receive(kOrdered, 10, 0s);
  hub.Receive(kOrdered, 10, 0s);
  EXPECT_THAT(Bodies(hub.Receive(kDeadOrdered, 1, 60s)), ElementsAre("g0"));
  hub.Succeeds(StartMoveTask{.source = kDeadOrdered, .destination = ""});
  EXPECT_THAT(Bodies(hub.Receive(kOrdered)), ElementsAre("h0"));
  EXPECT_EQ(hub.Counts(kDeadOrdered), "1/1/0");
}

// Most of it is read from the store, of which memory holds a part at a time.
TEST(FifoMoveTaskBacklogTest, ABacklogOnDiskKeepsTheOrderOfEachGroup) {
  constexpr int kGroups = 7;
  constexpr int kMessages = 2100;
  Talk hub(/*window_bytes_max=*/32 * 1024);
  const Attributes fifo = {{"FifoQueue", "true"}};
  hub.Create("111111111111/dead.fifo", fifo);
  hub.Create("111111111111/to.fifo", fifo);
  hub.Create("111111111111/from.fifo",
             {{"FifoQueue", "true"},
              {"RedrivePolicy",
               R"({"deadLetterTargetArn":"arn:aws:sqs:us-east-1:111111111111:dead.fifo","maxReceiveCount":1})"}});
  const std::string padding(100, '.');
  for (int i = 0; i < kMessages; i += 100) {
    std::deque<std::string> kept;
    Send send{.queue = "111111111111/dead.fifo", .entries = {}};
    for (int n = i; n < i + 100; ++n) {
      const std::string_view id = kept.emplace_back(std::to_string(n));
      const std::string_view body = kept.emplace_back(std::to_string(n) + padding);
      const std::string_view group = kept.emplace_back("g" + std::to_string(n % kGroups));
      send.entries.push_back({.body = body, .attributes = {}, .group = group, .deduplication = id});
    }
    hub.Succeeds(std::move(send));
  }
  hub.Restart();
  hub.Succeeds(StartMoveTask{.source = "111111111111/dead.fifo", .destination = "111111111111/to.fifo"});
  EXPECT_EQ(hub.Counts("111111111111/dead.fifo"), "0/0/0");
  std::map<std::string, std::vector<int>> received;
  for (int i = 0; i < 100; ++i) {
    const ReceiveReply some = hub.Receive("111111111111/to.fifo");
    if (some.deliveries.empty()) break;
    for (const Delivery& delivery : some.deliveries) {
      received[std::string(delivery.group)].push_back(std::stoi(std::string(delivery.deduplication)));
    }
    hub.Delete(some, "111111111111/to.fifo");
  }
  ASSERT_EQ(received.size(), std::size_t{kGroups});
  for (const auto& [group, numbers] : received) {
    EXPECT_EQ(numbers.size(), std::size_t{kMessages / kGroups}) << group;
    EXPECT_TRUE(std::is_sorted(numbers.begin(), numbers.end())) << group;
  }
}

// --- Who may --------------------------------------------------------------------------------------------------------

TEST(MoveTaskPolicyTest, WhoStartsATaskMayTakeTheMessagesAndSendThem) {
  const auto config = [](const std::string& actions, const std::string& on) {
    return R"(
accounts:
  shop:
    id: "111111111111"
    users:
      clerk:
        password: p
        policies: [{Version: "2012-10-17", Statement: [{Effect: Allow, Action: [)" +
           actions + R"(], Resource: "arn:aws:sqs:us-east-1:111111111111:dead"},
                                                       {Effect: Allow, Action: "sqs:SendMessage", Resource: ")" +
           on + R"("}]}]
    queues: {dead: , orders: {dead_letter: {queue: dead, after: 1}}, other: }
)";
  };
  const std::string all =
      "\"sqs:StartMessageMoveTask\", \"sqs:ReceiveMessage\", \"sqs:DeleteMessage\", \"sqs:GetQueueAttributes\"";
  const std::string orders = "arn:aws:sqs:us-east-1:111111111111:orders";
  const std::string other = "arn:aws:sqs:us-east-1:111111111111:other";
  const struct {
    const char* missing;
    std::string actions;
    std::string on;
    const char* destination;
  } cases[] = {
      {"sqs:StartMessageMoveTask", R"("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")", orders,
       ""},
      {"sqs:ReceiveMessage", R"("sqs:StartMessageMoveTask", "sqs:DeleteMessage", "sqs:GetQueueAttributes")", orders,
       ""},
      {"sqs:DeleteMessage", R"("sqs:StartMessageMoveTask", "sqs:ReceiveMessage", "sqs:GetQueueAttributes")", orders,
       ""},
      {"sqs:GetQueueAttributes", R"("sqs:StartMessageMoveTask", "sqs:ReceiveMessage", "sqs:DeleteMessage")", orders,
       ""},
      {"sqs:SendMessage", all, other, ""},
      {"sqs:SendMessage", all, orders, "other"},
      {nullptr, all, orders, ""},
      {nullptr, all, other, "other"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.missing ? c.missing : "all are there");
    Talk hub;
    hub.Configure(config(c.actions, c.on));
    hub.as = hub.User("shop/clerk");
    const StartMoveTask start{.source = "dead", .destination = c.destination};
    if (!c.missing) {
      EXPECT_TRUE(hub.Succeeds(start));
      continue;
    }
    const Error error = hub.Refusal(start);
    EXPECT_EQ(error.code, Code::kAccessDenied);
    EXPECT_THAT(error.message, HasSubstr(c.missing));
  }
}

// rule: aws 99 move tasks are for the own account only, whatever a policy says
TEST(MoveTaskPolicyTest, ANeighbourMayNotWhateverThePolicySays) {
  Talk hub;
  hub.Configure(R"(
accounts:
  shop:
    id: "111111111111"
    queues:
      dead: {policy: {Statement: {Effect: Allow, Principal: "*", Action: "sqs:*", Resource: "*"}}}
      orders: {dead_letter: {queue: dead, after: 1}}
  spy:
    id: "222222222222"
    users:
      eve: {password: p, policies: [{Version: "2012-10-17", Statement: {Effect: Allow, Action: "sqs:*", Resource: "*"}}]}
)");
  hub.as = hub.User("spy/eve");
  EXPECT_TRUE(hub.Succeeds(DescribeQueue{kDead}));
  EXPECT_EQ(hub.Refusal(StartMoveTask{.source = kDead, .destination = ""}).code, Code::kAccessDenied);
  EXPECT_EQ(hub.Refusal(ListMoveTasks{kDead}).code, Code::kAccessDenied);
  EXPECT_EQ(hub.Refusal(CancelMoveTask{kDeadArn + std::string("#1")}).code, Code::kAccessDenied);
}

}  // namespace
}  // namespace hub::core
