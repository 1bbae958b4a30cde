// A visitor for msgpack::parse that reads the reply to a receive, token by token: no tree, no copy of a body.
//
//   [1, id, "ok", [ [id, handle, body, ..., { name : [ type, value ] }, ...] ... ] ]
//    └─ kHead ─┘  kList  kDelivery              kAttributes   kTyped
#pragma once

#include <cstddef>
#include <cstdint>
#include <msgpack/null_visitor.hpp>
#include <string_view>
#include <vector>

#include "adapters/wire/native/reply.h"

namespace adapters::wire::native {

// What a delivery on the wire consists of, in order.
enum class DeliveryField : std::uint8_t {
  kId,
  kHandle,
  kBody,
  kReceiveCount,
  kSent,
  kFirstReceived,
  kAttributes,
  kSender,
  kSubject,
  kDeadLetterSource,
  kGroup,
  kDeduplication,
  kSequence,
  kTrace,
};
inline constexpr std::uint32_t kDeliveryFields = 13;
inline constexpr std::uint32_t kTracedDeliveryFields = 14;  // Of a message that has a trace header.

class DeliveriesReader : public msgpack::null_visitor {
 public:
  // --- For msgpack::parse ---
  bool visit_nil();
  bool visit_boolean(bool) { return false; }
  bool visit_positive_integer(std::uint64_t value);
  bool visit_negative_integer(std::int64_t value);
  bool visit_float32(float) { return false; }
  bool visit_float64(double) { return false; }
  bool visit_str(const char* data, std::uint32_t size);
  bool visit_bin(const char* data, std::uint32_t size);
  bool visit_ext(const char*, std::uint32_t) { return false; }
  bool start_array(std::uint32_t count);
  bool end_array();
  bool start_map(std::uint32_t count);
  bool end_map();
  bool start_map_key() { return at_key_ = true; }
  bool start_map_value() {
    at_key_ = false;
    return true;
  }

  // --- Afterwards ---
  bool done() const { return place_ == Place::kDone; }
  std::vector<Received>& deliveries() { return deliveries_; }

 private:
  enum class Place : std::uint8_t { kStart, kHead, kList, kDelivery, kAttributes, kTyped, kDone };

  bool At(DeliveryField field) const {
    return place_ == Place::kDelivery && field_ == static_cast<std::uint32_t>(field);
  }
  bool ReadField(std::string_view bytes, bool is_text);

  Place place_ = Place::kStart;
  bool at_key_ = false;
  std::uint32_t field_ = 0;  // Of the head, or of the delivery.
  std::uint32_t typed_ = 0;
  std::vector<Received> deliveries_;
};

}  // namespace adapters::wire::native
