// Making, changing and deleting queues, topics and subscriptions, whoever asked for it: a command or a configuration.

#include "hub/core/core.h"
#include "hub/core/keys.h"

namespace hub::core {

QueueEntry& Core::CreateQueueNow(ResourceName name, Attributes attributes, QueueSettings settings, Turn& turn) {
  ResourceRecord record{.name = std::move(name),
                        .attributes = {},
                        .is_declared = false,
                        .declared = {},
                        .created = turn.now,
                        .modified = turn.now,
                        .next_sequence = 1};
  QueueEntry& queue = catalog_.AddQueue(hub_.next_id++, std::move(record), {}, NewTenants());
  Apply(queue, std::move(attributes), std::move(settings));
  Store(queue, turn);
  StoreHub(turn);
  Touch(queue);
  return queue;
}

TopicEntry& Core::CreateTopicNow(ResourceName name, Attributes attributes, TopicSettings settings, Turn& turn) {
  ResourceRecord record{.name = std::move(name),
                        .attributes = {},
                        .is_declared = false,
                        .declared = {},
                        .created = turn.now,
                        .modified = turn.now,
                        .next_sequence = 1};
  TopicEntry& topic = catalog_.AddTopic(hub_.next_id++, std::move(record));
  Apply(topic, std::move(attributes), std::move(settings));
  Store(topic, turn);
  StoreHub(turn);
  return topic;
}

SubscriptionEntry& Core::SubscribeNow(TopicEntry& topic, SubscriptionRecord record, SubscriptionSettings settings,
                                      Turn& turn) {
  if (record.protocol != Protocol::kSqs) record.delivery = hub_.next_id++;
  SubscriptionEntry& subscription = AddSubscription(topic, hub_.next_id++, std::move(record), std::move(settings));
  if (subscription.record.delivery != 0) {
    AddDelivery(subscription, {});
    StandAtDelivery(subscription, turn);
  }
  Store(subscription, turn);
  StoreHub(turn);
  return subscription;
}

// Its ARN ends in what looks random and is always the same.
SubscriptionEntry& Core::AddSubscription(TopicEntry& topic, std::uint64_t id, SubscriptionRecord record,
                                         SubscriptionSettings settings) {
  std::string arn = topic.arn + ":" + Format(MessageIdOf(hub_.secret, id, topic.id));
  Attributes attributes = record.attributes;
  const bool is_pending = std::exchange(record.is_pending, false);
  SubscriptionEntry& subscription = catalog_.AddSubscription(topic, id, std::move(arn), std::move(record));
  SetPending(subscription, is_pending);
  Apply(subscription, std::move(attributes), std::move(settings));
  if (subscription.record.protocol == Protocol::kArchive) topic.archive = &subscription;
  if (subscription.record.replay == ReplayState::kRunning) BeReplaying(subscription);
  return subscription;
}

// A subscription that waits for confirmation is counted to the account that asked for it, and vanishes in time.
void Core::SetPending(SubscriptionEntry& subscription, bool is_pending) {
  SubscriptionRecord& record = subscription.record;
  if (record.is_pending != is_pending) {
    std::size_t& count = pending_subscriptions_[record.owner];
    is_pending ? ++count : --count;
    is_pending ? ++subscription.topic->pending : --subscription.topic->pending;
    if (count == 0) pending_subscriptions_.erase(record.owner);
  }
  record.is_pending = is_pending;
  SetTimer(subscription.timer, is_pending ? record.requested + kConfirmationWindow : kNever, subscription.id);
}

void Core::DeleteQueueNow(QueueEntry& queue, Turn& turn) {
  PurgeNow(queue, turn);
  DropMoveTasks(queue, turn);
  for (SubscriptionEntry* subscription : catalog_.SubscriptionsOf(queue.arn)) CloseTopic(*subscription->topic, turn);
  WriteQueue(queue, turn);
  turn.batch.Delete(Key(KeyKind::kCounters, queue.id));
  turn.batch.Delete(Key(KeyKind::kQueue, queue.id));
  turn.batch.flush = true;
  const Error gone{Code::kQueueNotFound, "The queue " + queue.arn + " was deleted."};
  EndConsumers(consumers_.OfQueue(queue.id), gone, turn);
  for (const Waiter& waiter : waiters_.TakeQueue(queue.id)) {
    turn.answers.push_back({waiter.ticket, tl::unexpected(gone)});
  }
  for (const Command& command : queue.deferred) turn.answers.push_back({command.ticket, tl::unexpected(gone)});
  timers_.erase({queue.timer, queue.id});
  if (queue.lane) DeleteLaneNow(*queue.lane, gone, turn);
  policies_.SetResource(queue.arn, {});
  tagged_.erase(queue.arn);
  KeepCounts(queue);
  misbehaving_.erase(queue.id);
  catalog_.RemoveQueue(queue);
}

void Core::DeleteTopicNow(TopicEntry& topic, Turn& turn) {
  CloseTopic(topic, turn);
  for (const auto& subscription : topic.subscriptions) {
    if (!subscription) continue;
    DeleteDelivery(*subscription, turn);
    replaying_.erase(subscription->id);
    SetPending(*subscription, false);
    turn.batch.Delete(Key(KeyKind::kSubscription, subscription->id));
  }
  turn.batch.Delete(Key(KeyKind::kTopic, topic.id));
  turn.batch.flush = true;
  ForgetAllAccepted(topic.deduplicator, topic.id, turn);
  UpdateTimer(topic);
  policies_.SetResource(topic.arn, {});
  tagged_.erase(topic.arn);
  catalog_.RemoveTopic(topic);
}

void Core::DeleteSubscriptionNow(SubscriptionEntry& subscription, Turn& turn) {
  CloseTopic(*subscription.topic, turn);
  PushFarewell(subscription, turn);
  DeleteDelivery(subscription, turn);
  if (subscription.topic->archive == &subscription) subscription.topic->archive = nullptr;
  replaying_.erase(subscription.id);
  SetPending(subscription, false);
  turn.batch.Delete(Key(KeyKind::kSubscription, subscription.id));
  turn.batch.flush = true;
  if (subscription.record.protocol != Protocol::kArchive) ++subscription.topic->unsubscribed;
  catalog_.RemoveSubscription(subscription);
}

void Core::SetResourcePolicies(const std::string& arn, const std::shared_ptr<const policy::Policy>& own) {
  policy::PolicyList policies;
  if (own) policies.push_back(own);
  if (const auto granted = grants_.find(arn); granted != grants_.end()) {
    policies.insert(policies.end(), granted->second.begin(), granted->second.end());
  }
  policies_.SetResource(arn, std::move(policies));
}

void Core::Apply(QueueEntry& queue, Attributes attributes, QueueSettings settings) {
  queue.record.attributes = std::move(attributes);
  if (settings.fifo.on && settings.delay != queue.settings.delay) queue.delayed.LookAgain();
  queue.settings = std::move(settings);
  SetResourcePolicies(queue.arn, queue.settings.policy);
  Touch(queue);
  if (queue.lane) {
    queue.lane->settings = queue.settings;
    Touch(*queue.lane);
  }
}

void Core::Apply(TopicEntry& topic, Attributes attributes, TopicSettings settings) {
  topic.record.attributes = std::move(attributes);
  topic.settings = std::move(settings);
  ForgetTargets(topic);
  SetResourcePolicies(topic.arn, topic.settings.policy);
}

void Core::Apply(SubscriptionEntry& subscription, Attributes attributes, SubscriptionSettings settings) {
  subscription.record.attributes = std::move(attributes);
  catalog_.CountFilter(subscription);
  subscription.raw = settings.raw;
  subscription.replay_range = settings.replay;
  subscription.target = nullptr;
  if (subscription.dead_letter_queue != settings.dead_letter_queue) subscription.dead_letter_admission = {};
  subscription.dead_letter_queue = std::move(settings.dead_letter_queue);
  if (subscription.record.is_pending) return;
  topics::Topic& router = subscription.replay_router ? *subscription.replay_router : subscription.topic->router;
  router.Subscribe({.id = subscription.slot,
                    .raw = settings.raw,
                    .filter = std::move(settings.filter),
                    .scope = settings.scope,
                    .arn = subscription.arn});
}

void Core::Store(const QueueEntry& queue, Turn& turn) {
  turn.batch.Put(Key(KeyKind::kQueue, queue.id), queue.record.Encode());
  turn.batch.flush = true;
}

void Core::Store(const TopicEntry& topic, Turn& turn) {
  turn.batch.Put(Key(KeyKind::kTopic, topic.id), topic.record.Encode());
  turn.batch.flush = true;
}

void Core::Store(const SubscriptionEntry& subscription, Turn& turn) {
  turn.batch.Put(Key(KeyKind::kSubscription, subscription.id), subscription.record.Encode());
  turn.batch.flush = true;
}

}  // namespace hub::core
