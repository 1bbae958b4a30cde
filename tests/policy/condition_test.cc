#include <array>

#include "hub/policy/dates.h"
#include "hub/policy/ip.h"
#include "tests/policy/support.h"

namespace hub::policy {
namespace {

// `value` under a:k in the request against `policy` (JSON) under the operator; absent when null.
bool Holds1(std::string_view op, std::string_view policy, const char* value) {
  const std::string condition = "{\"" + std::string(op) + R"(":{"a:k":)" + std::string(policy) + "}}";
  return Holds(condition, value == nullptr ? Context() : ContextOf({{"a:k", value}}));
}

struct Case {
  const char* op;
  const char* policy;
  const char* value;
  bool holds;
};

template <std::size_t N>
void ExpectAll(const Case (&cases)[N]) {
  for (const Case& c : cases) {
    EXPECT_EQ(Holds1(c.op, c.policy, c.value), c.holds) << c.op << " " << c.policy << " " << (c.value ? c.value : "-");
  }
}

// rule: policies 1.3 string operators
TEST(PolicyConditionTest, Strings) {
  ExpectAll({
      {"StringEquals", R"("x")", "x", true},
      {"StringEquals", R"("x")", "X", false},
      {"StringEquals", R"("x*")", "xy", false},
      {"StringEquals", R"("x*")", "x*", true},
      {"StringEquals", R"(["x","y"])", "y", true},
      {"StringEquals", R"("")", "", true},
      {"StringNotEquals", R"("x")", "x", false},
      {"StringNotEquals", R"("x")", "y", true},
      {"StringNotEquals", R"(["x","y"])", "y", false},
      {"StringNotEquals", R"(["x","y"])", "z", true},
      {"StringEqualsIgnoreCase", R"("aBc")", "AbC", true},
      {"StringEqualsIgnoreCase", R"("aBc")", "AbCd", false},
      {"StringNotEqualsIgnoreCase", R"("aBc")", "AbC", false},
      {"StringNotEqualsIgnoreCase", R"("aBc")", "x", true},
      {"StringLike", R"("a*c?")", "a:b:cd", true},
      {"StringLike", R"("a*c?")", "A:b:cd", false},
      {"StringLike", R"("?")", "\xc3\xbc", true},
      {"StringLike", R"("*")", "", true},
      {"StringNotLike", R"("a*")", "abc", false},
      {"StringNotLike", R"(["a*","b*"])", "cab", true},
  });
}

// rule: policies 1.1 values of conditions may be string, number or boolean; compared as text
TEST(PolicyConditionTest, NumbersAndBooleansAreComparedAsText) {
  ExpectAll({
      {"StringEquals", "7", "7", true},
      {"StringEquals", "7.0", "7", false},
      {"StringEquals", "true", "true", true},
      {"Bool", "true", "true", true},
      {"NumericEquals", "7", "7.0", true},
  });
}

// rule: policies 1.3 numeric operators; what is no number matches no positive operator
TEST(PolicyConditionTest, Numbers) {
  ExpectAll({
      {"NumericEquals", "\"10\"", "10", true},
      {"NumericEquals", "10", "1e1", true},
      {"NumericEquals", "[1,2]", "2", true},
      {"NumericEquals", "1", "one", false},
      {"NumericNotEquals", "1", "1", false},
      {"NumericNotEquals", "[1,2]", "3", true},
      {"NumericNotEquals", "1", "one", true},
      {"NumericLessThan", "5", "4.9", true},
      {"NumericLessThan", "5", "5", false},
      {"NumericLessThanEquals", "5", "5", true},
      {"NumericLessThanEquals", "5", "5.1", false},
      {"NumericGreaterThan", "5", "10", true},
      {"NumericGreaterThan", "5", "5", false},
      {"NumericGreaterThan", "-1", "nan", false},
      {"NumericGreaterThan", "-1", "inf", false},
      {"NumericGreaterThanEquals", "5", "5", true},
      {"NumericGreaterThanEquals", "5", "4", false},
  });
}

