// A subscription: a queue that gets the messages of a topic, all or those its filter wants, raw or in an envelope.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "topics/filter_policy.h"

namespace topics {

using SubscriptionId = std::uint64_t;

struct Subscription {
  SubscriptionId id = 0;
  bool raw = false;  // The message as published, instead of an envelope around it.
  std::optional<FilterPolicy> filter;
  FilterScope scope = FilterScope::kMessageAttributes;  // That of the filter, if there is one.
  std::string arn;
};

}  // namespace topics
