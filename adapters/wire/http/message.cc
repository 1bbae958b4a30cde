#include "adapters/wire/http/message.h"

#include <algorithm>
#include <utility>

namespace adapters::wire::http {

bool EqualFold(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; };
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [&](char x, char y) { return lower(x) == lower(y); });
}

bool Request::ToOriginForm() {
  if (target.starts_with('/')) return true;
  const std::size_t scheme = Path().find("://");
  if (scheme == std::string_view::npos) return true;  // "*", perhaps.
  const std::string_view whole = target;
  if (!EqualFold(whole.substr(0, scheme), "http") && !EqualFold(whole.substr(0, scheme), "https")) return false;
  const std::size_t host = scheme + 3;
  const std::size_t end = std::min(whole.find_first_of("/?", host), whole.size());
  if (!EqualFold(whole.substr(host, end - host), Field("Host"))) return false;
  target.erase(0, end);
  if (!target.starts_with('/')) target.insert(0, "/");
  return true;
}

std::string_view Request::Field(std::string_view name) const {
  const std::string_view all = fields_;
  for (const Piece& piece : pieces_) {
    if (EqualFold(all.substr(piece.from, piece.name_bytes), name)) {
      return all.substr(piece.from + piece.name_bytes, piece.value_bytes);
    }
  }
  return {};
}

void Request::AddField(std::string_view name, std::string_view value) {
  pieces_.push_back({.from = static_cast<std::uint32_t>(fields_.size()),
                     .name_bytes = static_cast<std::uint32_t>(name.size()),
                     .value_bytes = static_cast<std::uint32_t>(value.size())});
  fields_.append(name).append(value);
}

std::string_view ReasonOf(unsigned status) {
  static constexpr std::pair<unsigned, std::string_view> kReasons[] = {
      {200, "OK"},
      {204, "No Content"},
      {400, "Bad Request"},
      {403, "Forbidden"},
      {404, "Not Found"},
      {405, "Method Not Allowed"},
      {408, "Request Timeout"},
      {413, "Payload Too Large"},
      {414, "URI Too Long"},
      {417, "Expectation Failed"},
      {421, "Misdirected Request"},
      {429, "Too Many Requests"},
      {431, "Request Header Fields Too Large"},
      {500, "Internal Server Error"},
      {501, "Not Implemented"},
      {503, "Service Unavailable"},
      {505, "HTTP Version Not Supported"},
  };
  for (const auto& [known, reason] : kReasons) {
    if (known == status) return reason;
  }
  return "Unknown";
}

std::string Write(const Response& response, std::string_view date, bool keep_alive, bool head_only) {
  std::string out;
  out.reserve(192 + response.fields.size() + response.body.size());
  out.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ").append(ReasonOf(response.status));
  out.append("\r\nDate: ").append(date).append("\r\n");
  if (!response.content_type.empty()) out.append("Content-Type: ").append(response.content_type).append("\r\n");
  out.append("Content-Length: ").append(std::to_string(response.body.size())).append("\r\n");
  out.append(response.fields);
  out.append(keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n");
  if (!head_only) out.append(response.body);
  return out;
}

}  // namespace adapters::wire::http
