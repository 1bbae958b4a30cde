// Native frames: whatever the bytes, both decoders answer, and what they accept comes back the same when encoded again.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "adapters/wire/native/feed.h"
#include "adapters/wire/native/reply.h"
#include "adapters/wire/native/request.h"
#include "hub/base/assert.h"

namespace native = adapters::wire::native;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view frame(reinterpret_cast<const char*>(data), size);

  const native::Request request = native::DecodeRequest(frame);
  if (request.operation) {
    const native::Buffer encoded = native::EncodeRequest(request.id, *request.operation);
    const native::Request again = native::DecodeRequest(native::ViewOf(encoded));
    HUB_ASSERT(again.operation && again.id == request.id);
    const native::Buffer twice = native::EncodeRequest(again.id, *again.operation);
    HUB_ASSERT(native::ViewOf(twice) == native::ViewOf(encoded));
  }

  const bool has_id = native::ReplyId(frame).has_value();
  for (int kind = 0; kind <= static_cast<int>(native::ReplyKind::kHub); ++kind) {
    const bool decoded = native::DecodeReply(frame, static_cast<native::ReplyKind>(kind)).has_value();
    HUB_ASSERT(has_id || !decoded);
  }

  if (const auto about = native::DecodeFeed(frame)) {
    hub::core::FeedMessage message;
    message.id = about->id;
    message.topic = about->topic;
    message.sent = about->sent;
    const native::Buffer encoded = native::EncodeFeed(message);
    const auto again = native::DecodeFeed(native::ViewOf(encoded));
    HUB_ASSERT(again && again->id == about->id && again->topic == about->topic && again->sent == about->sent);
  }
  return 0;
}
