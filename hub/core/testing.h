// What a test wants of a hub that it runs against, and nobody else: its clock turned on, everything away, queues that
// misbehave. Only in `mode: local`, and only from the hub's own pages.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "hub/base/time.h"

namespace hub::core {

inline constexpr Duration kAdvanceMax = std::chrono::hours(24 * 366 * 10);  // Of all advances together.
inline constexpr Duration kLatencyMax = std::chrono::seconds(60);
inline constexpr std::size_t kLateMax = 20'000;  // Commands that wait for a latency to pass.

// Turns hub time on: what is due by then is due at once. It persists, and never goes back.
struct AdvanceClock {
  Duration by{};
};

// Deletes all queues, topics and subscriptions with their messages; what the configuration declares is made anew. The
// clock stays.
struct Reset {};

// How a queue misbehaves. Chances are from 0 to 1. Forgotten when the hub restarts.
struct Misbehaviour {
  // Of a message that its first delete is forgotten, as it may be with SQS: the message comes once more. Standard
  // queues only, as is
  double duplicates = 0;
  bool reorder = false;  // that messages come out of order.
  Duration latency{};    // How long each request waits before it is looked at.
  double throttle = 0;   // Of a request that it is refused as one too many.
  double errors = 0;     // Of a request that it fails with an error of the hub's.
  std::uint64_t seed = 0;

  friend bool operator==(const Misbehaviour&, const Misbehaviour&) = default;
};

struct SetMisbehaviour {
  std::string queue;
  std::optional<Misbehaviour> misbehaviour;  // Nothing: it behaves.
};

struct DescribeMisbehaviour {
  std::string queue;
};

struct TestCommand {
  std::variant<AdvanceClock, Reset, SetMisbehaviour, DescribeMisbehaviour> what;
};

struct TestReply {
  Instant now{};                             // Hub time, after an advance.
  Duration advanced{};                       // By all advances on this store.
  std::optional<Misbehaviour> misbehaviour;  // Of the queue that was asked for; all zero: it behaves.
};

}  // namespace hub::core
