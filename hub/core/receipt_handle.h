// Receipt handles: which receive of which message, with a MAC so that nobody can make one up.
//
//   version(4) receive(4) queue(8) sequence(8) received(8) boot(4) mac(16)
//
// A handle names its queue, so it opens no other; it survives a restart because the key is stored.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "hub/core/records.h"
#include "hub/core/reply.h"

namespace hub::core {

struct Receipt {
  std::uint64_t queue = 0;
  std::uint64_t sequence = 0;
  std::uint32_t receive = 0;  // The how-manieth receive of the message it stands for.
  std::uint32_t boot = 0;     // During which run of the hub.
  Instant received{};         // When it was asked for: no message is hidden for longer than kVisibilityMax from then.

  friend bool operator==(const Receipt&, const Receipt&) = default;
};

Handle SealReceipt(const Secret& secret, const Receipt& receipt);

// Nothing for bytes that SealReceipt did not make with this secret.
std::optional<Receipt> OpenReceipt(const Secret& secret, std::string_view handle);

// The id of message `number` of a queue or topic: looks random, differs for each, needs no storage.
MessageId MessageIdOf(const Secret& secret, std::uint64_t owner, std::uint64_t number);

}  // namespace hub::core
