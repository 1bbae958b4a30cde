// What there is: queues, topics and the subscriptions between them, by id and by name, with what each keeps in memory.
//
// Not thread-safe. The engine thread owns it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "hub/core/attributes.h"
#include "hub/core/records.h"
#include "hub/core/turn.h"
#include "queues/attempts.h"
#include "queues/chunk.h"
#include "queues/deduplication.h"
#include "queues/delayed.h"
#include "queues/queue.h"
#include "queues/tenants.h"
#include "topics/topic.h"

namespace hub::core {

// What is past the deduplication window is deleted from the store in strokes of so much at least.
inline constexpr Duration kDeduplicationSlack = std::chrono::seconds(30);

struct TopicEntry;
struct SubscriptionEntry;

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

// A queue, or the lane of its noisy tenants: a second log, under an id of its own, that is received from when the first
// has nothing more to give. A lane has its queue's record and settings, is found by its id alone, and is there from the
// first noisy tenant on.
struct QueueEntry {
  std::uint64_t id = 0;
  QueueEntry* lane = nullptr;                 // Of this queue, if it has one.
  QueueEntry* lane_of = nullptr;              // The queue whose lane this is.
  SubscriptionEntry* delivers_for = nullptr;  // Whose endpoint, no queue itself, is still to get what is in this one.
  std::unique_ptr<queues::Tenants> tenants;   // Of a standard queue, in both its logs.
  std::uint32_t receives = 0;                 // By which the lane, too, gets its turn.
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
  std::uint64_t windows = 0;          // How many have been taken in since the start.
  std::uint64_t due_load = 0;         // Of delayed messages.
  std::uint64_t due_turn = 0;         // That moved delayed messages last: what it deleted must be gone from the store.
  queues::Sequence delayed_from = 0;  // Delayed messages below it were purged and wait as trash.
  bool wants_messages = false;        // Somebody found too little.
  bool wants_tail = false;            // A handle's message, or something expired, lies on disk.
  std::vector<Command> deferred;      // Wait for the load, to be applied again.
  std::map<queues::Sequence, std::uint32_t> untried;  // Of a delivery queue: how often it was handed out for nothing.
  std::map<queues::Sequence, std::string> given_up;   // Of a delivery queue: not to be tried again, and why.

  std::optional<Instant> purged;      // Last, since the start.
  Instant timer = kNever;             // As it stands in the core's timers.
  queues::Sequence reclaimed_to = 0;  // Below it, disk space has been given back.

  // Since the start.
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  std::uint64_t deleted = 0;
  std::uint64_t expired = 0;
  std::uint64_t dead_lettered = 0;

  QueueEntry& owner() { return lane_of ? *lane_of : *this; }
  // Of the queue and its lane together.
  std::uint64_t Live() const { return queue.Live() + (lane ? lane->queue.Live() : 0); }
  std::uint64_t InFlight() const { return queue.InFlight() + (lane ? lane->queue.InFlight() : 0); }
  std::uint64_t DelayedCount() const { return delayed.count() + (lane ? lane->delayed.count() : 0); }
  Instant Oldest() const { return lane ? std::min(queue.Oldest(), lane->queue.Oldest()) : queue.Oldest(); }
  bool WaitsForLoad(Instant now) const {
    return queue.WaitsForLoad(now, settings.retention) || (lane && lane->queue.WaitsForLoad(now, settings.retention));
  }
};

// What a queue's policy says of a topic's deliveries.
struct Admission {
  std::optional<std::uint64_t> generation;  // Of the policies, for which it holds. Nothing: to be asked again.
  bool admitted = false;
  std::uint64_t denied_generation = 0;  // For which the last denial has been logged.
  std::string denial;
};

// Its `record.attributes` are in force also while it is pending; the router then does not know it.
struct SubscriptionEntry {
  std::uint64_t id = 0;
  topics::SubscriptionId slot = 0;  // Its place in TopicEntry::subscriptions.
  TopicEntry* topic = nullptr;
  QueueEntry* queue = nullptr;  // Null while there is none of that ARN. Of another protocol: its delivery queue.
  Admission admission;
  bool raw = false;

  // Where its last records of the topic's open chunk went, to a queue and to a lane; `chunk` says of which chunk.
  struct Open {
    std::uint64_t chunk = 0;
    std::size_t reference = 0;
  };
  Open open[2];
  QueueEntry* run_log = nullptr;  // Where the run under way goes: a queue, or its lane.
  std::size_t run_reference = 0;  // What it adds to.
  std::uint64_t delivered = 0;    // What stands above is needed for each delivery: it lies together.

