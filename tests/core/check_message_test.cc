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
  EXPECT_EQ(ErrorOf({.body = body + "0123456789", .attributes = {}, .group = "g", .deduplication = "d"}).message, "")
      << "what says where a message belongs is not counted";
  EXPECT_EQ(ErrorOf({.body = "", .attributes = {}}),
            (Error{Code::kMissingArgument, "The message has no body.", "MessageBody"}));
}

// rule: aws 58 a trace header is text, and does not count as part of the size
TEST(CheckMessageTest, TraceHeaders) {
  const std::string body(kMax, 'x');
  const std::string longest(kTraceBytesMax, 't');
  EXPECT_EQ(ErrorOf({.body = body, .attributes = {}, .trace = longest}).message, "");
  for (const std::string& wrong : {longest + "t", std::string("a\0", 2), std::string("\xff")}) {
    EXPECT_EQ(
        ErrorOf({.body = "b", .attributes = {}, .trace = wrong}),
        (Error{Code::kInvalidArgument, "AWSTraceHeader must be text without control characters, of at most 1024 bytes.",
               "AWSTraceHeader"}));
  }
}

// rule: aws 41 the characters that text may have
// rule: aws 42 text only, in names, types and values of attributes
TEST(CheckMessageTest, AttributesAreText) {
  const std::string why =
      "Name, type and value of a message attribute must be text without control characters, unless its type is Binary.";
  const struct {
    const char* what;
    std::string_view value;
    bool allowed;
  } cases[] = {
      {"tab, line feed, carriage return", "a\tb\nc\rd", true},
      {"space", " ", true},
      {"delete", "\x7f", true},
      {"zero", std::string_view("a\0", 2), false},
      {"bell", "\x07", false},
      {"the last before the space", "\x1f", false},
      {"U+D7FF", "\xed\x9f\xbf", true},
      {"a surrogate, U+D800", "\xed\xa0\x80", false},
      {"U+E000", "\xee\x80\x80", true},
      {"U+FFFD", "\xef\xbf\xbd", true},
      {"U+FFFE", "x\xef\xbf\xbe", false},
      {"U+FFFF", "\xef\xbf\xbfx", false},
      {"U+10000", "\xf0\x90\x80\x80", true},
      {"an emoji", "😀", true},
      {"U+10FFFF", "\xf4\x8f\xbf\xbf", true},
      {"beyond", "\xf4\x90\x80\x80", false},
      {"no UTF-8", "\xff", false},
      {"cut short", "\xef\xbf", false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.what);
    EXPECT_EQ(ErrorOf({.body = "b", .attributes = {{"a", "String", c.value}}}).message, c.allowed ? "" : why);
    EXPECT_EQ(ErrorOf({.body = "b", .attributes = {{"a", "Number.x", c.value}}}).message, c.allowed ? "" : why);
    EXPECT_EQ(ErrorOf({.body = "b", .attributes = {{"a", "Binary", c.value}}}).message, "");
    EXPECT_EQ(ErrorOf({.body = c.value, .attributes = {}}).message, "") << "natively a body is bytes";
    EXPECT_EQ(CheckBodyIsText({.body = c.value, .attributes = {}}).has_value(), c.allowed);
  }
  EXPECT_EQ(ErrorOf({.body = "b", .attributes = {{"a", "String.\x01", "x"}}}).message, why);
  EXPECT_EQ(ErrorOf({.body = "b", .attributes = {{"\xff", "String", "x"}}}).code, Code::kInvalidArgument);
}

// rule: aws 51 ids of groups and of duplicates, in standard queues too
TEST(CheckMessageTest, Ids) {
  const std::string longest(128, 'g');
  const std::string all = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~azAZ09";
  for (const std::string& id : {longest, all, std::string()}) {
    EXPECT_EQ(ErrorOf({.body = "b", .attributes = {}, .group = id, .deduplication = id}).message, "") << id;
  }
  for (const std::string& id :
       {longest + "g", std::string("a b"), std::string("ü"), std::string("a\n"), std::string(1, '\0')}) {
    const std::string why = " can only include alphanumeric and punctuation characters. 1 to 128 in length.";
    EXPECT_EQ(ErrorOf({.body = "b", .attributes = {}, .group = id}).message, "MessageGroupId" + why) << id;
    EXPECT_EQ(ErrorOf({.body = "b", .attributes = {}, .deduplication = id}).message, "MessageDeduplicationId" + why)
        << id;
  }
}

// rule: aws 53 names of attributes
// rule: aws 54 types and values of attributes
TEST(CheckMessageTest, Attributes) {
  const std::string name =
      " is not the name of an attribute: letters, digits, _, - and single dots inside, up to 256,"
      " not beginning with aws. or amazon.";
  const std::string longest(256, 'n');
  const std::string too_long(257, 'n');
  const std::string longest_type = "String." + std::string(249, 'n');
  const std::string too_long_type = longest_type + "n";
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
      {"longest type",           {"a", longest_type, "x"}, ""},
      {"type too long",          {"a", too_long_type, "x"},         "The type of attribute a must begin with String, Number or Binary."},
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

// rule: aws 53 at most ten attributes
TEST(CheckMessageTest, AtMostTenAttributesAndNoneTwice) {
  Message message{.body = "b", .attributes = {}};
  static constexpr const char* kNames[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"};
  for (std::size_t i = 0; i < kAttributesMax; ++i) message.attributes.push_back({kNames[i], "String", "x"});
  EXPECT_EQ(ErrorOf(message).message, "");
  message.attributes.push_back({kNames[10], "String", "x"});
  EXPECT_EQ(ErrorOf(message).message, "Number of message attributes [11] exceeds the allowed maximum [10].");
  EXPECT_EQ(ErrorOf({.body = "b", .attributes = {{"a", "String", "1"}, {"a", "String", "2"}}}).message,
            "The attribute a appears twice.");
}

}  // namespace
}  // namespace hub::core
