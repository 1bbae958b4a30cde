#include "adapters/zmq/endpoint.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "hub/base/limits.h"
#include "tests/wire/conversation.h"
#include "tests/zmq/hub_fixture.h"

namespace tests::zmq {
namespace {

namespace core = hub::core;
using adapters::zmq::Limits;
using core::Security;

const std::string kDescribe = FrameOf("[1, 5, \"describe_hub\"]");

class ConversationTest : public testing::TestWithParam<const char*> {};

TEST_P(ConversationTest, GoesOverSocketsAsWritten) {
  RunningHub hub(Loopback());
  Client client(hub.address());
  const std::string path = std::string(WIRE_CONVERSATIONS) + "/" + GetParam() + ".conv";
  EXPECT_EQ(wire::Play(path, [&](const std::string& frame) { return client.Ask(frame); }), "");
}

INSTANTIATE_TEST_SUITE_P(Endpoint, ConversationTest,
                         testing::Values("lifecycle", "administration", "delay", "fifo", "push", "malformed"),
                         [](const auto& file) { return file.param; });

TEST(EndpointTest, ARequestInSeveralPartsIsRefusedAndTheNextIsServed) {
  RunningHub hub(Loopback());
  Client client(hub.address());
  client.socket().send(::zmq::str_buffer(""), ::zmq::send_flags::sndmore);
  client.socket().send(::zmq::buffer(kDescribe), ::zmq::send_flags::none);
  EXPECT_EQ(TextOf(client.Receive()),
            "[1, 0, \"Malformed\", \"A request is one frame. Use a DEALER socket, without an empty delimiter.\"]");
  EXPECT_EQ(TextOf(client.Ask(kDescribe)).substr(0, 12), "[1, 5, \"ok\",");
}

TEST(EndpointTest, AFrameBeyondTheLimitEndsItsConnectionAndNobodyElses) {
  RunningHub hub(Loopback());
  Client good(hub.address());
  ASSERT_NE(good.Ask(kDescribe), "");
  Client bad(hub.address());
  bad.Send(std::string(hub::kFrameBytesMax + 1, 'x'));
  // libzmq hangs up; the DEALER connects again by itself and is served then.
  EXPECT_TRUE(Eventually([&] {
    bad.Send(kDescribe);
    return bad.Receive(50ms) != "";
  }));
  EXPECT_NE(good.Ask(kDescribe), "");
  EXPECT_EQ(hub.endpoint.counters().malformed, 0u);
}

TEST(EndpointTest, AnUnsafeListenerRefusesToStart) {
  FakeEngine engine;
  adapters::zmq::Endpoint endpoint(1, engine.inbox());
  core::Listener everywhere = Loopback();
  everywhere.address = "tcp://0.0.0.0:*";
  const auto started = endpoint.Start({Loopback(), everywhere},
                                      std::make_shared<core::Credentials>(std::vector<core::UserCredential>()));
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, hub::Code::kInvalidArgument);
}

TEST(EndpointTest, ACallerWithoutCredentialsIsAnonymousAndItsAddressIsKnown) {
  RunningHub hub(Loopback());
  Client client(hub.address());
  client.Ask(kDescribe);
  const auto callers = hub.engine.callers();
  ASSERT_EQ(callers.size(), 1u);
  EXPECT_EQ(callers[0]->identity, core::Credentials::Anonymous());
  EXPECT_EQ(callers[0]->source_ip, "127.0.0.1");
  EXPECT_FALSE(callers[0]->secure_transport);
}

TEST(EndpointTest, AFullInboxHoldsRequestsBackAndLosesNone) {
  RunningHub hub(Loopback());
  hub.engine.Hold(true);
  Client client(hub.address());
  const std::string body(hub::kMessageBytesMax, 'x');
  const std::string request = FrameOf("[1, 5, \"send\", \"orders\", [\"" + body + "\"]]");
  const std::size_t requests = 2 * hub::kInboxBytesMax / body.size();
  std::thread sender([&] {
    Client many(hub.address());
    for (std::size_t i = 0; i < requests; ++i) many.Send(request);
    for (std::size_t i = 0; i < requests; ++i) EXPECT_NE(many.Receive(), "");
  });
  // Each request is counted when it is read: reading stops well before all are in memory.
  EXPECT_TRUE(Eventually([&] { return hub.endpoint.counters().requests >= 32; }));
  hub.engine.Hold(false);
  sender.join();
  EXPECT_NE(client.Ask(kDescribe), "");
}

TEST(EndpointTest, APeerThatIsGoneEndsItsSession) {
  RunningHub hub(Loopback());
  hub.engine.Park(true);
  {
    Client client(hub.address());
    client.Send(kDescribe);
    ASSERT_TRUE(Eventually([&] { return hub.engine.parked().size() == 1; }));
  }
  const core::Ticket ticket = hub.engine.parked()[0];
  // An answer before the hang-up is noticed gets lost with the connection; one after it finds nobody.
  EXPECT_TRUE(Eventually([&] {
    hub.endpoint.Deliver({{ticket, core::Reply(core::DoneReply{})}});
    return hub.endpoint.counters().unreachable >= 1;  // several may be under way at once
  }));
  EXPECT_TRUE(Eventually([&] { return hub.engine.ended() == std::vector<std::uint64_t>{ticket.session}; }));
  EXPECT_EQ(hub.endpoint.counters().sessions, 0u);
}

TEST(EndpointTest, ANewConnectionUnderAnOldRoutingIdIsANewSession) {
  RunningHub hub(Loopback());
  hub.engine.Park(true);
  const auto named = [](::zmq::socket_t& socket) { socket.set(::zmq::sockopt::routing_id, "worker-1"); };
  {
    Client client(hub.address(), named);
    client.Send(kDescribe);
    ASSERT_TRUE(Eventually([&] { return hub.engine.parked().size() == 1; }));
  }
  hub.engine.Park(false);
  // While the old connection is not yet gone, libzmq refuses the new one.
  EXPECT_TRUE(Eventually([&] {
    Client again(hub.address(), named);
    again.Send(kDescribe);
    return again.Receive(100ms) != "";
  }));
  const auto ended = hub.engine.ended();
  ASSERT_FALSE(ended.empty());
  EXPECT_EQ(ended[0], hub.engine.parked()[0].session);
}

TEST(EndpointTest, APeerThatNeverReadsIsCutAndOthersAreServed) {
  Limits limits;
  limits.unread_bytes_max = 4 * 1024 * 1024;
  RunningHub hub(Loopback(), {}, limits);
  const auto body = std::make_shared<const std::string>(1024 * 1024, 'x');
  hub.engine.Answer([body](const core::Command& command) -> hub::Result<core::Reply> {
    if (!std::holds_alternative<core::Receive>(command.operation)) return core::DoneReply{};
    core::ReceiveReply reply;
    reply.deliveries.emplace_back().body = *body;
    reply.blocks.push_back(body);
    return reply;
  });
  Client slow(hub.address(), [](::zmq::socket_t& socket) { socket.set(::zmq::sockopt::rcvhwm, 1); });
  constexpr int kRequests = 64;  // Far more than the kernel's buffers hold.
  for (int i = 0; i < kRequests; ++i) slow.Send(FrameOf("[1, 7, \"receive\", \"orders\", 1, nil, nil]"));
  EXPECT_TRUE(Eventually([&] { return hub.endpoint.counters().cut == 1; }));
  EXPECT_TRUE(Eventually([&] { return hub.engine.ended().size() == 1; }));

  Client other(hub.address());
  EXPECT_EQ(TextOf(other.Ask(kDescribe)), "[1, 5, \"ok\", []]");

  // Once it has read what was on its way, it is heard again.
  int received = 0;
  EXPECT_TRUE(Eventually([&] {
    slow.Send(kDescribe);
    for (std::string reply; !(reply = slow.Receive(100ms)).empty();) {
      if (TextOf(reply) == "[1, 5, \"ok\", []]") return true;
      ++received;
    }
    return false;
  }));
  EXPECT_LT(received, kRequests);
}

TEST(EndpointTest, TooManySessionsAreRefusedWithAnAnswer) {
  Limits limits;
  limits.sessions_max = 1;
  RunningHub hub(Loopback(), {}, limits);
  Client first(hub.address());
  ASSERT_NE(first.Ask(kDescribe), "");
  Client second(hub.address());
  EXPECT_EQ(TextOf(second.Ask(kDescribe)), "[1, 5, \"Overloaded\", \"The hub has as many sessions as it can hold.\"]");
  EXPECT_EQ(TextOf(first.Ask(kDescribe)).substr(0, 12), "[1, 5, \"ok\",");
}

TEST(EndpointTest, AnIdleSessionIsForgottenAndItsClientStillServed) {
  Limits limits;
  limits.session_idle_max = 0s;
  limits.sweep_interval = 1ms;
  RunningHub hub(Loopback(), {}, limits);
  Client client(hub.address());
  ASSERT_NE(client.Ask(kDescribe), "");
  EXPECT_TRUE(Eventually([&] { return hub.endpoint.counters().sessions == 0; }));
  EXPECT_NE(client.Ask(kDescribe), "");
}

TEST(EndpointTest, APeerThatStopsReadingIsCutThoughItIsOwedLittle) {
  Limits limits;
  limits.peer_replies_max = 1;
  limits.stall_max = 50ms;
  RunningHub hub(Loopback(), {}, limits);
  hub.engine.Park(true);
  Client slow(hub.address(), [](::zmq::socket_t& socket) {
    socket.set(::zmq::sockopt::rcvhwm, 1);
    socket.set(::zmq::sockopt::rcvbuf, 4096);
  });
  slow.Send(FrameOf("[1, 7, \"consume\", \"orders\", 10000, nil]"));
  ASSERT_TRUE(Eventually([&] { return hub.engine.parked().size() == 1; }));
  const core::Ticket ticket = hub.engine.parked()[0];
  const auto body = std::make_shared<const std::string>(1024 * 1024, 'x');
  for (int i = 0; i < 20; ++i) {  // More than the kernel's buffers hold, and far less than it may leave unread.
    core::ReceiveReply reply;
    reply.deliveries.emplace_back().body = *body;
    reply.blocks.push_back(body);
    hub.endpoint.Deliver({{ticket, core::Reply(std::move(reply)), /*more=*/true}});
  }
  EXPECT_TRUE(Eventually([&] { return hub.endpoint.counters().cut == 1; }));
  EXPECT_TRUE(Eventually([&] { return hub.engine.ended() == std::vector<std::uint64_t>{ticket.session}; }));
}

TEST(EndpointTest, ASessionStaysAsLongAsItConsumes) {
  Limits limits;
  limits.session_idle_max = 0s;
  limits.sweep_interval = 1ms;
  RunningHub hub(Loopback(), {}, limits);
  hub.engine.Park(true);
  Client client(hub.address());
  client.Send(FrameOf("[1, 7, \"consume\", \"orders\", 10, nil]"));
  ASSERT_TRUE(Eventually([&] { return hub.engine.parked().size() == 1; }));
  const core::Ticket ticket = hub.engine.parked()[0];
  for (int i = 0; i < 20; ++i) {
    hub.endpoint.Deliver({{ticket, core::Reply(core::ReceiveReply{}), /*more=*/true}});
    EXPECT_EQ(TextOf(client.Receive()), "[1, 7, \"ok\", []]");
  }
  EXPECT_EQ(hub.endpoint.counters().sessions, 1u);
  hub.endpoint.Deliver({{ticket, core::Reply(core::ReceiveReply{})}});
  EXPECT_EQ(TextOf(client.Receive()), "[1, 7, \"ok\", []]");
  EXPECT_TRUE(Eventually([&] { return hub.endpoint.counters().sessions == 0; }));
}

// As when the end of a session is told while its last command still waits in the inbox.
TEST(EndpointTest, AConsumerOfASessionThatIsGoneIsEndedAgain) {
  RunningHub hub(Loopback());
  hub.engine.Park(true);
  const core::Ticket unknown{1, 77, 7};
  hub.endpoint.Deliver({{unknown, core::Reply(core::ReceiveReply{}), /*more=*/true}});
  EXPECT_TRUE(Eventually([&] { return hub.engine.ended() == std::vector<std::uint64_t>{77}; }));
}

TEST(EndpointTest, WhileDrainingRequestsAreRefusedAndAnswersStillGoOut) {
  RunningHub hub(Loopback());
  hub.engine.Park(true);
  Client client(hub.address());
  client.Send(FrameOf("[1, 8, \"receive\", \"orders\", 1, nil, 20000]"));
  ASSERT_TRUE(Eventually([&] { return hub.engine.parked().size() == 1; }));
  hub.endpoint.Drain();
  EXPECT_EQ(TextOf(client.Ask(kDescribe)), "[1, 5, \"Unavailable\", \"The hub is stopping.\"]");
  hub.endpoint.Deliver({{hub.engine.parked()[0], core::Reply(core::ReceiveReply{})}});
  hub.endpoint.Stop();
  EXPECT_EQ(TextOf(client.Receive()), "[1, 8, \"ok\", []]");
  hub.endpoint.Deliver({{hub.engine.parked()[0], core::Reply(core::ReceiveReply{})}});  // Too late, and harmless.
}

}  // namespace
}  // namespace tests::zmq
