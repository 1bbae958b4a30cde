#include <gtest/gtest.h>

#include <string>

#include "hub/base/limits.h"
#include "tests/topics/filters.h"
#include "topics/filter_policy.h"

namespace topics {
namespace {

constexpr const char* kTooComplex = "Filter policy is too complex";

// ["0", "1", ...] of `count` entries.
std::string Values(std::size_t count) {
  std::string text = "[";
  for (std::size_t i = 0; i < count; ++i) text += (i > 0 ? ",\"" : "\"") + std::to_string(i) + "\"";
  return text + "]";
}

std::string Keys(std::size_t count) {
  std::string text = "{";
  for (std::size_t i = 0; i < count; ++i) text += (i > 0 ? ",\"k" : "\"k") + std::to_string(i) + "\":[1]";
  return text + "}";
}

// rule: aws 136 keys
TEST(FilterLimitsTest, FiveKeysAreAllowedAndSixAreNot) {
  EXPECT_EQ(Refusal(Keys(5), kAttributes), "");
  EXPECT_EQ(Refusal(Keys(6), kAttributes), "Filter policy can not have more than 5 keys");
  EXPECT_EQ(Refusal(R"({"a":{"b":[1],"c":[1],"d":[1]},"e":[1],"f":[1],"g":[1],"h":[1]})", kBody), "")
      << "only the keys at the top count";
}

// rule: aws 136 combinations
TEST(FilterLimitsTest, CombinationsAreCounted) {
  const struct {
    const char* why;
    std::string policy;
    bool allowed;
  } cases[] = {
      {"150 values", "{\"a\":" + Values(150) + "}", true},
      {"151 values", "{\"a\":" + Values(151) + "}", false},
      {"3 x 5 x 10", "{\"a\":" + Values(3) + ",\"b\":" + Values(5) + ",\"c\":" + Values(10) + "}", true},
      {"4 x 38 = 152", "{\"a\":" + Values(4) + ",\"b\":" + Values(38) + "}", false},
      {"75 values at depth 2", "{\"a\":{\"b\":" + Values(75) + "}}", true},
      {"76 values at depth 2", "{\"a\":{\"b\":" + Values(76) + "}}", false},
      {"4 x 3 deep, 3 x 2 deep", "{\"a\":{\"b\":{\"c\":" + Values(4) + "}},\"d\":{\"e\":" + Values(3) + "}}", true},
      {"branches are summed", "{\"$or\":[{\"a\":" + Values(75) + "},{\"b\":" + Values(75) + "}]}", true},
      {"to 151", "{\"$or\":[{\"a\":" + Values(75) + "},{\"b\":" + Values(76) + "}]}", false},
      {"and multiplied with the rest",
       "{\"k\":" + Values(2) + ",\"$or\":[{\"a\":" + Values(38) + "},{\"b\":" + Values(38) + "}]}", false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    EXPECT_EQ(Refusal(c.policy, kBody), c.allowed ? "" : kTooComplex);
  }
}

TEST(FilterLimitsTest, OneBranchMayHave31Keys) {
  EXPECT_EQ(Refusal("{\"$or\":[{\"a\":[1]}," + Keys(31) + "]}", kAttributes), "");
  EXPECT_EQ(Refusal("{\"$or\":[{\"a\":[1]}," + Keys(32) + "]}", kAttributes), kTooComplex);
}

// rule: aws 136 size
TEST(FilterLimitsTest, APolicyMayHave256Kibibytes) {
  const std::string frame = R"({"a":[""]})";
  EXPECT_EQ(Refusal("{\"a\":[\"" + std::string(kFilterBytesMax - frame.size(), 'x') + "\"]}", kAttributes), "");
  EXPECT_EQ(Refusal("{\"a\":[\"" + std::string(kFilterBytesMax - frame.size() + 1, 'x') + "\"]}", kAttributes),
            "Filter policy can not have more than 262144 bytes");
}

// rule: aws 138 range and decimals of numbers
TEST(FilterLimitsTest, NumbersHaveFiveDecimalsAndReachToABillion) {
  const struct {
    const char* number;
    bool allowed;
  } cases[] = {
      {"1000000000", true}, {"-1000000000", true}, {"1000000001", false}, {"-1e10", false}, {"1e9", true},
      {"0.00001", true},    {"1e-5", true},        {"0.000001", false},   {"1e-6", false},  {"1.234560000", true},
      {"1.234567", false},  {"123.4567e2", true},  {"0.0e-9", true},      {"-0", true},     {"12e-1", true},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.number);
    const std::string number = c.number;
    const std::string why =
        c.allowed ? "" : "Numbers must be between -1000000000 and 1000000000, with at most 5 decimals: " + number;
    EXPECT_EQ(Refusal("{\"k\":[" + number + "]}", kAttributes), why);
    EXPECT_EQ(Refusal("{\"k\":[{\"numeric\":[\"=\"," + number + "]}]}", kAttributes), why);
    EXPECT_EQ(Refusal("{\"k\":[{\"anything-but\":[" + number + "]}]}", kAttributes), why);
  }
}

// rule: aws 139 wildcards
TEST(FilterLimitsTest, WildcardsAreBounded) {
  const auto wildcards = [](std::size_t count, const std::string& pattern) {
    std::string list;
    for (std::size_t i = 0; i < count; ++i) {
      list += std::string(i > 0 ? "," : "") + "{\"wildcard\":\"" + pattern + std::to_string(i) + "\"}";
    }
    return "{\"k\":[" + list + "]}";
  };
  EXPECT_EQ(Refusal(wildcards(1, "a*b*c*"), kAttributes), "");
  EXPECT_EQ(Refusal(wildcards(1, "a*b*c*d*"), kAttributes),
            "wildcard match pattern can not have more than 3 wildcard characters");
  EXPECT_EQ(Refusal(wildcards(1, "a**"), kAttributes), "Consecutive wildcard characters at pos 2");
  EXPECT_EQ(Refusal(wildcards(1, "a\\\\x"), kAttributes), "Invalid escape character at pos 2");
  const std::string excluded = R"({"k":[{"anything-but":{"wildcard":"z*"}},)";
  EXPECT_EQ(Refusal(excluded + wildcards(9, "a*").substr(6), kAttributes), "");
  EXPECT_EQ(Refusal(excluded + wildcards(10, "a*").substr(6), kAttributes), kTooComplex);
  EXPECT_EQ(Refusal(wildcards(10, "a*"), kAttributes), "");
  EXPECT_EQ(Refusal(wildcards(11, "a*"), kAttributes), kTooComplex);
  EXPECT_EQ(Refusal(wildcards(5, "a*b*"), kAttributes), "");
  EXPECT_EQ(Refusal(wildcards(6, "a*b*"), kAttributes), kTooComplex);
}

TEST(FilterLimitsTest, APolicyDeeperThanADocumentMayBeIsRefused) {
  hub::Node policy = hub::Node::List({hub::Node::String("x")});
  for (std::size_t i = 0; i <= hub::kDocumentDepthMax; ++i)
    policy = hub::Node::Map({{.key = "a", .key_place = {}, .value = std::move(policy)}});
  const auto parsed = ParseFilterPolicy(policy, kBody);
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().message, kTooComplex);
}

TEST(FilterLimitsTest, APathOfKeysIsNotLongerThanItsLimit) {
  const auto of = [](std::size_t bytes) { return "{\"" + std::string(bytes - 2, 'k') + "\":{\"a\":[1]}}"; };
  EXPECT_EQ(Refusal(of(1024), kBody), "");
  EXPECT_EQ(Refusal(of(1025), kBody), kTooComplex);
}

}  // namespace
}  // namespace topics
