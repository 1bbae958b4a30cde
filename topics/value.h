// A value of a message as filters see it: one attribute, one element of a list attribute, or one leaf of the body.
//
// A Value is a view: its text is valid as long as the message (or the reader that decoded it) is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

namespace topics {

struct Value {
  enum class Kind : std::uint8_t { kNull, kFalse, kTrue, kNumber, kString };

  Kind kind = Kind::kNull;
  double number = 0;      // Finite.
  std::string_view text;  // kString, unescaped.

  bool IsNull() const { return kind == Kind::kNull; }
  bool IsNumber() const { return kind == Kind::kNumber; }
  bool IsString() const { return kind == Kind::kString; }

  static Value Null() { return {}; }
  static Value Bool(bool truth) { return {.kind = truth ? Kind::kTrue : Kind::kFalse, .number = 0, .text = {}}; }
  static Value Number(double number) { return {.kind = Kind::kNumber, .number = number, .text = {}}; }
  static Value String(std::string_view text) { return {.kind = Kind::kString, .number = 0, .text = text}; }

  friend bool operator==(const Value&, const Value&) = default;
  friend bool operator<(const Value& a, const Value& b) {
    return std::tie(a.kind, a.number, a.text) < std::tie(b.kind, b.number, b.text);
  }
};

// A decimal number that fills the whole text, or nothing.
std::optional<double> ParseNumber(std::string_view text);

// Of UTF-8: what differs only in the case of its characters becomes the same.
void AppendLowered(std::string& out, std::string_view text);

}  // namespace topics
