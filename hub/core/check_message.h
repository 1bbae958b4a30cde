// Whether a message may enter a queue or topic: size, body and attributes; and what a receive may ask for.
#pragma once

#include <string_view>
#include <vector>

#include "hub/base/limits.h"
#include "hub/base/message.h"
#include "hub/base/result.h"

namespace hub::core {

// What a record takes at most beside what counts as the size of its message, and its trace.
inline constexpr std::size_t kRecordOverhead = 64 + 2 * kMessageGroupBytesMax;

// Fails with kMissingArgument, kMessageTooLarge or kInvalidArgument.
[[nodiscard]] Result<void> CheckMessage(const Message& message, std::size_t bytes_max,
                                        std::size_t attributes_max = kAttributesMax);

// Of names, types and values. Fails with kInvalidArgument.
[[nodiscard]] Result<void> CheckAttributes(const std::vector<Attribute>& attributes, std::size_t attributes_max);

// [aws 41] Of a body that SQS would take. Fails with kMessageInvalid.
[[nodiscard]] Result<void> CheckBodyIsText(const Message& message);

// Of a message sent to a queue. Fails with kInvalidArgument.
[[nodiscard]] Result<void> CheckDelay(const Message& message, bool fifo);

// Of a receive, "" for none. Fails with kInvalidArgument.
[[nodiscard]] Result<void> CheckAttempt(std::string_view id, bool fifo);

// Of a receive or a change. Fails with kInvalidArgument.
[[nodiscard]] Result<void> CheckVisibility(Duration visibility);

// A notification may travel inside a JSON envelope: its text must be UTF-8. Values of Binary attributes may be any
// bytes. Fails with kInvalidArgument.
[[nodiscard]] Result<void> CheckText(const Message& message, std::string_view subject);

}  // namespace hub::core
