#include "adapters/yaml/address.h"

#include <arpa/inet.h>

#include <charconv>
#include <string>
#include <system_error>

namespace adapters::yaml {

Reach ReachOf(std::string_view address, std::string_view scheme) {
  if (!address.starts_with(scheme)) return Reach::kInvalid;
  address.remove_prefix(scheme.size());
  const std::size_t colon = address.rfind(':');
  if (colon == std::string_view::npos) return Reach::kInvalid;
  const std::string_view port_text = address.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(port_text.data(), port_text.data() + port_text.size(), port);
  if (error != std::errc{} || end != port_text.data() + port_text.size()) return Reach::kInvalid;

  std::string host(address.substr(0, colon));
  if (host == "*") return Reach::kBeyond;
  in_addr v4{};
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) {
    return ntohl(v4.s_addr) >> 24 == 127 ? Reach::kLoopback : Reach::kBeyond;
  }
  if (host.size() < 2 || host.front() != '[' || host.back() != ']') return Reach::kInvalid;
  host = host.substr(1, host.size() - 2);
  in6_addr v6{};
  if (inet_pton(AF_INET6, host.c_str(), &v6) != 1) return Reach::kInvalid;
  return IN6_IS_ADDR_LOOPBACK(&v6) ? Reach::kLoopback : Reach::kBeyond;
}

}  // namespace adapters::yaml
