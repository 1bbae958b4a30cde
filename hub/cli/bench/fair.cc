// Fair: what a quiet tenant notices of a noisy one whose messages lie in the same queue, in front of its own.
#include <algorithm>
#include <atomic>
#include <optional>
#include <thread>

#include "hub/cli/bench/lifecycle.h"
#include "hub/cli/bench/sample.h"
#include "hub/cli/bench/scratch.h"

namespace hub::cli::bench {
namespace {

using adapters::client::Answer;
using adapters::client::Client;
using adapters::client::Messages;
using adapters::client::Received;

constexpr std::uint64_t kMessagesDefault = 1000;
constexpr auto kInterval = std::chrono::milliseconds(5);  // 200 messages a second.
constexpr std::size_t kReceive = 10;                      // Messages in a receive.
constexpr std::size_t kOutstandingMax = 100;              // Receives and deletes on their way.
constexpr std::string_view kQuiet = "quiet";
constexpr std::string_view kNoisy = "noisy";

constexpr std::uint64_t kProbes = 20;
constexpr std::uint64_t kReceivesMax = 10'000;  // Then the message counts as lost.

Result<void> SendQuiet(Client& client, const std::string& queue, std::string_view body) {
  const Result<core::SendReply> sent = client.Send(queue, {{.body = body, .attributes = {}, .group = kQuiet}});
  if (!sent) return tl::unexpected(sent.error());
  if (!sent->failures.empty()) return tl::unexpected(sent->failures.front().error);
  return {};
}

// --- Latency --------------------------------------------------------------------------------------------------------

// Two threads at one queue. One is both tenants: it sends the quiet messages [0, messages) at their pace, and sees to
// it that at least `backlog` noisy ones, which have the numbers from `messages` on, lie in the queue whenever it does.
// The other takes what the hub hands out, as fast as it can, and deletes it.
class Tenants {
 public:
  Tenants(const std::string& queue, const Options& options, std::uint64_t messages, std::uint64_t backlog)
      : queue_(queue),
        options_(options),
        bodies_(options.size, kBodySeed),
        messages_(messages),
        backlog_(backlog),
        times_(messages) {}

  Result<Sample> Run(Client& sender, Client& consumer) {
    Result<Sample> sample;
    std::thread taking([&] {
      sample = Take(consumer);
      if (!sample) failed_ = true;
    });
    const Result<void> sent = Send(sender);
    if (!sent) failed_ = true;
    taking.join();
    if (!sent) return tl::unexpected(sent.error());
    return sample;
  }

  std::uint64_t noisy_taken() const { return noisy_taken_; }

 private:
  Result<void> Send(Client& client) {
    std::string body(options_.size, '\0');
    auto due = Clock::now();
    for (std::uint64_t number = 0; number < messages_ && !failed_; ++number) {
      bodies_.Write(number, body.data());
      std::this_thread::sleep_until(due += kInterval);
      if (noisy_sent_ - noisy_taken_ < backlog_) {
        if (Result<void> noise = MakeNoise(client); !noise) return noise;
        due = Clock::now();
      }
      times_.Sent(number);
      if (Result<void> sent = SendQuiet(client, queue_, body); !sent) return sent;
    }
    return {};
  }

  // Twice as much as has to be there, since it is taken quickly. No quiet message is on its way meanwhile.
  Result<void> MakeNoise(Client& client) {
    const std::uint64_t first = messages_ + noisy_sent_;
    const std::uint64_t count = 2 * backlog_ - (noisy_sent_ - noisy_taken_);
    noisy_sent_ += count;  // Before any of them can come.
    return Produce(client, {.name = queue_, .group = kNoisy}, bodies_, {first, count}, options_.pace, [](auto) {});
  }

