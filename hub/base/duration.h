// Durations as people write them: a whole number and a unit (ms, s, m, h, d), such as "30s" or "4d".
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "hub/base/time.h"

namespace hub {

// Nothing when `text` is not a duration or is longer than a hundred years.
std::optional<Duration> ParseDuration(std::string_view text);

// The shortest exact form: "30s", "90s", "4d", "1500ms".
std::string Format(Duration duration);

}  // namespace hub
