#include "hub/cli/bench/lifecycle.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <optional>
#include <thread>
#include <utility>

#include "hub/base/assert.h"
#include "hub/cli/bench/process.h"
#include "hub/cli/bench/scratch.h"
#include "hub/cli/progress.h"

namespace hub::cli::bench {
namespace {

using adapters::client::Client;

constexpr std::uint64_t kLargeBodiesDefault = 300'000;
constexpr std::uint64_t kSmallBodiesDefault = 1'000'000;
constexpr std::uint64_t kSingleDefault = 200'000;
constexpr std::size_t kSmallBody = 256;

// Runs `work` with a client of its own on `count` threads; the first failure counts.
Result<void> OnThreads(const Connector& connector, std::size_t count,
                       const std::function<Result<void>(Client&, std::size_t)>& work) {
  std::vector<Client> clients;
  for (std::size_t i = 0; i < count; ++i) {
    Result<Client> client = Client::Connect(connector);
    if (!client) return tl::unexpected(client.error());
    clients.push_back(*std::move(client));
  }
  std::vector<Result<void>> results(count);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < count; ++i) threads.emplace_back([&, i] { results[i] = work(clients[i], i); });
  for (std::thread& thread : threads) thread.join();
  const auto failed = std::ranges::find_if(results, [](const Result<void>& result) { return !result; });
  return failed == results.end() ? Result<void>() : *failed;
}

// Measures the hub around `work`.
Result<Phase> Measure(const Connector& connector, const Options& options, const std::function<Result<void>()>& work) {
  Result<Client> observer = Client::Connect(connector);
  if (!observer) return tl::unexpected(observer.error());
  const Result<core::HubReply> before = observer->DescribeHub();
  if (!before) return tl::unexpected(before.error());
  const std::optional<Duration> cpu_before = CpuTime(options.pid);
  const auto start = Clock::now();
  if (Result<void> worked = work(); !worked) return tl::unexpected(worked.error());
  Phase phase{.seconds = SecondsSince(start)};
  const std::optional<Duration> cpu_after = CpuTime(options.pid);
  const Result<core::HubReply> after = observer->DescribeHub();
  if (!after) return tl::unexpected(after.error());
  phase.flushes = after->flushes - before->flushes;
  if (cpu_before && cpu_after) {
    phase.hub_cpu_seconds = std::chrono::duration<double>(*cpu_after - *cpu_before).count();
  }
  return phase;
}

// Adds up what several threads have done and passes the sum on from the first one.
class Sum {
 public:
  Sum(std::string phase, std::uint64_t total, const Watch& watch) : progress_(std::move(phase), total), watch_(watch) {}

  Watch For(std::size_t thread) {
    return [this, thread, last = std::uint64_t{0}](std::uint64_t done) mutable {
      const std::uint64_t sum = done_ += done - std::exchange(last, done);
      if (thread != 0) return;
      progress_.Set(sum);
      if (watch_) watch_(sum);
    };
  }

 private:
  Progress progress_;
  const Watch& watch_;
  std::atomic<std::uint64_t> done_ = 0;
};

}  // namespace

Result<Phase> ProducePhase(const Connector& connector, const Options& options, const Target& target,
                           const Bodies& bodies, std::uint64_t messages, const Watch& watch) {
  Sum sum("published", messages, watch);
  return Measure(connector, options, [&] {
    return OnThreads(connector, options.clients, [&](Client& client, std::size_t i) {
      const std::uint64_t first = messages * i / options.clients;
      const std::uint64_t end = messages * (i + 1) / options.clients;
      return Produce(client, target, bodies, {.first = first, .count = end - first}, options.pace, sum.For(i));
    });
  });
}

Result<Phase> DrainPhase(const Connector& connector, const Options& options, const std::vector<std::string>& queues,
                         const Bodies& bodies, std::uint64_t messages, const Watch& watch, const Groups* groups) {
  Sum sum("drained", messages * queues.size(), watch);
  Pace pace = options.pace;
  if (options.receive_batch != 0) pace.batch = options.receive_batch;
  const std::size_t threads = std::min(options.clients, queues.size());
  return Measure(connector, options, [&] {
    return OnThreads(connector, threads, [&](Client& client, std::size_t i) {
      std::vector<Source> sources;
      for (std::size_t q = i; q < queues.size(); q += threads) {
        sources.push_back({.queue = queues[q], .tally = Tally(messages)});
        if (groups != nullptr) sources.back().order.emplace(*groups);
      }
      return Drain(client, sources, bodies, pace, sum.For(i));
    });
  });
}

