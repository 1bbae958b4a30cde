// Names: which are allowed, and the name of a resource as (account, region, kind, name).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "hub/base/result.h"

namespace hub {

// A topic pattern stands for every topic whose name it matches: "orders-*".
enum class Kind : std::uint8_t { kQueue, kTopic, kTopicPattern };

// "queue" or "topic", also for a pattern of topics.
std::string_view NameOf(Kind kind);

// What a resource is known by outside. Inside, it has an id that is never reused.
struct ResourceName {
  std::string account;  // Twelve digits.
  std::string region;
  Kind kind = Kind::kQueue;
  std::string name;

  friend auto operator<=>(const ResourceName&, const ResourceName&) = default;
};

// "arn:aws:sqs:eu-central-1:222222222222:billing"; topics and patterns of them have service "sns".
std::string ArnOf(const ResourceName& resource);

// Twelve digits.
bool IsAccountId(std::string_view text);

// Whether it is the name of a FIFO queue or topic.
bool IsFifoName(std::string_view name);

// Queues: 1 to 80 of A-Z a-z 0-9 _ -, with the suffix ".fifo" allowed and counted. Topics: 1 to 256. A topic pattern:
// the same with at least one *.
bool IsResourceName(Kind kind, std::string_view name);

// Whether what a client wrote for a topic is a pattern: it holds a *.
inline bool IsPattern(std::string_view topic) { return topic.find('*') != std::string_view::npos; }

// Whether the pattern stands for the topic: of the same account and region, each * for any run of characters. FIFO
// topics only where the pattern ends in ".fifo", and only those there.
bool Matches(const ResourceName& pattern, const ResourceName& topic);

// What a client may write for a queue or a topic: its ARN, "account/name" or, for its own account, just the name.
// `account` and `region` are the caller's. Fails with kInvalidArgument.
[[nodiscard]] Result<ResourceName> ParseResourceName(Kind kind, std::string_view text, std::string_view account,
                                                     std::string_view region);

}  // namespace hub
