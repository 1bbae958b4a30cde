// Names: which are allowed, and the name of a resource as (account, region, kind, name).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "hub/base/result.h"

namespace hub {

enum class Kind : std::uint8_t { kQueue, kTopic };

// "queue" or "topic".
std::string_view NameOf(Kind kind);

// What a resource is known by outside. Inside, it has an id that is never reused.
struct ResourceName {
  std::string account;  // Twelve digits.
  std::string region;
  Kind kind = Kind::kQueue;
  std::string name;

  friend auto operator<=>(const ResourceName&, const ResourceName&) = default;
};

// "arn:aws:sqs:eu-central-1:222222222222:billing"; topics have service "sns".
std::string ArnOf(const ResourceName& resource);

// Twelve digits.
bool IsAccountId(std::string_view text);

// Whether it is the name of a FIFO queue or topic.
bool IsFifoName(std::string_view name);

// Queues: 1 to 80 of A-Z a-z 0-9 _ -, with the suffix ".fifo" allowed and counted. Topics: 1 to 256.
bool IsResourceName(Kind kind, std::string_view name);

// What a client may write for a queue or a topic: its ARN, "account/name" or, for its own account, just the name.
// `account` and `region` are the caller's. Fails with kInvalidArgument.
[[nodiscard]] Result<ResourceName> ParseResourceName(Kind kind, std::string_view text, std::string_view account,
                                                     std::string_view region);

}  // namespace hub
