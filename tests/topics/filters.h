// Short forms for tests of filters.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hub/base/json.h"
#include "topics/topic.h"

namespace topics {

inline constexpr FilterScope kAttributes = FilterScope::kMessageAttributes;
inline constexpr FilterScope kBody = FilterScope::kMessageBody;

inline hub::Node Json(std::string_view text) {
  const hub::Result<hub::Node> node = hub::ParseJson(text, "");
  EXPECT_TRUE(node) << text << "\n" << node.error().message;
  return node ? *node : hub::Node{};
}

inline hub::Result<FilterPolicy> Parse(std::string_view policy, FilterScope scope) {
  return ParseFilterPolicy(Json(policy), scope);
}

// "" when the policy is accepted.
inline std::string Refusal(std::string_view policy, FilterScope scope) {
  const hub::Result<FilterPolicy> parsed = Parse(policy, scope);
  if (parsed) return "";
  const bool of_scope = parsed.error().message.starts_with("Filter policy scope ");
  EXPECT_EQ(parsed.error().code, of_scope ? hub::Code::kInvalidArgument : hub::Code::kFilterPolicyInvalid);
  return parsed.error().message;
}

inline Subscription Filtered(SubscriptionId id, std::string_view policy, FilterScope scope) {
  const hub::Result<FilterPolicy> parsed = Parse(policy, scope);
  EXPECT_TRUE(parsed) << policy << "\n" << parsed.error().message;
  Subscription subscription{.id = id, .raw = false, .filter = {}, .scope = scope, .arn = {}};
  if (parsed) subscription.filter = *parsed;
  return subscription;
}

inline Subscription Unfiltered(SubscriptionId id) {
  return {.id = id, .raw = false, .filter = {}, .scope = kAttributes, .arn = {}};
}

inline std::vector<SubscriptionId> Reached(Topic& topic, const hub::Message& message) {
  std::vector<const Subscription*> reached;
  topic.Route(message, reached);
  std::vector<SubscriptionId> ids;
  ids.reserve(reached.size());
  for (const Subscription* subscription : reached) ids.push_back(subscription->id);
  return ids;
}

inline bool Reaches(std::string_view policy, FilterScope scope, const hub::Message& message) {
  Topic topic;
  topic.Subscribe(Filtered(1, policy, scope));
  return !Reached(topic, message).empty();
}

}  // namespace topics
