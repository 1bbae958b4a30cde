// Which addresses the hub delivers to.
#include "adapters/push/reach.h"

#include <gtest/gtest.h>

namespace adapters::push {
namespace {

struct Case {
  const char* address;
  bool to_private;
  bool to_public;
};

TEST(ReachTest, StrictReachesTheInternetAndAnOpenHubItsNetwork) {
  const Case cases[] = {
      {"127.0.0.1", true, false},
      {"127.8.9.10", true, false},
      {"10.0.0.1", true, false},
      {"172.16.0.1", true, false},
      {"172.32.0.1", false, true},
      {"192.168.1.1", true, false},
      {"100.64.0.1", true, false},
      {"169.254.169.254", false, false},  // Where clouds tell their secrets.
      {"0.0.0.0", false, false},
      {"224.0.0.1", false, false},
      {"255.255.255.255", false, false},
      {"198.18.0.1", false, false},
      {"8.8.8.8", false, true},
      {"::1", true, false},
      {"::", false, false},
      {"fd00::1", true, false},
      {"fe80::1", false, false},
      {"fe80::1%eth0", false, false},
      {"ff02::1", false, false},
      {"2001:4860:4860::8888", false, true},
      {"::ffff:10.0.0.1", true, false},
      {"::ffff:169.254.169.254", false, false},
      {"::ffff:8.8.8.8", false, true},
      {"64:ff9b::a00:1", false, false},  // 10.0.0.1 by a translator.
      {"2002:a00:1::", false, false},
      {"example.com", false, false},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(IsReachable(Reach::kPrivate, {}, one.address), one.to_private) << one.address;
    EXPECT_EQ(IsReachable(Reach::kPublic, {}, one.address), one.to_public) << one.address;
  }
  EXPECT_TRUE(IsReachable(Reach::kAnywhere, {}, "169.254.169.254"));
}

TEST(ReachTest, WhatIsAllowedIsReachedInAnyCase) {
  const auto block = topics::ParseCidr("10.1.0.0/16");
  ASSERT_TRUE(block);
  EXPECT_TRUE(IsReachable(Reach::kPublic, {*block}, "10.1.2.3"));
  EXPECT_TRUE(IsReachable(Reach::kPublic, {*block}, "::ffff:10.1.2.3"));
  EXPECT_FALSE(IsReachable(Reach::kPublic, {*block}, "10.2.0.1"));
}

}  // namespace
}  // namespace adapters::push
