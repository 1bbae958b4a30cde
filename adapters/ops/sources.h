// What the pages tell of the hub and cannot ask it through the inbox. The wiring fills it in: adapters do not know each
// other.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hub/engine/histogram.h"

namespace adapters::ops {

enum class State : std::uint8_t {
  kRecovering,  // Not yet open to clients.
  kReady,
  kNoSpace,  // Too little disk left: nothing new is taken in, the rest goes on.
  kStopping,
};

// Numbers from outside the core.
struct Readings {
  hub::engine::Histogram::Snapshot flushes = {};  // One fsync each.
  hub::engine::Histograms::Named requests = {};   // Of HTTP clients, by operation of the hub, from asked to answered.
  std::vector<std::pair<std::string_view, std::uint64_t>> connections = {};   // Now, by endpoint.
  std::vector<std::pair<std::string_view, std::uint64_t>> http_refused = {};  // Connections and requests, by why.
  std::uint64_t resident_bytes = 0;
};

// Every function may be called from any thread, at any time.
struct Sources {
  std::string version;  // "1.2.3"
  std::function<State()> state;
  std::function<Readings()> readings;
};

}  // namespace adapters::ops
