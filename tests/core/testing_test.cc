#include "hub/core/testing.h"

#include <set>

#include "tests/core/support.h"

namespace hub::core {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class TestingTest : public testing::Test {
 protected:
  TestReply Advance(Duration by) { return hub_.Expect<TestReply>(TestCommand{AdvanceClock{by}}); }
  void Misbehave(Misbehaviour misbehaviour, const std::string& queue = kQueue) {
    hub_.Succeeds(TestCommand{SetMisbehaviour{queue, misbehaviour}});
  }
  Misbehaviour Told() { return *hub_.Expect<TestReply>(TestCommand{DescribeMisbehaviour{kQueue}}).misbehaviour; }

  Talk hub_;
};

// --- The clock ------------------------------------------------------------------------------------------------------

TEST_F(TestingTest, WhatIsDueAfterAnAdvanceHasHappenedForTheNextRequest) {
  hub_.Create(kQueue, {{"MessageRetentionPeriod", "3600"}});
  hub_.Send({"a", "b"});
  hub_.Receive(kQueue, 1, 30s);
  const TestReply advanced = Advance(31s);
  EXPECT_EQ(advanced.now, hub_.clock().wall + 31s);
  EXPECT_EQ(advanced.advanced, 31s);
  EXPECT_EQ(hub_.Counts(), "2/0/0");
  EXPECT_EQ(hub_.Receive().deliveries.at(0).receive_count, 2u);
  Advance(1h);
  EXPECT_EQ(hub_.Counts(), "0/0/0");
}

TEST_F(TestingTest, ALongPollEndsWithAnAdvance) {
  hub_.Create(kQueue);
  const std::uint64_t poll = hub_.Poll(kQueue, 10, 20s);
  Advance(20s);
  EXPECT_THAT(hub_.TakePoll(poll), testing::Optional(IsEmpty()));
}

TEST_F(TestingTest, AnAdvancePersistsBesideTheTimeThatGoesBy) {
  hub_.Create(kQueue);
  Advance(24h);
  hub_.Advance(1h);
  hub_.Restart();
  EXPECT_EQ(Advance(Duration::zero()).now, hub_.clock().wall + 24h);
  hub_.Advance(2h);
  hub_.Restart(/*power_loss=*/true);
  const TestReply told = Advance(1h);
  EXPECT_EQ(told.now, hub_.clock().wall + 25h);
  EXPECT_EQ(told.advanced, 25h);
  EXPECT_LT(hub_.Expect<HubReply>(DescribeHub{}).uptime, 1h);  // That is how long it has run.
}

TEST_F(TestingTest, TimeNeitherGoesBackNorBeyondWhatCountsAsTime) {
  EXPECT_EQ(hub_.Refusal(TestCommand{AdvanceClock{-1s}}).code, Code::kInvalidArgument);
  EXPECT_EQ(hub_.Refusal(TestCommand{AdvanceClock{kAdvanceMax + 1s}}).code, Code::kInvalidArgument);
  Advance(kAdvanceMax - 1s);
  EXPECT_EQ(hub_.Refusal(TestCommand{AdvanceClock{2s}}).code, Code::kInvalidArgument);
  Advance(1s);
}

// --- Reset ----------------------------------------------------------------------------------------------------------

constexpr char kDeclared[] = R"(
accounts:
  shop:
    id: "111111111111"
    topics: {events: }
    queues: {orders: {visibility: 77s}, dead: }
subscriptions: {from: topic/events, to: queue/orders, raw: true}
grants: {from: topic/events, to: queue/orders}
)";

TEST_F(TestingTest, AResetLeavesWhatIsDeclaredAndNothingElse) {
  hub_.Configure(kDeclared);
  hub_.CreateSubscribed("111111111111/other");
  hub_.Succeeds(Subscribe{"111111111111/ev*", "111111111111/dead", {}});
  hub_.Publish({"a"});
  hub_.Receive(kQueue);
  hub_.Send({"b"}, "111111111111/other");
  Advance(1h);
  hub_.Succeeds(TestCommand{Reset{}});

  EXPECT_EQ(hub_.Counts(), "0/0/0");
  EXPECT_EQ(hub_.Describe().attributes.at("VisibilityTimeout"), "77");
  EXPECT_EQ(hub_.Refusal(DescribeQueue{"111111111111/other"}).code, Code::kQueueNotFound);
  EXPECT_EQ(hub_.OnlySubscription().endpoint, kQueueArn);
  EXPECT_EQ(hub_.DescribeTopicNow().published, 0u);
  EXPECT_EQ(Advance(Duration::zero()).advanced, 1h);
  hub_.Publish({"c"});
  EXPECT_THAT(Bodies(hub_.Receive()), ElementsAre("c"));

  hub_.Restart();
  EXPECT_EQ(hub_.Counts(), "0/1/0");
  EXPECT_EQ(hub_.Refusal(DescribeQueue{"111111111111/other"}).code, Code::kQueueNotFound);
  EXPECT_EQ(hub_.DescribeTopicNow().subscriptions.size(), 1u);
  EXPECT_EQ(hub_.Rows(KeyKind::kPattern), 0u);
}

