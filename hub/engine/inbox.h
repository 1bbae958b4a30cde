// The way into the engine: endpoints push commands from their own threads, the engine takes them a turn at a time.
//
// Thread-safe. Bounded by kInboxBytesMax: a full inbox refuses, and the endpoint stops reading from its peers until
// there is room, so that a flood waits in the peers' own buffers.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <vector>

#include "hub/base/limits.h"
#include "hub/base/time.h"
#include "hub/core/command.h"

namespace hub::engine {

class Inbox {
 public:
  // Moves all of `commands` in, in order, or none of them when the inbox is full.
  [[nodiscard]] bool TryPush(std::vector<core::Command>& commands);

  // Tells the engine that the client behind a session is gone: what waits for it is forgotten.
  void EndSession(std::uint32_t endpoint, std::uint64_t session);

  struct Ended {
    std::uint32_t endpoint;
    std::uint64_t session;
  };

  // What one turn takes, bounded in number and bytes.
  struct Taken {
    std::vector<core::Command> commands;
    std::vector<Ended> ended;
  };

  // Waits until there is something, `Wake` is called or `timeout` has passed, then takes up to the bounds of a turn,
  // and at most `commands_max` commands.
  Taken Take(Duration timeout, std::size_t commands_max = kTurnCommandsMax);

  // Makes a waiting Take return. Any thread.
  void Wake();

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<core::Command> commands_;
  std::vector<Ended> ended_;
  std::size_t bytes_ = 0;
  bool woken_ = false;
};

}  // namespace hub::engine
