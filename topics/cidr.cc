#include "topics/cidr.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <string>

#include "hub/base/assert.h"

namespace topics {

std::optional<Address> ParseAddress(std::string_view text) {
  char terminated[INET6_ADDRSTRLEN] = {};
  if (text.empty() || text.size() >= sizeof terminated || text.find('\0') != std::string_view::npos)
    return std::nullopt;
  text.copy(terminated, text.size());
  Address address;
  if (inet_pton(AF_INET, terminated, address.bytes.data()) == 1) return address;
  address = {.bytes = {}, .size = 16};
  if (inet_pton(AF_INET6, terminated, address.bytes.data()) == 1) return address;
  return std::nullopt;
}

CidrBlock BlockOf(const Address& address, std::uint8_t bits) {
  HUB_ASSERT(bits <= address.size * 8);
  CidrBlock block{.bits = bits, .network = address};
  for (std::size_t i = 0; i < address.size; ++i) {
    const int kept = std::clamp(bits - static_cast<int>(i) * 8, 0, 8);
    block.network.bytes[i] &= static_cast<std::uint8_t>(0xff00 >> kept);
  }
  return block;
}

hub::Result<CidrBlock> ParseCidr(std::string_view text) {
  const auto refuse = [](std::string why) { return hub::Fail(hub::Code::kInvalidArgument, std::move(why)); };
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos || text.find('/', slash + 1) != std::string_view::npos) {
    return refuse("Malformed CIDR, one '/' required");
  }
  const std::string_view mask = text.substr(slash + 1);
  int bits = 0;
  const auto [rest, error] = std::from_chars(mask.data(), mask.data() + mask.size(), bits);
  if (error != std::errc{} || rest != mask.data() + mask.size()) {
    return refuse("Malformed CIDR, mask bits must be an integer");
  }
  const std::optional<Address> address = ParseAddress(text.substr(0, slash));
  if (!address) return refuse("Nonstandard IP address: " + std::string(text.substr(0, slash)));
  if (bits < 0 || bits > address->size * 8) {
    return refuse("Malformed CIDR, mask bits must be between 0 and " + std::to_string(address->size * 8));
  }
  return BlockOf(*address, static_cast<std::uint8_t>(bits));
}

}  // namespace topics
