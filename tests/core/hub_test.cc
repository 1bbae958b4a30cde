#include <gtest/gtest.h>

#include "hub/base/json.h"
#include "tests/support/test_hub.h"

namespace hub::core {
namespace {

using testing_support::TestHub;

constexpr char kQueue[] = "111111111111/orders";

std::shared_ptr<const Caller> Nobody() { return nullptr; }

void Create(TestHub& hub, const std::string& queue, Attributes attributes = {}) {
  auto created = hub.Ask(Nobody(), CreateQueue{queue, std::move(attributes)});
  ASSERT_TRUE(created) << created.error().message;
}

SendReply SendTo(TestHub& hub, const std::string& queue, const std::vector<std::string>& bodies) {
  Send send{.queue = queue, .entries = {}};
  for (const std::string& body : bodies) send.entries.push_back({.body = body, .attributes = {}});
  auto reply = hub.Ask(Nobody(), std::move(send));
  EXPECT_TRUE(reply) << reply.error().message;
  return std::get<SendReply>(*reply);
}

ReceiveReply ReceiveFrom(TestHub& hub, const std::string& queue, std::size_t max = 1000,
                         std::optional<Duration> visibility = {}) {
  auto reply =
      hub.Ask(Nobody(), Receive{.queue = queue, .max = max, .visibility = visibility, .wait = Duration::zero()});
  EXPECT_TRUE(reply) << reply.error().message;
  return std::get<ReceiveReply>(*reply);
}

std::vector<std::string> Bodies(const ReceiveReply& reply) {
  std::vector<std::string> bodies;
  for (const Delivery& delivery : reply.deliveries) {
    bodies.emplace_back();
    AppendBody(bodies.back(), delivery);
  }
  return bodies;
}

std::string_view HandleOf(const Delivery& delivery) { return {delivery.handle.data(), delivery.handle.size()}; }

EntriesReply DeleteAll(TestHub& hub, const std::string& queue, const ReceiveReply& received) {
  Delete erase{.queue = queue, .handles = {}};
  for (const Delivery& delivery : received.deliveries) erase.handles.push_back(HandleOf(delivery));
  auto reply = hub.Ask(Nobody(), std::move(erase));
  EXPECT_TRUE(reply) << reply.error().message;
  return std::get<EntriesReply>(*reply);
}

QueueDescription Describe(TestHub& hub, const std::string& queue) {
  auto reply = hub.Ask(Nobody(), DescribeQueue{queue});
  EXPECT_TRUE(reply) << reply.error().message;
  return std::get<QueuesReply>(*reply).queues.at(0);
}

TEST(HubTest, AMessageIsSentReceivedAndDeleted) {
  TestHub hub;
  Create(hub, kQueue);
  const SendReply sent = SendTo(hub, kQueue, {"a", "b", "c"});
  EXPECT_EQ(Describe(hub, kQueue).visible, 3u);
  const ReceiveReply received = ReceiveFrom(hub, kQueue);
  EXPECT_EQ(Bodies(received), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(received.deliveries[1].id, sent.ids[1]);
  EXPECT_EQ(Describe(hub, kQueue).in_flight, 3u);
  EXPECT_TRUE(ReceiveFrom(hub, kQueue).deliveries.empty());
  DeleteAll(hub, kQueue, received);
  EXPECT_EQ(Describe(hub, kQueue).in_flight, 0u);
  EXPECT_EQ(Describe(hub, kQueue).deleted, 3u);
}

TEST(HubTest, AnUndeletedMessageReturnsWhenItsVisibilityEnds) {
  TestHub hub;
  Create(hub, kQueue);
  SendTo(hub, kQueue, {"a"});
  const ReceiveReply first = ReceiveFrom(hub, kQueue);
  hub.Advance(29s);
  EXPECT_TRUE(ReceiveFrom(hub, kQueue).deliveries.empty());
  hub.Advance(1s);
  const ReceiveReply second = ReceiveFrom(hub, kQueue);
  ASSERT_EQ(second.deliveries.size(), 1u);
  EXPECT_EQ(second.deliveries[0].receive_count, 2u);
  // The first handle is stale: deleting with it succeeds and leaves the message to its new owner.
  EXPECT_TRUE(DeleteAll(hub, kQueue, first).failures.empty());
  EXPECT_EQ(Describe(hub, kQueue).in_flight, 1u);
}

TEST(HubTest, EverythingSurvivesARestartAlsoReceiptHandles) {
  TestHub hub;
  Create(hub, kQueue);
  SendTo(hub, kQueue, {"a", "b", "c", "d"});
  const ReceiveReply received = ReceiveFrom(hub, kQueue, 2);
  hub.Restart();
  EXPECT_EQ(Describe(hub, kQueue).visible, 2u);
  EXPECT_EQ(Describe(hub, kQueue).in_flight, 2u);
  DeleteAll(hub, kQueue, received);
  EXPECT_EQ(Describe(hub, kQueue).in_flight, 0u);
  EXPECT_EQ(Bodies(ReceiveFrom(hub, kQueue)), (std::vector<std::string>{"c", "d"}));
  hub.Advance(30s);
  DeleteAll(hub, kQueue, ReceiveFrom(hub, kQueue));
  EXPECT_EQ(Describe(hub, kQueue).visible, 0u);
  hub.Restart();
  EXPECT_EQ(Describe(hub, kQueue).visible, 0u);
}

TEST(HubTest, AHandleOutlivesThePowerLossThatForgotItsReceive) {
  TestHub hub;
  Create(hub, kQueue);
  SendTo(hub, kQueue, {"a"});
  ASSERT_EQ(ReceiveFrom(hub, kQueue, 1, 0s).deliveries.size(), 1u);  // Stores the boot.
  const ReceiveReply received = ReceiveFrom(hub, kQueue);
  hub.Restart(/*power_loss=*/true);
  EXPECT_EQ(Describe(hub, kQueue).visible, 1u);
  DeleteAll(hub, kQueue, received);
  EXPECT_EQ(Describe(hub, kQueue).visible, 0u);
}

TEST(HubTest, ABacklogLargerThanTheWindowComesBackFromTheStoreInOrder) {
  TestHub hub(/*window_bytes_max=*/4096);
  Create(hub, kQueue);
  std::vector<std::string> bodies;
  for (int i = 0; i < 100; ++i) {
    bodies.push_back(std::to_string(i) + std::string(200, char(120)));
    SendTo(hub, kQueue, {bodies.back()});
  }
  EXPECT_EQ(Describe(hub, kQueue).visible, 100u);
  std::vector<std::string> got;
  while (true) {
    const ReceiveReply received = ReceiveFrom(hub, kQueue, 7);
    if (received.deliveries.empty()) break;
    for (const std::string& body : Bodies(received)) got.push_back(body);
    DeleteAll(hub, kQueue, received);
  }
  EXPECT_EQ(got, bodies);
  EXPECT_EQ(Describe(hub, kQueue).visible, 0u);
}

TEST(HubTest, ALongPollIsAnsweredByTheNextSend) {
  TestHub hub;
  Create(hub, kQueue);
  const auto poll = hub.Post(Nobody(), Receive{.queue = kQueue, .max = 10, .visibility = {}, .wait = 20s});
  EXPECT_FALSE(hub.TakeAnswer(poll));
  SendTo(hub, kQueue, {"a"});
  auto answer = hub.TakeAnswer(poll);
  ASSERT_TRUE(answer);
  EXPECT_EQ(Bodies(std::get<ReceiveReply>(**answer)), (std::vector<std::string>{"a"}));

  const auto empty = hub.Post(Nobody(), Receive{.queue = kQueue, .max = 10, .visibility = {}, .wait = 5s});
  hub.Advance(5s);
  answer = hub.TakeAnswer(empty);
  ASSERT_TRUE(answer);
  EXPECT_TRUE(std::get<ReceiveReply>(**answer).deliveries.empty());
}

TEST(HubTest, ADelayedQueueHidesItsMessagesUntilTheyAreDue) {
  TestHub hub;
  Create(hub, kQueue, {{"DelaySeconds", "10"}});
  const SendReply sent = SendTo(hub, kQueue, {"a", "b"});
  EXPECT_EQ(Describe(hub, kQueue).delayed, 2u);
  EXPECT_TRUE(ReceiveFrom(hub, kQueue).deliveries.empty());
  hub.Advance(5s);
  SendTo(hub, kQueue, {"c"});
  hub.Restart();
  hub.Advance(5s);
  EXPECT_EQ(Describe(hub, kQueue).delayed, 1u);
  const ReceiveReply received = ReceiveFrom(hub, kQueue);
  EXPECT_EQ(Bodies(received), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(received.deliveries[0].id, sent.ids[0]);
  hub.Advance(5s);
  EXPECT_EQ(Describe(hub, kQueue).delayed, 0u);
  EXPECT_EQ(Bodies(ReceiveFrom(hub, kQueue)), (std::vector<std::string>{"c"}));
}

TEST(HubTest, RetentionExpiresMessagesAlsoThoseOnDiskAndInFlight) {
  TestHub hub(/*window_bytes_max=*/2048);
  Create(hub, kQueue, {{"MessageRetentionPeriod", "60"}});
  for (int i = 0; i < 50; ++i) SendTo(hub, kQueue, {std::string(300, 'x')});
  ReceiveFrom(hub, kQueue, 3);
  hub.Advance(30s);
  SendTo(hub, kQueue, {"young"});
  EXPECT_EQ(Describe(hub, kQueue).oldest_age, 30s);
  hub.Advance(30s);
  const QueueDescription description = Describe(hub, kQueue);
  EXPECT_EQ(description.visible, 1u);
  EXPECT_EQ(description.in_flight, 0u);
  EXPECT_EQ(description.expired, 50u);
  EXPECT_EQ(Bodies(ReceiveFrom(hub, kQueue)), (std::vector<std::string>{"young"}));
}

TEST(HubTest, AMessageReceivedTooOftenMovesToTheDeadLetterQueue) {
  TestHub hub;
  Create(hub, "111111111111/dead");
  Create(
      hub, kQueue,
      {{"RedrivePolicy", R"({"deadLetterTargetArn":"arn:aws:sqs:us-east-1:111111111111:dead","maxReceiveCount":2})"}});
  const SendReply sent = SendTo(hub, kQueue, {"poison"});
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(ReceiveFrom(hub, kQueue).deliveries.size(), 1u);
    hub.Advance(30s);
  }
  EXPECT_TRUE(ReceiveFrom(hub, kQueue).deliveries.empty());
  EXPECT_EQ(Describe(hub, kQueue).visible, 0u);
  hub.Restart();
  const ReceiveReply received = ReceiveFrom(hub, "111111111111/dead");
  ASSERT_EQ(received.deliveries.size(), 1u);
  EXPECT_EQ(received.deliveries[0].id, sent.ids[0]);
  EXPECT_EQ(received.deliveries[0].receive_count, 3u);
  EXPECT_EQ(received.deliveries[0].dead_letter_source, "arn:aws:sqs:us-east-1:111111111111:orders");
}

TEST(HubTest, PurgeAndDeleteLeaveNothingBehind) {
  TestHub hub;
  const std::size_t keys_before = hub.store().Size();
  Create(hub, kQueue);
  SendTo(hub, kQueue, {"a", "b"});
  const ReceiveReply received = ReceiveFrom(hub, kQueue, 1);
  ASSERT_TRUE(hub.Ask(Nobody(), Purge{kQueue}));
  EXPECT_EQ(Describe(hub, kQueue).visible + Describe(hub, kQueue).in_flight, 0u);
  EXPECT_TRUE(DeleteAll(hub, kQueue, received).failures.empty());
  SendTo(hub, kQueue, {"c"});
  EXPECT_EQ(Bodies(ReceiveFrom(hub, kQueue)), (std::vector<std::string>{"c"}));
  ASSERT_TRUE(hub.Ask(Nobody(), DeleteQueue{kQueue}));
  EXPECT_LE(hub.store().Size(), keys_before + 1);
}

// --- Topics ---------------------------------------------------------------------------------------------------------

void Allow(TestHub& hub, const std::string& queue) {
  const std::string name = queue.substr(queue.find('/') + 1);
  const std::string arn = "arn:aws:sqs:us-east-1:" + queue.substr(0, 12) + ":" + name;
  const std::string policy =
      R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},)"
      R"("Action":"sqs:SendMessage","Resource":")" +
      arn + R"("}]})";
  auto set = hub.Ask(Nobody(), SetQueueAttributes{queue, {{"Policy", policy}}});
  ASSERT_TRUE(set) << set.error().message;
}

