#include "adapters/zmq/listener.h"

#include <gtest/gtest.h>

#include <memory>

namespace adapters::zmq {
namespace {

using hub::core::Listener;
using hub::core::Security;

TEST(ListenerTest, OnlyCurveMayBeReachedFromOtherMachines) {
  // clang-format off
  const struct {
    const char* why;
    const char* address;
    Security security;
    bool safe;
  } cases[] = {
      {"loopback",                         "tcp://127.0.0.1:5566",   Security::kNone,  true},
      {"the whole of 127/8 is loopback",   "tcp://127.9.9.9:5566",   Security::kPlain, true},
      {"loopback of IPv6",                 "tcp://[::1]:5566",       Security::kNone,  true},
      {"a file",                           "ipc:///run/hub.sock",    Security::kNone,  true},
      {"all interfaces, no security",      "tcp://*:5566",           Security::kNone,  false},
      {"all interfaces, passwords",        "tcp://0.0.0.0:5566",     Security::kPlain, false},
      {"all interfaces of IPv6",           "tcp://[::]:5566",        Security::kNone,  false},
      {"a private network is a network",   "tcp://192.168.1.5:5566", Security::kPlain, false},
      {"an interface",                     "tcp://eth0:5566",        Security::kNone,  false},
      {"a name that begins like loopback", "tcp://127.0.0.1.example.com:5566", Security::kNone, false},
      {"CURVE anywhere",                   "tcp://*:5566",           Security::kCurve, true},
      {"another transport",                "pgm://eth0;239.192.1.1:5566", Security::kCurve, false},
      {"inside the process",               "inproc://hub",           Security::kNone,  false},
      {"nothing",                          "",                       Security::kNone,  false},
  };
  // clang-format on
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    EXPECT_EQ(CheckListener({c.address, c.security, "", {}}).has_value(), c.safe);
  }
}

TEST(ListenerTest, ARefusalNamesThePlaceAndTheRemedy) {
  Listener listener{"tcp://0.0.0.0:5566", Security::kNone, "", {}};
  listener.place = {std::make_shared<const std::string>("config/hub.yaml"), 3, 5};
  const auto refused = CheckListener(listener);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message,
            "config/hub.yaml:3:5: \"tcp://0.0.0.0:5566\" can be reached from other machines, where anybody could "
            "connect. Use CURVE (security: curve), or listen on a loopback address such as 127.0.0.1.");
}

TEST(ListenerTest, ACurveListenerNeedsItsKey) {
  ::zmq::context_t context;
  const auto opened =
      OpenListener(context, {"tcp://127.0.0.1:*", Security::kCurve, "/nonexistent/hub.key", {}}, Limits());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, hub::Code::kInvalidArgument);
}

TEST(ListenerTest, AnAddressInUseIsAnError) {
  ::zmq::context_t context;
  const auto first = OpenListener(context, {"tcp://127.0.0.1:*", Security::kNone, "", {}}, Limits());
  ASSERT_TRUE(first);
  const std::string address = first->get(::zmq::sockopt::last_endpoint);
  const auto second = OpenListener(context, {address, Security::kNone, "", {}}, Limits());
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().message.find(address), std::string::npos) << second.error().message;
}

}  // namespace
}  // namespace adapters::zmq
