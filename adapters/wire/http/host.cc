#include "adapters/wire/http/host.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cctype>

namespace adapters::wire::http {
namespace {

bool IsAddress(const std::string& host) {
  in_addr v4{};
  in6_addr v6{};
  return inet_pton(AF_INET, host.c_str(), &v4) == 1 || inet_pton(AF_INET6, host.c_str(), &v6) == 1;
}

// Its letters, digits and what may stand between them: queue URLs are made of it.
bool IsHost(std::string_view host) {
  return std::all_of(host.begin(), host.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '-' || c == '_' || c == '.' || c == ':' || c == '[' || c == ']';
  });
}

std::string WithoutPort(std::string_view host) {
  if (host.starts_with('[')) return std::string(host.substr(1, std::min(host.find(']'), host.size()) - 1));
  return std::string(host.substr(0, host.find(':')));
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
  if (!IsHost(host)) return false;
  std::string name = WithoutPort(host);
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  if (name.ends_with('.')) name.pop_back();
  if (name.empty()) return false;
  if (IsAddress(name) || name.ends_with(".localhost") || name == "localhost.localstack.cloud" ||
      name.ends_with(".localhost.localstack.cloud")) {
    return true;
  }
  if (name.find('.') == std::string::npos) return true;
  return std::any_of(further.begin(), further.end(), [&](const std::string& allowed) {
    if (name.size() < allowed.size()) return false;
    const std::size_t before = name.size() - allowed.size();
    return EqualFold(std::string_view(name).substr(before), allowed) && (before == 0 || name[before - 1] == '.');
  });
}

bool IsOfPage(const Request& request) {
  const std::string_view site = request.Field("Sec-Fetch-Site");
  return !request.Field("Origin").empty() || (!site.empty() && site != "none");
}

}  // namespace adapters::wire::http
