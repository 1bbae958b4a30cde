// STS, and what SNS has that this endpoint does not do.
#include "adapters/aws/actions.h"

namespace adapters::aws {
namespace {

Result<Plan> PlanGetCallerIdentity(Call&) {
  return Plan{.operation = std::nullopt,
              .finish = [](const Call& call, hub::core::Reply&, Writer& out) -> Result<void> {
                const hub::policy::Principal& caller = call.caller->identity->principal();
                const bool is_root = caller.arn.ends_with(":root");
                out.Text("Arn", caller.arn);
                out.Text("UserId", is_root ? caller.account : caller.name);
                out.Text("Account", caller.account);
                return {};
              }};
}

// SMS and mobile push. The error is one that all of these actions have in their models.
Result<Plan> PlanUndelivered(Call&) {
  return Fail(kAuthorizationError, "This hub sends no SMS and no mobile push notifications.");
}

constexpr Action kActions[] = {
    {"GetCallerIdentity", Service::kSts, {}, true, false, PlanGetCallerIdentity},
    {"CheckIfPhoneNumberIsOptedOut", Service::kSns, {}, false, false, PlanUndelivered},
    {"CreatePlatformApplication", Service::kSns, {}, false, false, PlanUndelivered},
    {"CreatePlatformEndpoint", Service::kSns, {}, false, false, PlanUndelivered},
    {"CreateSMSSandboxPhoneNumber", Service::kSns, {}, false, false, PlanUndelivered},
    {"DeleteEndpoint", Service::kSns, {}, false, false, PlanUndelivered},
    {"DeletePlatformApplication", Service::kSns, {}, false, false, PlanUndelivered},
    {"DeleteSMSSandboxPhoneNumber", Service::kSns, {}, false, false, PlanUndelivered},
    {"GetEndpointAttributes", Service::kSns, {}, false, false, PlanUndelivered},
    {"GetPlatformApplicationAttributes", Service::kSns, {}, false, false, PlanUndelivered},
    {"GetSMSAttributes", Service::kSns, {}, false, false, PlanUndelivered},
    {"GetSMSSandboxAccountStatus", Service::kSns, {}, false, false, PlanUndelivered},
    {"ListEndpointsByPlatformApplication", Service::kSns, {}, false, false, PlanUndelivered},
    {"ListOriginationNumbers", Service::kSns, {}, false, false, PlanUndelivered},
    {"ListPhoneNumbersOptedOut", Service::kSns, {}, false, false, PlanUndelivered},
    {"ListPlatformApplications", Service::kSns, {}, false, false, PlanUndelivered},
    {"ListSMSSandboxPhoneNumbers", Service::kSns, {}, false, false, PlanUndelivered},
    {"OptInPhoneNumber", Service::kSns, {}, false, false, PlanUndelivered},
    {"SetEndpointAttributes", Service::kSns, {}, false, false, PlanUndelivered},
    {"SetPlatformApplicationAttributes", Service::kSns, {}, false, false, PlanUndelivered},
    {"SetSMSAttributes", Service::kSns, {}, false, false, PlanUndelivered},
    {"VerifySMSSandboxPhoneNumber", Service::kSns, {}, false, false, PlanUndelivered},
};

}  // namespace

std::span<const Action> OtherActions() { return kActions; }

}  // namespace adapters::aws
