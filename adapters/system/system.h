// What the hub asks of the operating system: the time and true randomness. Any thread may call these.
#pragma once

#include <span>

#include "hub/base/time.h"

namespace adapters::system {

// Wall time. Jumps when somebody sets the clock.
hub::Instant WallNow();

// Time since the machine booted, sleep included. Never goes back, whatever happens to the wall clock.
hub::Duration BootTime();

// Fills `bytes` from the kernel's generator, fit for keys. Waits only while a machine that has just booted has not yet
// gathered entropy.
void FillRandom(std::span<unsigned char> bytes);

}  // namespace adapters::system
