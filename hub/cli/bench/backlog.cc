// P5: a long queue. Memory must not follow its length, nor throughput.
#include <algorithm>

#include "hub/cli/bench/lifecycle.h"
#include "hub/cli/bench/process.h"
#include "hub/cli/bench/scratch.h"

namespace hub::cli::bench {
namespace {

using adapters::client::Client;

constexpr std::uint64_t kBacklogDefault = 10'000'000;
constexpr std::uint64_t kEmptyQueueMessages = 500'000;  // What "an empty queue's throughput" is measured with.
constexpr std::uint64_t kSamples = 20;                  // Of the hub's memory, in each phase.
constexpr double kMebibyte = 1024.0 * 1024.0;

// Samples the memory of the hub as a phase goes on.
class MemoryWatch {
 public:
  MemoryWatch(pid_t pid, std::uint64_t total) : pid_(pid), step_(std::max<std::uint64_t>(total / kSamples, 1)) {}

  void operator()(std::uint64_t done) {
    if (pid_ == 0 || done < next_) return;
    next_ = done + step_;
    const std::optional<std::uint64_t> resident = ResidentBytes(pid_);
    if (!resident) return;
    const double mebibytes = static_cast<double>(*resident) / kMebibyte;
    max_ = std::max(max_, mebibytes);
    Object sample;
    sample.Add("messages", done).Add("rss_mib", mebibytes);
    samples_.push_back(std::move(sample.node));
  }

  double max() const { return max_; }
  Node Take() { return Node::List(std::move(samples_)); }

 private:
  pid_t pid_;
  std::uint64_t step_;
  std::uint64_t next_ = 0;
  double max_ = 0;
  std::vector<Node> samples_;
};

struct Rates {
  double send = 0;
  double consume = 0;
  double lifecycle = 0;
};

Rates RatesOf(const Phase& produced, const Phase& drained, std::uint64_t messages) {
  return {.send = produced.Rate(messages),
          .consume = drained.Rate(messages),
          .lifecycle = static_cast<double>(messages) / (produced.seconds + drained.seconds)};
}

// Fills a queue and drains it.
Result<Rates> FillAndDrain(const Connector& connector, const Options& options, const std::string& queue,
                           std::uint64_t messages, MemoryWatch& filling, MemoryWatch& draining) {
  const Bodies bodies(options.size, kBodySeed);
  const Result<Phase> produced = ProducePhase(connector, options, {.name = queue}, bodies, messages, std::ref(filling));
  if (!produced) return tl::unexpected(produced.error());
  const Result<Phase> drained = DrainPhase(connector, options, {queue}, bodies, messages, std::ref(draining));
  if (!drained) return tl::unexpected(drained.error());
  return RatesOf(*produced, *drained, messages);
}

}  // namespace

Result<Report> RunBacklog(const Connector& connector, const Options& options) {
  Result<Client> client = Client::Connect(connector);
  if (!client) return tl::unexpected(client.error());
  Scratch scratch(*client);
  const Result<std::string> small = scratch.NewQueue();
  if (!small) return tl::unexpected(small.error());
  const Result<std::string> large = scratch.NewQueue();
  if (!large) return tl::unexpected(large.error());

  const std::uint64_t messages = options.messages == 0 ? kBacklogDefault : options.messages;
  MemoryWatch unwatched(0, messages);
  const Result<Rates> empty =
      FillAndDrain(connector, options, *small, std::min(messages, kEmptyQueueMessages), unwatched, unwatched);
  if (!empty) return tl::unexpected(empty.error());
  MemoryWatch filling(options.pid, messages);
  MemoryWatch draining(options.pid, messages);
  const Result<Rates> full = FillAndDrain(connector, options, *large, messages, filling, draining);
  if (!full) return tl::unexpected(full.error());

  Report report("p5");
  report.Add("messages", "backlog, each verified", static_cast<double>(messages), "");
  report.Add("size", "body", static_cast<double>(options.size), "bytes");
  report.Add("empty_send_rate", "send, empty queue", empty->send, "msg/s");
  report.Add("empty_consume_rate", "receive and delete, empty queue", empty->consume, "msg/s");
  report.Add("send_rate", "send, backlog", full->send, "msg/s");
  report.Add("consume_rate", "receive and delete, backlog", full->consume, "msg/s");
  report.Add("ratio", "lifecycle, backlog : empty", full->lifecycle / empty->lifecycle, "", 2);
  if (options.pid != 0) {
    report.Add("rss_fill_max_mib", "memory of the hub, filling", filling.max(), "MiB at most");
    report.Add("rss_drain_max_mib", "memory of the hub, draining", draining.max(), "MiB at most");
    report.AddNode("rss_fill", filling.Take());
    report.AddNode("rss_drain", draining.Take());
  }
  return report;
}

}  // namespace hub::cli::bench
