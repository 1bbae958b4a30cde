// ParsePattern: every refusal in the words that SNS uses for it.
#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>

#include "topics/pattern.h"

namespace topics {
namespace {

using hub::Node;
using hub::Result;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

tl::unexpected<hub::Error> Refuse(std::string why) { return hub::Fail(hub::Code::kInvalidArgument, std::move(why)); }

std::string Shown(const Node& node) { return node.IsScalar() && !node.text.empty() ? node.text : hub::ToJson(node); }

// How many decimals a number needs when written out: 2 for 1.250, 3 for 1e-3.
int DecimalsOf(std::string_view text) {
  int exponent = 0;
  if (const std::size_t e = text.find_first_of("eE"); e != std::string_view::npos) {
    std::string_view digits = text.substr(e + 1);
    if (digits.starts_with('+')) digits.remove_prefix(1);
    exponent = static_cast<int>(std::clamp(ParseNumber(digits).value_or(0), -1000.0, 1000.0));
    text = text.substr(0, e);
  }
  const std::size_t point = text.find('.');
  const std::size_t last = text.find_last_not_of('0');
  if (point == std::string_view::npos || last == point) return -exponent;
  return static_cast<int>(last - point) - exponent;
}

Result<double> ParseFilterNumber(const Node& node) {
  const double number = node.Number().value_or(kInfinity);
  // Zero has no decimals, however it is written.
  if (!(std::abs(number) <= kFilterNumberMax) || (number != 0 && DecimalsOf(node.text) > kFilterDecimalsMax)) {
    return Refuse("Numbers must be between -1000000000 and 1000000000, with at most 5 decimals: " + node.text);
  }
  return number + 0.0;  // One zero, not two.
}

Result<Pattern> ParseLiteral(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kNull: return EqualsNull{};
    case Node::Kind::kBool: return EqualsBool{node.text == "true"};
    case Node::Kind::kString: return EqualsString{node.text};
    case Node::Kind::kNumber: {
      const Result<double> number = ParseFilterNumber(node);
      if (!number) return tl::unexpected(number.error());
      return EqualsNumber{*number};
    }
    case Node::Kind::kList:
    case Node::Kind::kMap: break;
  }
  return Refuse("Match value must be String, number, true, false, or null");
}

struct Bound {
  std::string_view sign;
  double number;
};

// The sign and the number that begin at `at`. `signs` are those that may stand there.
Result<Bound> ParseBound(const std::vector<Node>& items, std::size_t at, std::string_view sign) {
  if (at + 1 >= items.size() || items[at + 1].kind != Node::Kind::kNumber) {
    return Refuse("Value of " + std::string(sign) + " must be numeric");
  }
  const Result<double> number = ParseFilterNumber(items[at + 1]);
  if (!number) return tl::unexpected(number.error());
  return Bound{sign, *number};
}

Pattern RangeOf(const Bound& bound) {
  if (bound.sign == "=") return EqualsNumber{bound.number};
  if (bound.sign == "<") return InRange{-kInfinity, std::nextafter(bound.number, -kInfinity)};
  if (bound.sign == "<=") return InRange{-kInfinity, bound.number};
  if (bound.sign == ">") return InRange{std::nextafter(bound.number, kInfinity), kInfinity};
  return InRange{bound.number, kInfinity};
}

Result<Pattern> ParseNumeric(const Node& node) {
  if (!node.IsList()) return Refuse("Value of numeric must be an array.");
  const std::vector<Node>& items = node.items;
  if (items.empty()) return Refuse("Invalid member in numeric match: ]");
  if (!items[0].IsString()) return Refuse("Invalid member in numeric match: " + Shown(items[0]));
  const std::string_view sign = items[0].text;
  const bool is_bottom = sign == ">" || sign == ">=";
  if (!is_bottom && sign != "=" && sign != "<" && sign != "<=") {
    return Refuse("Unrecognized numeric range operator: " + items[0].text);
  }
  const Result<Bound> first = ParseBound(items, 0, sign);
  if (!first) return tl::unexpected(first.error());
  if (items.size() == 2) return RangeOf(*first);

  if (!is_bottom) return Refuse("Too many elements in numeric expression");
  if (!items[2].IsString()) return Refuse("Bad value in numeric range: " + Shown(items[2]));
  const std::string_view top_sign = items[2].text;
  if (top_sign != "<" && top_sign != "<=") return Refuse("Bad numeric range operator: " + items[2].text);
  const Result<Bound> top = ParseBound(items, 2, top_sign);
  if (!top) return tl::unexpected(top.error());
  if (items.size() > 4) return Refuse("Too many terms in numeric range expression");
  if (top->number <= first->number) return Refuse("Bottom must be less than top");
  return InRange{std::get<InRange>(RangeOf(*first)).low, std::get<InRange>(RangeOf(*top)).high};
}

Result<Pattern> ParseAnythingButValues(const std::vector<Node>& items) {
  AnythingBut pattern;
  for (const Node& item : items) {
    if (item.IsString()) {
      pattern.strings.push_back(item.text);
    } else if (item.kind == Node::Kind::kNumber) {
      const Result<double> number = ParseFilterNumber(item);
      if (!number) return tl::unexpected(number.error());
      pattern.numbers.push_back(*number);
    } else {
      return Refuse("Inside anything but list, start|null|boolean is not supported.");
    }
  }
  std::sort(pattern.strings.begin(), pattern.strings.end());
  std::sort(pattern.numbers.begin(), pattern.numbers.end());
  return pattern;
}

Result<Pattern> ParseAnythingBut(const Node& node) {
  if (node.IsList()) {
    if (node.items.empty()) return Refuse("Empty arrays are not allowed");
    return ParseAnythingButValues(node.items);
  }
  if (node.IsMap()) {
    for (const hub::Member& member : node.members) {
      if (member.key == "prefix" || member.key == "suffix" || member.key == "wildcard") continue;
      return Refuse("Unsupported anything-but pattern: " + member.key);
    }
    if (node.members.size() != 1) return Refuse("Only one key allowed in match expression");
    const auto& [name, place, value] = node.members[0];
    if (!value.IsString()) return Refuse(name + " match pattern must be a string");
    if (name == "prefix") return AnythingButPrefix{value.text};
    if (name == "suffix") return AnythingButSuffix{value.text};
    return ParseWildcard(value.text).map([](Wildcard&& w) { return Pattern(AnythingButWildcard{std::move(w)}); });
  }
  if (!node.IsString() && node.kind != Node::Kind::kNumber) {
    return Refuse("Value of anything-but must be an array or single string/number value.");
  }
  return ParseAnythingButValues({node});
}

// The operators that take one string.
Result<Pattern> ParseTextual(const std::string& name, const Node& node) {
  if (!node.IsString()) return Refuse(name + " match pattern must be a string");
  if (name == "prefix") return HasPrefix{node.text};
  if (name == "suffix") return HasSuffix{node.text};
  if (name == "wildcard") return ParseWildcard(node.text).map([](Wildcard&& w) { return Pattern(std::move(w)); });
  if (name == "cidr") return ParseCidr(node.text).map([](const CidrBlock& b) { return Pattern(InBlock{b}); });
  EqualsIgnoreCase pattern;
  AppendLowered(pattern.lowered, node.text);
  return pattern;
}

}  // namespace

Result<Pattern> ParsePattern(const Node& node) {
  if (!node.IsMap()) return ParseLiteral(node);
  if (node.members.size() != 1) return Refuse("Only one key allowed in match expression");
  const auto& [name, place, value] = node.members[0];
  if (name == "prefix" || name == "suffix" || name == "wildcard" || name == "cidr" || name == "equals-ignore-case") {
    return ParseTextual(name, value);
  }
  if (name == "anything-but") return ParseAnythingBut(value);
  if (name == "numeric") return ParseNumeric(value);
  if (name == "exists") {
    if (value.kind != Node::Kind::kBool) return Refuse("exists match pattern must be either true or false.");
    return Exists{value.text == "true"};
  }
  return Refuse("Unrecognized match type " + name);
}

}  // namespace topics
