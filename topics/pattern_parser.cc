// ParsePattern: every refusal in the words that SNS uses for it.
#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>

#include "topics/pattern.h"

namespace topics {
namespace {

using hub::Node;
using hub::Place;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

tl::unexpected<Refused> Refuse(Place at, std::string why) {
  return tl::unexpected<Refused>({.why = std::move(why), .at = std::move(at)});
}

tl::unexpected<Refused> Refuse(const Node& at, std::string why) { return Refuse(PlaceIn(at), std::move(why)); }

// By a class that the parser hands what it has read.
tl::unexpected<Refused> RefuseLater(std::string why) { return tl::unexpected<Refused>({.why = std::move(why)}); }

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

Checked<double> ParseFilterNumber(const Node& node) {
  const double number = node.Number().value_or(kInfinity);
  // Zero has no decimals, however it is written.
  if (!(std::abs(number) <= kFilterNumberMax) || (number != 0 && DecimalsOf(node.text) > kFilterDecimalsMax)) {
    return RefuseLater("Numbers must be between -1000000000 and 1000000000, with at most 5 decimals: " + node.text);
  }
  return number + 0.0;  // One zero, not two.
}

Checked<Pattern> ParseLiteral(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kNull: return EqualsNull{};
    case Node::Kind::kBool: return EqualsBool{node.text == "true"};
    case Node::Kind::kString: return EqualsString{node.text};
    case Node::Kind::kNumber: {
      const Checked<double> number = ParseFilterNumber(node);
      if (!number) return tl::unexpected(number.error());
      return EqualsNumber{*number};
    }
    case Node::Kind::kList:
    case Node::Kind::kMap: break;
  }
  return Refuse(node, "Match value must be String, number, true, false, or null");
}

struct Bound {
  std::string_view sign;
  double number;
};

// Where the parser stands that has read on behind the item: in the next one, or behind the list.
Place PlaceBehind(const Node& list, std::size_t at) {
  return at + 1 < list.items.size() ? PlaceIn(list.items[at + 1]) : PlaceAfter(list);
}

// The number of a sign, which is in the list at `at`.
Checked<Bound> ParseBound(const Node& list, std::size_t at, std::string_view sign) {
  const std::vector<Node>& items = list.items;
  if (at + 1 >= items.size() || items[at + 1].kind != Node::Kind::kNumber) {
    const std::string name(sign == "=" ? "equals" : sign);
    return Refuse(PlaceBehind(list, at), "Value of " + name + " must be numeric");
  }
  const Checked<double> number = ParseFilterNumber(items[at + 1]);
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

Checked<Pattern> ParseNumeric(const Node& node) {
  if (!node.IsList()) return Refuse(node, "Value of numeric must be an array.");
  const std::vector<Node>& items = node.items;
  if (items.empty()) return Refuse(PlaceAfter(node), "Invalid member in numeric match: ]");
  if (!items[0].IsString()) return Refuse(items[0], "Invalid member in numeric match: " + Shown(items[0]));
  const std::string_view sign = items[0].text;
  const bool is_bottom = sign == ">" || sign == ">=";
  if (!is_bottom && sign != "=" && sign != "<" && sign != "<=") {
    return Refuse(PlaceBehind(node, 0), "Unrecognized numeric range operator: " + items[0].text);
  }
  const Checked<Bound> first = ParseBound(node, 0, sign);
  if (!first) return tl::unexpected(first.error());
  if (items.size() == 2) return RangeOf(*first);

  if (!is_bottom) return Refuse(items[2], "Too many elements in numeric expression");
  if (!items[2].IsString()) return Refuse(items[2], "Bad value in numeric range: " + Shown(items[2]));
  const std::string_view top_sign = items[2].text;
  if (top_sign != "<" && top_sign != "<=")
    return Refuse(PlaceAfter(items[2]), "Bad numeric range operator: " + items[2].text);
  const Checked<Bound> top = ParseBound(node, 2, top_sign);
  if (!top) return tl::unexpected(top.error());
  if (items.size() > 4) return Refuse(items[4], "Too many terms in numeric range expression");
  if (top->number <= first->number) return Refuse(PlaceAfter(node), "Bottom must be less than top");
  return InRange{std::get<InRange>(RangeOf(*first)).low, std::get<InRange>(RangeOf(*top)).high};
}

Checked<Pattern> ParseAnythingButValues(const std::vector<Node>& items) {
  AnythingBut pattern;
  for (const Node& item : items) {
    if (item.IsString()) {
      pattern.strings.push_back(item.text);
    } else if (item.kind == Node::Kind::kNumber) {
      const Checked<double> number = ParseFilterNumber(item);
      if (!number) return tl::unexpected(number.error());
      pattern.numbers.push_back(*number);
    } else {
      return Refuse(item, "Inside anything but list, start|null|boolean is not supported.");
    }
  }
  std::sort(pattern.strings.begin(), pattern.strings.end());
  std::sort(pattern.numbers.begin(), pattern.numbers.end());
  return pattern;
}

Checked<Pattern> ParseWildcardText(const Node& node) {
  if (!node.IsString()) return Refuse(node, "wildcard match pattern must be a string");
  auto wildcard = ParseWildcard(node.text);
  if (!wildcard) return Refuse(PlaceAfter(node), wildcard.error().message);
  return *std::move(wildcard);
}

// Nothing may follow the only key of `map`.
Checked<Pattern> Alone(const Node& map, Checked<Pattern> pattern,
                       const char* otherwise = "Only one key allowed in match expression") {
  if (!pattern || map.members.size() == 1) return pattern;
  return Refuse(map.members[1].value, otherwise);
}

Checked<Pattern> ParseAnythingButOperator(const Node& node) {
  if (node.members.empty()) return Refuse(PlaceAfter(node), "Anything-But expression name not found");
  const auto& [name, place, value] = node.members[0];
  if (name == "wildcard") {
    auto pattern = ParseWildcardText(value);
    if (!pattern) return pattern;
    return AnythingButWildcard{std::get<Wildcard>(*std::move(pattern))};
  }
  if (name != "prefix" && name != "suffix") return Refuse(value, "Unsupported anything-but pattern: " + name);
  if (!value.IsString()) return Refuse(value, name + " match pattern must be a string");
  if (name == "prefix") return AnythingButPrefix{value.text};
  return AnythingButSuffix{value.text};
}

Checked<Pattern> ParseAnythingBut(const Node& node) {
  if (node.IsMap()) return Alone(node, ParseAnythingButOperator(node));
  if (node.IsList()) {
    if (node.items.empty()) return Refuse(PlaceAfter(node), "Empty arrays are not allowed");
    return ParseAnythingButValues(node.items);
  }
  if (!node.IsString() && node.kind != Node::Kind::kNumber) {
    return Refuse(node, "Value of anything-but must be an array or single string/number value.");
  }
  return ParseAnythingButValues({node});
}

// The operators that take one string. SNS calls an address block that is none a prefix.
Checked<Pattern> ParseTextual(const std::string& name, const Node& node) {
  if (!node.IsString()) {
    return Refuse(node, (name == "cidr" ? "prefix" : name) + " match pattern must be a string");
  }
  if (name == "prefix") return HasPrefix{node.text};
  if (name == "suffix") return HasSuffix{node.text};
  if (name == "cidr") {
    const auto block = ParseCidr(node.text);
    if (!block) return RefuseLater(block.error().message);
    return InBlock{*block};
  }
  EqualsIgnoreCase pattern;
  AppendLowered(pattern.lowered, node.text);
  return pattern;
}

Checked<Pattern> ParseOperator(const std::string& name, const Node& value) {
  if (name == "prefix" || name == "suffix" || name == "cidr" || name == "equals-ignore-case") {
    return ParseTextual(name, value);
  }
  if (name == "wildcard") return ParseWildcardText(value);
  if (name == "exists") {
    if (value.kind != Node::Kind::kBool) return Refuse(value, "exists match pattern must be either true or false.");
    return Exists{value.text == "true"};
  }
  return Refuse(value, "Unrecognized match type " + name);
}

Place Moved(Place place, std::size_t columns) {
  place.column += static_cast<std::uint32_t>(columns);
  return place;
}

}  // namespace

Place PlaceIn(const Node& node) {
  const bool is_open = !node.IsScalar() || node.IsString();
  return is_open ? Moved(node.place, 1) : PlaceAfter(node);
}

Place PlaceAfter(const Node& node) { return Moved(node.place, ToJson(node).size()); }

Checked<Pattern> ParsePattern(const Node& node) {
  if (!node.IsMap()) return ParseLiteral(node);
  if (node.members.empty()) return Refuse(PlaceAfter(node), "Match expression name not found");
  const auto& [name, place, value] = node.members[0];
  constexpr const char* kTooMany = "Too many elements in numeric expression";
  if (name == "anything-but") return Alone(node, ParseAnythingBut(value), kTooMany);
  if (name == "numeric") return Alone(node, ParseNumeric(value), kTooMany);
  return Alone(node, ParseOperator(name, value));
}

}  // namespace topics
