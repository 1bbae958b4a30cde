// A visitor for msgpack::parse that reads one request, token by token, into Arguments: no tree, no copy of a body.
//
//   [1, id, "send", "orders", [ body, [ body, { name : [ type, value ] }, { option : text } ] ] ]
//    │  │    │      │           │       │       │        │                  │
//  kVersion  │   kArgument   kEntries  kEntry   │      kTyped            kOptions
//      kId   kOperation                     kMessageAttributes       (kPairs: the attributes of a queue or topic)
//
// The grammar is of fixed depth, so a place and a few counters are the whole state; whatever does not fit the place is
// refused at once, which also bounds depth. Each handler returns whether to go on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <msgpack/null_visitor.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/wire/native/operations.h"
#include "hub/base/result.h"

namespace adapters::wire::native {

class RequestReader : public msgpack::null_visitor {
 public:
  // --- For msgpack::parse ---
  bool visit_nil();
  bool visit_boolean(bool) { return Misplaced(); }
  bool visit_positive_integer(std::uint64_t value);
  bool visit_negative_integer(std::int64_t value);
  bool visit_float32(float) { return Misplaced(); }
  bool visit_float64(double) { return Misplaced(); }
  bool visit_str(const char* data, std::uint32_t size);
  bool visit_bin(const char* data, std::uint32_t size);
  bool visit_ext(const char*, std::uint32_t) { return Misplaced(); }
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
  std::uint64_t id() const { return id_; }
  bool done() const { return place_ == Place::kDone; }
  const std::optional<hub::Error>& error() const { return error_; }

  // The operation, and what it holds in memory. Once, when done without an error.
  hub::core::Operation Take();
  std::size_t bytes() const { return bytes_; }

 private:
  enum class Place : std::uint8_t {
    kStart,
    kVersion,
    kId,
    kOperation,
    kArgument,
    kEntries,
    kEntry,
    kMessageAttributes,
    kTyped,
    kOptions,
    kPairs,
    kDone,
  };

  // Version, id and operation stand before the arguments.
  static constexpr std::uint32_t kHeaderFields = 3;

  Shape shape() const { return signature_->shapes[argument_]; }
  bool AtArgument(Shape shape) const;
  bool AtSubject() const;
  bool AtOptions() const;

  bool ReadOperation(std::string_view name);
  bool ReadString(std::string_view text);
  bool ReadBytes(std::string_view bytes);
  bool AddEntry(std::string_view bytes);
  bool ReadEntryField(std::string_view bytes);
  bool ReadTyped(std::string_view bytes);
  bool ReadName(std::string_view text);
  bool ReadOption(std::string_view text);
  bool AddName(std::string_view text);
  std::vector<std::string>* Texts();
  bool AddText(std::string_view text);
  bool ReadKind(std::string_view text);
  bool ReadMillisOption(std::uint64_t value);
  bool ReadPair(std::string_view text);
  bool ReadMillis(std::uint64_t value, hub::Duration max, hub::Duration& out);
  bool StartEntries(std::uint32_t count);
  bool StartEntry(std::uint32_t fields);
  bool NextArgument();

  bool Fail(hub::Code code, std::string message);
  bool Misplaced();  // What was read does not belong here.

  Place place_ = Place::kStart;
  bool at_key_ = false;
  bool version_known_ = false;
  std::uint32_t fields_ = 0;   // Elements of the request's array.
  std::size_t argument_ = 0;   // Which argument is being read.
  std::uint32_t field_ = 0;    // Which element of an entry.
  std::uint32_t typed_ = 0;    // Which element of [type, value].
  std::size_t option_ = 0;     // Which of kMessageOptions.
  std::uint32_t options_ = 0;  // Which of them the message has had, one bit each.
  std::uint64_t id_ = 0;
  std::size_t bytes_ = 0;
  std::string_view pair_name_;
  const Signature* signature_ = nullptr;
  hub::Message* message_ = nullptr;  // The entry being read, if it is a message.
  Arguments arguments_;
  std::optional<hub::Error> error_;
};

}  // namespace adapters::wire::native
