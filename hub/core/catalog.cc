#include "hub/core/catalog.h"

#include <utility>

#include "hub/base/assert.h"

namespace hub::core {

namespace {

// An address may get the same topic twice: as mail for people, and as JSON.
std::string SlotKey(Protocol protocol, std::string_view endpoint) {
  return protocol == Protocol::kEmailJson ? "\x01json:" + std::string(endpoint) : std::string(endpoint);
}

}  // namespace

SubscriptionEntry* TopicEntry::Find(std::string_view endpoint) const {
  const auto found = slots.find(endpoint);
  return found == slots.end() ? nullptr : subscriptions[found->second].get();
}

SubscriptionEntry* TopicEntry::Find(Protocol protocol, std::string_view endpoint) const {
  return Find(SlotKey(protocol, endpoint));
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

SubscriptionEntry* Catalog::FindSubscription(std::uint64_t id) const {
  const auto found = subscriptions_.find(id);
  return found == subscriptions_.end() ? nullptr : found->second;
}

SubscriptionEntry* Catalog::FindSubscriptionByArn(std::string_view arn) const {
  const auto found = subscription_arns_.find(arn);
  return found == subscription_arns_.end() ? nullptr : found->second;
}

PatternEntry* Catalog::FindPattern(std::uint64_t id) const {
  const auto found = patterns_.find(id);
  return found == patterns_.end() ? nullptr : found->second.get();
}

PatternEntry* Catalog::FindPattern(const ResourceName& topics, const std::string& endpoint) const {
  const auto found = pattern_ends_.find({topics, endpoint});
  return found == pattern_ends_.end() ? nullptr : FindPattern(found->second);
}

PatternEntry* Catalog::FindPatternByArn(std::string_view arn) const {
  const auto found = std::ranges::find_if(patterns_, [&](const auto& entry) { return entry.second->arn == arn; });
  return found == patterns_.end() ? nullptr : found->second.get();
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
  for (SubscriptionEntry* subscription : SubscriptionsOf(entry->arn)) subscription->queue = entry.get();
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

QueueEntry& Catalog::AddDelivery(SubscriptionEntry& subscription, queues::Counters counters) {
  HUB_ASSERT(!subscription.queue && subscription.record.delivery != 0);
  auto entry = std::make_unique<QueueEntry>();
  entry->id = subscription.record.delivery;
  entry->delivers_for = &subscription;
  entry->arn = subscription.arn;
  entry->label = "delivery queue of " + subscription.arn;
  entry->queue = queues::Queue(counters, queues::Order::kBestEffort, nullptr);
  entry->delayed = queues::Delayed(counters.delayed, counters.delayed_until);
  entry->reclaimed_to = counters.watermark;
  subscription.queue = entry.get();
  return *(queues_[entry->id] = std::move(entry));
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

SubscriptionEntry& Catalog::AddSubscription(TopicEntry& topic, std::uint64_t id, std::string arn,
                                            SubscriptionRecord record) {
  if (topic.free_slots.empty()) {
    topic.free_slots.push_back(topic.subscriptions.size());
    topic.subscriptions.emplace_back();
  }
  const std::size_t slot = topic.free_slots.back();
  topic.free_slots.pop_back();
  auto entry = std::make_unique<SubscriptionEntry>();
  entry->id = id;
  entry->slot = slot;
  entry->topic = &topic;
  entry->record = std::move(record);
  entry->arn = std::move(arn);
  if (entry->record.protocol == Protocol::kSqs) entry->queue = FindQueueByArn(entry->record.endpoint);
  entry->joined_at = topic.published;
  if (entry->record.protocol == Protocol::kEmailJson) {
    entry->slot_key = SlotKey(entry->record.protocol, entry->record.endpoint);
  }
  const std::string& key = entry->slot_key.empty() ? entry->record.endpoint : entry->slot_key;
  const bool is_only = topic.slots.emplace(key, slot).second;
  HUB_ASSERT(is_only);
  subscriptions_[id] = entry.get();
  subscription_arns_[entry->arn] = entry.get();
  endpoints_[entry->record.endpoint].insert(id);
  if (entry->record.pattern != 0) ++made_by_patterns_[entry->record.owner];
  CountFilter(*entry);
  return *(topic.subscriptions[slot] = std::move(entry));
}

PatternEntry& Catalog::AddPattern(std::uint64_t id, std::string arn, PatternRecord record) {
  auto entry = std::make_unique<PatternEntry>();
  entry->id = id;
  entry->record = std::move(record);
  entry->arn = std::move(arn);
  const bool is_only = pattern_ends_.emplace(std::pair(entry->record.topics, entry->record.endpoint), id).second;
  HUB_ASSERT(is_only);
  return *(patterns_[id] = std::move(entry));
}

void Catalog::RemoveQueue(QueueEntry& queue) {
  for (SubscriptionEntry* subscription : SubscriptionsOf(queue.arn)) subscription->queue = nullptr;
  names_.erase(queue.record.name);
  queue_arns_.erase(queue.arn);
  if (queue.lane) queues_.erase(queue.lane->id);
  queues_.erase(queue.id);
}

void Catalog::RemoveDelivery(SubscriptionEntry& subscription) {
  const std::uint64_t id = std::exchange(subscription.queue, nullptr)->id;
  queues_.erase(id);
}

void Catalog::RemoveTopic(TopicEntry& topic) {
  for (const auto& subscription : topic.subscriptions) {
    if (subscription) Forget(*subscription);
  }
  names_.erase(topic.record.name);
  topics_.erase(topic.id);
}

void Catalog::RemoveSubscription(SubscriptionEntry& subscription) {
  TopicEntry& topic = *subscription.topic;
  const std::size_t slot = subscription.slot;
  Forget(subscription);
  topic.router.Unsubscribe(slot);
  topic.slots.erase(subscription.slot_key.empty() ? subscription.record.endpoint : subscription.slot_key);
  topic.free_slots.push_back(slot);
  topic.subscriptions[slot] = nullptr;
}

void Catalog::RemovePattern(PatternEntry& pattern) {
  pattern_ends_.erase({pattern.record.topics, pattern.record.endpoint});
  patterns_.erase(pattern.id);
}

void Catalog::CountFilter(SubscriptionEntry& subscription) {
  const SubscriptionRecord& record = subscription.record;
  const bool counts = record.attributes.contains("FilterPolicy") && !record.is_declared && record.pattern == 0;
  ForgetFilter(subscription);
  if (!counts) return;
  subscription.filter_owner = record.owner;
  ++subscription.topic->filters;
  ++filters_[record.owner];
}

void Catalog::ForgetFilter(SubscriptionEntry& subscription) {
  const std::string owner = std::exchange(subscription.filter_owner, {});
  if (owner.empty()) return;
  --subscription.topic->filters;
  const auto counted = filters_.find(owner);
  if (--counted->second == 0) filters_.erase(counted);
}

std::size_t Catalog::FiltersOf(const std::string& owner) const {
  const auto counted = filters_.find(owner);
  return counted == filters_.end() ? 0 : counted->second;
}

void Catalog::DetachFromPattern(SubscriptionEntry& subscription) {
  if (std::exchange(subscription.record.pattern, 0) == 0) return;
  const auto made = made_by_patterns_.find(subscription.record.owner);
  if (--made->second == 0) made_by_patterns_.erase(made);
}

std::size_t Catalog::MadeByPatternsOf(const std::string& owner) const {
  const auto made = made_by_patterns_.find(owner);
  return made == made_by_patterns_.end() ? 0 : made->second;
}

void Catalog::Forget(SubscriptionEntry& subscription) {
  DetachFromPattern(subscription);
  ForgetFilter(subscription);
  const auto endpoint = endpoints_.find(subscription.record.endpoint);
  endpoint->second.erase(subscription.id);
  if (endpoint->second.empty()) endpoints_.erase(endpoint);
  subscription_arns_.erase(subscription.arn);
  subscriptions_.erase(subscription.id);
}

std::vector<SubscriptionEntry*> Catalog::SubscriptionsOf(const std::string& endpoint) const {
  std::vector<SubscriptionEntry*> found;
  const auto ids = endpoints_.find(endpoint);
  if (ids == endpoints_.end()) return found;
  for (const std::uint64_t id : ids->second) found.push_back(FindSubscription(id));
  return found;
}

std::vector<SubscriptionEntry*> Catalog::SubscriptionsOf(const PatternEntry& pattern) const {
  std::vector<SubscriptionEntry*> found = SubscriptionsOf(pattern.record.endpoint);
  std::erase_if(found, [&](const SubscriptionEntry* one) { return one->record.pattern != pattern.id; });
  return found;
}

// Names are sorted, so that only those are looked at that begin as the pattern does.
std::vector<TopicEntry*> Catalog::TopicsOf(const ResourceName& pattern) const {
  ResourceName first = pattern;
  first.kind = Kind::kTopic;
  first.name.resize(first.name.find('*'));
  std::vector<TopicEntry*> found;
  for (auto at = names_.lower_bound(first); at != names_.end(); ++at) {
    const ResourceName& name = at->first;
    if (name.account != first.account || name.region != first.region || name.kind != first.kind ||
        !name.name.starts_with(first.name)) {
      break;
    }
    if (Matches(pattern, name)) found.push_back(FindTopic(at->second));
  }
  return found;
}

}  // namespace hub::core
