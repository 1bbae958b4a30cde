// The envelope in which a subscription that is not raw gets a message.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "hub/base/message.h"
#include "hub/base/time.h"

namespace topics {

// All views; what is not set is left out of the envelope.
struct Signature {
  std::string_view version;
  std::string_view text;
  std::string_view certificate_url;
};

struct Notification {
  std::string_view message_id;
  std::optional<std::string_view> sequence_number;  // FIFO topics.
  std::string_view topic_arn;
  std::optional<std::string_view> subject;
  std::string_view message;
  hub::Instant timestamp;
  std::optional<Signature> signature;
  std::optional<std::string_view> unsubscribe_url;
  std::span<const hub::Attribute> attributes;
  bool replayed = false;  // From an archive.
};

// What tells the owner of an endpoint that a topic wants to deliver to it, or does so no longer.
struct Confirmation {
  std::string_view type = "SubscriptionConfirmation";
  std::string_view message_id;
  std::string_view token;
  std::string_view topic_arn;
  std::string_view message;
  std::optional<std::string_view> subscribe_url = {};  // Only over HTTP is there one.
  hub::Instant timestamp;
  std::optional<Signature> signature = {};
};

// As AppendEnvelope does.
void AppendConfirmation(std::string& out, const Confirmation& confirmation);

// Appends the envelope as compact JSON, its fields in the order that SNS gives them. All text must be UTF-8; the values
// of Binary attributes may be any bytes and become base64.
void AppendEnvelope(std::string& out, const Notification& notification);

// The object of an envelope's MessageAttributes.
void AppendAttributes(std::string& out, std::span<const hub::Attribute> attributes);

// "2026-03-01T12:00:00.123Z"
void AppendTimestamp(std::string& out, hub::Instant instant);

void AppendBase64(std::string& out, std::string_view bytes);

}  // namespace topics
