#include "hub/core/statistics.h"

#include "tests/core/support.h"

namespace hub::core {
namespace {

using testing::IsEmpty;

class StatisticsTest : public testing::Test {
 protected:
  StatisticsReply Look() { return hub_.Expect<StatisticsReply>(Statistics{}); }

  Talk hub_;
};

TEST_F(StatisticsTest, MessagesAreCountedByStateAndByWhatBecameOfThem) {
  hub_.Create(kQueue);
  hub_.Create("222222222222/late", {{"DelaySeconds", "60"}});
  hub_.Send({"a", "b", "c"});
  hub_.Send({"d"}, "222222222222/late");
  hub_.Delete(hub_.Receive(kQueue, 1));
  hub_.Receive(kQueue, 1);
  hub_.Advance(10s);

  const QueueCounts all = Look().all;
  EXPECT_EQ(all.visible, 1u);
  EXPECT_EQ(all.in_flight, 1u);
  EXPECT_EQ(all.delayed, 1u);
  EXPECT_EQ(all.oldest_age, 10s);
  EXPECT_EQ(all.sent, 4u);
  EXPECT_EQ(all.received, 2u);
  EXPECT_EQ(all.deleted, 1u);
}

TEST_F(StatisticsTest, ExpiredAndDeadLetteredMessagesAreCounted) {
  hub_.Create(kDead);
  hub_.Create(kQueue, Redrive(1));
  hub_.Send({"a"});
  hub_.Receive(kQueue, 1, Duration::zero());
  hub_.Receive();
  EXPECT_EQ(Look().all.dead_lettered, 1u);
  hub_.Advance(kRetentionDefault);
  EXPECT_EQ(Look().all.expired, 1u);
  EXPECT_EQ(Look().all.oldest_age, Duration::zero());
}

TEST_F(StatisticsTest, TotalsNeverGoBackWhenAQueueIsDeleted) {
  hub_.Create(kQueue);
  hub_.Send({"a", "b"});
  hub_.Delete(hub_.Receive(kQueue, 1));
  hub_.Succeeds(DeleteQueue{kQueue});

  const StatisticsReply after = Look();
  EXPECT_EQ(after.queue_count, 0u);
  EXPECT_EQ(after.all.visible, 0u);
  EXPECT_EQ(after.all.sent, 2u);
  EXPECT_EQ(after.all.received, 1u);
  EXPECT_EQ(after.all.deleted, 1u);
}

TEST_F(StatisticsTest, EveryDeliveryHasOneResult) {
  hub_.CreateSubscribed(kQueue);
  hub_.CreateSubscribed("111111111111/picky", {{"FilterPolicy", R"({"kind":["other"]})"}});
  hub_.Create("111111111111/closed");
  hub_.Succeeds(Subscribe{kTopic, "111111111111/closed", {}});
  hub_.CreateSubscribed("111111111111/gone");
  hub_.Succeeds(DeleteQueue{"111111111111/gone"});
  hub_.Create(kDead, AdmitTopics());
  hub_.CreateSubscribed("111111111111/rescued", {{"RedrivePolicy", R"({"deadLetterTargetArn":)"
                                                                   R"("arn:aws:sqs:us-east-1:111111111111:dead"})"}});
  hub_.Succeeds(DeleteQueue{"111111111111/rescued"});
  hub_.Publish({"a", "b"});

  const StatisticsReply statistics = Look();
  EXPECT_EQ(statistics.subscription_count, 5u);
  EXPECT_EQ(statistics.tally.published, 2u);
  EXPECT_EQ(statistics.tally.delivered, 2u);
  EXPECT_EQ(statistics.tally.filtered, 2u);
  EXPECT_EQ(statistics.tally.denied, 2u);
  EXPECT_EQ(statistics.tally.failed, 2u);
  EXPECT_EQ(statistics.tally.dead_lettered, 2u);
}

// Nothing of it is stored, so no chunk is closed that would tell.
TEST_F(StatisticsTest, WhatReachesNobodyIsCountedAtOnce) {
  hub_.Succeeds(CreateTopic{kTopic, {}});
  hub_.Create("111111111111/closed");
  hub_.Succeeds(Subscribe{kTopic, "111111111111/closed", {}});
  hub_.Publish({"a"});
  EXPECT_EQ(Look().tally.denied, 1u);
  hub_.Publish({"b", "c"});
  EXPECT_EQ(Look().tally.denied, 3u);
}

constexpr char kUsers[] = R"(
metrics: {per_queue: true}
accounts:
  shop:
    id: "111111111111"
    users:
      checkout: {password: p, may: {do: send, on: queue/orders}}
      watch: {password: p, policies: {Version: "2012-10-17", Statement: {Effect: Allow, Action: "hub:Statistics", Resource: "*"}}}
    queues: {orders: }
)";

TEST_F(StatisticsTest, DecisionsAreCountedAndNumbersAreForWhomAPolicyAdmits) {
  hub_.Configure(kUsers);
  hub_.as = hub_.User("shop/checkout");
  hub_.Send({"a"});
  EXPECT_EQ(hub_.Refusal(Purge{kQueue}).code, Code::kAccessDenied);
  EXPECT_EQ(hub_.Refusal(Statistics{}).code, Code::kAccessDenied);

  hub_.as = hub_.User("shop/watch");
  const Tally tally = Look().tally;
  EXPECT_EQ(tally.allowed, 2u);  // The send, and this.
  EXPECT_EQ(tally.refused, 2u);
  EXPECT_EQ(tally.logged, 0u);

  hub_.Configure("hub: {policies: log}\n" + std::string(kUsers + 1));
  hub_.as = hub_.User("shop/checkout");
  hub_.Succeeds(Purge{kQueue});
  hub_.Succeeds(Purge{kQueue});  // It is logged once, and counted each time.
  hub_.as = nullptr;
  EXPECT_EQ(Look().tally.logged, 2u);
}

TEST_F(StatisticsTest, QueuesAreToldOneByOneWhereTheConfigurationSaysSo) {
  hub_.Create("222222222222/b");
  EXPECT_THAT(Look().queues, IsEmpty());
  hub_.Configure(kUsers);
  hub_.Send({"a"});

  const std::vector<QueueStatistics> queues = Look().queues;
  ASSERT_EQ(queues.size(), 2u);
  EXPECT_EQ(queues[1].account, "111111111111");
  EXPECT_EQ(queues[1].region, "us-east-1");
  EXPECT_EQ(queues[1].name, "orders");
  EXPECT_EQ(queues[1].counts.visible, 1u);
}

TEST_F(StatisticsTest, ParkedPollsAndPushConsumersAreCounted) {
  hub_.Create(kQueue);
  hub_.Poll();
  hub_.Poll();
  hub_.Post(nullptr, Consume{.queue = kQueue, .credit = 1, .visibility = {}});
  EXPECT_EQ(Look().waiting_receives, 2u);
  EXPECT_EQ(Look().push_consumers, 1u);
  hub_.Advance(20s);
  EXPECT_EQ(Look().waiting_receives, 0u);
}

TEST_F(StatisticsTest, BodiesInMemoryAreCounted) {
  hub_.Create(kQueue);
  EXPECT_EQ(Look().window_bytes, 0u);
  hub_.Send({std::string(5000, 'x')});
  EXPECT_GT(Look().window_bytes, 5000u);
}

}  // namespace
}  // namespace hub::core
