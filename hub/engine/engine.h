// The heartbeat: takes what has arrived, decides it at one instant, hands it to the committer, and again.
//
// One thread, the engine thread, calls Run (or RunTurn) and owns the core. Stop may be called from any thread.
#pragma once

#include <atomic>
#include <deque>
#include <functional>

#include "hub/core/core.h"
#include "hub/engine/clock.h"
#include "hub/engine/committer.h"
#include "hub/engine/inbox.h"
#include "hub/engine/loader.h"
#include "hub/engine/store.h"

namespace hub::engine {

class Engine {
 public:
  struct Ports {
    Inbox& inbox;
    Clock& clock;
    Store& store;
    Committer& committer;
    Loader& loader;
    std::function<void(const core::LogLine&)> log;
  };

  // `core` has recovered. Below `space_left_min` bytes on disk, nothing new is taken in.
  Engine(core::Core& core, Ports ports, std::uint64_t space_left_min);

  // One turn: waits up to `wait` for something to do.
  void RunTurn(Duration wait);

  // Turns until Stop, then a last one that answers everybody who waits.
  void Run();
  void Stop();

  // Hub time now.
  Instant Now();

 private:
  void ApplyCommands(std::vector<core::Command> commands, core::Turn& turn);
  void Finish(core::Turn turn);

  core::Core& core_;
  Ports ports_;
  const std::uint64_t space_left_min_;
  const Duration steady_at_start_;
  std::uint64_t turns_ = 0;
  std::uint64_t committed_ = 0;
  std::deque<core::Command> left_over_;  // A turn that grew too large leaves the rest to the next.
  std::atomic<bool> stopping_{false};
};

}  // namespace hub::engine
