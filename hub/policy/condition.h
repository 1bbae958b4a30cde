// One condition of a statement: an operator, a key and the values that it is compared with.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "hub/base/result.h"
#include "hub/base/time.h"
#include "hub/policy/ip.h"
#include "hub/policy/key.h"
#include "hub/policy/operator.h"
#include "hub/policy/pattern.h"
#include "hub/policy/request.h"

namespace hub::policy {

// An ARN with wildcards. It is compared part by part, split at its first five colons, so that no value with colons of
// its own can pose as another part.
class ArnPattern {
 public:
  // A whole value that is "*" or one variable stands for any ARN or for exactly that one.
  [[nodiscard]] static Result<ArnPattern> Parse(std::string_view text, bool variables);

  bool Matches(std::string_view arn, const Request& request) const;
  bool TellsTime() const;

 private:
  std::vector<Pattern> parts_;  // Six, or one for the whole.
};

class Condition {
 public:
  Condition(Operator op, Key key) : op_(op), key_(std::move(key)) {}

  // Fails with kInvalidArgument when the text is not a value for this operator. `variables`: whether ${...} are
  // variables in this document; they stand only in strings and ARNs.
  [[nodiscard]] Result<void> AddValue(std::string_view text, bool variables);

  bool Holds(const Request& request) const;

  const Key& key() const { return key_; }

  // Whether time alone may change what Holds answers.
  bool TellsTime() const;

 private:
  using Value = std::variant<Pattern, ArnPattern, double, Instant, bool, std::string, IpNetwork>;

  bool HoldsFor(std::string_view value, const Request& request) const;
  bool MatchesAny(std::string_view value, const Request& request) const;

  Operator op_;
  Key key_;
  std::vector<Value> values_;  // All of the alternative that `op_` compares with.
};

}  // namespace hub::policy
