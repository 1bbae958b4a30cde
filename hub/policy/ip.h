// Networks of IP addresses in CIDR notation, version 4 and 6.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace hub::policy {

struct IpNetwork {
  std::array<std::uint8_t, 16> address{};  // Version 4 addresses take the first four bytes.
  bool is_v4 = false;
  unsigned prefix_bits = 0;

  bool Contains(const IpNetwork& host) const;
};

// "10.0.0.0/8", "2001:db8::/32"; a bare address is itself alone. A version 4 address mapped into version 6
// ("::ffff:10.0.0.1") is the version 4 address, so that it cannot slip past a rule. Bits beyond the prefix are ignored.
std::optional<IpNetwork> ParseNetwork(std::string_view text);

// One address, as a network that holds only it.
std::optional<IpNetwork> ParseAddress(std::string_view text);

}  // namespace hub::policy
