#include "hub/core/catalog.h"

#include "hub/base/assert.h"

namespace hub::core {

SubscriptionEntry* TopicEntry::Find(std::uint64_t queue) const {
  const auto found = slots.find(queue);
  return found == slots.end() ? nullptr : subscriptions[found->second].get();
}

QueueEntry* Catalog::FindQueue(const ResourceName& name) const {
  const auto found = names_.find(name);
  return found == names_.end() || name.kind != Kind::kQueue ? nullptr : FindQueue(found->second);
}

QueueEntry* Catalog::FindQueue(std::uint64_t id) const {
  const auto found = queues_.find(id);
  return found == queues_.end() ? nullptr : found->second.get();
}

QueueEntry* Catalog::FindQueueByArn(std::string_view arn) const {
  const auto found = queue_arns_.find(std::string(arn));
  return found == queue_arns_.end() ? nullptr : FindQueue(found->second);
}

TopicEntry* Catalog::FindTopic(const ResourceName& name) const {
  const auto found = names_.find(name);
  return found == names_.end() || name.kind != Kind::kTopic ? nullptr : FindTopic(found->second);
}

TopicEntry* Catalog::FindTopic(std::uint64_t id) const {
  const auto found = topics_.find(id);
  return found == topics_.end() ? nullptr : found->second.get();
}

QueueEntry& Catalog::AddQueue(std::uint64_t id, ResourceRecord record, queues::Counters counters,
                              std::unique_ptr<queues::Tenants> tenants) {
  auto entry = std::make_unique<QueueEntry>();
  entry->id = id;
  entry->arn = ArnOf(record.name);
  entry->label = "queue " + record.name.name;
  entry->record = std::move(record);
  const bool fifo = IsFifoName(entry->record.name.name);
  if (!fifo) entry->tenants = std::move(tenants);
  entry->queue =
      queues::Queue(counters, fifo ? queues::Order::kFifo : queues::Order::kBestEffort, entry->tenants.get());
  entry->delayed = queues::Delayed(counters.delayed, counters.delayed_until);
  const bool named = names_.emplace(entry->record.name, id).second;
  HUB_ASSERT(named);
  queue_arns_[entry->arn] = id;
  return *(queues_[id] = std::move(entry));
}

QueueEntry& Catalog::AddLane(QueueEntry& queue, std::uint64_t id, queues::Counters counters) {
  HUB_ASSERT(!queue.lane && queue.tenants);
  auto entry = std::make_unique<QueueEntry>();
  entry->id = id;
  entry->lane_of = &queue;
  entry->arn = queue.arn;
  entry->label = queue.label;
  entry->record = queue.record;
  entry->settings = queue.settings;
  entry->queue = queues::Queue(counters, queues::Order::kBestEffort, queue.tenants.get());
  entry->delayed = queues::Delayed(counters.delayed, counters.delayed_until);
  entry->reclaimed_to = counters.watermark;
  queue.lane = entry.get();
  return *(queues_[id] = std::move(entry));
}

TopicEntry& Catalog::AddTopic(std::uint64_t id, ResourceRecord record) {
  auto entry = std::make_unique<TopicEntry>();
  entry->id = id;
  entry->arn = ArnOf(record.name);
  entry->label = "topic " + record.name.name;
  entry->next_sequence = record.next_sequence;
  entry->record = std::move(record);
  const bool named = names_.emplace(entry->record.name, id).second;
  HUB_ASSERT(named);
  return *(topics_[id] = std::move(entry));
}

SubscriptionEntry& Catalog::AddSubscription(TopicEntry& topic, QueueEntry& queue, SubscriptionRecord record) {
  if (topic.free_slots.empty()) {
    topic.free_slots.push_back(topic.subscriptions.size());
    topic.subscriptions.emplace_back();
  }
  const std::size_t slot = topic.free_slots.back();
  topic.free_slots.pop_back();
  topic.slots[queue.id] = slot;
  auto entry = std::make_unique<SubscriptionEntry>();
  entry->slot = slot;
  entry->topic = &topic;
  entry->queue = &queue;
  entry->record = std::move(record);
  entry->arn = topic.arn + ":" + queue.record.name.account + "-" + queue.record.name.name;
  entry->joined_at = topic.published;
  return *(topic.subscriptions[slot] = std::move(entry));
}

void Catalog::RemoveQueue(QueueEntry& queue) {
  for (SubscriptionEntry* subscription : SubscriptionsOf(queue)) RemoveSubscription(*subscription);
  names_.erase(queue.record.name);
  queue_arns_.erase(queue.arn);
  if (queue.lane) queues_.erase(queue.lane->id);
  queues_.erase(queue.id);
}

void Catalog::RemoveTopic(TopicEntry& topic) {
  names_.erase(topic.record.name);
  topics_.erase(topic.id);
}

void Catalog::RemoveSubscription(SubscriptionEntry& subscription) {
  TopicEntry& topic = *subscription.topic;
  const std::size_t slot = subscription.slot;
  topic.router.Unsubscribe(slot);
  topic.slots.erase(subscription.queue->id);
  topic.free_slots.push_back(slot);
  topic.subscriptions[slot] = nullptr;
}

std::vector<SubscriptionEntry*> Catalog::SubscriptionsOf(const QueueEntry& queue) const {
  std::vector<SubscriptionEntry*> found;
  for (const auto& [id, topic] : topics_) {
    if (SubscriptionEntry* subscription = topic->Find(queue.id)) found.push_back(subscription);
  }
  return found;
}

}  // namespace hub::core
