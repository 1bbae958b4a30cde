#include "adapters/push/reach.h"

#include <algorithm>

#include "hub/base/assert.h"

namespace adapters::push {
namespace {

using topics::Address;
using topics::CidrBlock;

std::vector<CidrBlock> Blocks(std::initializer_list<std::string_view> texts) {
  std::vector<CidrBlock> blocks;
  for (const std::string_view text : texts) {
    auto block = topics::ParseCidr(text);
    HUB_ASSERT(block);
    blocks.push_back(*block);
  }
  return blocks;
}

bool IsIn(const std::vector<CidrBlock>& blocks, const Address& address) {
  return std::any_of(blocks.begin(), blocks.end(), [&](const CidrBlock& block) { return Contains(block, address); });
}

bool IsPrivate(const Address& address) {
  static const std::vector<CidrBlock> blocks =
      Blocks({"127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "::1/128", "fc00::/7"});
  return IsIn(blocks, address);
}

// Link-local (where clouds tell their secrets), multicast, reserved, and what carries another address in itself.
bool IsSpecial(const Address& address) {
  static const std::vector<CidrBlock> blocks =
      Blocks({"0.0.0.0/8",     "169.254.0.0/16",  "192.0.0.0/24",   "192.0.2.0/24", "192.88.99.0/24",
              "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4",  "240.0.0.0/4",
              "::/96",         "64:ff9b::/96",    "64:ff9b:1::/48", "100::/64",     "2001::/23",
              "2001:db8::/32", "2002::/16",       "fe80::/10",      "fec0::/10",    "ff00::/8"});
  return IsIn(blocks, address);
}

// "::ffff:10.0.0.1" is 10.0.0.1.
Address Unmapped(const Address& address) {
  static const CidrBlock mapped = Blocks({"::ffff:0:0/96"}).front();
  if (!Contains(mapped, address)) return address;
  Address inner;
  std::copy(address.bytes.begin() + 12, address.bytes.end(), inner.bytes.begin());
  return inner;
}

}  // namespace

bool IsReachable(Reach reach, const std::vector<CidrBlock>& allowed, std::string_view text) {
  // "fe80::1%eth0": the zone is not part of the address.
  const auto parsed = topics::ParseAddress(text.substr(0, text.find('%')));
  if (!parsed) return false;
  const Address address = Unmapped(*parsed);
  if (IsIn(allowed, address)) return true;
  switch (reach) {
    case Reach::kAnywhere: return true;
    case Reach::kPrivate: return IsPrivate(address);
    case Reach::kPublic: return !IsPrivate(address) && !IsSpecial(address);
  }
  return false;
}

}  // namespace adapters::push
