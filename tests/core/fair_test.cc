// Fair queues: a message group on a standard queue is a tenant, and a noisy one does not hold up the others.
#include "tests/core/support.h"

namespace hub::core {
namespace {

class FairTest : public testing::Test {
 protected:
  void SetUp() override { hub.Create(kQueue, {{"VisibilityTimeout", "600"}}); }

  // Sends `count` messages of a group, named group:0 and so on.
  SendReply Send(const std::string& group, int count, const std::string& queue = kQueue, Talk* to = nullptr) {
    Talk& talk = to ? *to : hub;
    SendReply last;
    for (int sent = 0; sent < count;) {
      core::Send send{.queue = queue, .entries = {}};
      Strings bodies;
      for (int i = 0; i < 500 && sent < count; ++i) bodies.push_back(group + ":" + std::to_string(sent++));
      for (const std::string& body : bodies) send.entries.push_back({.body = body, .attributes = {}, .group = group});
      auto reply = talk.Ask(talk.as, std::move(send));
      EXPECT_TRUE(reply) << reply.error().message;
      last = std::get<SendReply>(*reply);
      EXPECT_TRUE(last.failures.empty());
    }
    return last;
  }

  // How many of the messages of each group are in the reply.
  static std::map<std::string, int> Groups(const ReceiveReply& reply) {
    std::map<std::string, int> groups;
    for (const Delivery& delivery : reply.deliveries) ++groups[std::string(delivery.group)];
    return groups;
  }

  // Receives ten at a time until there is one of `group`; returns how many receives that took.
  int ReceivesUntil(const std::string& group, int most = 100) {
    for (int receives = 1; receives <= most; ++receives) {
      if (Groups(hub.Receive(kQueue, 10)).contains(group)) return receives;
    }
    return most + 1;
  }

