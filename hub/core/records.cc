#include "hub/core/records.h"

#include <algorithm>
#include <cstring>

#include "hub/base/bytes.h"
#include "hub/base/limits.h"

namespace hub::core {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kHubVersion = 2;
constexpr std::uint8_t kResourceVersion = 3;
constexpr std::uint8_t kSubscriptionVersion = 4;  // 1 stood under another key: see DecodeOfQueue.
constexpr std::uint8_t kKeyNone = 0;

Writer Begin(std::string& out, std::uint8_t version = kVersion) {
  Writer writer(out);
  writer.Fixed(version);
  writer.Fixed(kKeyNone);
  return writer;
}

// The version, from 1 to `newest`, or 0 for one that this hub does not know.
std::uint8_t ReadVersion(Reader& reader, std::uint8_t newest) {
  const auto version = reader.Fixed<std::uint8_t>();
  return reader.Fixed<std::uint8_t>() == kKeyNone && version <= newest ? version : 0;
}

bool ReadHeader(Reader& reader) {
  return reader.Fixed<std::uint8_t>() == kVersion && reader.Fixed<std::uint8_t>() == kKeyNone;
}

tl::unexpected<Error> Damaged(std::string_view what) {
  return Fail(Code::kStorage, "The stored record of " + std::string(what) + " cannot be read: it is damaged.");
}

void Put(Writer& writer, const Attributes& attributes) {
  writer.Varint(attributes.size());
  for (const auto& [name, value] : attributes) {
    writer.String(name);
    writer.String(value);
  }
}

Attributes ReadAttributes(Reader& reader) {
  Attributes attributes;
  for (std::uint64_t left = reader.Varint(); left > 0 && reader.ok(); --left) {
    std::string name(reader.String());
    attributes[std::move(name)] = reader.String();
  }
  return attributes;
}

}  // namespace

std::string HubRecord::Encode() const {
  std::string out;
  const bool is_advanced = advanced != Duration::zero();
  Writer writer = Begin(out, is_advanced ? kHubVersion : kVersion);
  writer.Varint(boot);
  writer.Fixed(MicrosOf(time));
  writer.Varint(next_id);
  out.append(reinterpret_cast<const char*>(secret.data()), secret.size());
  if (is_advanced) writer.Fixed(std::int64_t{advanced.count()});
  return out;
}

Result<HubRecord> HubRecord::Decode(std::string_view bytes) {
  Reader reader(bytes);
  const std::uint8_t version = ReadVersion(reader, kHubVersion);
  HubRecord record;
  record.boot = reader.Varint();
  record.time = InstantOf(reader.Fixed<std::int64_t>());
  record.next_id = reader.Varint();
  const std::string_view secret = reader.Take(kSecretBytes);
  if (version >= kHubVersion) record.advanced = Duration(reader.Fixed<std::int64_t>());
  const bool can_be = record.advanced >= Duration::zero() && record.advanced <= kAdvanceMax;
  if (version == 0 || !can_be || !reader.ok() || !reader.AtEnd()) return Damaged("the hub");
  std::memcpy(record.secret.data(), secret.data(), kSecretBytes);
  return record;
}

std::string ResourceRecord::Encode() const {
  std::string out;
  Writer writer = Begin(out, kResourceVersion);
  writer.Fixed(static_cast<std::uint8_t>(name.kind));
  writer.String(name.account);
  writer.String(name.region);
  writer.String(name.name);
  Put(writer, attributes);
  writer.Fixed(static_cast<std::uint8_t>(is_declared));
  Put(writer, declared);
  writer.Fixed(MicrosOf(created));
  writer.Varint(next_sequence);
  Put(writer, tags);
  Put(writer, declared_tags);
  writer.Fixed(MicrosOf(modified));
  return out;
}

