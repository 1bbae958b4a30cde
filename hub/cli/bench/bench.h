// The load generator: the workloads of `penstock bench` over real sockets, every body verified.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "adapters/client/client.h"
#include "hub/base/result.h"
#include "hub/cli/bench/load.h"
#include "hub/cli/bench/report.h"

namespace hub::cli::bench {

// Requests on their way at a time when each carries one message.
inline constexpr std::size_t kSingleWindow = 500;

struct Options {
  std::size_t size = 1024;     // Of a body.
  std::uint64_t messages = 0;  // 0: the workload's own number.
  Pace pace;
  std::size_t receive_batch = 0;  // 0: as `pace.batch`.
  std::vector<std::size_t> queues = {10};
  std::size_t clients = 1;         // Producing, and later consuming, threads; each has a socket of its own.
  pid_t pid = 0;                   // The hub's process; 0: unknown, and its CPU time and memory are not reported.
  std::string disk = ".";          // P3 measures a flush here; P10 and P11 start hubs with their data here.
  std::size_t groups = 10'000;     // Message groups of P9.
  std::size_t topics = 10'000;     // P10.
  bool subscribe = false;          // P10: every queue to one of the topics.
  std::size_t runs = 10;           // Starts of P11.
  std::uint64_t backlog = 10'000;  // Fair: noisy messages in front of the quiet ones whose latency is measured,
  std::uint64_t long_backlog = 1'000'000;  // and of those that are received one by one.
};

// Connects anew: each thread of a workload has its own client.
using Connector = adapters::client::Options;

// All published, then all consumed. P1b is P1 with `batch` 1.
[[nodiscard]] Result<Report> RunLifecycle(const Connector& connector, const Options& options, std::string_view name);

// One topic, many queues.
[[nodiscard]] Result<Report> RunFanOut(const Connector& connector, const Options& options, std::size_t queues);

// P1 on a FIFO queue with many message groups, and beside it on a standard queue.
[[nodiscard]] Result<Report> RunFifo(const Connector& connector, const Options& options);

// Publish to receive at a steady 1,000 messages a second, against one flush and one round trip.
[[nodiscard]] Result<Report> RunLatency(const Connector& connector, const Options& options);

// A quiet tenant's messages on a standard queue: their latency alone and behind `backlog` messages of a noisy one, and
// the receives that one takes behind `long_backlog`.
[[nodiscard]] Result<Report> RunFair(const Connector& connector, const Options& options);

// A hub of its own with `queues` queues and `topics` topics: its start, its memory, and P1 beside that of an empty hub.
[[nodiscard]] Result<Report> RunManyQueues(const Options& options);

// Hubs of its own on empty stores: from the start to being ready, and memory when idle.
[[nodiscard]] Result<Report> RunStart(const Options& options);

// A long queue: memory while it grows and shrinks, and throughput against that of an empty one.
[[nodiscard]] Result<Report> RunBacklog(const Connector& connector, const Options& options);

}  // namespace hub::cli::bench
