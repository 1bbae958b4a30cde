// Pages of lists: how many, from where on, and the token that leads to the next.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace adapters::aws {

// A token that leads to what follows `name`. Opaque to clients; nothing depends on its being genuine.
std::string NextToken(std::string_view name);

// The name in a token; nothing when it is none.
std::optional<std::string> ReadToken(std::string_view token);

}  // namespace adapters::aws
