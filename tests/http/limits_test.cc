// What strangers can make a server hold, and for how long.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/http/server_fixture.h"

namespace tests::http {
namespace {

// So short that a test can wait for it, and looked for that often.
Limits Impatient() {
  Limits limits;
  limits.head_time_max = 100ms;
  limits.idle_max = 100ms;
  limits.bytes_per_second_min = std::size_t{1} << 30;
  limits.sweep_interval = 10ms;
  return limits;
}

// --- Sizes ----------------------------------------------------------------------------------------------------------

TEST(LimitsTest, WhatIsTooLargeIsRefusedAndTheConnectionEnds) {
  Limits limits;
  limits.request_line_bytes_max = 100;
  limits.head_bytes_max = 1000;
  limits.fields_max = 10;
  limits.body_bytes_max = 5000;
  RunningServer running(limits);
  const std::string chunked = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  std::string many;
  for (int i = 0; i < 10; ++i) many += "X: y\r\n";
  const struct {
    const char* why;
    std::string bytes;
    int status;
  } cases[] = {
      {"a target", Get("/" + std::string(100, 'x')), 414},
      {"a field", Get("/", "X: " + std::string(1000, 'x') + "\r\n"), 431},
      {"a head that never ends", "GET / HTTP/1.1\r\nX: " + std::string(1000, 'x'), 431},
      {"fields", Get("/", many), 431},
      {"a body", Post("/echo", std::string(5001, 'x')), 413},
      {"a body that is only announced", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5001\r\n\r\n", 413},
      {"one that asks first", Post("/echo", std::string(5001, 'x'), "Expect: 100-continue\r\n").substr(0, 90), 413},
      {"a chunk", chunked + "1389\r\n", 413},
      {"chunks together", chunked + "9c4\r\n" + std::string(2500, 'x') + "\r\n9c5\r\n", 413},
      {"the extension of a chunk", chunked + "1;" + std::string(2000, 'x'), 431},
      {"trailers", chunked + "0\r\n" + many + many + "\r\n", 431},
  };
  std::uint64_t refused = 0;
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    Peer peer(running.address());
    const Answer answer = peer.Ask(c.bytes);
    EXPECT_EQ(answer.status, c.status);
    EXPECT_EQ(answer.Field("Connection"), "close");
    EXPECT_EQ(peer.ReadAll(), "");
    EXPECT_EQ(running.server.counters().malformed, ++refused);
  }
  EXPECT_TRUE(running.requests().empty());
  Peer peer(running.address());
  EXPECT_EQ(peer.Ask(Post("/echo", std::string(5000, 'x'))).status, 200);
}

TEST(LimitsTest, RefusalReachesAClientThatIsStillSending) {
  Limits limits;
  limits.body_bytes_max = 1000;
  RunningServer running(limits);
  Peer peer(running.address());
  // More than fits into the buffers in between: a server that closed at once would reset the connection.
  ASSERT_TRUE(peer.Send(Post("/echo", std::string(7 * 1024 * 1024, 'x'))));
  EXPECT_EQ(peer.ReadAnswer().status, 413);
}

TEST(LimitsTest, NothingThatFollowsARefusedRequestIsRead) {
  RunningServer running;
  Peer peer(running.address());
  EXPECT_EQ(peer.Ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" +
                     Get("/smuggled"))
                .status,
            400);
  EXPECT_EQ(peer.ReadAll(), "");
  EXPECT_TRUE(running.requests().empty());
}

TEST(LimitsTest, RefusalsCarryTheFieldsThatTheHandlerSupplies) {
  const struct {
    std::string bytes;
    int status;
  } cases[] = {
      {"nonsense\r\n\r\n", 400},
      {"POST http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {Post("/", std::string(11, 'x')), 413},
      {Get("/" + std::string(9000, 'x')), 414},
      {Get("/", "Expect: magic\r\n"), 417},
      {Get("/", "X: " + std::string(20'000, 'x') + "\r\n"), 431},
      {Post("/", "", "").substr(0, 24) + "Host: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501},
      {Get("/", "X: " + std::string(6000, 'x') + "\r\n"), 503},
      {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
  };
  Limits limits;
  limits.body_bytes_max = 10;
  limits.held_bytes_max = 5000;
  RunningServer running(limits);
  running.SupplyFields("X-Id: 7\r\n");
  for (const auto& c : cases) {
    SCOPED_TRACE(c.bytes.substr(0, 60));
    Peer peer(running.address());
    const Answer answer = peer.Ask(c.bytes);
    EXPECT_EQ(answer.status, c.status);
    EXPECT_EQ(answer.Field("X-Id"), "7");
    EXPECT_EQ(peer.ReadAll(), "");
  }
  Peer served(running.address());
  EXPECT_EQ(served.Ask(Get("/echo")).Field("X-Id"), "");
}

// --- Time -----------------------------------------------------------------------------------------------------------

// rule: hardening R13 clients that send slowly, or say nothing, are cut
TEST(LimitsTest, SlowClientsAreCut) {
  const struct {
    const char* why;
    std::string sent;
  } cases[] = {
      {"a head that does not end", "GET / HTTP/1.1\r\nHost: a\r\n"},
      {"a body that does not come", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel"},
      {"a chunk that does not come", "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel"},
      {"a body that leave was given for", Post("/echo", "hello", "Expect: 100-continue\r\n").substr(0, 85)},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    RunningServer running(Impatient());
    Peer peer(running.address());
    ASSERT_TRUE(peer.Send(c.sent));
    EXPECT_EQ(peer.ReadAll().find("HTTP/1.1 2"), std::string::npos);
    EXPECT_TRUE(Eventually([&] { return running.server.counters().timed_out == 1; }));
    EXPECT_EQ(running.connections(), 0u);
    EXPECT_TRUE(running.requests().empty());
  }
}

// In connection_test.cc to the second.
TEST(LimitsTest, BodyHasTheTimeThatWhatHasComeOfItTakes) {
  Limits limits = Impatient();
  limits.bytes_per_second_min = 2;
  RunningServer running(limits);
  Peer large(running.address());
  const std::string body(100'000, 'x');
  const std::string request = Post("/echo", body);
  ASSERT_TRUE(large.Send(request.substr(0, 1000)));
  const std::string chunked = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const std::string& announced :
       {request.substr(0, request.size() - body.size()), chunked, chunked + "ffff\r\n"}) {
    SCOPED_TRACE(announced);
    Peer peer(running.address());
    ASSERT_TRUE(peer.Send(announced));
    EXPECT_EQ(peer.ReadAll(), "");
  }
  EXPECT_TRUE(Eventually([&] { return running.server.counters().timed_out == 3; }));
  EXPECT_EQ(large.Ask(request.substr(1000)).body, body);
}

TEST(LimitsTest, ConnectionThatSaysNothingIsClosed) {
  RunningServer running(Impatient());
  Peer silent(running.address());
  EXPECT_EQ(silent.ReadAll(), "");
  Peer served(running.address());
  EXPECT_EQ(served.Ask(Get("/echo")).status, 200);
  EXPECT_EQ(served.ReadAll(), "");
  EXPECT_EQ(running.server.counters().timed_out, 0u);  // Nothing of theirs was lost.
}

TEST(LimitsTest, WhoWaitsForAnAnswerIsNotCut) {
  RunningServer running(Impatient());
  Peer waiting(running.address());
  ASSERT_TRUE(waiting.Send(Get("/park")));
  Peer silent(running.address());
  EXPECT_EQ(silent.ReadAll(), "");  // It came later, and its time is over.
  Peer silent_too(running.address());
  EXPECT_EQ(silent_too.ReadAll(), "");
  running.Release();
  EXPECT_EQ(waiting.ReadAnswer().body, "released");
}

// rule: hardening R13 a client that does not read its answer is cut
TEST(LimitsTest, ClientThatDoesNotReadItsAnswerIsCut) {
  RunningServer running(Impatient());
  Peer peer(running.address(), {.receive_buffer_bytes = 4096});
  constexpr std::size_t kBytes = 64 * 1024 * 1024;  // Beyond what the system takes over.
  ASSERT_TRUE(peer.Send(Get("/big/" + std::to_string(kBytes))));
  EXPECT_TRUE(Eventually([&] { return running.server.counters().timed_out == 1; }));
  EXPECT_EQ(running.connections(), 0u);
  EXPECT_LT(peer.ReadAll().size(), kBytes);
}

TEST(LimitsTest, ClientThatIgnoresTheEndOfItsConnectionIsCut) {
  Limits limits;
  limits.linger_max = 50ms;
  limits.sweep_interval = 10ms;
  RunningServer running(limits);
  Peer peer(running.address());
  EXPECT_EQ(peer.Ask(Get("/close")).status, 200);
  EXPECT_TRUE(Eventually([&] { return running.connections() == 0; }));
}

// --- Room -----------------------------------------------------------------------------------------------------------

TEST(LimitsTest, ConnectionsBeyondTheLimitAreTurnedAwayUntilOneLeaves) {
  Limits limits;
  limits.connections_max = 2;
  RunningServer running(limits);
  Peer first(running.address());
  EXPECT_EQ(first.Ask(Get("/echo")).status, 200);
  {
    Peer second(running.address());
    EXPECT_EQ(second.Ask(Get("/echo")).status, 200);
    Peer third(running.address());
    EXPECT_EQ(third.ReadAll(), "");
    EXPECT_EQ(running.server.counters().turned_away, 1u);
    EXPECT_EQ(second.Ask(Get("/echo")).status, 200);
  }
  ASSERT_TRUE(Eventually([&] { return running.connections() == 1; }));
  Peer fourth(running.address());
  EXPECT_EQ(fourth.Ask(Get("/echo")).status, 200);
}

// A further body is refused.
void ExpectNoRoom(RunningServer& running) {
  Peer refused(running.address());
  const Answer answer = refused.Ask(Post("/echo", std::string(600'000, 'b')));
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.Field("Retry-After"), "1");
  EXPECT_EQ(refused.ReadAll(), "");
}

// As soon as everything is over, nothing is counted any more, and a further body is taken.
void ExpectRoom(RunningServer& running) {
  EXPECT_TRUE(Eventually([&] { return running.held() == 0; }));
  Peer peer(running.address());
  EXPECT_EQ(peer.Ask(Post("/echo", std::string(600'000, 'b'))).status, 200);
}

Limits WithRoomFor(std::size_t bytes) {
  Limits limits;
  limits.held_bytes_max = bytes;
  return limits;
}

TEST(LimitsTest, BodiesOfRequestsThatWaitTakeRoom) {
  RunningServer running(WithRoomFor(1'500'000));
  Peer holder(running.address());
  ASSERT_TRUE(holder.Send(Post("/park", std::string(1'000'000, 'a'))));
  ASSERT_TRUE(Eventually([&] { return running.parked() == 1; }));
  ExpectNoRoom(running);
  Peer small(running.address());
  EXPECT_EQ(small.Ask(Post("/echo", "small")).body, "small");
  running.Release();
  EXPECT_EQ(holder.ReadAnswer().body, "released");
  ExpectRoom(running);
}

TEST(LimitsTest, RequestsThatFollowOneThatWaitsTakeRoom) {
  Limits limits = WithRoomFor(1'500'000);
  limits.pipelined_bytes_max = 1'200'000;
  RunningServer running(limits);
  Peer holder(running.address());
  ASSERT_TRUE(holder.Send(Get("/park") + Post("/echo", std::string(1'000'000, 'a'))));
  ASSERT_TRUE(Eventually([&] { return running.held() >= 1'000'000; }));
  ExpectNoRoom(running);
  running.Release();
  EXPECT_EQ(holder.ReadAnswer().body, "released");
  EXPECT_EQ(holder.ReadAnswer().body.size(), 1'000'000u);
  ExpectRoom(running);
}

TEST(LimitsTest, RequestsThatFollowOneThatWaitsAreThrownAwayWhereThereIsNoRoom) {
  Limits limits = WithRoomFor(500'000);
  limits.pipelined_bytes_max = 1'000'000;
  RunningServer running(limits);
  Peer peer(running.address());
  ASSERT_TRUE(peer.Send(Get("/poll") + Post("/echo", std::string(3'000'000, 'a'))));  // All of it is taken.
  ASSERT_TRUE(Eventually([&] { return running.parked() == 1; }));
  EXPECT_TRUE(Eventually([&] {
    Peer other(running.address());
    return other.Ask(Post("/echo", std::string(200'000, 'b'))).status == 200;
  }));
  running.Release();
  const Answer answer = peer.ReadAnswer();
  EXPECT_EQ(answer.body, "released");
  EXPECT_EQ(answer.Field("Connection"), "close");  // Which says that nothing after it was done.
  EXPECT_EQ(peer.ReadAll(), "");
  EXPECT_EQ(running.requests().size(), 2u);
}

TEST(LimitsTest, AnswersThatAreNotReadYetTakeRoom) {
  RunningServer running(WithRoomFor(32 * 1024 * 1024));
  Peer holder(running.address(), {.receive_buffer_bytes = 4096});
  ASSERT_TRUE(holder.Send(Get("/big/" + std::to_string(32 * 1024 * 1024))));
  ASSERT_TRUE(Eventually([&] { return running.held() > 32 * 1024 * 1024; }));
  ExpectNoRoom(running);
  EXPECT_EQ(holder.ReadAnswer().body.size(), 32u * 1024 * 1024);
  ExpectRoom(running);
}

TEST(LimitsTest, WhereThereIsNoRoomTheSlowestReaderMakesWay) {
  constexpr std::size_t kBig = 32 * 1024 * 1024;
  Limits limits = WithRoomFor(kBig * 3 / 2);
  limits.reading_time_min = 100ms;
  limits.reading_bytes_per_second_min = std::size_t{1} << 30;
  limits.sweep_interval = 10ms;
  RunningServer running(limits);
  Peer slow(running.address(), {.receive_buffer_bytes = 4096});
  ASSERT_TRUE(slow.Send(Get("/big/" + std::to_string(kBig))));
  ASSERT_TRUE(Eventually([&] { return running.held() > kBig; }));
  Peer later(running.address(), {.receive_buffer_bytes = 4096});
  ASSERT_TRUE(later.Send(Get("/big/" + std::to_string(kBig))));
  ASSERT_TRUE(Eventually([&] { return running.held() > 2 * kBig; }));
  EXPECT_TRUE(Eventually([&] {
    Peer other(running.address());
    return other.Ask(Post("/echo", std::string(600'000, 'b'))).status == 200;
  }));
  EXPECT_LT(slow.ReadAll().size(), kBig);
  EXPECT_EQ(later.ReadAnswer().body.size(), kBig);
}

// Who does not read its answer and sends more is the one for whom there is no room, and the one that makes way.
TEST(LimitsTest, ASlowReaderThatSendsMoreMakesWayForItself) {
  constexpr std::size_t kBig = 32 * 1024 * 1024;
  Limits limits = WithRoomFor(kBig);
  limits.reading_time_min = 0ms;
  limits.reading_bytes_per_second_min = std::size_t{1} << 40;
  limits.sweep_interval = 1ms;
  RunningServer running(limits);
  Peer slow(running.address(), {.receive_buffer_bytes = 4096});
  ASSERT_TRUE(slow.Send(Get("/park/" + std::to_string(kBig))));
  ASSERT_TRUE(Eventually([&] { return running.parked() == 1; }));
  running.Release();
  ASSERT_TRUE(Eventually([&] { return running.held() > kBig; }));
  ASSERT_TRUE(slow.Send(Get("/echo")));
  EXPECT_TRUE(Eventually([&] { return running.held() == 0; }));
  EXPECT_LT(slow.ReadAll().size(), kBig);
  EXPECT_EQ(running.connections(), 0u);
  Peer other(running.address());
  EXPECT_EQ(other.Ask(Post("/echo", "small")).body, "small");
}

TEST(LimitsTest, ConnectionThatEndsGivesItsRoomBack) {
  RunningServer running(WithRoomFor(1'500'000));
  {
    Peer holder(running.address());
    ASSERT_TRUE(holder.Send(Post("/poll", std::string(1'000'000, 'a')) + Get("/echo")));
    ASSERT_TRUE(Eventually([&] { return running.parked() == 1; }));
    ExpectNoRoom(running);
  }
  ExpectRoom(running);
}

}  // namespace
}  // namespace tests::http
