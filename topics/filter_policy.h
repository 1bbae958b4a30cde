// Filter policies: which messages of a topic a subscription wants. Checked whole when set, so that a mistake is refused
// with its reason and routing never meets one.
//
//   {"store": ["eu", {"prefix": "us-"}], "$or": [{"price": [{"numeric": [">", 100]}]}, {"gift": [true]}]}
//
// All keys must be satisfied, each by any entry of its list. A policy is kept as alternatives, at most
// kFilterCombinationsMax of them: `$or` is multiplied out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/document.h"
#include "hub/base/result.h"
#include "topics/pattern.h"

namespace topics {

// [aws] marks a limit of SNS.
inline constexpr std::size_t kFilterKeysMax = 5;              // Keys at the top of a policy [aws].
inline constexpr std::size_t kFilterCombinationsMax = 150;    // [aws]
inline constexpr std::size_t kFilterBytesMax = 256 * 1024;    // As compact JSON [aws].
inline constexpr std::size_t kFilterWildcardPointsMax = 100;  // [aws]
inline constexpr std::size_t kAlternativeConditionsMax = 31;  // Only `$or` can come near it.

// What a policy looks at.
enum class FilterScope : std::uint8_t { kMessageAttributes, kMessageBody };

// "MessageAttributes" or "MessageBody".
std::string_view NameOf(FilterScope scope);

[[nodiscard]] hub::Result<FilterScope> ParseFilterScope(std::string_view name);

// One key with its list: satisfied when any pattern is, by any value that the message has there.
struct Condition {
  std::string field;  // The attribute's name, or the path in the body joined with dots.
  std::vector<Pattern> patterns;
  std::string json;  // The list as compact JSON: with equal lists, conditions on the same field are equal.

  // Whether it can be satisfied by a message that has no such field.
  bool AcceptsAbsence() const;
  bool IsBroad() const;
};

// Satisfied when all its conditions are. Alternatives share the conditions that stand outside their `$or`.
using Alternative = std::vector<std::shared_ptr<const Condition>>;

// Parsed, checked, and immutable; copies are cheap and share it.
class FilterPolicy {
 public:
  FilterScope scope() const { return scope_; }

  // `{}`: every message is wanted.
  bool IsEmpty() const { return alternatives_->size() == 1 && alternatives_->front().empty(); }

  const std::vector<Alternative>& alternatives() const { return *alternatives_; }

  // The policy as compact JSON; parsing it gives the same policy again.
  const std::string& Json() const { return *json_; }

 private:
  friend hub::Result<FilterPolicy> ParseFilterPolicy(const hub::Node& policy, FilterScope scope,
                                                     std::string_view source);

  FilterPolicy(FilterScope scope, std::vector<Alternative> alternatives, std::string json)
      : scope_(scope),
        alternatives_(std::make_shared<const std::vector<Alternative>>(std::move(alternatives))),
        json_(std::make_shared<const std::string>(std::move(json))) {}

  FilterScope scope_;
  std::shared_ptr<const std::vector<Alternative>> alternatives_;
  std::shared_ptr<const std::string> json_;
};

// Fails with kFilterPolicyInvalid and the words that SNS uses after "FilterPolicy: "; with kInvalidArgument where the
// policy is for the other scope. `source` is the text that `policy` was read from, if a refusal is to say as SNS does
// where in it the mistake is.
[[nodiscard]] hub::Result<FilterPolicy> ParseFilterPolicy(const hub::Node& policy, FilterScope scope,
                                                          std::string_view source = {});

}  // namespace topics
