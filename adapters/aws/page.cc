#include "adapters/aws/page.h"

#include "adapters/aws/base64.h"

namespace adapters::aws {
namespace {

constexpr std::string_view kMark = "after:";  // What is base64 by chance is no token.

}  // namespace

std::string NextToken(std::string_view name) { return ToBase64(std::string(kMark).append(name)); }

std::optional<std::string> ReadToken(std::string_view token) {
  const auto text = FromBase64(token);
  if (!text || !text->starts_with(kMark)) return std::nullopt;
  return text->substr(kMark.size());
}

}  // namespace adapters::aws