  SubscriptionRecord record;
  std::string arn;
  std::string declared_at;
  std::string slot_key;                          // In TopicEntry::slots, where that is not the endpoint.
  std::string filter_owner;                      // For whom its filter policy counts, or "" (Catalog::CountFilter).
  std::string dead_letter_queue;                 // Its ARN, or "".
  Admission dead_letter_admission;               // By that queue.
  Instant timer = kNever;                        // When it vanishes unless it is confirmed.
  std::optional<ReplayRange> replay_range;       // As its attributes say.
  std::unique_ptr<topics::Topic> replay_router;  // While it replays: with this subscription alone.
  std::uint64_t replay_load = 0;                 // Of the archive, under way, or 0.
  std::uint64_t replay_waits_for = 0;            // The turn that must be in the store before there is more to read.
  std::shared_ptr<const PushTarget> target;      // What whoever delivers is told of it. Null: to be made.

  std::uint64_t denied = 0;
  std::uint64_t failed = 0;
  std::uint64_t dead_lettered = 0;
  std::uint64_t joined_at = 0;  // The topic's count of publishes when it was made: what it did not get was filtered.
  std::string last_denial;
};

// A subscription to every topic that a pattern matches. It delivers nothing itself: SubscriptionEntry does, one for
// each topic, whose record names this.
struct PatternEntry {
  std::uint64_t id = 0;
  PatternRecord record;
  std::string arn;
  std::string declared_at;
};

struct OpenReference {
  QueueEntry* queue = nullptr;
  queues::Reference reference;
  // Of a FIFO queue: what its deduplicator takes for accepted, and the places of the messages in the reference. Their
  // sequences are known when the chunk is closed.
  std::vector<std::pair<std::uint32_t, queues::Fingerprint>> accepted = {};
};

// A subscription whose queue does not get the messages of a run.
struct FailedDelivery {
  SubscriptionEntry* subscription = nullptr;
  bool denied = false;                 // By the queue's policy.
  QueueEntry* dead_letters = nullptr;  // Gets them instead. Null: nobody does.
};

// Messages published one after the other that reach the same subscriptions: what is told each queue is told once for
// all.
struct PublishRun {
  std::uint32_t count = 0;
  std::uint32_t first = 0;  // Index of the first in the topic's open chunk.
  std::vector<const topics::Subscription*> reached;
  std::vector<SubscriptionEntry*> admitted;
  std::vector<FailedDelivery> failed;
  std::size_t dead_lettered = 0;  // How many of those have somebody to get them.
  std::uint64_t generation = 0;   // Of the policies that decided.
  std::size_t bytes_max = 0;      // Every queue takes a message of this size. 0: it holds for one message only.
  std::string group;              // Of its messages, where some queue tells tenants from others.
  bool tells_tenants = false;

  std::size_t deliveries() const { return admitted.size() + dead_lettered; }  // Of each message.
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
  std::unordered_map<std::string_view, std::size_t> slots;  // By endpoint; several protocols may share one (SlotKey).

  Deduplicator deduplicator;
  Instant timer = kNever;  // As it stands in the core's timers.

  queues::Sequence next_sequence = 1;
  std::optional<queues::ChunkBuilder> open;
  std::uint64_t open_number = 0;  // Grows with each open chunk of this run.
  std::vector<OpenReference> references;
  PublishRun run;

  std::uint64_t pending = 0;  // Subscriptions that wait for confirmation.
  std::size_t filters = 0;    // As Catalog::CountFilter counts.

  // Since the start.
  std::uint64_t published = 0;
  std::uint64_t unsubscribed = 0;

  SubscriptionEntry* archive = nullptr;  // The subscription that keeps everything, if there is one.

  // Without the archive.
  std::size_t SubscriptionCount() const { return slots.size() - (archive ? 1 : 0); }
  SubscriptionEntry* Find(std::string_view endpoint) const;  // Of a queue.
  SubscriptionEntry* Find(Protocol protocol, std::string_view endpoint) const;
  std::uint32_t OpenCount() const { return open ? open->count() : 0; }
};

class Catalog {
 public:
  QueueEntry* FindQueue(const ResourceName& name) const;
  QueueEntry* FindQueue(std::uint64_t id) const;
  QueueEntry* FindQueueByArn(std::string_view arn) const;
  TopicEntry* FindTopic(const ResourceName& name) const;
  TopicEntry* FindTopic(std::uint64_t id) const;
  SubscriptionEntry* FindSubscription(std::uint64_t id) const;
  SubscriptionEntry* FindSubscriptionByArn(std::string_view arn) const;
  PatternEntry* FindPattern(std::uint64_t id) const;
  PatternEntry* FindPattern(const ResourceName& topics, const std::string& endpoint) const;
  PatternEntry* FindPatternByArn(std::string_view arn) const;

