#include "topics/filter_policy.h"

#include <algorithm>

#include "hub/base/limits.h"

namespace topics {
namespace {

using hub::Member;
using hub::Node;
using hub::Result;

tl::unexpected<hub::Error> Refuse(std::string why) {
  return hub::Fail(hub::Code::kFilterPolicyInvalid, std::move(why));
}
// The hub's own: of a path of keys, which is looked up for each value of a body that has as long a one.
constexpr std::size_t kFieldBytesMax = 1024;

tl::unexpected<hub::Error> TooComplex() { return Refuse("Filter policy is too complex"); }

// What the parser of SNS finds, it ends with the place, as Jackson writes it.
class Refusals {
 public:
  explicit Refusals(std::string_view source) : source_(source) {}

  tl::unexpected<hub::Error> At(const hub::Place& place, std::string why) const {
    if (source_.empty()) return Refuse(std::move(why));
    why.append("\n at [Source: (String)\"").append(source_.substr(0, kSourceShown)).append("\"");
    if (source_.size() > kSourceShown) {
      why.append("[truncated ").append(std::to_string(source_.size() - kSourceShown)).append(" chars]");
    }
    why.append("; line: ").append(std::to_string(place.line));
    return Refuse(std::move(why.append(", column: ").append(std::to_string(place.column)).append("]")));
  }

 private:
  static constexpr std::size_t kSourceShown = 500;

  std::string_view source_;
};

// With a single entry, or with entries that are not objects, "$or" is a key like any other.
bool IsOr(const Member& member) {
  const auto& items = member.value.items;
  return member.key == "$or" && items.size() >= 2 &&
         std::all_of(items.begin(), items.end(), [](const Node& item) { return item.IsMap(); });
}

// First walk: the shape, and the number of combinations. The second then cannot multiply out of hand.
class ShapeCheck {
 public:
  explicit ShapeCheck(const Refusals& refusals) : refusals_(refusals) {}

  // The number of combinations below `map`, whose keys stand at `depth` (the top is 1). Products for keys, which must
  // all be satisfied; sums for the branches of an `$or`; the list of a nested key counts once for each level.
  Result<std::size_t> Combinations(const Node& map, std::size_t depth) const {
    if (depth > hub::kDocumentDepthMax) return TooComplex();
    std::size_t product = 1;
    for (const Member& member : map.members) {
      Result<std::size_t> factor = Factor(member, depth);
      if (!factor) return factor;
      product *= *factor;
      if (product > kFilterCombinationsMax) return TooComplex();
    }
    return product;
  }

 private:
  Result<std::size_t> Factor(const Member& member, std::size_t depth) const {
    const Node& value = member.value;
    if (value.IsMap()) {
      if (value.members.empty()) return refusals_.At(PlaceAfter(value), "Empty objects are not allowed");
      return Combinations(value, depth + 1);
    }
    if (!value.IsList()) return refusals_.At(PlaceIn(value), "\"" + member.key + "\" must be an object or an array");
    if (value.items.empty()) return refusals_.At(PlaceAfter(value), "Empty arrays are not allowed");
    if (!IsOr(member)) return value.items.size() * depth;
    std::size_t sum = 0;
    for (const Node& branch : value.items) {
      if (branch.members.empty()) return refusals_.At(PlaceAfter(branch), "Empty objects are not allowed");
      Result<std::size_t> combinations = Combinations(branch, depth);
      if (!combinations) return combinations;
      sum += *combinations;
    }
    return sum;
  }

  const Refusals& refusals_;
};

// Whether some key has keys below it: what only a body has.
bool IsNested(const Node& map) {
  return std::any_of(map.members.begin(), map.members.end(), [](const Member& member) {
    if (!IsOr(member)) return member.value.IsMap();
    return std::any_of(member.value.items.begin(), member.value.items.end(), IsNested);
  });
}

// Second walk: patterns, and alternatives.
class Expansion {
 public:
  explicit Expansion(const Refusals& refusals) : refusals_(refusals) {}

  Result<std::vector<Alternative>> Expand(const Node& map, const std::string& path) {
    std::vector<Alternative> alternatives(1);
    for (const Member& member : map.members) {
      Result<std::vector<Alternative>> choices = Choices(member, path);
      if (!choices) return choices;
      Result<std::vector<Alternative>> product = Product(alternatives, *choices);
      if (!product) return product;
      alternatives = std::move(*product);
    }
    return alternatives;
  }

