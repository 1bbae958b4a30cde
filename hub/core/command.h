// Everything that a client can ask of the hub, as typed commands. One struct per operation; endpoints only translate.
//
// Strings that name a queue or a topic are what the client wrote: an ARN, "account/name", or a bare name of the
// caller's own account (hub/base/names.h). Messages are views into `Command::frame`.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "hub/base/message.h"
#include "hub/base/one_of.h"
#include "hub/base/tags.h"
#include "hub/base/time.h"
#include "hub/core/config.h"
#include "hub/core/identity.h"
#include "hub/core/peek.h"
#include "hub/core/protocol.h"
#include "hub/core/statistics.h"
#include "hub/core/testing.h"

namespace hub::core {

// Attributes of a queue, a topic or a subscription, by the names that SQS and SNS give them, values as text:
// "VisibilityTimeout" -> "30" (seconds), "Policy" and "FilterPolicy" -> JSON.
using Attributes = std::map<std::string, std::string, std::less<>>;

// Opaque to clients: which receive of which message, and a MAC (hub/core/receipt_handle.h).
inline constexpr std::size_t kHandleBytes = 52;
using Handle = std::array<char, kHandleBytes>;

// --- Queues ---------------------------------------------------------------------------------------------------------

struct Send {
  std::string queue;
  std::vector<Message> entries;  // 1 to kEntriesMax. Each succeeds or fails alone.
  // By SQS's own rules: a body that is not text fails its entry with kMessageInvalid [aws 41], and in a FIFO queue one
  // message without a deduplication id, which needs one, fails all with kDeduplicationMissing [aws 49].
  bool as_sqs = false;
  bool only_ask = false;  // Without entries: only whether the caller may, and whether there is such a queue.
};

struct Receive {
  std::string queue;
  std::size_t max = 10;                // 1 to kReceiveMax.
  std::optional<Duration> visibility;  // Nothing: the queue's own.
  std::optional<Duration> wait;        // Nothing: the queue's own; zero answers at once. At most kWaitMax.
  // FIFO only: asked once more with the same id, within kAttemptWindow, it gets the same messages. "": none.
  std::string attempt = {};
};

// Opens a push consumer: messages are sent as answers to this command, as they come, while fewer than `credit` of them
// are in flight. Whatever ends that gives credit back: Delete, ChangeVisibility, the end of their visibility. The
// consumer belongs to its session and ends with it, or with Cancel; what it has in flight is visible again then.
struct Consume {
  std::string queue;
  std::size_t credit = 100;            // 1 to kCreditMax.
  std::optional<Duration> visibility;  // Nothing: the queue's own. At least kPushVisibilityMin.
};

// Ends a push consumer of the same session.
struct Cancel {
  std::uint64_t consumer = 0;  // The request number of its Consume.
};

struct Delete {
  std::string queue;
  std::vector<std::string_view> handles;  // 1 to kEntriesMax, raw bytes as a Delivery carried them.
  bool only_ask = false;                  // As of a Send.
};

struct ChangeVisibility {
  struct Entry {
    std::string_view handle;
    Duration visibility;  // From now; zero makes the message visible at once.
  };
  std::string queue;
  std::vector<Entry> entries;
  bool only_ask = false;  // As of a Send.
  bool as_sqs = false;    // An older handle will do in a standard queue, too.
};

struct Purge {
  std::string queue;
};

struct CreateQueue {
  std::string queue;
  Attributes attributes;
  Tags tags = {};
};

struct DeleteQueue {
  std::string queue;
};

struct SetQueueAttributes {
  std::string queue;
  Attributes attributes;  // Only what changes; "" removes.
};

struct DescribeQueue {
  std::string queue;
};

// Whether there is such a queue, and its ARN.
struct FindQueue {
  std::string queue;
};

// Those of the caller's account, by name within each region.
struct ListQueues {
  std::string prefix;
  std::string region = {};  // "": all.
  std::string after = {};   // Only those with a greater name.
  std::size_t max = 0;      // 0: all.
};

// The queues whose dead-letter queue this one is, by ARN.
struct ListDeadLetterSources {
  std::string queue;
  std::string after = {};  // Only those with a greater ARN.
  std::size_t max = 0;     // 0: all.
};

// Moves the messages that a dead-letter queue has now to `destination`, or each back to the queue that gave it up.
struct StartMoveTask {
  std::string source;
  std::string destination;  // "": back to where each came from.
  std::uint32_t rate = 0;   // Messages a second, 1 to kMoveRateMax; 0: as fast as the hub can.
};

struct CancelMoveTask {
  std::string handle;
};

// The latest kMoveTasksKept of a queue.
struct ListMoveTasks {
  std::string source;
};

struct TagQueue {
  std::string queue;
  Tags tags;  // Laid over those that it has.
};

struct UntagQueue {
  std::string queue;
  std::vector<std::string> keys;  // Unknown ones are fine.
};

struct ListQueueTags {
  std::string queue;
};

// --- Topics ---------------------------------------------------------------------------------------------------------

struct Publish {
  struct Entry {
    Message message;
    std::string_view subject;  // "" for none.
  };
  std::string topic;
  std::vector<Entry> entries;  // 1 to kEntriesMax. Each succeeds or fails alone.
  bool only_ask = false;       // As of a Send.
  bool as_sns = false;         // [aws 121] Attributes, a group or an id that are wrong refuse all entries.
};

struct CreateTopic {
  std::string topic;
  Attributes attributes;
  Tags tags = {};
};

struct DeleteTopic {
  std::string topic;
};

struct SetTopicAttributes {
  std::string topic;
  Attributes attributes;
};

struct DescribeTopic {
  std::string topic;
};

// Those of the caller's account, by region and name.
struct ListTopics {
  std::string prefix;       // Of their names.
  std::string region = {};  // "": all.
  std::string after = {};   // The ARN or name of the topic before the first. "": from the beginning.
  std::size_t max = 0;      // 0: all. With a bound, the descriptions have counts but no subscriptions in them.
};

// [aws] What a topic's messages may hold. Stored, checked for its form, and given back; nothing acts on it.
struct PutDataProtectionPolicy {
  std::string topic;
  std::string policy;  // JSON; "" removes.
};

struct GetDataProtectionPolicy {
  std::string topic;
};

struct TagTopic {
  std::string topic;
  Tags tags;
};

struct UntagTopic {
  std::string topic;
  std::vector<std::string> keys;
};

struct ListTopicTags {
  std::string topic;
};

// Idempotent for the same topic and queue with the same attributes. A queue of another account than the caller's gets
// nothing but a message with a token, until somebody confirms with it.
//
// A topic whose name holds a * is a pattern, here and in the commands below: the queue, of the caller's own account, is
// subscribed to every topic that it matches, now or later (pattern_subscriptions.cc).
struct Subscribe {
  std::string topic;
  std::string queue;      // Or what the protocol calls an endpoint.
  Attributes attributes;  // FilterPolicy, FilterPolicyScope, RawMessageDelivery, RedrivePolicy, DeliveryPolicy.
  Protocol protocol = Protocol::kSqs;
  bool as_sns = false;  // The queue need not be there yet.
};

struct ConfirmSubscription {
  std::string topic;
  std::string token;  // As the message to the endpoint says. It is all the permission that is needed.
  bool authenticate_unsubscribe = false;  // Only who may, by name, ends it.
};

// Succeeds, with a note, when there is nothing to end.
struct Unsubscribe {
  std::string topic;     // Or the ARN of the subscription, and then
  std::string queue;     // this is "".
  bool by_link = false;  // Somebody followed the link in a message to a subscriber that is not a queue.
  bool as_sns = false;   // An endpoint that nobody has confirmed cannot be unsubscribed: it goes by itself.
};

struct SetSubscriptionAttributes {
  std::string topic;  // As for Unsubscribe.
  std::string queue;
  Attributes attributes;  // Only what changes; "" removes.
};

struct DescribeSubscription {
  std::string topic;  // As for Unsubscribe.
  std::string queue;
};

// Those that the caller's account has asked for, with its patterns; or all those of one topic, which is another
// permission. In the order of their ARNs, and so together where they are of one topic.
struct ListSubscriptions {
  std::string prefix;       // Of the names of their topics.
  std::string topic = {};   // "": of all.
  std::string region = {};  // Of their topics. "": all.
  std::string after = {};   // The ARN before the first, which may be gone by now. "": from the beginning.
  std::size_t max = 0;      // 0: all.
};

// May the caller follow the topic on the live feed? Answers its ARN and changes nothing: a subscriber of the feed
// itself is not told when it is refused.
struct MayFollow {
  std::string topic;
};

// From the endpoint of the live feed, never from a client: what is published to the topic goes to the feed (feed.h)
// until the session of the ticket ends or, as the policies change, may no longer follow.
struct Follow {
  std::string topic;  // As the subscriber wrote it.
};

// --- Subscribers that are not queues --------------------------------------------------------------------------------

// From whoever delivers for the hub, never from a client: what http, https and lambda subscribers are to get comes as
// answers (ReceiveReply, with a target), under tickets of this session whose request is the id of the subscription. It
// ends with the session.
struct TakeDeliveries {};

// What became of messages that a TakeDeliveries brought.
struct SettleDeliveries {
  enum class Outcome : std::uint8_t {
    kTaken,    // Done with.
    kFailed,   // To be tried again as the delivery policy says, and then given up.
    kUntried,  // It had no turn: to be handed out again.
    kRefused,  // [aws 133] Nobody tries again.
  };
  struct Entry {
    Handle handle{};
    Outcome outcome = Outcome::kTaken;
    std::string why;  // For a person.
  };
  std::uint64_t subscription = 0;
  std::vector<Entry> entries;
};

// --- Policies of queues and topics ----------------------------------------------------------------------------------

// Adds a statement to the Policy of a queue or topic: these accounts may do that.
struct AddPermission {
  Kind kind = Kind::kQueue;
  std::string resource;
  std::string label;                  // The Sid of the statement: letters, digits, - and _, at most 80.
  std::vector<std::string> accounts;  // Twelve digits each.
  std::vector<std::string> actions;   // Without their service: "SendMessage", or "*".
};

// Takes the statement with this label away.
struct RemovePermission {
  Kind kind = Kind::kQueue;
  std::string resource;
  std::string label;
};

// --- The hub --------------------------------------------------------------------------------------------------------

// Counters of the whole hub: turns, flushes, uptime. Allowed to every identity that is not anonymous.
struct DescribeHub {};

// What there is, written as a configuration would declare it (topology.h): what the caller may list, and of other
// accounts whatever it may see the attributes of; or all there is, for whom hub:Export admits.
struct Export {
  bool all = false;
};

// What a Reload of this configuration would change. Changes nothing; needs hub:PlanReload.
struct PlanReload {
  std::string topology;  // As WriteTopology makes it.
};

// From the hub itself, never from a client: put a new configuration in force, whole or not at all.
struct Reload {
  std::shared_ptr<const Config> config;
};

using Operations =
    std::variant<Send, Receive, Consume, Cancel, Delete, ChangeVisibility, Purge, CreateQueue, DeleteQueue,
                 SetQueueAttributes, DescribeQueue, ListQueues, Publish, CreateTopic, DeleteTopic, SetTopicAttributes,
                 DescribeTopic, ListTopics, Subscribe, ConfirmSubscription, Unsubscribe, SetSubscriptionAttributes,
                 DescribeSubscription, ListSubscriptions, ListDeadLetterSources, StartMoveTask, CancelMoveTask,
                 ListMoveTasks, TagQueue, UntagQueue, ListQueueTags, TagTopic, UntagTopic, ListTopicTags, MayFollow,
                 DescribeHub, Export, PlanReload, Follow, Reload, FindQueue, AddPermission, RemovePermission,
                 PutDataProtectionPolicy, GetDataProtectionPolicy, Statistics, PeekMessages, TestCommand,
                 TakeDeliveries, SettleDeliveries>;

class Operation : public OneOf<Operations> {
 public:
  using OneOf::OneOf;
};

// Where the answer goes: an endpoint, one of its sessions, and the endpoint's own number for the request.
struct Ticket {
  std::uint32_t endpoint = 0;
  std::uint64_t session = 0;
  std::uint64_t request = 0;

  friend auto operator<=>(const Ticket&, const Ticket&) = default;
};

// The caller of a command and what a policy may want to know of its connection.
struct Caller {
  IdentityPtr identity;                // Null: the hub itself.
  std::string source_ip;               // Numeric address of the peer.
  bool secure_transport = false;       // Encrypted (CURVE, TLS).
  std::string_view transport = "zmq";  // Static text.
};

struct Command {
  Ticket ticket;
  std::shared_ptr<const Caller> caller;
  Operation operation;
  std::shared_ptr<const void> frame;  // Keeps the views of the operation alive.
  std::size_t bytes = 0;              // What it holds in memory, for the bounds of the inbox and of a turn.
};

// Whether the hub itself asks.
bool IsOfHub(const Command& command);

// The account of who asks; "" for the hub itself and for an anonymous caller.
std::string AccountOf(const Command& command);

// The permission that a command needs: the IAM action, such as "sqs:SendMessage". Empty for what needs none.
std::string_view ActionOf(const Operation& operation);

// The name on the native wire and in logs, such as "send".
std::string_view NameOf(const Operation& operation);

}  // namespace hub::core
