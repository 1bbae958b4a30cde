// What the kernel knows of another process: its memory and the time it has had on the CPUs.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

#include "hub/base/time.h"

namespace hub::cli::bench {

// Nothing when there is no such process or we may not look.
std::optional<std::uint64_t> ResidentBytes(pid_t pid);
std::optional<Duration> CpuTime(pid_t pid);

}  // namespace hub::cli::bench
