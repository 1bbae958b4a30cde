// Asking for a receive once more because its answer was lost.

#include "tests/core/support.h"

namespace hub::core {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kFifo[] = "111111111111/orders.fifo";

class AttemptTest : public testing::Test {
 protected:
  explicit AttemptTest(std::size_t window_bytes_max = kWindowBytesMax) : hub(window_bytes_max) {
    hub.Create(kFifo, {{"FifoQueue", "true"}, {"ContentBasedDeduplication", "true"}});
  }
  void SendTo(const std::string& group, const std::string& body) {
    Send send{.queue = kFifo, .entries = {}};
    send.entries.push_back({.body = body, .attributes = {}, .group = group});
    hub.Succeeds(std::move(send));
  }
  static core::Receive Asking(const std::string& attempt, std::size_t max = 10, std::optional<Duration> visibility = {},
                              Duration wait = 0s) {
    return {.queue = kFifo, .max = max, .visibility = visibility, .wait = wait, .attempt = attempt};
  }
  ReceiveReply Receive(const std::string& attempt, std::size_t max = 10, std::optional<Duration> visibility = {}) {
    auto reply = hub.Ask(nullptr, Asking(attempt, max, visibility));
    EXPECT_TRUE(reply) << reply.error().message;
    return reply ? std::get<ReceiveReply>(std::move(*reply)) : ReceiveReply{};
  }
  Error NotAnyMore(const std::string& attempt) {
    return {Code::kInvalidArgument,
            "Value " + attempt +
                " for parameter ReceiveRequestAttemptId is invalid. Reason: The "
                "receiveRequestAttemptId is not valid anymore since the receive call is not "
                "retryable.",
            "ReceiveRequestAttemptId"};
  }

  Talk hub;
};

// rule: aws 84 the same attempt gets the same messages under the same handles, and it is not another receive
TEST_F(AttemptTest, TheSameMessagesComeAgain) {
  for (const char* body : {"a1", "a2"}) SendTo("a", body);
  SendTo("b", "b1");
  const ReceiveReply first = Receive("try-1", 3);
  ASSERT_THAT(Bodies(first), ElementsAre("a1", "a2", "b1"));
  SendTo("a", "a3");
  SendTo("c", "c1");
  hub.Advance(7s);
  const ReceiveReply again = Receive("try-1", 3);
  ASSERT_EQ(Bodies(again), Bodies(first));
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(again.deliveries[i].handle, first.deliveries[i].handle);
    EXPECT_EQ(again.deliveries[i].id, first.deliveries[i].id);
    EXPECT_EQ(again.deliveries[i].receive_count, 1u);
    EXPECT_EQ(again.deliveries[i].first_received, first.deliveries[i].first_received);
  }
  EXPECT_EQ(hub.Counts(kFifo), "2/3/0");
  EXPECT_THAT(Bodies(Receive("try-2")), ElementsAre("c1"));  // Another attempt gets what else there is.
  EXPECT_THAT(hub.Delete(again, kFifo).failures, IsEmpty());
  EXPECT_EQ(hub.Counts(kFifo), "1/1/0");
}

// rule: aws 84 their visibility begins anew
TEST_F(AttemptTest, TheyAreHiddenAnew) {
  SendTo("a", "a1");
  Receive("try");
  hub.Advance(29s);
  Receive("try");
  hub.Advance(29s);
  EXPECT_EQ(hub.Counts(kFifo), "0/1/0");
  const ReceiveReply third = Receive("try", 10, 100s);
  hub.Advance(99s);
  EXPECT_EQ(hub.Counts(kFifo), "0/1/0");
  EXPECT_THAT(hub.Delete(third, kFifo).failures, IsEmpty());
}

// rule: aws 84 for five minutes, and then the id is a new one
TEST_F(AttemptTest, AfterFiveMinutesItIsANewReceive) {
  SendTo("a", "a1");
  SendTo("b", "b1");
  EXPECT_THAT(Bodies(Receive("try", 1, 1h)), ElementsAre("a1"));
  hub.Advance(299s);
  EXPECT_THAT(Bodies(Receive("try", 1, 1h)), ElementsAre("a1"));
  hub.Advance(1s);
  EXPECT_THAT(Bodies(Receive("try", 1, 1h)), ElementsAre("b1"));
  EXPECT_THAT(Bodies(Receive("try", 1, 1h)), ElementsAre("b1"));
}

