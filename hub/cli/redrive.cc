// redrive: move tasks of dead-letter queues.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "hub/base/limits.h"
#include "hub/cli/app.h"
#include "hub/cli/output.h"

namespace hub::cli {
namespace {

using adapters::client::Client;
using Tasks = std::vector<core::MoveTaskDescription>;

// How often --wait asks how far the task is.
constexpr auto kProgressEvery = std::chrono::milliseconds(500);

struct Arguments {
  std::string source;
  std::string destination;
  std::uint32_t rate = 0;
  bool wait = false;
  bool list = false;
  bool cancel = false;
};

void List(Context& context, Client& client, const std::string& source) {
  const Result<Tasks> tasks = client.ListMoveTasks(source);
  if (!tasks) return context.Refused(tasks.error());
  if (!context.json) return Print(ToTable(*tasks));
  std::vector<Node> items;
  for (const core::MoveTaskDescription& task : *tasks) items.push_back(ToNode(task));
  Print(Node::List(std::move(items)));
}

void Cancel(Context& context, Client& client, const std::string& source) {
  const Result<Tasks> tasks = client.ListMoveTasks(source);
  if (!tasks) return context.Refused(tasks.error());
  const auto running =
      std::find_if(tasks->begin(), tasks->end(), [](const auto& task) { return !task.handle.empty(); });
  if (running == tasks->end())
    return context.Refused({Code::kTaskNotFound, "No move task of " + source + " is running."});
  const Result<core::MoveTaskDescription> cancelled = client.CancelMoveTask(running->handle);
  if (!cancelled) return context.Refused(cancelled.error());
  if (context.json) return Print(ToNode(*cancelled));
  Print("cancelled after " + std::to_string(cancelled->moved) + " messages");
}

// The task with this handle while it runs; once it has ended the listing shows its handle no more, and it is the one
// that was started then.
const core::MoveTaskDescription* Find(const Tasks& tasks, const std::string& handle, Instant started) {
  for (const core::MoveTaskDescription& task : tasks) {
    if (task.handle == handle || (task.handle.empty() && task.started == started)) return &task;
  }
  return nullptr;
}

// Tells on stderr how far the task is until it has ended; any end but COMPLETED is a refusal.
void Wait(Context& context, Client& client, const std::string& source, const std::string& handle) {
  Instant started{};
  for (;;) {
    const Result<Tasks> tasks = client.ListMoveTasks(source);
    if (!tasks) return context.Refused(tasks.error());
    if (tasks->empty()) return context.Refused({Code::kTaskNotFound, "The task is gone, with its queue."});
    if (started == Instant{}) started = tasks->front().started;  // The latest: it has just been started.
    const core::MoveTaskDescription* task = Find(*tasks, handle, started);
    if (task == nullptr) return context.Refused({Code::kTaskNotFound, "The task is not listed any more."});
    if (task->status != core::MoveStatus::kRunning) {
      context.json ? Print(ToNode(*task)) : Print("moved " + std::to_string(task->moved) + " messages");
      if (task->status == core::MoveStatus::kCompleted) return;
      const std::string status(core::NameOf(task->status));
      std::fprintf(stderr, "error: The task is %s. %s\n", status.c_str(), task->reason.c_str());
      context.status = kExitRefused;
      return;
    }
    std::fprintf(stderr, "moved %llu of about %llu\n", static_cast<unsigned long long>(task->moved),
                 static_cast<unsigned long long>(task->to_move));
    std::this_thread::sleep_for(kProgressEvery);
  }
}

void Start(Context& context, Client& client, const Arguments& arguments) {
  const Result<std::string> handle = client.StartMoveTask(arguments.source, arguments.destination, arguments.rate);
  if (!handle) return context.Refused(handle.error());
  if (arguments.wait) return Wait(context, client, arguments.source, *handle);
  context.json ? Print(Object().Add("handle", *handle).node) : Print(*handle);
}

}  // namespace

void AddRedrive(CLI::App& app, Context& context) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* redrive =
      app.add_subcommand("redrive", "Move the messages of a dead-letter queue back, or to another queue");
  redrive
      ->add_option("QUEUE", arguments->source,
                   "The dead-letter queue: ARN, account/name, or a name in your own account")
      ->required();
  CLI::Option* to = redrive->add_option("--to", arguments->destination,
                                        "Move to this queue; otherwise each message goes back to where it came from");
  CLI::Option* rate = redrive->add_option("--rate", arguments->rate, "Move at most so many messages a second")
                          ->check(CLI::Range(1u, kMoveRateMax));
  CLI::Option* wait = redrive->add_flag("--wait", arguments->wait, "Wait for the end, telling how far it is on stderr");
  CLI::Option* list = redrive->add_flag("--list", arguments->list, "List the latest tasks of the queue instead");
  CLI::Option* cancel = redrive->add_flag("--cancel", arguments->cancel, "Cancel the task that is running instead");
  for (CLI::Option* start : {to, rate, wait}) start->excludes(list)->excludes(cancel);
  list->excludes(cancel);
  redrive->footer(
      "Moves what the queue has now, but for what is in flight or delayed there. The task is the hub's: it goes on "
      "when\n"
      "this program ends, and when the hub starts again. `penstock queues sources QUEUE` lists where messages come "
      "from.\n\n"
      "Examples:\n"
      "  penstock redrive orders-dead --wait\n"
      "  penstock redrive orders-dead --to orders-again --rate 50\n"
      "  penstock redrive orders-dead --list");
  redrive->callback([&context, arguments] {
    std::optional<Client> client = context.Connect();
    if (!client) return;
    if (arguments->list) return List(context, *client, arguments->source);
    if (arguments->cancel) return Cancel(context, *client, arguments->source);
    Start(context, *client, *arguments);
  });
}

}  // namespace hub::cli
