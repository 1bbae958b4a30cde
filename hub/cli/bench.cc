// The bench command: reads the options and prints the report.
#include "hub/cli/bench/bench.h"

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>

#include "hub/base/limits.h"
#include "hub/cli/app.h"
#include "hub/cli/output.h"

namespace hub::cli {
namespace {

using Runner = std::function<Result<bench::Report>(const bench::Connector&)>;

constexpr std::size_t kWindowMax = 100;  // Keeps what is in flight below the cap of a queue.
constexpr std::size_t kClientsMax = 16;
constexpr std::size_t kManyMax = 1'000'000;  // Queues, topics or message groups.
constexpr std::uint64_t kBacklogMax = 100'000'000;

void RunBench(Context& context, const bench::Options& options, const Runner& run) {
  if (options.pace.batch * options.size > kFrameBytesMax / 2) {
    return context.Misused("--batch times --size is more than a frame holds. Make one of them smaller.");
  }
  const Result<bench::Connector> connector = context.ClientOptions();
  if (!connector) return context.Misused(connector.error().message);
  const Result<bench::Report> report = run(*connector);
  if (!report) return context.Refused(report.error());
  context.json ? Print(report->node()) : Print(report->ToText());
}

CLI::App* AddWorkload(CLI::App& parent, bench::Options& options, const std::string& name, const std::string& help) {
  CLI::App* added = parent.add_subcommand(name, help);
  added->add_option("--size", options.size, "Bytes of a body")
      ->check(CLI::Range(bench::Bodies::kSizeMin, kMessageBytesMax))
      ->capture_default_str();
  added->add_option("--messages", options.messages, "How many messages (0: as the workload suggests)");
  added->add_option("--pid", options.pid, "Process id of the hub, to report its CPU time and memory");
  return added;
}

void AddBatch(CLI::App& command, bench::Options& options) {
  command.add_option("--batch", options.pace.batch, "Messages in a frame")
      ->check(CLI::Range(std::size_t{1}, kEntriesMax))
      ->capture_default_str();
  command.add_option("--receive-batch", options.receive_batch, "Messages in a receive (0: as --batch)")
      ->check(CLI::Range(std::size_t{0}, kReceiveMax));
  command.add_option("--window", options.pace.window, "Requests on their way at a time")
      ->check(CLI::Range(std::size_t{1}, kWindowMax))
      ->capture_default_str();
}

void AddPace(CLI::App& command, bench::Options& options) {
  AddBatch(command, options);
  command.add_option("--clients", options.clients, "Threads, each with a socket")
      ->check(CLI::Range(std::size_t{1}, kClientsMax))
      ->capture_default_str();
}

// P1 and its variants. A copy of the options each, so that one workload's defaults are not another's.
void AddLifecycles(CLI::App& parent, Context& context) {
  const auto p1 = std::make_shared<bench::Options>();
  CLI::App* lifecycle = AddWorkload(parent, *p1, "p1", "All sent, then all received and deleted; many to a frame");
  AddPace(*lifecycle, *p1);
  lifecycle->callback([&context, p1] {
    RunBench(context, *p1, [&](const auto& connector) { return bench::RunLifecycle(connector, *p1, "p1"); });
  });

  const auto p1b = std::make_shared<bench::Options>();
  p1b->pace = {.batch = 1, .window = bench::kSingleWindow};
  CLI::App* single = AddWorkload(parent, *p1b, "p1b", "The same with one message in a frame");
  single->add_option("--window", p1b->pace.window, "Requests on their way at a time")
      ->check(CLI::Range(std::size_t{1}, bench::kSingleWindow * 8))
      ->capture_default_str();
  single->add_option("--clients", p1b->clients, "Threads, each with a socket")
      ->check(CLI::Range(std::size_t{1}, kClientsMax))
      ->capture_default_str();
  single->callback([&context, p1b] {
    RunBench(context, *p1b, [&](const auto& connector) { return bench::RunLifecycle(connector, *p1b, "p1b"); });
  });

  // One client: messages of a group are in order only if one sends them.
  const auto p9 = std::make_shared<bench::Options>();
  CLI::App* fifo = AddWorkload(parent, *p9, "p9", "P1 on a FIFO queue, every group in order, beside P1");
  AddBatch(*fifo, *p9);
  fifo->add_option("--groups", p9->groups, "Message groups")
      ->check(CLI::Range(std::size_t{1}, kManyMax))
      ->capture_default_str();
  fifo->callback([&context, p9] {
    RunBench(context, *p9, [&](const auto& connector) { return bench::RunFifo(connector, *p9); });
  });
}

// The workloads that start hubs of their own and need none that runs.
void AddOwnHubs(CLI::App& parent, Context& context) {
  const auto add_disk = [](CLI::App& command, bench::Options& options) {
    command.add_option("--disk", options.disk, "Where the data of the hubs is put")
        ->check(CLI::ExistingDirectory)
        ->capture_default_str();
  };

  const auto p10 = std::make_shared<bench::Options>();
  p10->queues = {100'000};
  CLI::App* many =
      parent.add_subcommand("p10", "Very many queues and topics: start, memory, and P1; on hubs of its own");
  AddPace(*many, *p10);
  add_disk(*many, *p10);
  many->add_option("--messages", p10->messages, "How many messages P1 sends (0: as it suggests)");
  many->add_option("--queues", p10->queues.front(), "How many queues")
      ->check(CLI::Range(std::size_t{1}, kManyMax))
      ->capture_default_str();
  many->add_option("--topics", p10->topics, "How many topics")
      ->check(CLI::Range(std::size_t{1}, kManyMax))
      ->capture_default_str();
  many->add_flag("--subscribe", p10->subscribe, "Subscribe every queue to one of the topics");
  many->callback([&context, p10] { RunBench(context, *p10, [&](const auto&) { return bench::RunManyQueues(*p10); }); });

  const auto p11 = std::make_shared<bench::Options>();
  CLI::App* start = parent.add_subcommand("p11", "Start to ready, memory when idle; on hubs of its own");
  add_disk(*start, *p11);
  start->add_option("--runs", p11->runs, "How often")->check(CLI::Range(1, 1000))->capture_default_str();
  start->callback([&context, p11] { RunBench(context, *p11, [&](const auto&) { return bench::RunStart(*p11); }); });
}

}  // namespace

void AddBench(CLI::App& app, Context& context) {
  CLI::App* bench = app.add_subcommand("bench", "Measure a hub; every body is verified");
  bench->require_subcommand(1);
  bench->footer(
      "Makes queues and topics named bench-... in the account of the user and deletes them at the end.\n\n"
      "Examples:\n"
      "  penstock bench p1 --size 100 --pid $(pidof penstock)\n"
      "  penstock bench p2 --queues 1,10,100\n"
      "  penstock bench p3 --disk penstock-data --json\n"
      "  penstock bench p5 --messages 1000000 --size 100\n"
      "  penstock bench fair --backlog 10000\n"
      "  penstock bench p11 --disk /var/lib");

  AddLifecycles(*bench, context);

  const auto p2 = std::make_shared<bench::Options>();
  CLI::App* fan_out = AddWorkload(*bench, *p2, "p2", "One topic to many queues, published, then drained");
  AddPace(*fan_out, *p2);
  fan_out->add_option("--queues", p2->queues, "How many queues; several numbers are several runs")->delimiter(',');
  fan_out->callback([&context, p2] {
    for (const std::size_t queues : p2->queues) {
      if (context.status != kExitOk) return;
      RunBench(context, *p2, [&](const auto& connector) { return bench::RunFanOut(connector, *p2, queues); });
    }
  });

  const auto p3 = std::make_shared<bench::Options>();
  CLI::App* latency = AddWorkload(*bench, *p3, "p3", "Publish to received at 1,000 messages a second");
  latency->add_option("--disk", p3->disk, "Where to measure a flush: on the disk that holds the hub's data")
      ->check(CLI::ExistingDirectory)
      ->capture_default_str();
  latency->callback([&context, p3] {
    RunBench(context, *p3, [&](const auto& connector) { return bench::RunLatency(connector, *p3); });
  });

  const auto p5 = std::make_shared<bench::Options>();
  p5->size = 100;
  CLI::App* backlog = AddWorkload(*bench, *p5, "p5", "A long queue: memory and throughput");
  AddPace(*backlog, *p5);
  backlog->callback([&context, p5] {
    RunBench(context, *p5, [&](const auto& connector) { return bench::RunBacklog(connector, *p5); });
  });

  const auto fair = std::make_shared<bench::Options>();
  fair->size = 100;
  CLI::App* tenants = AddWorkload(*bench, *fair, "fair", "A quiet tenant's messages, alone and behind a noisy one's");
  tenants->add_option("--backlog", fair->backlog, "Noisy messages in front, while latency is measured")
      ->check(CLI::Range(std::uint64_t{1}, kBacklogMax))
      ->capture_default_str();
  tenants->add_option("--long-backlog", fair->long_backlog, "Noisy messages in front, while receives are counted")
      ->check(CLI::Range(std::uint64_t{1}, kBacklogMax))
      ->capture_default_str();
  tenants->callback([&context, fair] {
    RunBench(context, *fair, [&](const auto& connector) { return bench::RunFair(connector, *fair); });
  });

  AddOwnHubs(*bench, context);
}

}  // namespace hub::cli
