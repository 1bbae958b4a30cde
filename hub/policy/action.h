// The actions that a statement names: "sqs:SendMessage", "sns:*", "*".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "hub/policy/pattern.h"

namespace hub::policy {

class ActionPattern {
 public:
  // Any text compiles; what is not an action simply matches none. A document that holds such text is refused, though:
  // in NotAction, what matches nothing would admit everything.
  explicit ActionPattern(std::string_view text);

  // Service and name are compared without regard to case. Wildcards count in the name only, but "*" alone is all.
  bool Matches(const Request& request) const;

  // The hash of the one action that this is, or nothing when it has wildcards.
  std::optional<std::uint64_t> ExactHash() const;

 private:
  bool all_ = false;
  std::string service_;
  Pattern name_;
};

// What is wrong with this text as an action and what to write instead, or "" when nothing is.
std::string MistakeInAction(std::string_view text);

// Batches ask for the singular action, so only these refuse callers from other accounts whatever a policy says.
bool WorksOnlyInOwnAccount(std::string_view action);

}  // namespace hub::policy
