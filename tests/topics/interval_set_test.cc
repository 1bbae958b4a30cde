#include "topics/interval_set.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "hub/base/random.h"

namespace topics {
namespace {

TEST(IntervalSetTest, FindsExactlyTheIntervalsThatHoldANumber) {
  hub::Random random(7);
  for (int round = 0; round < 50; ++round) {
    IntervalSet set;
    std::vector<std::pair<double, double>> all;
    for (int question = 0; question < 100; ++question) {
      if (random.OneIn(2)) {  // Additions between questions.
        const auto low = static_cast<double>(random.Below(40));
        all.emplace_back(low, low + static_cast<double>(random.Below(10)));
        set.Add(low, all.back().second, static_cast<std::uint32_t>(all.size() - 1));
      }
      const auto number = static_cast<double>(random.Below(100)) / 2;
      std::vector<std::uint32_t> found;
      set.Find(number, found);
      std::sort(found.begin(), found.end());
      std::vector<std::uint32_t> expected;
      for (std::uint32_t i = 0; i < all.size(); ++i) {
        if (all[i].first <= number && number <= all[i].second) expected.push_back(i);
      }
      ASSERT_EQ(found, expected);
    }
  }
}

// Subscribing to a topic that is published to meanwhile: were everything sorted at each question, this would take
// minutes.
TEST(IntervalSetTest, AdditionsBetweenQuestionsStayCheap) {
  IntervalSet set;
  constexpr std::uint32_t kCount = 20'000;
  std::size_t total = 0;
  for (std::uint32_t i = 0; i < kCount; ++i) {
    set.Add(i, i + 0.5, i);
    std::vector<std::uint32_t> found;
    const std::uint32_t half = i / 2;
    set.Find(half, found);
    ASSERT_EQ(found, std::vector<std::uint32_t>{half});
    total += found.size();
  }
  EXPECT_EQ(total, kCount);
}

}  // namespace
}  // namespace topics
