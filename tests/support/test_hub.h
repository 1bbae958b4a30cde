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

// Commits a turn at once, when told to.
class ManualCommitter : public hub::engine::Committer {
 public:
  ManualCommitter(hub::engine::Store& store, std::vector<hub::core::Answer>& answers,
                  std::vector<hub::core::FeedTurn>& feed)
      : store_(store), answers_(answers), feed_(feed) {}

  void Submit(hub::core::Turn turn) override {
    if (!turn.batch.writes.empty()) HUB_ASSERT(store_.Write(turn.batch).has_value());
    if (turn.batch.flush) HUB_ASSERT(store_.Flush().has_value());
    written_ = turn.index;
    for (hub::core::Answer& answer : turn.answers) answers_.push_back(std::move(answer));
    if (!turn.feed.empty()) feed_.push_back(std::move(turn.feed));
  }
  std::uint64_t Written() const override { return written_; }
  void WaitForRoom() override {}

 private:
  hub::engine::Store& store_;
  std::vector<hub::core::Answer>& answers_;
  std::vector<hub::core::FeedTurn>& feed_;
  std::uint64_t written_ = 0;
};

// Reads when the engine takes.
class ManualLoader : public hub::engine::Loader {
 public:
  explicit ManualLoader(hub::engine::Store& store) : store_(store) {}

  void Submit(hub::core::Load load) override { waiting_.push_back(std::move(load)); }
  std::vector<hub::core::Loaded> Take() override {
    std::vector<hub::core::Loaded> done;
    for (const hub::core::Load& load : std::exchange(waiting_, {})) {
      auto loaded = hub::core::ReadLoad(
          load, [this](auto from, auto to, const auto& visit) { return store_.Scan(from, to, visit); });
      HUB_ASSERT(loaded.has_value());
      done.push_back(std::move(*loaded));
    }
    return done;
  }
  bool Any() const { return !waiting_.empty(); }

 private:
  hub::engine::Store& store_;
  std::vector<hub::core::Load> waiting_;
};

class TestHub {
 public:
  explicit TestHub(std::size_t window_bytes_max = hub::kWindowBytesMax) : window_bytes_max_(window_bytes_max) {
    Start();
  }

  MemoryStore& store() { return store_; }
  ManualClock& clock() { return clock_; }
  hub::core::Core& core() { return *core_; }
  const std::vector<hub::core::LogLine>& log() const { return log_; }

  void Advance(hub::Duration by) {
    clock_.steady += by;
    clock_.wall += by;
    Settle();
  }

  // Memory is gone; so is what was not flushed, when the power goes with it.
  void Restart(bool power_loss = false) {
    engine_.reset();
    core_.reset();
    if (power_loss) store_.LosePower(0);
    Start();
    if (config_) Ask(nullptr, hub::core::Reload{config_});
  }

  hub::Result<hub::core::Reply> Configure(std::shared_ptr<const hub::core::Config> config) {
    config_ = config;
    return Ask(nullptr, hub::core::Reload{std::move(config)});
  }

  std::uint64_t session = 1;  // Whose requests these are.

  // The client behind a session is gone.
  void EndSession(std::uint64_t ended) {
    inbox_.EndSession(/*endpoint=*/0, ended);
    Settle();
  }

  // Posts a command and runs turns until everything that can happen now has happened. Returns its number.
  std::uint64_t Post(std::shared_ptr<const hub::core::Caller> caller, hub::core::Operation operation,
                     std::optional<std::uint64_t> of_session = {}) {
    hub::core::Command command;
    command.ticket = {.endpoint = 0, .session = of_session.value_or(session), .request = ++requests_};
    command.caller = std::move(caller);
    command.operation = std::move(operation);
    std::vector<hub::core::Command> commands;
    commands.push_back(std::move(command));
    HUB_ASSERT(inbox_.TryPush(commands));
    Settle();
    return requests_;
  }

  // All of them in one turn, if they are few.
  void PostTogether(std::vector<hub::core::Command> commands) {
    for (hub::core::Command& command : commands) {
      command.ticket = {.endpoint = 0, .session = session, .request = ++requests_};
    }
    HUB_ASSERT(inbox_.TryPush(commands));
    Settle();
  }

  // What went to the live feed since the last call, turn by turn.
  std::vector<hub::core::FeedTurn> TakeFeed() { return std::exchange(feed_, {}); }

  // The answer to that number, once: nothing while it is not there.
  std::optional<hub::Result<hub::core::Reply>> TakeAnswer(std::uint64_t request) {
    for (auto at = answers_.begin(); at != answers_.end(); ++at) {
      if (at->ticket.request != request || at->ticket.session == kDeliverer) continue;
      hub::Result<hub::core::Reply> reply = std::move(at->reply);
      answers_.erase(at);
      return reply;
    }
    return std::nullopt;
  }

  // Whoever delivers to subscribers that are not queues: a session of its own, whose requests are subscriptions.
  static constexpr std::uint64_t kDeliverer = 1'000'000;

  // What has been handed to it since the last call, without heartbeats.
  std::vector<hub::core::ReceiveReply> TakeDeliveries() {
    std::vector<hub::core::ReceiveReply> taken;
    for (hub::core::Answer& answer : answers_) {
      if (answer.ticket.session != kDeliverer || !answer.reply) continue;
      auto* reply = std::get_if<hub::core::ReceiveReply>(&*answer.reply);
      if (reply && reply->target) taken.push_back(std::move(*reply));
    }
    std::erase_if(answers_, [](const hub::core::Answer& answer) { return answer.ticket.session == kDeliverer; });
    return taken;
  }

  hub::Result<hub::core::Reply> Ask(std::shared_ptr<const hub::core::Caller> caller, hub::core::Operation operation) {
    auto answer = TakeAnswer(Post(std::move(caller), std::move(operation)));
    HUB_ASSERT(answer.has_value());  // Of a long poll, use Post and TakeAnswer.
    return std::move(*answer);
  }

  // Runs turns until nothing is left to do at this instant.
  void Settle() {
    for (int turns = 0; turns < 10'000; ++turns) {
      engine_->RunTurn(hub::Duration::zero());
      if (!loader_->Any() && core_->NextDue() > engine_->Now() && committer_->Written() <= settled_) return;
      settled_ = committer_->Written();
    }
    HUB_ASSERT(false);  // It spins.
  }

 private:
  void Start() {
    hub::core::Core::Options options;
    options.secret.fill(static_cast<unsigned char>(++starts_));  // As in the program: the store's own is to win.
    options.window_bytes_max = window_bytes_max_;
    core_ = std::make_unique<hub::core::Core>(options);
    const auto recovered = core_->Recover(
        [this](auto from, auto to, const auto& visit) { return store_.Scan(from, to, visit); }, clock_.wall);
    HUB_ASSERT(recovered.has_value());
    committer_ = std::make_unique<ManualCommitter>(store_, answers_, feed_);
    loader_ = std::make_unique<ManualLoader>(store_);
    settled_ = 0;
    engine_ = std::make_unique<hub::engine::Engine>(
        *core_,
        hub::engine::Engine::Ports{.inbox = inbox_,
                                   .clock = clock_,
                                   .store = store_,
                                   .committer = *committer_,
                                   .loader = *loader_,
                                   .log = [this](const hub::core::LogLine& line) { log_.push_back(line); }},
        std::uint64_t{1} << 20);
  }

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
