#include "hub/base/duration.h"

#include <charconv>
#include <system_error>

namespace hub {
namespace {

struct Unit {
  std::string_view suffix;
  Duration length;
};

constexpr Unit kUnits[] = {{"d", std::chrono::hours(24)},
                           {"h", std::chrono::hours(1)},
                           {"m", std::chrono::minutes(1)},
                           {"s", std::chrono::seconds(1)},
                           {"ms", std::chrono::milliseconds(1)}};
constexpr Duration kLongest = std::chrono::hours(24 * 36525);

}  // namespace

std::optional<Duration> ParseDuration(std::string_view text) {
  std::int64_t count = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc{} || count < 0) return std::nullopt;
  const std::string_view suffix(rest, static_cast<std::size_t>(text.data() + text.size() - rest));
  for (const Unit& unit : kUnits) {
    if (unit.suffix != suffix) continue;
    if (count > kLongest / unit.length) return std::nullopt;
    return count * unit.length;
  }
  return std::nullopt;
}

std::string Format(Duration duration) {
  if (duration == Duration::zero()) return "0s";
  for (const Unit& unit : kUnits) {
    if (duration % unit.length == Duration::zero()) {
      return std::to_string(duration / unit.length).append(unit.suffix);
    }
  }
  return std::to_string(duration.count()) + "us";
}

}  // namespace hub
