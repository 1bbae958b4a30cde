#include "hub/policy/condition.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <system_error>

#include "hub/policy/dates.h"
#include "hub/policy/text.h"

namespace hub::policy {
namespace {

using Family = Operator::Family;
using Order = Operator::Order;

std::optional<double> ParseNumber(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(number)) return std::nullopt;
  return number;
}

std::optional<bool> ParseBool(std::string_view text) {
  if (EqualIgnoreCase(text, "true")) return true;
  if (EqualIgnoreCase(text, "false")) return false;
  return std::nullopt;
}

bool IsBase64(std::string_view text) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (text.size() % 4 != 0) return false;
  for (int padding = 0; padding < 2 && text.ends_with('='); ++padding) text.remove_suffix(1);
  return text.find_first_not_of(kAlphabet) == std::string_view::npos;
}

template <typename T>
bool Compare(Order order, const T& left, const T& right) {
  switch (order) {
    case Order::kEqual: return left == right;
    case Order::kLess: return left < right;
    case Order::kLessEqual: return left <= right;
    case Order::kGreater: return left > right;
    case Order::kGreaterEqual: return left >= right;
  }
  return false;
}

std::string RemedyFor(Family family) {
  switch (family) {
    case Family::kNumeric: return " is not a number.";
    case Family::kDate: return " is not a date. Write it as 2026-01-31T09:30:00Z or as seconds since 1970.";
    case Family::kBool:
    case Family::kNull: return " is neither \"true\" nor \"false\".";
    case Family::kBinary: return " is not base64.";
    case Family::kIp: return " is not a network. Write it as 10.0.0.0/8, 2001:db8::/32 or a single address.";
    case Family::kString:
    case Family::kStringIgnoreCase:
    case Family::kLike:
    case Family::kArn: break;
  }
  return " is not a value.";
}

// The first five colons outside variables divide an ARN.
std::vector<std::string_view> SplitArn(std::string_view text, bool variables) {
  std::vector<std::string_view> parts;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size() && parts.size() < 5; ++i) {
    if (variables && text.substr(i).starts_with("${")) {
      const std::size_t end = EndOfVariable(text, i);
      if (end == std::string_view::npos) break;
      i = end - 1;
    } else if (text[i] == ':') {
      parts.push_back(text.substr(begin, i - begin));
      begin = i + 1;
    }
  }
  parts.push_back(text.substr(begin));
  return parts;
}

}  // namespace

Result<ArnPattern> ArnPattern::Parse(std::string_view text, bool variables) {
  std::vector<std::string_view> parts = SplitArn(text, variables);
  const bool is_variable = variables && text.starts_with("${") && EndOfVariable(text, 0) == text.size();
  if (parts.size() != 6 && text != "*" && !is_variable) {
    return Fail(Code::kInvalidArgument, Quoted(text) +
                                            " is not an ARN: it must have six parts divided by colons, such as "
                                            "arn:aws:sns:*:111111111111:orders.");
  }
  ArnPattern pattern;
  for (const std::string_view part : parts) {
    auto parsed = Pattern::Parse(part, {.wildcards = Syntax::Wildcards::kAny, .variables = variables});
    if (!parsed) return tl::unexpected(std::move(parsed.error()));
    pattern.parts_.push_back(std::move(*parsed));
  }
  return pattern;
}

bool ArnPattern::Matches(std::string_view arn, const Request& request) const {
  if (parts_.size() == 1) return parts_[0].Matches(arn, request);
  for (std::size_t i = 0; i + 1 < parts_.size(); ++i) {
    const std::size_t colon = arn.find(':');
    if (colon == std::string_view::npos || !parts_[i].Matches(arn.substr(0, colon), request)) return false;
    arn.remove_prefix(colon + 1);
  }
  return parts_.back().Matches(arn, request);
}

bool ArnPattern::TellsTime() const {
  return std::any_of(parts_.begin(), parts_.end(), [](const Pattern& part) { return part.TellsTime(); });
}

