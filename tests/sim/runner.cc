#include "tests/sim/runner.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <mutex>
#include <thread>
#include <vector>

namespace sim {
namespace {

// What runs on this thread, for the handler: an invariant of the hub breaks in the middle of it.
thread_local const Simulation* running = nullptr;
thread_local const std::string* program_name = nullptr;
std::atomic<int> exit_code{0};

std::string ReportOf(const Simulation& simulation, const std::string& what, const std::string& program) {
  return "seed " + std::to_string(simulation.options().seed) + ": " + what + "\nthe last steps:\n" +
         simulation.Trace() + "repeat it with: " + program + " " + ArgumentsOf(simulation.options()) + "\n";
}

// Not what a handler of a stray signal may do, but abort comes from our own code, on the thread that runs the seed.
void OnAbort(int) {
  if (running != nullptr) {
    const std::string report = ReportOf(*running, "the hub stopped itself", *program_name);
    std::fputs(report.c_str(), stderr);
  }
  if (exit_code != 0) _exit(exit_code);
}

}  // namespace

Outcome RunSeeds(const Runs& runs, const std::string& program) {
  exit_code = runs.exit_code_of_notice;
  const auto before = std::signal(SIGABRT, OnAbort);
  std::atomic<std::uint64_t> next{0};
  std::mutex mutex;
  Outcome outcome;
  const auto work = [&] {
    for (std::uint64_t i = next++; i < runs.seeds; i = next++) {
      Options options = runs.options;
      options.seed += i;
      Simulation simulation(options);
      running = &simulation;
      program_name = &program;
      const std::string failure = simulation.Run();
      running = nullptr;
      const std::lock_guard lock(mutex);
      ++outcome.seeds;
      for (const auto& [name, count] : simulation.counts()) outcome.counts[name] += count;
      if (failure.empty()) continue;
      next = runs.seeds;
      if (outcome.report.empty()) outcome.report = ReportOf(simulation, failure, program);
    }
  };
  std::vector<std::thread> threads;
  for (unsigned job = 1; job < runs.jobs; ++job) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  std::signal(SIGABRT, before);
  return outcome;
}

std::string Format(const Counts& counts) {
  std::string text;
  for (const auto& [name, count] : counts) {
    text += "  " + name + std::string(name.size() < 40 ? 40 - name.size() : 1, ' ') + std::to_string(count) + "\n";
  }
  return text;
}

}  // namespace sim
