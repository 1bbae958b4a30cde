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
                        .next_sequence = 1};
  QueueEntry& queue = catalog_.AddQueue(hub_.next_id++, std::move(record), {});
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
                        .next_sequence = 1};
  TopicEntry& topic = catalog_.AddTopic(hub_.next_id++, std::move(record));
  Apply(topic, std::move(attributes), std::move(settings));
  Store(topic, turn);
  StoreHub(turn);
  return topic;
}

SubscriptionEntry& Core::SubscribeNow(TopicEntry& topic, QueueEntry& queue, SubscriptionRecord record,
                                      SubscriptionSettings settings, Turn& turn) {
  Attributes attributes = record.attributes;
  SubscriptionEntry& subscription = catalog_.AddSubscription(topic, queue, std::move(record));
  Apply(subscription, std::move(attributes), std::move(settings));
  Store(subscription, turn);
  return subscription;
}

void Core::DeleteQueueNow(QueueEntry& queue, Turn& turn) {
  PurgeNow(queue, turn);
  for (SubscriptionEntry* subscription : catalog_.SubscriptionsOf(queue)) DeleteSubscriptionNow(*subscription, turn);
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
  policies_.SetResource(queue.arn, {});
  catalog_.RemoveQueue(queue);
}

void Core::DeleteTopicNow(TopicEntry& topic, Turn& turn) {
  CloseTopic(topic, turn);
  for (const auto& subscription : topic.subscriptions) {
    if (subscription) turn.batch.Delete(Key(KeyKind::kSubscription, topic.id, subscription->queue->id));
  }
  turn.batch.Delete(Key(KeyKind::kTopic, topic.id));
  turn.batch.flush = true;
  ForgetAllAccepted(topic.deduplicator, topic.id, turn);
  UpdateTimer(topic);
  policies_.SetResource(topic.arn, {});
  catalog_.RemoveTopic(topic);
}

void Core::DeleteSubscriptionNow(SubscriptionEntry& subscription, Turn& turn) {
  CloseTopic(*subscription.topic, turn);
  turn.batch.Delete(Key(KeyKind::kSubscription, subscription.topic->id, subscription.queue->id));
  turn.batch.flush = true;
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
  queue.settings = std::move(settings);
  SetResourcePolicies(queue.arn, queue.settings.policy);
  Touch(queue);
}

void Core::Apply(TopicEntry& topic, Attributes attributes, TopicSettings settings) {
  topic.record.attributes = std::move(attributes);
  topic.settings = std::move(settings);
  SetResourcePolicies(topic.arn, topic.settings.policy);
}

void Core::Apply(SubscriptionEntry& subscription, Attributes attributes, SubscriptionSettings settings) {
  subscription.record.attributes = std::move(attributes);
  subscription.raw = settings.raw;
  subscription.topic->router.Subscribe({.id = subscription.slot,
                                        .queue = subscription.queue->id,
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
  turn.batch.Put(Key(KeyKind::kSubscription, subscription.topic->id, subscription.queue->id),
                 subscription.record.Encode());
  turn.batch.flush = true;
}

}  // namespace hub::core
