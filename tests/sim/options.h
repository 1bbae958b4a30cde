// What a run of the simulation is asked for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sim {

// The hub as it is, or broken in one way from outside, to show that the simulation notices.
enum class Variant : std::uint8_t {
  kNone,
  kAckBeforeFlush,  // Answers leave as soon as the turn is decided.
  kLostBitmap,      // What was deleted and received of a chunk is never stored.
  kNoPolicyCheck,   // A topic delivers to queues whose policy does not admit it.
  kTwoOwners,       // Some receives do not hide what they hand out.
  kNoOwnDelay,      // A message is delayed as its queue says only.
  kNoAttempts,      // A receive that is asked for once more is another one.
  kNoRelease,       // What a push consumer holds stays hidden when its session ends.
  kMoreCredit,      // Push consumers get one message more than they asked for.
  kOpenFeed,        // Anybody may follow any topic on the live feed.
  kLeakyFeed,       // What is published goes to followers of other topics, too.
  kLossyFeed,       // Some messages do not go to the feed.
  kDeafFeed,        // Whoever may no longer follow goes on.
  kEarlyFeed,       // The feed does not wait until a message is on disk.
  kAnyToken,        // Whatever token is shown confirms the subscription that was asked for last.
};

enum class StoreKind : std::uint8_t { kMemory, kRocksDb };

struct Options {
  std::uint64_t seed = 1;
  Variant variant = Variant::kNone;
  StoreKind store = StoreKind::kMemory;
  std::size_t trace_steps = 30;  // So many last steps are shown when something is wrong.
  bool ignore_syncs = false;     // RocksDB only: the disk acknowledges syncs and does nothing.
};

std::string_view NameOf(Variant variant);
std::optional<Variant> ParseVariant(std::string_view name);

// The arguments that repeat a run.
std::string ArgumentsOf(const Options& options);

}  // namespace sim
