// What the hub asks of the operating system: the time, true randomness, and how much memory it has. Any thread may call
// these.
#pragma once

#include <cstdint>
#include <span>

#include "hub/base/time.h"

namespace adapters::system {

// Wall time. Jumps when somebody sets the clock.
hub::Instant WallNow();

// Time since the machine booted, sleep included. Never goes back, whatever happens to the wall clock.
hub::Duration BootTime();

// Memory of this process that is in use; 0 where the system does not say.
std::uint64_t ResidentBytes();

// Fills `bytes` from the kernel's generator, fit for keys. Waits only while a machine that has just booted has not yet
// gathered entropy.
void FillRandom(std::span<unsigned char> bytes);

}  // namespace adapters::system
