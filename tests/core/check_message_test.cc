#include "hub/core/check_message.h"

#include <gtest/gtest.h>

#include "hub/base/limits.h"

namespace hub::core {
namespace {

constexpr std::size_t kMax = 2048;

Error ErrorOf(const Message& message) {
  const auto checked = CheckMessage(message, kMax);
  return checked ? Error{Code::kStorage, ""} : checked.error();
}

// rule: aws 40 a message has a body
// rule: aws 43 the limit counts body, attribute names, types and values
TEST(CheckMessageTest, SizeCountsBodyNamesTypesAndValues) {
  const std::string body(kMax - 10, 'x');
  EXPECT_EQ(ErrorOf({.body = body, .attributes = {{"ab", "String", "cd"}}}).message, "");
  EXPECT_EQ(ErrorOf({.body = body, .attributes = {{"abc", "String", "cd"}}}),
            (Error{Code::kMessageTooLarge, "Message must be shorter than 2048 bytes."}));
  EXPECT_EQ(ErrorOf({.body = body + "0123456789", .attributes = {}}).message, "");
  EXPECT_EQ(ErrorOf({.body = body + "01234567890", .attributes = {}}).code, Code::kMessageTooLarge);
  EXPECT_EQ(ErrorOf({.body = "", .attributes = {}}), (Error{Code::kMissingArgument, "The message has no body."}));
}

// rule: aws 53 names of attributes
// rule: aws 54 types and values of attributes
TEST(CheckMessageTest, Attributes) {
  const std::string name =
      " is not the name of an attribute: letters, digits, _, - and single dots inside, up to 256,"
      " not beginning with aws. or amazon.";
  const std::string longest(256, 'n');
  const std::string too_long(257, 'n');
  const struct {
    const char* why;
    Attribute attribute;
    std::string message;
  } cases[] = {
      // clang-format off
      {"plain",                  {"a-b_c.1", "String", "x"},        ""},
      {"label",                  {"a", "Number.int", "1"},          ""},
      {"binary",                 {"a", "Binary", {"\0", 1}},        ""},
      {"longest name",           {longest, "String", "x"},          ""},
      {"letters beyond ASCII",   {"größe", "String", "x"},          ""},
      {"no name",                {"", "String", "x"},               "\"\"" + name},
      {"name too long",          {too_long, "String", "x"},         "\"" + too_long + "\"" + name},
      {"leading dot",            {".a", "String", "x"},             "\".a\"" + name},
      {"trailing dot",           {"a.", "String", "x"},             "\"a.\"" + name},
      {"double dot",             {"a..b", "String", "x"},           "\"a..b\"" + name},
      {"reserved",               {"aws.a", "String", "x"},          "\"aws.a\"" + name},
      {"reserved in any case",   {"AmaZon.a", "String", "x"},       "\"AmaZon.a\"" + name},
      {"only beginning like it", {"awsome", "String", "x"},         ""},
      {"space",                  {"a b", "String", "x"},            "\"a b\"" + name},
      {"unknown type",           {"a", "Float", "x"},               "The type of attribute a must begin with String, Number or Binary."},
      {"type in another case",   {"a", "string", "x"},              "The type of attribute a must begin with String, Number or Binary."},
      {"empty value",            {"X", "String", ""},               "Message (user) attribute 'X' must contain a non-empty value of type 'String'."},
      // clang-format on
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    const Error error = ErrorOf({.body = "b", .attributes = {c.attribute}});
    EXPECT_EQ(error.message, c.message);
    if (!c.message.empty()) {
      EXPECT_EQ(error.code, Code::kInvalidArgument);
    }
  }
}

TEST(CheckMessageTest, AtMostTenAttributesAndNoneTwice) {
  Message message{.body = "b", .attributes = {}};
  static constexpr const char* kNames[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"};
  for (std::size_t i = 0; i < kAttributesMax; ++i) message.attributes.push_back({kNames[i], "String", "x"});
  EXPECT_EQ(ErrorOf(message).message, "");
  message.attributes.push_back({kNames[10], "String", "x"});
  EXPECT_EQ(ErrorOf(message).message, "A message may have at most 10 attributes.");
  EXPECT_EQ(ErrorOf({.body = "b", .attributes = {{"a", "String", "1"}, {"a", "String", "2"}}}).message,
            "The attribute a appears twice.");
}

}  // namespace
}  // namespace hub::core
