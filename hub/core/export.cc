// What there is, as a configuration that declares it.

#include <algorithm>

#include "hub/base/arn.h"
#include "hub/base/json.h"
#include "hub/core/core.h"
#include "hub/core/topology.h"

namespace hub::core {
namespace {

// The account that a compiled grant lets in, or "".
std::string AccountIn(const CompiledGrant& grant) {
  const Node* statements = grant.document.Find("Statement");
  if (statements == nullptr || !statements->IsList() || statements->items.empty()) return "";
  const Node* principal = statements->items[0].Find("Principal");
  const Node* user = principal == nullptr ? nullptr : principal->Find("AWS");
  const auto arn = user == nullptr ? ParseArn("") : ParseArn(user->text);
  return arn ? arn->account : "";
}

// A record as a declaration. A policy that is no JSON cannot have been accepted.
template <typename Declared>
Declared DeclarationOf(const ResourceRecord& record) {
  Declared declared;
  declared.name = record.name;
  declared.attributes = record.attributes;
  declared.tags = record.tags;
  declared.attributes.erase(std::string(kDataProtectionPolicy));  // Not for all who may see the others.
  const auto policy = declared.attributes.find("Policy");
  if (policy == declared.attributes.end()) return declared;
  if (auto document = ParseJson(policy->second, "")) {
    declared.policy = *std::move(document);
    declared.attributes.erase(policy);
  }
  return declared;
}

}  // namespace

// A stranger gets the same answer for what is there and what is not: what may not be seen is left out.
Core::Outcome Core::Handle(Export& what, Command& command, Turn& turn) {
  const bool by_hub = !command.caller || !command.caller->identity;
  const std::string own = by_hub ? "" : command.caller->identity->principal().account;
  const bool all = what.all || by_hub;
  if (what.all) {
    if (auto may = AuthoriseForHub(command, turn); !may) return tl::unexpected(may.error());
  } else if (!by_hub) {
    for (const auto& [service, action] : {std::pair("sqs", "sqs:ListQueues"), std::pair("sns", "sns:ListTopics")}) {
      const std::string arn = std::string("arn:aws:") + service + ":" + config_->region + ":" + own + ":*";
      if (auto may = Authorise(*command.caller, action, arn, own, turn); !may) return tl::unexpected(may.error());
    }
  }

  Config config;
  config.region = config_->region;
  config.message_bytes_default = config_->message_bytes_default;
  std::set<ResourceName> exported;
  for (const auto& [name, id] : catalog_.names()) {
    if (!all && name.account != own && !MaySee(command, name, turn)) continue;
    exported.insert(name);
    if (name.kind == Kind::kQueue) {
      config.queues.push_back(DeclarationOf<DeclaredQueue>(catalog_.FindQueue(id)->record));
    } else {
      config.topics.push_back(DeclarationOf<DeclaredTopic>(catalog_.FindTopic(id)->record));
    }
  }
  ExportSubscriptions(exported, config);
  for (const CompiledGrant& grant : config_->grants) {
    if (exported.contains(grant.resource)) config.grants.push_back(grant);
  }
  for (CompiledGrant& grant : config.grants) grant.place = {};
  ExportAccounts(own, exported, all, config);
  TopologyReply reply{WriteTopology(config)};
  if (reply.document.size() <= kTopologyBytesMax) return Reply(std::move(reply));
  return Fail(Code::kInvalidArgument, "The topology has " + std::to_string(reply.document.size()) +
                                          " bytes as JSON; an answer holds " + std::to_string(kTopologyBytesMax) + ".");
}

// Also those of which only one end is exported: whoever writes the file says what it cannot hold. One that nobody has
// confirmed delivers nothing yet; a file would confirm it.
void Core::ExportSubscriptions(const std::set<ResourceName>& exported, Config& config) const {
  for (const auto& [id, topic] : catalog_.topics()) {
    const ResourceName& name = topic->record.name;
    for (const auto& subscription : topic->subscriptions) {
      if (!subscription || subscription->record.is_pending || subscription->record.pattern != 0) continue;
      const auto queue = ParseResourceName(Kind::kQueue, subscription->record.endpoint, "", "");
      if (!queue || (!exported.contains(name) && !exported.contains(*queue))) continue;
      DeclaredSubscription& declared = config.subscriptions.emplace_back();
      declared.topic = name;
      declared.queue = *queue;
      declared.attributes = subscription->record.attributes;
    }
  }
  ExportPatterns(exported, config);
  std::ranges::sort(config.subscriptions, {},
                    [](const DeclaredSubscription& s) { return std::pair(s.topic, s.queue); });
}

// Each once, in place of what it made. It belongs to the queue's account, whatever becomes of the topics.
void Core::ExportPatterns(const std::set<ResourceName>& exported, Config& config) const {
  for (const auto& [id, pattern] : catalog_.patterns()) {
    const auto queue = ParseResourceName(Kind::kQueue, pattern->record.endpoint, "", "");
    if (!queue || !exported.contains(*queue)) continue;
    DeclaredSubscription& declared = config.subscriptions.emplace_back();
    declared.topic = pattern->record.topics;
    declared.queue = *queue;
    declared.attributes = pattern->record.attributes;
  }
}

// Those that the exported things name, and the caller's own.
void Core::ExportAccounts(const std::string& own, const std::set<ResourceName>& exported, bool all,
                          Config& config) const {
  std::set<std::string, std::less<>> named{own};
  for (const ResourceName& name : exported) named.insert(name.account);
  for (const CompiledGrant& grant : config.grants) named.insert(AccountIn(grant));
  for (const DeclaredSubscription& subscription : config.subscriptions) {
    if (subscription.topic.kind == Kind::kTopicPattern) named.insert(subscription.topic.account);
  }
  for (const DeclaredAccount& account : config_->accounts) {
    if (all || named.contains(account.id)) config.accounts.push_back({account.id, account.name, {}});
  }
}

}  // namespace hub::core