void PublishTo(TestHub& hub, const std::string& topic, const std::vector<std::string>& bodies,
               const std::vector<Attribute>& attributes = {}) {
  Publish publish{.topic = topic, .entries = {}};
  for (const std::string& body : bodies) {
    publish.entries.push_back({.message = {.body = body, .attributes = attributes}, .subject = {}});
  }
  auto reply = hub.Ask(Nobody(), std::move(publish));
  ASSERT_TRUE(reply) << reply.error().message;
}

constexpr char kTopic[] = "111111111111/events";

TEST(HubTest, APublishReachesTheQueuesThatFilterAndPolicyAdmit) {
  TestHub hub;
  ASSERT_TRUE(hub.Ask(Nobody(), CreateTopic{kTopic, {}}));
  for (const std::string queue : {"222222222222/all", "222222222222/eu", "222222222222/denied"}) Create(hub, queue);
  Allow(hub, "222222222222/all");
  Allow(hub, "222222222222/eu");
  ASSERT_TRUE(hub.Ask(Nobody(), Subscribe{kTopic, "222222222222/all", {}}));
  ASSERT_TRUE(hub.Ask(Nobody(), Subscribe{kTopic,
                                          "222222222222/eu",
                                          {{"FilterPolicy", R"({"region":["eu"]})"}, {"RawMessageDelivery", "true"}}}));
  ASSERT_TRUE(hub.Ask(Nobody(), Subscribe{kTopic, "222222222222/denied", {}}));
  PublishTo(hub, kTopic, {"one"}, {{"region", "String", "eu"}});
  PublishTo(hub, kTopic, {"two"}, {{"region", "String", "us"}});
  hub.Restart();
  EXPECT_EQ(Bodies(ReceiveFrom(hub, "222222222222/eu")), (std::vector<std::string>{"one"}));
  const std::vector<std::string> all = Bodies(ReceiveFrom(hub, "222222222222/all"));
  ASSERT_EQ(all.size(), 2u);
  const auto envelope = ParseJson(all[0], "");
  ASSERT_TRUE(envelope);
  EXPECT_EQ(envelope->Find("Message")->text, "one");
  EXPECT_EQ(envelope->Find("TopicArn")->text, "arn:aws:sns:us-east-1:111111111111:events");
  EXPECT_TRUE(ReceiveFrom(hub, "222222222222/denied").deliveries.empty());
  ASSERT_FALSE(hub.log().empty());
  EXPECT_NE(hub.log().back().text.find("aws:SourceArn"), std::string::npos) << hub.log().back().text;
}

