#include "adapters/aws/text.h"

#include <gtest/gtest.h>

namespace tests::aws {
namespace {

using adapters::aws::CharacterBytes;
using adapters::aws::CleanText;

TEST(TextTest, Characters) {
  const struct {
    const char* why;
    std::string_view text;
    std::size_t bytes;
  } cases[] = {
      {"tab", "\t", 1},
      {"line feed", "\n", 1},
      {"carriage return", "\r", 1},
      {"other controls", "\x1f", 0},
      {"zero", std::string_view("\0", 1), 0},
      {"space", " x", 1},
      {"delete", "\x7f", 1},
      {"two bytes", "\u0080", 2},
      {"three bytes", "\u0800", 3},
      {"the last before surrogates", "\xed\x9f\xbf", 3},
      {"a surrogate", "\xed\xa0\x80", 0},
      {"the first after surrogates", "\xee\x80\x80", 3},
      {"U+FFFD", "\xef\xbf\xbd", 3},
      {"U+FFFE", "\xef\xbf\xbe", 0},
      {"U+FFFF", "\xef\xbf\xbf", 0},
      {"four bytes", "\xf0\x90\x80\x80", 4},
      {"the last of all", "\xf4\x8f\xbf\xbf", 4},
      {"beyond it", "\xf4\x90\x80\x80", 0},
      {"five bytes", "\xf8\x88\x80\x80\x80", 0},
      {"a byte that goes on", "\x80", 0},
      {"two that could be one", "\xc1\xbf", 0},
      {"three that could be two", "\xe0\x9f\xbf", 0},
      {"four that could be three", "\xf0\x8f\xbf\xbf", 0},
      {"cut off", "\xe2\x82", 0},
      {"followed by something else", "\xc3(", 0},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    EXPECT_EQ(CharacterBytes(c.text), c.bytes);
  }
}

TEST(TextTest, AtAnyPlaceAmongPlainText) {
  for (std::size_t at = 0; at < 20; ++at) {
    for (const std::string_view odd : {"\x1f", "\x80", "\xff", "\t", "\x7f", "\u00e9"}) {
      std::string text = std::string(at, ' ') + std::string(odd) + std::string(19 - at, '~');
      const bool is_character = CharacterBytes(odd) > 0;
      CleanText(text);
      EXPECT_EQ(text, std::string(at, ' ') + (is_character ? std::string(odd) : "\ufffd") + std::string(19 - at, '~'));
    }
  }
}

TEST(TextTest, WhatIsNoCharacterIsReplacedByteByByte) {
  const auto clean = [](std::string text) {
    CleanText(text);
    return text;
  };
  EXPECT_EQ(clean(""), "");
  EXPECT_EQ(clean("a\u00e9\U0001f600\r\n"), "a\u00e9\U0001f600\r\n");
  EXPECT_EQ(clean("a\x01\u00e9\xff\xfe"
                  "b"),
            "a\ufffd\u00e9\ufffd\ufffd"
            "b");
  EXPECT_EQ(clean("\xe2\x82"), "\ufffd\ufffd");
}

}  // namespace
}  // namespace tests::aws
