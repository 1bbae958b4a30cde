// Who may connect, and who they are then: PLAIN, CURVE, and credentials that change.
#include <gtest/gtest.h>
#include <zmq.h>

#include <array>
#include <string>

#include "tests/zmq/hub_fixture.h"

namespace tests::zmq {
namespace {

namespace core = hub::core;
using core::Security;

const std::string kDescribe = FrameOf("[1, 5, \"describe_hub\"]");

struct KeyPair {
  KeyPair() { zmq_curve_keypair(public_key.data(), secret_key.data()); }
  std::array<char, 41> public_key{};
  std::array<char, 41> secret_key{};
};

core::UserCredential User(const std::string& name) {
  core::UserCredential user;
  user.account = "111111111111";
  user.user = name;
  user.login = "shop/" + name;
  return user;
}

core::UserCredential UserWithPassword(const std::string& name, const std::string& password) {
  core::UserCredential user = User(name);
  user.password = password;
  return user;
}

Client::Configure Plain(const std::string& login, const std::string& password) {
  return [=](::zmq::socket_t& socket) {
    socket.set(::zmq::sockopt::plain_username, login);
    socket.set(::zmq::sockopt::plain_password, password);
  };
}

Client::Configure Curve(const KeyPair& client, const KeyPair& server) {
  return [&](::zmq::socket_t& socket) {
    socket.set(::zmq::sockopt::curve_publickey, client.public_key.data());
    socket.set(::zmq::sockopt::curve_secretkey, client.secret_key.data());
    socket.set(::zmq::sockopt::curve_serverkey, server.public_key.data());
  };
}

TEST(PlainTest, OnlyTheRightPasswordConnects) {
  RunningHub hub(Loopback(Security::kPlain), {UserWithPassword("checkout", "correct horse")});
  // clang-format off
  const struct {
    const char* why;
    Client::Configure configure;
    const char* outcome;
  } cases[] = {
      {"right",                          Plain("shop/checkout", "correct horse"), "accepted"},
      {"wrong password",                 Plain("shop/checkout", "battery"),       "refused"},
      {"unknown user",                   Plain("shop/nobody", "correct horse"),   "refused"},
      {"the name alone is not a login",  Plain("checkout", "correct horse"),      "refused"},
      {"no credentials at all",          [](::zmq::socket_t&) {},                 "refused"},
  };
  // clang-format on
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    EXPECT_EQ(HandshakeOf(hub.address(), c.configure), c.outcome);
  }
}

TEST(PlainTest, ACallerIsTheUserOfTheConnection) {
  RunningHub hub(Loopback(Security::kPlain), {UserWithPassword("checkout", "one"), UserWithPassword("billing", "two")});
  Client checkout(hub.address(), Plain("shop/checkout", "one"));
  ASSERT_NE(checkout.Ask(kDescribe), "");
  Client billing(hub.address(), Plain("shop/billing", "two"));
  ASSERT_NE(billing.Ask(kDescribe), "");
  const auto callers = hub.engine.callers();
  ASSERT_EQ(callers.size(), 2u);
  EXPECT_EQ(callers[0]->identity->principal().arn, "arn:aws:iam::111111111111:user/checkout");
  EXPECT_EQ(callers[1]->identity->principal().arn, "arn:aws:iam::111111111111:user/billing");
}

TEST(CurveTest, OnlyAKnownKeyConnectsAndTheCallerIsItsUser) {
  const KeyPair server;
  const KeyPair known;
  const KeyPair stranger;
  const TemporaryFile key_file(std::string(server.secret_key.data()) + "\n");
  core::Listener listener = Loopback(Security::kCurve);
  listener.secret_key_file = key_file.path();
  core::UserCredential user = User("checkout");
  user.curve_key = known.public_key.data();
  RunningHub hub(listener, {user});

  EXPECT_EQ(HandshakeOf(hub.address(), Curve(known, server)), "accepted");
  EXPECT_EQ(HandshakeOf(hub.address(), Curve(stranger, server)), "refused");
  EXPECT_EQ(HandshakeOf(hub.address(), Plain("shop/checkout", "x")), "refused");
  EXPECT_EQ(HandshakeOf(hub.address(), [](::zmq::socket_t&) {}), "refused");

  Client client(hub.address(), Curve(known, server));
  ASSERT_NE(client.Ask(kDescribe), "");
  const auto callers = hub.engine.callers();
  ASSERT_EQ(callers.size(), 1u);
  EXPECT_EQ(callers[0]->identity->principal().name, "checkout");
  EXPECT_TRUE(callers[0]->secure_transport);
}

TEST(CredentialsTest, ARemovedUserIsRefusedAtOnceAlsoOnALiveConnection) {
  const std::vector<core::UserCredential> both = {UserWithPassword("checkout", "one"),
                                                  UserWithPassword("billing", "two")};
  RunningHub hub(Loopback(Security::kPlain), both);
  Client checkout(hub.address(), Plain("shop/checkout", "one"));
  Client billing(hub.address(), Plain("shop/billing", "two"));
  ASSERT_EQ(TextOf(checkout.Ask(kDescribe)).substr(0, 12), "[1, 5, \"ok\",");
  ASSERT_EQ(TextOf(billing.Ask(kDescribe)).substr(0, 12), "[1, 5, \"ok\",");

  hub.endpoint.SetCredentials(std::make_shared<core::Credentials>(std::vector{both[1]}));
  EXPECT_EQ(TextOf(checkout.Ask(kDescribe)),
            "[1, 5, \"AccessDenied\", \"The user of this connection is no longer in the configuration.\"]");
  EXPECT_EQ(TextOf(billing.Ask(kDescribe)).substr(0, 12), "[1, 5, \"ok\",");
  EXPECT_TRUE(Eventually([&] { return hub.engine.ended().size() == 1; }));  // What waited for it is forgotten.
  EXPECT_EQ(HandshakeOf(hub.address(), Plain("shop/checkout", "one")), "refused");

  hub.endpoint.SetCredentials(std::make_shared<core::Credentials>(both));
  EXPECT_EQ(TextOf(checkout.Ask(kDescribe)).substr(0, 12), "[1, 5, \"ok\",");
}

TEST(CredentialsTest, ManyReloadsKeepALiveConnectionServed) {
  const std::vector<core::UserCredential> users = {UserWithPassword("checkout", "one")};
  RunningHub hub(Loopback(Security::kPlain), users);
  Client client(hub.address(), Plain("shop/checkout", "one"));
  for (int i = 0; i < 100; ++i) {
    hub.endpoint.SetCredentials(std::make_shared<core::Credentials>(users));
    ASSERT_EQ(TextOf(client.Ask(kDescribe)).substr(0, 12), "[1, 5, \"ok\",");
  }
}

}  // namespace
}  // namespace tests::zmq
