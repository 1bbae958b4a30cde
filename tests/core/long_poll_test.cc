#include "tests/core/support.h"

namespace hub::core {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class LongPollTest : public testing::Test {
 protected:
  LongPollTest() { hub.Create(kQueue); }
  Talk hub;
};

// rule: aws 62 a long poll answers as soon as one message is there
TEST_F(LongPollTest, OneMessageIsEnough) {
  const auto poll = hub.Poll(kQueue, 10);
  hub.Send({"a"});
  EXPECT_EQ(hub.TakePoll(poll), Strings{"a"});
}

// rule: aws 62 an omitted wait is the queue's, an explicit zero is not
TEST_F(LongPollTest, AnOmittedWaitIsTheQueuesOwn) {
  hub.SetAttributes(kQueue, {{"ReceiveMessageWaitTimeSeconds", "7"}});
  EXPECT_THAT(hub.Receive().deliveries, IsEmpty());  // An explicit zero.
  const auto poll = hub.Post(nullptr, Receive{.queue = kQueue, .visibility = {}, .wait = {}});
  hub.Advance(6s);
  EXPECT_FALSE(hub.TakePoll(poll));
  hub.Advance(1s);
  EXPECT_EQ(hub.TakePoll(poll), Strings{});
}

TEST_F(LongPollTest, WhoWaitsLongestIsServedFirst) {
  const auto first = hub.Poll(kQueue, 1);
  const auto second = hub.Poll(kQueue, 1);
  const auto third = hub.Poll(kQueue, 1);
  hub.Send({"a", "b"});
  EXPECT_EQ(hub.TakePoll(first), Strings{"a"});
  EXPECT_EQ(hub.TakePoll(second), Strings{"b"});
  EXPECT_FALSE(hub.TakePoll(third));
}

// rule: aws 63 what wakes a long poll
TEST_F(LongPollTest, EverythingThatMakesAMessageVisibleWakesIt) {
  hub.Send({"a"});
  const Delivery hidden = hub.Receive().deliveries.at(0);

  auto poll = hub.Poll();
  hub.Hide(hidden, 0s);
  EXPECT_EQ(hub.TakePoll(poll), Strings{"a"}) << "change of visibility to 0";

  hub.Advance(15s);
  poll = hub.Poll();
  hub.Advance(15s);
  const auto answer = hub.TakePoll(poll);
  EXPECT_EQ(answer, Strings{"a"}) << "end of visibility";

  hub.SetAttributes(kQueue, {{"DelaySeconds", "10"}});
  hub.Send({"b"});
  poll = hub.Poll();
  EXPECT_FALSE(hub.TakePoll(poll));
  hub.Advance(10s);
  EXPECT_EQ(hub.TakePoll(poll), Strings{"b"}) << "end of delay";

  hub.SetAttributes(kQueue, {{"DelaySeconds", "0"}});
  hub.SetAttributes(kQueue, AdmitTopics());
  hub.Succeeds(CreateTopic{kTopic, {}});
  hub.Succeeds(Subscribe{kTopic, kQueue, {{"RawMessageDelivery", "true"}}});
  poll = hub.Poll();
  hub.Publish({"c"});
  EXPECT_EQ(hub.TakePoll(poll), Strings{"c"}) << "publish";
}

// rule: aws 63 a deleted queue releases who waits for it
TEST_F(LongPollTest, ADeletedQueueReleasesWhoWaits) {
  const auto poll = hub.Poll();
  hub.Succeeds(DeleteQueue{kQueue});
  const auto answer = hub.TakeAnswer(poll);
  ASSERT_TRUE(answer);
  ASSERT_FALSE(*answer);
  EXPECT_EQ(answer->error(), (Error{Code::kQueueNotFound, "The queue " + std::string(kQueueArn) + " was deleted."}));
}

TEST_F(LongPollTest, APurgeLeavesItWaiting) {
  const auto poll = hub.Poll();
  hub.Succeeds(Purge{kQueue});
  EXPECT_FALSE(hub.TakePoll(poll));
  hub.Send({"a"});
  EXPECT_EQ(hub.TakePoll(poll), Strings{"a"});
}

TEST_F(LongPollTest, WithNothingItEndsAfterItsTime) {
  const auto poll = hub.Poll();
  hub.Advance(20s - 1us);
  EXPECT_FALSE(hub.TakePoll(poll));
  hub.Advance(1us);
  EXPECT_EQ(hub.TakePoll(poll), Strings{});
}

TEST_F(LongPollTest, OthersThatComeLaterDoNotGetAhead) {
  const auto first = hub.Poll(kQueue, 1);
  hub.Send({"a", "b", "c"});
  EXPECT_EQ(hub.TakePoll(first), Strings{"a"});
  EXPECT_THAT(Bodies(hub.Receive(kQueue, 1)), ElementsAre("b"));
}

// A message for a client that is gone would be hidden for nothing.
TEST_F(LongPollTest, AnEndedSessionWaitsNoLonger) {
  Steps steps;
  steps.Do(CreateQueue{kQueue, {}});
  const auto poll = steps.Do(Receive{.queue = kQueue, .visibility = {}, .wait = 20s});
  steps.End();
  steps.EndSession();
  steps.Send({"a"});
  steps.End();
  EXPECT_FALSE(steps.answers.contains(poll));
  const auto describe = steps.Do(DescribeQueue{kQueue});
  steps.End();
  EXPECT_EQ(steps.ReplyTo<QueuesReply>(describe).queues.at(0).visible, 1u);
}

TEST_F(LongPollTest, NoMoreThanSoManyMayWait) {
  Steps steps;
  steps.Do(CreateQueue{kQueue, {}});
  for (std::size_t i = 0; i < kWaitersMax; ++i) steps.Do(Receive{.queue = kQueue, .visibility = {}, .wait = 20s});
  const auto refused = steps.Do(Receive{.queue = kQueue, .visibility = {}, .wait = 20s});
  steps.End();
  ASSERT_TRUE(steps.answers.contains(refused));
  EXPECT_EQ(steps.answers.at(refused).error(),
            (Error{Code::kOverloaded, "Too many receives are waiting. Try again later."}));
}

TEST_F(LongPollTest, AReceiveThatWouldNotWaitStillGetsWhatIsOnDisk) {
  Talk small(/*window_bytes_max=*/1);
  small.Create(kQueue);
  small.Send({"a"});
  small.Restart();
  EXPECT_THAT(Bodies(small.Receive()), ElementsAre("a"));
}

// The engine sleeps until then.
TEST_F(LongPollTest, TheCoreSaysWhenAMessageComesBackAndWhenAWaitEnds) {
  Steps steps;
  steps.Do(CreateQueue{kQueue, {}});
  steps.Send({"a"});
  steps.Do(Receive{.queue = kQueue, .visibility = 7s, .wait = 0s});
  steps.Settle();
  EXPECT_EQ(steps.core->NextDue(), steps.now + 7s);
  steps.Do(Receive{.queue = kQueue, .visibility = {}, .wait = 5s});
  steps.Settle();
  EXPECT_EQ(steps.core->NextDue(), steps.now + 5s);
}

}  // namespace
}  // namespace hub::core
