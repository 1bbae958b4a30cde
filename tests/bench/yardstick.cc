#include "tests/bench/yardstick.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <thread>

#include "hub/cli/bench/lifecycle.h"

namespace tests::bench {
namespace {

using hub::cli::bench::Bodies;
using hub::cli::bench::Clock;
using hub::cli::bench::SecondsSince;

// Runs `work(i)` on a thread for each client and returns the seconds that all of them took. The first failure is
// thrown.
double OnThreads(std::size_t clients, const std::function<void(std::size_t)>& work) {
  std::vector<std::exception_ptr> failures(clients);
  std::vector<std::thread> threads;
  const auto start = Clock::now();
  for (std::size_t i = 0; i < clients; ++i) {
    threads.emplace_back([&, i] {
      try {
        work(i);
      } catch (...) {
        failures[i] = std::current_exception();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const double seconds = SecondsSince(start);
  for (const std::exception_ptr& failure : failures) {
    if (failure) std::rethrow_exception(failure);
  }
  return seconds;
}

void Measure(const YardstickOptions& options, const Connect& connect) {
  std::vector<std::unique_ptr<Broker>> brokers;
  for (std::size_t i = 0; i < options.clients; ++i) brokers.push_back(connect(options));
  brokers.front()->Prepare();
  const Bodies bodies(options.size, hub::cli::bench::kBodySeed);
  const double publishing = OnThreads(options.clients, [&](std::size_t i) {
    const std::uint64_t first = options.messages * i / options.clients;
    const std::uint64_t end = options.messages * (i + 1) / options.clients;
    brokers[i]->Publish(bodies, {.first = first, .count = end - first});
  });
  Expected expected(options);
  // Few queues are shared by the clients, many are shared out.
  const double draining = OnThreads(options.clients, [&](std::size_t i) {
    std::size_t queue = i % options.queues;
    do {
      brokers[i]->Drain(queue, expected);
      queue += options.clients;
    } while (queue < options.queues);
  });
  const auto deliveries = static_cast<double>(options.messages * options.queues);
  std::printf(R"({"publish_rate":%.0f,"drain_rate":%.0f,"delivery_rate":%.0f})"
              "\n",
              static_cast<double>(options.messages) / publishing, deliveries / draining,
              deliveries / (publishing + draining));
}

}  // namespace

Expected::Expected(const YardstickOptions& options)
    : bodies_(options.size, hub::cli::bench::kBodySeed),
      messages_(options.messages),
      seen_(options.queues * options.messages),
      left_(options.queues) {
  for (auto& left : left_) left = options.messages;
}

void Expected::Add(std::size_t queue, std::string_view body) {
  const auto number = bodies_.Verify(body);
  if (!number) throw std::runtime_error(number.error().message);
  if (*number >= messages_ || seen_[queue * messages_ + *number].exchange(true)) {
    throw std::runtime_error("Message " + std::to_string(*number) + " came twice, or was never sent.");
  }
  --left_[queue];
}

int RunYardstick(int argc, char** argv, const Connect& connect) {
  YardstickOptions options;
  CLI::App app("The work of penstock bench p1 and p2 against another broker on loopback");
  app.add_option("--port", options.port)->required();
  app.add_option("--size", options.size)->check(CLI::Range(Bodies::kSizeMin, std::size_t{1} << 20));
  app.add_option("--messages", options.messages)->check(CLI::PositiveNumber);
  app.add_option("--queues", options.queues)->check(CLI::PositiveNumber);
  app.add_option("--clients", options.clients)->check(CLI::PositiveNumber);
  app.add_option("--batch", options.batch)->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);
  try {
    Measure(options, connect);
    return 0;
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "error: %s\n", problem.what());
    return 1;
  }
}

}  // namespace tests::bench
