// The trace header of a message goes wherever the message goes.

#include "tests/core/support.h"

namespace hub::core {
namespace {

constexpr char kTrace[] = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1";

class TraceTest : public testing::Test {
 protected:
  void Send(const std::string& queue = kQueue) {
    core::Send send{.queue = queue, .entries = {}};
    send.entries.push_back({.body = "traced", .attributes = {}, .trace = kTrace});
    send.entries.push_back({.body = "not", .attributes = {}});
    hub.Succeeds(std::move(send));
  }
  // The trace of each message received, in order.
  static Strings Traces(const ReceiveReply& reply) {
    Strings traces;
    for (const Delivery& delivery : reply.deliveries) traces.emplace_back(delivery.trace);
    return traces;
  }

  Talk hub;
  const Strings traces = {kTrace, ""};
};

// rule: aws 58 it is received as it was sent
TEST_F(TraceTest, AMessageIsReceivedWithItsTrace) {
  hub.Create(kQueue, {{"MaximumMessageSize", "1024"}});
  Send();
  EXPECT_EQ(Traces(hub.Receive(kQueue, 10, 0s)), traces);
  hub.Restart();
  EXPECT_EQ(Traces(hub.Receive()), traces);
}

TEST_F(TraceTest, ItIsDelayedWithItsMessage) {
  hub.Create(kQueue, {{"DelaySeconds", "5"}});
  Send();
  hub.Restart();
  hub.Advance(5s);
  EXPECT_EQ(Traces(hub.Receive()), traces);
}

// rule: aws 88 it is kept in the dead-letter queue
TEST_F(TraceTest, ItGoesToTheDeadLetterQueueAndBack) {
  hub.Create(kDead);
  hub.Create(kQueue, Redrive(1));
  Send();
  hub.Receive(kQueue, 10, 0s);
  hub.Receive(kQueue, 10, 0s);
  EXPECT_EQ(Traces(hub.Receive(kDead, 10, 0s)), traces);
  hub.Succeeds(StartMoveTask{.source = kDead, .destination = ""});
  hub.Restart();
  EXPECT_EQ(Traces(hub.Receive()), traces);
}

TEST_F(TraceTest, WhatIsPublishedHasItRawAndInAnEnvelope) {
  hub.CreateSubscribed(kQueue);
  hub.CreateSubscribed(kDead, {});
  Publish publish{.topic = kTopic, .entries = {}};
  publish.entries.push_back({.message = {.body = "traced", .attributes = {}, .trace = kTrace}, .subject = {}});
  publish.entries.push_back({.message = {.body = "not", .attributes = {}}, .subject = {}});
  hub.Succeeds(std::move(publish));
  EXPECT_EQ(Traces(hub.Receive()), traces);
  EXPECT_EQ(Traces(hub.Receive(kDead)), traces);
}

}  // namespace
}  // namespace hub::core