 private:
  // The alternatives that one member offers.
  Result<std::vector<Alternative>> Choices(const Member& member, const std::string& path) {
    const std::string field = path.empty() ? member.key : path + "." + member.key;
    if (member.value.IsMap()) return Expand(member.value, field);
    if (!IsOr(member)) return Single(field, member.value);
    std::vector<Alternative> all;
    for (const Node& branch : member.value.items) {
      Result<std::vector<Alternative>> some = Expand(branch, path);
      if (!some) return some;
      std::move(some->begin(), some->end(), std::back_inserter(all));
    }
    return all;
  }

  Result<std::vector<Alternative>> Single(const std::string& field, const Node& list) {
    if (field.size() > kFieldBytesMax) return TooComplex();
    Condition condition{.field = field, .patterns = {}, .json = hub::ToJson(list)};
    std::size_t wildcards = 0;
    std::size_t points = 0;
    for (const Node& item : list.items) {
      Checked<Pattern> pattern = ParsePattern(item);
      if (!pattern && !pattern.error().at) return Refuse(std::move(pattern.error().why));
      if (!pattern) return refusals_.At(*pattern.error().at, std::move(pattern.error().why));
      const auto* excluded = std::get_if<AnythingButWildcard>(&*pattern);
      if (const auto* wildcard = excluded ? &excluded->wildcard : std::get_if<Wildcard>(&*pattern)) {
        ++wildcards;
        points += wildcard->Stars() > 1 ? 3 : 1;
      }
      condition.patterns.push_back(std::move(*pattern));
    }
    wildcard_points_ += points * wildcards;
    if (wildcard_points_ > kFilterWildcardPointsMax) return TooComplex();
    return std::vector<Alternative>{{std::make_shared<const Condition>(std::move(condition))}};
  }

  static Result<std::vector<Alternative>> Product(const std::vector<Alternative>& left,
                                                  const std::vector<Alternative>& right) {
    std::vector<Alternative> product;
    product.reserve(left.size() * right.size());
    for (const Alternative& a : left) {
      for (const Alternative& b : right) {
        if (a.size() + b.size() > kAlternativeConditionsMax) return TooComplex();
        Alternative& both = product.emplace_back(a);
        both.insert(both.end(), b.begin(), b.end());
      }
    }
    return product;
  }

  const Refusals& refusals_;
  std::size_t wildcard_points_ = 0;
};

}  // namespace

std::string_view NameOf(FilterScope scope) {
  switch (scope) {
    case FilterScope::kMessageAttributes: return "MessageAttributes";
    case FilterScope::kMessageBody: return "MessageBody";
  }
  return {};
}

Result<FilterScope> ParseFilterScope(std::string_view name) {
  for (const FilterScope scope : {FilterScope::kMessageAttributes, FilterScope::kMessageBody}) {
    if (name == NameOf(scope)) return scope;
  }
  return hub::Fail(hub::Code::kInvalidArgument, "FilterPolicyScope: Invalid value [" + std::string(name) +
                                                    "]. Please use either MessageBody or MessageAttributes");
}

bool Condition::AcceptsAbsence() const {
  return std::any_of(patterns.begin(), patterns.end(), [](const Pattern& pattern) {
    const auto* exists = std::get_if<Exists>(&pattern);
    return exists && !exists->present;
  });
}

bool Condition::IsBroad() const {
  return std::any_of(patterns.begin(), patterns.end(), [](const Pattern& p) { return topics::IsBroad(p); });
}

Result<FilterPolicy> ParseFilterPolicy(const Node& policy, FilterScope scope, std::string_view source) {
  const Refusals refusals(source);
  if (!policy.IsMap()) return refusals.At(PlaceIn(policy), "Filter is not an object");
  if (policy.members.size() > kFilterKeysMax) {
    return Refuse("Filter policy can not have more than " + std::to_string(kFilterKeysMax) + " keys");
  }
  const Result<std::size_t> combinations = ShapeCheck(refusals).Combinations(policy, 1);
  if (!combinations) return tl::unexpected(combinations.error());
  std::string json = hub::ToJson(policy);
  if (json.size() > kFilterBytesMax) {
    return Refuse("Filter policy can not have more than " + std::to_string(kFilterBytesMax) + " bytes");
  }
  Result<std::vector<Alternative>> alternatives = Expansion(refusals).Expand(policy, "");
  if (!alternatives) return tl::unexpected(alternatives.error());
  if (scope == FilterScope::kMessageAttributes && IsNested(policy)) {
    return hub::Fail(hub::Code::kInvalidArgument,
                     "Filter policy scope MessageAttributes does not support nested filter policy");
  }
  return FilterPolicy(scope, std::move(*alternatives), std::move(json));
}

}  // namespace topics