Result<Lifecycle> MeasureLifecycle(const Connector& connector, const Options& options, const Groups* groups) {
  Result<Client> client = Client::Connect(connector);
  if (!client) return tl::unexpected(client.error());
  Scratch scratch(*client);
  const Result<std::string> queue = groups == nullptr ? scratch.NewQueue() : scratch.NewFifoQueue();
  if (!queue) return tl::unexpected(queue.error());

  Lifecycle lifecycle{.messages = options.messages, .produced = {}, .drained = {}};
  if (lifecycle.messages == 0) {
    lifecycle.messages = options.size <= kSmallBody ? kSmallBodiesDefault : kLargeBodiesDefault;
    if (options.pace.batch == 1) lifecycle.messages = kSingleDefault;
  }
  const Bodies bodies(options.size, kBodySeed);
  const Target target{.name = *queue, .groups = groups};
  const Result<Phase> produced = ProducePhase(connector, options, target, bodies, lifecycle.messages);
  if (!produced) return tl::unexpected(produced.error());
  const Result<Phase> drained = DrainPhase(connector, options, {*queue}, bodies, lifecycle.messages, {}, groups);
  if (!drained) return tl::unexpected(drained.error());
  lifecycle.produced = *produced;
  lifecycle.drained = *drained;
  return lifecycle;
}

void AddLifecycle(Report& report, const Options& options, const Lifecycle& lifecycle) {
  const auto& [messages, produced, drained] = lifecycle;
  const auto count = static_cast<double>(messages);
  report.Add("messages", "messages, each verified", count, "");
  report.Add("size", "body", static_cast<double>(options.size), "bytes");
  report.Add("batch", "messages in a frame", static_cast<double>(options.pace.batch), "");
  report.Add("send_rate", "send", produced.Rate(messages), "msg/s");
  report.Add("consume_rate", "receive and delete", drained.Rate(messages), "msg/s");
  report.Add("lifecycle_rate", "lifecycle", lifecycle.Rate(), "msg/s");
  report.Add("flushes_send", "flushes while sending", static_cast<double>(produced.flushes), "");
  report.Add("flushes_consume", "flushes while consuming", static_cast<double>(drained.flushes), "");
  const double cpu = produced.hub_cpu_seconds + drained.hub_cpu_seconds;
  if (cpu > 0) report.Add("hub_cpu_us", "CPU of the hub per message", cpu / count * 1e6, "us", 2);
}

Result<Report> RunLifecycle(const Connector& connector, const Options& options, std::string_view name) {
  const Result<Lifecycle> lifecycle = MeasureLifecycle(connector, options);
  if (!lifecycle) return tl::unexpected(lifecycle.error());
  Report report(name);
  AddLifecycle(report, options, *lifecycle);
  return report;
}

Result<Report> RunFifo(const Connector& connector, const Options& options) {
  const Groups groups(options.groups);
  // Shared machines are faster at one time than at another: P1 is measured before it and after it.
  const Result<Lifecycle> before = MeasureLifecycle(connector, options);
  if (!before) return tl::unexpected(before.error());
  const Result<Lifecycle> fifo = MeasureLifecycle(connector, options, &groups);
  if (!fifo) return tl::unexpected(fifo.error());
  const Result<Lifecycle> after = MeasureLifecycle(connector, options);
  if (!after) return tl::unexpected(after.error());

  Report report("p9");
  report.Add("groups", "message groups, each in order", static_cast<double>(groups.size()), "");
  AddLifecycle(report, options, *fifo);
  const double standard = (before->Rate() + after->Rate()) / 2;
  report.Add("p1_lifecycle_rate", "P1, before and after", standard, "msg/s");
  report.Add("ratio", "lifecycle, FIFO : P1", fifo->Rate() / standard, "", 2);
  return report;
}

}  // namespace hub::cli::bench
