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
#include "hub/base/result.h"
#include "hub/base/time.h"
#include "hub/core/command.h"

namespace hub::core {

struct MessageId {
  std::array<unsigned char, 16> bytes{};

  friend auto operator<=>(const MessageId&, const MessageId&) = default;
};

// "8f14e45f-ceea-467f-a0e6-b0c3a1d2e4f5"
std::string Format(const MessageId& id);

// A sequence as SQS and SNS write it: twenty digits, so that text sorts as numbers do.
std::string FormatSequence(std::uint64_t sequence);

// Opaque to clients: queue, sequence, receive number, boot epoch and a MAC (hub/core/receipt_handle.h).
inline constexpr std::size_t kHandleBytes = 44;
using Handle = std::array<char, kHandleBytes>;

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
  std::uint64_t sequence = 0;               // Of a FIFO queue: grows within each message group.
  std::string_view envelope_topic;          // The ARN in the notification's envelope. Empty: the body is delivered raw.
  MessageId notification{};                 // The topic's own message id, when there is an envelope.
  std::uint64_t notification_sequence = 0;  // And its place in the order of a FIFO topic.
};

struct ReceiveReply {
  std::vector<Delivery> deliveries;
  std::vector<std::shared_ptr<const void>> blocks;  // Keep the views alive.
};

// The body as the receiver sees it: raw, or wrapped in the notification envelope.
void AppendBody(std::string& out, const Delivery& delivery);

// Attributes that travel beside the body: none under an envelope, which holds them inside.
std::vector<Attribute> AttributesOf(const Delivery& delivery);

struct QueueDescription {
  std::string arn;
  std::string account;
  std::string name;
  Attributes attributes;  // Every settable attribute that has a value.
  std::uint64_t visible = 0;
  std::uint64_t in_flight = 0;
  std::uint64_t delayed = 0;
  Duration oldest_age{};    // Of the oldest message that is not deleted; zero when there is none.
  std::string declared_at;  // "config/hub.yaml:14:5", or "" when no configuration declares it.
  // Since the hub started.
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  std::uint64_t deleted = 0;
  std::uint64_t expired = 0;
  std::uint64_t dead_lettered = 0;
};

struct SubscriptionDescription {
  std::string arn;
  std::string topic_arn;
  std::string queue_arn;
  Attributes attributes;
  std::string declared_at;
  std::uint64_t delivered = 0;
  std::uint64_t filtered = 0;
  std::uint64_t denied = 0;
  std::string last_denial;
};

struct TopicDescription {
  std::string arn;
  std::string account;
  std::string name;
  Attributes attributes;
  std::string declared_at;
  std::uint64_t published = 0;
  std::vector<SubscriptionDescription> subscriptions;
};

struct QueuesReply {
  std::vector<QueueDescription> queues;
};

struct TopicsReply {
  std::vector<TopicDescription> topics;
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

// Purge, Delete*, Set*, Unsubscribe, Reload. `notes` are for a person: what a reload changed or left alone.
struct DoneReply {
  std::vector<std::string> notes;
};

// Create* and Subscribe: the ARN of what there is now. MayFollow and Follow: the topic's.
struct CreatedReply {
  std::string arn;
};

using Reply =
    std::variant<DoneReply, CreatedReply, SendReply, EntriesReply, ReceiveReply, QueuesReply, TopicsReply, HubReply>;

struct Answer {
  Ticket ticket;
  Result<Reply> reply;
};

}  // namespace hub::core
