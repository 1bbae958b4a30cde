// Runs of many seeds on a few threads.
#pragma once

#include <cstdint>
#include <string>

#include "tests/sim/simulation.h"

namespace sim {

struct Runs {
  Options options;  // Its seed is the first.
  std::uint64_t seeds = 1;
  unsigned jobs = 1;
  // A broken invariant in the hub ends the process; it then counts as noticed, with this exit code (0: it aborts).
  int exit_code_of_notice = 0;
};

struct Outcome {
  std::uint64_t seeds = 0;  // That were run.
  Counts counts;
  std::string report;  // Of the first failure: what, the command that repeats it, the last steps. "" when all is well.
};

// `program` is how this process was called, for the report.
Outcome RunSeeds(const Runs& runs, const std::string& program);

// One line for each kind of command.
std::string Format(const Counts& counts);

}  // namespace sim