Result<ResourceRecord> ResourceRecord::Decode(std::string_view bytes) {
  Reader reader(bytes);
  const std::uint8_t version = ReadVersion(reader, kResourceVersion);
  ResourceRecord record;
  const auto kind = reader.Fixed<std::uint8_t>();
  record.name.kind = static_cast<Kind>(kind);
  record.name.account = reader.String();
  record.name.region = reader.String();
  record.name.name = reader.String();
  record.attributes = ReadAttributes(reader);
  record.is_declared = reader.Fixed<std::uint8_t>() != 0;
  record.declared = ReadAttributes(reader);
  record.created = InstantOf(reader.Fixed<std::int64_t>());
  record.next_sequence = reader.Varint();
  if (version >= 2) {
    record.tags = ReadAttributes(reader);
    record.declared_tags = ReadAttributes(reader);
  }
  record.modified = version >= 3 ? InstantOf(reader.Fixed<std::int64_t>()) : record.created;
  if (version == 0 || kind > static_cast<std::uint8_t>(Kind::kTopic) || !reader.ok() || !reader.AtEnd()) {
    return Damaged("a queue or topic");
  }
  return record;
}

std::string SubscriptionRecord::Encode() const {
  std::string out;
  Writer writer = Begin(out, kSubscriptionVersion);
  writer.Varint(topic);
  writer.Fixed(static_cast<std::uint8_t>(protocol));
  writer.String(endpoint);
  writer.String(owner);
  writer.String(principal);
  writer.Fixed(static_cast<std::uint8_t>(is_pending));
  writer.Fixed(MicrosOf(requested));
  Put(writer, attributes);
  writer.Fixed(static_cast<std::uint8_t>(is_declared));
  Put(writer, declared);
  writer.Varint(pattern);
  writer.Varint(delivery);
  writer.Fixed(static_cast<std::uint8_t>(was_authenticated));
  writer.Fixed(static_cast<std::uint8_t>(replay));
  writer.Varint(replay_next);
  writer.Varint(replay_live_from);
  return out;
}

Result<SubscriptionRecord> SubscriptionRecord::Decode(std::string_view bytes) {
  Reader reader(bytes);
  const std::uint8_t version = ReadVersion(reader, kSubscriptionVersion);
  SubscriptionRecord record;
  record.topic = reader.Varint();
  record.protocol = static_cast<Protocol>(reader.Fixed<std::uint8_t>());
  record.endpoint = reader.String();
  record.owner = reader.String();
  record.principal = reader.String();
  record.is_pending = reader.Fixed<std::uint8_t>() != 0;
  record.requested = InstantOf(reader.Fixed<std::int64_t>());
  record.attributes = ReadAttributes(reader);
  record.is_declared = reader.Fixed<std::uint8_t>() != 0;
  record.declared = ReadAttributes(reader);
  if (version >= 3) record.pattern = reader.Varint();
  if (version >= 4) {
    record.delivery = reader.Varint();
    record.was_authenticated = reader.Fixed<std::uint8_t>() != 0;
    record.replay = static_cast<ReplayState>(reader.Fixed<std::uint8_t>());
    record.replay_next = reader.Varint();
    record.replay_live_from = reader.Varint();
  }
  const bool is_whole = !NameOf(record.protocol).empty() && record.replay <= ReplayState::kFailed &&
                        (record.protocol == Protocol::kSqs) == (record.delivery == 0);
  if (version < 2 || !is_whole || !reader.ok() || !reader.AtEnd()) return Damaged("a subscription");
  return record;
}

Result<SubscriptionRecord> SubscriptionRecord::DecodeOfQueue(std::string_view bytes) {
  Reader reader(bytes);
  const bool known = ReadHeader(reader);
  SubscriptionRecord record;
  record.attributes = ReadAttributes(reader);
  record.is_declared = reader.Fixed<std::uint8_t>() != 0;
  record.declared = ReadAttributes(reader);
  if (!known || !reader.ok() || !reader.AtEnd()) return Damaged("a subscription");
  return record;
}

std::string PatternRecord::Encode() const {
  std::string out;
  Writer writer = Begin(out);
  writer.String(topics.account);
  writer.String(topics.region);
  writer.String(topics.name);
  writer.String(endpoint);
  writer.String(owner);
  writer.String(principal);
  Put(writer, attributes);
  writer.Fixed(static_cast<std::uint8_t>(is_declared));
  Put(writer, declared);
  return out;
}

