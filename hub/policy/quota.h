// How large a policy that a client writes may be, as SQS and SNS have it.
#pragma once

#include <string_view>

#include "hub/base/document.h"
#include "hub/base/names.h"
#include "hub/base/result.h"

namespace hub::policy {

// `document` must parse as the policy of the resource `arn` (policy.h). Sizes count its compact JSON. A topic's policy
// must also name that topic alone as resource, and each Sid once. Fails with kInvalidArgument.
[[nodiscard]] Result<void> CheckQuota(const Node& document, Kind kind, std::string_view arn);

}  // namespace hub::policy
