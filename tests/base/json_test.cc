#include "hub/base/json.h"

#include <gtest/gtest.h>

namespace hub {
namespace {

TEST(JsonTest, ATreeRoundTripsToCompactJson) {
  const std::string text = R"({"a":[1,-2.50,1e3,true,false,null,"x\"\n\u0001"],"b":{"c":{}},"d":[]})";
  const auto node = ParseJson(text, "");
  ASSERT_TRUE(node) << node.error().message;
  EXPECT_EQ(ToJson(*node), text);
}

TEST(JsonTest, AScalarIsADocumentToo) {
  for (const char* text : {"1", "\"x\"", "true", "null", " 12 "}) {
    const auto node = ParseJson(text, "");
    ASSERT_TRUE(node) << text;
    EXPECT_TRUE(node->IsScalar());
  }
}

TEST(JsonTest, PlacesCountLinesAndColumnsFromOne) {
  const auto node = ParseJson("{\"a\": 1,\n  \"b\": [true,\n false]}", "policy.json");
  ASSERT_TRUE(node) << node.error().message;
  EXPECT_EQ(node->place.ToString(), "policy.json:1:1");
  EXPECT_EQ(node->Find("a")->place.ToString(), "policy.json:1:7");
  EXPECT_EQ(node->members[1].key_place.ToString(), "policy.json:2:3");
  EXPECT_EQ(node->Find("b")->items[1].place.ToString(), "policy.json:3:2");
}

TEST(JsonTest, WhatIsNotOneJsonValueIsRefused) {
  const std::string deep(100, '[');
  const struct {
    const char* why;
    std::string text;
  } cases[] = {
      {"nothing", ""},
      {"two values", "1,2"},
      {"two lists", "1],[2"},
      {"unclosed", "{\"a\":1"},
      {"trailing", "{} x"},
      {"single quotes", "{'a':1}"},
      {"leading zero", "{\"a\":01}"},
      {"bad literal", "{\"a\":tru}"},
      {"bad null", "{\"a\":n\"x\"}"},
      {"bad utf-8", "\"\xff\""},
      {"raw control character", "\"\x01\""},
      {"too deep", deep + std::string(100, ']')},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    const auto node = ParseJson(c.text, "x.json");
    ASSERT_FALSE(node);
    EXPECT_EQ(node.error().code, Code::kInvalidArgument);
  }
}

TEST(JsonTest, ADuplicateKeyNamesItsPlace) {
  const auto node = ParseJson("{\"Effect\":\"Allow\",\n \"Effect\":\"Deny\"}", "p.json");
  ASSERT_FALSE(node);
  EXPECT_EQ(node.error().message, "p.json:2:2: The key \"Effect\" appears twice.");
}

// rule: aws 123 a key that comes twice: the last one counts
TEST(JsonTest, LenientlyAKeyMayComeTwice) {
  const auto node = ParseLenientJson(R"({"a": 1, "b": {"c": 2, "c": 3}, "a": [4]})", 100);
  ASSERT_TRUE(node);
  EXPECT_EQ(ToJson(*node), R"({"a":[4],"b":{"c":3}})");
  EXPECT_FALSE(ParseLenientJson("{", 100));
  EXPECT_FALSE(ParseLenientJson("{}", 1));
}

}  // namespace
}  // namespace hub
