#include "adapters/client/consumer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <string>
#include <vector>

#include "tests/client/fake_hub.h"

namespace adapters::client {
namespace {

using hub::Code;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using tests::FakeHub;

constexpr milliseconds kShort(50);  // For waits that are expected to end in vain.
constexpr seconds kLong(10);        // For waits that are expected to end early.

// Answers a Consume with an empty list, then with these bodies.
hub::core::Reply Deliveries(const std::vector<std::string>& bodies) {
  hub::core::ReceiveReply reply;
  for (const std::string& body : bodies) {
    hub::core::Delivery& delivery = reply.deliveries.emplace_back();
    delivery.body = body;
    delivery.handle[0] = body.empty() ? '\0' : body[0];
  }
  return reply;
}

class ConsumerTest : public testing::Test {
 protected:
  // A consumer whose Consume was answered; `opened` is that request.
  Consumer Open(const ConsumeOptions& consume = {}) {
    auto opening = std::async(std::launch::async, [&] {
      return Consumer::Open({.endpoint = hub.endpoint(), .connect_timeout = kLong, .timeout = kLong}, "q", consume);
    });
    opened.emplace(TakeConsume());
    auto consumer = opening.get();
    HUB_ASSERT(consumer.has_value());
    return *std::move(consumer);
  }

  FakeHub::Request TakeConsume() {
    FakeHub::Request request = hub.Take();
    EXPECT_TRUE(std::holds_alternative<hub::core::Consume>(request.operation));
    hub.Answer(request, Deliveries({}));
    return request;
  }

  void Push(const std::vector<std::string>& bodies) { hub.Answer(*opened, Deliveries(bodies)); }

  // The first letters of the bodies that the next request acknowledges; it is answered.
  std::string TakeDelete() {
    const FakeHub::Request request = hub.Take();
    const auto* erase = std::get_if<hub::core::Delete>(&request.operation);
    EXPECT_NE(erase, nullptr);
    std::string letters;
    if (erase == nullptr) return letters;
    for (const std::string_view handle : erase->handles) letters += handle[0];
    hub.Answer(request, hub::core::EntriesReply{.count = static_cast<std::uint32_t>(letters.size()), .failures = {}});
    return letters;
  }

