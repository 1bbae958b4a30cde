// The top-level key `grants`: short forms that become statements of a resource's policy.
#include "adapters/yaml/actions.h"
#include "adapters/yaml/draft.h"
#include "adapters/yaml/policies.h"
#include "adapters/yaml/references.h"
#include "adapters/yaml/section.h"
#include "hub/base/arn.h"

namespace adapters::yaml {
namespace {

using hub::Kind;
using hub::Node;

constexpr std::string_view kForms =
    "Write {from: topic/NAME, to: queue/NAME}, {account: NAME, may: [...], on: queue/NAME}, {user: ACCOUNT/NAME, may: "
    "[...], on: queue/NAME} or {policy: {...}, on: queue/NAME}.";

void AddGrant(const hub::ResourceName& resource, Allowance allowance, const Section& section, Draft& draft) {
  allowance.resources = {ArnOf(resource)};
  Node document = DocumentOf({std::move(allowance)}, section.place());
  auto policy = CompilePolicy(document, hub::policy::Role::kResource, section.path(), section.path(), draft.report);
  if (!policy) return;
  draft.config->grants.push_back({resource, std::move(document), std::move(policy), section.place()});
}

// Topics may deliver to queues: each of these to each of those.
void ReadDelivery(Section& section, const Node& from, const Node& to, Draft& draft) {
  std::vector<hub::ResourceName> topics;
  for (const auto& [item, path] : ItemsOf(&from, section.PathOf("from"))) {
    if (auto topic = Resolve(*item, path, Kind::kTopic, draft)) topics.push_back(*std::move(topic));
  }
  for (const auto& [item, path] : ItemsOf(&to, section.PathOf("to"))) {
    const auto queue = Resolve(*item, path, Kind::kQueue, draft);
    if (!queue) continue;
    for (const hub::ResourceName& topic : topics) {
      AddGrant(*queue,
               {.principal = PrincipalNode("Service", "sns.amazonaws.com"),
                .actions = {"sqs:SendMessage"},
                .resources = {},
                .source_arn = ArnOf(topic)},
               section, draft);
    }
  }
}

// An account or a user may do things to resources.
void ReadAccess(Section& section, const std::string& principal_arn, const Node& may, const Node& on, Draft& draft) {
  for (const auto& [item, path] : ItemsOf(&on, section.PathOf("on"))) {
    const auto resource = Resolve(*item, path, std::nullopt, draft);
    if (!resource) continue;
    std::vector<std::string> actions = ReadActions(&may, section.PathOf("may"), resource->kind, draft.report);
    if (actions.empty() || principal_arn.empty()) continue;
    AddGrant(*resource,
             {.principal = PrincipalNode("AWS", principal_arn),
              .actions = std::move(actions),
              .resources = {},
              .source_arn = ""},
             section, draft);
  }
}

// A policy beside those of the resources themselves, verbatim.
void ReadVerbatim(Section& section, const Node& policy, const Node& on, Draft& draft) {
  auto compiled =
      CompilePolicy(policy, hub::policy::Role::kResource, section.PathOf("policy"), section.path(), draft.report);
  for (const auto& [item, path] : ItemsOf(&on, section.PathOf("on"))) {
    const auto resource = Resolve(*item, path, std::nullopt, draft);
    if (resource && compiled) draft.config->grants.push_back({*resource, policy, compiled, section.place()});
  }
}

void ReadGrant(const Node& node, const std::string& path, Draft& draft) {
  if (!node.IsMap()) {
    draft.report.Mistake(node.place, path + " is not a map: " + Describe(node) + ". " + std::string(kForms));
    return;
  }
  Section section(node, path, draft.report);
  const Node* from = section.Take("from");
  const Node* to = section.Take("to");
  const Node* account = section.Take("account");
  const Node* user = section.Take("user");
  const Node* may = section.Take("may");
  const Node* on = section.Take("on");
  const Node* policy = section.Take("policy");
  section.RefuseUnknownKeys();

  const bool is_delivery = from != nullptr && to != nullptr && !account && !user && !may && !on && !policy;
  const bool is_access =
      (account == nullptr) != (user == nullptr) && may != nullptr && on != nullptr && !from && !to && !policy;
  const bool is_verbatim = policy != nullptr && on != nullptr && !from && !to && !account && !user && !may;
  if (is_delivery) return ReadDelivery(section, *from, *to, draft);
  if (is_verbatim) return ReadVerbatim(section, *policy, *on, draft);
  if (!is_access) {
    draft.report.Mistake(node.place, path + " is not one of the four forms. " + std::string(kForms));
    return;
  }
  std::string principal_arn;
  if (account != nullptr) {
    const hub::core::DeclaredAccount* found = ResolveAccount(*account, section.PathOf("account"), draft);
    if (found != nullptr) principal_arn = hub::AccountArn(found->id);
  } else {
    principal_arn = ResolveUser(*user, section.PathOf("user"), draft).value_or("");
  }
  const std::size_t first = draft.config->grants.size();
  ReadAccess(section, principal_arn, *may, *on, draft);
  for (std::size_t i = first; user != nullptr && i < draft.config->grants.size(); ++i) {
    draft.user_grants.push_back({i, user->text, section.path()});
  }
}

}  // namespace

void ReadGrants(const Node* node, Draft& draft) {
  for (const auto& [item, path] : ItemsOf(node, "grants")) ReadGrant(*item, path, draft);
}

}  // namespace adapters::yaml
