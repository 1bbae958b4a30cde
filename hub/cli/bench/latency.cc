// P3: publish to receive at a steady rate, against what the machine can do at best: one flush and one round trip.
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <thread>
#include <zmq.hpp>

#include "hub/cli/bench/lifecycle.h"
#include "hub/cli/bench/sample.h"
#include "hub/cli/bench/scratch.h"

namespace hub::cli::bench {
namespace {

using adapters::client::Answer;
using adapters::client::Client;
using adapters::client::Received;

constexpr std::uint64_t kMessagesDefault = 10'000;
constexpr int kReferenceSamples = 1000;                   // Before the load, and as many after it.
constexpr auto kInterval = std::chrono::milliseconds(1);  // 1,000 messages a second.

// Calls `step` once per interval: the reference is measured at the pace of the load, since a machine that is allowed to
// doze between two requests answers later than one that is kept busy.
template <typename Step>
Result<Sample> Paced(int count, const Step& step) {
  Sample sample;
  auto due = Clock::now();
  for (int i = 0; i < count; ++i) {
    std::this_thread::sleep_until(due += kInterval);
    const auto start = Clock::now();
    if (!step()) return Fail(Code::kUnavailable, "The reference cannot be measured here.");
    sample.Add(Clock::now() - start);
  }
  return sample;
}

// A write of `bytes` and a flush. The space is written beforehand, so that a flush is what it is at best: the data
// alone, without the file system's own bookkeeping for a file that grows.
Result<Sample> MeasureFlush(const std::string& directory, std::size_t bytes) {
  const int file = open(directory.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
  if (file < 0) return Fail(Code::kInvalidArgument, "Cannot write a file in " + directory + ".");
  const std::string data(bytes, 'x');
  const auto write_at = [&](int place) {
    return pwrite(file, data.data(), bytes, static_cast<off_t>(bytes) * place) == static_cast<ssize_t>(bytes);
  };
  bool prepared = true;
  for (int i = 0; i < kReferenceSamples; ++i) prepared = prepared && write_at(i);
  Result<Sample> sample = Fail(Code::kStorage, "Cannot write in " + directory + ": is there space?");
  if (prepared && fsync(file) == 0) {
    int place = 0;
    sample = Paced(kReferenceSamples, [&] { return write_at(place++) && fdatasync(file) == 0; });
  }
  close(file);
  return sample;
}

// A frame of `bytes` from a DEALER to a ROUTER on loopback and back.
Result<Sample> MeasureRoundTrip(std::size_t bytes) {
  try {
    zmq::context_t context;
    zmq::socket_t router(context, zmq::socket_type::router);
    router.bind("tcp://127.0.0.1:*");
    zmq::socket_t dealer(context, zmq::socket_type::dealer);
    dealer.connect(router.get(zmq::sockopt::last_endpoint));
    // One more than measured: the first one also waits for the connection.
    std::thread echo([&router] {
      for (int i = 0; i < kReferenceSamples + 1; ++i) {
        zmq::message_t identity;
        zmq::message_t body;
        if (!router.recv(identity) || !router.recv(body)) return;
        router.send(identity, zmq::send_flags::sndmore);
        router.send(body, zmq::send_flags::none);
      }
    });
    const std::string data(bytes, 'x');
    const auto round_trip = [&] {
      zmq::message_t body;
      return dealer.send(zmq::buffer(data)).has_value() && dealer.recv(body).has_value();
    };
    round_trip();
    Result<Sample> sample = Paced(kReferenceSamples, round_trip);
    echo.join();
    return sample;
  } catch (const zmq::error_t& problem) {
    return Fail(Code::kUnavailable, std::string("The reference cannot be measured here: ") + problem.what() + ".");
  }
}

Result<void> PublishPaced(Client& client, const std::string& topic, const Bodies& bodies, std::uint64_t count,
                          Times& times, const std::atomic<bool>& failed) {
  std::string body(bodies.size(), '\0');
  auto due = Clock::now();
  for (std::uint64_t number = 0; number < count && !failed; ++number) {
    bodies.Write(number, body.data());
    std::this_thread::sleep_until(due += kInterval);
    times.Sent(number);
    const auto id = client.Post(
        core::Publish{.topic = topic, .entries = {{.message = {.body = body, .attributes = {}}, .subject = {}}}});
    if (!id) return tl::unexpected(id.error());
    for (;;) {
      const auto answer = client.Poll(Duration{});
      if (!answer) return tl::unexpected(answer.error());
      if (!*answer) break;
      if (!(*answer)->body) return tl::unexpected((*answer)->body.error());
    }
  }
  return {};
}

// Always has one long poll waiting; deletes what has come without waiting for the answer.
Result<Sample> ReceivePaced(Client& client, const std::string& queue, const Bodies& bodies, std::uint64_t count,
                            const Times& times, const std::atomic<bool>& failed, Duration timeout) {
  Sample sample;
  Tally tally(count);
  const core::Receive receive{.queue = queue, .max = 10, .visibility = {}, .wait = std::chrono::seconds(1)};
  auto waiting = client.Post(receive);
  auto last = Clock::now();
  while (waiting && (tally.left() > 0 || client.Outstanding() > 1)) {
    const auto answer = client.Poll(timeout);
    const auto now = Clock::now();
    if (!answer) return tl::unexpected(answer.error());
    if (!*answer || failed || now - last > timeout) return Fail(Code::kUnavailable, "Messages are missing.");
    const Answer& got = **answer;
    if (!got.body) return tl::unexpected(got.body.error());
    if (got.id != *waiting) continue;  // A delete.
    waiting = client.Post(receive);
    const auto& messages = std::get<std::vector<Received>>(*got.body);
    if (messages.empty()) continue;
    last = now;
    core::Delete remove{.queue = queue, .handles = {}};
    for (const Received& message : messages) {
      const Result<std::uint64_t> number = bodies.Verify(message.body);
      if (!number) return tl::unexpected(number.error());
      if (const Result<void> added = tally.Add(*number); !added) return tl::unexpected(added.error());
      sample.Add(now - times.At(*number));
      remove.handles.push_back(message.handle);
    }
    if (const auto id = client.Post(std::move(remove)); !id) return tl::unexpected(id.error());
  }
  if (!waiting) return tl::unexpected(waiting.error());
  return sample;
}

Result<Sample> MeasureHub(const Connector& connector, const Options& options, std::uint64_t count) {
  Result<Client> publisher = Client::Connect(connector);
  if (!publisher) return tl::unexpected(publisher.error());
  Result<Client> consumer = Client::Connect(connector);
  if (!consumer) return tl::unexpected(consumer.error());
  Scratch scratch(*publisher);
  const Result<std::string> topic = scratch.NewTopic();
  if (!topic) return tl::unexpected(topic.error());
  const Result<std::string> queue = scratch.NewSubscribedQueue(*topic);
  if (!queue) return tl::unexpected(queue.error());

  const Bodies bodies(options.size, kBodySeed);
  Times times(count);
  std::atomic<bool> failed = false;
  Result<Sample> sample;
  std::thread receiving([&] {
    sample = ReceivePaced(*consumer, *queue, bodies, count, times, failed, options.pace.timeout);
    if (!sample) failed = true;
  });
  const Result<void> published = PublishPaced(*publisher, *topic, bodies, count, times, failed);
  if (!published) failed = true;
  receiving.join();
  if (!published) return tl::unexpected(published.error());
  return sample;
}

struct Reference {
  Sample flush;
  Sample round_trip;
};

// Adds to `reference`. Shared disks and machines are faster at one time than at another, so that the load is put
// between two measurements.
Result<void> MeasureReference(const Options& options, Reference& reference) {
  const Result<Sample> flush = MeasureFlush(options.disk, options.size);
  if (!flush) return tl::unexpected(flush.error());
  const Result<Sample> round_trip = MeasureRoundTrip(options.size);
  if (!round_trip) return tl::unexpected(round_trip.error());
  reference.flush.Add(*flush);
  reference.round_trip.Add(*round_trip);
  return {};
}

}  // namespace

Result<Report> RunLatency(const Connector& connector, const Options& options) {
  const std::uint64_t count = options.messages == 0 ? kMessagesDefault : options.messages;
  Reference reference;
  if (Result<void> before = MeasureReference(options, reference); !before) return tl::unexpected(before.error());
  Result<Sample> hub = MeasureHub(connector, options, count);
  if (!hub) return tl::unexpected(hub.error());
  if (Result<void> after = MeasureReference(options, reference); !after) return tl::unexpected(after.error());

  Report report("p3");
  report.Add("messages", "messages, each verified", static_cast<double>(count), "");
  report.Add("size", "body", static_cast<double>(options.size), "bytes");
  const struct {
    const char* key;
    const char* label;
    double share;
  } quantiles[] = {{"p50", "p50", 0.5}, {"p99", "p99", 0.99}, {"max", "max", 1.0}};
  for (const auto& q : quantiles) {
    const std::string key = q.key;
    const std::string label = q.label;
    const double flush = reference.flush.Quantile(q.share);
    const double round_trip = reference.round_trip.Quantile(q.share);
    const double received = hub->Quantile(q.share);
    report.Add(key + "_us", "publish to received, " + label, received, "us");
    report.Add(key + "_flush_us", "one flush, " + label, flush, "us");
    report.Add(key + "_round_trip_us", "one round trip, " + label, round_trip, "us");
    report.Add(key + "_ratio", "ratio, " + label, received / (flush + round_trip), "", 2);
  }
  return report;
}

}  // namespace hub::cli::bench
