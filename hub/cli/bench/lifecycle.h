// The two phases that most workloads share, on one or several threads, with what the hub did meanwhile.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/client/client.h"
#include "hub/base/result.h"
#include "hub/cli/bench/bench.h"
#include "hub/cli/bench/load.h"

namespace hub::cli::bench {

// What one phase took.
struct Phase {
  double seconds = 0;
  double hub_cpu_seconds = 0;  // 0 when the process is not known.
  std::uint64_t flushes = 0;

  double Rate(std::uint64_t count) const { return static_cast<double>(count) / seconds; }
};

// Produces `messages` messages on `options.clients` threads, each a range of its own.
[[nodiscard]] Result<Phase> ProducePhase(const Connector& connector, const Options& options, const Target& target,
                                         const Bodies& bodies, std::uint64_t messages, const Watch& watch = {});

// Drains `queues`, each of which holds the messages [0, messages). Threads share out the queues.
[[nodiscard]] Result<Phase> DrainPhase(const Connector& connector, const Options& options,
                                       const std::vector<std::string>& queues, const Bodies& bodies,
                                       std::uint64_t messages, const Watch& watch = {});

// Seed of the bodies; the same in every run, so that runs compare.
inline constexpr std::uint64_t kBodySeed = 20'240'601;

}  // namespace hub::cli::bench
