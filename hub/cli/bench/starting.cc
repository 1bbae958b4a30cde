// P10 and P11: how fast a hub starts and how much memory it holds, with very many queues and with none.
#include <algorithm>
#include <thread>

#include "hub/cli/bench/lifecycle.h"
#include "hub/cli/bench/own_hub.h"
#include "hub/cli/bench/process.h"
#include "hub/cli/bench/scratch.h"
#include "hub/cli/progress.h"

namespace hub::cli::bench {
namespace {

using adapters::client::Client;

constexpr double kMebibyte = 1024.0 * 1024.0;
constexpr auto kIdle = std::chrono::seconds(1);  // After which a hub is taken to be idle.
constexpr std::size_t kCreateWindow = 500;       // Requests on their way.

double ResidentMebibytes(const OwnHub& hub) {
  return static_cast<double>(ResidentBytes(hub.pid()).value_or(0)) / kMebibyte;
}

// Posts `count` operations, some at a time, and waits until each has succeeded.
template <typename Make>
Result<void> CallAll(Client& client, const char* phase, std::size_t count, const Make& make) {
  Progress progress(phase, count);
  std::size_t posted = 0;
  for (std::size_t done = 0; done < count; ++done) {
    for (; posted < count && posted - done < kCreateWindow; ++posted) {
      const Result<std::uint64_t> id = client.Post(make(posted));
      if (!id) return tl::unexpected(id.error());
    }
    const auto answer = client.Poll(Pace().timeout);
    if (!answer) return tl::unexpected(answer.error());
    if (!*answer) return Fail(Code::kUnavailable, "The hub stopped answering.");
    if (!(*answer)->body) return tl::unexpected((*answer)->body.error());
    progress.Set(done + 1);
  }
  return {};
}

std::string QueueName(std::size_t number) { return "queue-" + std::to_string(number); }
std::string TopicName(std::size_t number) { return "topic-" + std::to_string(number); }

// With `subscribe`, queue n is subscribed to topic n modulo their number.
Result<void> CreateMany(const OwnHub& hub, const Options& options) {
  Result<Client> client = Client::Connect(hub.connector());
  if (!client) return tl::unexpected(client.error());
  std::vector<std::string> topics;
  for (std::size_t i = 0; options.subscribe && i < options.topics; ++i) {
    topics.push_back("arn:aws:sns:us-east-1:999999999999:" + TopicName(i));
  }
  Result<void> made = CallAll(*client, "creating topics", options.topics, [](std::size_t i) -> core::Operation {
    return core::CreateTopic{.topic = TopicName(i), .attributes = {}};
  });
  if (!made) return made;
  made = CallAll(*client, "creating queues", options.queues.front(), [&](std::size_t i) -> core::Operation {
    core::CreateQueue create{.queue = QueueName(i), .attributes = {}};
    if (!topics.empty()) create.attributes.emplace("Policy", PolicyFor(topics[i % topics.size()]));
    return create;
  });
  if (!made || topics.empty()) return made;
  return CallAll(*client, "subscribing", options.queues.front(), [&](std::size_t i) -> core::Operation {
    return core::Subscribe{.topic = TopicName(i % topics.size()), .queue = QueueName(i), .attributes = {}};
  });
}

// P1 of one hub.
Result<Lifecycle> MeasureP1(const OwnHub& hub, Options options) {
  options.pid = hub.pid();
  return MeasureLifecycle(hub.connector(), options);
}

}  // namespace

Result<Report> RunManyQueues(const Options& options) {
  const Result<std::unique_ptr<OwnHub>> full = OwnHub::Make(options.disk);
  if (!full) return tl::unexpected(full.error());
  if (const Result<double> started = (*full)->Start(); !started) return tl::unexpected(started.error());
  const auto start = Clock::now();
  if (Result<void> created = CreateMany(**full, options); !created) return tl::unexpected(created.error());
  const double create_seconds = SecondsSince(start);
  const double created_mebibytes = ResidentMebibytes(**full);

  (*full)->Kill();
  const Result<double> after_kill = (*full)->Start();
  if (!after_kill) return tl::unexpected(after_kill.error());
  if (Result<void> stopped = (*full)->Stop(); !stopped) return tl::unexpected(stopped.error());
  const Result<double> after_stop = (*full)->Start();
  if (!after_stop) return tl::unexpected(after_stop.error());
  std::this_thread::sleep_for(kIdle);
  const double started_mebibytes = ResidentMebibytes(**full);

  // Shared machines are faster at one time than at another: an empty hub is measured before the full one and after it.
  const Result<std::unique_ptr<OwnHub>> empty = OwnHub::Make(options.disk);
  if (!empty) return tl::unexpected(empty.error());
  if (const Result<double> started = (*empty)->Start(); !started) return tl::unexpected(started.error());
  const Result<Lifecycle> before = MeasureP1(**empty, options);
  if (!before) return tl::unexpected(before.error());
  const Result<Lifecycle> among_many = MeasureP1(**full, options);
  if (!among_many) return tl::unexpected(among_many.error());
  const Result<Lifecycle> after = MeasureP1(**empty, options);
  if (!after) return tl::unexpected(after.error());

  Report report("p10");
  report.Add("queues", "queues", static_cast<double>(options.queues.front()), "");
  report.Add("topics", "topics", static_cast<double>(options.topics), "");
  report.Add("subscriptions", "subscriptions", static_cast<double>(options.subscribe ? options.queues.front() : 0), "");
  report.Add("create_seconds", "creating them", create_seconds, "s", 1);
  report.Add("start_after_kill_seconds", "start after kill -9", *after_kill, "s", 2);
  report.Add("start_seconds", "start after a clean stop", *after_stop, "s", 2);
  report.Add("rss_created_mib", "memory of the hub, all created", created_mebibytes, "MiB");
  report.Add("rss_started_mib", "memory of the hub, all recovered", started_mebibytes, "MiB");
  AddLifecycle(report, options, *among_many);
  const double alone = (before->Rate() + after->Rate()) / 2;
  report.Add("p1_lifecycle_rate", "P1 of an empty hub", alone, "msg/s");
  report.Add("ratio", "lifecycle, among many : empty", among_many->Rate() / alone, "", 2);
  return report;
}

Result<Report> RunStart(const Options& options) {
  std::vector<double> seconds;
  double mebibytes = 0;
  Progress progress("started", options.runs);
  for (std::size_t i = 0; i < options.runs; ++i) {
    const Result<std::unique_ptr<OwnHub>> hub = OwnHub::Make(options.disk);
    if (!hub) return tl::unexpected(hub.error());
    const Result<double> started = (*hub)->Start();
    if (!started) return tl::unexpected(started.error());
    seconds.push_back(*started);
    std::this_thread::sleep_for(kIdle);
    mebibytes = std::max(mebibytes, ResidentMebibytes(**hub));
    if (Result<void> stopped = (*hub)->Stop(); !stopped) return tl::unexpected(stopped.error());
    progress.Set(i + 1);
  }
  std::ranges::sort(seconds);
  Report report("p11");
  report.Add("runs", "starts, each on an empty store", static_cast<double>(options.runs), "");
  report.Add("start_ms", "start to ready, median", seconds[seconds.size() / 2] * 1000, "ms", 1);
  report.Add("start_max_ms", "start to ready, slowest", seconds.back() * 1000, "ms", 1);
  report.Add("rss_mib", "memory when idle, at most", mebibytes, "MiB", 1);
  return report;
}

}  // namespace hub::cli::bench
