#include "adapters/system/system.h"

#include <gtest/gtest.h>

#include <array>

namespace adapters::system {
namespace {

TEST(SystemTest, BootTimeNeverGoesBack) {
  hub::Duration last = BootTime();
  for (int i = 0; i < 1000; ++i) {
    const hub::Duration now = BootTime();
    ASSERT_GE(now, last);
    last = now;
  }
}

TEST(SystemTest, WallTimeIsInThisEra) {
  EXPECT_GT(WallNow(), hub::InstantOf(1'700'000'000'000'000));  // November 2023.
}

TEST(SystemTest, RandomBytesFillTheWholeSpan) {
  // Longer than one call of the kernel's generator gives without a chance of an interruption.
  std::array<unsigned char, 4096> first{};
  std::array<unsigned char, 4096> second{};
  FillRandom(first);
  FillRandom(second);
  EXPECT_NE(first, second);
  const std::array<unsigned char, 32> zeros{};
  for (std::size_t i = 0; i + zeros.size() <= first.size(); i += zeros.size()) {
    EXPECT_FALSE(std::equal(zeros.begin(), zeros.end(), first.begin() + i));
  }
}

}  // namespace
}  // namespace adapters::system
