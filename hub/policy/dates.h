// Dates as policies write them: W3C ISO 8601 ("2026-01-31", "2026-01-31T09:30:00Z") or seconds since 1970.
#pragma once

#include <optional>
#include <string_view>

#include "hub/base/time.h"

namespace hub::policy {

// Four digits alone are a year. A time of day needs its zone: Z or +hh:mm. Nothing when `text` is not a date or lies
// beyond the year 9999.
std::optional<Instant> ParseDate(std::string_view text);

// Writes "2026-01-31T09:30:00Z" into `out`, which holds at least kDateBytes, and returns a view of it.
inline constexpr std::size_t kDateBytes = 40;
std::string_view FormatDate(Instant instant, char* out);

}  // namespace hub::policy