TEST_F(TestingTest, NothingIsLeftOnDiskOfWhatIsNotDeclared) {
  hub_.CreateSubscribed(kQueue);
  hub_.Publish({"a", "b"});
  core::Send noise{.queue = kQueue, .entries = {}};
  for (int i = 0; i < 40; ++i) noise.entries.push_back({.body = "noise", .attributes = {}, .group = "noisy"});
  hub_.Succeeds(noise);
  hub_.Succeeds(noise);
  hub_.Receive(kQueue, 5);
  hub_.Succeeds(TestCommand{Reset{}});
  hub_.Advance(1s);
  EXPECT_EQ(hub_.store().Size(), 1u);  // The hub's own record.
}

TEST_F(TestingTest, WhoWaitsIsToldThatTheQueueIsGone) {
  hub_.Create(kQueue);
  const std::uint64_t poll = hub_.Post(nullptr, Receive{.queue = kQueue, .max = 1, .visibility = {}, .wait = 20s});
  hub_.Succeeds(TestCommand{Reset{}});
  const auto answer = hub_.TakeAnswer(poll);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->error().code, Code::kQueueNotFound);
}

// --- Misbehaviour ---------------------------------------------------------------------------------------------------

TEST_F(TestingTest, AForgottenDeleteDeliversTheMessageOnceMore) {
  hub_.Create(kQueue);
  Misbehave({.duplicates = 1});
  hub_.Send({"a", "b"});
  for (std::uint32_t round = 1; round <= 2; ++round) {
    const ReceiveReply got = hub_.Receive();
    ASSERT_THAT(Bodies(got), ElementsAre("a", "b"));
    EXPECT_EQ(got.deliveries[0].receive_count, round);
    EXPECT_THAT(hub_.Delete(got).failures, IsEmpty());
  }
  EXPECT_EQ(hub_.Counts(), "0/0/0");
  EXPECT_EQ(hub_.Describe().deleted, 2u);
}

TEST_F(TestingTest, DuplicatesAreAboutAsManyAsAskedForAndTheSameForASeed) {
  std::set<std::string> twice[2];
  for (std::set<std::string>& duplicates : twice) {
    Talk hub;
    hub.Create(kQueue);
    hub.Succeeds(TestCommand{SetMisbehaviour{kQueue, Misbehaviour{.duplicates = 0.2, .seed = 7}}});
    Strings sent;
    for (int i = 0; i < 500; ++i) sent.push_back(std::to_string(i));
    hub.Send(sent);
    hub.Delete(hub.Receive());
    for (const std::string& body : Bodies(hub.Receive())) duplicates.insert(body);
  }
  EXPECT_GT(twice[0].size(), 60u);
  EXPECT_LT(twice[0].size(), 140u);
  EXPECT_EQ(twice[0], twice[1]);
}

TEST_F(TestingTest, AReorderedQueueStillDeliversEverythingOnce) {
  hub_.Create(kQueue);
  Misbehave({.reorder = true, .seed = 3});
  Strings sent;
  for (int i = 0; i < 50; ++i) sent.push_back(std::to_string(100 + i));
  hub_.Send(sent);
  Strings got;
  while (got.size() < sent.size()) {
    const Strings page = Bodies(hub_.Receive(kQueue, got.empty() ? 1 : 7));
    ASSERT_FALSE(page.empty());
    got.insert(got.end(), page.begin(), page.end());
  }
  EXPECT_NE(got, sent);
  EXPECT_THAT(got, testing::UnorderedElementsAreArray(sent));
}

TEST_F(TestingTest, TheOnlyMessageOfAReorderedQueueIsFoundAtOnce) {
  hub_.Create(kQueue);
  Misbehave({.reorder = true, .seed = 3});
  for (int i = 0; i < 20; ++i) {
    hub_.Send({"a"});
    hub_.Delete(hub_.Receive());
  }
  EXPECT_EQ(hub_.Describe().deleted, 20u);
}

TEST_F(TestingTest, ARequestWaitsForTheLatency) {
  hub_.Create(kQueue);
  Misbehave({.latency = 50ms});
  const std::uint64_t poll = hub_.Poll(kQueue, 10, Duration::zero());
  hub_.Advance(49ms);
  EXPECT_FALSE(hub_.TakePoll(poll));
  hub_.Advance(1ms);
  EXPECT_THAT(hub_.TakePoll(poll), testing::Optional(IsEmpty()));
  EXPECT_EQ(hub_.Describe().sent, 0u);  // Other requests do not wait.
}

