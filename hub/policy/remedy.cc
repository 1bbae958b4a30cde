#include "hub/policy/remedy.h"

#include <utility>

namespace hub::policy {
namespace {

Node Entry(std::string_view key, Node value) {
  return Node::Map({Member{.key = std::string(key), .key_place = {}, .value = std::move(value)}});
}

void Append(Node& map, std::string_view key, Node value) {
  map.members.push_back(Member{.key = std::string(key), .key_place = {}, .value = std::move(value)});
}

Node IdentityStatement(const Request& request) {
  Node statement = Entry("Effect", Node::String("Allow"));
  Append(statement, "Action", Node::String(request.action));
  Append(statement, "Resource", Node::String(request.resource));
  return statement;
}

Node PrincipalNode(const Principal& principal) {
  switch (principal.kind) {
    case Principal::Kind::kAnonymous: return Node::String("*");
    case Principal::Kind::kService: return Entry("Service", Node::String(principal.service));
    case Principal::Kind::kUser:
    case Principal::Kind::kAccountRoot: break;
  }
  return Entry("AWS", Node::String(principal.arn));
}

// A service is admitted only on behalf of whom it acts for, lest it be talked into acting for anybody.
Node ResourceStatement(const Request& request) {
  Node statement = Entry("Effect", Node::String("Allow"));
  Append(statement, "Principal", PrincipalNode(request.principal));
  Append(statement, "Action", Node::String(request.action));
  Append(statement, "Resource", Node::String(request.resource));
  if (request.principal.kind != Principal::Kind::kService) return statement;
  if (const Values source = request.context.Find("aws:SourceArn"); source.size() == 1) {
    Append(statement, "Condition", Entry("ArnEquals", Entry("aws:SourceArn", Node::String(source[0]))));
  } else if (const Values account = request.context.Find("aws:SourceAccount"); account.size() == 1) {
    Append(statement, "Condition", Entry("StringEquals", Entry("aws:SourceAccount", Node::String(account[0]))));
  }
  return statement;
}

std::string Advice(const Remedy& remedy, const Request& request) {
  const std::string to_resource = "to the policy of " + std::string(request.resource);
  const std::string to_identity = "to a policy of " + request.principal.arn;
  if (remedy.resource_statement && remedy.identity_statement) {
    return "Add one statement " + to_resource + ": " + ToJson(*remedy.resource_statement) + ", and one " + to_identity +
           ": " + ToJson(*remedy.identity_statement);
  }
  if (remedy.resource_statement) return "Add a statement " + to_resource + ": " + ToJson(*remedy.resource_statement);
  return "Add a statement " + to_identity + ": " + ToJson(*remedy.identity_statement);
}

}  // namespace

Remedy RemedyFor(const Policies& policies, const Request& request) {
  const Decision decision = policies.Decide(request);
  const bool across = !request.principal.account.empty() && !IsSameAccount(request);
  Remedy remedy;
  switch (decision.reason) {
    case Reason::kAllowedByResource:
    case Reason::kAllowedByIdentity:
    case Reason::kAllowedByBoth:
    case Reason::kAllowedToRoot:
    case Reason::kAllowedToAnyone: return remedy;
    case Reason::kExplicitDeny:
      remedy.advice = "Change or remove " + decision.statement->ToString() + ": no other statement outweighs a Deny.";
      return remedy;
    case Reason::kOwnAccountOnly:
      remedy.advice = "Call it as a principal of account " + std::string(request.resource_account) +
                      ": no policy can allow it to others.";
      return remedy;
    case Reason::kNoAllow:
      if (request.principal.account.empty() || across) remedy.resource_statement = ResourceStatement(request);
      if (!request.principal.account.empty()) remedy.identity_statement = IdentityStatement(request);
      break;
    case Reason::kNoIdentityAllow: remedy.identity_statement = IdentityStatement(request); break;
    case Reason::kNoResourceAllow: remedy.resource_statement = ResourceStatement(request); break;
  }
  remedy.advice = Advice(remedy, request);
  return remedy;
}

}  // namespace hub::policy
