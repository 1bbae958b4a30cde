// ARNs in the parameters of SNS [aws 110].
#pragma once

#include <string>
#include <string_view>

#include "adapters/aws/call.h"
#include "adapters/aws/error.h"

namespace adapters::aws {

// The topic that `parameter` names. Fails with SNS's own words when it is no ARN, or not of the caller's region.
[[nodiscard]] Result<std::string> TopicArnIn(const Call& call, std::string_view parameter);

// The subscription that SubscriptionArn names, checked as far as its form goes.
[[nodiscard]] Result<std::string> SubscriptionArnIn(const Call& call);

std::string TopicArn(const Call& call, std::string_view name);

}  // namespace adapters::aws
