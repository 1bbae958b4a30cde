// What the hub answers. Shared by all endpoints; each turns it into its own wire format, on its own thread, after the
// turn is durable. Immutable once made.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "hub/base/message.h"
#include "hub/base/one_of.h"
#include "hub/base/result.h"
#include "hub/base/time.h"
#include "hub/core/command.h"
#include "hub/core/protocol.h"
#include "hub/core/statistics.h"
#include "hub/core/testing.h"
#include "topics/delivery_policy.h"
#include "topics/notification.h"

namespace hub::core {

struct MessageId {
  std::array<unsigned char, 16> bytes{};

  friend auto operator<=>(const MessageId&, const MessageId&) = default;
};

std::string_view BytesOf(const MessageId& id);
MessageId IdFrom(std::string_view bytes);  // 16 of them.

// "8f14e45f-ceea-467f-a0e6-b0c3a1d2e4f5"
std::string Format(const MessageId& id);

// [aws 59] A sequence as SQS and SNS write it: twenty digits, so that text sorts as numbers do.
std::string FormatSequence(std::uint64_t sequence);

struct EntryFailure {
  std::uint32_t index = 0;  // Into the entries of the request.
  Error error;
};

// Send and Publish. `ids` has one element per entry of the request; those of failed entries are zero. So have the
// `sequences` of a FIFO queue; otherwise there are none.
struct SendReply {
  std::vector<MessageId> ids;
  std::vector<std::uint64_t> sequences;
  std::vector<EntryFailure> failures;
};

// Delete and ChangeVisibility.
struct EntriesReply {
  std::uint32_t count = 0;  // Entries in the request.
  std::vector<EntryFailure> failures;
};

// What a subscriber that is not a queue is told. Never by anything that a publisher can write.
enum class DeliveryKind : std::uint8_t {
  kMessage,
  kConfirmation,  // Asks it to agree: the body is the token.
  kFarewell,      // The subscription has ended: likewise.
};

// One message handed to a receiver. Views point into `ReceiveReply::blocks`.
struct Delivery {
  MessageId id;
  Handle handle{};
  std::string_view body;                // As published; see AppendBody.
  std::string_view encoded_attributes;  // See DecodeAttributes. Empty: none.
  std::string_view subject;             // Of a notification.
  Instant sent{};
  Instant first_received{};
  std::uint32_t receive_count = 0;
  std::string_view sender;                  // Principal ARN of the sender, or the service.
  std::string_view dead_letter_source;      // ARN of the queue that gave it up, or "".
  std::string_view group;                   // Its message group, or "".
  std::string_view deduplication;           // Its deduplication id, or "".
  std::string_view trace;                   // Its trace header, or "".
  std::uint64_t sequence = 0;               // Of a FIFO queue: grows within each message group.
  std::string_view envelope_topic;          // The ARN in the notification's envelope. Empty: the body is delivered raw.
  MessageId notification{};                 // Of what was published: the topic's own message id,
  Instant published{};                      // and when.
  std::uint64_t notification_sequence = 0;  // And its place in the order of a FIFO topic.
  MessageId subscription{};      // What the ARN of the subscription has more than the topic's; zero: unknown.
  bool signs_by_sha256 = false;  // The topic's SignatureVersion is 2.
  bool replayed = false;         // From an archive.
  DeliveryKind kind = DeliveryKind::kMessage;
};

// A subscriber that is not a queue, for whoever delivers to it. Immutable; made anew when anything of it changes.
struct PushTarget {
  std::uint64_t subscription = 0;  // Its id.
  std::string arn;                 // The subscription's.
  std::string topic_arn;
  Protocol protocol = Protocol::kHttp;
  std::string endpoint;
  topics::DeliveryPolicy policy;  // In force.
  bool signs_by_sha256 = false;   // SignatureVersion 2.
};

struct ReceiveReply {
  std::shared_ptr<const PushTarget> target = nullptr;  // For whom, where a TakeDeliveries gets them.
  std::vector<Delivery> deliveries = {};
  std::vector<std::shared_ptr<const void>> blocks = {};  // Keep the views alive.
};

// What an envelope holds besides, where its reader can follow links.
struct EnvelopeLinks {
  std::optional<topics::Signature> signature = {};
  std::optional<std::string_view> unsubscribe_url = {};
};

// One message that was looked at. Its delivery has no handle.
struct Peeked {
  Delivery delivery;
  MessageState state = MessageState::kVisible;
  Instant until{};  // When it can be received, unless it can now.
};

struct PeekReply {
  std::vector<Peeked> messages;
  std::string next;                                 // For the next page, or "": that is all.
  std::vector<std::shared_ptr<const void>> blocks;  // Keep the views alive.
};

// The body as the receiver sees it: raw, or wrapped in the notification envelope.
void AppendBody(std::string& out, const Delivery& delivery, const EnvelopeLinks& links = {});

// Attributes that travel beside the body: none under an envelope, which holds them inside.
std::vector<Attribute> AttributesOf(const Delivery& delivery);

// All of them, wherever they travel.
std::vector<Attribute> PublishedAttributesOf(const Delivery& delivery);

struct QueueDescription {
  std::string arn;
  std::string account;
  std::string name;
  Attributes attributes;  // Every settable attribute that has a value.
  Tags tags;
  Instant created{};
  Instant modified{};  // When its attributes last changed.
  std::uint64_t visible = 0;
  std::uint64_t in_flight = 0;
  std::uint64_t delayed = 0;
  std::uint64_t noisy_groups = 0;  // Message groups of a standard queue that others are served before.
  Duration oldest_age{};           // Of the oldest message that is not deleted; zero when there is none.
  std::string declared_at;         // "config/hub.yaml:14:5", or "" when no configuration declares it.
  // Since the hub started.
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  std::uint64_t deleted = 0;
  std::uint64_t expired = 0;
  std::uint64_t dead_lettered = 0;
};

struct SubscriptionDescription {
  std::string arn;
  std::string topic_arn;  // Or that of a pattern, whose subscription this is.
  Protocol protocol = Protocol::kSqs;
  std::string endpoint;           // The ARN of a queue, of which there may be none; otherwise see Protocol.
  std::string owner;              // The account that subscribed.
  std::string principal;          // The ARN of who did; "" for the hub itself.
  std::string pattern;            // The ARN of the pattern that made it, or "".
  bool is_pending = false;        // Waits for confirmation.
  bool was_authenticated = true;  // Of who confirmed it the hub knew who it was.
  Attributes attributes;
  std::string declared_at;
  std::string effective_delivery_policy;  // JSON, where it is tried again: http, https.
  std::string replay_status;              // "Completed", "In progress", "Failed"; "" without a replay.
  // Since the hub started.
  std::uint64_t delivered = 0;
  std::uint64_t filtered = 0;
  std::uint64_t denied = 0;         // By the queue's policy.
  std::uint64_t failed = 0;         // There is no such queue, or the message is too much for it; or was tried in vain.
  std::uint64_t dead_lettered = 0;  // Of those denied and failed; the rest is lost.
  std::string last_denial;          // Why the last one of those was not delivered, or "".
};

struct TopicDescription {
  std::string arn;
  std::string account;
  std::string name;
  Attributes attributes;
  Tags tags;
  std::string declared_at;
  std::string effective_delivery_policy;  // JSON: how http and https subscribers would be tried again.
  Instant archive_begins = kNever;        // From when on there may be something to replay; kNever: no archive.
  std::uint64_t published = 0;
  std::uint64_t subscriptions_confirmed = 0;
  std::uint64_t subscriptions_pending = 0;
  std::uint64_t subscriptions_deleted = 0;             // Since the hub started.
  std::vector<SubscriptionDescription> subscriptions;  // None where a list was asked for by pages.
};

struct QueuesReply {
  std::vector<QueueDescription> queues;
  bool more = false;  // There are further ones.
};

struct TopicsReply {
  std::vector<TopicDescription> topics;
  bool more = false;  // There are others after the last.
};

// Stored: a number never changes its meaning.
enum class MoveStatus : std::uint8_t { kRunning = 0, kCompleted = 1, kCancelled = 2, kFailed = 3 };

// Why a move task failed. Stored, too.
enum class MoveFailure : std::uint8_t {
  kNone = 0,
  kQueueGone = 1,      // The destination, or the queue that a message came from, does not exist any more.
  kOriginUnknown = 2,  // A message that no queue gave up, or one whose dead-letter queue is another by now.
};

// "RUNNING"; "QueueGone", "OriginUnknown", or "".
std::string_view NameOf(MoveStatus status);
std::string_view NameOf(MoveFailure failure);

struct MoveTaskDescription {
  std::string handle;       // For CancelMoveTask; "" unless it is running.
  std::string source;       // ARN.
  std::string destination;  // ARN, or "": back to where each message came from.
  std::uint64_t rate = 0;   // Messages a second; 0: no limit was given.
  MoveStatus status = MoveStatus::kRunning;
  Instant started{};
  std::uint64_t to_move = 0;  // About, when it started.
  std::uint64_t moved = 0;
  MoveFailure failure = MoveFailure::kNone;
  std::string reason;  // Of a failure, for a person.
};

// CancelMoveTask: that task. ListMoveTasks: the latest first.
struct MoveTasksReply {
  std::vector<MoveTaskDescription> tasks;
};

struct ArnsReply {
  std::vector<std::string> arns;
  bool more = false;  // There are further ones.
};

struct TagsReply {
  Tags tags;
};

struct SubscriptionsReply {
  std::vector<SubscriptionDescription> subscriptions;
  bool more = false;  // There are others after the last.
};

struct HubReply {
  std::uint64_t turns = 0;
  std::uint64_t flushes = 0;
  std::uint64_t boot = 0;
  Duration uptime{};
  std::uint64_t queues = 0;
  std::uint64_t topics = 0;
  std::string durability;
};

// Export: a configuration as JSON (topology.h).
struct TopologyReply {
  std::string document;
};

// GetDataProtectionPolicy: "" where there is none.
struct TextReply {
  std::string text;
};

// Purge, Delete*, Set*, Put*, Tag*, Untag*, *Permission, Unsubscribe, PlanReload, Reload. `notes` are for a person:
// what a reload changes or leaves alone, how much a purge took.
struct DoneReply {
  std::vector<std::string> notes;
};

// Create*, FindQueue, Subscribe and ConfirmSubscription: the ARN of what there is now. StartMoveTask: the handle of the
// task. MayFollow and Follow: the ARN of the topic.
struct CreatedReply {
  std::string arn;
  bool is_pending = false;  // A subscription that waits for confirmation.
  std::string note = {};    // For a person: how many topics a pattern matches now. Mostly "".
};

using Replies = std::variant<DoneReply, CreatedReply, SendReply, EntriesReply, ReceiveReply, QueuesReply, TopicsReply,
                             SubscriptionsReply, MoveTasksReply, ArnsReply, TagsReply, HubReply, TopologyReply,
                             TextReply, PeekReply, StatisticsReply, TestReply>;

class Reply : public OneOf<Replies> {
 public:
  using OneOf::OneOf;
};

struct Answer {
  Ticket ticket;
  Result<Reply> reply;
  bool more = false;  // Further answers to the same ticket follow: it is a push consumer's.
};

}  // namespace hub::core
