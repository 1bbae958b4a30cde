// What the hub says, as text for people and as JSON for programs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/client/client.h"
#include "adapters/client/follower.h"
#include "hub/base/document.h"
#include "hub/core/reply.h"

namespace hub::cli {

// An object under construction: Object().Add("name", "x").Add("count", 3).node.
struct Object {
  Object& Add(std::string_view key, Node value);
  Object& Add(std::string_view key, std::string_view text) { return Add(key, Node::String(text)); }
  Object& Add(std::string_view key, const std::string& text) { return Add(key, Node::String(text)); }
  Object& Add(std::string_view key, const char* text) { return Add(key, Node::String(text)); }
  Object& Add(std::string_view key, std::uint64_t number);
  Object& Add(std::string_view key, const std::vector<std::uint64_t>& numbers);
  Object& Add(std::string_view key, double number);  // Three decimals.

  Node node = Node::Map({});
};

// "2024-05-01T12:00:00.250Z"
std::string Iso8601(Instant instant);

Node ToNode(const adapters::client::Received& message);
Node ToNode(const adapters::wire::native::LookedAt& seen);
Node ToNode(const adapters::client::Followed& message);
Node ToNode(const core::QueueDescription& queue);
Node ToNode(const core::TopicDescription& topic);
Node ToNode(const core::SubscriptionDescription& subscription);
Node ToNode(const core::HubReply& hub);
Node ToNode(const core::MoveTaskDescription& task);
Node ToNode(const Tags& tags);
Node ToNode(const std::vector<core::EntryFailure>& failures);

std::string ToText(const core::QueueDescription& queue);
std::string ToText(const core::TopicDescription& topic);
std::string ToText(const core::HubReply& hub);
std::string ToText(const Tags& tags);  // "key=value" on a line each.

// One line per queue, topic or subscription, columns aligned, with a heading.
std::string ToTable(const std::vector<core::QueueDescription>& queues);
std::string ToTable(const std::vector<core::TopicDescription>& topics);
std::string ToTable(const std::vector<core::MoveTaskDescription>& tasks);
std::string ToTable(const std::vector<core::SubscriptionDescription>& subscriptions);

// To stdout, with a line break.
void Print(std::string_view line);
void Print(const Node& node);

}  // namespace hub::cli
