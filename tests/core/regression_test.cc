// What the simulation (tests/sim) and the writing of other tests have found, each by its symptom.

#include <functional>

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

// Whichever way a message goes, its share of the memory for bodies is free again: otherwise the share grew, until
// everything that was sent had to be read from the store.
TEST(RegressionTest, WhatIsGoneTakesNoMemoryFromWhatIsSent) {
  const std::string other = "111111111111/other";
  const auto receive_twice = [](Steps& steps) {
    for (int i = 0; i < 2; ++i) {
      steps.Do(Receive{.queue = kQueue, .max = kReceiveMax, .visibility = Duration::zero(), .wait = 0s});
      steps.End();
    }
  };
  const struct {
    const char* how;
    std::function<void(Steps&)> go;
  } cases[] = {
      {"expired", [](Steps& steps) { steps.now += 61s; }},
      {"given up", receive_twice},
      {"deleted",
       [&](Steps& steps) {
         const auto receive =
             steps.Do(Receive{.queue = kQueue, .max = kReceiveMax, .visibility = Duration::zero(), .wait = 0s});
         steps.End();
         const auto got = steps.ReplyTo<ReceiveReply>(receive);
         Delete erase{.queue = kQueue, .handles = {}};
         for (const Delivery& delivery : got.deliveries) erase.handles.push_back(HandleOf(delivery));
         steps.Do(erase);
       }},
      {"moved",
       [&](Steps& steps) {
         receive_twice(steps);
         steps.Do(StartMoveTask{.source = kDead, .destination = other});
       }},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.how);
    Steps steps(/*window_bytes_max=*/64 * 1024);
    steps.Do(CreateQueue{kDead, {}});
    Attributes attributes = Redrive(1);
    attributes["MessageRetentionPeriod"] = "60";
    steps.Do(CreateQueue{kQueue, attributes});
    steps.Do(CreateQueue{other, {}});
    steps.End();
    for (int i = 0; i < 10; ++i) {
      steps.Send({std::string(15'000, 'x')});
      steps.End();
      c.go(steps);
      steps.Settle();
      steps.Do(Purge{kDead});
      steps.Do(Purge{other});
      steps.End();
    }
    steps.Send({"a"});
    steps.End();
    const auto receive = steps.Do(AtOnce());
    steps.End();  // Without reading.
    EXPECT_THAT(Bodies(steps.ReplyTo<ReceiveReply>(receive)), ElementsAre("a"));
  }
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
