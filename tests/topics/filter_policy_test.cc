#include "topics/filter_policy.h"

#include <gtest/gtest.h>

#include "tests/topics/filters.h"

namespace topics {
namespace {

struct Refused {
  const char* policy;
  const char* why;
};

// rule: aws 137 refusals of filter policies
TEST(FilterPolicyTest, MistakesInTheShapeAreRefusedInBothScopes) {
  // clang-format off
  const Refused cases[] = {
      {R"([])",                                     "Filter is not an object"},
      {R"("x")",                                    "Filter is not an object"},
      {R"({"k": "x"})",                             "\"k\" must be an object or an array"},
      {R"({"k": 1})",                               "\"k\" must be an object or an array"},
      {R"({"k": null})",                            "\"k\" must be an object or an array"},
      {R"({"k": []})",                              "Empty arrays are not allowed"},
      {R"({"k": [["x"]]})",                         "Match value must be String, number, true, false, or null"},
      {R"({"k": [{}]})",                            "Match expression name not found"},
      {R"({"k": [{"prefix": "a", "suffix": "b"}]})", "Only one key allowed in match expression"},
      {R"({"k": [{"prefix": 1, "suffix": "b"}]})",  "prefix match pattern must be a string"},
      {R"({"k": [{"regex": "a"}]})",                "Unrecognized match type regex"},
      {R"({"k": [{"regex": "a", "prefix": "b"}]})", "Unrecognized match type regex"},
      {R"({"k": [{"prefix": ["a"]}]})",             "prefix match pattern must be a string"},
      {R"({"k": [{"prefix": 1}]})",                 "prefix match pattern must be a string"},
      {R"({"k": [{"suffix": ["a"]}]})",             "suffix match pattern must be a string"},
      {R"({"k": [{"equals-ignore-case": ["a"]}]})", "equals-ignore-case match pattern must be a string"},
      {R"({"k": [{"wildcard": 1}]})",               "wildcard match pattern must be a string"},
      {R"({"k": [{"exists": "true"}]})",            "exists match pattern must be either true or false."},
      {R"({"k": [{"exists": null}]})",              "exists match pattern must be either true or false."},
      {R"({"$or": [{"a": ["x"]}, {"b": "y"}]})",    "\"b\" must be an object or an array"},
      {R"({"$or": [{"a": ["x"]}, {"b": []}]})",     "Empty arrays are not allowed"},
      {R"({"$or": [{"a": ["x"]}, {}]})",            "Empty objects are not allowed"},
      {R"({"$or": [{"a": ["x"]}]})",                "Unrecognized match type a"},
      {R"({"$or": [{"a": ["x"]}, "y"]})",           "Unrecognized match type a"},
  };
  // clang-format on
  for (const FilterScope scope : {kAttributes, kBody}) {
    for (const auto& c : cases) {
      SCOPED_TRACE(c.policy);
      EXPECT_EQ(Refusal(c.policy, scope), c.why);
    }
  }
}

// rule: aws 137 nesting is for bodies only
TEST(FilterPolicyTest, OnlyPoliciesForBodiesMayNest) {
  const std::string why = "Filter policy scope MessageAttributes does not support nested filter policy";
  EXPECT_EQ(Refusal(R"({"a": {"b": ["x"]}})", kAttributes), why);
  EXPECT_EQ(Refusal(R"({"$or": [{"a": ["x"]}, {"a": {"b": ["x"]}}]})", kAttributes), why);
  EXPECT_EQ(Refusal(R"({"a": {"suffix": "x"}})", kAttributes), "\"suffix\" must be an object or an array");
  EXPECT_EQ(Refusal(R"({"a": {"b": ["x"]}})", kBody), "");
  EXPECT_EQ(Refusal(R"({"a": {"b": {}}})", kBody), "Empty objects are not allowed");
}

// rule: aws 138 numeric
TEST(FilterPolicyTest, MistakesInNumericPatternsAreRefused) {
  // clang-format off
  const Refused cases[] = {
      {R"({"k": [{"numeric": 5}]})",                          "Value of numeric must be an array."},
      {R"({"k": [{"numeric": []}]})",                         "Invalid member in numeric match: ]"},
      {R"({"k": [{"numeric": [5]}]})",                        "Invalid member in numeric match: 5"},
      {R"({"k": [{"numeric": [{"a": 1}, 5]}]})",              "Invalid member in numeric match: {\"a\":1}"},
      {R"({"k": [{"numeric": ["<>", 5]}]})",                  "Unrecognized numeric range operator: <>"},
      {R"({"k": [{"numeric": [">="]}]})",                     "Value of >= must be numeric"},
      {R"({"k": [{"numeric": [">=", "5"]}]})",                "Value of >= must be numeric"},
      {R"({"k": [{"numeric": ["=", null]}]})",                "Value of equals must be numeric"},
      {R"({"k": [{"numeric": ["=", 1, "<", 2]}]})",           "Too many elements in numeric expression"},
      {R"({"k": [{"numeric": ["<", 1, ">", 2]}]})",           "Too many elements in numeric expression"},
      {R"({"k": [{"numeric": [">", 1, ">", 2]}]})",           "Bad numeric range operator: >"},
      {R"({"k": [{"numeric": [">", 1, 2]}]})",                "Bad value in numeric range: 2"},
      {R"({"k": [{"numeric": [">", 1, "<="]}]})",             "Value of <= must be numeric"},
      {R"({"k": [{"numeric": [">", 2, "<=", 1]}]})",          "Bottom must be less than top"},
      {R"({"k": [{"numeric": [">=", 1, "<=", 1]}]})",         "Bottom must be less than top"},
      {R"({"k": [{"numeric": [">", 1, "<", 2, "<", 3]}]})",   "Too many terms in numeric range expression"},
      {R"({"k": [{"numeric": ["=", 1], "prefix": "a"}]})",    "Too many elements in numeric expression"},
  };
  // clang-format on
  for (const auto& c : cases) {
    SCOPED_TRACE(c.policy);
    EXPECT_EQ(Refusal(c.policy, kAttributes), c.why);
  }
}

// rule: aws 138 cidr
TEST(FilterPolicyTest, MistakesInAddressBlocksAreRefused) {
  // clang-format off
  const Refused cases[] = {
      {R"({"k": [{"cidr": ["10.0.0.0/8"]}]})", "prefix match pattern must be a string"},
      {R"({"k": [{"cidr": "10.0.0.0"}]})",     "Malformed CIDR, one '/' required"},
      {R"({"k": [{"cidr": "10.0.0.0/8/8"}]})", "Malformed CIDR, one '/' required"},
      {R"({"k": [{"cidr": "10.0.0.0/x"}]})",   "Malformed CIDR, mask bits must be an integer"},
      {R"({"k": [{"cidr": "10.0.0.0/"}]})",    "Malformed CIDR, mask bits must be an integer"},
      {R"({"k": [{"cidr": "10.0.0.0/33"}]})",  "Malformed CIDR, mask bits must be between 0 and 32"},
      {R"({"k": [{"cidr": "::1/129"}]})",      "Malformed CIDR, mask bits must be between 0 and 128"},
      {R"({"k": [{"cidr": "10.0.0.0/-1"}]})",  "Malformed CIDR, mask bits must be between 0 and 32"},
      {R"({"k": [{"cidr": "10.0.0/8"}]})",     "Nonstandard IP address: 10.0.0"},
      {R"({"k": [{"cidr": "/8"}]})",           "Nonstandard IP address: "},
  };
  // clang-format on
  for (const auto& c : cases) {
    SCOPED_TRACE(c.policy);
    EXPECT_EQ(Refusal(c.policy, kAttributes), c.why);
  }
}

// rule: aws 140 anything-but
TEST(FilterPolicyTest, AnythingButTakesStringsNumbersAndOnePrefixSuffixOrWildcard) {
  // clang-format off
  const Refused cases[] = {
      {R"({"k": [{"anything-but": "a"}]})",                        ""},
      {R"({"k": [{"anything-but": 1}]})",                          ""},
      {R"({"k": [{"anything-but": ["a", "b", 1]}]})",              ""},
      {R"({"k": [{"anything-but": {"prefix": "a"}}]})",            ""},
      {R"({"k": [{"anything-but": {"suffix": "a"}}]})",            ""},
      {R"({"k": [{"anything-but": {"wildcard": "a*b"}}]})",        ""},
      {R"({"k": [{"anything-but": {"suffix": ["a"]}}]})",          "suffix match pattern must be a string"},
      {R"({"k": [{"anything-but": {"wildcard": 1}}]})",            "wildcard match pattern must be a string"},
      {R"({"k": [{"anything-but": {"wildcard": "a*b*c*d*"}}]})",
       "wildcard match pattern can not have more than 3 wildcard characters"},
      {R"({"k": [{"anything-but": {"prefix": "a", "suffix": "b"}}]})", "Only one key allowed in match expression"},
      {R"({"k": [{"anything-but": {"exists": true}}]})",           "Unsupported anything-but pattern: exists"},
      {R"({"k": [{"anything-but": {"prefix": ["a"]}}]})",          "prefix match pattern must be a string"},
      {R"({"k": [{"anything-but": {}}]})",                         "Anything-But expression name not found"},
      {R"({"k": [{"anything-but": []}]})",                         "Empty arrays are not allowed"},
      {R"({"k": [{"anything-but": ["a", true]}]})",
       "Inside anything but list, start|null|boolean is not supported."},
      {R"({"k": [{"anything-but": null}]})",
       "Value of anything-but must be an array or single string/number value."},
  };
  // clang-format on
  for (const auto& c : cases) {
    SCOPED_TRACE(c.policy);
    EXPECT_EQ(Refusal(c.policy, kAttributes), c.why);
  }
}

// rule: aws 137 where a mistake is
TEST(FilterPolicyTest, ARefusalByTheParserSaysWhereItStood) {
  // clang-format off
  const struct {
    const char* policy;
    const char* why;
    const char* place;  // "": the parser let it pass.
  } cases[] = {
      {R"({"key": [{"wildcard": "abc**def"}]})",  "Consecutive wildcard characters at pos 4",           "line: 1, column: 33"},
      {R"({"key": [{"wildcard": "a\\x"}]})",     "Invalid escape character at pos 2",                  "line: 1, column: 29"},
      {R"({"key": [{"suffixes": ["a"]}]})",       "Unrecognized match type suffixes",                   "line: 1, column: 24"},
      {R"({"key": [{"exists": "no"}]})",          "exists match pattern must be either true or false.", "line: 1, column: 22"},
      {R"({"key": [{"exists": null}]})",          "exists match pattern must be either true or false.", "line: 1, column: 25"},
      {R"({"key": 12.5})",                        R"("key" must be an object or an array)",              "line: 1, column: 13"},
      {R"({"key": "v"})",                         R"("key" must be an object or an array)",              "line: 1, column: 10"},
      {R"({"key": []})",                          "Empty arrays are not allowed",                       "line: 1, column: 11"},
      {"{\"key\": [\n  \"a\",\n  [\"b\"]\n]}",    "Match value must be String, number, true, false, or null", "line: 3, column: 4"},
      {R"(["a"])",                                "Filter is not an object",                            "line: 1, column: 2"},
      {R"({"key": [{"cidr": "10.0.0.0"}]})",      "Malformed CIDR, one '/' required",                   ""},
      {R"({"key":[{"numeric":["operator"]}]})",   "Unrecognized numeric range operator: operator",      "line: 1, column: 32"},
      {R"({"key":[{"numeric":[">="]}]})",         "Value of >= must be numeric",                        "line: 1, column: 26"},
      {R"({"key":[{"numeric":[">",20,"<="]}]})",  "Value of <= must be numeric",                        "line: 1, column: 33"},
      {R"({"key":[{"numeric":[">",3,"<",1]}]})",  "Bottom must be less than top",                       "line: 1, column: 33"},
      {R"({"a":[1],"b":[1],"c":[1],"d":[1],"e":[1],"f":[1]})", "Filter policy can not have more than 5 keys", ""},
  };
  // clang-format on
  for (const auto& c : cases) {
    SCOPED_TRACE(c.policy);
    const auto parsed = ParseFilterPolicy(Json(c.policy), kAttributes, c.policy);
    ASSERT_FALSE(parsed);
    const std::string place = "\n at [Source: (String)\"" + std::string(c.policy) + "\"; " + c.place + "]";
    EXPECT_EQ(parsed.error().message, c.why + (*c.place == '\0' ? "" : place));
    EXPECT_EQ(parsed.error().code, hub::Code::kFilterPolicyInvalid);
  }
  const std::string longer = R"({"k":[")" + std::string(600, 'x') + R"("],"l":1})";
  EXPECT_EQ(ParseFilterPolicy(Json(longer), kAttributes, longer).error().message,
            "\"l\" must be an object or an array\n at [Source: (String)\"" + longer.substr(0, 500) + "\"[truncated " +
                std::to_string(longer.size() - 500) + " chars]; line: 1, column: 616]");
}

// rule: aws 137 the name of a scope
TEST(FilterPolicyTest, ScopesAreReadAndNamed) {
  for (const FilterScope scope : {kAttributes, kBody}) EXPECT_EQ(ParseFilterScope(NameOf(scope)), scope);
  const auto wrong = ParseFilterScope("Body");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().message,
            "FilterPolicyScope: Invalid value [Body]. Please use either MessageBody or MessageAttributes");
}

// rule: aws 117 an empty policy is no filter
TEST(FilterPolicyTest, TheEmptyPolicyIsNoFilter) {
  const auto policy = Parse("{}", kBody);
  ASSERT_TRUE(policy);
  EXPECT_TRUE(policy->IsEmpty());
  EXPECT_TRUE(Reaches("{}", kBody, {.body = "not JSON", .attributes = {}}));
}

TEST(FilterPolicyTest, ItsJsonIsThePolicyAgain) {
  const auto policy =
      Parse(R"({ "a" : [ "x", {"numeric": [">", 1.50]} ], "$or": [{"b": [null]}, {"c": {"d": [true]}}] })", kBody);
  ASSERT_TRUE(policy);
  EXPECT_EQ(policy->Json(), R"({"a":["x",{"numeric":[">",1.50]}],"$or":[{"b":[null]},{"c":{"d":[true]}}]})");
  const auto again = Parse(policy->Json(), kBody);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->Json(), policy->Json());
  EXPECT_EQ(again->alternatives().size(), policy->alternatives().size());
}

}  // namespace
}  // namespace topics
