#include "adapters/wire/native/request_reader.h"

#include <algorithm>
#include <utility>

#include "adapters/wire/native/request.h"
#include "hub/base/assert.h"
#include "hub/base/limits.h"

namespace adapters::wire::native {
namespace {

// Attributes of a queue, a topic or a subscription in one request; SQS has about twenty. Tags, of which there may
// be 50.
constexpr std::size_t kPairsMax = 64;

// What a node of a map costs beside its text.
constexpr std::size_t kPairOverheadBytes = 128;

// Version, id and operation stand before the arguments.
constexpr std::uint32_t kHeaderFields = 3;

std::string Millis(hub::Duration duration) {
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(duration).count());
}

}  // namespace

// --- Scalars --------------------------------------------------------------------------------------------------------

bool RequestReader::visit_nil() {
  if (AtArgument(Shape::kVisibility) || AtArgument(Shape::kWait) || AtArgument(Shape::kRate) ||
      AtArgument(Shape::kAttempt)) {
    return NextArgument();
  }
  if (AtArgument(Shape::kOtherName)) return AddName("");
  if (place_ == Place::kEntry && message_ != nullptr && field_ > 0) {
    ++field_;
    return true;
  }
  return Misplaced();
}

bool RequestReader::visit_positive_integer(std::uint64_t value) {
  if (place_ == Place::kVersion) {
    version_known_ = value == kProtocolVersion;
    place_ = Place::kId;
    return true;
  }
  if (place_ == Place::kId) {
    id_ = value;
    // Only now, so that a client of another version learns which of its requests was refused.
    if (!version_known_) return Fail(hub::Code::kMalformed, "This hub speaks version 1 of the native protocol.");
    place_ = Place::kOperation;
    return true;
  }
  if (AtArgument(Shape::kMax)) {
    if (value < 1 || value > hub::kReceiveMax) {
      return Fail(hub::Code::kInvalidArgument,
                  "A receive asks for 1 to " + std::to_string(hub::kReceiveMax) + " messages.");
    }
    arguments_.max = value;
    return NextArgument();
  }
  if (AtArgument(Shape::kCredit)) {
    if (value < 1 || value > hub::kCreditMax) {
      return Fail(hub::Code::kInvalidArgument,
                  "A push consumer's credit is 1 to " + std::to_string(hub::kCreditMax) + " messages.");
    }
    arguments_.max = value;
    return NextArgument();
  }
  if (AtArgument(Shape::kConsumer)) {
    arguments_.consumer = value;
    return NextArgument();
  }
  if (AtArgument(Shape::kVisibility)) {
    return ReadMillis(value, hub::kVisibilityMax, arguments_.visibility.emplace()) && NextArgument();
  }
  if (AtArgument(Shape::kWait)) {
    return ReadMillis(value, hub::kWaitMax, arguments_.wait.emplace()) && NextArgument();
  }
  if (AtArgument(Shape::kRate)) {
    if (value < 1 || value > hub::kMoveRateMax) {
      return Fail(hub::Code::kInvalidArgument,
                  "A move task may be held to 1 to " + std::to_string(hub::kMoveRateMax) + " messages a second.");
    }
    arguments_.rate = static_cast<std::uint32_t>(value);
    return NextArgument();
  }
  if (place_ == Place::kEntry && shape() == Shape::kChanges && field_ == 1) {
    ++field_;
    return ReadMillis(value, hub::kVisibilityMax, arguments_.changes.back().visibility);
  }
  if (place_ == Place::kOptions && !at_key_) return ReadMillisOption(value);
  return Misplaced();
}

bool RequestReader::visit_negative_integer(std::int64_t value) {
  // Also called for a number that is not negative in a signed encoding.
  return value < 0 ? Misplaced() : visit_positive_integer(static_cast<std::uint64_t>(value));
}

bool RequestReader::visit_str(const char* data, std::uint32_t size) {
  return ReadString(size == 0 ? std::string_view() : std::string_view(data, size));
}

bool RequestReader::visit_bin(const char* data, std::uint32_t size) {
  return ReadBytes(size == 0 ? std::string_view() : std::string_view(data, size));
}

bool RequestReader::ReadString(std::string_view text) {
  switch (place_) {
    case Place::kOperation: return ReadOperation(text);
    case Place::kArgument: return ReadName(text);
    case Place::kMessageAttributes:
      if (!at_key_) return Misplaced();
      for (const hub::Attribute& attribute : message_->attributes) {
        if (attribute.name == text) {
          return Fail(hub::Code::kMalformed, "A message has the attribute \"" + std::string(text) + "\" twice.");
        }
      }
      message_->attributes.push_back({.name = text, .type = {}, .value = {}});
      return true;
    case Place::kPairs: return ReadPair(text);
    case Place::kOptions: return ReadOption(text);
    case Place::kTyped:
      if (typed_ == 0) {
        message_->attributes.back().type = text;
        ++typed_;
        return true;
      }
      return ReadBytes(text);
    case Place::kEntry:
      if (AtSubject()) {
        arguments_.notifications.back().subject = text;
        ++field_;
        return true;
      }
      return ReadBytes(text);
    case Place::kEntries: return shape() == Shape::kTagKeys ? AddTagKey(text) : ReadBytes(text);
    case Place::kStart:
    case Place::kVersion:
    case Place::kId:
    case Place::kDone: break;
  }
  return Misplaced();
}

