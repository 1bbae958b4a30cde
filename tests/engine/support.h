// An engine whose turns the test runs one by one, with all its ports in hand.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/test_hub.h"

namespace hub::engine {

inline constexpr char kQueue[] = "111111111111/orders";

inline core::Command CommandOf(std::uint64_t request, core::Operation operation, std::size_t bytes = 0,
                               std::uint64_t session = 1) {
  core::Command command;
  command.ticket = {.endpoint = 0, .session = session, .request = request};
  command.operation = std::move(operation);
  command.bytes = bytes;
  return command;
}

inline core::Send SendOf(std::size_t count, std::string_view body = "x") {
  core::Send send{.queue = kQueue, .entries = {}};
  send.entries.resize(count, {.body = body, .attributes = {}});
  return send;
}

inline core::Receive PollOf(Duration wait) { return {.queue = kQueue, .max = 10, .visibility = {}, .wait = wait}; }

// Keeps what is submitted; commits when the test says so.
class HeldCommitter : public Committer {
 public:
  void Submit(core::Turn turn) override { turns.push_back(std::move(turn)); }
  std::uint64_t Written() const override { return written; }
  void WaitForRoom() override { ++waits; }

  std::vector<core::Turn> turns;
  std::uint64_t written = 0;
  int waits = 0;
};

class EngineTest : public testing::Test {
 protected:
  EngineTest() : loader(store) { Start(); }

  void Start() {
    core::Core::Options options;
    options.secret.fill(7);
    core = std::make_unique<core::Core>(options);
    ASSERT_TRUE(core->Recover([this](auto from, auto to, const auto& visit) { return store.Scan(from, to, visit); },
                              clock.wall));
    engine = std::make_unique<Engine>(*core,
                                      Engine::Ports{.inbox = inbox,
                                                    .clock = clock,
                                                    .store = store,
                                                    .committer = committer,
                                                    .loader = loader,
                                                    .log = [this](const core::LogLine& line) { log.push_back(line); }},
                                      /*space_left_min=*/1000);
  }

  bool Push(core::Command command) {
    std::vector<core::Command> commands;
    commands.push_back(std::move(command));
    return inbox.TryPush(commands);
  }
  void Do(std::uint64_t request, core::Operation operation) {
    ASSERT_TRUE(Push(CommandOf(request, std::move(operation))));
  }
  void RunTurn() { engine->RunTurn(Duration::zero()); }

  // Writes what is submitted, as a committer would.
  void CommitAll() {
    for (const core::Turn& turn : committer.turns) {
      ASSERT_TRUE(store.Write(turn.batch));
      committer.written = turn.index;
    }
  }

  std::vector<std::uint64_t> Requests(const core::Turn& turn) {
    std::vector<std::uint64_t> requests;
    for (const core::Answer& answer : turn.answers) requests.push_back(answer.ticket.request);
    return requests;
  }

  testing_support::MemoryStore store;
  testing_support::ManualClock clock;
  Inbox inbox;
  HeldCommitter committer;
  testing_support::ManualLoader loader;
  std::vector<core::LogLine> log;
  std::unique_ptr<core::Core> core;
  std::unique_ptr<Engine> engine;
};

}  // namespace hub::engine
