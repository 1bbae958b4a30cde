// One question: may this principal do this to that?
#pragma once

#include <string_view>

#include "hub/policy/context.h"
#include "hub/policy/key.h"
#include "hub/policy/principal.h"

namespace hub::policy {

struct Request {
  const Principal& principal;
  std::string_view action;            // "sqs:SendMessage"; batches ask for the singular action.
  std::string_view resource;          // Its ARN.
  std::string_view resource_account;  // Whose it is: twelve digits.
  const Context& context;
};

// What a condition key holds for this request.
Values ValuesOf(const Request& request, const Key& key);

// Whether the caller belongs to the account that owns the resource.
inline bool IsSameAccount(const Request& request) {
  return !request.principal.account.empty() && request.principal.account == request.resource_account;
}

}  // namespace hub::policy
