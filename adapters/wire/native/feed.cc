#include "adapters/wire/native/feed.h"

#include <algorithm>
#include <cstring>
#include <msgpack.hpp>
#include <optional>

#include "adapters/wire/native/frame_writer.h"
#include "adapters/wire/native/request.h"

namespace adapters::wire::native {
namespace {

using msgpack::object;

constexpr std::uint32_t kFields = 9;
constexpr std::size_t kDepthMax = 4;  // The array, the attributes, one of them.

bool Read(const object& o, std::string_view& out) {
  if (o.is_nil()) return true;
  if (o.type != msgpack::type::STR && o.type != msgpack::type::BIN) return false;
  out = {o.via.bin.ptr, o.via.bin.size};  // Both lie in the same place.
  return true;
}

bool Read(const object& o, std::uint64_t& out) {
  if (o.is_nil()) return true;
  if (o.type != msgpack::type::POSITIVE_INTEGER) return false;
  out = o.via.u64;
  return true;
}

bool Read(const object& o, hub::Instant& out) {
  constexpr std::uint64_t kMillisMax = static_cast<std::uint64_t>(hub::Duration::max().count()) / 1000;
  std::uint64_t millis = 0;
  if (!Read(o, millis) || millis > kMillisMax) return false;
  out = hub::InstantOf(0) + std::chrono::milliseconds(millis);
  return true;
}

bool Read(const object& o, hub::core::MessageId& out) {
  std::string_view bytes;
  if (!Read(o, bytes) || bytes.size() != out.bytes.size()) return false;
  std::memcpy(out.bytes.data(), bytes.data(), bytes.size());
  return true;
}

bool Read(const object& o, std::vector<hub::Attribute>& out) {
  if (o.is_nil()) return true;
  if (o.type != msgpack::type::MAP) return false;
  for (const msgpack::object_kv& pair : o.via.map) {
    hub::Attribute attribute;
    if (pair.val.type != msgpack::type::ARRAY || pair.val.via.array.size != 2) return false;
    const object* typed = pair.val.via.array.ptr;
    if (!Read(pair.key, attribute.name) || !Read(typed[0], attribute.type) || !Read(typed[1], attribute.value)) {
      return false;
    }
    out.push_back(attribute);
  }
  return true;
}

std::optional<FeedAbout> AboutOf(const object& o) {
  if (o.type != msgpack::type::ARRAY || o.via.array.size < kFields) return std::nullopt;
  const object* fields = o.via.array.ptr;
  FeedAbout about;
  std::uint64_t version = 0;
  const bool whole = Read(fields[0], version) && version == kProtocolVersion && Read(fields[1], about.id) &&
                     Read(fields[2], about.topic) && Read(fields[3], about.sent) && Read(fields[4], about.attributes) &&
                     Read(fields[5], about.sender) && Read(fields[6], about.subject) && Read(fields[7], about.group) &&
                     Read(fields[8], about.sequence);
  if (!whole) return std::nullopt;
  return about;
}

}  // namespace

Buffer EncodeFeed(const hub::core::FeedMessage& message) {
  Buffer buffer;
  FrameWriter out(buffer);
  out.Array(kFields);
  out.Number(kProtocolVersion);
  out.Bytes({reinterpret_cast<const char*>(message.id.bytes.data()), message.id.bytes.size()});
  out.Text(message.topic);
  out.Number(static_cast<std::uint64_t>(hub::MillisOf(message.sent)));
  out.MessageAttributes(hub::core::AttributesOf(message));
  out.Text(message.sender);
  out.TextOrNil(message.subject);
  out.TextOrNil(message.group);
  message.sequence == 0 ? out.Nil() : out.Number(message.sequence);
  return buffer;
}

hub::Result<FeedAbout> DecodeFeed(std::string_view frame) {
  const auto malformed = [] {
    return hub::Fail(hub::Code::kMalformed, "The hub sent something that is not a message of the feed.");
  };
  // Whole, its lengths are honest, and nothing is allocated by those of a liar.
  msgpack::null_visitor nothing;
  std::size_t end = 0;
  if (!msgpack::parse(frame.data(), frame.size(), end, nothing) || end != frame.size()) return malformed();
  const auto in_place = [](msgpack::type::object_type, std::size_t, void*) { return true; };
  const msgpack::unpack_limit limit(frame.size(), frame.size(), frame.size(), frame.size(), 0, kDepthMax);
  try {
    const msgpack::object_handle tree = msgpack::unpack(frame.data(), frame.size(), in_place, nullptr, limit);
    std::optional<FeedAbout> about = AboutOf(tree.get());
    if (!about) return malformed();
    return *std::move(about);
  } catch (const msgpack::unpack_error&) {
    return malformed();
  }
}

}  // namespace adapters::wire::native
