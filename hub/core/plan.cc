// What a configuration would change, worked out without changing anything: one plan for the reload that executes it and
// for whoever only asks.
//
// Three-way: what the configuration said when it was last applied, what it says now, and what is there. Only keys whose
// declaration changed are applied, so that what an endpoint changed with `drift: allow` stays until the file changes
// it.

#include "hub/core/plan.h"

#include "hub/core/changes.h"
#include "hub/core/topology.h"

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

// The tags of what is there, or of what will be, as the file says.
template <typename Entry>
Result<Tags> PlannedTags(const Entry* entry, const Tags& declared) {
  Tags tags = entry ? ApplyDeclaration(entry->record.tags, entry->record.declared_tags, declared) : declared;
  if (auto checked = CheckTags(tags); !checked) return tl::unexpected(checked.error());
  return tags;
}

// What differs between attributes, or between tags, as one list.
std::string Both(std::string attributes, const Tags& before, const Tags& now) {
  Attributes old_tags;
  Attributes new_tags;
  for (const auto& [key, value] : before) old_tags["tag " + key] = value;
  for (const auto& [key, value] : now) new_tags["tag " + key] = value;
  const std::string tags = Differences(old_tags, new_tags, {}, {});
  if (!attributes.empty() && !tags.empty()) attributes += ", ";
  return attributes + tags;
}

void NoteChange(const std::string& label, bool was_declared, std::string differences, std::vector<std::string>& notes) {
  if (!was_declared) differences = "declared from now on" + (differences.empty() ? "" : ", " + differences);
  if (!differences.empty()) notes.push_back("~ " + label + ": " + differences);
}

// The attributes that a subscription will have, and what they mean. `there` is the record of what is subscribed
// already, by a pattern or not, or null.
template <typename Record>
Result<std::pair<Attributes, SubscriptionSettings>> PlannedSubscription(const DeclaredSubscription& declared,
                                                                        const Record* there, const std::string& label,
                                                                        std::vector<std::string>& notes) {
  Attributes attributes =
      there ? ApplyDeclaration(there->attributes, there->declared, declared.attributes) : declared.attributes;
  auto settings = ReadSubscriptionAttributes(attributes);
  if (!settings) return At(declared.place, settings.error());
  if (auto checked = CheckDeadLetters(*settings, declared.queue, declared.queue.account); !checked) {
    return At(declared.place, checked.error());
  }
  if (!there) {
    notes.push_back("+ " + label);
  } else {
    NoteChange(label, there->is_declared, Differences(there->attributes, attributes, {}, {}), notes);
  }
  return std::pair(std::move(attributes), std::move(*settings));
}

}  // namespace

Core::Outcome Core::Handle(PlanReload& request, Command& command, Turn& turn) {
  if (auto may = AuthoriseForHub(command, turn); !may) return tl::unexpected(may.error());
  auto config = ReadTopology(request.topology, *config_);
  if (!config) return tl::unexpected(config.error());
  CloseAll(turn);  // Every message is counted.
  Plan plan;
  plan.config = *std::move(config);
  plan.with_proofs = false;
  if (auto planned = MakePlan(plan); !planned) return tl::unexpected(planned.error());
  return Reply(DoneReply{std::move(plan.notes)});
}

Result<void> Core::MakePlan(Plan& plan) const {
  const Config& config = *plan.config;
  if (auto planned = PlanQueues(config, plan); !planned) return planned;
  if (auto planned = PlanTopics(config, plan); !planned) return planned;
  if (auto planned = PlanSubscriptions(config, plan); !planned) return planned;
  PlanReleases(plan);
  if (configured_) {  // At the start there is nothing before that users and grants could differ from.
    for (std::string& note : ChangesBeside(*config_, config, Labels(*config_, config), plan.with_proofs)) {
      plan.notes.push_back(std::move(note));
    }
  }
  if (plan.notes.size() > kNotesMax) {
    const std::size_t more = plan.notes.size() - kNotesMax;
    plan.notes.resize(kNotesMax);
    plan.notes.push_back("and " + std::to_string(more) + " more");
  }
  return {};
}

Result<void> Core::PlanQueues(const Config& config, Plan& plan) const {
  const Labels labels(*config_, config);
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
    auto tags = PlannedTags(queue, declared.tags);
    if (!tags) return At(declared.place, tags.error());
    if (!queue) {
      plan.notes.push_back("+ " + labels.Of(declared.name));
    } else {
      NoteChange(labels.Of(declared.name), queue->record.is_declared,
                 Both(Differences(queue->record.attributes, attributes,
                                  InForce(queue->record.attributes, queue->settings), InForce(attributes, *settings)),
                      queue->record.tags, *tags),
                 plan.notes);
    }
    plan.declared_names.insert(declared.name);
    plan.queues.push_back(
        {&declared, std::move(declaration), std::move(attributes), std::move(*settings), std::move(*tags)});
  }
  return CheckDeadLetters(plan);
}

// Whether every queue is let have the dead-letter queue that the file names, as that will be.
Result<void> Core::CheckDeadLetters(const Plan& plan) const {
  std::map<std::string, const QueueSettings*> planned;
  for (const Plan::Queue& queue : plan.queues) planned[ArnOf(queue.declared->name)] = &queue.settings;
  for (const Plan::Queue& queue : plan.queues) {
    const std::string& target = queue.settings.dead_letter_queue;
    const auto found = planned.find(target);
    const QueueEntry* there = catalog_.FindQueueByArn(target);
    const QueueSettings* settings = found != planned.end() ? found->second : there ? &there->settings : nullptr;
    if (!settings || !queue.declaration.contains("RedrivePolicy")) continue;
    auto checked = CheckRedriveAllowed(settings->redrive_allow, target, ArnOf(queue.declared->name));
    if (!checked) return At(queue.declared->place, checked.error());
  }
  return {};
}

