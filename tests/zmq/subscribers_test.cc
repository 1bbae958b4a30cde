#include "adapters/zmq/subscribers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hub/core/identity.h"

namespace adapters::zmq {
namespace {

using namespace std::chrono_literals;
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
    Follow* follow = all.Known(caller, "orders", 0s);
    if (follow == nullptr) follow = &all.Decided(caller, "orders", session, session == 0 ? "" : "key", 1s);
    all.Hold(*all.Meet(descriptor, number), "orders", *follow);
    return *follow;
  }
  const hub::core::Caller caller = CallerAt("127.0.0.1");
  Subscribers all;
};

TEST_F(SubscribersTest, ConnectionsOfOneCallerShareADecisionUntilTheLastLeaves) {
  Subscribe(7, 1, 100);
  EXPECT_EQ(Subscribe(8, 2, 200).session, 100u);
  EXPECT_EQ(all.Known(CallerAt("127.0.0.2"), "orders", 0s), nullptr);
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

TEST_F(SubscribersTest, ARefusalHoldsForAWhileAndIsNoSession) {
  EXPECT_FALSE(Subscribe(7, 1, 0).admitted());
  EXPECT_NE(all.Known(caller, "orders", 0s), nullptr);
  EXPECT_EQ(all.Known(caller, "orders", 1s), nullptr);  // Decided at 1 s.
  EXPECT_TRUE(Subscribe(8, 2, 100).admitted());
  all.Leave(7);
  EXPECT_THAT(all.TakeAbandoned(), IsEmpty());
  all.Clear();
  EXPECT_THAT(all.TakeAbandoned(), ElementsAre(100));
}

}  // namespace
}  // namespace adapters::zmq
