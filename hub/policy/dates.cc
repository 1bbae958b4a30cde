#include "hub/policy/dates.h"

#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <system_error>

namespace hub::policy {
namespace {

constexpr double kSecondsMax = 253402300799.0;  // 9999-12-31T23:59:59Z

// Takes fixed-width fields from the front of a text; after the first that does not fit, `ok` is false.
struct Scanner {
  std::string_view rest;
  bool ok = true;

  int Digits(std::size_t width) {
    int value = 0;
    if (rest.size() < width) return Stop();
    for (std::size_t i = 0; i < width; ++i) {
      if (rest[i] < '0' || rest[i] > '9') return Stop();
      value = value * 10 + (rest[i] - '0');
    }
    rest.remove_prefix(width);
    return value;
  }

  bool Take(char c) {
    if (rest.empty() || rest.front() != c) return false;
    rest.remove_prefix(1);
    return true;
  }

  void Need(char c) {
    if (!Take(c)) Stop();
  }

  int Stop() {
    ok = false;
    return 0;
  }
};

// ".25" as microseconds; further digits are dropped.
Duration Fraction(Scanner& scan) {
  std::int64_t micros = 0;
  std::int64_t unit = 100'000;
  if (scan.rest.empty() || scan.rest.front() < '0' || scan.rest.front() > '9') scan.Stop();
  while (!scan.rest.empty() && scan.rest.front() >= '0' && scan.rest.front() <= '9') {
    micros += unit * (scan.rest.front() - '0');
    unit /= 10;
    scan.rest.remove_prefix(1);
  }
  return Duration(micros);
}

Duration Zone(Scanner& scan) {
  if (scan.Take('Z')) return Duration::zero();
  const bool west = !scan.rest.empty() && scan.rest.front() == '-';
  if (!west && (scan.rest.empty() || scan.rest.front() != '+')) scan.Stop();
  if (!scan.ok) return Duration::zero();
  scan.rest.remove_prefix(1);
  const std::chrono::hours hours(scan.Digits(2));
  scan.Need(':');
  const std::chrono::minutes minutes(scan.Digits(2));
  if (hours > std::chrono::hours(23) || minutes > std::chrono::minutes(59)) scan.Stop();
  const Duration offset = hours + minutes;
  return west ? -offset : offset;
}

Duration TimeOfDay(Scanner& scan) {
  const int hours = scan.Digits(2);
  scan.Need(':');
  const int minutes = scan.Digits(2);
  int seconds = 0;
  Duration fraction{};
  if (scan.Take(':')) {
    seconds = scan.Digits(2);
    if (scan.Take('.')) fraction = Fraction(scan);
  }
  if (hours > 23 || minutes > 59 || seconds > 59) scan.Stop();
  const Duration zone = Zone(scan);
  return std::chrono::hours(hours) + std::chrono::minutes(minutes) + std::chrono::seconds(seconds) + fraction - zone;
}

std::optional<Instant> ParseEpoch(std::string_view text) {
  double seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (!std::isfinite(seconds) || std::abs(seconds) > kSecondsMax) return std::nullopt;
  return InstantOf(std::llround(seconds * 1e6));
}

}  // namespace

std::optional<Instant> ParseDate(std::string_view text) {
  const bool is_year = text.size() == 4 && text.find_first_not_of("0123456789") == std::string_view::npos;
  if (!is_year && (text.size() < 7 || text[4] != '-')) return ParseEpoch(text);
  Scanner scan{text};
  const int year = scan.Digits(4);
  int month = 1;
  int day = 1;
  Duration time{};
  if (scan.Take('-')) {
    month = scan.Digits(2);
    if (scan.Take('-')) {
      day = scan.Digits(2);
      if (scan.Take('T')) time = TimeOfDay(scan);
    }
  }
  const std::chrono::year_month_day date(std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day)));
  if (!scan.ok || !scan.rest.empty() || !date.ok()) return std::nullopt;
  return Instant(std::chrono::sys_days(date).time_since_epoch() + time);
}

std::string_view FormatDate(Instant instant, char* out) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(instant.time_since_epoch());
  const auto days = std::chrono::floor<std::chrono::days>(seconds);
  const std::chrono::year_month_day date{std::chrono::sys_days(days)};
  const std::chrono::hh_mm_ss time(seconds - days);
  const int size = std::snprintf(out, kDateBytes, "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
                                 static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                                 static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                                 static_cast<int>(time.seconds().count()));
  return {out, static_cast<std::size_t>(size)};
}

}  // namespace hub::policy
