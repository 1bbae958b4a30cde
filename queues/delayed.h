// When a queue's delayed messages fall due. The messages themselves lie in the store, ordered by due time; memory knows
// how many there are and when to look next, however many wait.
//
// Not thread-safe. The engine thread owns it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "hub/base/time.h"

namespace queues {

class Delayed {
 public:
  // After a restart the store knows better: look at once.
  explicit Delayed(std::uint64_t count = 0, hub::Instant latest = {})
      : count_(count), next_(count > 0 ? hub::InstantOf(0) : hub::kNever), latest_(latest) {}

  std::uint64_t count() const { return count_; }
  // No message is stored as due after this.
  hub::Instant latest() const { return latest_; }

  // `count` messages written in `turn` fall due at `due`. Stored as due at `stored`, which is later where they lie
  // behind others that were to wait for longer.
  void Add(std::uint64_t turn, hub::Instant due, hub::Instant stored, std::uint32_t count);

  // What that turn wrote can be read now.
  void Committed(std::uint64_t turn);

  // When the store should be read for due messages: kNever while that is under way.
  hub::Instant NextDue() const { return scanning_ ? hub::kNever : next_; }

  // They may fall due at other times now: a FIFO queue's delay has changed.
  void LookAgain();

  void BeginScan();
  // `moved` messages were due and are no longer delayed; `next` is when the first that was left falls due.
  void EndScan(std::uint64_t moved, std::optional<hub::Instant> next);

  void Clear();

 private:
  std::uint64_t count_;
  hub::Instant next_;  // Of what can be read.
  hub::Instant latest_;
  bool scanning_ = false;
  std::vector<std::pair<std::uint64_t, hub::Instant>> pending_;  // Turn, earliest due: not readable yet.
};

}  // namespace queues
