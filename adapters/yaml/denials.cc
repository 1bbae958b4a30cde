// What a consistent configuration still would not do, though its author surely meant it to.
#include <map>
#include <string>
#include <vector>

#include "adapters/yaml/draft.h"
#include "adapters/yaml/references.h"
#include "hub/base/arn.h"
#include "hub/policy/policies.h"

namespace adapters::yaml {
namespace {

using hub::policy::Policies;
using hub::policy::PolicyList;

// Every policy of the file, as the hub will have them in force.
Policies PoliciesInForce(const hub::core::Config& config) {
  std::map<std::string, PolicyList> by_resource;
  const auto add = [&](const hub::ResourceName& resource, const std::optional<hub::Node>& document) {
    if (!document) return;
    if (auto policy = ParsePolicy(*document, hub::policy::Role::kResource, "")) {
      by_resource[ArnOf(resource)].push_back(std::move(*policy));
    }
  };
  for (const auto& queue : config.queues) add(queue.name, queue.policy);
  for (const auto& topic : config.topics) add(topic.name, topic.policy);
  for (const auto& grant : config.grants) by_resource[ArnOf(grant.resource)].push_back(grant.policy);

  Policies policies;
  for (auto& [arn, list] : by_resource) policies.SetResource(arn, std::move(list));
  for (const auto& user : config.users) {
    policies.SetIdentity(hub::UserArn(user.credential.account, user.credential.user), user.policies);
  }
  return policies;
}

// `from` is a topic of the subscription; `name` is its queue, or the one for what that does not get, and `what` says
// so. Whether there was nothing to warn of.
bool CheckDelivery(const Policies& policies, const hub::core::DeclaredSubscription& subscription,
                   const hub::ResourceName& from, const hub::ResourceName& name, const std::string& what,
                   Draft& draft) {
  const std::string topic_arn = ArnOf(from);
  const std::string queue_arn = ArnOf(name);
  const hub::policy::Principal sns{.kind = hub::policy::Principal::Kind::kService,
                                   .account = "",
                                   .arn = "",
                                   .service = "sns.amazonaws.com",
                                   .name = ""};
  hub::policy::Context context;
  context.Set("aws:SourceArn", topic_arn);
  context.Set("aws:SourceAccount", from.account);
  const auto decision = policies.Decide({.principal = sns,
                                         .action = "sqs:SendMessage",
                                         .resource = queue_arn,
                                         .resource_account = name.account,
                                         .context = context});
  if (decision.allowed || decision.depends_on_time) return true;
  const std::string topic = ReferenceTo(from, draft);
  const std::string queue = ReferenceTo(name, draft);
  std::string text = what + " nothing: " + queue + " admits no message from " + topic + ". ";
  if (decision.reason == hub::policy::Reason::kExplicitDeny) {
    text += "Its policy denies them; take that statement away.";
  } else {
    text += "Add to grants: {from: " + topic + ", to: " + queue + "}.";
  }
  draft.report.Warning(subscription.place, std::move(text));
  return false;
}

// Of the topics that a pattern matches, the first that is not admitted is enough to be told of.
void CheckDeliveries(const Policies& policies, const hub::core::DeclaredSubscription& subscription,
                     const hub::ResourceName& name, const std::string& what, Draft& draft) {
  if (subscription.topic.kind == hub::Kind::kTopic) {
    CheckDelivery(policies, subscription, subscription.topic, name, what, draft);
    return;
  }
  for (const hub::core::DeclaredTopic& topic : draft.config->topics) {
    if (!Matches(subscription.topic, topic.name)) continue;
    if (!CheckDelivery(policies, subscription, topic.name, name, what, draft)) return;
  }
}

// A resource may admit a user of another account, but the user's own account has to agree.
void CheckUserGrant(const Policies& policies, const UserGrant& user_grant, Draft& draft) {
  const hub::core::CompiledGrant& grant = draft.config->grants[user_grant.grant];
  const std::size_t slash = user_grant.login.find('/');
  const std::string account = draft.config->accounts[draft.accounts.at(user_grant.login.substr(0, slash))].id;
  const std::string user = user_grant.login.substr(slash + 1);
  const hub::policy::Principal principal{.kind = hub::policy::Principal::Kind::kUser,
                                         .account = account,
                                         .arn = hub::UserArn(account, user),
                                         .service = "",
                                         .name = user};
  const hub::policy::Context context;
  const std::string arn = ArnOf(grant.resource);
  const hub::Node& action = *grant.document.Find("Statement")->items[0].Find("Action");
  std::vector<hub::Node> actions = action.IsList() ? action.items : std::vector<hub::Node>{action};
  for (const hub::Node& one : actions) {
    const auto decision = policies.Decide({.principal = principal,
                                           .action = one.text,
                                           .resource = arn,
                                           .resource_account = grant.resource.account,
                                           .context = context});
    if (decision.reason != hub::policy::Reason::kNoIdentityAllow) continue;
    draft.report.Warning(grant.place, user_grant.path + " is not enough for " + user_grant.login +
                                          " of another account: " + "its own policies do not allow " + one.text +
                                          ". Add to accounts." + user_grant.login.substr(0, slash) + ".users." + user +
                                          ".may: {do: " + one.text + ", on: " + ReferenceTo(grant.resource, draft) +
                                          "}.");
    return;
  }
}

}  // namespace

void WarnOfDenials(Draft& draft) {
  const Policies policies = PoliciesInForce(*draft.config);
  for (std::size_t i = 0; i < draft.config->subscriptions.size(); ++i) {
    const hub::core::DeclaredSubscription& subscription = draft.config->subscriptions[i];
    const std::string path = "subscriptions[" + std::to_string(i) + "]";
    CheckDeliveries(policies, subscription, subscription.queue, path + " delivers", draft);
    if (subscription.dead_letters) {
      CheckDeliveries(policies, subscription, *subscription.dead_letters, path + ".dead_letter gets", draft);
    }
  }
  for (const UserGrant& grant : draft.user_grants) CheckUserGrant(policies, grant, draft);
}

}  // namespace adapters::yaml
