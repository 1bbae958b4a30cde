#include "hub/policy/operator.h"

#include <array>

namespace hub::policy {
namespace {

using Family = Operator::Family;
using Order = Operator::Order;

struct Named {
  std::string_view name;
  Operator op;
};

// clang-format off
constexpr Named kOperators[] = {
    {"StringEquals",              {.family = Family::kString}},
    {"StringNotEquals",           {.family = Family::kString, .negated = true}},
    {"StringEqualsIgnoreCase",    {.family = Family::kStringIgnoreCase}},
    {"StringNotEqualsIgnoreCase", {.family = Family::kStringIgnoreCase, .negated = true}},
    {"StringLike",                {.family = Family::kLike}},
    {"StringNotLike",             {.family = Family::kLike, .negated = true}},
    {"NumericEquals",             {.family = Family::kNumeric}},
    {"NumericNotEquals",          {.family = Family::kNumeric, .negated = true}},
    {"NumericLessThan",           {.family = Family::kNumeric, .order = Order::kLess}},
    {"NumericLessThanEquals",     {.family = Family::kNumeric, .order = Order::kLessEqual}},
    {"NumericGreaterThan",        {.family = Family::kNumeric, .order = Order::kGreater}},
    {"NumericGreaterThanEquals",  {.family = Family::kNumeric, .order = Order::kGreaterEqual}},
    {"DateEquals",                {.family = Family::kDate}},
    {"DateNotEquals",             {.family = Family::kDate, .negated = true}},
    {"DateLessThan",              {.family = Family::kDate, .order = Order::kLess}},
    {"DateLessThanEquals",        {.family = Family::kDate, .order = Order::kLessEqual}},
    {"DateGreaterThan",           {.family = Family::kDate, .order = Order::kGreater}},
    {"DateGreaterThanEquals",     {.family = Family::kDate, .order = Order::kGreaterEqual}},
    {"Bool",                      {.family = Family::kBool}},
    {"BinaryEquals",              {.family = Family::kBinary}},
    {"IpAddress",                 {.family = Family::kIp}},
    {"NotIpAddress",              {.family = Family::kIp, .negated = true}},
    {"ArnEquals",                 {.family = Family::kArn}},
    {"ArnNotEquals",              {.family = Family::kArn, .negated = true}},
    {"ArnLike",                   {.family = Family::kArn}},
    {"ArnNotLike",                {.family = Family::kArn, .negated = true}},
    {"Null",                      {.family = Family::kNull}},
};
// clang-format on

constexpr auto kNames = [] {
  std::array<std::string_view, std::size(kOperators)> names;
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = kOperators[i].name;
  return names;
}();

constexpr std::string_view kForAllValues = "ForAllValues:";
constexpr std::string_view kForAnyValue = "ForAnyValue:";
constexpr std::string_view kIfExists = "IfExists";

}  // namespace

std::optional<Operator> ParseOperator(std::string_view name) {
  Operator::Set set = Operator::Set::kNone;
  if (name.starts_with(kForAllValues)) {
    set = Operator::Set::kForAllValues;
    name.remove_prefix(kForAllValues.size());
  } else if (name.starts_with(kForAnyValue)) {
    set = Operator::Set::kForAnyValue;
    name.remove_prefix(kForAnyValue.size());
  }
  const bool if_exists = name.ends_with(kIfExists);
  if (if_exists) name.remove_suffix(kIfExists.size());
  for (const Named& named : kOperators) {
    if (named.name != name) continue;
    Operator op = named.op;
    if (op.family == Family::kNull && (if_exists || set != Operator::Set::kNone)) return std::nullopt;
    op.if_exists = if_exists;
    op.set = set;
    return op;
  }
  return std::nullopt;
}

std::span<const std::string_view> OperatorNames() { return kNames; }

}  // namespace hub::policy