// rule: aws 84 not once one of them was deleted, changed in visibility or visible again
TEST_F(AttemptTest, OnceSomethingHappenedToOneOfThemItIsRefused) {
  const struct {
    const char* why;
    Duration visibility;
    std::function<void(const ReceiveReply&)> happens;
  } cases[] = {
      {"deleted", 30s, [&](ReceiveReply got) { got.deliveries.resize(1), hub.Delete(got, kFifo); }},
      {"hidden longer", 30s, [&](const ReceiveReply& got) { hub.Hide(got.deliveries[1], 60s, kFifo); }},
      {"made visible", 30s, [&](const ReceiveReply& got) { hub.Hide(got.deliveries[1], 0s, kFifo); }},
      {"visible again", 30s, [&](const ReceiveReply&) { hub.Advance(30s); }},
      {"received by another", 30s, [&](const ReceiveReply&) { hub.Advance(30s), hub.Receive(kFifo); }},
      {"expired", 200s,
       [&](const ReceiveReply&) {
         hub.SetAttributes(kFifo, {{"MessageRetentionPeriod", "60"}}), hub.Advance(60s);
       }},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    hub.Succeeds(Purge{kFifo});
    hub.SetAttributes(kFifo, {{"MessageRetentionPeriod", ""}});
    SendTo("a", std::string("a1 ") + c.why);
    SendTo("a", std::string("a2 ") + c.why);
    const ReceiveReply got = Receive("try", 2, c.visibility);
    ASSERT_EQ(got.deliveries.size(), 2u);
    c.happens(got);
    EXPECT_EQ(hub.Refusal(Asking("try")), NotAnyMore("try"));
    EXPECT_EQ(hub.Refusal(Asking("try")), NotAnyMore("try"));  // And stays so.
  }
}

TEST_F(AttemptTest, WhatFoundNothingOrHidNothingIsNotRemembered) {
  EXPECT_THAT(Bodies(Receive("try")), IsEmpty());
  SendTo("a", "a1");
  EXPECT_EQ(Receive("try", 10, 0s).deliveries.at(0).receive_count, 1u);
  EXPECT_EQ(Receive("try", 10, 0s).deliveries.at(0).receive_count, 2u);
}

// rule: aws 84 FIFO queues only; 1 to 128 letters, digits and punctuation
TEST_F(AttemptTest, Ids) {
  hub.Create(kQueue);
  hub.Send({"a"});
  EXPECT_EQ(
      hub.Refusal(core::Receive{.queue = kQueue, .visibility = {}, .wait = 0s, .attempt = "try"}),
      (Error{Code::kInvalidArgument, "ReceiveRequestAttemptId is for FIFO queues only.", "ReceiveRequestAttemptId"}));
  EXPECT_EQ(hub.Counts(), "1/0/0");
  for (const std::string& id : {std::string(129, 'x'), std::string("a b"), std::string("ö"), std::string("a\0", 2)}) {
    EXPECT_THAT(hub.Refusal(Asking(id)).message, HasSubstr("ReceiveRequestAttemptId can only include")) << id;
  }
  Receive(std::string(128, 'x'));
  Receive("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~");
}

// The bodies of what is in flight leave memory: they are read again.
TEST_F(AttemptTest, BodiesAreReadAgain) {
  for (int i = 0; i < 40; ++i) SendTo(std::to_string(i), std::string(200'000, static_cast<char>('a' + i % 26)));
  const ReceiveReply first = Receive("try", 20, 60s);
  const Strings bodies = Bodies(first);
  ASSERT_EQ(bodies.size(), 20u);
  hub.Advance(1s);
  const auto poll = hub.Post(nullptr, Asking("new", 100, 60s, 20s));  // Somebody else is served as well.
  EXPECT_EQ(Bodies(Receive("try", 20, 60s)), bodies);
  EXPECT_GT(hub.TakePoll(poll).value_or(Strings{}).size(), 0u);
  EXPECT_EQ(Bodies(Receive("try", 20, 60s)), bodies);
}

TEST_F(AttemptTest, WhoRepeatsDoesNotStandBehindWhoWaits) {
  SendTo("a", "a1");
  const Strings bodies = Bodies(Receive("try"));
  const auto poll = hub.Poll(kFifo);
  hub.Advance(1s);
  EXPECT_EQ(Bodies(Receive("try")), bodies);
  const auto waiting = hub.Post(nullptr, Asking("try", 10, {}, 20s));  // Nor does it wait.
  EXPECT_EQ(hub.TakePoll(waiting), bodies);
  EXPECT_EQ(hub.TakePoll(poll), std::nullopt);
}

// Whoever gives up waiting and asks once more finds the first request still there.
TEST_F(AttemptTest, TwoThatWaitForTheSameGetTheSame) {
  const auto first = hub.Post(nullptr, Asking("try", 10, {}, 20s));
  const auto second = hub.Post(nullptr, Asking("try", 10, {}, 20s));
  SendTo("a", "a1");
  EXPECT_EQ(hub.TakePoll(first), Strings{"a1"});
  EXPECT_EQ(hub.TakePoll(second), Strings{"a1"});
  EXPECT_EQ(Receive("try").deliveries.at(0).receive_count, 1u);
}

// Attempts are in memory only.
TEST_F(AttemptTest, ARestartForgetsThem) {
  SendTo("a", "a1");
  Receive("try");
  hub.Restart();
  EXPECT_THAT(Bodies(Receive("try")), IsEmpty());
  hub.Advance(30s);
  EXPECT_THAT(Bodies(Receive("try")), ElementsAre("a1"));
}

TEST_F(AttemptTest, APurgeForgetsThem) {
  SendTo("a", "a1");
  Receive("try");
  hub.Succeeds(Purge{kFifo});
  SendTo("a", "a1");
  EXPECT_THAT(Bodies(Receive("try")), ElementsAre("a1"));
}

}  // namespace
}  // namespace hub::core
