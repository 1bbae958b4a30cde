// What the simulation (tests/sim) has found, each by its symptom.

#include "tests/core/support.h"

namespace hub::core {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::size_t kTinyWindow = 1;  // One message stays in memory, what follows goes to disk.

Receive AtOnce(std::size_t max = 10) { return {.queue = kQueue, .max = max, .visibility = {}, .wait = 0s}; }
Receive Patient() { return {.queue = kQueue, .max = 1, .visibility = {}, .wait = 20s}; }

TEST(RegressionTest, APurgeOfWhatWasPublishedDelayedLeavesNoBodies) {
  Steps steps;
  Attributes attributes = AdmitTopics();
  attributes["DelaySeconds"] = "10";
  steps.Do(CreateTopic{kTopic, {}});
  steps.Do(CreateQueue{kQueue, attributes});
  steps.Do(Subscribe{kTopic, kQueue, {}});
  steps.Do(Publish{kTopic, {{.message = {.body = "a", .attributes = {}}, .subject = {}}}});
  steps.End();
  steps.Do(Purge{kQueue});
  steps.Settle();
  std::size_t left = 0;
  ASSERT_TRUE(steps.store.Scan(std::string(1, static_cast<char>(KeyKind::kTopicChunk)), KindEnd(KeyKind::kTopicChunk),
                               [&](std::string_view, std::string_view) { return ++left > 0; }));
  EXPECT_EQ(left, 0u);
}

TEST(RegressionTest, AMessageOnDiskIsReceivedWhenTheOneBeforeItExpiresDuringTheLoad) {
  Steps steps(kTinyWindow);
  steps.Do(CreateQueue{kQueue, {{"MessageRetentionPeriod", "60"}, {"VisibilityTimeout", "0"}}});
  steps.Send({"old"});
  steps.End();
  steps.now += 30s;
  steps.Send({"young"});
  steps.End();
  steps.Do(AtOnce(1));
  steps.End();  // Asks for what is on disk; the answer takes long.
  steps.now += 31s;
  const auto receive = steps.Do(AtOnce());
  steps.End();
  steps.Settle();
  EXPECT_THAT(Bodies(steps.ReplyTo<ReceiveReply>(receive)), ElementsAre("young"));
}

TEST(RegressionTest, AStopAnswersAlsoADeleteThatWaitsForTheStore) {
  Steps steps;
  steps.Do(CreateQueue{kQueue, {}});
  steps.Send({"a"});
  steps.End();
  const auto receive = steps.Do(AtOnce());
  steps.End();
  const Handle handle = steps.ReplyTo<ReceiveReply>(receive).deliveries.at(0).handle;
  steps.Restart(/*power_loss=*/true);  // The store does not remember the receive: the message must be read first.
  const auto erase = steps.Do(Delete{kQueue, {{handle.data(), handle.size()}}});
  steps.Stop();
  ASSERT_TRUE(steps.answers.contains(erase));
  EXPECT_EQ(steps.answers.at(erase).error().code, Code::kUnavailable);
}

TEST(RegressionTest, WhoWouldNotWaitDoesNotStandBehindALongPoll) {
  Steps steps(kTinyWindow);
  steps.Do(CreateQueue{kQueue, {}});
  steps.Send({"a"});
  steps.End();
  steps.Send({"b"});
  steps.End();
  steps.Do(AtOnce(1));
  const auto first = steps.Do(Patient());
  const auto second = steps.Do(Patient());
  const auto hasty = steps.Do(AtOnce());
  steps.End();
  steps.Settle();
  EXPECT_THAT(Bodies(steps.ReplyTo<ReceiveReply>(first)), ElementsAre("b"));
  EXPECT_FALSE(steps.answers.contains(second));
  EXPECT_THAT(Bodies(steps.ReplyTo<ReceiveReply>(hasty)), IsEmpty());
}

}  // namespace
}  // namespace hub::core
