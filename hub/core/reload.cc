// Putting a configuration in force, whole or not at all.
//
// Three-way: what the configuration said when it was last applied, what it says now, and what is there. Only keys whose
// declaration changed are applied, so that what an endpoint changed with `drift: allow` stays until the file changes
// it.

#include "hub/base/arn.h"
#include "hub/base/assert.h"
#include "hub/core/core.h"

namespace hub::core {
namespace {

// `current` with the keys that differ between the two declarations set as the new one says.
Attributes ApplyDeclaration(Attributes current, const Attributes& before, const Attributes& now) {
  for (const auto& [name, value] : before) {
    if (!now.contains(name)) current.erase(name);
  }
  for (const auto& [name, value] : now) {
    const auto old = before.find(name);
    if (old == before.end() || old->second != value) current[name] = value;
  }
  return current;
}

Attributes WithPolicy(const Attributes& attributes, const std::optional<Node>& policy) {
  Attributes all = attributes;
  if (policy) all["Policy"] = ToJson(*policy);
  return all;
}

// The declared policy with its places, so that a denial names file and line, as long as it is the one in force.
Result<std::shared_ptr<const policy::Policy>> PlacedPolicy(const std::optional<Node>& declared,
                                                           const Attributes& attributes, const std::string& label,
                                                           std::shared_ptr<const policy::Policy> otherwise) {
  if (!declared) return otherwise;
  const auto in_force = attributes.find("Policy");
  if (in_force == attributes.end() || in_force->second != ToJson(*declared)) return otherwise;
  return policy::ParsePolicy(*declared, policy::Role::kResource, label);
}

tl::unexpected<Error> At(const Place& place, const Error& error) {
  return tl::unexpected(Error{error.code, place.ToString() + ": " + error.message});
}

}  // namespace

struct Core::Plan {
  struct Queue {
    const DeclaredQueue* declared;
    Attributes declaration;
    Attributes attributes;
    QueueSettings settings;
  };
  struct Topic {
    const DeclaredTopic* declared;
    Attributes declaration;
    Attributes attributes;
    TopicSettings settings;
  };
  struct Subscription {
    const DeclaredSubscription* declared;
    Attributes attributes;
    SubscriptionSettings settings;
  };
  std::shared_ptr<const Config> config;
  std::vector<Queue> queues;
  std::vector<Topic> topics;
  std::vector<Subscription> subscriptions;
  std::set<ResourceName> declared_names;
  std::set<std::pair<std::string, std::string>> declared_subscriptions;  // ARNs of topic and queue.
  std::vector<std::string> notes;
};

Core::Outcome Core::Handle(Reload& reload, Command& command, Turn& turn) {
  if (command.caller && command.caller->identity) {
    return Fail(Code::kAccessDenied, "Only the hub itself reloads its configuration.");
  }
  HUB_ASSERT(reload.config);
  Plan plan;
  plan.config = reload.config;
  const Config& config = *reload.config;
  if (auto planned = PlanQueues(config, plan); !planned) return tl::unexpected(planned.error());
  if (auto planned = PlanTopics(config, plan); !planned) return tl::unexpected(planned.error());
  if (auto planned = PlanSubscriptions(config, plan); !planned) return tl::unexpected(planned.error());
  Execute(plan, turn);
  return Reply(DoneReply{std::move(plan.notes)});
}

Result<void> Core::PlanQueues(const Config& config, Plan& plan) const {
  for (const DeclaredQueue& declared : config.queues) {
    const QueueEntry* queue = catalog_.FindQueue(declared.name);
    Attributes declaration = WithPolicy(declared.attributes, declared.policy);
    Attributes attributes =
        queue ? ApplyDeclaration(queue->record.attributes, queue->record.declared, declaration) : declaration;
    const std::string label = "queue " + declared.name.name;
    auto settings = ReadQueueAttributes(attributes, config.message_bytes_default, declared.name.name);
    if (!settings) return At(declared.place, settings.error());
    auto policy = PlacedPolicy(declared.policy, attributes, label, settings->policy);
    if (!policy) return At(declared.place, policy.error());
    settings->policy = std::move(*policy);
    plan.declared_names.insert(declared.name);
    plan.queues.push_back({&declared, std::move(declaration), std::move(attributes), std::move(*settings)});
  }
  return {};
}

Result<void> Core::PlanTopics(const Config& config, Plan& plan) const {
  for (const DeclaredTopic& declared : config.topics) {
    const TopicEntry* topic = catalog_.FindTopic(declared.name);
    Attributes declaration = WithPolicy(declared.attributes, declared.policy);
    Attributes attributes =
        topic ? ApplyDeclaration(topic->record.attributes, topic->record.declared, declaration) : declaration;
    const std::string label = "topic " + declared.name.name;
    auto settings = ReadTopicAttributes(attributes, declared.name.name);
    if (!settings) return At(declared.place, settings.error());
    auto policy = PlacedPolicy(declared.policy, attributes, label, settings->policy);
    if (!policy) return At(declared.place, policy.error());
    settings->policy = std::move(*policy);
    plan.declared_names.insert(declared.name);
    plan.topics.push_back({&declared, std::move(declaration), std::move(attributes), std::move(*settings)});
  }
  return {};
}

Result<void> Core::PlanSubscriptions(const Config& config, Plan& plan) const {
  for (const DeclaredSubscription& declared : config.subscriptions) {
    const TopicEntry* topic = catalog_.FindTopic(declared.topic);
    const bool known = (topic || plan.declared_names.contains(declared.topic)) &&
                       (catalog_.FindQueue(declared.queue) || plan.declared_names.contains(declared.queue));
    if (!known) {
      return At(declared.place,
                {Code::kInvalidArgument, "The subscription names a topic or queue that does not exist."});
    }
    if (auto kinds = CheckKinds(declared.topic, declared.queue); !kinds) return At(declared.place, kinds.error());
    const SubscriptionEntry* there = topic ? topic->Find(ArnOf(declared.queue)) : nullptr;
    if (there && there->record.is_pending) there = nullptr;  // It makes place.
    Attributes attributes =
        there ? ApplyDeclaration(there->record.attributes, there->record.declared, declared.attributes)
              : declared.attributes;
    auto settings = ReadSubscriptionAttributes(attributes);
    if (!settings) return At(declared.place, settings.error());
    if (auto checked = CheckDeadLetters(*settings, declared.queue, declared.queue.account); !checked) {
      return At(declared.place, checked.error());
    }
    plan.declared_subscriptions.emplace(ArnOf(declared.topic), ArnOf(declared.queue));
    plan.subscriptions.push_back({&declared, std::move(attributes), std::move(*settings)});
  }
  return {};
}

void Core::Execute(Plan& plan, Turn& turn) {
  CloseAll(turn);
  config_ = plan.config;
  ReplacePolicies(*plan.config);
  for (Plan::Queue& planned : plan.queues) {
    QueueEntry* queue = catalog_.FindQueue(planned.declared->name);
    const bool created = queue == nullptr;
    if (created) {
      queue = &CreateQueueNow(planned.declared->name, planned.attributes, planned.settings, turn);
      plan.notes.push_back("created " + queue->arn);
    } else if (queue->record.attributes != planned.attributes) {
      plan.notes.push_back("changed " + queue->arn);
    }
    queue->declared_at = planned.declared->place.ToString();
    const bool store = created || !queue->record.is_declared || queue->record.declared != planned.declaration ||
                       queue->record.attributes != planned.attributes;
    queue->record.is_declared = true;
    queue->record.declared = std::move(planned.declaration);
    Apply(*queue, std::move(planned.attributes), std::move(planned.settings));
    if (store) Store(*queue, turn);
  }
  for (Plan::Topic& planned : plan.topics) {
    TopicEntry* topic = catalog_.FindTopic(planned.declared->name);
    const bool created = topic == nullptr;
    if (created) {
      topic = &CreateTopicNow(planned.declared->name, planned.attributes, planned.settings, turn);
      plan.notes.push_back("created " + topic->arn);
    } else if (topic->record.attributes != planned.attributes) {
      plan.notes.push_back("changed " + topic->arn);
    }
    topic->declared_at = planned.declared->place.ToString();
    const bool store = created || !topic->record.is_declared || topic->record.declared != planned.declaration ||
                       topic->record.attributes != planned.attributes;
    topic->record.is_declared = true;
    topic->record.declared = std::move(planned.declaration);
    Apply(*topic, std::move(planned.attributes), std::move(planned.settings));
    if (store) Store(*topic, turn);
  }
  // Queues that no file declares follow its defaults, too.
  for (const auto& [id, queue] : catalog_.queues()) {
    if (queue->record.attributes.contains("MaximumMessageSize")) continue;
    queue->settings.message_bytes_max = config_->message_bytes_default;
  }
  ExecuteSubscriptions(plan, turn);
  Prune(plan, turn);
}

void Core::ExecuteSubscriptions(Plan& plan, Turn& turn) {
  for (Plan::Subscription& planned : plan.subscriptions) {
    TopicEntry& topic = *catalog_.FindTopic(planned.declared->topic);
    const std::string endpoint = ArnOf(planned.declared->queue);
    SubscriptionEntry* subscription = topic.Find(endpoint);
    const std::string place = planned.declared->place.ToString();
    if (subscription && subscription->record.is_pending) {
      DeleteSubscriptionNow(*subscription, turn);  // Who writes the file speaks for the queue's account, too.
      subscription = nullptr;
    }
    if (!subscription) {
      SubscriptionRecord record;
      record.topic = topic.id;
      record.endpoint = endpoint;
      record.owner = planned.declared->queue.account;
      record.requested = turn.now;
      record.attributes = planned.attributes;
      record.is_declared = true;
      record.declared = planned.declared->attributes;
      subscription = &SubscribeNow(topic, std::move(record), std::move(planned.settings), turn);
      plan.notes.push_back("subscribed " + endpoint + " to " + topic.arn);
      subscription->declared_at = place;
      continue;
    }
    subscription->declared_at = place;
    const bool changed = subscription->record.attributes != planned.attributes;
    const bool store =
        changed || !subscription->record.is_declared || subscription->record.declared != planned.declared->attributes;
    if (changed) plan.notes.push_back("changed " + subscription->arn);
    subscription->record.owner = planned.declared->queue.account;
    subscription->record.is_declared = true;
    subscription->record.declared = planned.declared->attributes;
    Apply(*subscription, std::move(planned.attributes), std::move(planned.settings));
    if (store) Store(*subscription, turn);
  }
}

// What an earlier configuration declared and this one does not: deleted with `prune: true`, else kept and no longer
// bound to the file.
void Core::Prune(Plan& plan, Turn& turn) {
  const bool prune = plan.config->prune;
  std::vector<SubscriptionEntry*> subscriptions;
  std::vector<QueueEntry*> queues;
  std::vector<TopicEntry*> topics;
  for (const auto& [id, topic] : catalog_.topics()) {
    if (topic->record.is_declared && !plan.declared_names.contains(topic->record.name)) topics.push_back(topic.get());
    for (const auto& subscription : topic->subscriptions) {
      if (!subscription || !subscription->record.is_declared) continue;
      const std::pair ends(topic->arn, subscription->record.endpoint);
      if (!plan.declared_subscriptions.contains(ends)) subscriptions.push_back(subscription.get());
    }
  }
  for (const auto& [id, queue] : catalog_.queues()) {
    if (queue->record.is_declared && !plan.declared_names.contains(queue->record.name)) queues.push_back(queue.get());
  }
  const auto note = [&](const std::string& arn) {
    plan.notes.push_back((prune ? "deleted " : "kept, though no longer declared: ") + arn);
  };
  const auto release = [&](auto& entry) {
    entry.declared_at.clear();
    entry.record.is_declared = false;
    entry.record.declared.clear();
    Store(entry, turn);
  };
  for (SubscriptionEntry* subscription : subscriptions) {
    note(subscription->arn);
    prune ? DeleteSubscriptionNow(*subscription, turn) : release(*subscription);
  }
  for (TopicEntry* topic : topics) {
    note(topic->arn);
    prune ? DeleteTopicNow(*topic, turn) : release(*topic);
  }
  for (QueueEntry* queue : queues) {
    note(queue->arn);
    prune ? DeleteQueueNow(*queue, turn) : release(*queue);
  }
}

// Builds the set of policies aside and swaps it in: users' from the file, resources' from what is there and the grants.
void Core::ReplacePolicies(const Config& config) {
  grants_.clear();
  for (const CompiledGrant& grant : config.grants) grants_[ArnOf(grant.resource)].push_back(grant.policy);
  policies_.Replace({});
  for (const DeclaredUser& user : config.users) {
    policies_.SetIdentity(UserArn(user.credential.account, user.credential.user), user.policies);
  }
  for (const auto& [id, queue] : catalog_.queues()) SetResourcePolicies(queue->arn, queue->settings.policy);
  for (const auto& [id, topic] : catalog_.topics()) SetResourcePolicies(topic->arn, topic->settings.policy);
}

}  // namespace hub::core
