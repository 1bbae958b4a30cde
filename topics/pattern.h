// What one entry of a filter's list of values asks for, as data, and whether a value satisfies it.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "hub/base/document.h"
#include "hub/base/result.h"
#include "topics/cidr.h"
#include "topics/value.h"
#include "topics/wildcard.h"

namespace topics {

// Numbers in filters: from -kFilterNumberMax to kFilterNumberMax [aws], with so many decimals.
inline constexpr double kFilterNumberMax = 1e9;
inline constexpr int kFilterDecimalsMax = 5;

struct EqualsString {
  std::string text;
};
struct EqualsNumber {
  double number;
};
struct EqualsBool {
  bool truth;
};
struct EqualsNull {};
struct HasPrefix {
  std::string text;
};
struct HasSuffix {
  std::string text;
};
struct EqualsIgnoreCase {
  std::string lowered;
};
struct InRange {
  double low;  // Both ends are included: an open end is the next number inside it.
  double high;
};
struct InBlock {
  CidrBlock block;
};
struct AnythingBut {
  std::vector<std::string> strings;  // Both sorted.
  std::vector<double> numbers;
};
struct AnythingButPrefix {
  std::string text;
};
struct AnythingButSuffix {
  std::string text;
};
struct AnythingButWildcard {
  Wildcard wildcard;
};
struct Exists {
  bool present;  // False: satisfied by the absence of the field, and by no value.
};

using Pattern =
    std::variant<EqualsString, EqualsNumber, EqualsBool, EqualsNull, HasPrefix, HasSuffix, EqualsIgnoreCase, Wildcard,
                 InRange, InBlock, AnythingBut, AnythingButPrefix, AnythingButSuffix, AnythingButWildcard, Exists>;

// Whether a value that is there satisfies the pattern. Null satisfies EqualsNull only.
bool Matches(const Pattern& pattern, const Value& value);

// Most values satisfy it: it is not worth an entry of its own in an index.
bool IsBroad(const Pattern& pattern);

// Why a pattern is refused, in SNS's words, and where its parser stands as it says so; what is refused later has no
// place.
struct Refused {
  std::string why;
  std::optional<hub::Place> at = {};
};
template <typename T>
using Checked = tl::expected<T, Refused>;

// Where the parser stands once it has seen how a value begins: after the bracket or the quotation mark, or after the
// whole of any other scalar.
hub::Place PlaceIn(const hub::Node& node);
// Once it has read the whole of a scalar, or of an empty list or map.
hub::Place PlaceAfter(const hub::Node& node);

[[nodiscard]] Checked<Pattern> ParsePattern(const hub::Node& node);

}  // namespace topics