  // `tenants` is for a standard queue.
  QueueEntry& AddQueue(std::uint64_t id, ResourceRecord record, queues::Counters counters,
                       std::unique_ptr<queues::Tenants> tenants);
  QueueEntry& AddLane(QueueEntry& queue, std::uint64_t id, queues::Counters counters);
  // The delivery queue that the subscription's record names.
  QueueEntry& AddDelivery(SubscriptionEntry& subscription, queues::Counters counters);
  TopicEntry& AddTopic(std::uint64_t id, ResourceRecord record);
  SubscriptionEntry& AddSubscription(TopicEntry& topic, std::uint64_t id, std::string arn, SubscriptionRecord record);
  PatternEntry& AddPattern(std::uint64_t id, std::string arn, PatternRecord record);

  // With its lane. Its subscriptions stay, without a queue.
  void RemoveQueue(QueueEntry& queue);
  void RemoveDelivery(SubscriptionEntry& subscription);
  // With its subscriptions.
  void RemoveTopic(TopicEntry& topic);
  void RemoveSubscription(SubscriptionEntry& subscription);
  // Counts the filter policy of a subscription that a client has made, neither the configuration nor a pattern: to be
  // called when any of that may have changed.
  void CountFilter(SubscriptionEntry& subscription);
  std::size_t FiltersOf(const std::string& owner) const;
  // It is as if no pattern had made it.
  void DetachFromPattern(SubscriptionEntry& subscription);
  // Without the subscriptions that it made.
  void RemovePattern(PatternEntry& pattern);

  // Those that deliver to the queue of that ARN, in the order of their ids.
  std::vector<SubscriptionEntry*> SubscriptionsOf(const std::string& endpoint) const;
  std::vector<SubscriptionEntry*> SubscriptionsOf(const PatternEntry& pattern) const;
  // How many all patterns of an account have made.
  std::size_t MadeByPatternsOf(const std::string& owner) const;
  std::vector<TopicEntry*> TopicsOf(const ResourceName& pattern) const;

  // With the lanes and the delivery queues.
  const std::map<std::uint64_t, std::unique_ptr<QueueEntry>>& queues() const { return queues_; }
  std::size_t QueueCount() const { return queue_arns_.size(); }
  const std::map<std::uint64_t, std::unique_ptr<TopicEntry>>& topics() const { return topics_; }
  const std::map<ResourceName, std::uint64_t>& names() const { return names_; }
  const std::map<std::uint64_t, SubscriptionEntry*>& subscriptions() const { return subscriptions_; }
  const std::map<std::string_view, SubscriptionEntry*>& subscription_arns() const { return subscription_arns_; }
  const std::map<std::uint64_t, std::unique_ptr<PatternEntry>>& patterns() const { return patterns_; }

 private:
  void ForgetFilter(SubscriptionEntry& subscription);
  void Forget(SubscriptionEntry& subscription);

  std::map<std::uint64_t, std::unique_ptr<QueueEntry>> queues_;
  std::map<std::uint64_t, std::unique_ptr<TopicEntry>> topics_;
  std::map<ResourceName, std::uint64_t> names_;  // In the order in which they are listed.
  std::unordered_map<std::string, std::uint64_t> queue_arns_;
  std::map<std::uint64_t, SubscriptionEntry*> subscriptions_;           // Owned by their topics.
  std::map<std::string_view, SubscriptionEntry*> subscription_arns_;    // In the order in which they are listed.
  std::unordered_map<std::string, std::set<std::uint64_t>> endpoints_;  // The subscriptions of each.
  std::map<std::uint64_t, std::unique_ptr<PatternEntry>> patterns_;
  std::map<std::string, std::size_t> made_by_patterns_;                         // By owner.
  std::map<std::string, std::size_t> filters_;                                  // By owner, as CountFilter counts.
  std::map<std::pair<ResourceName, std::string>, std::uint64_t> pattern_ends_;  // By pattern and endpoint.
};

}  // namespace hub::core
