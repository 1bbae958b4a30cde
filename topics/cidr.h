// Blocks of IP addresses, such as 10.0.0.0/8 or 2001:db8::/32.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "hub/base/result.h"

namespace topics {

struct Address {
  std::array<std::uint8_t, 16> bytes{};  // The first `size` count; the others are zero.
  std::uint8_t size = 4;                 // 4 or 16.

  friend auto operator<=>(const Address&, const Address&) = default;
};

struct CidrBlock {
  std::uint8_t bits = 0;  // How many leading bits of an address decide.
  Address network;        // All further bits are zero.

  friend auto operator<=>(const CidrBlock&, const CidrBlock&) = default;
};

// An IPv4 or IPv6 address in its usual text form, or nothing.
std::optional<Address> ParseAddress(std::string_view text);

// The block of that size in which the address lies. `bits` is at most the length of the address.
CidrBlock BlockOf(const Address& address, std::uint8_t bits);

inline bool Contains(const CidrBlock& block, const Address& address) {
  return block.network.size == address.size && BlockOf(address, block.bits) == block;
}

// Fails with kInvalidArgument.
[[nodiscard]] hub::Result<CidrBlock> ParseCidr(std::string_view text);

}  // namespace topics
