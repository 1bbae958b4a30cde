#include "hub/base/arn.h"

#include <array>

namespace hub {

Result<Arn> ParseArn(std::string_view text) {
  std::array<std::string_view, 6> parts;
  std::string_view rest = text;
  for (std::size_t i = 0; i < 5; ++i) {
    const std::size_t colon = rest.find(':');
    if (colon == std::string_view::npos) {
      return Fail(Code::kInvalidArgument, "An ARN must have at least 6 elements, not " + std::to_string(i + 1) +
                                              ": \"" + std::string(text) + "\".");
    }
    parts[i] = rest.substr(0, colon);
    rest.remove_prefix(colon + 1);
  }
  parts[5] = rest;
  if (parts[0] != "arn" || parts[5].empty()) {
    return Fail(Code::kInvalidArgument, "\"" + std::string(text) + "\" is not an ARN.");
  }
  return Arn{.partition = std::string(parts[1]),
             .service = std::string(parts[2]),
             .region = std::string(parts[3]),
             .account = std::string(parts[4]),
             .resource = std::string(parts[5])};
}

std::string Format(const Arn& arn) {
  return "arn:" + arn.partition + ":" + arn.service + ":" + arn.region + ":" + arn.account + ":" + arn.resource;
}

std::string UserArn(std::string_view account, std::string_view user) {
  return "arn:aws:iam::" + std::string(account) + ":user/" + std::string(user);
}

std::string AccountArn(std::string_view account) { return "arn:aws:iam::" + std::string(account) + ":root"; }

}  // namespace hub
