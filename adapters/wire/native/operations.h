// The operations of the wire as a table: name, the shapes of the arguments in order, and how they make an operation.
// Reader and README follow it; what it does not list cannot be asked for.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/message.h"
#include "hub/base/names.h"
#include "hub/base/time.h"
#include "hub/core/command.h"

namespace adapters::wire::native {

enum class Shape : std::uint8_t {
  kName,           // str
  kMax,            // 1 to kReceiveMax
  kCredit,         // 1 to kCreditMax
  kConsumer,       // the id of a request
  kVisibility,     // nil or milliseconds
  kWait,           // nil or milliseconds
  kAttempt,        // nil or str
  kMessages,       // [message...], each perhaps with options
  kNotifications,  // [message...], each perhaps with a subject, then options
  kHandles,        // [handle...]
  kChanges,        // [[handle, milliseconds]...]
  kAttributes,     // {str: str}
  kTags,           // {str: str}
  kTagKeys,        // [str...]
  kOtherName,      // str or nil
  kRate,           // nil or 1 to kMoveRateMax
  kKind,           // "queue" or "topic"
  kAccounts,       // [str...]
  kActions,        // [str...]
};

// What to call it in a message: "a list of messages".
std::string_view Describe(Shape shape);

// The arguments of one request, as far as they have been read.
struct Arguments {
  std::array<std::string_view, 2> names;
  std::size_t names_read = 0;
  std::size_t max = 0;  // Also a credit.
  std::uint64_t consumer = 0;
  std::optional<hub::Duration> visibility;
  std::optional<hub::Duration> wait;
  std::string_view attempt;
  std::vector<hub::Message> messages;
  std::vector<hub::core::Publish::Entry> notifications;
  std::vector<std::string_view> handles;
  std::vector<hub::core::ChangeVisibility::Entry> changes;
  hub::core::Attributes attributes;
  hub::Tags tags;
  std::vector<std::string> tag_keys;
  std::vector<std::string> accounts;
  std::vector<std::string> actions;
  hub::Kind kind = hub::Kind::kQueue;
  std::uint32_t rate = 0;  // 0: none.
};

struct Signature {
  std::string_view name;
  std::size_t count;
  std::array<Shape, 5> shapes;
  hub::core::Operation (*make)(Arguments& arguments);
  std::size_t optional = 0;  // How many of the last arguments may be left out.
};

// What the options of a message may say, by key. The reader, the writer and the README follow it.
struct MessageOption {
  std::string_view name;
  std::string_view hub::Message::*text;                          // A string, or where this is null:
  std::optional<hub::Duration> hub::Message::*millis = nullptr;  // milliseconds.

  bool IsIn(const hub::Message& message) const {
    return text != nullptr ? !(message.*text).empty() : (message.*millis).has_value();
  }
};

inline constexpr std::array kMessageOptions = {
    MessageOption{"group", &hub::Message::group},
    MessageOption{"deduplication", &hub::Message::deduplication},
    MessageOption{"delay", nullptr, &hub::Message::delay},
    MessageOption{"trace", &hub::Message::trace},
};

// Null when there is no such operation.
const Signature* FindSignature(std::string_view name);

}  // namespace adapters::wire::native
