#include "adapters/wire/http/host.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>

namespace adapters::wire::http {
namespace {

// All of it: a zero byte would end it before.
bool IsV6(const std::string& host) {
  in6_addr v6{};
  return host.find('\0') == std::string::npos && inet_pton(AF_INET6, host.c_str(), &v6) == 1;
}

bool IsAddress(const std::string& host) {
  in_addr v4{};
  return inet_pton(AF_INET, host.c_str(), &v4) == 1 || IsV6(host);
}

// Its letters, digits and what may stand between them: queue URLs are made of it.
bool IsName(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '-' || c == '_' || c == '.';
  });
}

// ":4566", or nothing.
bool IsPortOrNone(std::string_view text) {
  if (text.empty()) return true;
  if (text.size() < 2 || text.size() > 6 || text.front() != ':') return false;
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), port);
  return error == std::errc{} && end == text.data() + text.size();
}

// In small letters, without brackets and port; nothing when what follows it is not a port.
std::optional<std::string> NameOf(std::string_view host) {
  const bool is_bracketed = host.starts_with('[');
  const std::size_t end = host.find(is_bracketed ? ']' : ':');
  std::string name(host.substr(0, end));
  std::string_view port = host.substr(std::min(end, host.size()));
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  if (is_bracketed) {
    if (port.empty()) return std::nullopt;
    port.remove_prefix(1);
    name.erase(0, 1);
    if (!IsV6(name)) return std::nullopt;
  } else {
    if (name.ends_with('.')) name.pop_back();
    if (!IsName(name)) return std::nullopt;
  }
  return IsPortOrNone(port) ? std::optional(std::move(name)) : std::nullopt;
}

bool IsOfThisMachine(std::string_view name) {
  return name.find('.') == std::string_view::npos || IsAddress(std::string(name)) || name.ends_with(".localhost") ||
         name == "localhost.localstack.cloud" || name.ends_with(".localhost.localstack.cloud");
}

bool IsListed(std::string_view name, const std::vector<std::string>& further) {
  return std::any_of(further.begin(), further.end(), [&](const std::string& allowed) {
    if (name.size() < allowed.size()) return false;
    const std::size_t before = name.size() - allowed.size();
    return EqualFold(name.substr(before), allowed) && (before == 0 || name[before - 1] == '.');
  });
}

// "localhost:4566" of "sqs.eu-west-1.localhost:4566", as clients make hosts; "" of any other.
std::string_view BehindRegion(std::string_view host) {
  const std::size_t service = host.find('.');
  const std::size_t region = service == std::string_view::npos ? service : host.find('.', service + 1);
  if (region == std::string_view::npos) return "";
  const auto is_service = [&](std::string_view known) { return EqualFold(host.substr(0, service), known); };
  if (!is_service("sqs") && !is_service("sns") && !is_service("sts")) return "";
  const std::string_view label = host.substr(service + 1, region - service - 1);
  return IsName(label) && std::count(label.begin(), label.end(), '-') >= 2 ? host.substr(region + 1) : "";
}

// Whether the internet may have such a domain, or get it: then anybody may own eu-west-1.com, and let sqs.eu-west-1.com
// point here. Those are of letters only, or begin with xn--. Ours is the name that containers are called by.
bool MayBeTopLevel(std::string_view name) {
  if (name == "localhost" || name == "penstock") return false;
  return name.starts_with("xn--") ||
         std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isalpha(c); });
}

}  // namespace

std::string Reachable(const std::string& address) {
  const std::size_t host = address.find("://") + 3;
  const std::size_t port = address.rfind(':');
  const std::string name = address.substr(host, port - host);
  if (name != "0.0.0.0" && name != "[::]" && name != "*") return address;
  return address.substr(0, host) + "localhost" + address.substr(port);
}

bool IsHostAllowed(std::string_view host, const std::vector<std::string>& further) {
  if (const auto name = NameOf(host); name && (IsOfThisMachine(*name) || IsListed(*name, further))) return true;
  const auto name = NameOf(BehindRegion(host));
  return name && ((IsOfThisMachine(*name) && !MayBeTopLevel(*name)) || IsListed(*name, further));
}

bool IsOfPage(const Request& request) {
  const std::string_view site = request.Field("Sec-Fetch-Site");
  return !request.Field("Origin").empty() || (!site.empty() && site != "none");
}

}  // namespace adapters::wire::http
