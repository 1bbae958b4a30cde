#include "hub/cli/bench/load.h"

#include <gtest/gtest.h>

#include "hub/cli/bench/report.h"

namespace hub::cli::bench {
namespace {

TEST(BodiesTest, EveryChangedByteIsFound) {
  const Bodies bodies(100, 1);
  std::string body(bodies.size(), '\0');
  for (const std::uint64_t number : {0ull, 1ull, 60ull, 61ull, 0xfedcba9876543210ull}) {
    bodies.Write(number, body.data());
    EXPECT_EQ(bodies.Verify(body), number);
    for (std::size_t i = 0; i < body.size(); ++i) {
      const char right = std::exchange(body[i], '~' + 1);
      EXPECT_FALSE(bodies.Verify(body)) << "byte " << i;
      body[i] = right;
    }
  }
  EXPECT_FALSE(bodies.Verify(body.substr(1)));
  EXPECT_FALSE(bodies.Verify(""));
}

TEST(BodiesTest, BodyOfAnotherMessageIsFound) {
  const Bodies bodies(100, 1);
  std::string body(bodies.size(), '\0');
  std::string other(bodies.size(), '\0');
  bodies.Write(1, body.data());
  bodies.Write(2, other.data());
  EXPECT_FALSE(bodies.Verify(body.substr(0, Bodies::kSizeMin) + other.substr(Bodies::kSizeMin)));
}

TEST(TallyTest, EachMessageComesOnce) {
  Tally tally(3);
  EXPECT_TRUE(tally.Add(2));
  EXPECT_TRUE(tally.Add(0));
  EXPECT_EQ(tally.left(), 1u);
  EXPECT_FALSE(tally.Add(2));
  EXPECT_FALSE(tally.Add(3));
  EXPECT_TRUE(tally.Add(1));
  EXPECT_EQ(tally.left(), 0u);
}

TEST(OrderTest, EachGroupComesInTheOrderOfItsMessages) {
  const Groups groups(3);
  Order order(groups);
  EXPECT_TRUE(order.Add(1, "group-1"));
  EXPECT_TRUE(order.Add(4, "group-1"));
  EXPECT_TRUE(order.Add(0, "group-0"));  // Groups may overtake each other.
  EXPECT_FALSE(order.Add(6, "group-0")) << "3 is missing";
  EXPECT_FALSE(order.Add(1, "group-1")) << "a second time";
  EXPECT_FALSE(order.Add(3, "group-1")) << "in a group that is not its own";
  EXPECT_TRUE(order.Add(3, "group-0"));
}

TEST(ReportTest, TextForPeopleAndJsonForPrograms) {
  Report report("p1");
  report.Add("rate", "send", 1234567.25, "msg/s");
  report.Add("ratio", "ratio", 0.94, "", 2);
  EXPECT_EQ(report.ToText(),
            "p1\n  send                            1,234,567 msg/s\n  ratio                           0.94");
  EXPECT_EQ(ToJson(report.node()), R"({"bench":"p1","rate":1234567.250,"ratio":0.940})");
}

}  // namespace
}  // namespace hub::cli::bench
