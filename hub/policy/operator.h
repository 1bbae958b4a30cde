// The 27 operators of conditions, as a table.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace hub::policy {

struct Operator {
  enum class Family : std::uint8_t {
    kString,
    kStringIgnoreCase,
    kLike,
    kNumeric,
    kDate,
    kBool,
    kBinary,
    kIp,
    kArn,
    kNull
  };
  enum class Order : std::uint8_t { kEqual, kLess, kLessEqual, kGreater, kGreaterEqual };
  enum class Set : std::uint8_t { kNone, kForAllValues, kForAnyValue };

  Family family = Family::kString;
  Order order = Order::kEqual;
  bool negated = false;    // True when no value matches; true too when the key is absent.
  bool if_exists = false;  // True when the key is absent.
  Set set = Set::kNone;
};

// "StringLike", "ForAnyValue:ArnEqualsIfExists". Nothing when there is no such operator; Null takes neither a set nor
// IfExists.
std::optional<Operator> ParseOperator(std::string_view name);

// Without sets and IfExists.
std::span<const std::string_view> OperatorNames();

}  // namespace hub::policy
