// Putting a configuration in force, whole or not at all: what plan.cc has worked out is done.

#include "hub/base/arn.h"
#include "hub/base/assert.h"
#include "hub/core/plan.h"

namespace hub::core {

Core::Outcome Core::Handle(Reload& reload, Command& command, Turn& turn) {
  if (command.caller && command.caller->identity) {
    return Fail(Code::kAccessDenied, "Only the hub itself reloads its configuration.");
  }
  HUB_ASSERT(reload.config);
  CloseAll(turn);
  Plan plan;
  plan.config = reload.config;
  if (auto planned = MakePlan(plan); !planned) return tl::unexpected(planned.error());
  Execute(plan, turn);
  return Reply(DoneReply{std::move(plan.notes)});
}

void Core::Execute(Plan& plan, Turn& turn) {
  config_ = plan.config;
  configured_ = true;
  ReplacePolicies(*plan.config);
  for (Plan::Queue& planned : plan.queues) {
    QueueEntry* queue = catalog_.FindQueue(planned.declared->name);
    const bool created = queue == nullptr;
    if (created) {
      queue = &CreateQueueNow(planned.declared->name, planned.attributes, planned.settings, turn);
    }
    queue->declared_at = planned.declared->place.ToString();
    const bool store = created || !queue->record.is_declared || queue->record.declared != planned.declaration ||
                       queue->record.attributes != planned.attributes || queue->record.tags != planned.tags ||
                       queue->record.declared_tags != planned.declared->tags;
    queue->record.is_declared = true;
    queue->record.declared = std::move(planned.declaration);
    queue->record.tags = std::move(planned.tags);
    queue->record.declared_tags = planned.declared->tags;
    NoteTags(queue->arn, queue->record);
    if (queue->record.attributes != planned.attributes) queue->record.modified = turn.now;
    Apply(*queue, std::move(planned.attributes), std::move(planned.settings));
    if (store) Store(*queue, turn);
  }
  std::vector<TopicEntry*> new_topics;
  for (Plan::Topic& planned : plan.topics) {
    TopicEntry* topic = catalog_.FindTopic(planned.declared->name);
    const bool created = topic == nullptr;
    if (created) {
      topic = &CreateTopicNow(planned.declared->name, planned.attributes, planned.settings, turn);
      new_topics.push_back(topic);
    }
    topic->declared_at = planned.declared->place.ToString();
    const bool store = created || !topic->record.is_declared || topic->record.declared != planned.declaration ||
                       topic->record.attributes != planned.attributes || topic->record.tags != planned.tags ||
                       topic->record.declared_tags != planned.declared->tags;
    topic->record.is_declared = true;
    topic->record.declared = std::move(planned.declaration);
    topic->record.tags = std::move(planned.tags);
    topic->record.declared_tags = planned.declared->tags;
    NoteTags(topic->arn, topic->record);
    Apply(*topic, std::move(planned.attributes), std::move(planned.settings));
    if (store) Store(*topic, turn);
  }
  // Queues that no file declares follow its defaults, too.
  for (const auto& [id, queue] : catalog_.queues()) {
    if (queue->delivers_for || queue->record.attributes.contains("MaximumMessageSize")) continue;
    queue->settings.message_bytes_max = config_->message_bytes_default;
  }
  ExecuteSubscriptions(plan, turn);
  ReleasePatterns(plan, turn);
  // Patterns make what is not subscribed by itself, those that are there before those that are new.
  const std::vector<const PatternEntry*> patterns = PatternsOf("");
  for (TopicEntry* topic : new_topics) JoinPatterns(patterns, *topic, turn);
  ExecutePatterns(plan, turn);
  ExecuteReleases(plan, turn);
}

void Core::ExecuteSubscriptions(Plan& plan, Turn& turn) {
  for (Plan::Subscription& planned : plan.subscriptions) {
    TopicEntry& topic = *catalog_.FindTopic(planned.declared->topic);
    const std::string endpoint = ArnOf(planned.declared->queue);
    SubscriptionEntry* subscription = topic.Find(endpoint);
    const std::string place = planned.declared->place.ToString();
    if (subscription && (subscription->record.is_pending || subscription->record.pattern != 0)) {
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
      subscription->declared_at = place;
      continue;
    }
    subscription->declared_at = place;
    const bool store = subscription->record.attributes != planned.attributes || !subscription->record.is_declared ||
                       subscription->record.declared != planned.declared->attributes;
    subscription->record.owner = planned.declared->queue.account;
    subscription->record.is_declared = true;
    subscription->record.declared = planned.declared->attributes;
    Apply(*subscription, std::move(planned.attributes), std::move(planned.settings));
    if (store) Store(*subscription, turn);
  }
}

// Declared, a pattern is the hub's: it reaches every topic that matches, whoever asked for it before.
void Core::ExecutePatterns(Plan& plan, Turn& turn) {
  for (Plan::Subscription& planned : plan.patterns) {
    const DeclaredSubscription& declared = *planned.declared;
    PatternRecord record{.topics = declared.topic,
                         .endpoint = ArnOf(declared.queue),
                         .owner = declared.queue.account,
                         .principal = "",
                         .attributes = planned.attributes,
                         .is_declared = true,
                         .declared = declared.attributes};
    PatternEntry* pattern = catalog_.FindPattern(record.topics, record.endpoint);
    const bool was_declared = pattern && pattern->record.is_declared;
    if (!pattern) {
      pattern = &AddPatternNow(std::move(record), turn);
    } else {
      const bool changed = pattern->record.attributes != record.attributes;
      const bool store = changed || !was_declared || pattern->record.declared != record.declared;
      if (changed) Apply(*pattern, planned.attributes, planned.settings, turn);
      pattern->record = std::move(record);
      if (store) Store(*pattern, turn);
    }
    pattern->declared_at = declared.place.ToString();
    if (!was_declared) JoinTopics(*pattern, turn);
  }
}

// Before anything new is joined: they are not the hub's any more. One that stays is its account's: it joins
// that account's topics, and another's where they admit the account.
void Core::ReleasePatterns(Plan& plan, Turn& turn) {
  for (PatternEntry* pattern : plan.released_patterns) {
    if (plan.config->prune) {
      DeletePatternNow(*pattern, turn);
      continue;
    }
    pattern->declared_at.clear();
    pattern->record.is_declared = false;
    pattern->record.declared.clear();
    pattern->record.principal = AccountArn(pattern->record.owner);
    Store(*pattern, turn);
  }
}

void Core::ExecuteReleases(Plan& plan, Turn& turn) {
  const bool prune = plan.config->prune;
  const auto release = [&](auto& entry) {
    entry.declared_at.clear();
    entry.record.is_declared = false;
    entry.record.declared.clear();
    if constexpr (requires { entry.record.declared_tags; }) entry.record.declared_tags.clear();
    Store(entry, turn);
  };
  for (SubscriptionEntry* subscription : plan.released_subscriptions) {
    if (!prune) {
      release(*subscription);
      continue;
    }
    TopicEntry& topic = *subscription->topic;
    const std::string endpoint = subscription->record.endpoint;
    DeleteSubscriptionNow(*subscription, turn);
    JoinPatterns(PatternsOf(endpoint), topic, turn);  // What stood before them is gone.
  }
  for (TopicEntry* topic : plan.released_topics) prune ? DeleteTopicNow(*topic, turn) : release(*topic);
  for (QueueEntry* queue : plan.released_queues) prune ? DeleteQueueNow(*queue, turn) : release(*queue);
}

// Builds the set of policies aside and swaps it in: users' from the file, resources' from what is there and the grants.
void Core::ReplacePolicies(const Config& config) {
  grants_.clear();
  for (const CompiledGrant& grant : config.grants) grants_[ArnOf(grant.resource)].push_back(grant.policy);
  policies_.Replace({});
  for (const DeclaredUser& user : config.users) {
    policies_.SetIdentity(UserArn(user.credential.account, user.credential.user), user.policies);
  }
  for (const auto& [id, queue] : catalog_.queues()) {
    if (!queue->delivers_for) SetResourcePolicies(queue->arn, queue->settings.policy);
  }
  for (const auto& [id, topic] : catalog_.topics()) SetResourcePolicies(topic->arn, topic->settings.policy);
}

}  // namespace hub::core
