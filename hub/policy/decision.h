// The answer to a request: whether, why, and by which statement.
//
// Points into the Policies that decided: use it before they change. What Explain says names statements of policies,
// also of those that the caller may not read: show it to operators, and to callers only as the hub's owner chooses.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "hub/policy/policy.h"
#include "hub/policy/request.h"

namespace hub::policy {

using PolicyList = std::vector<std::shared_ptr<const Policy>>;

enum class Reason : std::uint8_t {
  // Allowed.
  kAllowedByResource,
  kAllowedByIdentity,
  kAllowedByBoth,
  kAllowedToRoot,    // The root user of the account that owns the resource.
  kAllowedToAnyone,  // sts:GetCallerIdentity.
  // Denied.
  kExplicitDeny,
  kNoAllow,          // Nothing on either side, or on the only side that counts for this kind of principal.
  kNoIdentityAllow,  // The resource's policy admits the caller's account; the caller's own policies do not.
  kNoResourceAllow,  // The caller's policies allow it, but the resource belongs to another account.
  kOwnAccountOnly,   // The action never works across accounts.
};

// "ExplicitDeny": for logs and metrics.
std::string_view NameOf(Reason reason);

struct Decision {
  bool allowed = false;
  Reason reason = Reason::kNoAllow;
  const Statement* statement = nullptr;           // The one that decided; with kAllowedByBoth, the resource's.
  const Statement* identity_statement = nullptr;  // With kAllowedByBoth, the identity's.
  bool depends_on_time = false;                   // Ask again next time: a date or a clock was looked at.
  const PolicyList* resource_policies = nullptr;  // Null: none in force.
  const PolicyList* identity_policies = nullptr;

  // One sentence, such as: User: arn:aws:iam::1...:user/x is not authorized to perform: sqs:SendMessage on resource:
  // arn:... because it is denied by statement "NoBilling" of queue billing (config/hub.yaml:41).
  std::string Explain(const Request& request) const;
};

}  // namespace hub::policy