TEST(HubTest, ABodyIsStoredOnceAndGoneWhenTheLastQueueIsDone) {
  TestHub hub;
  ASSERT_TRUE(hub.Ask(Nobody(), CreateTopic{kTopic, {}}));
  const std::vector<std::string> queues = {"222222222222/a", "222222222222/b", "222222222222/c"};
  for (const std::string& queue : queues) {
    Create(hub, queue);
    Allow(hub, queue);
    ASSERT_TRUE(hub.Ask(Nobody(), Subscribe{kTopic, queue, {{"RawMessageDelivery", "true"}}}));
  }
  PublishTo(hub, kTopic, {"warm-up"});  // Counters of queues are keys, too.
  for (const std::string& queue : queues) DeleteAll(hub, queue, ReceiveFrom(hub, queue));
  const std::size_t keys_before = hub.store().Size();
  for (int i = 0; i < 10; ++i) PublishTo(hub, kTopic, {"m" + std::to_string(i)});
  hub.Restart();
  DeleteAll(hub, queues[0], ReceiveFrom(hub, queues[0]));
  EXPECT_EQ(ReceiveFrom(hub, queues[1], 3).deliveries.size(), 3u);
  hub.Restart();
  hub.Advance(30s);
  DeleteAll(hub, queues[1], ReceiveFrom(hub, queues[1]));
  ASSERT_TRUE(hub.Ask(Nobody(), Purge{queues[2]}));
  hub.Advance(1s);
  EXPECT_EQ(hub.store().Size(), keys_before);
}

