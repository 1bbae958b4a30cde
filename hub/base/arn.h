// Amazon resource names: arn:partition:service:region:account:resource. The resource part may itself hold colons.
#pragma once

#include <string>
#include <string_view>

#include "hub/base/result.h"

namespace hub {

struct Arn {
  std::string partition = "aws";
  std::string service;
  std::string region;
  std::string account;  // Twelve digits, or empty.
  std::string resource;

  friend bool operator==(const Arn&, const Arn&) = default;
};

// Fails with kInvalidArgument when there are fewer than six parts or the first is not "arn".
[[nodiscard]] Result<Arn> ParseArn(std::string_view text);

std::string Format(const Arn& arn);

// "arn:aws:iam::111111111111:user/checkout"
std::string UserArn(std::string_view account, std::string_view user);

// "arn:aws:iam::111111111111:root", the whole account as a principal.
std::string AccountArn(std::string_view account);

}  // namespace hub
