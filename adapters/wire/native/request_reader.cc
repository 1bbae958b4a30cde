#include "adapters/wire/native/request_reader.h"

#include <utility>

#include "hub/base/assert.h"
#include "hub/base/limits.h"

namespace adapters::wire::native {
namespace {

// Attributes of a queue, a topic or a subscription in one request; SQS has about twenty. Tags, of which there may
// be 50.
constexpr std::size_t kPairsMax = 64;

}  // namespace

// --- Lists and maps -------------------------------------------------------------------------------------------------

bool RequestReader::start_array(std::uint32_t count) {
  switch (place_) {
    case Place::kStart:
      if (count < kHeaderFields) {
        return Fail(hub::Code::kMalformed, "A request is [version, id, operation, arguments...].");
      }
      fields_ = count;
      place_ = Place::kVersion;
      return true;
    case Place::kArgument: return StartEntries(count);
    case Place::kEntries: return StartEntry(count);
    case Place::kMessageAttributes:
      if (at_key_ || count != 2) return Misplaced();
      typed_ = 0;
      place_ = Place::kTyped;
      bytes_ += sizeof(hub::Attribute);
      return true;
    case Place::kVersion:
    case Place::kId:
    case Place::kOperation:
    case Place::kEntry:
    case Place::kTyped:
    case Place::kOptions:
    case Place::kPairs:
    case Place::kDone: break;
  }
  return Misplaced();
}

bool RequestReader::StartEntries(std::uint32_t count) {
  if (argument_ >= signature_->count) return Misplaced();
  if (count > hub::kEntriesMax) {
    return Fail(hub::Code::kBatchTooLarge, "A request holds at most " + std::to_string(hub::kEntriesMax) +
                                               " entries, not " + std::to_string(count) + ".");
  }
  switch (shape()) {
    case Shape::kMessages:
      arguments_.messages.reserve(count);
      bytes_ += count * sizeof(hub::Message);
      break;
    case Shape::kNotifications:
      arguments_.notifications.reserve(count);
      bytes_ += count * sizeof(hub::core::Publish::Entry);
      break;
    case Shape::kHandles:
      arguments_.handles.reserve(count);
      bytes_ += count * sizeof(std::string_view);
      break;
    case Shape::kChanges:
      arguments_.changes.reserve(count);
      bytes_ += count * sizeof(hub::core::ChangeVisibility::Entry);
      break;
    case Shape::kTagKeys:
    case Shape::kAccounts:
    case Shape::kActions: break;
    case Shape::kName:
    case Shape::kMax:
    case Shape::kCredit:
    case Shape::kConsumer:
    case Shape::kVisibility:
    case Shape::kWait:
    case Shape::kAttempt:
    case Shape::kAttributes:
    case Shape::kTags:
    case Shape::kOtherName:
    case Shape::kRate:
    case Shape::kKind: return Misplaced();
  }
  if (count == 0)
    return Fail(hub::Code::kInvalidArgument, std::string(signature_->name) + " needs at least one entry.");
  place_ = Place::kEntries;
  return true;
}

bool RequestReader::StartEntry(std::uint32_t fields) {
  message_ = nullptr;
  if (shape() == Shape::kMessages && (fields == 2 || fields == 3)) {
    message_ = &arguments_.messages.emplace_back();
  } else if (shape() == Shape::kNotifications && fields >= 2 && fields <= 4) {
    message_ = &arguments_.notifications.emplace_back().message;
  } else if (shape() == Shape::kChanges && fields == 2) {
    arguments_.changes.emplace_back();
  } else {
    return Misplaced();
  }
  field_ = 0;
  place_ = Place::kEntry;
  return true;
}

bool RequestReader::end_array() {
  switch (place_) {
    case Place::kTyped: place_ = Place::kMessageAttributes; return true;
    case Place::kEntry: place_ = Place::kEntries; return true;
    case Place::kEntries: return NextArgument();
    case Place::kArgument:
      HUB_ASSERT(argument_ == fields_ - kHeaderFields);  // The count of the array was checked, and the parser keeps it.
      place_ = Place::kDone;
      return true;
    case Place::kStart:
    case Place::kVersion:
    case Place::kId:
    case Place::kOperation:
    case Place::kMessageAttributes:
    case Place::kOptions:
    case Place::kPairs:
    case Place::kDone: break;
  }
  return Misplaced();
}

bool RequestReader::start_map(std::uint32_t count) {
  if (place_ == Place::kEntry && message_ != nullptr && field_ == 1) {
    const std::size_t max = shape() == Shape::kNotifications ? hub::kTopicAttributesMax : hub::kAttributesMax;
    if (count > max) {
      return Fail(hub::Code::kInvalidArgument, "A message has at most " + std::to_string(max) + " attributes.");
    }
    message_->attributes.reserve(count);
    place_ = Place::kMessageAttributes;
    return true;
  }
  if (AtOptions()) {
    options_ = 0;
    place_ = Place::kOptions;
    return true;
  }
  if (AtArgument(Shape::kAttributes) || AtArgument(Shape::kTags)) {
    if (count > kPairsMax) {
      return Fail(hub::Code::kInvalidArgument,
                  "A request sets at most " + std::to_string(kPairsMax) + " attributes or tags.");
    }
    place_ = Place::kPairs;
    return true;
  }
  return Misplaced();
}

bool RequestReader::end_map() {
  if (place_ == Place::kPairs) return NextArgument();
  HUB_ASSERT(place_ == Place::kMessageAttributes || place_ == Place::kOptions);
  place_ = Place::kEntry;
  ++field_;
  return true;
}

// --- Ends -----------------------------------------------------------------------------------------------------------

bool RequestReader::AtArgument(Shape shape) const {
  return place_ == Place::kArgument && argument_ < signature_->count && signature_->shapes[argument_] == shape;
}

bool RequestReader::AtSubject() const {
  return place_ == Place::kEntry && shape() == Shape::kNotifications && field_ == 2;
}

// The last element that a message can have.
bool RequestReader::AtOptions() const {
  return place_ == Place::kEntry && message_ != nullptr && field_ == (shape() == Shape::kNotifications ? 3u : 2u);
}

bool RequestReader::NextArgument() {
  ++argument_;
  place_ = Place::kArgument;
  return true;
}

hub::core::Operation RequestReader::Take() {
  HUB_ASSERT(done() && !error_);
  return signature_->make(arguments_);
}

bool RequestReader::Fail(hub::Code code, std::string message) {
  error_ = hub::Error{code, std::move(message)};
  return false;
}

bool RequestReader::Misplaced() {
  if (signature_ == nullptr) {
    return Fail(hub::Code::kMalformed, "A request is [version, id, operation, arguments...].");
  }
  HUB_ASSERT(argument_ < signature_->count);
  if (place_ == Place::kOptions && !at_key_) {
    return Fail(hub::Code::kMalformed,
                "The option " + std::string(kMessageOptions[option_].name) + " of a message must be " +
                    (kMessageOptions[option_].text != nullptr ? "a string." : "a whole number of milliseconds."));
  }
  return Fail(hub::Code::kMalformed, "Argument " + std::to_string(argument_ + 1) + " of " +
                                         std::string(signature_->name) + " must be " + std::string(Describe(shape())) +
                                         ".");
}

}  // namespace adapters::wire::native
