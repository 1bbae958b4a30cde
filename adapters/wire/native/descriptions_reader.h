// Reads what a reply describes (queues, topics, subscriptions, move tasks, the hub) from msgpack's tree.
//
// A value of the wrong type reads as nothing, and a member that is missing leaves what is there alone, so that a client
// can talk to an older hub.
#pragma once

#include <cstdint>
#include <msgpack.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/time.h"
#include "hub/core/reply.h"

namespace adapters::wire::native {

// How a reply says that a subscription waits to be confirmed.
inline constexpr std::string_view kPending = "pending";

inline bool IsArray(const msgpack::object& o) { return o.type == msgpack::type::ARRAY; }
inline bool IsMap(const msgpack::object& o) { return o.type == msgpack::type::MAP; }
std::optional<std::uint64_t> NumberOf(const msgpack::object& o);
std::optional<std::string_view> TextOf(const msgpack::object& o);
std::optional<std::string_view> BytesOf(const msgpack::object& o);  // Or text.

void Read(const msgpack::object& o, std::string& out);
void Read(const msgpack::object& o, std::uint64_t& out);
void Read(const msgpack::object& o, hub::Duration& out);  // Of milliseconds.
void Read(const msgpack::object& o, hub::Instant& out);   // Of milliseconds since 1970.
void Read(const msgpack::object& o, hub::core::Attributes& out);
void Read(const msgpack::object& o, hub::core::SubscriptionDescription& out);
void Read(const msgpack::object& o, hub::core::QueueDescription& out);
void Read(const msgpack::object& o, hub::core::TopicDescription& out);
void Read(const msgpack::object& o, hub::core::MessageState& out);
void Read(const msgpack::object& o, hub::core::MoveStatus& out);
void Read(const msgpack::object& o, hub::core::MoveFailure& out);
void Read(const msgpack::object& o, hub::core::MoveTaskDescription& out);
void Read(const msgpack::object& o, hub::core::HubReply& out);

template <typename T>
void Read(const msgpack::object& o, std::vector<T>& out) {
  if (!IsArray(o)) return;
  for (const msgpack::object& item : o.via.array) Read(item, out.emplace_back());
}

}  // namespace adapters::wire::native
