// Where a request of ours goes: an absolute URL, taken apart.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace adapters::wire::http {

struct Url {
  bool secure = false;    // https
  std::string user;       // "name:password" before the host, or "".
  std::string host;       // As it is resolved: "example.com", "127.0.0.1", "::1".
  std::string port;       // "80"
  std::string authority;  // As the Host field has it: "example.com", "[::1]:8080".
  std::string target;     // "/inbox?from=orders"
};

// Nothing for what is not an http or https URL with a host; a fragment is left out.
std::optional<Url> ParseUrl(std::string_view text);

// "a%40b" as "a@b"; what is no escape stays as it is.
std::string PercentDecoded(std::string_view text);

}  // namespace adapters::wire::http
