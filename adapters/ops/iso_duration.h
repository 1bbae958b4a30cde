// Durations as ISO 8601 writes them: "PT5M", "P1DT12H", "PT0.5S". No years and months, whose length depends.
#pragma once

#include <optional>
#include <string_view>

#include "hub/base/time.h"

namespace adapters::ops {

// Nothing when it is none, or longer than a hundred years.
std::optional<hub::Duration> ParseIsoDuration(std::string_view text);

// A number of seconds, with or without a fraction; the same bound.
std::optional<hub::Duration> ParseSeconds(std::string_view text);

}  // namespace adapters::ops
