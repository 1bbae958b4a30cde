// Base64 with padding, as JSON and XML carry bytes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace adapters::aws {

std::string ToBase64(std::string_view bytes);

// Nothing when it is not base64.
std::optional<std::string> FromBase64(std::string_view text);

}  // namespace adapters::aws