TEST(HubTest, AFewSurvivorsDoNotHoldOnToTheSpaceOfAll) {
  TestHub hub;
  ASSERT_TRUE(hub.Ask(Nobody(), CreateTopic{kTopic, {}}));
  const std::vector<std::string> queues = {"222222222222/raw", "222222222222/wrapped"};
  for (const std::string& queue : queues) {
    Create(hub, queue);
    Allow(hub, queue);
    const bool raw = queue == queues[0];
    ASSERT_TRUE(hub.Ask(Nobody(), Subscribe{kTopic, queue, {{"RawMessageDelivery", raw ? "true" : "false"}}}));
  }
  std::vector<std::string> bodies;
  for (int i = 0; i < 64; ++i) bodies.push_back(std::to_string(i) + std::string(1000, 'x'));
  PublishTo(hub, kTopic, bodies);
  std::vector<std::vector<std::string>> survivors;
  for (const std::string& queue : queues) {
    ReceiveReply received = ReceiveFrom(hub, queue);
    ASSERT_EQ(received.deliveries.size(), 64u);
    survivors.push_back({Bodies(received)[10], Bodies(received)[63]});
    received.deliveries.erase(received.deliveries.begin() + 63);
    received.deliveries.erase(received.deliveries.begin() + 10);
    DeleteAll(hub, queue, received);
  }
  EXPECT_GT(hub.store().Bytes(), 64'000u);
  hub.Advance(30s);
  for (std::size_t i = 0; i < queues.size(); ++i) {
    const ReceiveReply received = ReceiveFrom(hub, queues[i]);
    EXPECT_EQ(Bodies(received), survivors[i]);
    EXPECT_EQ(received.deliveries.at(0).receive_count, 2u);
    EXPECT_EQ(received.deliveries.at(0).body, bodies[10]);
    EXPECT_EQ(received.deliveries.at(0).envelope_topic.empty(), i == 0);
  }
  EXPECT_LT(hub.store().Bytes(), 8'000u);
  hub.Restart();
  hub.Advance(30s);
  EXPECT_EQ(Bodies(ReceiveFrom(hub, queues[0])), survivors[0]);
}

TEST(HubTest, WithoutSpaceNewMessagesAreRefusedAndOldOnesServed) {
  TestHub hub;
  Create(hub, kQueue);
  SendTo(hub, kQueue, {"a"});
  hub.store().space_left = 0;
  auto refused = hub.Ask(Nobody(), Send{kQueue, {{.body = "b", .attributes = {}}}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kNoSpace);
  DeleteAll(hub, kQueue, ReceiveFrom(hub, kQueue));
  hub.store().space_left = std::uint64_t{1} << 40;
  SendTo(hub, kQueue, {"c"});
  EXPECT_EQ(Bodies(ReceiveFrom(hub, kQueue)), (std::vector<std::string>{"c"}));
}

}  // namespace
}  // namespace hub::core
