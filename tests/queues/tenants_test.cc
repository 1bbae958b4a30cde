// Which message groups are noisy.
#include "queues/tenants.h"

#include <gtest/gtest.h>

#include <string>

namespace queues {
namespace {

class TenantsTest : public testing::Test {
 protected:
  Tenants::Tag Add(const std::string& group, int count, std::uint64_t messages) {
    const Tenants::Tag tag = tenants.TagOf(group);
    for (int i = 0; i < count; ++i) tenants.Add(tag);
    tenants.Judge(messages);
    return tag;
  }
  void Remove(Tenants::Tag tag, int count) {
    for (int i = 0; i < count; ++i) tenants.Remove(tag);
  }

  Tenants tenants{{1, 2, 3}, {}};
};

// rule: aws 150 noisy is who has more than a tenth of the messages, and thirty at least
TEST_F(TenantsTest, ATenantIsNoisyWithAtLeastThirtyMessagesAndMoreThanATenthOfAll) {
  const struct {
    const char* why;
    int own;
    std::uint64_t all;
    bool noisy;
  } cases[] = {
      {"alone, but few", 29, 29, false},      {"alone", 30, 30, true},
      {"just a tenth", 30, 300, false},       {"a little more than a tenth", 31, 300, true},
      {"few among many", 999, 10'000, false}, {"so many that their share does not matter", 1000, 1'000'000, true},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    tenants.Clear();
    EXPECT_EQ(tenants.IsNoisy(Add("a", c.own, c.all)), c.noisy);
  }
}

TEST_F(TenantsTest, ANoisyTenantIsQuietAgainWhenLittleOfItIsLeft) {
  const Tenants::Tag a = Add("a", 100, 100);
  const Tenants::Tag b = Add("b", 40, 140);
  Remove(a, 90);
  EXPECT_TRUE(tenants.IsNoisy(a));
  Remove(a, 1);
  EXPECT_FALSE(tenants.IsNoisy(a));
  EXPECT_TRUE(tenants.IsNoisy(b));
  EXPECT_TRUE(tenants.TakeChanged());
  EXPECT_FALSE(tenants.TakeChanged());
}

TEST_F(TenantsTest, MessagesWithoutAGroupAreNeverNoisy) {
  Add("", 10'000, 10'000);
  EXPECT_EQ(tenants.TagOf(""), Tenants::kNone);
  EXPECT_EQ(tenants.noisy(), 0u);
  EXPECT_FALSE(tenants.IsNoisy(Tenants::kNone));
}

TEST_F(TenantsTest, AMillionQuietTenantsBesideANoisyOneStayQuiet) {
  const Tenants::Tag noisy = Add("noisy", 1'000'000, 1'000'000);
  int taken_for_noisy = 0;
  for (int i = 0; i < 100'000; ++i) {
    const Tenants::Tag tag = Add("tenant " + std::to_string(i), 3, 1'300'000);
    if (tenants.IsNoisy(tag)) ++taken_for_noisy;
    Remove(tag, 3);
  }
  EXPECT_TRUE(tenants.IsNoisy(noisy));
  EXPECT_EQ(taken_for_noisy, 0);
}

TEST_F(TenantsTest, WhoWasNoisyBeforeARestartStaysSoUntilThatIsForgotten) {
  const Tenants::Tag a = tenants.TagOf("a");
  const Tenants::Tag b = tenants.TagOf("b");
  tenants.Restore({a, b});
  Add("a", 20, 100);
  Remove(a, 15);  // What is left of it from before is not known.
  EXPECT_TRUE(tenants.IsNoisy(a));
  Add("b", 50, 100);
  tenants.ForgetRestored();
  EXPECT_FALSE(tenants.IsNoisy(a));
  EXPECT_TRUE(tenants.IsNoisy(b));
}

TEST_F(TenantsTest, TagsDependOnTheSecret) {
  const Tenants other({9}, {});
  EXPECT_NE(tenants.TagOf("a"), other.TagOf("a"));
  EXPECT_EQ(tenants.TagOf("a"), Tenants({1, 2, 3}, {}).TagOf("a"));
}

}  // namespace
}  // namespace queues
