#include "adapters/ops/iso_duration.h"

#include <charconv>
#include <chrono>

namespace adapters::ops {
namespace {

using namespace std::chrono_literals;

constexpr double kSecondsMax = 100.0 * 366 * 24 * 3600;

struct Unit {
  char letter;
  bool is_time;  // Stands behind the T.
  double seconds;
};

// In the order in which they may stand.
constexpr Unit kUnits[] = {
    {'W', false, 7 * 86400}, {'D', false, 86400}, {'H', true, 3600}, {'M', true, 60}, {'S', true, 1}};

// Takes a number off the front of `text`.
std::optional<double> TakeNumber(std::string_view& text) {
  double number = 0;
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

std::optional<hub::Duration> OfSeconds(double seconds) {
  if (!(seconds >= 0 && seconds <= kSecondsMax)) return std::nullopt;
  return std::chrono::duration_cast<hub::Duration>(std::chrono::duration<double>(seconds));
}

}  // namespace

std::optional<hub::Duration> ParseIsoDuration(std::string_view text) {
  if (!text.starts_with('P')) return std::nullopt;
  text.remove_prefix(1);
  double seconds = 0;
  bool is_time = false;
  bool any = false;
  std::size_t next = 0;  // The first unit that may still come.
  while (!text.empty()) {
    if (!is_time && text.front() == 'T') {
      is_time = true;
      any = false;  // Something must follow.
      text.remove_prefix(1);
      continue;
    }
    const auto number = TakeNumber(text);
    if (!number || text.empty()) return std::nullopt;
    while (next < std::size(kUnits) && (kUnits[next].letter != text.front() || kUnits[next].is_time != is_time)) ++next;
    if (next == std::size(kUnits)) return std::nullopt;
    seconds += *number * kUnits[next++].seconds;
    text.remove_prefix(1);
    any = true;
  }
  return any ? OfSeconds(seconds) : std::nullopt;
}

std::optional<hub::Duration> ParseSeconds(std::string_view text) {
  const auto number = TakeNumber(text);
  return number && text.empty() ? OfSeconds(*number) : std::nullopt;
}

}  // namespace adapters::ops
