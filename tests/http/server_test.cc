// What well-behaved clients rely on.
#include <gtest/gtest.h>

#include <thread>

#include "tests/http/server_fixture.h"

namespace tests::http {
namespace {

TEST(ServerTest, ConnectionIsKeptForTheNextRequest) {
  RunningServer running;
  Peer peer(running.address());
  for (const char* body : {"one", "two", "three"}) {
    const Answer answer = peer.Ask(Post("/echo", body));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, body);
    EXPECT_EQ(answer.Field("Connection"), "keep-alive");
  }
  EXPECT_EQ(running.server.counters().accepted, 1u);
  EXPECT_EQ(running.server.counters().requests, 3u);
  const std::vector<Request> requests = running.requests();
  EXPECT_EQ(requests[0].peer, "127.0.0.1");
  EXPECT_TRUE(running.address().ends_with(":" + requests[0].local_port));
  EXPECT_FALSE(requests[0].secure);
}

TEST(ServerTest, ConnectionEndsWhereEitherSideWantsItTo) {
  RunningServer running;
  for (const std::string& request : {Get("/echo", "Connection: close\r\n"), Get("/close"),
                                     std::string("GET /echo HTTP/1.0\r\nHost: localhost\r\n\r\n")}) {
    SCOPED_TRACE(request);
    Peer peer(running.address());
    EXPECT_EQ(peer.Ask(request).Field("Connection"), "close");
    EXPECT_EQ(peer.ReadAll(), "");
  }
}

TEST(ServerTest, RequestsSentAtOnceAreAnsweredInOrder) {
  RunningServer running;
  Peer peer(running.address());
  std::string all;
  for (int i = 0; i < 200; ++i) all += Post("/echo", std::to_string(i));
  ASSERT_TRUE(peer.Send(all));
  for (int i = 0; i < 200; ++i) EXPECT_EQ(peer.ReadAnswer().body, std::to_string(i));
}

TEST(ServerTest, LineBetweenTwoRequestsIsSkipped) {
  RunningServer running;
  Peer peer(running.address());
  EXPECT_EQ(peer.Ask(Post("/echo", "one") + "\r\n").body, "one");
  EXPECT_EQ(peer.Ask(Post("/echo", "two") + "\r\n" + Post("/echo", "three")).body, "two");
  EXPECT_EQ(peer.ReadAnswer().body, "three");
  EXPECT_EQ(running.server.counters().malformed, 0u);
}

TEST(ServerTest, WholeUrlOfTheHostIsReadAsItsPath) {
  RunningServer running;
  Peer peer(running.address());
  EXPECT_EQ(peer.Ask(Get("http://LOCALHOST/big/3")).body, "xxx");
  EXPECT_EQ(running.requests().at(0).target, "/big/3");
  EXPECT_EQ(peer.Ask(Get("http://evil.example/big/3")).status, 400);
  EXPECT_EQ(peer.ReadAll(), "");
  EXPECT_EQ(running.requests().size(), 1u);
}

// The networks themselves are in host_test.cc: a test has no address of the internet.
TEST(ServerTest, ListenerForPrivateNetworksServesThisMachine) {
  RunningServer running(
      {}, {.address = "http://127.0.0.1:0", .certificate_file = "", .key_file = "", .private_only = true});
  Peer peer(running.address());
  EXPECT_EQ(peer.Ask(Post("/echo", "hello")).body, "hello");
  EXPECT_EQ(running.server.counters().turned_away, 0u);
}

TEST(ServerTest, RequestBehindOneThatWaitsWaitsToo) {
  RunningServer running;
  Peer peer(running.address());
  ASSERT_TRUE(peer.Send(Get("/park") + Post("/echo", "next")));
  ASSERT_TRUE(Eventually([&] { return running.parked() == 1; }));
  Peer other(running.address());
  EXPECT_EQ(other.Ask(Post("/echo", "other")).body, "other");  // Nobody else waits for it.
  EXPECT_EQ(running.requests().size(), 2u);
  running.Release();
  EXPECT_EQ(peer.ReadAnswer().body, "released");
  EXPECT_EQ(peer.ReadAnswer().body, "next");
}

TEST(ServerTest, ClientThatAsksForLeaveToSendItsBodyGetsItOnce) {
  RunningServer running;
  Peer peer(running.address());
  const std::string request = Post("/echo", "hello", "Expect: 100-continue\r\n");
  const std::size_t head = request.find("\r\n\r\n") + 4;
  EXPECT_EQ(peer.Ask(request.substr(0, head)).head, "HTTP/1.1 100 Continue\r\n");
  EXPECT_EQ(peer.Ask(request.substr(head)).body, "hello");
  // Whoever does not wait for it needs none.
  EXPECT_EQ(peer.Ask(request).body, "hello");
  // Nor who has no body.
  EXPECT_EQ(peer.Ask(Post("/echo", "", "Expect: 100-continue\r\n")).status, 200);
}

TEST(ServerTest, ChunkedBodyIsJoined) {
  RunningServer running;
  Peer peer(running.address());
  const std::string head = "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const char* part : {head.c_str(), "6\r\nhel", "lo \r\n5", "\r\nworld\r\n0\r\n"}) ASSERT_TRUE(peer.Send(part));
  EXPECT_EQ(peer.Ask("\r\n").body, "hello world");
}

TEST(ServerTest, AnswerToHeadHasNoBody) {
  RunningServer running;
  Peer peer(running.address());
  ASSERT_TRUE(peer.Send("HEAD /big/1000 HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  const Answer answer = peer.ReadAnswer(/*has_body=*/false);
  EXPECT_EQ(answer.Field("Content-Length"), "1000");
  EXPECT_EQ(peer.Ask(Post("/echo", "next")).body, "next");
}

TEST(ServerTest, LargeBodiesAndAnswersPass) {
  RunningServer running;
  Peer peer(running.address());
  const std::string body(4 * 1024 * 1024, 'b');
  std::thread sender([&] { EXPECT_TRUE(peer.Send(Post("/echo", body))); });
  const Answer answer = peer.ReadAnswer();
  sender.join();
  EXPECT_EQ(answer.body, body);
}

TEST(ServerTest, ClientThatSendsNothingMoreStillGetsWhatItAskedFor) {
  RunningServer running;
  Peer peer(running.address());
  ASSERT_TRUE(peer.Send(Get("/park") + Post("/echo", "second") + Post("/echo", "third")));
  ASSERT_TRUE(Eventually([&] { return running.parked() == 1; }));
  peer.EndSending();
  Peer other(running.address());
  EXPECT_EQ(other.Ask(Get("/echo")).status, 200);  // By now the end has been seen.
  running.Release();
  EXPECT_EQ(peer.ReadAnswer().body, "released");
  EXPECT_EQ(peer.ReadAnswer().body, "second");
  const Answer last = peer.ReadAnswer();
  EXPECT_EQ(last.body, "third");
  EXPECT_EQ(last.Field("Connection"), "close");
  EXPECT_EQ(peer.ReadAll(), "");
  EXPECT_EQ(running.gone(), 0u);
  EXPECT_TRUE(Eventually([&] { return running.connections() == 1; }));
}

TEST(ServerTest, ClientThatEndsInTheMiddleOfARequestIsLetGo) {
  RunningServer running;
  for (const std::string& sent :
       {std::string("GET / HT"), Post("/echo", "hello").substr(0, 60), Get("/echo") + "POST /echo HTTP/1.1\r\n"}) {
    SCOPED_TRACE(sent);
    Peer peer(running.address());
    ASSERT_TRUE(peer.Send(sent));
    peer.EndSending();
    peer.ReadAll();
    EXPECT_TRUE(Eventually([&] { return running.connections() == 0; }));
  }
}

TEST(ServerTest, HandlerIsToldWhenTheClientOfALongPollLeaves) {
  RunningServer running;
  {
    Peer peer(running.address());
    ASSERT_TRUE(peer.Send(Get("/poll")));
    ASSERT_TRUE(Eventually([&] { return running.parked() == 1; }));
  }
  EXPECT_TRUE(Eventually([&] { return running.gone() == 1; }));
  EXPECT_TRUE(Eventually([&] { return running.connections() == 0; }));
}

TEST(ServerTest, DrainLetsAnswersOutAndTakesNothingNew) {
  RunningServer running;
  Peer idle(running.address());
  EXPECT_EQ(idle.Ask(Get("/echo")).status, 200);
  Peer waiting(running.address());
  ASSERT_TRUE(waiting.Send(Get("/park")));
  ASSERT_TRUE(Eventually([&] { return running.parked() == 1; }));
  running.server.Drain();
  EXPECT_EQ(idle.ReadAll(), "");
  EXPECT_FALSE(Peer(running.address()).is_open());
  running.Release();
  const Answer answer = waiting.ReadAnswer();
  EXPECT_EQ(answer.body, "released");
  EXPECT_EQ(answer.Field("Connection"), "close");
}

TEST(ServerTest, StartSaysWhyItCannotListen) {
  RunningServer running;
  const struct {
    std::string address;
    std::string why;
  } cases[] = {
      {running.address(), "Cannot listen on " + running.address() + ": Address already in use."},
      {"http://192.0.2.1:80", "Cannot listen on http://192.0.2.1:80: Cannot assign requested address."},
      {"ftp://127.0.0.1:0",
       "\"ftp://127.0.0.1:0\" is not an address to listen on. Write http:// or https://, a numeric "
       "address and a port, such as http://127.0.0.1:4566."},
      {"http://localhost:0",
       "\"http://localhost:0\" is not an address to listen on. Write http:// or https://, a "
       "numeric address and a port, such as http://127.0.0.1:4566."},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.address);
    class Nothing final : public adapters::wire::http::Handler {
      void Handle(ConnectionId, Request) override {}
      void Gone(ConnectionId) override {}
      void EndRound() override {}
    } handler;
    Server server(handler, Limits{});
    const hub::Result<void> started = server.Start({{"http://127.0.0.1:0", "", ""}, {c.address, "", ""}});
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().message, c.why);
  }
}

}  // namespace
}  // namespace tests::http
