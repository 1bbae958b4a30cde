// Coming back from what the store holds. The same way after a clean stop, `kill -9` and a power loss.

#include <algorithm>

#include "hub/base/assert.h"
#include "hub/core/core.h"
#include "hub/core/keys.h"

namespace hub::core {
namespace {

// Scans a range and hands each row to `read` until one fails.
Result<void> ForEach(const Scan& scan, std::string_view from, std::string_view to,
                     const std::function<Result<void>(std::string_view key, std::string_view value)>& read) {
  Result<void> outcome;
  auto scanned = scan(from, to, [&](std::string_view key, std::string_view value) {
    outcome = read(key, value);
    return outcome.has_value();
  });
  return scanned ? outcome : scanned;
}

}  // namespace

Result<void> Core::Recover(const Scan& scan, Instant wall) {
  Result<HubRecord> hub = HubRecord{.boot = 0, .time = {}, .next_id = 1, .secret = options_.secret};
  auto read = ForEach(scan, HubKey(), HubKey() + '\0', [&](std::string_view, std::string_view value) -> Result<void> {
    hub = HubRecord::Decode(value);
    if (!hub) return tl::unexpected(hub.error());
    return {};
  });
  if (!read) return read;
  hub_ = *hub;
  ++hub_.boot;
  start_time_ = std::max(hub_.time, wall + hub_.advanced);
  if (auto queues = RecoverQueues(scan); !queues) return queues;
  if (auto tasks = RecoverMoveTasks(scan); !tasks) return tasks;
  if (auto topics = RecoverTopics(scan); !topics) return topics;
  if (auto accepted = RecoverAccepted(scan); !accepted) return accepted;
  return ForEach(scan, Key(KeyKind::kTrash, 0), KindEnd(KeyKind::kTrash),
                 [&](std::string_view key, std::string_view value) -> Result<void> {
                   auto range = TrashRecord::Decode(value);
                   if (!range) return tl::unexpected(range.error());
                   if (range->from[0] == static_cast<char>(KeyKind::kDelayed)) {
                     QueueEntry* queue = catalog_.FindQueue(KeyPart(range->from, 0));
                     if (queue) queue->delayed_from = std::max(queue->delayed_from, range->sequence_to);
                   }
                   trash_[KeyPart(key, 0)].range = std::move(*range);
                   return {};
                 });
}

Result<void> Core::RecoverQueues(const Scan& scan) {
  std::map<std::uint64_t, queues::Counters> counters;
  auto read = ForEach(scan, Key(KeyKind::kCounters, 0), KindEnd(KeyKind::kCounters),
                      [&](std::string_view key, std::string_view value) -> Result<void> {
                        auto decoded = queues::Counters::Decode(value);
                        if (!decoded) return tl::unexpected(decoded.error());
                        decoded->newest = start_time_;
                        counters[KeyPart(key, 0)] = *decoded;
                        return {};
                      });
  if (!read) return read;
  read = ForEach(scan, Key(KeyKind::kQueue, 0), KindEnd(KeyKind::kQueue),
                 [&](std::string_view key, std::string_view value) -> Result<void> {
                   auto record = ResourceRecord::Decode(value);
                   if (!record) return tl::unexpected(record.error());
                   const std::string label = "queue " + record->name.name;
                   auto settings = ReadQueueAttributes(record->attributes, kMessageBytesMax, record->name.name);
                   if (!settings) return Fail(Code::kStorage, label + ": " + settings.error().message);
                   const std::uint64_t id = KeyPart(key, 0);
                   QueueEntry& queue = catalog_.AddQueue(id, std::move(*record), counters[id], NewTenants());
                   queue.settings = std::move(*settings);
                   queue.reclaimed_to = counters[id].watermark;
                   return {};
                 });
  if (!read) return read;
  read = ForEach(scan, Key(KeyKind::kLane, 0), KindEnd(KeyKind::kLane),
                 [&](std::string_view key, std::string_view value) -> Result<void> {
                   auto record = LaneRecord::Decode(value);
                   if (!record) return tl::unexpected(record.error());
                   QueueEntry* queue = catalog_.FindQueue(KeyPart(key, 0));
                   if (!queue || !queue->tenants || queue->lane) {
                     return Fail(Code::kStorage, "The store holds the lane of a queue that cannot have it.");
                   }
                   queue->tenants->Restore(record->noisy);
                   catalog_.AddLane(*queue, record->id, counters[record->id]);
                   return {};
                 });
  if (!read) return read;
  for (const auto& [id, queue] : catalog_.queues()) {
    if (auto slots = RecoverSlots(*queue, scan); !slots) return slots;
    SetResourcePolicies(queue->arn, queue->settings.policy);
    NoteTags(queue->arn, queue->record);
    UpdateTimer(*queue);
  }
  return {};
}

// In the order in which they were started, since ids grow.
Result<void> Core::RecoverMoveTasks(const Scan& scan) {
  return ForEach(scan, Key(KeyKind::kMoveTask, 0), KindEnd(KeyKind::kMoveTask),
                 [&](std::string_view key, std::string_view value) -> Result<void> {
                   auto record = MoveTaskRecord::Decode(value);
                   if (!record) return tl::unexpected(record.error());
                   const std::uint64_t source = KeyPart(key, 0);
                   if (!catalog_.FindQueue(source)) {
                     return Fail(Code::kStorage, "The store holds a move task without its queue.");
                   }
                   if (record->status == MoveStatus::kRunning) moving_.insert(source);
                   move_tasks_[source].push_back({.id = KeyPart(key, 1), .record = std::move(*record)});
                   return {};
                 });
}

// Chunks of which something was received or deleted come back into memory, without their bodies.
Result<void> Core::RecoverSlots(QueueEntry& queue, const Scan& scan) {
  if (queue.queue.Watermark() == queue.queue.next_sequence()) return {};  // Most, of very many: nothing lies in it.
  std::vector<std::pair<queues::Sequence, std::string>> states;
  const std::string from = Key(KeyKind::kSlots, queue.id, queue.queue.Watermark());
  auto read = ForEach(scan, from, Key(KeyKind::kSlots, queue.id + 1),
                      [&](std::string_view key, std::string_view value) -> Result<void> {
                        states.emplace_back(KeyPart(key, 1), value);
                        return {};
                      });
  if (!read) return read;
  for (const auto& [first, state] : states) {
    const std::string key = Key(KeyKind::kChunk, queue.id, first);
    auto loaded =
        ReadLoad({.id = 0, .from = key, .to = key + '\0', .rows_max = 1, .bytes_max = 0, .bodies = true}, scan);
    if (!loaded) return tl::unexpected(loaded.error());
    if (loaded->rows.size() != 1) {
      return Fail(Code::kStorage, "The " + queue.label + " has the state of a chunk that the store does not hold.");
    }
    for (const Loaded::TopicChunk& chunk : loaded->topic_chunks) {
      auto block = topic_chunks_.AddLoaded(chunk);
      if (!block) return tl::unexpected(block.error());
      if (*block) loaded_blocks_.push_back(*block);
    }
    const std::shared_ptr<const std::string>& value = loaded->rows[0].value;
    queues::Content content = ContentOf(value);
    auto slots = queues::Slots::Decode(state, content.count());
    if (!slots) return tl::unexpected(slots.error());
    if (content.reference) topic_chunks_.Use(content.reference->topic, content.reference->topic_first);
    queue.queue.Restore(first, std::move(*slots), content);
    loaded_blocks_.clear();
  }
  return {};
}

// What FIFO queues and topics accepted within the deduplication window, in the order of time.
Result<void> Core::RecoverAccepted(const Scan& scan) {
  return ForEach(scan, Key(KeyKind::kDeduplication, 0), KindEnd(KeyKind::kDeduplication),
                 [&](std::string_view key, std::string_view value) -> Result<void> {
                   QueueEntry* queue = catalog_.FindQueue(KeyPart(key, 0));
                   TopicEntry* topic = catalog_.FindTopic(KeyPart(key, 0));
                   auto accepted = queues::Accepted::Decode(value);
                   if (!accepted) return tl::unexpected(accepted.error());
                   if ((!queue && !topic) || accepted->at + kDeduplicationWindow <= start_time_) return {};
                   auto& known = (queue ? queue->deduplicator : topic->deduplicator).known;
                   if (!known) known = std::make_unique<queues::Deduplication>();
                   for (const auto& [fingerprint, sequence] : accepted->messages) {
                     known->Add(fingerprint, accepted->at);
                     known->Number(fingerprint, sequence);
                     ++deduplication_ids_;
                   }
                   (void)known->TakeAdded(accepted->at);  // It is stored.
                   queue ? UpdateTimer(*queue) : UpdateTimer(*topic);
                   return {};
                 });
}

Result<void> Core::RecoverTopics(const Scan& scan) {
  auto read = ForEach(scan, Key(KeyKind::kTopic, 0), KindEnd(KeyKind::kTopic),
                      [&](std::string_view key, std::string_view value) -> Result<void> {
                        auto record = ResourceRecord::Decode(value);
                        if (!record) return tl::unexpected(record.error());
                        const std::string label = "topic " + record->name.name;
                        auto settings = ReadTopicAttributes(record->attributes, record->name.name);
                        if (!settings) return Fail(Code::kStorage, label + ": " + settings.error().message);
                        TopicEntry& topic = catalog_.AddTopic(KeyPart(key, 0), std::move(*record));
                        topic.settings = std::move(*settings);
                        SetResourcePolicies(topic.arn, topic.settings.policy);
                        NoteTags(topic.arn, topic.record);
                        return {};
                      });
  if (!read) return read;
  if (auto patterns = RecoverPatterns(scan); !patterns) return patterns;
  return RecoverSubscriptions(scan);
}

Result<void> Core::RecoverPatterns(const Scan& scan) {
  return ForEach(scan, Key(KeyKind::kPattern, 0), KindEnd(KeyKind::kPattern),
                 [&](std::string_view key, std::string_view value) -> Result<void> {
                   auto record = PatternRecord::Decode(value);
                   if (!record) return tl::unexpected(record.error());
                   if (auto read = ReadSubscriptionAttributes(record->attributes); !read) {
                     return Fail(Code::kStorage, read.error().message);
                   }
                   if (catalog_.FindPattern(record->topics, record->endpoint)) {
                     return Fail(Code::kStorage, "The store holds a subscription by a pattern twice.");
                   }
                   AddPattern(KeyPart(key, 0), std::move(*record));
                   return {};
                 });
}

Result<void> Core::RecoverSubscriptions(const Scan& scan) {
  auto read = ForEach(scan, Key(KeyKind::kSubscription, 0), KindEnd(KeyKind::kSubscription),
                      [&](std::string_view key, std::string_view value) -> Result<void> {
                        auto record = SubscriptionRecord::Decode(value);
                        if (!record) return tl::unexpected(record.error());
                        return RecoverSubscription(KeyPart(key, 0), std::move(*record));
                      });
  if (!read) return read;
  for (const auto& [id, subscription] : catalog_.subscriptions()) {
    if (subscription->record.delivery == 0) continue;
    if (auto delivery = RecoverDelivery(*subscription, scan); !delivery) return delivery;
  }
  return RecoverSubscriptionsOfQueues(scan);
}

Result<void> Core::RecoverSubscription(std::uint64_t id, SubscriptionRecord record) {
  TopicEntry* topic = catalog_.FindTopic(record.topic);
  if (!topic || topic->Find(record.protocol, record.endpoint)) {
    return Fail(Code::kStorage, "The store holds a subscription without its topic, or twice.");
  }
  if (record.pattern != 0 && !catalog_.FindPattern(record.pattern)) {
    return Fail(Code::kStorage, "The store holds a subscription without the pattern that made it.");
  }
  auto settings = ReadSubscriptionAttributes(record.attributes);
  if (!settings) return Fail(Code::kStorage, settings.error().message);
  AddSubscription(*topic, id, std::move(record), std::move(*settings));
  return {};
}

Result<void> Core::RecoverDelivery(SubscriptionEntry& subscription, const Scan& scan) {
  queues::Counters counters;
  const std::string key = Key(KeyKind::kCounters, subscription.record.delivery);
  auto read = ForEach(scan, key, key + '\0', [&](std::string_view, std::string_view value) -> Result<void> {
    auto decoded = queues::Counters::Decode(value);
    if (!decoded) return tl::unexpected(decoded.error());
    counters = *decoded;
    counters.newest = start_time_;
    return {};
  });
  if (!read) return read;
  AddDelivery(subscription, counters);
  if (auto slots = RecoverSlots(*subscription.queue, scan); !slots) return slots;
  UpdateTimer(*subscription.queue);
  return {};
}

// Subscriptions had no ids of their own, and ended with their queue. They get an id and become those of the queue's
// account, as they were; the first turn stores them so.
Result<void> Core::RecoverSubscriptionsOfQueues(const Scan& scan) {
  return ForEach(scan, Key(KeyKind::kSubscriptionOfQueue, 0), KindEnd(KeyKind::kSubscriptionOfQueue),
                 [&](std::string_view key, std::string_view value) -> Result<void> {
                   auto record = SubscriptionRecord::DecodeOfQueue(value);
                   if (!record) return tl::unexpected(record.error());
                   const QueueEntry* queue = catalog_.FindQueue(KeyPart(key, 1));
                   if (!queue) return Fail(Code::kStorage, "The store holds a subscription without its queue.");
                   record->topic = KeyPart(key, 0);
                   record->endpoint = queue->arn;
                   record->owner = queue->record.name.account;
                   record->requested = start_time_;
                   subscriptions_of_queues_.emplace_back(key);
                   return RecoverSubscription(hub_.next_id++, std::move(*record));
                 });
}

// In one batch with everything else of the first turn, so that none is ever there twice.
void Core::MoveSubscriptionsOfQueues(Turn& turn) {
  if (subscriptions_of_queues_.empty()) return;
  for (std::string& key : subscriptions_of_queues_) {
    const TopicEntry& topic = *catalog_.FindTopic(KeyPart(key, 0));
    Store(*topic.Find(catalog_.FindQueue(KeyPart(key, 1))->arn), turn);
    turn.batch.Delete(std::move(key));
  }
  subscriptions_of_queues_.clear();
  StoreHub(turn);
}

}  // namespace hub::core