TEST_F(TestingTest, WhoLeavesBeforeTheLatencyIsOverHasAskedNothing) {
  hub_.Create(kQueue);
  Misbehave({.latency = 50ms});
  core::Send send{.queue = kQueue, .entries = {{.body = "a", .attributes = {}}}};
  hub_.Post(nullptr, send, /*of_session=*/9);
  hub_.EndSession(9);
  hub_.Advance(1s);
  EXPECT_EQ(hub_.Counts(), "0/0/0");
}

TEST_F(TestingTest, RefusedAndFailedRequestsDoNothing) {
  hub_.Create(kQueue);
  Misbehave({.throttle = 1});
  core::Send send{.queue = kQueue, .entries = {{.body = "a", .attributes = {}}}};
  EXPECT_EQ(hub_.Refusal(send).code, Code::kOverloaded);
  Misbehave({.errors = 1});
  std::set<Code> codes;
  for (int i = 0; i < 50; ++i) codes.insert(hub_.Refusal(send).code);
  EXPECT_THAT(codes, UnorderedElementsAre(Code::kStorage, Code::kUnavailable));
  EXPECT_EQ(hub_.Counts(), "0/0/0");
  hub_.Succeeds(TestCommand{SetMisbehaviour{kQueue, std::nullopt}});
  hub_.Succeeds(send);
  EXPECT_EQ(hub_.Counts(), "1/0/0");
}

TEST_F(TestingTest, MisbehaviourIsOfOneQueueAndTold) {
  hub_.Create(kQueue);
  hub_.Create("111111111111/other");
  EXPECT_EQ(Told(), Misbehaviour{});
  const Misbehaviour wanted{
      .duplicates = 0.5, .reorder = true, .latency = 1s, .throttle = 0.25, .errors = 0.125, .seed = 9};
  Misbehave(wanted);
  EXPECT_EQ(Told(), wanted);
  hub_.Send({"a"}, "111111111111/other");
  hub_.Succeeds(DeleteQueue{kQueue});
  hub_.Create(kQueue);
  EXPECT_EQ(Told(), Misbehaviour{});
}

TEST_F(TestingTest, WhatAQueueCannotDoIsRefused) {
  const std::string fifo = "111111111111/orders.fifo";
  hub_.Create(kQueue);
  hub_.Create(fifo, {{"FifoQueue", "true"}});
  for (const Misbehaviour& wrong : {Misbehaviour{.duplicates = 1.5}, Misbehaviour{.throttle = -0.1},
                                    Misbehaviour{.errors = 2}, Misbehaviour{.latency = kLatencyMax + 1s}}) {
    EXPECT_EQ(hub_.Refusal(TestCommand{SetMisbehaviour{kQueue, wrong}}).code, Code::kInvalidArgument);
  }
  for (const Misbehaviour& wrong : {Misbehaviour{.duplicates = 0.1}, Misbehaviour{.reorder = true}}) {
    EXPECT_EQ(hub_.Refusal(TestCommand{SetMisbehaviour{fifo, wrong}}).code, Code::kInvalidArgument);
  }
  Misbehave({.latency = 1s, .throttle = 1, .errors = 1}, fifo);
  EXPECT_EQ(hub_.Refusal(TestCommand{SetMisbehaviour{"111111111111/none", Misbehaviour{}}}).code, Code::kQueueNotFound);
}

// --- Who may --------------------------------------------------------------------------------------------------------

TEST_F(TestingTest, OnlyTheHubItselfInLocalModeHelpsWithTests) {
  hub_.Configure(R"(
listen: {http: {address: "http://127.0.0.1:0"}}
accounts:
  shop:
    id: "111111111111"
    users: {root: {password: p, policies: {Version: "2012-10-17", Statement: {Effect: Allow, Action: "*", Resource: "*"}}}}
    queues: {orders: }
)");
  hub_.as = hub_.User("shop/root");
  EXPECT_EQ(hub_.Refusal(TestCommand{Reset{}}).code, Code::kAccessDenied);
  hub_.as = nullptr;
  hub_.Succeeds(TestCommand{Reset{}});
  hub_.Configure(R"(
hub: {mode: strict}
listen: {http: {address: "http://127.0.0.1:0"}}
)");
  for (const TestCommand& command :
       {TestCommand{AdvanceClock{1s}}, TestCommand{Reset{}}, TestCommand{SetMisbehaviour{kQueue, Misbehaviour{}}}}) {
    EXPECT_EQ(hub_.Refusal(command).code, Code::kAccessDenied);
  }
}

}  // namespace
}  // namespace hub::core
