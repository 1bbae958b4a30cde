#include "hub/core/peek.h"

#include "tests/core/support.h"

namespace hub::core {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class PeekTest : public testing::Test {
 protected:
  PeekReply Look(PeekMessages peek) { return hub_.Expect<PeekReply>(std::move(peek)); }
  PeekReply Peek(const std::string& queue = kQueue) { return Look(PeekMessages{.queue = queue, .max = kPeekMax}); }

  // "visible a"
  static Strings Words(const PeekReply& reply) {
    Strings words;
    for (const Peeked& seen : reply.messages) {
      std::string& word = words.emplace_back(NameOf(seen.state));
      word += " ";
      AppendBody(word, seen.delivery);
    }
    return words;
  }

  Talk hub_;
};

TEST_F(PeekTest, EveryStateIsShownAndNothingChanges) {
  hub_.Create(kQueue);
  hub_.Send({"a", "b"});
  hub_.Receive(kQueue, 1, 40s);
  hub_.SetAttributes(kQueue, {{"DelaySeconds", "60"}});
  hub_.Send({"c"});

  for (int i = 0; i < 2; ++i) {
    const PeekReply seen = Peek();
    EXPECT_THAT(Words(seen), ElementsAre("in_flight a", "visible b", "delayed c"));
    EXPECT_EQ(seen.next, "");
    EXPECT_EQ(seen.messages[0].until, hub_.clock().wall + 40s);
    EXPECT_EQ(seen.messages[0].delivery.receive_count, 1u);
    EXPECT_EQ(seen.messages[1].delivery.receive_count, 0u);
    EXPECT_EQ(seen.messages[2].until, hub_.clock().wall + 60s);
  }
  EXPECT_EQ(hub_.Counts(), "1/1/1");
  const std::size_t writes = hub_.store().Unflushed();
  Peek();
  EXPECT_EQ(hub_.store().Unflushed(), writes);
  EXPECT_THAT(Bodies(hub_.Receive()), ElementsAre("b"));
}

TEST_F(PeekTest, WhatIsLookedAtHasTheIdThatAReceiveGives) {
  hub_.Create(kQueue);
  const SendReply sent = hub_.Send({"a"});
  EXPECT_EQ(Peek().messages.at(0).delivery.id, sent.ids[0]);
  EXPECT_EQ(hub_.Receive().deliveries.at(0).id, sent.ids[0]);
}

TEST_F(PeekTest, StatesCanBeLeftOut) {
  hub_.Create(kQueue);
  hub_.Send({"a", "b"});
  hub_.Receive(kQueue, 1);
  hub_.SetAttributes(kQueue, {{"DelaySeconds", "60"}});
  hub_.Send({"c"});
  EXPECT_THAT(Words(Look({.queue = kQueue, .max = 10, .in_flight = false})), ElementsAre("visible b", "delayed c"));
  EXPECT_THAT(Words(Look({.queue = kQueue, .max = 10, .delayed = false})), ElementsAre("in_flight a", "visible b"));
}

TEST_F(PeekTest, DeletedAndExpiredMessagesAreNotShown) {
  hub_.Create(kQueue, {{"MessageRetentionPeriod", "60"}});
  hub_.Send({"a", "b"});
  hub_.Delete(hub_.Receive(kQueue, 1));
  EXPECT_THAT(Words(Peek()), ElementsAre("visible b"));
  hub_.Advance(60s);
  EXPECT_THAT(Words(Peek()), IsEmpty());
}

TEST_F(PeekTest, PagesGoOnWhereTheLastOneEnded) {
  hub_.Create(kQueue);
  Strings sent;
  for (int i = 0; i < 7; ++i) sent.push_back("visible " + std::to_string(i));
  hub_.Send({"0", "1", "2", "3", "4"});  // One chunk,
  hub_.Send({"5"});                      // and others.
  hub_.Send({"6"});
  Strings seen;
  PeekReply page;
  int pages = 0;
  do {
    page = Look({.queue = kQueue, .max = 3, .after = page.next});
    for (const std::string& word : Words(page)) seen.push_back(word);
  } while (!page.next.empty() && ++pages < 10);
  EXPECT_EQ(seen, sent);
  EXPECT_LE(pages, 3);
}

TEST_F(PeekTest, PagesCanBeAsSmallAsOneAcrossAllStates) {
  hub_.Create(kQueue);
  hub_.Send({"a", "b"});
  hub_.SetAttributes(kQueue, {{"DelaySeconds", "60"}});
  hub_.Send({"c", "d"});
  hub_.Advance(1s);
  hub_.Send({"e"});
  Strings seen;
  PeekReply page;
  for (int i = 0; i < 10 && (i == 0 || !page.next.empty()); ++i) {
    page = Look({.queue = kQueue, .max = 1, .after = page.next});
    for (const std::string& word : Words(page)) seen.push_back(word);
  }
  EXPECT_THAT(seen, ElementsAre("visible a", "visible b", "delayed c", "delayed d", "delayed e"));
}

TEST_F(PeekTest, APageThatBeginsAtWhatWasDeletedGoesOnBehindIt) {
  hub_.Create(kQueue);
  hub_.Send({"a"});
  hub_.Send({"b"});
  hub_.Send({"c"});
  const PeekReply first = Look({.queue = kQueue, .max = 1});
  hub_.Delete(hub_.Receive(kQueue, 2));
  EXPECT_THAT(Words(Look({.queue = kQueue, .max = 9, .after = first.next})), ElementsAre("visible c"));
}

TEST_F(PeekTest, WhatWasPublishedIsShownAsItIsReceived) {
  hub_.CreateSubscribed(kQueue, {});
  hub_.Publish({"hello"});
  const std::string seen = Words(Peek()).at(0);
  EXPECT_THAT(seen, testing::StartsWith("visible {"));
  EXPECT_EQ("visible " + Bodies(hub_.Receive()).at(0), seen);
}

TEST_F(PeekTest, ABacklogBeyondTheWindowIsReadFromDisk) {
  Talk hub(/*window_bytes_max=*/20'000);
  hub.Create(kQueue);
  for (int i = 0; i < 60; ++i) hub.Send({std::to_string(i) + std::string(1000, 'x')});
  hub.Receive(kQueue, 1);
  const auto page = hub.Expect<PeekReply>(PeekMessages{.queue = kQueue, .max = kPeekMax});
  ASSERT_EQ(page.messages.size(), 60u);
  EXPECT_EQ(page.messages[0].state, MessageState::kInFlight);
  EXPECT_EQ(page.messages[59].delivery.body.substr(0, 3), "59x");
}

TEST_F(PeekTest, ItShowsTheSameAfterARestart) {
  hub_.Create(kQueue);
  hub_.Send({"a", "b", "c"});
  hub_.Receive(kQueue, 1);
  hub_.Delete(hub_.Receive(kQueue, 1));
  hub_.Restart();
  EXPECT_THAT(Words(Peek()), ElementsAre("in_flight a", "visible c"));
}

TEST_F(PeekTest, AFifoQueueShowsGroupsAndSequencesInOrder) {
  const std::string queue = "111111111111/orders.fifo";
  hub_.Create(queue, {{"FifoQueue", "true"}, {"ContentBasedDeduplication", "true"}});
  core::Send send{.queue = queue, .entries = {}};
  send.entries = {{.body = "a", .attributes = {}, .group = "g"}, {.body = "b", .attributes = {}, .group = "g"}};
  hub_.Succeeds(send);
  hub_.Receive(queue, 1);
  const PeekReply seen = Peek(queue);
  EXPECT_THAT(Words(seen), ElementsAre("in_flight a", "visible b"));
  EXPECT_EQ(seen.messages[1].delivery.group, "g");
  EXPECT_LT(seen.messages[0].delivery.sequence, seen.messages[1].delivery.sequence);
}

TEST_F(PeekTest, TheLaneOfNoisyTenantsIsShownToo) {
  hub_.Create(kQueue);
  core::Send send{.queue = kQueue, .entries = {}};
  for (int i = 0; i < 40; ++i) send.entries.push_back({.body = "noise", .attributes = {}, .group = "noisy"});
  hub_.Succeeds(send);
  hub_.Succeeds(send);
  EXPECT_EQ(hub_.Describe().noisy_groups, 1u);
  EXPECT_EQ(Peek().messages.size(), 80u);
}

TEST_F(PeekTest, WhoMayReceiveMayLook) {
  hub_.Configure(R"(
accounts:
  shop:
    id: "111111111111"
    users:
      worker: {password: p, may: {do: receive, on: queue/orders}}
      stranger: {password: p, may: {do: [describe, send], on: queue/orders}}
    queues: {orders: }
)");
  hub_.Send({"a"});
  hub_.as = hub_.User("shop/worker");
  EXPECT_THAT(Words(Peek()), ElementsAre("visible a"));
  hub_.as = hub_.User("shop/stranger");
  EXPECT_EQ(hub_.Refusal(PeekMessages{.queue = kQueue}).code, Code::kAccessDenied);
}

TEST_F(PeekTest, WhatCannotBeLookedAtIsRefused) {
  hub_.Create(kQueue);
  EXPECT_EQ(hub_.Refusal(PeekMessages{.queue = "111111111111/none"}).code, Code::kQueueNotFound);
  EXPECT_EQ(hub_.Refusal(PeekMessages{.queue = kQueue, .max = 0}).code, Code::kInvalidArgument);
  EXPECT_EQ(hub_.Refusal(PeekMessages{.queue = kQueue, .max = kPeekMax + 1}).code, Code::kInvalidArgument);
  for (const char* after :
       {"x", "0", "0-0-0", "0-0-0-", "0-0-0-0-0", "4-0-0-0", "0-0-0-0x", "-1-0-0-0", "0-0-99999999999999999999999-0"}) {
    EXPECT_EQ(hub_.Refusal(PeekMessages{.queue = kQueue, .after = after}).code, Code::kInvalidArgument) << after;
  }
  EXPECT_THAT(
      Words(Look({.queue = kQueue, .after = "3-18446744073709551615-18446744073709551615-18446744073709551615"})),
      IsEmpty());
  hub_.Send({"a"});
  EXPECT_THAT(Words(Look({.queue = kQueue, .after = "0-0-18446744073709551615-0"})), IsEmpty());
}

// The core alone, to be between the asking and the reading.
TEST(PeekStepsTest, AQueueThatIsDeletedWhileItIsLookedAtIsNotThere) {
  Steps steps;
  steps.Do(CreateQueue{kQueue, {}});
  steps.Send({"a"});
  steps.End();
  const std::uint64_t peek = steps.Do(PeekMessages{.queue = kQueue});
  steps.Do(DeleteQueue{kQueue});
  steps.End();
  steps.Settle();
  ASSERT_TRUE(steps.answers.contains(peek));
  ASSERT_FALSE(steps.answers.at(peek));
  EXPECT_EQ(steps.answers.at(peek).error().code, Code::kQueueNotFound);
}

TEST(PeekStepsTest, WhatIsPurgedWhileItIsLookedAtIsNotShown) {
  Steps steps;
  steps.Do(CreateQueue{kQueue, {}});
  steps.Send({"a", "b"});
  steps.End();
  const std::uint64_t peek = steps.Do(PeekMessages{.queue = kQueue});
  steps.End();
  steps.ReadLoads();
  steps.Do(Purge{kQueue});
  steps.Send({"c"});
  steps.End();
  steps.Settle();
  EXPECT_THAT(steps.ReplyTo<PeekReply>(peek).messages, IsEmpty());
}

TEST(PeekStepsTest, WhoLeavesIsForgottenAndWhoStaysIsToldOfTheEnd) {
  Steps steps;
  steps.Do(CreateQueue{kQueue, {}});
  steps.Send({"a"});
  steps.End();
  const std::uint64_t left = steps.Do(PeekMessages{.queue = kQueue});
  steps.EndSession();
  const std::uint64_t stayed = steps.Do(PeekMessages{.queue = kQueue});
  steps.End();
  steps.Stop();
  EXPECT_FALSE(steps.answers.contains(left));
  ASSERT_TRUE(steps.answers.contains(stayed));
  EXPECT_EQ(steps.answers.at(stayed).error().code, Code::kUnavailable);
  steps.Settle();  // What was read for them comes late, and harms nobody.
}

TEST(PeekStepsTest, TooManyAtOnceAreRefused) {
  Steps steps;
  steps.Do(CreateQueue{kQueue, {}});
  steps.Send({"a"});
  steps.End();
  std::uint64_t last = 0;
  for (std::size_t i = 0; i <= kPeeksMax; ++i) last = steps.Do(PeekMessages{.queue = kQueue});
  steps.End();
  EXPECT_EQ(steps.answers.at(last).error().code, Code::kOverloaded);
  steps.Settle();
  EXPECT_EQ(steps.ReplyTo<PeekReply>(last - 1).messages.size(), 1u);
}

}  // namespace
}  // namespace hub::core
