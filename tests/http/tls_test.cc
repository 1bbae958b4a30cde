#include <gtest/gtest.h>

#include <fstream>

#include "tests/http/server_fixture.h"

namespace tests::http {
namespace {

constexpr char kAddress[] = "https://127.0.0.1:0";

Listener ListenerOf(const Certificate& certificate) {
  return {kAddress, certificate.certificate_file(), certificate.key_file()};
}

TEST(TlsTest, RequestsAreServedAndSaidToBeSecure) {
  const Certificate certificate;
  RunningServer running({}, ListenerOf(certificate));
  EXPECT_TRUE(running.address().starts_with("https://127.0.0.1:"));
  Peer peer(running.address(), {.tls = true});
  ASSERT_TRUE(peer.is_open());
  ASSERT_TRUE(peer.Send(Post("/echo", "one") + Post("/echo", "two")));
  EXPECT_EQ(peer.ReadAnswer().body, "one");
  EXPECT_EQ(peer.ReadAnswer().body, "two");
  const std::string large(1'000'000, 'x');
  EXPECT_EQ(peer.Ask(Post("/echo", large)).body, large);
  EXPECT_TRUE(running.requests().at(0).secure);
}

TEST(TlsTest, SessionEndsInOrder) {
  const Certificate certificate;
  RunningServer running({}, ListenerOf(certificate));
  {
    Peer peer(running.address(), {.tls = true});
    EXPECT_EQ(peer.Ask(Get("/close")).status, 200);
    EXPECT_EQ(peer.ReadAll(), "");
  }
  {
    Peer peer(running.address(), {.tls = true});
    EXPECT_EQ(peer.Ask(Get("/echo")).status, 200);
  }
  EXPECT_TRUE(Eventually([&] { return running.connections() == 0; }));
}

TEST(TlsTest, ClientThatSendsNothingMoreStillGetsWhatItAskedFor) {
  const Certificate certificate;
  RunningServer running({}, ListenerOf(certificate));
  Peer peer(running.address(), {.tls = true});
  ASSERT_TRUE(peer.Send(Get("/park")));
  ASSERT_TRUE(Eventually([&] { return running.parked() == 1; }));
  peer.EndSending();
  running.Release();
  EXPECT_EQ(peer.ReadAnswer().body, "released");
}

TEST(TlsTest, PlainRequestToATlsPortIsCut) {
  const Certificate certificate;
  RunningServer running({}, ListenerOf(certificate));
  Peer peer(running.address());
  ASSERT_TRUE(peer.Send(Get("/echo")));
  EXPECT_EQ(peer.ReadAll().find("HTTP"), std::string::npos);
  EXPECT_TRUE(Eventually([&] { return running.connections() == 0; }));
  EXPECT_TRUE(running.requests().empty());
}

TEST(TlsTest, HandshakeThatDoesNotGoOnIsCut) {
  const Certificate certificate;
  Limits limits;
  limits.head_time_max = 100ms;
  limits.sweep_interval = 10ms;
  RunningServer running(limits, ListenerOf(certificate));
  Peer peer(running.address());
  EXPECT_EQ(peer.ReadAll(), "");
  EXPECT_TRUE(Eventually([&] { return running.server.counters().timed_out == 1; }));
}

TEST(TlsTest, StartSaysWhatIsWrongWithACertificate) {
  const Certificate certificate;
  const Certificate other;
  const Certificate secret("password");
  const std::string none = certificate.key_file() + "-none";
  const struct {
    const char* why;
    std::string certificate_file;
    std::string key_file;
    std::string begin;  // Of the error; the rest is OpenSSL's.
  } cases[] = {
      {"no certificate", none, certificate.key_file(), "Cannot use the certificate in " + none + ": "},
      {"no key", certificate.certificate_file(), none, "Cannot use the key in " + none + ": "},
      {"a key as certificate", certificate.key_file(), certificate.key_file(),
       "Cannot use the certificate in " + certificate.key_file() + ": "},
      {"a certificate as key", certificate.certificate_file(), certificate.certificate_file(),
       "Cannot use the key in " + certificate.certificate_file() + ": "},
      {"the key of another", certificate.certificate_file(), other.key_file(),
       "Cannot use the key in " + other.key_file() + ": key values mismatch"},
      {"a key behind a password", secret.certificate_file(), secret.key_file(),
       "Cannot use the key in " + secret.key_file() + ": "},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    class Nothing final : public adapters::wire::http::Handler {
      void Handle(ConnectionId, Request) override {}
      void Gone(ConnectionId) override {}
      void EndRound() override {}
    } handler;
    Server server(handler, Limits{});
    const hub::Result<void> started = server.Start({{kAddress, c.certificate_file, c.key_file}});
    ASSERT_FALSE(started);
    EXPECT_TRUE(started.error().message.starts_with(c.begin)) << started.error().message;
    EXPECT_GT(started.error().message.size(), c.begin.size());
  }
}

}  // namespace
}  // namespace tests::http
