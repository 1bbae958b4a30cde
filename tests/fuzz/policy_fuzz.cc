// Arbitrary access policies against arbitrary requests: nothing may crash, what parses has no mistakes, and the indexed
// decision is the one that the statements give one by one.
//
// Input: the policy, a zero byte, then what the caller brings along: the name of the resource and the values of
// condition keys. Without a zero byte the policy is all of that itself.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "hub/base/arn.h"
#include "hub/base/assert.h"
#include "hub/base/json.h"
#include "hub/policy/policies.h"
#include "hub/policy/quota.h"
#include "hub/policy/remedy.h"

namespace {

using hub::policy::Context;
using hub::policy::Match;
using hub::policy::Policies;
using hub::policy::Policy;
using hub::policy::Principal;
using hub::policy::Request;
using hub::policy::Role;

constexpr std::string_view kAccount = "111111111111";

void CheckDecision(const std::shared_ptr<const Policy>& policy, const Request& request) {
  Policies policies;
  if (policy->role() == Role::kResource) {
    policies.SetResource(request.resource, {policy});
  } else {
    policies.SetIdentity(request.principal.arn, {policy});
  }
  const auto decision = policies.Decide(request);
  HUB_ASSERT(!decision.Explain(request).empty());
  bool allowed = false;
  bool denied = false;
  bool ignored = false;
  for (const auto& statement : policy->statements()) {
    const Match match = statement.Covers(request, ignored);
    const bool is_deny = statement.effect == hub::policy::Effect::kDeny;
    denied |= is_deny && match != Match::kNo;
    allowed |= !is_deny && match == Match::kDirect;
  }
  HUB_ASSERT(decision.allowed == (allowed && !denied));
  HUB_ASSERT((decision.reason == hub::policy::Reason::kExplicitDeny) == denied);
  const auto remedy = hub::policy::RemedyFor(policies, request);
  HUB_ASSERT(remedy.advice.empty() == decision.allowed);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t zero = input.find('\0');
  const std::string_view brought = zero == std::string_view::npos ? input : input.substr(zero + 1);
  const auto document = hub::ParseJson(input.substr(0, zero), "");
  if (!document) return 0;

  Context context;
  for (const char* key : {"aws:SourceArn", "aws:SourceIp", "a:b", "hub:Size", "aws:SecureTransport"}) {
    context.Set(key, brought);
  }
  context.SetTime(hub::InstantOf(1'770'000'000'000'000));
  const Principal user{.kind = Principal::Kind::kUser,
                       .account = std::string(kAccount),
                       .arn = hub::UserArn(kAccount, "checkout"),
                       .service = "",
                       .name = "checkout"};
  const std::string resource = "arn:aws:sqs:us-east-1:111111111111:" + std::string(brought.substr(0, 80));
  for (const Role role : {Role::kIdentity, Role::kResource}) {
    const auto policy = hub::policy::ParsePolicy(*document, role, "fuzz");
    HUB_ASSERT(policy.has_value() == hub::policy::CheckPolicy(*document, role).empty());
    if (!policy) continue;
    static_cast<void>(hub::policy::CheckQuota(*document, hub::Kind::kQueue, resource).has_value());
    static_cast<void>(hub::policy::CheckQuota(*document, hub::Kind::kTopic, resource).has_value());
    for (const char* action : {"sqs:SendMessage", "sns:Publish"}) {
      CheckDecision(*policy, {user, action, resource, kAccount, context});
    }
  }
  return 0;
}
