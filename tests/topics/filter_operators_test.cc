// Which values satisfy which pattern: one table per operator, read as policy, message, wanted.
#include <gtest/gtest.h>

#include <chrono>

#include "tests/topics/filters.h"

namespace topics {
namespace {

struct AttributeCase {
  const char* policy;
  std::vector<hub::Attribute> attributes;
  bool wanted;
};

void Check(const std::vector<AttributeCase>& cases) {
  for (const auto& c : cases) {
    std::string trace = c.policy;
    for (const hub::Attribute& a : c.attributes) trace += " | " + std::string(a.name) + "=" + std::string(a.value);
    SCOPED_TRACE(trace);
    EXPECT_EQ(Reaches(c.policy, kAttributes, {.body = "body", .attributes = c.attributes}), c.wanted);
  }
}

struct BodyCase {
  const char* policy;
  const char* body;
  bool wanted;
};

void Check(const std::vector<BodyCase>& cases) {
  for (const auto& c : cases) {
    SCOPED_TRACE(std::string(c.policy) + " | " + c.body);
    EXPECT_EQ(Reaches(c.policy, kBody, {.body = c.body, .attributes = {}}), c.wanted);
  }
}

// clang-format off

// rule: aws 148 keys are joined by AND, values by OR
// rule: policies 2.1 keys and values
TEST(FilterOperatorsTest, AllKeysAndAnyValue) {
  const char* policy = R"({"store": ["eu", "us"], "event": ["sold"]})";
  Check(std::vector<AttributeCase>{
      {policy, {{"store", "String", "eu"}, {"event", "String", "sold"}}, true},
      {policy, {{"event", "String", "sold"}, {"store", "String", "us"}, {"x", "String", "y"}}, true},
      {policy, {{"store", "String", "eu"}, {"event", "String", "lost"}}, false},
      {policy, {{"store", "String", "eu"}}, false},
      {policy, {{"store", "String", "EU"}, {"event", "String", "sold"}}, false},
      {policy, {{"Store", "String", "eu"}, {"event", "String", "sold"}}, false},
      {policy, {}, false},
  });
}

// rule: aws 141 types of attributes
// rule: policies 2.1 types of attributes
TEST(FilterOperatorsTest, AttributesAreComparedByTheirType) {
  Check(std::vector<AttributeCase>{
      {R"({"k": [5]})",                    {{"k", "Number", "5"}}, true},
      {R"({"k": [5]})",                    {{"k", "Number", "5.0"}}, true},
      {R"({"k": [5]})",                    {{"k", "Number.int", "5e0"}}, true},
      {R"({"k": [5]})",                    {{"k", "String", "5"}}, false},
      {R"({"k": ["5"]})",                  {{"k", "Number", "5"}}, false},
      {R"({"k": ["5"]})",                  {{"k", "String", "5"}}, true},
      {R"({"k": ["5"]})",                  {{"k", "String.label", "5"}}, true},
      {R"({"k": [true]})",                 {{"k", "String", "true"}}, false},
      {R"({"k": ["b"]})",                  {{"k", "String.Array", R"(["a", "b"])"}}, true},
      {R"({"k": ["c"]})",                  {{"k", "String.Array", R"(["a", "b"])"}}, false},
      {R"({"k": [2]})",                    {{"k", "String.Array", R"(["a", 2])"}}, true},
      {R"({"k": [true]})",                 {{"k", "String.Array", R"([false, true])"}}, true},
      {R"({"k": [null]})",                 {{"k", "String.Array", R"([null])"}}, true},
      {R"({"k": ["a"]})",                  {{"k", "String.Array", "a"}}, true},
      {R"({"k": [100]})",                  {{"k", "String.Array", "100"}}, true},
      {R"({"k": ["a"]})",                  {{"k", "String.Array", R"(["a",)"}}, false},
      {R"({"k": [50]})",                   {{"k", "Number.Array", "[100, 50]"}}, true},
      {R"({"k": ["a"]})",                  {{"k", "Binary", "a"}}, false},
      {R"({"k": [{"anything-but": "b"}]})", {{"k", "Binary", "a"}}, false},
      {R"({"k": [{"exists": true}]})",     {{"k", "Binary", "a"}}, false},
      {R"({"a": ["x"], "b": ["y"]})",      {{"a", "String.Array", R"(["x"])"}, {"b", "String.Array", R"(["y"])"}}, true},
  });
}

// rule: aws 148 prefix, suffix, equals-ignore-case
TEST(FilterOperatorsTest, TextOperators) {
  Check(std::vector<AttributeCase>{
      {R"({"k": [{"prefix": "ab"}]})",             {{"k", "String", "abc"}}, true},
      {R"({"k": [{"prefix": "ab"}]})",             {{"k", "String", "ab"}}, true},
      {R"({"k": [{"prefix": "ab"}]})",             {{"k", "String", "a"}}, false},
      {R"({"k": [{"prefix": "ab"}]})",             {{"k", "String", "xab"}}, false},
      {R"({"k": [{"prefix": "ab"}]})",             {{"k", "String", "ABC"}}, false},
      {R"({"k": [{"prefix": ""}]})",               {{"k", "String", ""}}, true},
      {R"({"k": [{"prefix": "1"}]})",              {{"k", "Number", "12"}}, false},
      {R"({"k": [{"suffix": "bc"}]})",             {{"k", "String", "abc"}}, true},
      {R"({"k": [{"suffix": "bc"}]})",             {{"k", "String", "c"}}, false},
      {R"({"k": [{"suffix": "bc"}]})",             {{"k", "String", "bcd"}}, false},
      {R"({"k": [{"equals-ignore-case": "aBc"}]})", {{"k", "String", "AbC"}}, true},
      {R"({"k": [{"equals-ignore-case": "aBc"}]})", {{"k", "String", "abcd"}}, false},
      {R"({"k": [{"equals-ignore-case": "ä"}]})",  {{"k", "String", "ä"}}, true},
      {R"({"k": [{"equals-ignore-case": "Ärger Ж"}]})", {{"k", "String", "äRGER ж"}}, true},
      {R"({"k": [{"equals-ignore-case": "ΣΟΦΟΣ"}]})", {{"k", "String", "σοφος"}}, true},
      {R"({"k": [{"equals-ignore-case": "σοφος"}]})", {{"k", "String", "ΣΟΦΟς"}}, true},
      {R"({"k": [{"equals-ignore-case": "𐐀"}]})", {{"k", "String", "𐐨"}}, true},
      {R"({"k": [{"equals-ignore-case": "€ÿ"}]})", {{"k", "String", "€Ÿ"}}, true},
      {R"({"k": [{"equals-ignore-case": "ä"}]})",  {{"k", "String", "a"}}, false},
      {R"({"k": [{"prefix": "a"}]})",              {{"k", "String.Array", R"(["x", "ab"])"}}, true},
  });
}

// rule: aws 139 wildcards
TEST(FilterOperatorsTest, Wildcards) {
  Check(std::vector<AttributeCase>{
      {R"({"k": [{"wildcard": "a*c"}]})",      {{"k", "String", "ac"}}, true},
      {R"({"k": [{"wildcard": "a*c"}]})",      {{"k", "String", "abbc"}}, true},
      {R"({"k": [{"wildcard": "a*c"}]})",      {{"k", "String", "acd"}}, false},
      {R"({"k": [{"wildcard": "ab*ba"}]})",    {{"k", "String", "aba"}}, false},
      {R"({"k": [{"wildcard": "*b*"}]})",      {{"k", "String", "b"}}, true},
      {R"({"k": [{"wildcard": "*b*"}]})",      {{"k", "String", "ac"}}, false},
      {R"({"k": [{"wildcard": "*ab*ab"}]})",   {{"k", "String", "xabyab"}}, true},
      {R"({"k": [{"wildcard": "*ab*ab"}]})",   {{"k", "String", "xab"}}, false},
      {R"({"k": [{"wildcard": "*"}]})",        {{"k", "String", ""}}, true},
      {R"({"k": [{"wildcard": "ab"}]})",       {{"k", "String", "ab"}}, true},
      {R"({"k": [{"wildcard": "ab"}]})",       {{"k", "String", "abc"}}, false},
      {R"({"k": [{"wildcard": "a\\*"}]})",     {{"k", "String", "a*"}}, true},
      {R"({"k": [{"wildcard": "a\\*"}]})",     {{"k", "String", "ab"}}, false},
      {R"({"k": [{"wildcard": "a\\\\*"}]})",   {{"k", "String", "a\\b"}}, true},
  });
}

// rule: aws 138 numeric
TEST(FilterOperatorsTest, NumericOperators) {
  Check(std::vector<AttributeCase>{
      {R"({"k": [{"numeric": ["=", 1.5]}]})",           {{"k", "Number", "1.50"}}, true},
      {R"({"k": [{"numeric": ["=", 0]}]})",             {{"k", "Number", "-0"}}, true},
      {R"({"k": [{"numeric": [">", 1]}]})",             {{"k", "Number", "1"}}, false},
      {R"({"k": [{"numeric": [">", 1]}]})",             {{"k", "Number", "1.00001"}}, true},
      {R"({"k": [{"numeric": [">=", 1]}]})",            {{"k", "Number", "1"}}, true},
      {R"({"k": [{"numeric": ["<", 1]}]})",             {{"k", "Number", "1"}}, false},
      {R"({"k": [{"numeric": ["<", 1]}]})",             {{"k", "Number", "-1000000000"}}, true},
      {R"({"k": [{"numeric": ["<=", 1]}]})",            {{"k", "Number", "1"}}, true},
      {R"({"k": [{"numeric": [">", 0, "<=", 5]}]})",    {{"k", "Number", "0"}}, false},
      {R"({"k": [{"numeric": [">", 0, "<=", 5]}]})",    {{"k", "Number", "5"}}, true},
      {R"({"k": [{"numeric": [">", 0, "<=", 5]}]})",    {{"k", "Number", "5.00001"}}, false},
      {R"({"k": [{"numeric": [">=", 0, "<", 5]}]})",    {{"k", "Number", "0"}}, true},
      {R"({"k": [{"numeric": [">=", 0, "<", 5]}]})",    {{"k", "Number", "5"}}, false},
      {R"({"k": [{"numeric": [">", 0]}]})",             {{"k", "String", "5"}}, false},
      {R"({"k": [{"numeric": [">", 0]}]})",             {{"k", "Number", "five"}}, false},
      {R"({"k": [{"numeric": [">", 0]}]})",             {{"k", "String.Array", "[-1, 1]"}}, true},
  });
}

// rule: aws 148 cidr
TEST(FilterOperatorsTest, AddressBlocks) {
  Check(std::vector<AttributeCase>{
      {R"({"k": [{"cidr": "10.1.2.0/24"}]})",   {{"k", "String", "10.1.2.255"}}, true},
      {R"({"k": [{"cidr": "10.1.2.77/24"}]})",  {{"k", "String", "10.1.2.0"}}, true},
      {R"({"k": [{"cidr": "10.1.2.0/24"}]})",   {{"k", "String", "10.1.3.0"}}, false},
      {R"({"k": [{"cidr": "10.1.2.128/25"}]})", {{"k", "String", "10.1.2.127"}}, false},
      {R"({"k": [{"cidr": "10.1.2.3/32"}]})",   {{"k", "String", "10.1.2.3"}}, true},
      {R"({"k": [{"cidr": "0.0.0.0/0"}]})",     {{"k", "String", "255.1.2.3"}}, true},
      {R"({"k": [{"cidr": "0.0.0.0/0"}]})",     {{"k", "String", "::1"}}, false},
      {R"({"k": [{"cidr": "0.0.0.0/0"}]})",     {{"k", "String", "10.0.0"}}, false},
      {R"({"k": [{"cidr": "2001:db8::/33"}]})", {{"k", "String", "2001:DB8:7fff::1"}}, true},
      {R"({"k": [{"cidr": "2001:db8::/33"}]})", {{"k", "String", "2001:db8:8000::1"}}, false},
  });
}

// rule: aws 144 anything-but
TEST(FilterOperatorsTest, AnythingBut) {
  Check(std::vector<AttributeCase>{
      {R"({"k": [{"anything-but": "a"}]})",            {{"k", "String", "b"}}, true},
      {R"({"k": [{"anything-but": "a"}]})",            {{"k", "String", "a"}}, false},
      {R"({"k": [{"anything-but": ["a", "b"]}]})",     {{"k", "String", "b"}}, false},
      {R"({"k": [{"anything-but": ["a", "b"]}]})",     {{"k", "String.Array", R"(["a", "b"])"}}, false},
      {R"({"k": [{"anything-but": ["a", "b"]}]})",     {{"k", "String.Array", R"(["a", "c"])"}}, true},
      {R"({"k": [{"anything-but": ["a"]}]})",          {{"k", "String.Array", "[]"}}, false},
      {R"({"k": [{"anything-but": ["a"]}]})",          {{"k", "String.Array", "[null]"}}, false},
      {R"({"k": [{"anything-but": "a"}]})",            {{"x", "String", "b"}}, false},
      {R"({"k": [{"anything-but": [100, 500]}]})",     {{"k", "Number", "100.0"}}, false},
      {R"({"k": [{"anything-but": [100, 500]}]})",     {{"k", "Number", "101"}}, true},
      {R"({"k": [{"anything-but": [100, 500]}]})",     {{"k", "Number.Array", "[100, 50]"}}, true},
      {R"({"k": [{"anything-but": [100]}]})",          {{"k", "String", "100"}}, true},
      {R"({"k": [{"anything-but": {"prefix": "a"}}]})", {{"k", "String", "ab"}}, false},
      {R"({"k": [{"anything-but": {"prefix": "a"}}]})", {{"k", "String", "ba"}}, true},
      {R"({"k": [{"anything-but": {"prefix": "a"}}]})", {{"k", "Number", "1"}}, true},
      {R"({"k": [{"anything-but": {"prefix": "a"}}]})", {{"x", "String", "b"}}, false},
      {R"({"k": [{"anything-but": {"suffix": "a"}}]})", {{"k", "String", "ba"}}, false},
      {R"({"k": [{"anything-but": {"suffix": "a"}}]})", {{"k", "String", "ab"}}, true},
      {R"({"k": [{"anything-but": {"suffix": "a"}}]})", {{"k", "Number", "1"}}, true},
      {R"({"k": [{"anything-but": {"suffix": "a"}}]})", {{"k", "String.Array", R"(["ba", "b"])"}}, true},
      {R"({"k": [{"anything-but": {"suffix": "a"}}]})", {{"x", "String", "b"}}, false},
      {R"({"k": [{"anything-but": {"wildcard": "a*c"}}]})", {{"k", "String", "abc"}}, false},
      {R"({"k": [{"anything-but": {"wildcard": "a*c"}}]})", {{"k", "String", "abd"}}, true},
      {R"({"k": [{"anything-but": {"wildcard": "a*c"}}]})", {{"k", "Number", "1"}}, true},
      {R"({"k": [{"anything-but": {"wildcard": "*"}}]})",   {{"k", "String", ""}}, false},
      {R"({"k": [{"anything-but": {"wildcard": "*"}}]})",   {{"x", "String", "b"}}, false},
      {R"({"k": ["a", {"anything-but": ["a", "b"]}]})", {{"k", "String", "a"}}, true},
      {R"({"k": ["a", {"anything-but": ["a", "b"]}]})", {{"k", "String", "b"}}, false},
  });
}

// rule: aws 143 exists
TEST(FilterOperatorsTest, Exists) {
  Check(std::vector<AttributeCase>{
      {R"({"k": [{"exists": true}]})",                {{"k", "String", "a"}}, true},
      {R"({"k": [{"exists": true}]})",                {{"k", "String", ""}}, true},
      {R"({"k": [{"exists": true}]})",                {{"x", "String", "a"}}, false},
      {R"({"k": [{"exists": true}]})",                {{"k", "String.Array", "[null]"}}, false},
      {R"({"k": [{"exists": false}]})",               {{"x", "String", "a"}}, true},
      {R"({"k": [{"exists": false}]})",               {{"k", "String", "a"}}, false},
      {R"({"k": [{"exists": false}]})",               {{"k", "String.Array", "[]"}}, false},
      {R"({"k": [{"exists": false}]})",               {}, false},
      {R"({"k": [{"exists": false}]})",               {{"k", "Binary", "a"}}, false},
      {R"({"k": [{"exists": false}]})",               {{"k", "Binary", "a"}, {"x", "String", "b"}}, true},
      {R"({"k": ["a", {"exists": false}]})",          {{"k", "String", "a"}}, true},
      {R"({"k": ["a", {"exists": false}]})",          {{"k", "String", "b"}}, false},
      {R"({"k": ["a", {"exists": false}]})",          {{"x", "String", "b"}}, true},
      {R"({"k": [{"exists": false}], "x": ["b"]})",   {{"x", "String", "b"}}, true},
      {R"({"k": [{"exists": false}], "x": ["b"]})",   {{"x", "String", "b"}, {"k", "String", "a"}}, false},
      {R"({"k": [{"exists": false}], "x": [{"exists": false}]})", {{"y", "String", "b"}}, true},
      {R"({"k": [{"exists": false}], "x": [{"exists": true}]})",  {{"x", "String", "b"}}, true},
      {R"({"k": [{"exists": true}, {"exists": false}]})",         {{"x", "String", "b"}}, true},
  });
  Check(std::vector<BodyCase>{
      {R"({"k": [{"exists": false}]})",        "{}", true},
      {R"({"k": [{"exists": false}]})",        R"({"k": null})", false},
      {R"({"k": [{"exists": true}]})",         R"({"k": null})", false},
      {R"({"k": [{"exists": true}]})",         R"({"k": [null, 0]})", true},
      {R"({"k": [{"exists": true}]})",         R"({"k": {"a": 1}})", false},
      {R"({"k": {"a": [{"exists": true}]}})",  R"({"k": {"a": 1}})", true},
      {R"({"k": [{"exists": false}]})",        R"({"k": []})", true},
  });
}

// rule: aws 142 bodies
// rule: policies 2.1 bodies
TEST(FilterOperatorsTest, BodiesAreFlattened) {
  Check(std::vector<BodyCase>{
      {R"({"a": {"b": ["x"]}})",               R"({"a": {"b": "x"}})", true},
      {R"({"a": {"b": ["x"]}})",               R"({"a": {"b": "y"}})", false},
      {R"({"a": {"b": ["x"]}})",               R"({"a.b": "x"})", true},
      {R"({"a.b": ["x"]})",                    R"({"a": {"b": "x"}})", true},
      {R"({"a.b": ["x"]})",                    R"({"a.b": "x"})", true},
      {R"({"a": {"b": ["x"]}})",               R"({"b": "x"})", false},
      {R"({"a": ["x"]})",                      R"({"a": ["y", "x"]})", true},
      {R"({"a": ["x"]})",                      R"({"a": ["y", [["x"]]]})", true},
      {R"({"a": {"b": ["x"]}})",               R"({"a": [{"b": "y"}, {"b": "x"}]})", true},
      {R"({"a": {"b": ["x"], "c": ["z"]}})",   R"({"a": [{"b": "x"}, {"c": "z"}]})", true},
      {R"({"a": {"b": ["x"], "c": ["z"]}})",   R"({"a": [{"b": "x"}, {"c": "y"}]})", false},
      {R"({"a": ["ü"]})",                      R"({"\u0061": "\u00fc"})", true},
      {R"({"": ["x"]})",                       R"({"": "x"})", true},
      {R"({"a": {"b": ["x"], "c": [1, 2]}, "d": [true]})", R"({"d": true, "a": {"c": 2.0, "b": "x", "e": {}}})", true},
      {R"({"a": ["x"], "a.b": ["y"]})",        R"({"a": ["x", {"b": "y"}]})", true},
  });
}

// rule: aws 142 a body that is not a JSON object is not delivered
TEST(FilterOperatorsTest, OnlyObjectsSatisfyAFilterOnTheBody) {
  const char* policy = R"({"a": ["x", {"exists": false}]})";
  Check(std::vector<BodyCase>{
      {policy, R"({"a": "x"})", true},
      {policy, R"(  {"b": 1}  )", true},
      {policy, R"([{"a": "x"}])", false},
      {policy, R"("x")", false},
      {policy, "", false},
      {policy, "plain text", false},
      {policy, R"({"a": "x")", false},
      {policy, R"({"a": "x"} {})", false},
      {policy, R"({"a": "x", "b": tru})", false},
      {policy, R"({"a": "x", "b": nil})", false},
      {policy, R"({"a": "x", "b": 01})", false},
      {policy, R"({"a": "x",})", false},
      {policy, "{\"a\": \"x\", \"b\": \"\xff\"}", false},
  });
}

// rule: aws 142 what is JSON is so whatever can be made of its numbers, escapes and levels
TEST(FilterOperatorsTest, OddJsonIsJson) {
  const char* policy = R"({"a": ["x"]})";
  Check(std::vector<BodyCase>{
      {policy, R"({"n": 1e400, "a": "x"})", true},
      {policy, R"({"n": [-1.5E+400 , 1e-400], "a": "x"})", true},
      {policy, R"({"n": 01e400, "a": "x"})", false},
      {policy, R"({"n": 1.e400, "a": "x"})", false},
      {policy, R"({"n": -e400, "a": "x"})", false},
      {policy, R"({"n": 1e400x, "a": "x"})", false},
      {policy, R"({"n": 1e, "a": "x"})", false},
      {R"({"n": [{"numeric": [">", 5]}]})", R"({"n": 1e400})", true},
      {R"({"n": [{"numeric": ["<", 5]}]})", R"({"n": 1e400})", false},
      {R"({"n": [{"numeric": ["<", 5]}]})", R"({"n": -1e400})", true},
      {R"({"n": [0]})", R"({"n": 1e-400})", true},
      {policy, R"({"s": "\ud800", "a": "x"})", true},
      {policy, R"({"s": "\udc00\ud800", "\uDBFF": 1, "a": "x"})", true},
      {policy, R"({"s": "\ud83d\ude00 \\ud800", "a": "x"})", true},
      {policy, R"({"s": "\ud80", "a": "x"})", false},
      {policy, R"({"s": "\x", "a": "x"})", false},
      {R"({"s": ["\ud83d\ude00"]})", R"({"s": "\ud83d\ude00"})", true},
      {R"({"s": ["a\\ud800"]})", R"({"s": "a\\ud800"})", true},
      {R"({"s": [{"prefix": "a"}]})", R"({"s": "a\udfff"})", true},
      {R"({"s": ["a"]})", R"({"s": "a\udfff"})", false},
  });
  const auto body_of = [](std::size_t levels) {
    return "{\"b\":" + std::string(levels, '[') + std::string(levels, ']') + ",\"a\":\"x\"}";
  };
  EXPECT_TRUE(Reaches(policy, kBody, {.body = body_of(900), .attributes = {}}));
  EXPECT_FALSE(Reaches(policy, kBody, {.body = body_of(5000), .attributes = {}}));
  EXPECT_FALSE(Reaches(policy, kBody, {.body = body_of(100'000), .attributes = {}}));
}

// A name is as long as its sender likes, and so is the list of what is under it.
TEST(FilterOperatorsTest, LongNamesWithManyValuesCostNoMoreThanTheirBytes) {
  std::string body = "{\"" + std::string(100'000, 'k') + "\":[0";
  for (int i = 0; i < 70'000; ++i) body += ",0";
  const auto start = std::chrono::steady_clock::now();
  EXPECT_FALSE(Reaches(R"({"k": [0]})", kBody, {.body = body + "]}", .attributes = {}}));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(1));
}

// rule: aws 146 null
TEST(FilterOperatorsTest, NullSatisfiesOnlyNull) {
  Check(std::vector<BodyCase>{
      {R"({"a": [null]})",                   R"({"a": null})", true},
      {R"({"a": [null]})",                   R"({"a": "null"})", false},
      {R"({"a": [null]})",                   "{}", false},
      {R"({"a": [null, "x"]})",              R"({"a": "x"})", true},
      {R"({"a": [{"anything-but": "x"}]})",  R"({"a": null})", false},
      {R"({"a": [{"prefix": ""}]})",         R"({"a": null})", false},
      {R"({"a": [false]})",                  R"({"a": null})", false},
      {R"({"a": [false]})",                  R"({"a": false})", true},
      {R"({"a": [true]})",                   R"({"a": false})", false},
      {R"({"a": ["true"]})",                 R"({"a": true})", false},
      {R"({"a": [5]})",                      R"({"a": "5"})", false},
      {R"({"a": [5]})",                      R"({"a": 5.0})", true},
      {R"({"a": [{"numeric": [">", 1e8]}]})", R"({"a": 123456789012345678901234567890})", true},
  });
}

// rule: aws 145 $or
TEST(FilterOperatorsTest, Or) {
  const char* policy = R"({"k": ["v"], "$or": [{"a": ["x"]}, {"b": ["y"], "c": ["z"]}]})";
  Check(std::vector<AttributeCase>{
      {policy, {{"k", "String", "v"}, {"a", "String", "x"}}, true},
      {policy, {{"k", "String", "v"}, {"b", "String", "y"}, {"c", "String", "z"}}, true},
      {policy, {{"k", "String", "v"}, {"b", "String", "y"}}, false},
      {policy, {{"k", "String", "w"}, {"a", "String", "x"}}, false},
      {policy, {{"a", "String", "x"}}, false},
      {R"({"$or": ["x", "y"]})", {{"$or", "String", "x"}}, true},
      {R"({"$or": [{"prefix": "x"}]})", {{"$or", "String", "xy"}}, true},
      {R"({"a": ["x"], "$or": [{"a": ["y"]}, {"b": ["z"]}]})", {{"a", "String", "x"}}, false},
      {R"({"a": ["x"], "$or": [{"a": ["y"]}, {"b": ["z"]}]})", {{"a", "String.Array", R"(["x", "y"])"}}, true},
  });
  const char* nested = R"({"o": {"$or": [{"a": [1]}, {"$or": [{"b": [2]}, {"c": {"d": [3]}}]}]}})";
  Check(std::vector<BodyCase>{
      {nested, R"({"o": {"a": 1}})", true},
      {nested, R"({"o": {"b": 2}})", true},
      {nested, R"({"o": {"c": {"d": 3}}})", true},
      {nested, R"({"a": 1, "o": {"b": 1}})", false},
  });
}

// clang-format on

}  // namespace
}  // namespace topics
