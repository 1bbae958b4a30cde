// The serve command: a configuration, a running hub, and the signals that tell it what to do.
//
// All signals are taken by the main thread, one after the other; every other thread inherits a mask without them.
#include <spdlog/async.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <memory>
#include <string>

#include "hub/base/assert.h"
#include "hub/cli/app.h"
#include "hub/cli/configuration.h"
#include "hub/cli/service.h"

namespace hub::cli {
namespace {

constexpr std::size_t kLogLinesMax = 8192;  // Waiting to be written; beyond that the oldest are dropped.

struct ServeOptions {
  std::string path;
  std::string data;
  std::string log_level = "info";
};

// To stderr by a thread of its own: a terminal or a pipe that does not take our lines must not hold up the engine.
void StartLog(const std::string& level) {
  spdlog::init_thread_pool(kLogLinesMax, 1);
  auto sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
  auto logger = std::make_shared<spdlog::async_logger>("hub", std::move(sink), spdlog::thread_pool(),
                                                       spdlog::async_overflow_policy::overrun_oldest);
  logger->set_pattern("%Y-%m-%d %H:%M:%S.%e %^%-8l%$ %v");
  logger->set_level(spdlog::level::from_str(level));
  spdlog::set_default_logger(std::move(logger));
}

sigset_t BlockSignals() {
  std::signal(SIGPIPE, SIG_IGN);  // Whoever reads our output may leave.
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  HUB_ASSERT(pthread_sigmask(SIG_BLOCK, &signals, nullptr) == 0);
  return signals;
}

// Every client is a descriptor; take as many as we are allowed.
void RaiseDescriptorLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

// What the command line says wins over the file, also in a reload.
std::shared_ptr<const core::Config> WithOptions(std::shared_ptr<const core::Config> config,
                                                const ServeOptions& options) {
  if (options.data.empty()) return config;
  auto changed = std::make_shared<core::Config>(*config);
  changed->data_directory = options.data;
  return changed;
}

void Reload(Service& service, const ServeOptions& options) {
  const adapters::yaml::Checked checked = adapters::yaml::ReadConfig(options.path);
  for (const std::string& warning : checked.warnings) spdlog::warn("{}", warning);
  for (const std::string& mistake : checked.mistakes) spdlog::error("{}", mistake);
  if (checked.config == nullptr) {
    spdlog::error("{} has mistakes: nothing has changed.", options.path);
    return;
  }
  const Result<std::vector<std::string>> notes = service.Reload(WithOptions(checked.config, options));
  if (!notes) {
    spdlog::error("{} cannot be put in force, nothing has changed: {}", options.path, notes.error().message);
    return;
  }
  for (const std::string& note : *notes) spdlog::info("{}", note);
  spdlog::info("{} is in force.", options.path);
}

// Returns when it is time to stop.
void HandleSignals(Service& service, const ServeOptions& options, const sigset_t& signals) {
  for (;;) {
    int signal = 0;
    HUB_ASSERT(sigwait(&signals, &signal) == 0);
    if (signal != SIGHUP) {
      spdlog::info("Stopping: answering everybody who waits.");
      return;
    }
    Reload(service, options);
  }
}

std::string Join(const std::vector<std::string>& addresses) {
  std::string all;
  for (const std::string& address : addresses) all += (all.empty() ? "" : ",") + address;
  return all;
}

void PrintReady(const Service& service, const core::Config& config) {
  const std::string feed = service.feed_addresses().empty() ? "" : " feed=" + Join(service.feed_addresses());
  const std::string http = service.http_addresses().empty() ? "" : " http=" + Join(service.http_addresses());
  const std::string metrics =
      service.metrics_addresses().empty() ? "" : " metrics=" + Join(service.metrics_addresses());
  std::printf("ready zmq=%s%s%s%s data=%s\n", Join(service.addresses()).c_str(), feed.c_str(), http.c_str(),
              metrics.c_str(), config.data_directory.c_str());
  std::fflush(stdout);
}

void Serve(Context& context, const ServeOptions& options) {
  const adapters::yaml::Checked checked = adapters::yaml::ReadConfig(options.path);
  PrintFindings(checked, options.path);
  if (checked.config == nullptr) {
    context.status = kExitUsage;
    return;
  }
  const std::shared_ptr<const core::Config> config = WithOptions(checked.config, options);
  const sigset_t signals = BlockSignals();  // Before the first thread.
  RaiseDescriptorLimit();
  StartLog(options.log_level);
  Result<std::unique_ptr<Service>> service = Service::Start(config);
  if (service) {
    PrintReady(**service, *config);
    spdlog::info("Serving {} from {}.", options.path, config->data_directory);
    HandleSignals(**service, options, signals);
    service->reset();  // Whatever ends with it may still log.
    spdlog::info("Stopped; everything acknowledged is stored.");
  }
  spdlog::shutdown();
  if (service) return;
  if (service.error().code == Code::kInvalidArgument) return context.Misused(service.error().message);
  context.Refused(service.error());
}

}  // namespace

void AddServe(CLI::App& app, Context& context) {
  const auto options = std::make_shared<ServeOptions>();
  CLI::App* serve = app.add_subcommand("serve", "Run the hub");
  serve->add_option("--config", options->path, "The YAML file")->required();
  serve->add_option("--data", options->data, "Directory of the store (else as hub.data says)");
  serve->add_option("--log-level", options->log_level, "What goes to stderr")
      ->check(CLI::IsMember({"debug", "info", "warning", "error", "off"}))
      ->capture_default_str();
  serve->footer(
      "Prints one line, 'ready zmq=...', to stdout once clients can connect; logs to stderr.\n"
      "SIGTERM and SIGINT stop it cleanly. SIGHUP reads the configuration again and puts it in force, whole or not at "
      "all.\n\n"
      "Example:\n  penstock serve --config config/hub.yaml --data /var/lib/penstock");
  serve->callback([&context, options] { Serve(context, *options); });
}

}  // namespace hub::cli
