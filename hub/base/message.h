// A message as it enters the hub: views into the bytes that the endpoint received, valid while that frame is.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/time.h"

namespace hub {

// A message attribute. `type` begins with String, Number or Binary, optionally with a ".label"; the value of a Binary
// attribute is the raw bytes.
struct Attribute {
  std::string_view name;
  std::string_view type;
  std::string_view value;

  friend bool operator==(const Attribute&, const Attribute&) = default;
};

struct Message {
  std::string_view body;
  std::vector<Attribute> attributes;
  std::string_view group = {};          // Message group id, or "".
  std::string_view deduplication = {};  // Deduplication id, or "".
  std::optional<Duration> delay = {};   // Of this message alone, 0 to kDelayMax. Nothing: the queue's own.
  std::string_view trace = {};          // AWSTraceHeader, or "". Does not count towards the size.
  std::string_view bodies = {};         // Published: what other subscribers than queues get instead of the body, as
                                        // core::EncodeBodies has it; or "". Does not count towards the size.
};

// What a size limit counts: UTF-8 bytes of body, attribute names, types and values (aws-style accounting).
inline std::size_t SizeOf(const Message& message) {
  std::size_t size = message.body.size();
  for (const Attribute& a : message.attributes) size += a.name.size() + a.type.size() + a.value.size();
  return size;
}

}  // namespace hub
