#include "adapters/wire/http/private_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string>

namespace adapters::wire::http {
namespace {

bool IsPrivateV4(std::uint32_t address) {
  static constexpr struct {
    std::uint32_t network;
    int bits;
  } kBlocks[] = {
      {0x7f000000, 8},   // 127.0.0.0
      {0x0a000000, 8},   // 10.0.0.0
      {0xac100000, 12},  // 172.16.0.0
      {0xc0a80000, 16},  // 192.168.0.0
      {0x64400000, 10},  // 100.64.0.0
      {0xa9fe0000, 16},  // 169.254.0.0
  };
  return std::any_of(std::begin(kBlocks), std::end(kBlocks),
                     [&](const auto& block) { return (address ^ block.network) >> (32 - block.bits) == 0; });
}

bool IsPrivateV6(const in6_addr& address) {
  const std::uint8_t* const bytes = address.s6_addr;
  if (IN6_IS_ADDR_V4MAPPED(&address)) {
    return IsPrivateV4(std::uint32_t{bytes[12]} << 24 | std::uint32_t{bytes[13]} << 16 | std::uint32_t{bytes[14]} << 8 |
                       std::uint32_t{bytes[15]});
  }
  const bool is_unique_local = (bytes[0] & 0xfe) == 0xfc;
  return IN6_IS_ADDR_LOOPBACK(&address) || IN6_IS_ADDR_LINKLOCAL(&address) || is_unique_local;
}

}  // namespace

bool IsPrivateAddress(std::string_view address) {
  const std::string text(address.substr(0, address.find('%')));  // "fe80::1%eth0": the zone is not part of it.
  in_addr v4{};
  if (inet_pton(AF_INET, text.c_str(), &v4) == 1) return IsPrivateV4(ntohl(v4.s_addr));
  in6_addr v6{};
  return inet_pton(AF_INET6, text.c_str(), &v6) == 1 && IsPrivateV6(v6);
}

}  // namespace adapters::wire::http
