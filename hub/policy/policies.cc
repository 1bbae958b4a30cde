#include "hub/policy/policies.h"

#include <algorithm>
#include <utility>

#include "hub/base/assert.h"
#include "hub/policy/action.h"

namespace hub::policy {
namespace {

constexpr std::string_view kAllowedToAnyone = "sts:GetCallerIdentity";

void Conclude(Decision& decision, Reason reason, const Statement* statement) {
  decision.reason = reason;
  decision.statement = statement;
  switch (reason) {
    case Reason::kAllowedByResource:
    case Reason::kAllowedByIdentity:
    case Reason::kAllowedByBoth:
    case Reason::kAllowedToRoot:
    case Reason::kAllowedToAnyone: decision.allowed = true; return;
    case Reason::kExplicitDeny:
    case Reason::kNoAllow:
    case Reason::kNoIdentityAllow:
    case Reason::kNoResourceAllow:
    case Reason::kOwnAccountOnly: decision.allowed = false; return;
  }
}

}  // namespace

void Policies::SetIdentity(std::string_view principal_arn, PolicyList policies) {
  Set(identities_, principal_arn, std::move(policies), Role::kIdentity);
  ++generation_;
}

void Policies::SetResource(std::string_view resource_arn, PolicyList policies) {
  Set(resources_, resource_arn, std::move(policies), Role::kResource);
  ++generation_;
}

void Policies::Replace(Policies next) {
  next.generation_ = std::max(generation_, next.generation_) + 1;
  *this = std::move(next);
}

void Policies::Set(Map& map, std::string_view arn, PolicyList policies, Role role) {
  for (const auto& policy : policies) HUB_ASSERT(policy != nullptr && policy->role() == role);
  const std::uint64_t hash = std::hash<std::string_view>()(arn);
  const auto [begin, end] = map.equal_range(hash);
  const auto old = std::find_if(begin, end, [&](const auto& entry) { return entry.second->arn == arn; });
  if (old != end) map.erase(old);
  if (policies.empty()) return;
  StatementIndex index(policies, role);
  map.emplace(hash, std::make_shared<const Attached>(
                        Attached{.arn = std::string(arn), .index = std::move(index), .policies = std::move(policies)}));
}

const Policies::Attached* Policies::Find(const Map& map, std::string_view arn) {
  const auto [begin, end] = map.equal_range(std::hash<std::string_view>()(arn));
  for (auto entry = begin; entry != end; ++entry) {
    if (entry->second->arn == arn) return entry->second.get();
  }
  return nullptr;
}

Policies::Side Policies::Examine(const Attached* attached, const Request& request, bool& looked_at_time) {
  Side side;
  if (attached == nullptr) return side;
  attached->index.Visit(request, [&](const Statement& statement) {
    if (statement.effect == Effect::kAllow && side.match == Match::kDirect) return true;
    const Match match = statement.Covers(request, looked_at_time);
    if (match == Match::kNo) return true;
    if (statement.effect == Effect::kDeny) {
      side.deny = &statement;
      return false;
    }
    if (match > side.match) side.match = match, side.allow = &statement;
    return true;
  });
  return side;
}

Decision Policies::Decide(const Request& request) const {
  Decision decision;
  const bool is_known = request.principal.kind != Principal::Kind::kAnonymous;
  if (is_known && request.action == kAllowedToAnyone) {
    Conclude(decision, Reason::kAllowedToAnyone, nullptr);
    return decision;
  }
  const Attached* resource = Find(resources_, request.resource);
  const Attached* identity = request.principal.arn.empty() ? nullptr : Find(identities_, request.principal.arn);
  if (resource != nullptr) decision.resource_policies = &resource->policies;
  if (identity != nullptr) decision.identity_policies = &identity->policies;
  const Side resource_side = Examine(resource, request, decision.depends_on_time);
  if (resource_side.deny != nullptr) {
    Conclude(decision, Reason::kExplicitDeny, resource_side.deny);
    return decision;
  }
  const Side identity_side = Examine(identity, request, decision.depends_on_time);
  if (identity_side.deny != nullptr) {
    Conclude(decision, Reason::kExplicitDeny, identity_side.deny);
    return decision;
  }
  Weigh(request, resource_side, identity_side, decision);
  return decision;
}

void Policies::Weigh(const Request& request, const Side& resource, const Side& identity, Decision& decision) {
  const bool same_account = IsSameAccount(request);
  if (!same_account && WorksOnlyInOwnAccount(request.action)) {
    return Conclude(decision, Reason::kOwnAccountOnly, nullptr);
  }
  const bool direct = resource.match == Match::kDirect;
  switch (request.principal.kind) {
    case Principal::Kind::kAnonymous:
    case Principal::Kind::kService:
      return Conclude(decision, direct ? Reason::kAllowedByResource : Reason::kNoAllow, resource.allow);
    case Principal::Kind::kAccountRoot:
      if (same_account) return Conclude(decision, Reason::kAllowedToRoot, nullptr);
      // What an account is left to decide, its root user may do.
      return Conclude(decision, resource.allow != nullptr ? Reason::kAllowedByResource : Reason::kNoResourceAllow,
                      resource.allow);
    case Principal::Kind::kUser: break;
  }
  const bool by_resource = same_account ? direct : resource.allow != nullptr;
  if (by_resource && identity.allow != nullptr) {
    decision.identity_statement = identity.allow;
    return Conclude(decision, Reason::kAllowedByBoth, resource.allow);
  }
  if (same_account && by_resource) return Conclude(decision, Reason::kAllowedByResource, resource.allow);
  if (same_account && identity.allow != nullptr) {
    return Conclude(decision, Reason::kAllowedByIdentity, identity.allow);
  }
  if (resource.allow != nullptr) return Conclude(decision, Reason::kNoIdentityAllow, resource.allow);
  if (identity.allow != nullptr) return Conclude(decision, Reason::kNoResourceAllow, identity.allow);
  Conclude(decision, Reason::kNoAllow, nullptr);
}

}  // namespace hub::policy
