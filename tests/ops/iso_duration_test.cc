#include "adapters/ops/iso_duration.h"

#include <gtest/gtest.h>

namespace adapters::ops {
namespace {

using namespace std::chrono_literals;

TEST(IsoDurationTest, WhatIsADurationIsRead) {
  // clang-format off
  const struct {
    std::string_view text;
    hub::Duration duration;
  } cases[] = {
      {"PT5M", 5min}, {"PT0S", 0s}, {"PT0.5S", 500ms}, {"PT36H", 36h}, {"P1D", 24h}, {"P2W", 336h},
      {"P1DT2H3M4S", 26h + 3min + 4s}, {"P1WT1S", 168h + 1s}, {"PT1.5H", 90min},
  };
  // clang-format on
  for (const auto& c : cases) EXPECT_EQ(ParseIsoDuration(c.text), c.duration) << c.text;
}

TEST(IsoDurationTest, WhatIsNoneIsNot) {
  for (const std::string_view text : {"",
                                      "P",
                                      "PT",
                                      "5M",
                                      "PT5",
                                      "P5M",
                                      "P1Y",
                                      "PT5M3H",
                                      "PT5M5M",
                                      "P1DT",
                                      "PT-5M",
                                      "-PT5M",
                                      "PTM",
                                      "pt5m",
                                      "PT5M ",
                                      "PTxS",
                                      "P1H",
                                      "PTT1S",
                                      "PT1e3S",
                                      "PTinfS",
                                      "PTnanS",
                                      "P99999999999W",
                                      "PT1.7976931348623157e308S"}) {
    EXPECT_FALSE(ParseIsoDuration(text)) << text;
  }
}

TEST(IsoDurationTest, SecondsAreANumberFromZeroOn) {
  EXPECT_EQ(ParseSeconds("90"), 90s);
  EXPECT_EQ(ParseSeconds("0.25"), 250ms);
  for (const std::string_view text : {"", "-1", "1s", "99999999999999", "+1", "0x10"}) {
    EXPECT_FALSE(ParseSeconds(text)) << text;
  }
}

}  // namespace
}  // namespace adapters::ops
