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

constexpr Action kActions[] = {
    {"GetCallerIdentity", Service::kSts, {}, true, false, PlanGetCallerIdentity},
};

}  // namespace

std::span<const Action> OtherActions() { return kActions; }

}  // namespace adapters::aws
