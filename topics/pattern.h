// What one entry of a filter's list of values asks for, as data, and whether a value satisfies it.
#pragma once

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

// Fails with kInvalidArgument, in SNS's words.
[[nodiscard]] hub::Result<Pattern> ParsePattern(const hub::Node& node);

}  // namespace topics
