// The port to time.
#pragma once

#include "hub/base/time.h"

namespace hub::engine {

class Clock {
 public:
  virtual ~Clock() = default;

  // Since some fixed point; never goes back, and goes on while the machine sleeps.
  virtual Duration Steady() = 0;

  // What people's clocks say. May jump.
  virtual Instant Wall() = 0;
};

}  // namespace hub::engine
