// Who asks: a verified identity, as policies see it. The endpoint verifies it; nothing here does.
#pragma once

#include <cstdint>
#include <string>

namespace hub::policy {

struct Principal {
  enum class Kind : std::uint8_t { kAnonymous, kUser, kAccountRoot, kService };

  Kind kind = Kind::kAnonymous;
  std::string account;  // Twelve digits; empty for services and anonymous callers.
  std::string arn;      // kUser: "arn:aws:iam::111111111111:user/checkout"; kAccountRoot: "...:root"; else empty.
  std::string service;  // kService: its host, such as "sns.amazonaws.com".
  std::string name;     // kUser: "checkout".

  friend bool operator==(const Principal&, const Principal&) = default;
};

}  // namespace hub::policy