  Result<Sample> Take(Client& client) {
    Sample sample;
    Tally tally(messages_);
    std::optional<std::uint64_t> asked;
    auto last = Clock::now();
    for (std::uint64_t left = messages_; left > 0;) {
      if (!asked && client.Outstanding() < kOutstandingMax) {
        const auto id = client.Post(
            core::Receive{.queue = queue_, .max = kReceive, .visibility = {}, .wait = std::chrono::seconds(1)});
        if (!id) return tl::unexpected(id.error());
        asked = *id;
      }
      const auto answer = client.Poll(options_.pace.timeout);
      const auto now = Clock::now();
      if (!answer) return tl::unexpected(answer.error());
      if (!*answer || failed_ || now - last > options_.pace.timeout) {
        return Fail(Code::kUnavailable, "Messages are missing.");
      }
      const Answer& got = **answer;
      if (!got.body) return tl::unexpected(got.body.error());
      if (got.id != asked) continue;  // A delete.
      asked.reset();
      const auto& messages = std::get<std::vector<Received>>(*got.body);
      if (messages.empty()) continue;
      last = now;
      if (Result<void> noted = Note(messages, now, tally, sample, left); !noted) return tl::unexpected(noted.error());
      if (Result<void> deleted = Delete(client, messages); !deleted) return tl::unexpected(deleted.error());
    }
    return sample;
  }

  Result<void> Note(const std::vector<Received>& messages, Clock::time_point now, Tally& tally, Sample& sample,
                    std::uint64_t& left) {
    tally.GrowTo(messages_ + noisy_sent_);
    for (const Received& message : messages) {
      const Result<std::uint64_t> number = bodies_.Verify(message.body);
      if (!number) return tl::unexpected(number.error());
      if (Result<void> added = tally.Add(*number); !added) return added;
      const bool quiet = *number < messages_;
      if (message.group != (quiet ? kQuiet : kNoisy)) {
        return Fail(Code::kMalformed, "Message " + std::to_string(*number) + " came in another group.");
      }
      if (quiet) {
        sample.Add(now - times_.At(*number));
        --left;
      } else {
        ++noisy_taken_;
      }
    }
    return {};
  }

  Result<void> Delete(Client& client, const std::vector<Received>& messages) const {
    core::Delete remove{.queue = queue_, .handles = {}};
    for (const Received& message : messages) remove.handles.push_back(message.handle);
    const auto id = client.Post(std::move(remove));
    return id ? Result<void>() : tl::unexpected(id.error());
  }

