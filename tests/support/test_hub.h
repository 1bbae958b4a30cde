// A whole hub on one thread, on a clock that the test turns and a store in memory: production core, engine and
// encoding.
//
//   TestHub hub(R"(accounts: ...)");                    // a configuration, or none
//   auto reply = hub.Ask(hub.As("shop/checkout"), Send{...});   // runs turns until the answer is there
//   hub.Advance(30s);
//   hub.Restart();                                      // as after kill -9: memory is gone, the store is not
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "hub/base/assert.h"
#include "hub/core/core.h"
#include "hub/engine/engine.h"
#include "tests/support/memory_store.h"

namespace testing_support {

class ManualClock : public hub::engine::Clock {
 public:
  hub::Duration Steady() override { return steady; }
  hub::Instant Wall() override { return wall; }

  hub::Duration steady{};
  hub::Instant wall = hub::InstantOf(1'700'000'000'000'000);
};

class ManualCommitter;

// Reads when the engine takes.
class ManualLoader : public hub::engine::Loader {
 public:
  explicit ManualLoader(hub::engine::Store& store) : store_(store) {}

  void Submit(hub::core::Load load) override;
  std::vector<hub::core::Loaded> Take() override;
  bool Any() const { return !waiting_.empty(); }

 private:
  hub::engine::Store& store_;
  std::vector<hub::core::Load> waiting_;
};

class TestHub {
 public:
  explicit TestHub(std::size_t window_bytes_max = hub::kWindowBytesMax);
  ~TestHub();
  TestHub(const TestHub&) = delete;
  TestHub& operator=(const TestHub&) = delete;

  MemoryStore& store() { return store_; }
  ManualClock& clock() { return clock_; }
  hub::core::Core& core() { return *core_; }
  const std::vector<hub::core::LogLine>& log() const { return log_; }

  void Advance(hub::Duration by);

  // Memory is gone; so is what was not flushed, when the power goes with it.
  void Restart(bool power_loss = false);

  hub::Result<hub::core::Reply> Configure(std::shared_ptr<const hub::core::Config> config);

  std::uint64_t session = 1;  // Whose requests these are.

  // The client behind a session is gone.
  void EndSession(std::uint64_t ended);

  // Posts a command and runs turns until everything that can happen now has happened. Returns its number.
  std::uint64_t Post(std::shared_ptr<const hub::core::Caller> caller, hub::core::Operation operation,
                     std::optional<std::uint64_t> of_session = {});

  // All of them in one turn, if they are few.
  void PostTogether(std::vector<hub::core::Command> commands);

  // What went to the live feed since the last call, turn by turn.
  std::vector<hub::core::FeedTurn> TakeFeed() { return std::exchange(feed_, {}); }

  // The answer to that number, once: nothing while it is not there.
  std::optional<hub::Result<hub::core::Reply>> TakeAnswer(std::uint64_t request);

  // Whoever delivers to subscribers that are not queues: a session of its own, whose requests are subscriptions.
  static constexpr std::uint64_t kDeliverer = 1'000'000;

  // What has been handed to it since the last call, without heartbeats.
  std::vector<hub::core::ReceiveReply> TakeDeliveries();

  hub::Result<hub::core::Reply> Ask(std::shared_ptr<const hub::core::Caller> caller, hub::core::Operation operation);

  // Runs turns until nothing is left to do at this instant.
  void Settle();

 private:
  void Start();

  const std::size_t window_bytes_max_;
  MemoryStore store_;
  ManualClock clock_;
  hub::engine::Inbox inbox_;
  std::vector<hub::core::Answer> answers_;
  std::vector<hub::core::FeedTurn> feed_;
  std::vector<hub::core::LogLine> log_;
  std::shared_ptr<const hub::core::Config> config_;
  std::unique_ptr<hub::core::Core> core_;
  std::unique_ptr<ManualCommitter> committer_;
  std::unique_ptr<ManualLoader> loader_;
  std::unique_ptr<hub::engine::Engine> engine_;
  std::uint64_t requests_ = 0;
  std::uint64_t settled_ = 0;
  unsigned starts_ = 0;
};

}  // namespace testing_support
