// What would have to be written so that a refused request is allowed.
#pragma once

#include <optional>
#include <string>

#include "hub/base/document.h"
#include "hub/policy/policies.h"

namespace hub::policy {

// The smallest statements that are missing, and on which side. Both are empty when the request is allowed already, or
// when no statement can help: an explicit deny must go, and some actions never work across accounts.
struct Remedy {
  std::optional<Node> resource_statement;  // For the policy of the resource.
  std::optional<Node> identity_statement;  // For a policy of the caller.
  std::string advice;                      // One or two sentences for an operator; "" when allowed already.
};

Remedy RemedyFor(const Policies& policies, const Request& request);

}  // namespace hub::policy