Result<void> Core::PlanTopics(const Config& config, Plan& plan) const {
  const Labels labels(*config_, config);
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
    auto tags = PlannedTags(topic, declared.tags);
    if (!tags) return At(declared.place, tags.error());
    if (!topic) {
      plan.notes.push_back("+ " + labels.Of(declared.name));
    } else {
      NoteChange(labels.Of(declared.name), topic->record.is_declared,
                 Both(Differences(topic->record.attributes, attributes, {}, {}), topic->record.tags, *tags),
                 plan.notes);
    }
    plan.declared_names.insert(declared.name);
    plan.topics.push_back(
        {&declared, std::move(declaration), std::move(attributes), std::move(*settings), std::move(*tags)});
  }
  return {};
}

Result<void> Core::PlanSubscriptions(const Config& config, Plan& plan) const {
  const Labels labels(*config_, config);
  std::map<std::string, std::size_t> patterns;  // By account. What users asked for stands in no file's way.
  for (const DeclaredSubscription& declared : config.subscriptions) {
    const bool is_pattern = declared.topic.kind == Kind::kTopicPattern;
    const TopicEntry* topic = catalog_.FindTopic(declared.topic);
    const bool known = (is_pattern || topic || plan.declared_names.contains(declared.topic)) &&
                       (catalog_.FindQueue(declared.queue) || plan.declared_names.contains(declared.queue));
    if (!known) {
      return At(declared.place,
                {Code::kInvalidArgument, "The subscription names a topic or queue that does not exist."});
    }
    if (auto kinds = CheckKinds(declared.topic, declared.queue); !kinds) return At(declared.place, kinds.error());
    const SubscriptionEntry* there = topic ? topic->Find(ArnOf(declared.queue)) : nullptr;
    if (there && (there->record.is_pending || there->record.pattern != 0)) there = nullptr;  // It makes place.
    const PatternEntry* pattern = is_pattern ? catalog_.FindPattern(declared.topic, ArnOf(declared.queue)) : nullptr;
    const std::string label = labels.Of(declared.topic, declared.queue);
    auto planned = pattern ? PlannedSubscription(declared, &pattern->record, label, plan.notes)
                           : PlannedSubscription(declared, there ? &there->record : nullptr, label, plan.notes);
    if (!planned) return tl::unexpected(planned.error());
    plan.declared_subscriptions.emplace(ArnOf(declared.topic), ArnOf(declared.queue));
    (is_pattern ? plan.patterns : plan.subscriptions)
        .push_back({&declared, std::move(planned->first), std::move(planned->second)});
    if (!is_pattern) continue;
    const std::string& account = declared.queue.account;
    auto fits = CheckPatternCount(account, ++patterns[account]);
    if (fits) fits = CheckPatternSize(declared.attributes);
    if (!fits) return At(declared.place, fits.error());
  }
  return {};
}

void Core::PlanReleases(Plan& plan) const {
  for (const auto& [id, topic] : catalog_.topics()) {
    if (topic->record.is_declared && !plan.declared_names.contains(topic->record.name)) {
      plan.released_topics.push_back(topic.get());
    }
    for (const auto& subscription : topic->subscriptions) {
      if (!subscription || !subscription->record.is_declared) continue;
      const std::pair ends(topic->arn, subscription->record.endpoint);
      if (!plan.declared_subscriptions.contains(ends)) plan.released_subscriptions.push_back(subscription.get());
    }
  }
  for (const auto& [id, pattern] : catalog_.patterns()) {
    const std::pair ends(ArnOf(pattern->record.topics), pattern->record.endpoint);
    if (pattern->record.is_declared && !plan.declared_subscriptions.contains(ends)) {
      plan.released_patterns.push_back(pattern.get());
    }
  }
  for (const auto& [id, queue] : catalog_.queues()) {
    if (!queue->lane_of && queue->record.is_declared && !plan.declared_names.contains(queue->record.name)) {
      plan.released_queues.push_back(queue.get());
    }
  }
  const Labels labels(*config_, *plan.config);
  const auto note = [&](const std::string& label, const std::string& more = "") {
    plan.notes.push_back(plan.config->prune ? "- " + label + more
                                            : "= " + label + " is kept, though no longer declared");
  };
  const auto note_subscription = [&](const ResourceName& topic, const std::string& endpoint) {
    const auto queue = ParseResourceName(Kind::kQueue, endpoint, "", "");
    if (queue) note(labels.Of(topic, *queue));
  };
  for (const SubscriptionEntry* subscription : plan.released_subscriptions) {
    note_subscription(subscription->topic->record.name, subscription->record.endpoint);
  }
  for (const PatternEntry* pattern : plan.released_patterns) {
    note_subscription(pattern->record.topics, pattern->record.endpoint);
  }
  for (const TopicEntry* topic : plan.released_topics) note(labels.Of(topic->record.name));
  for (const QueueEntry* queue : plan.released_queues) {
    const std::uint64_t messages = queue->Live() + queue->DelayedCount();
    note(labels.Of(queue->record.name),
         messages == 0 ? "" : ", with " + std::to_string(messages) + (messages == 1 ? " message" : " messages"));
  }
}

}  // namespace hub::core
