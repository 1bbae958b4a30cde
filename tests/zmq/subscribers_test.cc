#include "adapters/zmq/subscribers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hub/core/identity.h"

namespace adapters::zmq {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

hub::core::Caller CallerAt(const std::string& address) {
  hub::core::Caller caller;
  caller.identity = hub::core::Credentials::Anonymous();
  caller.source_ip = address;
  return caller;
}

class SubscribersTest : public testing::Test {
 protected:
  // What the feed does with a subscription.
  Follow& Subscribe(int descriptor, std::uint64_t number, std::uint64_t session) {
    Follow* follow = all.Known(caller, "orders");
    if (follow == nullptr) follow = &all.Admitted(caller, "orders", session, "key");
    all.Hold(*all.Meet(descriptor, number), "orders", follow);
    return *follow;
  }
  const hub::core::Caller caller = CallerAt("127.0.0.1");
  Subscribers all;
};

TEST_F(SubscribersTest, ConnectionsOfOneCallerShareADecisionUntilTheLastLeaves) {
  Subscribe(7, 1, 100);
  EXPECT_EQ(Subscribe(8, 2, 200).session, 100u);
  EXPECT_EQ(all.Known(CallerAt("127.0.0.2"), "orders"), nullptr);
  EXPECT_EQ(all.subscriptions(), 2u);
  all.Leave(7);
  EXPECT_THAT(all.TakeAbandoned(), IsEmpty());
  EXPECT_TRUE(all.HasSession(100));
  all.LetGo(*all.Meet(8, 2), "orders");
  EXPECT_THAT(all.TakeAbandoned(), ElementsAre(100));
  EXPECT_FALSE(all.HasSession(100));
  EXPECT_EQ(all.subscriptions(), 0u);
}

TEST_F(SubscribersTest, ALaterConnectionOverTheSameDescriptorEndsTheEarlier) {
  Subscribe(7, 1, 100);
  EXPECT_TRUE(all.IsThere(7, 1));
  ASSERT_NE(all.Meet(7, 2), nullptr);
  EXPECT_THAT(all.TakeAbandoned(), ElementsAre(100));
  EXPECT_FALSE(all.IsThere(7, 1));
  EXPECT_EQ(all.Meet(7, 1), nullptr);
}

TEST_F(SubscribersTest, SubscribingTwiceHoldsOnce) {
  Subscribe(7, 1, 100);
  Subscribe(7, 1, 100);
  EXPECT_EQ(all.subscriptions(), 1u);
  all.Leave(7);
  EXPECT_THAT(all.TakeAbandoned(), ElementsAre(100));
}

TEST_F(SubscribersTest, ARefusalCountsAndIsNobodyElses) {
  all.Hold(*all.Meet(7, 1), "orders", nullptr);
  EXPECT_EQ(all.subscriptions(), 1u);
  EXPECT_EQ(all.Known(caller, "orders"), nullptr);
  Subscribe(8, 2, 100);
  Subscribe(7, 1, 200);  // Asked again: now it may.
  EXPECT_EQ(all.subscriptions(), 2u);
  all.Clear();
  EXPECT_THAT(all.TakeAbandoned(), ElementsAre(100));
}

}  // namespace
}  // namespace adapters::zmq
