// How often, when and how fast a topic's messages are tried again at a subscriber that is not a queue.
//
//   first try ─▶ at once … ─▶ every min_delay … ─▶ backoff from min_delay to max_delay … ─▶ every max_delay … ─▶ given
//   up
//               immediate      before_backoff        what is left of `count`                  after_backoff
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "hub/base/result.h"
#include "hub/base/time.h"

namespace topics {

// [aws]
inline constexpr std::uint32_t kRetriesMax = 100;
inline constexpr hub::Duration kRetryDelayMin = std::chrono::seconds(1);
inline constexpr hub::Duration kRetryDelayMax = std::chrono::seconds(3600);
inline constexpr hub::Duration kRetriesTotalMax = std::chrono::seconds(3600);
inline constexpr std::size_t kContentTypeBytesMax = 256;  // The hub's own.

// How the delay grows in the backoff phase, each faster at its end than the one before.
enum class Backoff : std::uint8_t { kLinear, kArithmetic, kGeometric, kExponential };

struct Retries {
  std::uint32_t count = 3;  // Of the first try, there is none among them.
  std::uint32_t immediate = 0;
  std::uint32_t before_backoff = 0;
  std::uint32_t after_backoff = 0;
  hub::Duration min_delay = std::chrono::seconds(20);
  hub::Duration max_delay = std::chrono::seconds(20);
  Backoff backoff = Backoff::kLinear;

  // What passes before retry number `retry`, from 1 to `count`, once the try before it has failed.
  hub::Duration DelayBefore(std::uint32_t retry) const;

  // Of all of them.
  hub::Duration Total() const;

  friend bool operator==(const Retries&, const Retries&) = default;
};

// [aws 132] Of what is delivered inside the service: to queues and functions. 100,015 tries in 23 days.
Retries RetriesInside();

// With the defaults of a topic that sets nothing.
struct DeliveryPolicy {
  Retries retries;
  std::optional<std::uint32_t> receives_per_second_max;
  std::string content_type = "text/plain; charset=UTF-8";
  bool overrides_disabled = false;  // Of a topic: what its subscriptions set does not count.

  // "EffectiveDeliveryPolicy" of a topic, or of one of its subscriptions.
  std::string TopicJson() const;
  std::string SubscriptionJson() const;

  friend bool operator==(const DeliveryPolicy&, const DeliveryPolicy&) = default;
};

// "DeliveryPolicy" of a topic. Fails with kInvalidArgument and a message that begins with "DeliveryPolicy: ".
[[nodiscard]] hub::Result<DeliveryPolicy> ParseTopicDeliveryPolicy(std::string_view json);

// "DeliveryPolicy" of a subscription, whose parts count before those of its topic, unless that forbids it. Fails
// likewise.
[[nodiscard]] hub::Result<DeliveryPolicy> ParseSubscriptionDeliveryPolicy(std::string_view json,
                                                                          const DeliveryPolicy& topic = {});

// Either as SNS shows it, with the parts that were not set. The text must be such a policy.
std::string WholeTopicDeliveryPolicy(std::string_view json);
std::string WholeSubscriptionDeliveryPolicy(std::string_view json);

}  // namespace topics
