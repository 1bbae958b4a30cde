// Changing for how long a received message is hidden.

#include "tests/core/support.h"

namespace hub::core {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class VisibilityTest : public testing::Test {
 protected:
  VisibilityTest() {
    hub.Create(kQueue);
    hub.Send({"a"});
  }
  Error Change(const Delivery& delivery, Duration visibility) {
    const EntriesReply reply = hub.Hide(delivery, visibility);
    EXPECT_EQ(reply.count, 1u);
    return reply.failures.empty() ? Error{Code::kStorage, ""} : reply.failures[0].error;
  }
  const Error gone{Code::kNotInFlight, "The message is deleted, or another receive has it by now."};
  Talk hub;
};

// rule: aws 69 a changed visibility holds for this receive only
TEST_F(VisibilityTest, AChangeHoldsForThisReceiveOnly) {
  const Delivery first = hub.Receive().deliveries.at(0);
  EXPECT_EQ(Change(first, 60s).message, "");
  hub.Advance(59s);
  EXPECT_EQ(hub.Counts(), "0/1/0");
  hub.Restart();
  hub.Advance(1s);
  EXPECT_EQ(hub.Receive().deliveries.size(), 1u);
  hub.Advance(30s);  // The queue's own again.
  EXPECT_EQ(hub.Counts(), "1/0/0");
}

TEST_F(VisibilityTest, TheQueueSaysForHowLongUnlessTheReceiveDoes) {
  hub.SetAttributes(kQueue, {{"VisibilityTimeout", "5"}});
  hub.Receive();
  hub.Advance(5s);
  EXPECT_EQ(hub.Counts(), "1/0/0");
  hub.Receive(kQueue, 1, 7s);
  hub.Advance(5s);
  EXPECT_EQ(hub.Counts(), "0/1/0");
  hub.Advance(2s);
  EXPECT_EQ(hub.Counts(), "1/0/0");
}

TEST_F(VisibilityTest, ZeroMakesTheMessageVisibleAtOnce) {
  const Delivery first = hub.Receive().deliveries.at(0);
  EXPECT_EQ(Change(first, 0s).message, "");
  EXPECT_EQ(hub.Receive().deliveries.at(0).receive_count, 2u);
}

// rule: aws 67 a deleted message cannot be hidden, one whose time is over but that nobody has can
TEST_F(VisibilityTest, WhatIsDeletedOrSomebodyElsesIsRefused) {
  const Delivery first = hub.Receive().deliveries.at(0);
  hub.Advance(30s);
  EXPECT_EQ(Change(first, 10s).message, "");  // Expired, not received again.
  EXPECT_EQ(hub.Counts(), "0/1/0");
  hub.Advance(10s);
  const ReceiveReply second = hub.Receive();
  EXPECT_EQ(Change(first, 10s), gone);  // Stale.
  hub.Delete(second);
  EXPECT_EQ(Change(second.deliveries.at(0), 10s), gone);  // Deleted.
}

// rule: aws 67 no message is hidden for more than twelve hours in all, counted from its receive
TEST_F(VisibilityTest, TwelveHoursFromTheReceiveAreTheMostThereIs) {
  const auto beyond = [](int seconds) {
    return Error{Code::kInvalidArgument,
                 "Value " + std::to_string(seconds) +
                     " for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for the message is "
                     "beyond the limit [43200 seconds]",
                 "VisibilityTimeout"};
  };
  hub.Receive(kQueue, 1, 0s);  // Of an earlier receive nothing is counted.
  hub.Advance(2h);
  const Delivery received = hub.Receive().deliveries.at(0);
  EXPECT_EQ(Change(received, 12h).message, "");
  hub.Advance(1h);
  EXPECT_EQ(Change(received, 12h), beyond(43'200));
  hub.Restart();
  EXPECT_EQ(Change(received, 11h + 1us), beyond(39'600));
  EXPECT_EQ(Change(received, 11h).message, "");
  hub.Advance(11h);
  EXPECT_EQ(hub.Counts(), "1/0/0");
  EXPECT_EQ(Change(received, 1us), beyond(0));  // Though nobody has it.
  EXPECT_EQ(Change(received, 0s).message, "");
}

TEST_F(VisibilityTest, EachEntryFailsAlone) {
  hub.Send({"b"});
  const ReceiveReply received = hub.Receive();
  auto reply = hub.Ask(nullptr, ChangeVisibility{kQueue,
                                                 {{HandleOf(received.deliveries[0]), 12h + 1us},
                                                  {HandleOf(received.deliveries[0]), -1us},
                                                  {"garbage", 5s},
                                                  {HandleOf(received.deliveries[1]), 0s}}});
  ASSERT_TRUE(reply);
  const EntriesReply& entries = std::get<EntriesReply>(*reply);
  ASSERT_EQ(entries.failures.size(), 3u);
  const Error range{Code::kInvalidArgument, "A visibility timeout must be from 0 to 12 hours.", "VisibilityTimeout"};
  EXPECT_EQ(entries.failures[0].error, range);
  EXPECT_EQ(entries.failures[1].error, range);
  EXPECT_EQ(entries.failures[2].error.code, Code::kReceiptHandleInvalid);
  EXPECT_EQ(hub.Counts(), "1/1/0");
  EXPECT_EQ(hub.Refusal(ChangeVisibility{kQueue, {}}).code, Code::kMissingArgument);
}

// rule: aws 66 a standard queue's message can be deleted after its time, unless somebody else has it
TEST_F(VisibilityTest, AMessageIsDeletedAfterItsTimeUnlessItWasReceivedAgain) {
  const ReceiveReply first = hub.Receive();
  hub.Advance(31s);
  const ReceiveReply second = hub.Receive();
  EXPECT_TRUE(hub.Delete(first).failures.empty());
  EXPECT_EQ(hub.Counts(), "0/1/0");
  hub.Advance(31s);
  EXPECT_TRUE(hub.Delete(second).failures.empty());
  EXPECT_EQ(hub.Counts(), "0/0/0");
}

// rule: hardening R8 a wall clock that jumps changes nothing that was promised
TEST_F(VisibilityTest, WallTimeMayJumpWhileAMessageIsHidden) {
  hub.Receive();
  for (const Duration jump : {Duration(1h), Duration(-1h), Duration(24h * 3653), Duration(-24h * 7306)}) {
    hub.clock().wall += jump;
    hub.Advance(1s);
    EXPECT_EQ(hub.Counts(), "0/1/0");
  }
  hub.Advance(25s);
  EXPECT_EQ(hub.Counts(), "0/1/0");
  hub.Advance(1s);
  EXPECT_EQ(hub.Counts(), "1/0/0");
}

// rule: hardening R8 across a restart hub time does not go back
TEST_F(VisibilityTest, WallTimeThatWentBackBeforeARestartHidesNothingLonger) {
  hub.Advance(100s);
  hub.Receive();
  hub.clock().wall -= 24h;
  hub.Restart();
  EXPECT_EQ(hub.Counts(), "0/1/0");
  EXPECT_EQ(hub.Describe().oldest_age, 100s);
  hub.Advance(29s);
  EXPECT_EQ(hub.Counts(), "0/1/0");
  hub.Advance(1s);
  EXPECT_EQ(hub.Counts(), "1/0/0");
}

TEST_F(VisibilityTest, ABatchOfHandlesHasOneToAThousandEntries) {
  const Error none{Code::kMissingArgument, "The request has no entries."};
  const Error many{Code::kBatchTooLarge, "A request may have at most 1000 entries, not 1001."};
  const std::vector<std::string_view> handles(1001, "h");
  const std::vector<ChangeVisibility::Entry> changes(1001, {.handle = "h", .visibility = 0s});
  EXPECT_EQ(hub.Refusal(Delete{kQueue, {}}), none);
  EXPECT_EQ(hub.Refusal(Delete{kQueue, handles}), many);
  EXPECT_EQ(hub.Refusal(ChangeVisibility{kQueue, {}}), none);
  EXPECT_EQ(hub.Refusal(ChangeVisibility{kQueue, changes}), many);
  auto asked = hub.Ask(nullptr, Delete{.queue = kQueue, .handles = {}, .only_ask = true});
  ASSERT_TRUE(asked);
  EXPECT_EQ(std::get<EntriesReply>(*asked).count, 0u);
  EXPECT_TRUE(hub.Ask(nullptr, ChangeVisibility{.queue = kQueue, .entries = {}, .only_ask = true}));
  EXPECT_EQ(hub.Refusal(Delete{.queue = "111111111111/none", .handles = {}, .only_ask = true}).code,
            Code::kQueueNotFound);
}

}  // namespace
}  // namespace hub::core
