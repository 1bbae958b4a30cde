#include "adapters/wire/native/deliveries_reader.h"

#include <cstring>
#include <limits>

#include "adapters/wire/native/request.h"
#include "hub/base/limits.h"

namespace adapters::wire::native {
namespace {

// Milliseconds that an Instant can hold.
constexpr std::uint64_t kMillisMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) / 1000;

bool MayBeNil(DeliveryField field) {
  switch (field) {
    case DeliveryField::kAttributes:
    case DeliveryField::kSubject:
    case DeliveryField::kDeadLetterSource:
    case DeliveryField::kGroup:
    case DeliveryField::kDeduplication:
    case DeliveryField::kSequence: return true;
    case DeliveryField::kId:
    case DeliveryField::kHandle:
    case DeliveryField::kBody:
    case DeliveryField::kReceiveCount:
    case DeliveryField::kSent:
    case DeliveryField::kFirstReceived:
    case DeliveryField::kSender:
    case DeliveryField::kTrace: break;
  }
  return false;
}

}  // namespace

bool DeliveriesReader::visit_nil() {
  if (place_ != Place::kDelivery || !MayBeNil(static_cast<DeliveryField>(field_))) return false;
  ++field_;
  return true;
}

bool DeliveriesReader::visit_positive_integer(std::uint64_t value) {
  if (place_ == Place::kHead) return field_ == 0 ? (++field_, value == kProtocolVersion) : field_++ == 1;
  if (place_ != Place::kDelivery) return false;
  Received& delivery = deliveries_.back();
  if (At(DeliveryField::kReceiveCount)) {
    if (value > std::numeric_limits<std::uint32_t>::max()) return false;
    delivery.receive_count = static_cast<std::uint32_t>(value);
  } else if (At(DeliveryField::kSent) || At(DeliveryField::kFirstReceived)) {
    if (value > kMillisMax) return false;
    const hub::Instant instant = hub::InstantOf(static_cast<std::int64_t>(value) * 1000);
    (At(DeliveryField::kSent) ? delivery.sent : delivery.first_received) = instant;
  } else if (At(DeliveryField::kSequence)) {
    delivery.sequence = value;
  } else {
    return false;
  }
  ++field_;
  return true;
}

bool DeliveriesReader::visit_negative_integer(std::int64_t value) {
  return value >= 0 && visit_positive_integer(static_cast<std::uint64_t>(value));
}

bool DeliveriesReader::visit_str(const char* data, std::uint32_t size) {
  const std::string_view text = size == 0 ? std::string_view() : std::string_view(data, size);
  if (place_ == Place::kHead) return field_++ == 2 && text == "ok";
  if (place_ == Place::kAttributes && at_key_) {
    deliveries_.back().attributes.push_back({.name = text, .type = {}, .value = {}});
    return true;
  }
  if (place_ == Place::kTyped && typed_ == 0) {
    deliveries_.back().attributes.back().type = text;
    ++typed_;
    return true;
  }
  return ReadField(text, /*is_text=*/true);
}

bool DeliveriesReader::visit_bin(const char* data, std::uint32_t size) {
  return ReadField(size == 0 ? std::string_view() : std::string_view(data, size), /*is_text=*/false);
}

bool DeliveriesReader::ReadField(std::string_view bytes, bool is_text) {
  if (place_ == Place::kTyped && typed_ == 1) {
    deliveries_.back().attributes.back().value = bytes;
    ++typed_;
    return true;
  }
  if (place_ != Place::kDelivery) return false;
  Received& delivery = deliveries_.back();
  const auto field = static_cast<DeliveryField>(field_++);
  switch (field) {
    case DeliveryField::kId:
      if (bytes.size() != delivery.id.bytes.size()) return false;
      std::memcpy(delivery.id.bytes.data(), bytes.data(), bytes.size());
      return true;
    case DeliveryField::kHandle: delivery.handle = bytes; return true;
    case DeliveryField::kBody: delivery.body = bytes; return true;
    case DeliveryField::kSender: delivery.sender = bytes; return is_text;
    case DeliveryField::kSubject: delivery.subject = bytes; return is_text;
    case DeliveryField::kDeadLetterSource: delivery.dead_letter_source = bytes; return is_text;
    case DeliveryField::kGroup: delivery.group = bytes; return is_text;
    case DeliveryField::kDeduplication: delivery.deduplication = bytes; return is_text;
    case DeliveryField::kTrace: delivery.trace = bytes; return is_text;
    case DeliveryField::kReceiveCount:
    case DeliveryField::kSent:
    case DeliveryField::kFirstReceived:
    case DeliveryField::kAttributes:
    case DeliveryField::kSequence: break;
  }
  return false;
}

bool DeliveriesReader::start_array(std::uint32_t count) {
  switch (place_) {
    case Place::kStart: place_ = Place::kHead; return count == 4;
    case Place::kHead:
      if (field_ != 3 || count > hub::kReceiveMax) return false;
      deliveries_.reserve(count);
      place_ = Place::kList;
      return true;
    case Place::kList:
      deliveries_.emplace_back();
      field_ = 0;
      place_ = Place::kDelivery;
      return count == kDeliveryFields || count == kTracedDeliveryFields;
    case Place::kAttributes:
      typed_ = 0;
      place_ = Place::kTyped;
      return !at_key_ && count == 2;
    case Place::kDelivery:
    case Place::kTyped:
    case Place::kDone: break;
  }
  return false;
}

bool DeliveriesReader::end_array() {
  switch (place_) {
    case Place::kTyped: place_ = Place::kAttributes; return true;
    case Place::kDelivery: place_ = Place::kList; return true;
    case Place::kList:
      place_ = Place::kHead;
      ++field_;
      return true;
    case Place::kHead: place_ = Place::kDone; return true;
    case Place::kStart:
    case Place::kAttributes:
    case Place::kDone: break;
  }
  return false;
}

bool DeliveriesReader::start_map(std::uint32_t count) {
  if (!At(DeliveryField::kAttributes) || count > hub::kTopicAttributesMax) return false;
  deliveries_.back().attributes.reserve(count);
  place_ = Place::kAttributes;
  return true;
}

bool DeliveriesReader::end_map() {
  place_ = Place::kDelivery;
  ++field_;
  return true;
}

}  // namespace adapters::wire::native
