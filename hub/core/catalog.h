// What there is: queues, topics and the subscriptions between them, by id and by name, with what each keeps in memory.
//
// Not thread-safe. The engine thread owns it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "hub/core/attributes.h"
#include "hub/core/records.h"
#include "hub/core/turn.h"
#include "queues/attempts.h"
#include "queues/chunk.h"
#include "queues/deduplication.h"
#include "queues/delayed.h"
#include "queues/queue.h"
#include "topics/topic.h"

namespace hub::core {

// What is past the deduplication window is deleted from the store in strokes of so much at least.
inline constexpr Duration kDeduplicationSlack = std::chrono::seconds(30);

struct TopicEntry;

// Of a FIFO queue or topic.
struct Deduplicator {
  std::unique_ptr<queues::Deduplication> known;  // From the first message on.
  Instant stored_from = InstantOf(0);            // What was accepted before it is deleted from the store.

  // When something should be forgotten, though nothing is sent.
  Instant ForgetDue() const {
    const Instant oldest = known ? known->Oldest() : kNever;
    return oldest == kNever ? kNever : oldest + kDeduplicationWindow + kDeduplicationSlack;
  }
};

struct QueueEntry {
  std::uint64_t id = 0;
  ResourceRecord record;
  std::string arn;
  std::string label;        // "queue billing", for explanations.
  std::string declared_at;  // Place in the configuration, or "".
  QueueSettings settings;
  queues::Queue queue;
  queues::Delayed delayed;
  queues::Attempts attempts;
  Deduplicator deduplicator;

  // This turn.
  bool touched = false;
  std::optional<queues::ChunkBuilder> open;  // What is sent straight to it.
  Duration open_delay{};                     // Of all its messages.
  TopicEntry* open_topic = nullptr;          // Whose open chunk it refers to. Never both.

  // What is being read for it.
  std::uint64_t load = 0;             // Id of the load of messages under way, or 0.
  std::uint64_t due_load = 0;         // Of delayed messages.
  std::uint64_t due_turn = 0;         // That moved delayed messages last: what it deleted must be gone from the store.
  queues::Sequence delayed_from = 0;  // Delayed messages below it were purged and wait as trash.
  bool wants_messages = false;        // Somebody found too little.
  bool wants_tail = false;            // A handle's message, or something expired, lies on disk.
  std::vector<Command> deferred;      // Wait for the load, to be applied again.

  Instant timer = kNever;             // As it stands in the core's timers.
  queues::Sequence reclaimed_to = 0;  // Below it, disk space has been given back.

  // Since the start.
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  std::uint64_t deleted = 0;
  std::uint64_t expired = 0;
  std::uint64_t dead_lettered = 0;
};

struct SubscriptionEntry {
  topics::SubscriptionId slot = 0;  // Its place in TopicEntry::subscriptions.
  TopicEntry* topic = nullptr;
  QueueEntry* queue = nullptr;
  SubscriptionRecord record;
  std::string arn;
  std::string declared_at;
  bool raw = false;

  // The queue's decision about this topic, and for which generation of the policies it holds.
  std::optional<std::uint64_t> decided_generation;
  bool admitted = false;
  std::uint64_t denied_generation = 0;  // For which the last denial has been logged.

  // Its records of the topic's open chunk; `open_chunk` says of which.
  std::uint64_t open_chunk = 0;
  std::size_t open_reference = 0;

  std::uint64_t delivered = 0;
  std::uint64_t denied = 0;
  std::uint64_t refused = 0;    // Too large for the queue.
  std::uint64_t joined_at = 0;  // The topic's count of publishes when it was made: what it did not get was filtered.
  std::string last_denial;
};

struct OpenReference {
  SubscriptionEntry* subscription = nullptr;
  queues::Reference reference;
};

// Messages published one after the other that reach the same subscriptions: what is told each queue is told once for
// all.
struct PublishRun {
  std::uint32_t count = 0;
  std::uint32_t first = 0;  // Index of the first in the topic's open chunk.
  std::vector<const topics::Subscription*> reached;
  std::vector<SubscriptionEntry*> admitted;
  std::vector<SubscriptionEntry*> denied;
  std::uint64_t generation = 0;  // Of the policies that decided.
  std::size_t bytes_max = 0;     // Every admitted queue takes a message of this size.
};

struct TopicEntry {
  std::uint64_t id = 0;
  ResourceRecord record;  // Its next_sequence is a bound, stored ahead.
  std::string arn;
  std::string label;
  std::string declared_at;
  TopicSettings settings;
  topics::Topic router;
  std::vector<std::unique_ptr<SubscriptionEntry>> subscriptions;  // By slot; null where free.
  std::vector<std::size_t> free_slots;
  std::unordered_map<std::uint64_t, std::size_t> slots;  // By queue.

  Deduplicator deduplicator;
  Instant timer = kNever;  // As it stands in the core's timers.

  queues::Sequence next_sequence = 1;
  std::optional<queues::ChunkBuilder> open;
  std::uint64_t open_number = 0;  // Grows with each open chunk of this run.
  std::vector<OpenReference> references;
  PublishRun run;

  std::uint64_t published = 0;

  SubscriptionEntry* Find(std::uint64_t queue) const;
  std::uint32_t OpenCount() const { return open ? open->count() : 0; }
};

class Catalog {
 public:
  QueueEntry* FindQueue(const ResourceName& name) const;
  QueueEntry* FindQueue(std::uint64_t id) const;
  QueueEntry* FindQueueByArn(std::string_view arn) const;
  TopicEntry* FindTopic(const ResourceName& name) const;
  TopicEntry* FindTopic(std::uint64_t id) const;

  QueueEntry& AddQueue(std::uint64_t id, ResourceRecord record, queues::Counters counters);
  TopicEntry& AddTopic(std::uint64_t id, ResourceRecord record);
  SubscriptionEntry& AddSubscription(TopicEntry& topic, QueueEntry& queue, SubscriptionRecord record);

  void RemoveQueue(QueueEntry& queue);
  void RemoveTopic(TopicEntry& topic);
  void RemoveSubscription(SubscriptionEntry& subscription);

  std::vector<SubscriptionEntry*> SubscriptionsOf(const QueueEntry& queue) const;

  const std::map<std::uint64_t, std::unique_ptr<QueueEntry>>& queues() const { return queues_; }
  const std::map<std::uint64_t, std::unique_ptr<TopicEntry>>& topics() const { return topics_; }
  const std::map<ResourceName, std::uint64_t>& names() const { return names_; }

 private:
  std::map<std::uint64_t, std::unique_ptr<QueueEntry>> queues_;
  std::map<std::uint64_t, std::unique_ptr<TopicEntry>> topics_;
  std::map<ResourceName, std::uint64_t> names_;  // In the order in which they are listed.
  std::unordered_map<std::string, std::uint64_t> queue_arns_;
};

}  // namespace hub::core
