// Messages in the parameters of a call, and in its result: attributes, checksums, ids [aws 3.3].
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/aws/call.h"
#include "adapters/aws/error.h"
#include "adapters/aws/shape.h"
#include "adapters/aws/value.h"
#include "hub/base/message.h"
#include "hub/core/reply.h"

namespace adapters::aws {

// MessageAttributeValue, in both services.
extern const Shape kAttributeValueShape;

// [aws 51] Of a message group, a deduplication or a receive attempt: what an id may hold.
[[nodiscard]] Result<void> CheckId(std::string_view id, std::string_view parameter);

// The attributes in a map of MessageAttributeValues. Bytes are decoded into `call`. Fails with `wrong`.
[[nodiscard]] Result<std::vector<hub::Attribute>> ReadAttributes(const Value* map, const ErrorKind& wrong, Call& call);

// The message of a SendMessage, or of one entry of its batch, for the queue. Checked as far as it can be without the
// queue; views point into `call`.
[[nodiscard]] Result<hub::Message> ReadMessage(const Value& from, std::string_view queue_arn, Call& call);

// The system attributes of a message that `wanted` names, or all with "All": names and values.
std::vector<std::pair<std::string_view, std::string>> SystemAttributesOf(const hub::core::Delivery& delivery,
                                                                         const std::set<std::string_view>& wanted,
                                                                         bool fifo);

// The body as the client gets it: of a notification its envelope, signed, and of bytes that are no text what is left.
std::string BodyOf(const hub::core::Delivery& delivery, const Call& call);

// Writes a map of attributes: MessageAttributes.
void WriteAttributes(const std::vector<hub::Attribute>& attributes, Writer& out);

// A whole number of a call, or nothing. Values beyond 64 bits do not get this far.
std::optional<std::int64_t> NumberIn(const Value& from, std::string_view name);

// Whole seconds. What a client wrote is compared before it becomes a duration, which it may be too large for.
constexpr std::int64_t SecondsOf(hub::Duration duration) {
  return std::chrono::duration_cast<std::chrono::seconds>(duration).count();
}

}  // namespace adapters::aws