  const std::string queue_;
  const Options& options_;
  const Bodies bodies_;
  const std::uint64_t messages_;
  const std::uint64_t backlog_;
  Times times_;
  std::atomic<std::uint64_t> noisy_sent_ = 0;
  std::atomic<std::uint64_t> noisy_taken_ = 0;
  std::atomic<bool> failed_ = false;
};

struct Latency {
  Sample sample;
  std::uint64_t noisy_taken = 0;
};

Result<Latency> MeasureQuiet(const Connector& connector, const Options& options, std::uint64_t messages,
                             std::uint64_t backlog) {
  Result<Client> sender = Client::Connect(connector);
  if (!sender) return tl::unexpected(sender.error());
  Result<Client> consumer = Client::Connect(connector);
  if (!consumer) return tl::unexpected(consumer.error());
  Scratch scratch(*sender);
  const Result<std::string> queue = scratch.NewQueue();
  if (!queue) return tl::unexpected(queue.error());
  Tenants tenants(*queue, options, messages, backlog);
  Result<Sample> sample = tenants.Run(*sender, *consumer);
  if (!sample) return tl::unexpected(sample.error());
  return Latency{.sample = *std::move(sample), .noisy_taken = tenants.noisy_taken()};
}

// --- Receives -------------------------------------------------------------------------------------------------------

struct Receives {
  std::uint64_t most = 0;
  std::uint64_t sum = 0;
};

// How many receives it takes until the quiet message comes that was sent last.
Result<std::uint64_t> ReceivesUntilQuiet(Client& client, const std::string& queue, const Bodies& bodies, Tally& tally) {
  for (std::uint64_t receives = 1; receives <= kReceivesMax; ++receives) {
    const Result<Messages> got = client.Receive(queue, {.max = kReceive});
    if (!got) return tl::unexpected(got.error());
    bool found = false;
    for (const Received& message : got->messages) {
      const Result<std::uint64_t> number = bodies.Verify(message.body);
      if (!number) return tl::unexpected(number.error());
      if (const Result<void> added = tally.Add(*number); !added) return tl::unexpected(added.error());
      found = found || message.group == kQuiet;
    }
    if (found) return receives;
  }
  return Fail(Code::kMalformed, "The quiet tenant's message did not come.");
}

Result<Receives> CountReceives(const Connector& connector, const Options& options) {
  Result<Client> client = Client::Connect(connector);
  if (!client) return tl::unexpected(client.error());
  Scratch scratch(*client);
  const Result<std::string> queue = scratch.NewQueue();
  if (!queue) return tl::unexpected(queue.error());
  const Bodies bodies(options.size, kBodySeed);
  const Target noisy{.name = *queue, .group = kNoisy};
  const Result<Phase> filled = ProducePhase(connector, options, noisy, bodies, options.long_backlog);
  if (!filled) return tl::unexpected(filled.error());

  Receives receives;
  Tally tally(options.long_backlog + kProbes);
  std::string body(options.size, '\0');
  for (std::uint64_t probe = 0; probe < kProbes; ++probe) {
    bodies.Write(options.long_backlog + probe, body.data());
    if (Result<void> sent = SendQuiet(*client, *queue, body); !sent) return tl::unexpected(sent.error());
    const Result<std::uint64_t> taken = ReceivesUntilQuiet(*client, *queue, bodies, tally);
    if (!taken) return tl::unexpected(taken.error());
    receives.most = std::max(receives.most, *taken);
    receives.sum += *taken;
  }
  return receives;
}

}  // namespace

Result<Report> RunFair(const Connector& connector, const Options& options) {
  const std::uint64_t messages = options.messages == 0 ? kMessagesDefault : options.messages;
  Result<Latency> alone = MeasureQuiet(connector, options, messages, 0);
  if (!alone) return tl::unexpected(alone.error());
  Result<Latency> behind = MeasureQuiet(connector, options, messages, options.backlog);
  if (!behind) return tl::unexpected(behind.error());
  // Shared disks and machines are faster at one time than at another, so that it is measured alone before and after.
  const Result<Latency> alone_again = MeasureQuiet(connector, options, messages, 0);
  if (!alone_again) return tl::unexpected(alone_again.error());
  alone->sample.Add(alone_again->sample);
  const Result<Receives> receives = CountReceives(connector, options);
  if (!receives) return tl::unexpected(receives.error());

  Report report("fair");
  report.Add("messages", "quiet messages, each verified", static_cast<double>(3 * messages + kProbes), "");
  report.Add("size", "body", static_cast<double>(options.size), "bytes");
  report.Add("backlog", "noisy messages in front", static_cast<double>(options.backlog), "at least");
  report.Add("noisy_taken", "noisy messages, each verified", static_cast<double>(behind->noisy_taken), "");
  const struct {
    const char* name;
    double share;
  } quantiles[] = {{"p50", 0.5}, {"p95", 0.95}};
  for (const auto& q : quantiles) {
    const std::string name = q.name;
    const double unloaded = alone->sample.Quantile(q.share);
    const double loaded = behind->sample.Quantile(q.share);
    report.Add(name + "_alone_us", "sent to received, alone, " + name, unloaded, "us");
    report.Add(name + "_behind_us", "behind the backlog, " + name, loaded, "us");
    report.Add(name + "_ratio", "ratio, " + name, loaded / unloaded, "", 2);
  }
  report.Add("long_backlog", "in front in a long queue", static_cast<double>(options.long_backlog), "");
  report.Add("receives_max", "receives until a quiet one", static_cast<double>(receives->most), "at most");
  report.Add("receives_mean", "receives until a quiet one, mean",
             static_cast<double>(receives->sum) / static_cast<double>(kProbes), "", 2);
  return report;
}

}  // namespace hub::cli::bench
