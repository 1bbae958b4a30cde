#include "hub/policy/ip.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <system_error>

namespace hub::policy {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

}  // namespace

std::optional<IpNetwork> ParseAddress(std::string_view text) {
  char raw[INET6_ADDRSTRLEN] = {};
  text = text.substr(0, text.find('%'));  // The zone of a link-local address.
  if (text.empty() || text.size() >= sizeof raw) return std::nullopt;
  std::copy(text.begin(), text.end(), raw);
  IpNetwork host;
  if (inet_pton(AF_INET, raw, host.address.data()) == 1) {
    host.is_v4 = true;
    host.prefix_bits = 32;
    return host;
  }
  if (inet_pton(AF_INET6, raw, host.address.data()) != 1) return std::nullopt;
  host.prefix_bits = 128;
  if (std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), host.address.begin())) {
    std::copy(host.address.begin() + 12, host.address.end(), host.address.begin());
    std::fill(host.address.begin() + 4, host.address.end(), std::uint8_t{0});
    host.is_v4 = true;
    host.prefix_bits = 32;
  }
  return host;
}

std::optional<IpNetwork> ParseNetwork(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string_view host = text.substr(0, slash);
  auto network = ParseAddress(host);
  if (!network || host.find('%') != std::string_view::npos || slash == std::string_view::npos) {
    return host.find('%') == std::string_view::npos ? network : std::nullopt;
  }
  const std::string_view digits = text.substr(slash + 1);
  const bool is_mapped = network->is_v4 && host.find(':') != std::string_view::npos;
  unsigned bits = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  if (is_mapped) {
    if (bits < 96) return std::nullopt;
    bits -= 96;
  }
  if (bits > network->prefix_bits) return std::nullopt;
  network->prefix_bits = bits;
  return network;
}

bool IpNetwork::Contains(const IpNetwork& host) const {
  if (is_v4 != host.is_v4) return false;
  const unsigned bytes = prefix_bits / 8;
  if (!std::equal(address.begin(), address.begin() + bytes, host.address.begin())) return false;
  const unsigned bits = prefix_bits % 8;
  if (bits == 0) return true;
  const auto mask = static_cast<std::uint8_t>(0xff << (8 - bits));
  return (address[bytes] & mask) == (host.address[bytes] & mask);
}

}  // namespace hub::policy