  FakeHub hub;
  std::optional<FakeHub::Request> opened;
};

std::string BodyOf(const hub::Result<std::optional<Pushed>>& next) {
  if (!next) return "error: " + next.error().message;
  return *next ? std::string((*next)->message.body) : "nothing";
}

TEST_F(ConsumerTest, SaysWhatItWantsAndHandsOutWhatIsPushed) {
  Consumer consumer = Open({.credit = 7, .visibility = seconds(90)});
  const auto& consume = std::get<hub::core::Consume>(opened->operation);
  EXPECT_EQ(consume.queue, "q");
  EXPECT_EQ(consume.credit, 7u);
  EXPECT_EQ(consume.visibility, seconds(90));
  EXPECT_EQ(BodyOf(consumer.Next(kShort)), "nothing");
  Push({"a", "b"});
  Push({});  // A heartbeat.
  Push({"c"});
  for (const char* body : {"a", "b", "c"}) EXPECT_EQ(BodyOf(consumer.Next(kLong)), body);
}

TEST_F(ConsumerTest, AcknowledgementsGoTogetherByNumber) {
  Consumer consumer = Open({.batch = 2, .batch_wait = kLong});
  Push({"a", "b", "c"});
  for (int i = 0; i < 3; ++i) {
    const auto next = consumer.Next(kLong);
    ASSERT_TRUE(next && *next);
    consumer.Acknowledge((*next)->message);
  }
  // The third call has sent the first two; the last waits for more.
  EXPECT_EQ(TakeDelete(), "ab");
  EXPECT_EQ(BodyOf(consumer.Next(kShort)), "nothing");
  auto flushed = std::async(std::launch::async, [&] { return consumer.Flush(); });
  EXPECT_EQ(TakeDelete(), "c");
  EXPECT_TRUE(flushed.get());
}

TEST_F(ConsumerTest, AcknowledgementsDoNotWaitForLong) {
  Consumer consumer = Open({.batch = 100, .batch_wait = milliseconds(1)});
  Push({"a"});
  const auto next = consumer.Next(kLong);
  ASSERT_TRUE(next && *next);
  consumer.Acknowledge((*next)->message);
  EXPECT_EQ(BodyOf(consumer.Next(kShort)), "nothing");
  EXPECT_EQ(TakeDelete(), "a");
}

TEST_F(ConsumerTest, ReleasedMessagesAreMadeVisible) {
  Consumer consumer = Open();
  Push({"a"});
  const auto next = consumer.Next(kLong);
  ASSERT_TRUE(next && *next);
  consumer.Release((*next)->message);
  auto flushed = std::async(std::launch::async, [&] { return consumer.Flush(); });
  const FakeHub::Request request = hub.Take();
  const auto& change = std::get<hub::core::ChangeVisibility>(request.operation);
  ASSERT_EQ(change.entries.size(), 1u);
  EXPECT_EQ(change.entries[0].handle[0], 'a');
  EXPECT_EQ(change.entries[0].visibility, hub::Duration{});
  hub.Answer(request, hub::core::EntriesReply{.count = 1, .failures = {}});
  EXPECT_TRUE(flushed.get());
}

TEST_F(ConsumerTest, WhatComesTooLateIsCounted) {
  Consumer consumer = Open();
  Push({"a"});
  const auto next = consumer.Next(kLong);
  ASSERT_TRUE(next && *next);
  consumer.Acknowledge((*next)->message);
  auto flushed = std::async(std::launch::async, [&] { return consumer.Flush(); });
  const FakeHub::Request request = hub.Take();
  hub.Answer(request,
             hub::core::EntriesReply{.count = 1, .failures = {{0, {Code::kReceiptHandleInvalid, "Expired."}}}});
  EXPECT_TRUE(flushed.get());
  EXPECT_EQ(consumer.late(), 1u);
}

TEST_F(ConsumerTest, ARefusalEndsIt) {
  Consumer consumer = Open();
  hub.Answer(*opened, hub::Fail(Code::kAccessDenied, "No more."));
  EXPECT_EQ(BodyOf(consumer.Next(kLong)), "error: No more.");
}

TEST_F(ConsumerTest, ARefusedAcknowledgementIsAnError) {
  Consumer consumer = Open({.batch = 1});
  Push({"a"});
  const auto next = consumer.Next(kLong);
  ASSERT_TRUE(next && *next);
  consumer.Acknowledge((*next)->message);
  hub.AnswerNext([](const FakeHub::Request&) { return hub::Fail(Code::kAccessDenied, "No sqs:DeleteMessage."); });
  EXPECT_EQ(BodyOf(consumer.Next(kLong)), "error: No sqs:DeleteMessage.");
}

TEST_F(ConsumerTest, WhenTheHubStopsItOpensAnotherAndAcknowledgesAgain) {
  Consumer consumer = Open();
  Push({"a", "b"});
  const auto next = consumer.Next(kLong);
  ASSERT_TRUE(next && *next);
  consumer.Acknowledge((*next)->message);
  hub.Answer(*opened, hub::Fail(Code::kUnavailable, "The hub is stopping."));
  auto flushed = std::async(std::launch::async, [&] { return consumer.Flush(); });
  FakeHub::Request again = hub.Take();
  while (!std::holds_alternative<hub::core::Consume>(again.operation)) again = hub.Take();  // It may have tried before.
  hub.Answer(again, Deliveries({}));
  EXPECT_EQ(TakeDelete(), "a");
  EXPECT_TRUE(flushed.get());
  hub.Answer(again, Deliveries({"c"}));
  EXPECT_EQ(BodyOf(consumer.Next(kLong)), "c") << "not \"b\", which the hub gives out again";
}

TEST_F(ConsumerTest, WhenTheHubIsGoneItTriesAgainUntilItIsBack) {
  auto first = std::make_unique<FakeHub>();
  const std::string endpoint = first->endpoint();
  auto opening = std::async(std::launch::async, [&] {
    return Consumer::Open({.endpoint = endpoint, .connect_timeout = kLong, .timeout = kLong}, "q");
  });
  first->Answer(first->Take(), Deliveries({}));
  auto consumer = opening.get();
  ASSERT_TRUE(consumer);
  first.reset();
  while (consumer->connected()) EXPECT_EQ(BodyOf(consumer->Next(kShort)), "nothing");
  EXPECT_EQ(BodyOf(consumer->Next(kShort)), "nothing");
  FakeHub second(endpoint);
  auto coming = std::async(std::launch::async, [&] { return consumer->Next(kLong); });
  const FakeHub::Request request = second.Take();
  second.Answer(request, Deliveries({}));
  second.Answer(request, Deliveries({"a"}));
  EXPECT_EQ(BodyOf(coming.get()), "a");
}

TEST_F(ConsumerTest, CloseCancelsWhatItOpened) {
  Consumer consumer = Open();
  auto closed = std::async(std::launch::async, [&] { return consumer.Close(); });
  const FakeHub::Request request = hub.Take();
  EXPECT_EQ(std::get<hub::core::Cancel>(request.operation).consumer, opened->id);
  hub.Answer(request, hub::core::DoneReply{});
  EXPECT_TRUE(closed.get());
}

}  // namespace
}  // namespace adapters::client
