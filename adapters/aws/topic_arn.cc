#include "adapters/aws/topic_arn.h"

#include <algorithm>

#include "hub/base/arn.h"
#include "hub/base/names.h"

namespace adapters::aws {
namespace {

// An ARN of SNS in the caller's region, or why `parameter` is none.
Result<hub::Arn> ReadArn(const Call& call, std::string_view parameter) {
  const std::string name(parameter);
  const std::string_view text = call.input().Text(parameter);
  if (!call.input().Find(parameter)) return InvalidParameter(name + " Reason: no value for required parameter");
  const auto parts = 1 + std::count(text.begin(), text.end(), ':');
  if (parts < 6) {
    return InvalidParameter(name + " Reason: An ARN must have at least 6 elements, not " + std::to_string(parts));
  }
  auto arn = hub::ParseArn(text);
  if (!arn || arn->service != "sns" || (arn->region != call.region && !call.by_link) || arn->resource.empty()) {
    return InvalidParameter(name);
  }
  return std::move(*arn);
}

}  // namespace

std::string TopicArn(const Call& call, std::string_view name) {
  std::string arn = "arn:aws:sns:";
  return arn.append(call.region).append(":").append(call.account).append(":").append(name);
}

Result<std::string> TopicArnIn(const Call& call, std::string_view parameter) {
  const auto arn = ReadArn(call, parameter);
  if (!arn) return tl::unexpected(arn.error());
  if (!hub::IsResourceName(hub::Kind::kTopic, arn->resource) || !hub::IsAccountId(arn->account)) {
    return InvalidParameter(parameter);
  }
  return std::string(call.input().Text(parameter));
}

Result<std::string> SubscriptionArnIn(const Call& call) {
  const auto arn = ReadArn(call, "SubscriptionArn");
  if (!arn) return tl::unexpected(arn.error());
  if (arn->resource.find(':') == std::string::npos) {
    return InvalidParameter("SubscriptionId");
  }
  return std::string(call.input().Text("SubscriptionArn"));
}

}  // namespace adapters::aws
