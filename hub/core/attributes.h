// What the attributes of a queue, topic or subscription mean: text as clients and the configuration write it, checked
// and turned into values. Names and ranges are those of SQS and SNS.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hub/base/limits.h"
#include "hub/base/result.h"
#include "hub/core/command.h"
#include "hub/policy/policy.h"
#include "topics/delivery_policy.h"
#include "topics/filter_policy.h"

namespace hub::core {

// Of a FIFO queue or topic.
struct FifoSettings {
  bool on = false;
  bool by_content = false;       // Without a deduplication id of its own, a message gets that of its body.
  bool by_group = false;         // The same deduplication id in another group is another message.
  bool high_throughput = false;  // Asked for. Nothing is throttled here either way.
};

// Which queues may have this one as their dead-letter queue.
struct RedriveAllow {
  enum class Permission : std::uint8_t { kAll, kNone, kByQueue };
  Permission permission = Permission::kAll;
  std::vector<std::string> queues;  // kByQueue: their ARNs, 1 to kRedriveSourcesMax.
};

struct QueueSettings {
  Duration visibility_timeout = kVisibilityDefault;
  Duration retention = kRetentionDefault;
  Duration delay{};
  Duration wait{};
  std::size_t message_bytes_max = kMessageBytesMax;
  std::string dead_letter_queue;   // Its ARN, or "".
  std::uint32_t receives_max = 0;  // With a dead-letter queue: 1 to kReceivesBeforeDeadLetterMax.
  RedriveAllow redrive_allow;
  std::shared_ptr<const policy::Policy> policy;  // Null: none.
  FifoSettings fifo;
};

// Of the queue `name`. `message_bytes_default` is for one that does not set MaximumMessageSize. Fails with
// kAttributeUnknown or kAttributeInvalid, naming the attribute, its value and what it may be; with kInvalidArgument
// when FifoQueue and the name disagree.
[[nodiscard]] Result<QueueSettings> ReadQueueAttributes(const Attributes& attributes, std::size_t message_bytes_default,
                                                        const std::string& name);

// [aws 35] Whether the queue `dead_letter_queue`, an ARN, lets the queue `source` have it as its dead-letter queue.
[[nodiscard]] Result<void> CheckRedriveAllowed(const RedriveAllow& allow, const std::string& dead_letter_queue,
                                               const std::string& source);

// [aws 33] The number of receives in a RedrivePolicy may be written as a string; it is kept as a number.
void NormaliseRedrive(Attributes& attributes);

struct TopicSettings {
  std::shared_ptr<const policy::Policy> policy;
  FifoSettings fifo;
  topics::DeliveryPolicy delivery;
  Duration archive{};            // How long messages are kept to be replayed; zero: they are not.
  bool signs_by_sha256 = false;  // SignatureVersion 2; with 1, by SHA-1.
};
// Kept with the attributes of a topic, but put there and read by operations of its own.
inline constexpr std::string_view kDataProtectionPolicy = "DataProtectionPolicy";
// Of the topic `name`. Fails with kAttributeUnknown or kInvalidArgument, about the attribute; about none when FifoTopic
// and the name disagree.
[[nodiscard]] Result<TopicSettings> ReadTopicAttributes(const Attributes& attributes, const std::string& name);
// Of what a command sets: a configuration may say more, and so did commands once.
[[nodiscard]] Result<void> CheckDisplayName(const Attributes& changes);
// [aws 108] What an attribute that is not set amounts to; "" for most.
std::string_view DefaultOfTopic(std::string_view name);

// What is replayed of an archive, by when it was published.
struct ReplayRange {
  Instant from{};
  Instant to = kNever;
};

struct SubscriptionSettings {
  bool raw = false;
  topics::FilterScope scope = topics::FilterScope::kMessageAttributes;
  std::optional<topics::FilterPolicy> filter;
  std::string dead_letter_queue;  // The ARN of the queue for what the subscribed one does not get, or "".
  std::optional<ReplayRange> replay;
};
// [aws 113] A FIFO queue can be subscribed only where the order is kept.
[[nodiscard]] Result<void> CheckKinds(const ResourceName& topic, const ResourceName& queue);
// "arn:aws:iam::111111111111:role/delivery"
bool IsRoleArn(std::string_view text);
// Fails with kAttributeUnknown, kFilterPolicyInvalid or kInvalidArgument, about the attribute.
[[nodiscard]] Result<SubscriptionSettings> ReadSubscriptionAttributes(const Attributes& attributes);
// [aws 114] The dead-letter queue of a subscription of `owner` must be the owner's, in the queue's region, and as the
// subscribed queue FIFO or not.
[[nodiscard]] Result<void> CheckDeadLetters(const SubscriptionSettings& settings, const ResourceName& queue,
                                            const std::string& owner);
// As they are kept: a filter policy without a condition is none.
Attributes WithoutEmptyFilter(Attributes attributes);

// [aws 111] Whether a subscription with the attributes `current` is what is asked for. What is left out is not asked
// for.
bool HasAllOf(const Attributes& current, const Attributes& asked);

// Whether both texts of an attribute mean the same: as JSON, and of a delivery policy also as it is shown.
bool IsSameValue(std::string_view name, const std::string& a, const std::string& b);

// Whether both are the same JSON but for the space between its parts, and neither is a bare value.
bool IsSameDocument(const std::string& a, const std::string& b);

// What is set, and the value in force of what is not.
Attributes InForce(Attributes attributes, const QueueSettings& settings);

// `changes` laid over `current`: an empty value removes.
Attributes Merge(Attributes current, const Attributes& changes);

// [aws 31] The same for a queue: who encrypts it is either SQS or a key of its own.
Attributes MergeOfQueue(Attributes current, const Attributes& changes);

}  // namespace hub::core