// rule: policies 1.3 date operators: ISO 8601 or seconds since 1970
TEST(PolicyConditionTest, Dates) {
  ExpectAll({
      {"DateEquals", R"("1970-01-02T00:00:00Z")", "86400", true},
      {"DateEquals", "86400", "1970-01-02", true},
      {"DateNotEquals", R"("1970-01-02")", "1970-01-02T00:00:01Z", true},
      {"DateNotEquals", R"("1970-01-02")", "1970-01-02T02:00:00+02:00", false},
      {"DateLessThan", R"("2026-01-01")", "2025-12-31T23:59:59Z", true},
      {"DateLessThan", R"("2026-01-01")", "2026-01-01", false},
      {"DateLessThanEquals", R"("2026-01-01")", "2026-01-01", true},
      {"DateLessThanEquals", R"("2026-01-01")", "2026-01-01T00:00:00.5Z", false},
      {"DateGreaterThan", R"("2026-01-01")", "2026-02", true},
      {"DateGreaterThan", R"("2026-01-01")", "2026", false},
      {"DateGreaterThanEquals", R"("2026-01-01")", "2026", true},
      {"DateGreaterThanEquals", R"("2026-01-01")", "yesterday", false},
  });
}

TEST(PolicyConditionTest, DatesParseExactlyAndFormat) {
  const struct {
    std::string_view text;
    std::int64_t micros;  // -1: not a date.
  } cases[] = {
      {"1970-01-01T00:00:00Z", 0},
      {"1970-01-01T01:00+01:00", 0},
      {"1970", 0},
      {"1970-01", 0},
      {"1970-01-01T00:00:00.25Z", 250'000},
      {"1.5", 1'500'000},
      {"2000-02-29", 951782400000000},
      {"2001-02-29", -1},
      {"1970-13", -1},
      {"1970-01-01T00:00:00", -1},
      {"1970-01-01T24:00Z", -1},
      {"1970-01-01T00:00Zx", -1},
      {"1970-01-01 00:00Z", -1},
      {"1970-01-01T00:00.5Z", -1},
      {"1970-01-01T00:00:00.Z", -1},
      {"", -1},
      {"1e99", -1},
      {"nan", -1},
      {"1970-01-01T00:00+99:00", -1},
      {"1970-1-1", -1},
      {"1970-01-01T00:00-0100", -1},
  };
  for (const auto& c : cases) {
    const auto date = ParseDate(c.text);
    EXPECT_EQ(date ? MicrosOf(*date) : -1, c.micros) << c.text;
  }
  char out[kDateBytes];
  EXPECT_EQ(FormatDate(InstantOf(951782400000000), out), "2000-02-29T00:00:00Z");
}

// rule: policies 1.3 Bool and BinaryEquals
TEST(PolicyConditionTest, BooleansAndBytes) {
  ExpectAll({
      {"Bool", "true", "true", true},
      {"Bool", R"("TRUE")", "true", true},
      {"Bool", "false", "true", false},
      {"Bool", "[true,false]", "false", true},
      {"Bool", "true", "1", false},
      {"BinaryEquals", R"("aGVsbG8=")", "aGVsbG8=", true},
      {"BinaryEquals", R"("aGVsbG8=")", "aGVsbG9=", false},
  });
}

// rule: policies 1.3 IpAddress and NotIpAddress: CIDR, version 4 and 6, a bare address is one host
TEST(PolicyConditionTest, Addresses) {
  ExpectAll({
      {"IpAddress", R"("10.0.0.0/8")", "10.255.0.1", true},
      {"IpAddress", R"("10.0.0.0/8")", "11.0.0.1", false},
      {"IpAddress", R"("10.0.0.7/8")", "10.1.1.1", true},
      {"IpAddress", R"("10.1.0.0/12")", "10.15.0.1", true},
      {"IpAddress", R"("10.1.0.0/12")", "10.16.0.1", false},
      {"IpAddress", R"("10.0.0.1")", "10.0.0.1", true},
      {"IpAddress", R"("10.0.0.1")", "10.0.0.2", false},
      {"IpAddress", R"("0.0.0.0/0")", "192.0.2.1", true},
      {"IpAddress", R"("0.0.0.0/0")", "::1", false},
      {"IpAddress", R"("2001:db8::/32")", "2001:db8:1::1", true},
      {"IpAddress", R"("2001:db8::/32")", "2001:db9::1", false},
      {"IpAddress", R"("fe80::/10")", "fe80::1%eth0", true},
      {"IpAddress", R"("10.0.0.0/8")", "::ffff:10.0.0.1", true},
      {"IpAddress", R"("::ffff:10.0.0.0/104")", "10.9.9.9", true},
      {"IpAddress", R"(["10.0.0.0/8","192.0.2.0/24"])", "192.0.2.9", true},
      {"IpAddress", R"("10.0.0.0/8")", "10.0.0", false},
      {"NotIpAddress", R"("10.0.0.0/8")", "10.0.0.1", false},
      {"NotIpAddress", R"("10.0.0.0/8")", "192.0.2.1", true},
      {"NotIpAddress", R"("10.0.0.0/8")", "nowhere", true},
  });
  for (const char* bad : {"", "/", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8x", "::ffff:10.0.0.0/8", "fe80::%eth0/10"}) {
    EXPECT_FALSE(ParseNetwork(bad)) << bad;
  }
}

// rule: policies 1.3 ARN operators compare six parts, so that colons in a value cannot pose as parts
TEST(PolicyConditionTest, Arns) {
  ExpectAll({
      {"ArnEquals", R"("arn:aws:sns:eu-central-1:111111111111:orders")", kOrders.data(), true},
      {"ArnEquals", R"("arn:aws:sns:*:111111111111:ord*")", kOrders.data(), true},
      {"ArnLike", R"("arn:aws:sns:*:111111111111:orders")", kOrders.data(), true},
      {"ArnLike", R"("arn:aws:sns:*:111111111111:orders")", "arn:aws:sns:r:222222222222:111111111111:orders", false},
      {"StringLike", R"("arn:aws:sns:*:111111111111:orders")", "arn:aws:sns:r:222222222222:111111111111:orders", true},
      {"ArnLike", R"("arn:aws:sns:*:*:a*")", "arn:aws:sns:r:1:a:b:c", true},
      {"ArnLike", R"("arn:aws:sns:?:1:a")", "arn:aws:sns:r:1:a", true},
      {"ArnLike", R"("*")", kOrders.data(), true},
      {"ArnLike", R"("arn:aws:sns:*:*:*")", "not an arn", false},
      {"ArnLike", R"("arn:aws:sns:*:*:ORDERS")", kOrders.data(), false},
      {"ArnNotEquals", R"("arn:aws:sns:*:*:orders")", kOrders.data(), false},
      {"ArnNotLike", R"("arn:aws:sns:*:*:orders")", "arn:aws:sns:r:1:other", true},
      {"ArnNotLike", R"("arn:aws:sns:*:*:orders")", "not an arn", true},
  });
}

// rule: policies 1.3 absent key: positive operators false, negated and IfExists true, Null tells
TEST(PolicyConditionTest, AbsentKeys) {
  const struct {
    const char* op;
    const char* policy;
    bool negated;
  } operators[] = {
      {"StringEquals", "\"x\"", false},
      {"StringNotEquals", "\"x\"", true},
      {"StringEqualsIgnoreCase", "\"x\"", false},
      {"StringNotEqualsIgnoreCase", "\"x\"", true},
      {"StringLike", "\"*\"", false},
      {"StringNotLike", "\"*\"", true},
      {"NumericEquals", "1", false},
      {"NumericNotEquals", "1", true},
      {"NumericLessThan", "1", false},
      {"NumericLessThanEquals", "1", false},
      {"NumericGreaterThan", "1", false},
      {"NumericGreaterThanEquals", "1", false},
      {"DateEquals", "1", false},
      {"DateNotEquals", "1", true},
      {"DateLessThan", "1", false},
      {"DateLessThanEquals", "1", false},
      {"DateGreaterThan", "1", false},
      {"DateGreaterThanEquals", "1", false},
      {"Bool", "true", false},
      {"BinaryEquals", "\"\"", false},
      {"IpAddress", "\"0.0.0.0/0\"", false},
      {"NotIpAddress", "\"0.0.0.0/0\"", true},
      {"ArnEquals", "\"*\"", false},
      {"ArnNotEquals", "\"*\"", true},
      {"ArnLike", "\"*\"", false},
      {"ArnNotLike", "\"*\"", true},
  };
  for (const auto& c : operators) {
    EXPECT_EQ(Holds1(c.op, c.policy, nullptr), c.negated) << c.op;
    EXPECT_TRUE(Holds1(std::string(c.op) + "IfExists", c.policy, nullptr)) << c.op;
    EXPECT_TRUE(Holds1("ForAllValues:" + std::string(c.op), c.policy, nullptr)) << c.op;
    EXPECT_FALSE(Holds1("ForAnyValue:" + std::string(c.op), c.policy, nullptr)) << c.op;
  }
  ExpectAll({
      {"Null", "true", nullptr, true},
      {"Null", "false", nullptr, false},
      {"Null", "true", "x", false},
      {"Null", "false", "x", true},
      {"Null", "false", "", true},
      {"StringEqualsIfExists", "\"x\"", "x", true},
      {"StringEqualsIfExists", "\"x\"", "y", false},
      {"StringNotEqualsIfExists", "\"x\"", "x", false},
  });
}

// rule: policies 1.3 operators AND, keys AND, values OR, values of negated operators NOR
TEST(PolicyConditionTest, ConditionsCombine) {
  const auto holds = [](const char* condition) { return Holds(condition, ContextOf({{"a:b", "1"}, {"a:c", "2"}})); };
  EXPECT_TRUE(holds(R"({"StringEquals":{"a:b":"1","a:c":"2"}})"));
  EXPECT_FALSE(holds(R"({"StringEquals":{"a:b":"1","a:c":"3"}})"));
  EXPECT_TRUE(holds(R"({"StringEquals":{"a:b":["0","1"]},"NumericGreaterThan":{"a:c":1}})"));
  EXPECT_FALSE(holds(R"({"StringEquals":{"a:b":["0","1"]},"NumericGreaterThan":{"a:c":2}})"));
  EXPECT_FALSE(holds(R"({"StringNotEquals":{"a:b":["0","1"]}})"));
  EXPECT_TRUE(holds(R"({"StringNotEquals":{"a:b":["0","2"]}})"));
  EXPECT_TRUE(holds("{}"));
}

// rule: policies 1.3 ForAllValues and ForAnyValue; a scalar is a set of one; several values need a set operator
TEST(PolicyConditionTest, SetsOfValues) {
  using List = std::vector<std::string_view>;
  const struct {
    const char* op;
    List values;
    bool holds;  // against ["a","b"]
  } cases[] = {
      {"ForAllValues:StringEquals", {"a"}, true},
      {"ForAllValues:StringEquals", {"a", "b", "a"}, true},
      {"ForAllValues:StringEquals", {"a", "c"}, false},
      {"ForAllValues:StringEquals", {}, true},
      {"ForAllValues:StringNotEquals", {"c", "d"}, true},
      {"ForAllValues:StringNotEquals", {"c", "a"}, false},
      {"ForAnyValue:StringEquals", {"c", "b"}, true},
      {"ForAnyValue:StringEquals", {"c", "d"}, false},
      {"ForAnyValue:StringEquals", {}, false},
      {"ForAnyValue:StringEqualsIfExists", {}, true},
      {"ForAnyValue:StringNotEquals", {"a", "c"}, true},
      {"ForAnyValue:StringNotEquals", {"a", "b"}, false},
      {"StringEquals", {"a"}, true},
      {"StringEquals", {"a", "b"}, false},
      {"StringNotEquals", {"c", "d"}, false},
      {"StringEquals", {}, false},
      {"StringNotEquals", {}, true},
  };
  for (const auto& c : cases) {
    Context context;
    context.SetList("aws:TagKeys", c.values);
    const std::string condition = "{\"" + std::string(c.op) + R"(":{"aws:TagKeys":["a","b"]}})";
    EXPECT_EQ(Holds(condition, context), c.holds) << c.op << " with " << c.values.size();
  }
  EXPECT_TRUE(Holds1("ForAllValues:StringEquals", R"(["a","b"])", "a"));
  EXPECT_TRUE(Holds1("ForAnyValue:StringLike", R"(["x*","y*"])", "yes"));
  Context empty;
  empty.SetList("aws:TagKeys", {});
  EXPECT_TRUE(Holds(R"({"Null":{"aws:TagKeys":true}})", empty));
}

TEST(PolicyConditionTest, AContextHoldsManyKeysAndForgetsThem) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < 3 * Context::kInlineKeys; ++i) names.push_back("aws:RequestTag/" + std::to_string(i));
  Context context;
  for (const std::string& name : names) context.Set(name, name);
  context.Set(names.front(), "first");
  context.Set(names.back(), "last");
  EXPECT_EQ(context.Find(names[0])[0], "first");
  EXPECT_EQ(context.Find(names[20])[0], names[20]);
  EXPECT_EQ(context.Find(names.back())[0], "last");
  context.Clear();
  for (const std::string& name : names) EXPECT_TRUE(context.Find(name).empty());
}

}  // namespace
}  // namespace hub::policy
