// Time as a value. Nothing below the engine reads a clock: an Instant comes in as an argument.
#pragma once

#include <chrono>
#include <cstdint>

namespace hub {

// Hub time: microseconds since 1970-01-01T00:00:00Z, never going back (the engine sees to that).
struct HubClock {
  using duration = std::chrono::microseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<HubClock>;
  static constexpr bool is_steady = true;
};

using Duration = HubClock::duration;
using Instant = HubClock::time_point;

inline constexpr Instant kNever = Instant::max();

constexpr std::int64_t MicrosOf(Instant instant) { return instant.time_since_epoch().count(); }
constexpr Instant InstantOf(std::int64_t micros) { return Instant(Duration(micros)); }
constexpr std::int64_t MillisOf(Instant instant) { return MicrosOf(instant) / 1000; }

}  // namespace hub
