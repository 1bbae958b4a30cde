#include "tests/core/support.h"

namespace hub::core {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// rule: aws 60 how many messages a receive may ask for
// rule: aws 61 how long a receive may wait
TEST(ReceiveTest, Ranges) {
  Talk hub;
  hub.Create(kQueue);
  const Error count{Code::kInvalidArgument, "A receive may ask for 1 to 1000 messages, not "};
  const Error wait{Code::kInvalidArgument, "A receive may wait from 0 to 20 seconds."};
  const Error visibility{Code::kInvalidArgument, "A visibility timeout must be from 0 to 12 hours."};
  const struct {
    const char* why;
    Receive receive;
    std::string message;
  } cases[] = {
      {"no message", {.queue = kQueue, .max = 0, .visibility = {}, .wait = {}}, count.message + "0."},
      {"too many", {.queue = kQueue, .max = 1001, .visibility = {}, .wait = {}}, count.message + "1001."},
      {"too long a wait", {.queue = kQueue, .max = 1, .visibility = {}, .wait = 20s + 1us}, wait.message},
      {"negative wait", {.queue = kQueue, .max = 1, .visibility = {}, .wait = -1us}, wait.message},
      {"too long hidden", {.queue = kQueue, .max = 1, .visibility = 12h + 1us, .wait = {}}, visibility.message},
      {"negative visibility", {.queue = kQueue, .max = 1, .visibility = -1us, .wait = {}}, visibility.message},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    const Error refusal = hub.Refusal(c.receive);
    EXPECT_EQ(refusal.code, Code::kInvalidArgument);
    EXPECT_EQ(refusal.message, c.message);
    EXPECT_NE(refusal.about, "");
  }
  EXPECT_TRUE(hub.Ask(nullptr, Receive{.queue = kQueue, .max = 1000, .visibility = 12h, .wait = 0s}));
}

TEST(ReceiveTest, TenByDefaultAndUpToAThousand) {
  Talk hub;
  hub.Create(kQueue);
  hub.Send(Strings(1000, "x"));
  hub.Send(Strings(20, "x"));
  auto reply = hub.Ask(nullptr, Receive{.queue = kQueue, .visibility = {}, .wait = {}});
  ASSERT_TRUE(reply);
  EXPECT_EQ(std::get<ReceiveReply>(*reply).deliveries.size(), 10u);
  EXPECT_EQ(hub.Receive(kQueue, 1000).deliveries.size(), 1000u);
  EXPECT_EQ(hub.Receive(kQueue, 1000).deliveries.size(), 10u);
}

// rule: aws 64 every receive makes a new handle, and an old one deletes nothing
TEST(ReceiveTest, EveryReceiveMakesANewHandle) {
  Talk hub;
  hub.Create(kQueue);
  hub.Send({"a"});
  const ReceiveReply first = hub.Receive(kQueue, 1, 0s);
  const ReceiveReply second = hub.Receive(kQueue, 1, 0s);
  EXPECT_NE(HandleOf(first.deliveries[0]), HandleOf(second.deliveries[0]));
  EXPECT_EQ(first.deliveries[0].id, second.deliveries[0].id);
  EXPECT_TRUE(hub.Delete(first).failures.empty());
  EXPECT_EQ(hub.Counts(), "1/0/0");
  hub.Delete(second);
  EXPECT_EQ(hub.Counts(), "0/0/0");
}

// rule: aws 68 visibility 0 hands out without hiding
TEST(ReceiveTest, VisibilityZeroLeavesTheMessageThere) {
  Talk hub;
  hub.Create(kQueue);
  hub.Send({"a"});
  EXPECT_EQ(hub.Receive(kQueue, 1, 0s).deliveries.size(), 1u);
  EXPECT_EQ(hub.Counts(), "1/0/0");
  EXPECT_EQ(hub.Receive().deliveries.at(0).receive_count, 2u);
}

// rule: aws 70 the cap on messages in flight
TEST(ReceiveTest, BeyondTheInFlightCapAReceiveIsRefusedUntilSomethingIsDeleted) {
  Talk hub;
  hub.Create(kQueue);
  ReceiveReply last;
  for (std::size_t i = 0; i < kInFlightMax / 1000; ++i) {
    hub.Send(Strings(1000, "x"));
    last = hub.Receive();
    ASSERT_EQ(last.deliveries.size(), 1000u);
  }
  hub.Send({"one more"});
  EXPECT_EQ(hub.Counts(), "1/120000/0");
  const Error error{Code::kTooManyInFlight, "The queue has 120000 messages in flight: delete some of those received."};
  EXPECT_EQ(hub.Refusal(Receive{.queue = kQueue, .visibility = {}, .wait = {}}), error);
  EXPECT_EQ(hub.Refusal(Receive{.queue = kQueue, .visibility = {}, .wait = 20s}), error);
  last.deliveries.resize(1);
  hub.Delete(last);
  EXPECT_THAT(Bodies(hub.Receive()), ElementsAre("one more"));
}

TEST(ReceiveTest, AReplyEndsBeforeItGrowsTooLarge) {
  Talk hub;
  hub.CreateSubscribed(kQueue, {});
  for (int i = 0; i < 6; ++i) hub.Publish({std::string(kTopicMessageBytesMax, '"')});  // Twice as long in the envelope.
  std::size_t total = 0;
  for (int receives = 0; receives < 6 && total < 6; ++receives) {
    const Strings bodies = Bodies(hub.Receive());
    ASSERT_GT(bodies.size(), 0u);
    total += bodies.size();
    std::size_t bytes = 0;
    for (const std::string& body : bodies) bytes += body.size();
    EXPECT_LE(bytes, kReplyBytesMax + bodies.size() * 1024);  // And what stands around the bodies.
  }
  EXPECT_EQ(total, 6u);
}

// rule: aws 71 what each count counts
// rule: hardening R9 counts are true after each step
TEST(ReceiveTest, CountsAreTrueAfterEachStepAndAfterARestart) {
  Talk hub;
  const auto expect = [&](const std::string& counts, Duration age) {
    EXPECT_EQ(hub.Counts(), counts);
    EXPECT_EQ(hub.Describe().oldest_age, age);
    hub.Restart();
    EXPECT_EQ(hub.Counts(), counts) << "after a restart";
    EXPECT_EQ(hub.Describe().oldest_age, age) << "after a restart";
  };
  hub.Create(kQueue);
  expect("0/0/0", 0s);
  hub.Send({"a"});
  hub.Advance(5s);
  hub.Send({"b", "c"});
  expect("3/0/0", 5s);
  const ReceiveReply first = hub.Receive(kQueue, 1, 60s);
  const ReceiveReply second = hub.Receive(kQueue, 1, 30s);
  expect("1/2/0", 5s);
  hub.Delete(first);
  expect("1/1/0", 0s);
  hub.Advance(30s);
  expect("2/0/0", 30s);
  hub.Hide(hub.Receive(kQueue, 1).deliveries.at(0), 0s);
  expect("2/0/0", 30s);
  hub.SetAttributes(kQueue, {{"DelaySeconds", "10"}});
  hub.Send({"d"});
  expect("2/0/1", 30s);
  hub.Advance(10s);
  expect("3/0/0", 40s);
  hub.Succeeds(Purge{kQueue});
  expect("0/0/0", 0s);
}

TEST(ReceiveTest, CountersSinceTheStartAddUp) {
  Talk hub;
  hub.Create(kDead);
  Attributes attributes = Redrive(1);
  attributes["MessageRetentionPeriod"] = "60";
  hub.Create(kQueue, attributes);
  hub.Send({"deleted", "dead", "expired"});
  ReceiveReply received = hub.Receive(kQueue, 2, 0s);
  received.deliveries.resize(1);
  hub.Delete(received);
  EXPECT_EQ(hub.Receive(kQueue, 1, 0s).deliveries.size(), 1u);
  hub.SetAttributes(kQueue, {{"RedrivePolicy", ""}});
  hub.Advance(60s);
  const QueueDescription now = hub.Describe();
  EXPECT_EQ(now.sent, 3u);
  EXPECT_EQ(now.received, 3u);
  EXPECT_EQ(now.deleted, 1u);
  EXPECT_EQ(now.dead_lettered, 1u);
  EXPECT_EQ(now.expired, 1u);
  EXPECT_EQ(hub.Describe(kDead).sent, 1u);
}

TEST(ReceiveTest, AmongManyConsumersNobodyGetsWhatAnotherHas) {
  Talk hub(/*window_bytes_max=*/8192);
  hub.Create(kQueue);
  for (int i = 0; i < 50; ++i) hub.Send({std::to_string(i), std::string(500, 'x') + std::to_string(i)});
  std::map<std::string, int> seen;
  for (int i = 0; i < 60; ++i) {
    for (const std::string& body : Bodies(hub.Receive(kQueue, 3))) ++seen[body];
    if (i % 7 == 0) hub.Restart();
  }
  EXPECT_EQ(seen.size(), 100u);
  for (const auto& [body, times] : seen) EXPECT_EQ(times, 1) << body;
}

TEST(ReceiveTest, CountsIncludeWhatWasSentInTheSameTurn) {
  Steps steps;
  steps.Do(CreateQueue{kQueue, {}});
  steps.Send({"a", "b"});
  const auto describe = steps.Do(DescribeQueue{kQueue});
  steps.End();
  EXPECT_EQ(steps.ReplyTo<QueuesReply>(describe).queues.at(0).visible, 2u);
}

}  // namespace
}  // namespace hub::core
