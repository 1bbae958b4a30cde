#include "adapters/wire/http/url.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "adapters/wire/http/message.h"

namespace adapters::wire::http {
namespace {

// Nothing that would end a line or a word of a request's head.
bool IsPrintable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c > 0x20 && c < 0x7f; });
}

bool IsPort(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && end == text.data() + text.size() && port != 0;
}

// "example.com:8080", "[::1]:8080", either without its port.
bool ReadAuthority(std::string_view text, Url& url) {
  std::string_view port;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return false;
    url.host = text.substr(1, end - 1);
    port = text.substr(end + 1);
  } else {
    const std::size_t colon = std::min(text.find(':'), text.size());
    url.host = text.substr(0, colon);
    port = text.substr(colon);
  }
  if (url.host.empty() || (!port.empty() && (port[0] != ':' || !IsPort(port.substr(1))))) return false;
  url.authority = text;
  url.port = port.empty() ? (url.secure ? "443" : "80") : port.substr(1);
  return true;
}

}  // namespace

std::optional<Url> ParseUrl(std::string_view text) {
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos || !IsPrintable(text)) return std::nullopt;
  Url url;
  url.secure = EqualFold(text.substr(0, colon), "https");
  if (!url.secure && !EqualFold(text.substr(0, colon), "http")) return std::nullopt;
  std::string_view rest = text.substr(colon + 3);
  rest = rest.substr(0, rest.find('#'));
  const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
  std::string_view authority = rest.substr(0, end);
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    url.user = authority.substr(0, at);
    authority = authority.substr(at + 1);
  }
  if (!ReadAuthority(authority, url)) return std::nullopt;
  url.target = rest.substr(end);
  if (!url.target.starts_with('/')) url.target.insert(0, "/");
  return url;
}

std::string PercentDecoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    const std::string_view digits = text.substr(std::min(i + 1, text.size()), 2);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    const bool is_escape = text[i] == '%' && digits.size() == 2 && error == std::errc{} && end == digits.data() + 2;
    out.push_back(is_escape ? static_cast<char>(value) : text[i]);
    if (is_escape) i += 2;
  }
  return out;
}

}  // namespace adapters::wire::http