  Talk hub{256 * 1024};  // A small window: a backlog is on disk.
};

// rule: aws 150 a quiet tenant's message arrives within two receives behind any backlog of a noisy one
TEST_F(FairTest, AQuietTenantsMessageArrivesWithinTwoReceivesBehindAnyBacklog) {
  Send("noisy", 100'000);
  for (int i = 0; i < 30; ++i) {
    Send("quiet", 1);
    EXPECT_LE(ReceivesUntil("quiet"), 2) << i;
  }
  EXPECT_EQ(hub.Describe().noisy_groups, 1u);
}

TEST_F(FairTest, TheNoisyTenantsMessagesComeWhenNobodyElseHasAny) {
  Send("noisy", 300);
  Send("quiet", 15);
  EXPECT_EQ(Groups(hub.Receive(kQueue, 10)), (std::map<std::string, int>{{"quiet", 10}}));
  EXPECT_EQ(Groups(hub.Receive(kQueue, 10)), (std::map<std::string, int>{{"noisy", 5}, {"quiet", 5}}));
  EXPECT_EQ(Groups(hub.Receive(kQueue)), (std::map<std::string, int>{{"noisy", 295}}));
  EXPECT_EQ(hub.Counts(), "0/315/0");
}

TEST_F(FairTest, ANoisyTenantIsNotHeldUpForEver) {
  Send("noisy", 3000);
  int noisy = 0;
  for (int i = 0; i < 100; ++i) {
    Send("quiet" + std::to_string(i), 10);  // As much as is received.
    noisy += Groups(hub.Receive(kQueue, 10))["noisy"];
  }
  EXPECT_GE(noisy, 90);
  EXPECT_LE(noisy, 110);
}

TEST_F(FairTest, EveryMessageIsReceivedOnceAndCanBeDeletedByItsHandle) {
  Send("noisy", 2000);
  Send("quiet", 20);
  Send("noisy", 2000);
  std::map<std::string, int> seen;
  for (;;) {
    const ReceiveReply got = hub.Receive(kQueue, 700);
    if (got.deliveries.empty()) break;
    for (const Delivery& delivery : got.deliveries) ++seen[Format(delivery.id)];
    EXPECT_TRUE(hub.Delete(got).failures.empty());
  }
  EXPECT_EQ(seen.size(), 4020u);
  for (const auto& [id, times] : seen) EXPECT_EQ(times, 1) << id;
  EXPECT_EQ(hub.Counts(), "0/0/0");
  EXPECT_EQ(hub.Describe().deleted, 4020u);
  EXPECT_EQ(hub.Describe().noisy_groups, 0u);
}

TEST_F(FairTest, AMoveTaskTakesTheNoisyTenantsMessagesToo) {
  hub.Create(kDead);
  hub.SetAttributes(kQueue, Redrive(1));
  Send("noisy", 3000, kDead);
  Send("quiet", 5, kDead);
  ASSERT_EQ(hub.Describe(kDead).noisy_groups, 1u);
  hub.Receive(kDead, 10);  // In flight: these stay.
  auto started = hub.Ask(nullptr, StartMoveTask{.source = kDead, .destination = kQueue});
  ASSERT_TRUE(started) << started.error().message;
  hub.Restart();
  for (int i = 0; i < 100 && hub.Describe(kDead).visible > 0; ++i) hub.Advance(10ms);
  EXPECT_EQ(hub.Counts(kDead), "0/10/0");
  EXPECT_EQ(hub.Counts(), "2995/0/0");
  const auto tasks = hub.Ask(nullptr, ListMoveTasks{kDead});
  ASSERT_TRUE(tasks);
  EXPECT_EQ(std::get<MoveTasksReply>(*tasks).tasks.at(0).moved, 2995u);
  EXPECT_EQ(std::get<MoveTasksReply>(*tasks).tasks.at(0).status, MoveStatus::kCompleted);
}

TEST_F(FairTest, APushConsumerGetsTheNoisyTenantsMessagesTooAndTheirCreditBack) {
  Send("noisy", 1000);
  const std::uint64_t consumer = hub.Post(nullptr, Consume{kQueue, 100, std::nullopt});
  std::map<std::string, int> seen;
  std::size_t answers = 0;
  while (auto answer = hub.TakeAnswer(consumer)) {
    ASSERT_TRUE(*answer);
    const ReceiveReply reply = std::get<ReceiveReply>(**answer);
    ++answers;
    for (const Delivery& delivery : reply.deliveries) EXPECT_EQ(++seen[Format(delivery.id)], 1);
    if (seen.size() == 1000) break;
    if (reply.deliveries.empty()) continue;
    EXPECT_TRUE(hub.Delete(reply).failures.empty());
  }
  EXPECT_EQ(seen.size(), 1000u) << "in " << answers << " answers";
  EXPECT_GT(hub.Describe().in_flight, 0u);
  hub.EndSession(1);  // What it still has is visible at once, in the lane as well.
  EXPECT_EQ(hub.Describe().in_flight, 0u);
  EXPECT_EQ(hub.Describe().visible, 1000 - hub.Describe().deleted);
}

TEST_F(FairTest, WhatIsOnDiskIsReadAlsoWhenOnlyTheLaneHasChanged) {
  Send("noisy", 300);
  EXPECT_EQ(hub.Receive(kQueue, kReceiveMax, 100s).deliveries.size(), 300u);
  hub.Restart();
  Send("noisy", 1);
  const std::uint64_t consumer = hub.Post(nullptr, Consume{kQueue, 1, 150s});
  std::vector<ReceiveReply> pushed;
  const auto take = [&] {
    while (auto answer = hub.TakeAnswer(consumer)) {
      ReceiveReply reply = std::get<ReceiveReply>(**answer);
      if (!reply.deliveries.empty()) pushed.push_back(std::move(reply));
    }
  };
  take();
  ASSERT_EQ(pushed.size(), 1u);
  hub.Advance(100s);  // The others are visible, and there is no credit for them.
  hub.Advance(50s);   // Now there is.
  take();
  EXPECT_EQ(pushed.size(), 2u);
}

TEST_F(FairTest, WithoutGroupsTheOrderIsThatOfSending) {
  Strings bodies;
  for (int i = 0; i < 2000; ++i) bodies.push_back(std::to_string(i));
  hub.Send(Strings(bodies.begin(), bodies.begin() + 1000));
  hub.Send(Strings(bodies.begin() + 1000, bodies.end()));
  Strings got = Bodies(hub.Receive());
  const Strings more = Bodies(hub.Receive());
  got.insert(got.end(), more.begin(), more.end());
  EXPECT_EQ(got, bodies);
}

TEST_F(FairTest, AReceiveThatHidesNothingGivesEachMessageOnce) {
  Send("noisy", 200);
  Send("quiet", 3);
  const ReceiveReply got = hub.Receive(kQueue, 1000, Duration::zero());
  std::map<std::string, int> seen;
  for (const Delivery& delivery : got.deliveries) EXPECT_EQ(++seen[Format(delivery.id)], 1);
  EXPECT_EQ(seen.size(), 203u);
}

TEST_F(FairTest, AfterARestartNothingIsLostAndTheNoisyTenantIsStillKnown) {
  Send("noisy", 20'000);
  const ReceiveReply held = hub.Receive(kQueue, 100);
  for (const bool power_loss : {false, true}) {
    hub.Restart(power_loss);
    EXPECT_EQ(hub.Describe().noisy_groups, 1u);
    Send("noisy", 500);
    Send("quiet", 1);
    EXPECT_LE(ReceivesUntil("quiet"), 2);
  }
  EXPECT_TRUE(hub.Delete(held).failures.empty());
  EXPECT_EQ(hub.Describe().visible + hub.Describe().in_flight, 20'000u + 2 * 501 - 100);
}

TEST_F(FairTest, APurgeTakesTheNoisyOnesToo) {
  Send("noisy", 5000);
  const ReceiveReply held = hub.Receive(kQueue, 10);
  EXPECT_TRUE(hub.Succeeds(Purge{kQueue}));
  EXPECT_EQ(hub.Counts(), "0/0/0");
  EXPECT_TRUE(hub.Receive().deliveries.empty());
  EXPECT_TRUE(hub.Delete(held).failures.empty());
  hub.Restart();
  EXPECT_EQ(hub.Counts(), "0/0/0");
  EXPECT_EQ(hub.Describe().noisy_groups, 0u);
}

TEST_F(FairTest, ADeletedQueueLeavesNothingOfItsLane) {
  Send("noisy", 5000);
  hub.Receive(kQueue, 10);
  EXPECT_TRUE(hub.Succeeds(DeleteQueue{kQueue}));
  hub.Restart();
  hub.Create(kQueue);
  EXPECT_EQ(hub.Counts(), "0/0/0");
  for (const KeyKind kind : {KeyKind::kLane, KeyKind::kChunk, KeyKind::kSlots}) {
    EXPECT_EQ(hub.store().CountOf(Key(kind, 0), KindEnd(kind)), 0u) << static_cast<int>(kind);
  }
}

TEST_F(FairTest, DelayRetentionAndDeadLettersHoldInTheLaneToo) {
  hub.Create(kDead);
  hub.SetAttributes(kQueue, Redrive(1));
  Send("noisy", 400);
  hub.SetAttributes(kQueue, {{"DelaySeconds", "60"}});
  Send("noisy", 100);
  EXPECT_EQ(hub.Counts(), "400/0/100");
  hub.Advance(60s);
  EXPECT_EQ(hub.Counts(), "500/0/0");
  const ReceiveReply first = hub.Receive();
  EXPECT_EQ(first.deliveries.size(), 500u);
  for (const Delivery& delivery : first.deliveries) hub.Hide(delivery, Duration::zero());
  EXPECT_TRUE(hub.Receive().deliveries.empty());  // Received once already: they go to the dead-letter queue.
  EXPECT_EQ(hub.Counts(), "0/0/0");
  EXPECT_EQ(hub.Counts(kDead), "500/0/0");
  EXPECT_EQ(hub.Describe().dead_lettered, 500u);
  EXPECT_EQ(hub.Describe(kDead).noisy_groups, 1u);  // It tells tenants as well.
  hub.Advance(97h);
  EXPECT_EQ(hub.Counts(kDead), "0/0/0");
}

TEST_F(FairTest, ALongPollIsAnsweredFromTheLane) {
  Send("noisy", 300);
  const ReceiveReply all = hub.Receive();
  EXPECT_EQ(all.deliveries.size(), 300u);
  const std::uint64_t poll = hub.Poll();
  EXPECT_FALSE(hub.TakePoll(poll));
  Send("noisy", 1);
  const auto answer = hub.TakePoll(poll);
  ASSERT_TRUE(answer);
  EXPECT_EQ(*answer, Strings{"noisy:0"});
}

TEST_F(FairTest, ATopicsMessagesAreToldApartByGroupInEveryQueue) {
  hub.SetAttributes(kQueue, AdmitTopics());
  hub.Succeeds(CreateTopic{kTopic, {}});
  hub.Succeeds(Subscribe{kTopic, kQueue, {{"RawMessageDelivery", "true"}}});
  const auto publish = [&](const std::vector<std::string>& groups) {
    Publish command{.topic = kTopic, .entries = {}};
    for (const std::string& group : groups) {
      command.entries.push_back({.message = {.body = "x", .attributes = {}, .group = group}, .subject = {}});
    }
    EXPECT_TRUE(hub.Succeeds(std::move(command)));
  };
  for (int i = 0; i < 10; ++i) publish(Strings(300, "noisy"));
  publish({"noisy", "quiet", "noisy", "noisy", "quiet", "noisy", ""});
  EXPECT_EQ(Groups(hub.Receive(kQueue, 10)), (std::map<std::string, int>{{"noisy", 7}, {"quiet", 2}, {"", 1}}));
  hub.Restart();
  std::size_t left = 0;
  for (ReceiveReply got = hub.Receive(); !got.deliveries.empty(); got = hub.Receive()) left += got.deliveries.size();
  EXPECT_EQ(left, 2997u);
}

TEST_F(FairTest, TheLimitOfMessagesInFlightHoldsForBothTogether) {
  Send("noisy", 70'000);
  for (int i = 0; i < 70; ++i) hub.Receive();
  EXPECT_EQ(hub.Counts(), "0/70000/0");
  hub.Send(Strings(1000, "x"));
  for (int i = 0; i < 50; ++i) {
    hub.Send(Strings(1000, "x"));
    hub.Receive();
  }
  EXPECT_EQ(hub.Counts(), "1000/120000/0");
  EXPECT_EQ(hub.Refusal(Receive{.queue = kQueue, .max = 10, .visibility = {}, .wait = Duration::zero()}).code,
            Code::kTooManyInFlight);
}

}  // namespace
}  // namespace hub::core
