// The third part of a message of the live feed, version 1: [key, body, about]. adapters/zmq/README.md describes it.
//
// Pure functions; any thread.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "adapters/wire/native/buffer.h"
#include "hub/base/message.h"
#include "hub/base/result.h"
#include "hub/base/time.h"
#include "hub/core/feed.h"

namespace adapters::wire::native {

Buffer EncodeFeed(const hub::core::FeedMessage& message);

// What a subscriber learns of a message besides its body. Views point into the frame.
struct FeedAbout {
  hub::core::MessageId id;
  std::string_view topic;  // ARN.
  hub::Instant sent{};     // To the millisecond.
  std::vector<hub::Attribute> attributes;
  std::string_view sender;
  std::string_view subject;    // "" for none.
  std::string_view group;      // Its message group, or "".
  std::uint64_t sequence = 0;  // Of a FIFO topic. Otherwise 0.
};

// kMalformed when `frame` is not such a part. Elements that a later hub adds at the end are skipped.
[[nodiscard]] hub::Result<FeedAbout> DecodeFeed(std::string_view frame);

}  // namespace adapters::wire::native
