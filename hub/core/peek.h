// Looking at the messages of a queue without receiving them: nothing of the queue changes, not even what memory holds
// of it. What is looked at is read from the store, in pages; it is no snapshot, and what moves meanwhile may be seen
// twice or not at all.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "hub/base/limits.h"

namespace hub::core {

inline constexpr std::size_t kPeekMax = 100;  // Messages in one page.
inline constexpr std::size_t kPeeksMax = 64;  // That are being read for at once.

// A page of the messages of a queue: those in its log in their order, then the delayed ones as they fall due.
struct PeekMessages {
  std::string queue;
  std::size_t max = 10;    // 1 to kPeekMax. A page may hold fewer, though there are more.
  bool in_flight = true;   // Also those that are hidden,
  bool delayed = true;     // and those that cannot be received yet.
  std::string after = {};  // What the last page ended with (PeekReply::next); "": from the beginning.
};

enum class MessageState : std::uint8_t { kVisible, kInFlight, kDelayed };

// "visible", "in_flight", "delayed"
std::string_view NameOf(MessageState state);

// Where a page begins: a message of a chunk in one of the queue's logs.
struct PeekPlace {
  enum Stage : std::uint8_t { kLog, kLaneLog, kDelayed, kLaneDelayed, kEnd };

  std::uint8_t stage = kLog;
  std::uint64_t due = 0;       // Of delayed ones.
  std::uint64_t sequence = 0;  // Of the chunk's first message.
  std::uint64_t slot = 0;

  friend auto operator<=>(const PeekPlace&, const PeekPlace&) = default;
};

// "0-0-17-3"; nothing when it is not that.
std::string Format(const PeekPlace& place);
std::optional<PeekPlace> ParsePeekPlace(std::string_view text);

}  // namespace hub::core
