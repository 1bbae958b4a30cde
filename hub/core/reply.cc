#include "hub/core/reply.h"

#include <algorithm>

#include "hub/base/assert.h"
#include "hub/base/one_of_members.h"
#include "queues/chunk.h"

template class hub::OneOf<hub::core::Replies>;

namespace hub::core {

std::string_view BytesOf(const MessageId& id) {
  return {reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()};
}

MessageId IdFrom(std::string_view bytes) {
  MessageId id;
  HUB_ASSERT(bytes.size() == id.bytes.size());
  std::copy(bytes.begin(), bytes.end(), id.bytes.begin());
  return id;
}

std::string Format(const MessageId& id) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string text;
  text.reserve(36);
  for (std::size_t i = 0; i < id.bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text.push_back('-');
    text.push_back(kHex[id.bytes[i] >> 4]);
    text.push_back(kHex[id.bytes[i] & 15]);
  }
  return text;
}

std::string FormatSequence(std::uint64_t sequence) {
  // From 2^64 on and in steps, as SQS counts: whoever keeps it in 64 bits or counts on the next one notices at once.
  constexpr std::uint64_t kHigh = 1'844'674'407;  // 2^64 is 18446744073709551616.
  constexpr std::uint64_t kLow = 3'709'551'616;
  constexpr std::uint64_t kHalf = 10'000'000'000;
  constexpr std::uint64_t kStep = 256;
  const std::uint64_t low = kLow + sequence * kStep;
  const std::string last = std::to_string(low % kHalf);
  return std::to_string(kHigh + low / kHalf) + std::string(10 - last.size(), '0') + last;
}

std::string_view NameOf(MoveStatus status) {
  switch (status) {
    case MoveStatus::kRunning: return "RUNNING";
    case MoveStatus::kCompleted: return "COMPLETED";
    case MoveStatus::kCancelled: return "CANCELLED";
    case MoveStatus::kFailed: return "FAILED";
  }
  return "";
}

std::string_view NameOf(MoveFailure failure) {
  switch (failure) {
    case MoveFailure::kNone: return "";
    case MoveFailure::kQueueGone: return "QueueGone";
    case MoveFailure::kOriginUnknown: return "OriginUnknown";
  }
  return "";
}

void AppendBody(std::string& out, const Delivery& delivery, const EnvelopeLinks& links) {
  if (delivery.envelope_topic.empty()) {
    out.append(delivery.body);
    return;
  }
  const std::string id = Format(delivery.notification);
  const std::vector<Attribute> attributes = queues::DecodeAttributes(delivery.encoded_attributes);
  topics::Notification notification{};
  notification.message_id = id;
  const std::string sequence = FormatSequence(delivery.notification_sequence);
  if (delivery.notification_sequence != 0) notification.sequence_number = sequence;
  notification.topic_arn = delivery.envelope_topic;
  if (!delivery.subject.empty()) notification.subject = delivery.subject;
  notification.message = delivery.body;
  notification.timestamp = delivery.published;
  notification.attributes = attributes;
  notification.signature = links.signature;
  notification.replayed = delivery.replayed;
  notification.unsubscribe_url = links.unsubscribe_url;
  topics::AppendEnvelope(out, notification);
}

std::vector<Attribute> AttributesOf(const Delivery& delivery) {
  if (!delivery.envelope_topic.empty()) return {};
  return PublishedAttributesOf(delivery);
}

std::vector<Attribute> PublishedAttributesOf(const Delivery& delivery) {
  return queues::DecodeAttributes(delivery.encoded_attributes);
}

}  // namespace hub::core
