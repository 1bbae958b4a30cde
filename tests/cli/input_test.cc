#include "hub/cli/input.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "hub/base/duration.h"

namespace hub::cli {
namespace {

using testing::HasSubstr;

std::string Describe(const OwnedMessage& message) {
  std::string out = message.body;
  if (!message.subject.empty()) out += " | subject " + message.subject;
  if (!message.group.empty()) out += " | group " + message.group;
  if (!message.deduplication.empty()) out += " | deduplication " + message.deduplication;
  if (message.View().delay) out += " | delay " + Format(*message.View().delay);
  for (const auto& a : message.attributes) out += " | " + a.name + " " + a.type + " " + a.value;
  return out;
}

TEST(MessageLineTest, BodyAttributesAndSubject) {
  // clang-format off
  const struct {
    const char* why;
    const char* line;
    const char* message;
  } cases[] = {
      {"a string goes as it is",    R"({"body": "hello \"you\""})",                    R"(hello "you")"},
      {"JSON goes as compact text", R"({"body": {"a": [1, 2.50, null]}})",             R"({"a":[1,2.50,null]})"},
      {"a number",                  R"({"body": 7})",                                  "7"},
      {"text attribute",            R"({"body": "b", "attributes": {"k": "v"}})",      "b | k String v"},
      {"number attribute",          R"({"body": "b", "attributes": {"k": 5.10}})",     "b | k Number 5.10"},
      {"typed attribute", R"({"body": "b", "attributes": {"k": {"type": "Number.int", "value": "5"}}})",
       "b | k Number.int 5"},
      {"binary is base64", R"({"body": "b", "attributes": {"k": {"type": "Binary", "value": "aGk="}}})",
       "b | k Binary hi"},
      {"subject",                   R"({"subject": "s", "body": "b"})",                "b | subject s"},
      {"group and deduplication id", R"({"group": "g", "body": "b", "deduplication": "d"})",
       "b | group g | deduplication d"},
      {"a delay",                   R"({"body": "b", "delay": "90s"})",                "b | delay 90s"},
      {"no delay",                  R"({"body": "b", "delay": "0s"})",                 "b | delay 0s"},
  };
  // clang-format on
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    const auto message = ParseMessageLine(c.line, "f, line 1");
    ASSERT_TRUE(message) << message.error().message;
    EXPECT_EQ(Describe(*message), c.message);
  }
}

TEST(MessageLineTest, WhatIsNoMessageIsExplained) {
  const struct {
    const char* why;
    const char* line;
    const char* part;
  } cases[] = {
      {"not JSON", "{body}", "f, line 1"},
      {"not an object", "[1]", "a line is an object"},
      {"no body", R"({"attributes": {}})", R"(there is no "body")"},
      {"a misspelt key", R"({"body": 1, "atributes": {}})", R"(unknown key "atributes")"},
      {"a list as attribute", R"({"body": 1, "attributes": {"k": [1]}})", R"(the attribute "k" is neither)"},
      {"a type without value", R"({"body": 1, "attributes": {"k": {"type": "Number"}}})", R"(the attribute "k")"},
      {"broken base64", R"({"body": 1, "attributes": {"k": {"type": "Binary", "value": "?"}}})", "is not base64"},
      {"a subject that is no text", R"({"body": 1, "subject": 5})", R"("subject" is not a string)"},
      {"a group that is no text", R"({"body": 1, "group": 5})", R"("group" is not a string)"},
      {"a delay without a unit", R"({"body": 1, "delay": 5})", R"("delay" is not a duration)"},
      {"a delay that is none", R"({"body": 1, "delay": "soon"})", R"("delay" is not a duration)"},
      {"an id that is no text", R"({"body": 1, "deduplication": null})", R"("deduplication" is not a string)"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    const auto message = ParseMessageLine(c.line, "f, line 1");
    ASSERT_FALSE(message);
    EXPECT_EQ(message.error().code, Code::kInvalidArgument);
    EXPECT_THAT(message.error().message, HasSubstr(c.part));
  }
}

TEST(MessageLineTest, GroupAndDeduplicationIdGoToTheHub) {
  const auto message = ParseMessageLine(R"({"body": "b", "group": "g", "deduplication": "d"})", "f, line 1");
  ASSERT_TRUE(message);
  EXPECT_EQ(message->View().group, "g");
  EXPECT_EQ(message->View().deduplication, "d");
}

TEST(MessageLinesTest, EmptyLinesAreSkippedButCounted) {
  std::istringstream in("{\"body\": \"a\"}\n\n  \r\n{\"body\": \"b\"}\nnonsense\n");
  MessageLines lines(in, "orders.jsonl");
  EXPECT_EQ((*lines.Next())->body, "a");
  EXPECT_EQ((*lines.Next())->body, "b");
  const auto bad = lines.Next();
  ASSERT_FALSE(bad);
  EXPECT_THAT(bad.error().message, HasSubstr("orders.jsonl, line 5"));
  const auto end = lines.Next();
  ASSERT_TRUE(end);
  EXPECT_FALSE(*end);
}

TEST(AttributeTest, NameTypeAndValue) {
  const auto text = ParseAttribute("colour=red=ish");
  ASSERT_TRUE(text);
  EXPECT_EQ(text->name + "|" + text->type + "|" + text->value, "colour|String|red=ish");
  const auto number = ParseAttribute("amount:Number=5");
  ASSERT_TRUE(number);
  EXPECT_EQ(number->name + "|" + number->type + "|" + number->value, "amount|Number|5");
  EXPECT_FALSE(ParseAttribute("colour"));
  EXPECT_FALSE(ParseAttribute("=red"));
  EXPECT_FALSE(ParseAttribute("raw:Binary=?"));
}

TEST(ResourceAttributesTest, PairsAndFiles) {
  const std::string path = testing::TempDir() + "/policy.json";
  std::FILE* file = std::fopen(path.c_str(), "w");
  ASSERT_NE(file, nullptr);
  std::fputs("{}", file);
  std::fclose(file);
  const std::vector<std::string> pairs = {"VisibilityTimeout=30", "Policy=@" + path};
  EXPECT_EQ(ParseResourceAttributes(pairs), (core::Attributes{{"Policy", "{}"}, {"VisibilityTimeout", "30"}}));
  EXPECT_FALSE(ParseResourceAttributes(std::vector<std::string>{"VisibilityTimeout"}));
  EXPECT_FALSE(ParseResourceAttributes(std::vector<std::string>{"a=1", "a=2"}));
  EXPECT_FALSE(ParseResourceAttributes(std::vector<std::string>{"Policy=@/nowhere/policy.json"}));
}

TEST(Base64Test, HandlesSurviveTheCommandLine) {
  std::string raw;
  for (int i = 0; i < 256; ++i) {
    raw.push_back(static_cast<char>(255 - i));
    const std::string text = ToBase64(raw);
    EXPECT_NE(text.front(), '-');
    EXPECT_EQ(FromBase64(text), raw);
  }
  EXPECT_FALSE(FromBase64("not base64!"));
}

}  // namespace
}  // namespace hub::cli
