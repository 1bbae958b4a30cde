// msgpack values as text that people read and write, for the conversations in this folder.
//
//   nil true false 12 -3 "text" b"bytes" x"00ff" [1, "a"] {"key": 1}
//   *       in an expected reply: anything
//   $name   in an expected reply: anything, kept under that name; in a later request: what was kept
//
// Strings take the escapes \" \\ \n and \xHH.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hub/base/result.h"

namespace tests::wire {

struct Value {
  enum class Kind : std::uint8_t {
    kNil,
    kBool,
    kNumber,
    kNegative,
    kString,
    kBytes,
    kList,
    kMap,
    kAny,
    kVariable,
    kOther
  };

  Kind kind = Kind::kNil;
  std::uint64_t number = 0;  // kBool, kNumber; kNegative: its magnitude.
  std::string text;          // kString, kBytes, kVariable.
  std::vector<Value> items;  // kList; kMap: key, value, key, value.
};

using Bindings = std::map<std::string, Value>;

// Fails with the column at which `text` stops making sense.
[[nodiscard]] hub::Result<Value> ParseValue(std::string_view text);

std::string ToText(const Value& value);

// The bytes of `value`. Variables must be bound; there must be no kAny.
std::string Pack(const Value& value, const Bindings& bindings);

// What `frame` holds. kOther when it is not msgpack or has something that the notation does not.
Value Unpack(std::string_view frame);

// Whether `value` is what `pattern` expects. Binds the variables that are not bound yet.
bool Matches(const Value& pattern, const Value& value, Bindings& bindings);

}  // namespace tests::wire
