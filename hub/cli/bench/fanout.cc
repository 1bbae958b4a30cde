// P2: a topic publishes to many durable queues, raw; then all of them are drained.
#include <algorithm>

#include "hub/cli/bench/lifecycle.h"
#include "hub/cli/bench/scratch.h"

namespace hub::cli::bench {
namespace {

using adapters::client::Client;

constexpr std::uint64_t kDeliveriesDefault = 1'000'000;
constexpr std::uint64_t kMessagesMin = 1000;
constexpr std::uint64_t kMessagesMax = 200'000;

}  // namespace

Result<Report> RunFanOut(const Connector& connector, const Options& options, std::size_t queues) {
  Result<Client> client = Client::Connect(connector);
  if (!client) return tl::unexpected(client.error());
  Scratch scratch(*client);
  const Result<std::string> topic = scratch.NewTopic();
  if (!topic) return tl::unexpected(topic.error());
  std::vector<std::string> names;
  for (std::size_t i = 0; i < queues; ++i) {
    Result<std::string> queue = scratch.NewSubscribedQueue(*topic);
    if (!queue) return tl::unexpected(queue.error());
    names.push_back(*std::move(queue));
  }

  std::uint64_t messages = std::clamp(kDeliveriesDefault / queues, kMessagesMin, kMessagesMax);
  if (options.messages != 0) messages = options.messages;
  const Bodies bodies(options.size, kBodySeed);
  const Result<Phase> published = ProducePhase(connector, options, {.name = *topic, .topic = true}, bodies, messages);
  if (!published) return tl::unexpected(published.error());
  const Result<Phase> drained = DrainPhase(connector, options, names, bodies, messages);
  if (!drained) return tl::unexpected(drained.error());

  Report report("p2");
  const std::uint64_t deliveries = messages * queues;
  report.Add("queues", "queues", static_cast<double>(queues), "");
  report.Add("messages", "messages published", static_cast<double>(messages), "");
  report.Add("deliveries", "deliveries, each verified", static_cast<double>(deliveries), "");
  report.Add("size", "body", static_cast<double>(options.size), "bytes");
  report.Add("publish_rate", "publish", published->Rate(messages), "msg/s");
  report.Add("drain_rate", "drain", drained->Rate(deliveries), "deliveries/s");
  report.Add("delivery_rate", "published and drained",
             static_cast<double>(deliveries) / (published->seconds + drained->seconds), "deliveries/s");
  report.Add("flushes_publish", "flushes while publishing", static_cast<double>(published->flushes), "");
  report.Add("flushes_drain", "flushes while draining", static_cast<double>(drained->flushes), "");
  const double cpu = published->hub_cpu_seconds + drained->hub_cpu_seconds;
  if (cpu > 0) {
    report.Add("hub_cpu_us", "CPU of the hub per delivery", cpu / static_cast<double>(deliveries) * 1e6, "us", 2);
  }
  return report;
}

}  // namespace hub::cli::bench
