#include "adapters/wire/native/descriptions_reader.h"

#include <algorithm>
#include <chrono>

namespace adapters::wire::native {
namespace {

namespace core = hub::core;
using msgpack::object;

// Reads the member `name` of a map. One that is missing leaves `out` alone, so that a client can talk to an older hub.
template <typename T>
void Member(const object& map, std::string_view name, T& out) {
  if (!IsMap(map)) return;
  for (const msgpack::object_kv& pair : map.via.map) {
    if (TextOf(pair.key) == name) return Read(pair.val, out);
  }
}

// By the name of one of the values from the first to `last`; the first where there is no such name.
template <typename Enum>
void ReadName(const object& o, Enum last, Enum& out) {
  for (int i = 0; i <= static_cast<int>(last); ++i) {
    if (TextOf(o) == core::NameOf(static_cast<Enum>(i))) out = static_cast<Enum>(i);
  }
}

}  // namespace

std::optional<std::uint64_t> NumberOf(const object& o) {
  if (o.type != msgpack::type::POSITIVE_INTEGER) return std::nullopt;
  return o.via.u64;
}

std::optional<std::string_view> TextOf(const object& o) {
  if (o.type != msgpack::type::STR) return std::nullopt;
  return std::string_view(o.via.str.ptr, o.via.str.size);
}

std::optional<std::string_view> BytesOf(const object& o) {
  if (o.type != msgpack::type::BIN) return TextOf(o);
  return std::string_view(o.via.bin.ptr, o.via.bin.size);
}

void Read(const object& o, std::string& out) { out = TextOf(o).value_or(""); }
void Read(const object& o, std::uint64_t& out) { out = NumberOf(o).value_or(0); }

void Read(const object& o, hub::Duration& out) {
  constexpr std::uint64_t kMillisMax = static_cast<std::uint64_t>(hub::Duration::max().count()) / 1000;
  out = std::chrono::milliseconds(std::min(NumberOf(o).value_or(0), kMillisMax));
}

void Read(const object& o, core::Attributes& out) {
  if (!IsMap(o)) return;
  for (const msgpack::object_kv& pair : o.via.map) {
    const auto name = TextOf(pair.key);
    const auto value = TextOf(pair.val);
    if (name && value) out.insert_or_assign(std::string(*name), std::string(*value));
  }
}

void Read(const object& o, core::SubscriptionDescription& out) {
  Member(o, "arn", out.arn);
  Member(o, "topic_arn", out.topic_arn);
  std::string protocol;
  Member(o, "protocol", protocol);
  out.protocol = core::ParseProtocol(protocol).value_or(core::Protocol::kSqs);
  Member(o, "queue_arn", out.endpoint);
  Member(o, "owner", out.owner);
  Member(o, "principal", out.principal);
  Member(o, "pattern", out.pattern);
  std::string state;
  Member(o, "state", state);
  out.is_pending = state == kPending;
  Member(o, "attributes", out.attributes);
  Member(o, "declared_at", out.declared_at);
  Member(o, "delivered", out.delivered);
  Member(o, "filtered", out.filtered);
  Member(o, "denied", out.denied);
  Member(o, "failed", out.failed);
  Member(o, "dead_lettered", out.dead_lettered);
  Member(o, "last_denial", out.last_denial);
}

void Read(const object& o, core::QueueDescription& out) {
  Member(o, "arn", out.arn);
  Member(o, "account", out.account);
  Member(o, "name", out.name);
  Member(o, "attributes", out.attributes);
  Member(o, "tags", out.tags);
  Member(o, "created_ms", out.created);
  Member(o, "modified_ms", out.modified);
  Member(o, "visible", out.visible);
  Member(o, "in_flight", out.in_flight);
  Member(o, "delayed", out.delayed);
  Member(o, "noisy_groups", out.noisy_groups);
  Member(o, "oldest_age_ms", out.oldest_age);
  Member(o, "declared_at", out.declared_at);
  Member(o, "sent", out.sent);
  Member(o, "received", out.received);
  Member(o, "deleted", out.deleted);
  Member(o, "expired", out.expired);
  Member(o, "dead_lettered", out.dead_lettered);
}

void Read(const object& o, core::TopicDescription& out) {
  Member(o, "arn", out.arn);
  Member(o, "account", out.account);
  Member(o, "name", out.name);
  Member(o, "attributes", out.attributes);
  Member(o, "tags", out.tags);
  Member(o, "declared_at", out.declared_at);
  Member(o, "effective_delivery_policy", out.effective_delivery_policy);
  Member(o, "published", out.published);
  Member(o, "subscriptions_confirmed", out.subscriptions_confirmed);
  Member(o, "subscriptions_pending", out.subscriptions_pending);
  Member(o, "subscriptions_deleted", out.subscriptions_deleted);
  Member(o, "subscriptions", out.subscriptions);
}

void Read(const object& o, hub::Instant& out) {
  hub::Duration since{};
  Read(o, since);
  out = hub::InstantOf(0) + since;
}

void Read(const object& o, core::MessageState& out) { ReadName(o, core::MessageState::kDelayed, out); }
void Read(const object& o, core::MoveStatus& out) { ReadName(o, core::MoveStatus::kFailed, out); }
void Read(const object& o, core::MoveFailure& out) { ReadName(o, core::MoveFailure::kOriginUnknown, out); }

void Read(const object& o, core::MoveTaskDescription& out) {
  Member(o, "handle", out.handle);
  Member(o, "source", out.source);
  Member(o, "destination", out.destination);
  Member(o, "rate", out.rate);
  Member(o, "status", out.status);
  Member(o, "started_ms", out.started);
  Member(o, "to_move", out.to_move);
  Member(o, "moved", out.moved);
  Member(o, "failure", out.failure);
  Member(o, "reason", out.reason);
}

void Read(const object& o, core::HubReply& out) {
  Member(o, "turns", out.turns);
  Member(o, "flushes", out.flushes);
  Member(o, "boot", out.boot);
  Member(o, "uptime_ms", out.uptime);
  Member(o, "queues", out.queues);
  Member(o, "topics", out.topics);
  Member(o, "durability", out.durability);
}

}  // namespace adapters::wire::native