Result<void> Condition::AddValue(std::string_view text, bool variables) {
  std::optional<Value> value;
  switch (op_.family) {
    case Family::kString:
    case Family::kStringIgnoreCase:
    case Family::kLike: {
      const auto wildcards = op_.family == Family::kLike ? Syntax::Wildcards::kAny : Syntax::Wildcards::kNone;
      auto pattern = Pattern::Parse(text, {.wildcards = wildcards, .variables = variables});
      if (!pattern) return tl::unexpected(std::move(pattern.error()));
      value = std::move(*pattern);
      break;
    }
    case Family::kArn: {
      auto pattern = ArnPattern::Parse(text, variables);
      if (!pattern) return tl::unexpected(std::move(pattern.error()));
      value = std::move(*pattern);
      break;
    }
    case Family::kNumeric: value = ParseNumber(text); break;
    case Family::kDate: value = ParseDate(text); break;
    case Family::kBool:
    case Family::kNull: value = ParseBool(text); break;
    case Family::kBinary:
      if (IsBase64(text)) value = std::string(text);
      break;
    case Family::kIp: value = ParseNetwork(text); break;
  }
  if (!value) return Fail(Code::kInvalidArgument, Quoted(text) + RemedyFor(op_.family));
  values_.push_back(std::move(*value));
  return {};
}

bool Condition::Holds(const Request& request) const {
  const Values values = ValuesOf(request, key_);
  if (op_.family == Family::kNull) {
    return std::any_of(values_.begin(), values_.end(),
                       [&](const Value& value) { return std::get<bool>(value) == values.empty(); });
  }
  if (values.empty()) {
    if (op_.if_exists) return true;
    switch (op_.set) {
      case Operator::Set::kNone: return op_.negated;
      case Operator::Set::kForAllValues: return true;
      case Operator::Set::kForAnyValue: return false;
    }
  }
  // Several values need a set operator to say what is meant.
  if (op_.set == Operator::Set::kNone) return values.size() == 1 && HoldsFor(values[0], request);
  const bool for_any = op_.set == Operator::Set::kForAnyValue;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (HoldsFor(values[i], request) == for_any) return for_any;
  }
  return !for_any;
}

bool Condition::HoldsFor(std::string_view value, const Request& request) const {
  return MatchesAny(value, request) != op_.negated;
}

bool Condition::MatchesAny(std::string_view value, const Request& request) const {
  const auto any = [&](const auto& matches) { return std::any_of(values_.begin(), values_.end(), matches); };
  const auto ordered = [&](const auto& parsed) {
    using T = std::decay_t<decltype(*parsed)>;
    return parsed && any([&](const Value& v) { return Compare(op_.order, *parsed, std::get<T>(v)); });
  };
  switch (op_.family) {
    case Family::kString:
    case Family::kStringIgnoreCase:
    case Family::kLike: {
      const bool ignore_case = op_.family == Family::kStringIgnoreCase;
      return any([&](const Value& v) { return std::get<Pattern>(v).Matches(value, request, ignore_case); });
    }
    case Family::kArn: return any([&](const Value& v) { return std::get<ArnPattern>(v).Matches(value, request); });
    case Family::kNumeric: return ordered(ParseNumber(value));
    case Family::kDate: return ordered(ParseDate(value));
    case Family::kBool:
    case Family::kNull: return ordered(ParseBool(value));
    case Family::kBinary: return any([&](const Value& v) { return std::get<std::string>(v) == value; });
    case Family::kIp: {
      const auto host = ParseAddress(value);
      return host && any([&](const Value& v) { return std::get<IpNetwork>(v).Contains(*host); });
    }
  }
  return false;
}

bool Condition::TellsTime() const {
  if (key_.tells_time || op_.family == Family::kDate) return true;
  return std::any_of(values_.begin(), values_.end(), [](const Value& value) {
    if (const auto* pattern = std::get_if<Pattern>(&value)) return pattern->TellsTime();
    if (const auto* arn = std::get_if<ArnPattern>(&value)) return arn->TellsTime();
    return false;
  });
}

}  // namespace hub::policy