Result<PatternRecord> PatternRecord::Decode(std::string_view bytes) {
  Reader reader(bytes);
  const bool known = ReadHeader(reader);
  PatternRecord record;
  record.topics.kind = Kind::kTopicPattern;
  record.topics.account = reader.String();
  record.topics.region = reader.String();
  record.topics.name = reader.String();
  record.endpoint = reader.String();
  record.owner = reader.String();
  record.principal = reader.String();
  record.attributes = ReadAttributes(reader);
  record.is_declared = reader.Fixed<std::uint8_t>() != 0;
  record.declared = ReadAttributes(reader);
  if (!known || !IsResourceName(Kind::kTopicPattern, record.topics.name) || !reader.ok() || !reader.AtEnd()) {
    return Damaged("a subscription by a pattern");
  }
  return record;
}

std::string LaneRecord::Encode() const {
  std::string out;
  Writer writer = Begin(out);
  writer.Varint(id);
  writer.Varint(noisy.size());
  for (const std::uint32_t tag : noisy) writer.Fixed(tag);
  return out;
}

Result<LaneRecord> LaneRecord::Decode(std::string_view bytes) {
  Reader reader(bytes);
  const bool known = ReadHeader(reader);
  LaneRecord record;
  record.id = reader.Varint();
  for (std::uint64_t left = reader.Varint(); left > 0 && reader.ok(); --left) {
    record.noisy.push_back(reader.Fixed<std::uint32_t>());
  }
  if (!known || !reader.ok() || !reader.AtEnd()) return Damaged("a queue's lane");
  return record;
}

std::string TrashRecord::Encode() const {
  std::string out;
  Writer writer = Begin(out);
  writer.String(from);
  writer.String(to);
  writer.Varint(sequence_from);
  writer.Varint(sequence_to);
  return out;
}

Result<TrashRecord> TrashRecord::Decode(std::string_view bytes) {
  Reader reader(bytes);
  const bool known = ReadHeader(reader);
  TrashRecord record;
  record.from = reader.String();
  record.to = reader.String();
  record.sequence_from = reader.Varint();
  record.sequence_to = reader.Varint();
  if (!known || !reader.ok() || !reader.AtEnd()) return Damaged("a purge");
  return record;
}

std::string MoveTaskRecord::Encode() const {
  std::string out;
  Writer writer = Begin(out);
  writer.Fixed(static_cast<std::uint8_t>(status));
  writer.Varint(destination);
  writer.String(destination_arn);
  writer.Varint(rate);
  writer.Fixed(MicrosOf(started));
  writer.Varint(before);
  writer.Varint(lane_before);
  writer.Varint(to_move);
  writer.Varint(moved);
  writer.Fixed(static_cast<std::uint8_t>(failure));
  writer.String(reason);
  return out;
}

Result<MoveTaskRecord> MoveTaskRecord::Decode(std::string_view bytes) {
  Reader reader(bytes);
  const bool known = ReadHeader(reader);
  MoveTaskRecord record;
  const auto status = reader.Fixed<std::uint8_t>();
  record.status = static_cast<MoveStatus>(status);
  record.destination = reader.Varint();
  record.destination_arn = reader.String();
  const std::uint64_t rate = reader.Varint();
  record.rate = static_cast<std::uint32_t>(rate);
  record.started = InstantOf(reader.Fixed<std::int64_t>());
  record.before = reader.Varint();
  record.lane_before = reader.Varint();
  record.to_move = reader.Varint();
  record.moved = reader.Varint();
  const auto failure = reader.Fixed<std::uint8_t>();
  record.failure = static_cast<MoveFailure>(failure);
  record.reason = reader.String();
  if (!known || status > static_cast<std::uint8_t>(MoveStatus::kFailed) || rate > kMoveRateMax ||
      failure > static_cast<std::uint8_t>(MoveFailure::kOriginUnknown) || !reader.ok() || !reader.AtEnd()) {
    return Damaged("a move task");
  }
  return record;
}

std::string EncodeCount(std::uint64_t count) {
  std::string out;
  Begin(out).Varint(count);
  return out;
}

Result<std::uint64_t> DecodeCount(std::string_view bytes) {
  Reader reader(bytes);
  const bool known = ReadHeader(reader);
  const std::uint64_t count = reader.Varint();
  if (!known || !reader.ok() || !reader.AtEnd()) return Damaged("a count of references");
  return count;
}

}  // namespace hub::core
