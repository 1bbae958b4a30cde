#include "hub/policy/decision.h"

#include <algorithm>

namespace hub::policy {
namespace {

constexpr std::size_t kLabelsMax = 3;

std::string NameOf(const Principal& principal) {
  switch (principal.kind) {
    case Principal::Kind::kAnonymous: return "anonymous";
    case Principal::Kind::kService: return principal.service;
    case Principal::Kind::kUser:
    case Principal::Kind::kAccountRoot: break;
  }
  return principal.arn;
}

// "the policy of queue billing", "the policies of A and B", ..."of A, B, C and 4 more"
std::string PoliciesOf(const PolicyList& policies) {
  std::vector<std::string> labels;
  for (const auto& policy : policies) {
    if (std::find(labels.begin(), labels.end(), policy->label()) == labels.end()) labels.push_back(policy->label());
  }
  if (labels.size() == 1) return "the policy of " + labels[0];
  const std::size_t more = labels.size() > kLabelsMax ? labels.size() - kLabelsMax : 0;
  labels.resize(labels.size() - more);
  if (more > 0) labels.push_back(std::to_string(more) + " more");
  std::string text = "the policies of ";
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (i > 0) text += i + 1 == labels.size() ? " and " : ", ";
    text += labels[i];
  }
  return text;
}

std::string NoResourceStatement(const PolicyList* policies) {
  if (policies == nullptr) return "the resource has no policy";
  return "no statement of " + PoliciesOf(*policies) + " allows it";
}

std::string NoIdentityStatement(const PolicyList* policies) {
  if (policies == nullptr) return "the caller has no policy of its own";
  return "no statement of " + PoliciesOf(*policies) + " allows it";
}

std::string WhyNot(const Decision& decision, const Request& request) {
  if (request.principal.account.empty()) return NoResourceStatement(decision.resource_policies);
  std::string neither =
      NoResourceStatement(decision.resource_policies) + ", and " + NoIdentityStatement(decision.identity_policies);
  if (IsSameAccount(request)) return neither;
  return "it belongs to account " + std::string(request.resource_account) +
         ", so that both sides must allow it: " + neither;
}

std::string Why(const Decision& decision, const Request& request) {
  const std::string statement = decision.statement != nullptr ? decision.statement->ToString() : "";
  switch (decision.reason) {
    case Reason::kAllowedByResource:
    case Reason::kAllowedByIdentity: return "allowed by " + statement;
    case Reason::kAllowedByBoth:
      return "allowed by " + statement + " and by " + decision.identity_statement->ToString();
    case Reason::kAllowedToRoot: return "the root user of an account may do everything in it";
    case Reason::kAllowedToAnyone: return "whoever is known may ask who they are";
    case Reason::kExplicitDeny: return "it is denied by " + statement;
    case Reason::kNoAllow: return WhyNot(decision, request);
    case Reason::kNoIdentityAllow:
      return statement + " leaves it to account " + request.principal.account + ", and " +
             NoIdentityStatement(decision.identity_policies);
    case Reason::kNoResourceAllow:
      return "it belongs to account " + std::string(request.resource_account) + ", and " +
             NoResourceStatement(decision.resource_policies);
    case Reason::kOwnAccountOnly:
      return "it belongs to account " + std::string(request.resource_account) +
             ", and this action works only within one's own account, whatever a policy says";
  }
  return "";
}

}  // namespace

std::string_view NameOf(Reason reason) {
  switch (reason) {
    case Reason::kAllowedByResource: return "AllowedByResource";
    case Reason::kAllowedByIdentity: return "AllowedByIdentity";
    case Reason::kAllowedByBoth: return "AllowedByBoth";
    case Reason::kAllowedToRoot: return "AllowedToRoot";
    case Reason::kAllowedToAnyone: return "AllowedToAnyone";
    case Reason::kExplicitDeny: return "ExplicitDeny";
    case Reason::kNoAllow: return "NoAllow";
    case Reason::kNoIdentityAllow: return "NoIdentityAllow";
    case Reason::kNoResourceAllow: return "NoResourceAllow";
    case Reason::kOwnAccountOnly: return "OwnAccountOnly";
  }
  return "Unknown";
}

std::string Decision::Explain(const Request& request) const {
  if (allowed) {
    std::string text = NameOf(request.principal) + " may ";
    text.append(request.action).append(" on ").append(request.resource).append(": ");
    return text.append(Why(*this, request)).append(".");
  }
  // [aws 101] In the words that clients look for.
  std::string text = "User: " + NameOf(request.principal) + " is not authorized to perform: ";
  text.append(request.action).append(" on resource: ").append(request.resource).append(" because ");
  return text.append(Why(*this, request)).append(".");
}

}  // namespace hub::policy
