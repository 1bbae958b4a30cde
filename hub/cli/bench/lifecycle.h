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

// Drains `queues`, each of which holds the messages [0, messages). Threads share out the queues. With `groups` they are
// FIFO queues, and the order within each group is verified.
[[nodiscard]] Result<Phase> DrainPhase(const Connector& connector, const Options& options,
                                       const std::vector<std::string>& queues, const Bodies& bodies,
                                       std::uint64_t messages, const Watch& watch = {}, const Groups* groups = nullptr);

// All sent, then all received and deleted.
struct Lifecycle {
  std::uint64_t messages = 0;
  Phase produced;
  Phase drained;

  double Rate() const { return static_cast<double>(messages) / (produced.seconds + drained.seconds); }
};

// P1 on a new queue of its own: a FIFO one with `groups`, else a standard one.
[[nodiscard]] Result<Lifecycle> MeasureLifecycle(const Connector& connector, const Options& options,
                                                 const Groups* groups = nullptr);

// What P1 prints of it.
void AddLifecycle(Report& report, const Options& options, const Lifecycle& lifecycle);

// Seed of the bodies; the same in every run, so that runs compare.
inline constexpr std::uint64_t kBodySeed = 20'240'601;

}  // namespace hub::cli::bench
