// What the attributes of a queue, topic or subscription mean: text as clients and the configuration write it, checked
// and turned into values. Names and ranges are those of SQS and SNS.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "hub/base/limits.h"
#include "hub/base/result.h"
#include "hub/core/command.h"
#include "hub/policy/policy.h"
#include "topics/filter_policy.h"

namespace hub::core {

struct QueueSettings {
  Duration visibility_timeout = kVisibilityDefault;
  Duration retention = kRetentionDefault;
  Duration delay{};
  Duration wait{};
  std::size_t message_bytes_max = kMessageBytesMax;
  std::string dead_letter_queue;                 // Its ARN, or "".
  std::uint32_t receives_max = 0;                // With a dead-letter queue: 1 to kReceivesBeforeDeadLetterMax.
  std::shared_ptr<const policy::Policy> policy;  // Null: none.
};

// `message_bytes_default` is for a queue that does not set MaximumMessageSize. `label` names the queue in explanations.
// Fails with kInvalidArgument, naming the attribute, its value and what it may be.
[[nodiscard]] Result<QueueSettings> ReadQueueAttributes(const Attributes& attributes, std::size_t message_bytes_default,
                                                        const std::string& label);

struct TopicSettings {
  std::shared_ptr<const policy::Policy> policy;
};
[[nodiscard]] Result<TopicSettings> ReadTopicAttributes(const Attributes& attributes, const std::string& label);

struct SubscriptionSettings {
  bool raw = false;
  topics::FilterScope scope = topics::FilterScope::kMessageAttributes;
  std::optional<topics::FilterPolicy> filter;
};
[[nodiscard]] Result<SubscriptionSettings> ReadSubscriptionAttributes(const Attributes& attributes);

// `changes` laid over `current`: an empty value removes.
Attributes Merge(Attributes current, const Attributes& changes);

}  // namespace hub::core
