// consume: prints what a queue gets, as it comes, and acknowledges what has been printed.
#include <poll.h>
#include <stdio_ext.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/client/consumer.h"
#include "hub/base/limits.h"
#include "hub/cli/app.h"
#include "hub/cli/input.h"
#include "hub/cli/output.h"

namespace hub::cli {
namespace {

using adapters::client::Consumer;
using adapters::client::Pushed;
using Clock = std::chrono::steady_clock;

// How soon a signal is noticed.
constexpr Duration kLookAround = std::chrono::milliseconds(100);
// Printed messages are handed to the reader together, and acknowledged then.
constexpr std::size_t kPrintedMax = 100;

volatile std::sig_atomic_t stopped = 0;

// The first signal ends the work in order; another one at once. Without SA_RESTART, so that a write that hangs ends
// too.
void StopOnSignals() {
  struct sigaction action {};
  action.sa_handler = [](int) { stopped = 1; };
  action.sa_flags = SA_RESETHAND;
  for (const int signal : {SIGINT, SIGTERM}) sigaction(signal, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);  // The reader may leave: then writing fails.
}

struct Asked {
  std::string queue;
  std::size_t credit = 100;
  std::string visibility;
  std::size_t max = std::numeric_limits<std::size_t>::max();
  std::string idle_exit;
};

class Printer {
 public:
  Printer(Context& context, Consumer& consumer) : context_(context), consumer_(consumer) {}

  void Add(Pushed pushed) {
    context_.json ? Print(ToNode(pushed.message)) : Print(pushed.message.body);
    printed_.push_back(std::move(pushed));
  }
  bool full() const { return printed_.size() >= kPrintedMax; }
  bool empty() const { return printed_.empty(); }

  // Only what has been handed over is acknowledged: a reader that went away, or does not read when we are to end,
  // leaves the messages to others.
  bool HandOver() {
    if (!MayWrite() || std::ferror(stdout) != 0 || std::fflush(stdout) != 0) {
      if (stopped == 0) context_.Misused("Cannot write the messages; they stay in the queue.");
      __fpurge(stdout);  // Or the exit would wait for the reader.
      return false;
    }
    for (const Pushed& pushed : printed_) consumer_.Acknowledge(pushed.message);
    printed_.clear();
    return true;
  }

 private:
  // Once a signal has come, nothing may wait any more.
  static bool MayWrite() {
    pollfd out{.fd = STDOUT_FILENO, .events = POLLOUT, .revents = 0};
    return stopped == 0 || ::poll(&out, 1, 0) == 1;
  }

  Context& context_;
  Consumer& consumer_;
  std::vector<Pushed> printed_;
};

// Until so many have come, nothing has for `idle` long, a signal, or a refusal.
void Work(Context& context, Consumer& consumer, std::size_t max, std::optional<Duration> idle) {
  Printer printer(context, consumer);
  std::size_t count = 0;
  bool away = false;
  auto last = Clock::now();
  while (stopped == 0 && count < max) {
    const Duration wait = printer.empty() ? std::min(kLookAround, idle.value_or(kLookAround)) : Duration{};
    Result<std::optional<Pushed>> next = consumer.Next(wait);
    if (!next) return context.Refused(next.error());
    if (*next) {
      printer.Add(std::move(**next));
      ++count;
      last = Clock::now();
    }
    if ((!*next || printer.full() || count == max) && !printer.empty() && !printer.HandOver()) return;
    if (!*next && idle && Clock::now() - last >= *idle) return;
    if (away != !consumer.connected()) {
      away = !away;
      std::fprintf(stderr, away ? "The hub at %s is away; trying again.\n" : "The hub at %s is back.\n",
                   context.endpoint.c_str());
    }
  }
  if (!printer.empty()) printer.HandOver();
}

void ConsumeAll(Context& context, const Asked& asked) {
  adapters::client::ConsumeOptions consume{.credit = std::min(asked.credit, asked.max)};
  if (!asked.visibility.empty()) {
    const Result<Duration> visibility = ParseDurationOption("--visibility", asked.visibility);
    if (!visibility) return context.Misused(visibility.error().message);
    consume.visibility = *visibility;
  }
  std::optional<Duration> idle;
  if (!asked.idle_exit.empty()) {
    const Result<Duration> given = ParseDurationOption("--idle-exit", asked.idle_exit);
    if (!given) return context.Misused(given.error().message);
    idle = *given;
  }
  const Result<adapters::client::Options> options = context.ClientOptions();
  if (!options) return context.Misused(options.error().message);
  StopOnSignals();
  Result<Consumer> consumer = Consumer::Open(*options, asked.queue, consume);
  if (!consumer) {
    if (consumer.error().code == Code::kInvalidArgument) return context.Misused(consumer.error().message);
    return context.Refused(consumer.error());
  }
  Work(context, *consumer, asked.max, idle);
  const Result<void> closed = consumer->Close();
  if (!closed && context.status == kExitOk) context.Refused(closed.error());
  if (consumer->late() > 0) {
    std::fprintf(stderr, "%llu messages were acknowledged too late and come again: give a longer --visibility.\n",
                 static_cast<unsigned long long>(consumer->late()));
  }
}

}  // namespace

void AddConsume(CLI::App& app, Context& context) {
  const auto asked = std::make_shared<Asked>();
  CLI::App* consume = app.add_subcommand("consume", "Print the messages of a queue as they come, and delete them");
  consume->add_option("QUEUE", asked->queue, "ARN, account/name, or a name in your own account")->required();
  consume->add_option("--credit", asked->credit, "How many may be under way to here and not yet acknowledged")
      ->check(CLI::Range(std::size_t{1}, kCreditMax))
      ->capture_default_str();
  consume->add_option("--visibility", asked->visibility, "Hide them so long from others (else as the queue says)");
  consume->add_option("--max", asked->max, "End after so many")->check(CLI::PositiveNumber);
  consume->add_option("--idle-exit", asked->idle_exit, "End when nothing has come for so long");
  consume->footer(
      "The hub pushes messages as they are sent. What has been printed is deleted; what has not is visible to others "
      "at\n"
      "once when this ends, by SIGINT, SIGTERM or otherwise. When the hub restarts, it goes on. With --json: one "
      "object\n"
      "per line.\n\n"
      "Examples:\n"
      "  penstock consume billing/orders\n"
      "  penstock consume billing/orders --json --idle-exit 10s > orders.jsonl");
  consume->callback([&context, asked] { ConsumeAll(context, *asked); });
}

}  // namespace hub::cli