// What may be bin or str: bodies, handles, values of message attributes.
bool RequestReader::ReadBytes(std::string_view bytes) {
  if (place_ == Place::kEntries) return AddEntry(bytes);
  if (place_ == Place::kEntry) return ReadEntryField(bytes);
  if (place_ == Place::kTyped && typed_ == 1) {
    message_->attributes.back().value = bytes;
    ++typed_;
    return true;
  }
  return Misplaced();
}

bool RequestReader::AddEntry(std::string_view bytes) {
  switch (shape()) {
    case Shape::kMessages: arguments_.messages.push_back({.body = bytes, .attributes = {}}); return true;
    case Shape::kNotifications:
      arguments_.notifications.push_back({.message = {.body = bytes, .attributes = {}}, .subject = {}});
      return true;
    case Shape::kHandles: arguments_.handles.push_back(bytes); return true;
    case Shape::kChanges:
    case Shape::kName:
    case Shape::kMax:
    case Shape::kCredit:
    case Shape::kConsumer:
    case Shape::kVisibility:
    case Shape::kWait:
    case Shape::kAttempt:
    case Shape::kAttributes:
    case Shape::kTags:
    case Shape::kTagKeys:
    case Shape::kOtherName:
    case Shape::kRate: break;
  }
  return Misplaced();
}

bool RequestReader::AddTagKey(std::string_view text) {
  arguments_.tag_keys.emplace_back(text);
  bytes_ += text.size() + sizeof(std::string);
  return true;
}

bool RequestReader::ReadEntryField(std::string_view bytes) {
  if (field_ != 0) return Misplaced();
  ++field_;
  (message_ != nullptr ? message_->body : arguments_.changes.back().handle) = bytes;
  return true;
}

bool RequestReader::ReadOperation(std::string_view name) {
  signature_ = FindSignature(name);
  if (signature_ == nullptr) {
    return Fail(hub::Code::kUnknownOperation, "There is no operation \"" + std::string(name.substr(0, 64)) + "\".");
  }
  const std::size_t count = fields_ - kHeaderFields;
  const std::size_t least = signature_->count - signature_->optional;
  if (count < least || count > signature_->count) {
    return Fail(hub::Code::kMalformed,
                std::string(name) + " takes " + (signature_->optional > 0 ? std::to_string(least) + " to " : "") +
                    std::to_string(signature_->count) + " arguments, not " + std::to_string(count) + ".");
  }
  place_ = Place::kArgument;
  return true;
}

bool RequestReader::ReadName(std::string_view text) {
  if (AtArgument(Shape::kAttempt)) {
    arguments_.attempt = text;
    bytes_ += text.size();
    return NextArgument();
  }
  return AtArgument(Shape::kName) || AtArgument(Shape::kOtherName) ? AddName(text) : Misplaced();
}

bool RequestReader::AddName(std::string_view text) {
  HUB_ASSERT(arguments_.names_read < arguments_.names.size());
  arguments_.names[arguments_.names_read++] = text;
  bytes_ += text.size();
  return NextArgument();
}

bool RequestReader::ReadPair(std::string_view text) {
  bytes_ += text.size();
  if (at_key_) {
    pair_name_ = text;
    return true;
  }
  bytes_ += kPairOverheadBytes;
  const bool is_tag = shape() == Shape::kTags;
  if ((is_tag ? arguments_.tags : arguments_.attributes).emplace(pair_name_, text).second) return true;
  return Fail(hub::Code::kMalformed, std::string(is_tag ? "The tag" : "The attribute") + " \"" +
                                         std::string(pair_name_) + "\" is there twice.");
}

bool RequestReader::ReadOption(std::string_view text) {
  if (!at_key_) {
    if (kMessageOptions[option_].text == nullptr) return Misplaced();
    message_->*kMessageOptions[option_].text = text;
    return true;
  }
  for (option_ = 0; option_ < kMessageOptions.size(); ++option_) {
    if (kMessageOptions[option_].name != text) continue;
    const std::uint32_t bit = std::uint32_t{1} << option_;
    if ((options_ & bit) != 0) {
      return Fail(hub::Code::kMalformed, "A message has the option \"" + std::string(text) + "\" twice.");
    }
    options_ |= bit;
    return true;
  }
  return Fail(hub::Code::kMalformed, "A message has no option \"" + std::string(text.substr(0, 64)) + "\".");
}

// Of what is too much, the core refuses the message that has it and no other: here it need only stay too much.
bool RequestReader::ReadMillisOption(std::uint64_t value) {
  const MessageOption& option = kMessageOptions[option_];
  if (option.text != nullptr) return Misplaced();
  constexpr auto kTooMuch = std::chrono::duration_cast<std::chrono::milliseconds>(hub::kDelayMax).count() + 1;
  message_->*option.millis = std::chrono::milliseconds(std::min<std::uint64_t>(value, kTooMuch));
  return true;
}

bool RequestReader::ReadMillis(std::uint64_t value, hub::Duration max, hub::Duration& out) {
  if (value > static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(max).count())) {
    return Fail(hub::Code::kInvalidArgument, std::to_string(value) + " milliseconds are more than " + Millis(max) +
                                                 ", the most that " + std::string(signature_->name) + " takes.");
  }
  out = std::chrono::milliseconds(value);
  return true;
}

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
    case Shape::kTagKeys: break;
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
    case Shape::kRate: return Misplaced();
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
