// What a RequestReader does with numbers and strings: names, limits, the fields of an entry, options.
#include <algorithm>

#include "adapters/wire/native/request.h"
#include "adapters/wire/native/request_reader.h"
#include "hub/base/assert.h"
#include "hub/base/limits.h"

namespace adapters::wire::native {
namespace {

// What a node of a map costs beside its text.
constexpr std::size_t kPairOverheadBytes = 128;

std::string Millis(hub::Duration duration) {
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(duration).count());
}

}  // namespace

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
    case Place::kEntries: return Texts() != nullptr ? AddText(text) : ReadBytes(text);
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
    case Shape::kAccounts:
    case Shape::kActions:
    case Shape::kOtherName:
    case Shape::kRate:
    case Shape::kKind: break;
  }
  return Misplaced();
}

// Where the texts of this argument go; null when it is no list of texts.
std::vector<std::string>* RequestReader::Texts() {
  switch (shape()) {
    case Shape::kTagKeys: return &arguments_.tag_keys;
    case Shape::kAccounts: return &arguments_.accounts;
    case Shape::kActions: return &arguments_.actions;
    default: return nullptr;
  }
}

bool RequestReader::AddText(std::string_view text) {
  Texts()->emplace_back(text);
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

bool RequestReader::ReadKind(std::string_view text) {
  for (const hub::Kind kind : {hub::Kind::kQueue, hub::Kind::kTopic}) {
    if (NameOf(kind) != text) continue;
    arguments_.kind = kind;
    return NextArgument();
  }
  return Misplaced();
}

bool RequestReader::ReadName(std::string_view text) {
  if (AtArgument(Shape::kKind)) return ReadKind(text);
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

}  // namespace adapters::wire::native
