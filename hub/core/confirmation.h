// Tokens with which a subscription is confirmed: whoever has one can read the queue that it was sent to.
//
//   hexadecimal of subscription(8) mac(16)
//
// Nobody can make one up, and none needs to be stored.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "hub/core/records.h"

namespace hub::core {

std::string SealConfirmation(const Secret& secret, std::uint64_t subscription);

// The subscription's id. Nothing for text that SealConfirmation did not make with this secret.
std::optional<std::uint64_t> OpenConfirmation(const Secret& secret, std::string_view token);

}  // namespace hub::core
