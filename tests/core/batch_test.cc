// What a turn makes durable: one batch, chunks within their limits, bodies once, references counted.

#include "hub/core/records.h"
#include "tests/core/support.h"

namespace hub::core {
namespace {

using testing::ElementsAre;

TEST(BatchTest, ATurnOfManySendsIsOneBatchAndOneChunkPerQueue) {
  Steps steps;
  steps.Do(CreateQueue{kQueue, {}});
  steps.Do(CreateQueue{kDead, {}});
  steps.End();
  for (int i = 0; i < 50; ++i) {
    steps.Send({"a"});
    steps.Send({"b"}, kDead);
  }
  const Batch batch = steps.End();
  EXPECT_TRUE(batch.flush);
  EXPECT_EQ(Puts(batch, KeyKind::kChunk), 2u);
  EXPECT_EQ(Puts(batch, KeyKind::kCounters), 2u);
}

TEST(BatchTest, AChunkHoldsAtMost256MessagesAnd256KiBALargerMessageAlone) {
  Steps steps;
  steps.Do(CreateQueue{kQueue, {}});
  steps.End();
  steps.Send(Strings(1000, "x"));
  EXPECT_EQ(Puts(steps.End(), KeyKind::kChunk), 4u);  // 256, 256, 256 and 232.
  steps.Send(Strings(20, std::string(60 * 1024, 'x')));
  EXPECT_EQ(Puts(steps.End(), KeyKind::kChunk), 5u);  // Four in each.
  steps.Send({"a", std::string(300 * 1024, 'x'), "b"});
  const Batch batch = steps.End();
  EXPECT_EQ(Puts(batch, KeyKind::kChunk), 3u);
  for (const Write& write : batch.writes) EXPECT_LE(write.Value().size(), 301u * 1024);
}

// rule: hardening R9 what is only handed out is written, and not flushed
TEST(BatchTest, OnlyWhatMustSurviveAPowerLossIsFlushed) {
  Steps steps;
  steps.Do(CreateQueue{kQueue, {}});
  EXPECT_TRUE(steps.End().flush);
  steps.Send({"a", "b"});
  EXPECT_TRUE(steps.End().flush);
  const auto receive = steps.Do(Receive{.queue = kQueue, .visibility = {}, .wait = 0s});
  const Batch handed_out = steps.End();
  EXPECT_FALSE(handed_out.flush);
  EXPECT_EQ(Puts(handed_out, KeyKind::kSlots), 1u);  // kill -9 keeps it.
  const ReceiveReply received = steps.ReplyTo<ReceiveReply>(receive);
  steps.Do(ChangeVisibility{kQueue, {{HandleOf(received.deliveries.at(0)), 60s}}});
  EXPECT_FALSE(steps.End().flush);
  steps.Do(Delete{kQueue, {HandleOf(received.deliveries.at(0))}});
  EXPECT_TRUE(steps.End().flush);
  steps.Do(DescribeQueue{kQueue});
  const Batch asked = steps.End();
  EXPECT_FALSE(asked.flush);
  EXPECT_TRUE(asked.writes.empty());
  steps.Do(Purge{kQueue});
  EXPECT_TRUE(steps.End().flush);
}

// A handle of this boot must not leave before the boot is on disk, or the next boot would have the same number.
TEST(BatchTest, ABootThatGaveOutAHandleIsRememberedAfterAPowerLoss) {
  Steps steps;
  steps.Do(CreateQueue{kQueue, {}});
  steps.Send({"a", "b"});
  steps.End();
  steps.Restart();
  steps.Settle();
  const auto receive = steps.Do(Receive{.queue = kQueue, .max = 1, .visibility = {}, .wait = 0s});
  steps.Settle();
  EXPECT_EQ(steps.ReplyTo<ReceiveReply>(receive).deliveries.size(), 1u);
  steps.Do(Receive{.queue = kQueue, .max = 1, .visibility = {}, .wait = 0s});
  EXPECT_FALSE(steps.End().flush);
  steps.Restart(/*power_loss=*/true);
  const auto describe = steps.Do(DescribeHub{});
  steps.End();
  EXPECT_EQ(steps.ReplyTo<HubReply>(describe).boot, 3u);
}

// Publishes to `queues` queues of one topic and returns the batch of that turn.
Batch PublishTo(Steps& steps, int queues, const std::string& body, std::size_t messages = 10) {
  steps.Do(CreateTopic{kTopic, {}});
  for (int i = 0; i < queues; ++i) {
    const std::string queue = "111111111111/q" + std::to_string(i);
    steps.Do(CreateQueue{queue, AdmitTopics()});
    steps.Do(Subscribe{kTopic, queue, {{"RawMessageDelivery", "true"}}});
  }
  steps.End();
  for (std::size_t i = 0; i < messages; ++i) {
    steps.Do(Publish{kTopic, {{.message = {.body = body, .attributes = {}}, .subject = {}}}});
  }
  return steps.End();
}

TEST(BatchTest, ABodyIsStoredOncePerPublishAndASubscriberCostsSomethingPerTurn) {
  Steps steps;
  const std::string body(10'000, 'x');
  const Batch batch = PublishTo(steps, 20, body);
  EXPECT_TRUE(batch.flush);
  EXPECT_EQ(Puts(batch, KeyKind::kChunk), 20u);
  EXPECT_EQ(Puts(batch, KeyKind::kTopicChunk), 2u);  // The bodies, and how many chunks refer to them.
  std::size_t bytes = 0;
  for (const Write& write : batch.writes) {
    bytes += write.Value().size();
    if (write.key[0] == static_cast<char>(KeyKind::kChunk)) {
      EXPECT_LT(write.Value().size(), 64u);
    }
  }
  EXPECT_LT(bytes, 10 * body.size() + 20 * 150 + 1000);
}

TEST(BatchTest, ReferencesAreCountedInTheSameBatchAndTheLastTakesTheBodies) {
  Steps steps;
  PublishTo(steps, 3, "body");
  std::string count_key;
  const std::string from = Key(KeyKind::kTopicChunk, 0);
  const auto rows = [&] {
    std::vector<std::string> values;
    EXPECT_TRUE(steps.store.Scan(from, KindEnd(KeyKind::kTopicChunk), [&](auto, auto value) {
      values.emplace_back(value);
      return true;
    }));
    return values;
  };
  for (std::uint64_t left = 3; left > 0; --left) {
    ASSERT_EQ(rows().size(), 2u);
    EXPECT_EQ(DecodeCount(rows()[1]), left);
    const std::string queue = "111111111111/q" + std::to_string(left - 1);
    const auto receive = steps.Do(Receive{.queue = queue, .max = 1000, .visibility = {}, .wait = 0s});
    steps.End();
    const ReceiveReply received = steps.ReplyTo<ReceiveReply>(receive);
    ASSERT_EQ(received.deliveries.size(), 10u);
    Delete erase{.queue = queue, .handles = {}};
    for (const Delivery& delivery : received.deliveries) erase.handles.push_back(HandleOf(delivery));
    steps.Do(std::move(erase));
    steps.End();
  }
  EXPECT_TRUE(rows().empty());
}

// rule: hardening R11 a publish is in every admitted queue or in none
TEST(BatchTest, APublishIsInEveryAdmittedQueueOrInNone) {
  for (const bool written : {false, true}) {
    SCOPED_TRACE(written);
    Steps steps;
    PublishTo(steps, 10, "first", 1);
    ASSERT_EQ(steps.store.Unflushed(), 0u);
    if (written) {
      steps.Do(Publish{kTopic, {{.message = {.body = "second", .attributes = {}}, .subject = {}}}});
      steps.End();
    } else {
      steps.Do(Publish{kTopic, {{.message = {.body = "second", .attributes = {}}, .subject = {}}}});
    }
    steps.Restart(/*power_loss=*/true);
    for (int i = 0; i < 10; ++i) {
      const auto receive =
          steps.Do(Receive{.queue = "111111111111/q" + std::to_string(i), .max = 10, .visibility = {}, .wait = 0s});
      steps.Settle();
      EXPECT_EQ(steps.ReplyTo<ReceiveReply>(receive).deliveries.size(), written ? 2u : 1u);
    }
  }
}

TEST(BatchTest, ADeletedChunkLeavesTheStoreAndAPartlyDeletedOneItsBitmap) {
  Steps steps;
  steps.Do(CreateQueue{kQueue, {}});
  steps.Send({"a", "b"});
  steps.End();
  const auto receive = steps.Do(Receive{.queue = kQueue, .visibility = {}, .wait = 0s});
  steps.End();
  const ReceiveReply received = steps.ReplyTo<ReceiveReply>(receive);
  ASSERT_EQ(received.deliveries.size(), 2u);
  steps.Do(Delete{kQueue, {HandleOf(received.deliveries[0])}});
  const Batch first = steps.End();
  EXPECT_EQ(Puts(first, KeyKind::kChunk), 0u);
  EXPECT_EQ(Puts(first, KeyKind::kSlots), 1u);
  steps.Do(Delete{kQueue, {HandleOf(received.deliveries[1])}});
  steps.End();
  for (const KeyKind kind : {KeyKind::kChunk, KeyKind::kSlots}) {
    EXPECT_TRUE(steps.store.Scan(Key(kind, 0), KindEnd(kind), [](auto, auto) {
      ADD_FAILURE() << "left behind";
      return false;
    }));
  }
}

// rule: hardening R17 nobody seeks from the start of a queue: a persisted watermark says where the live part begins
TEST(BatchTest, TheWatermarkMovesPastWhatIsDeletedAndLoadsBeginThere) {
  Steps steps(/*window_bytes_max=*/1);
  steps.Do(CreateQueue{kQueue, {}});
  for (int i = 0; i < 20; ++i) {
    steps.Send({std::to_string(i)});
    steps.Settle();
  }
  for (int i = 0; i < 15; ++i) {
    const auto receive = steps.Do(Receive{.queue = kQueue, .max = 1, .visibility = {}, .wait = 0s});
    steps.Settle();
    const ReceiveReply received = steps.ReplyTo<ReceiveReply>(receive);
    ASSERT_THAT(Bodies(received), ElementsAre(std::to_string(i)));
    steps.Do(Delete{kQueue, {HandleOf(received.deliveries[0])}});
    steps.Settle();
  }
  queues::Counters counters;
  EXPECT_TRUE(steps.store.Scan(Key(KeyKind::kCounters, 0), KindEnd(KeyKind::kCounters), [&](auto, auto value) {
    const auto decoded = queues::Counters::Decode(value);
    EXPECT_TRUE(decoded);
    if (decoded) {
      counters = *decoded;
    }
    return true;
  }));
  EXPECT_EQ(counters.watermark, 16u);
  EXPECT_EQ(counters.live, 5u);
  EXPECT_EQ(counters.next_sequence, 21u);
}

TEST(BatchTest, AStoreThatCannotHaveBeenWrittenByTheHubIsRefused) {
  const struct {
    const char* why;
    std::string key;
    std::string value;
  } cases[] = {
      {"hub", HubKey(), "x"},
      {"queue", Key(KeyKind::kQueue, 1), "x"},
      {"counters", Key(KeyKind::kCounters, 1), "x"},
      {"topic", Key(KeyKind::kTopic, 1), "x"},
      {"subscription", Key(KeyKind::kSubscription, 3), "x"},
      {"subscription of no topic", Key(KeyKind::kSubscription, 3), SubscriptionRecord().Encode()},
      {"older subscription", Key(KeyKind::kSubscriptionOfQueue, 1, 2), "x"},
      {"older subscription of no queue", Key(KeyKind::kSubscriptionOfQueue, 1, 2), std::string("\x01\0\0\0\0", 5)},
      {"trash", Key(KeyKind::kTrash, 1), "x"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    testing_support::MemoryStore store;
    Batch batch;
    batch.Put(c.key, c.value);
    ASSERT_TRUE(store.Write(batch));
    Core core({});
    const auto recovered =
        core.Recover([&](auto from, auto to, const auto& visit) { return store.Scan(from, to, visit); }, InstantOf(1));
    ASSERT_FALSE(recovered);
    EXPECT_EQ(recovered.error().code, Code::kStorage);
  }
}

// rule: hardening R8 hub time is never before what it was
TEST(BatchTest, HubTimeBeginsAtTheLaterOfWallTimeAndWhatIsStored) {
  Steps steps;
  steps.Do(CreateQueue{kQueue, {}});
  const Instant before = steps.now;
  steps.End();
  steps.now = before - 1h;
  steps.Restart();
  EXPECT_GE(steps.core->start_time(), before);
  steps.now = before + 24h;
  steps.Restart();
  EXPECT_EQ(steps.core->start_time(), before + 24h);
}

}  // namespace
}  // namespace hub::core
