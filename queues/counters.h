// What of a queue is stored beside its chunks.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "hub/base/result.h"
#include "hub/base/time.h"
#include "queues/chunk.h"

namespace queues {

struct Counters {
  Sequence next_sequence = 1;
  Sequence watermark = 1;  // No chunk begins below it.
  std::uint64_t live = 0;  // Messages not deleted, the delayed ones not counted.
  std::uint64_t delayed = 0;
  hub::Instant delayed_until{};       // No delayed message falls due after this.
  hub::Instant oldest = hub::kNever;  // No message of a chunk without stored state was sent before this.
  bool has_references = false;        // Some chunk may refer to a topic's.
  bool unordered = false;             // Some message may have been sent before one that stands before it.
  hub::Instant newest{};  // No message was sent after this. Not stored: recovery knows when the hub started.

  std::string Encode() const;
  [[nodiscard]] static hub::Result<Counters> Decode(std::string_view bytes);
};

}  // namespace queues
