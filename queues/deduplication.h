// What a FIFO queue or topic has accepted in the last five minutes, so that sending it again adds nothing. [aws 79]
//
// Pure: time comes in. What was added is collected for the core to write at the end of the turn (TakeAdded); at
// recovery it comes back by Add and Number, in the order of time.
//
// Not thread-safe. The engine thread owns it.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "hub/base/result.h"
#include "hub/base/time.h"
#include "queues/chunk.h"

namespace queues {

// Of a deduplication id, and of the group where that is its scope: a keyed hash, so that nobody can make two equal.
using Fingerprint = std::array<std::uint64_t, 2>;

// Messages accepted in one turn, as they are stored.
struct Accepted {
  hub::Instant at{};
  std::vector<std::pair<Fingerprint, Sequence>> messages;

  std::string Encode() const;
  [[nodiscard]] static hub::Result<Accepted> Decode(std::string_view bytes);
};

class Deduplication {
 public:
  // The sequence that the message got when it was accepted, if that was within the window.
  std::optional<Sequence> Find(const Fingerprint& fingerprint) const;

  // There must be none like it. Until Number has told its sequence, nobody may ask for that.
  void Add(const Fingerprint& fingerprint, hub::Instant now);

  // It has been added without a sequence.
  void Number(const Fingerprint& fingerprint, Sequence sequence);

  // Forgets what was accepted a window before `now`; returns how many. Call it before Find.
  std::size_t Expire(hub::Instant now);

  // When the oldest that is known was accepted, or kNever.
  hub::Instant Oldest() const { return accepted_.empty() ? hub::kNever : accepted_.front().second; }
  // What was added and numbered since the last call, in a turn at `now`.
  Accepted TakeAdded(hub::Instant now) { return {.at = now, .messages = std::exchange(added_, {})}; }
  bool HasAdded() const { return !added_.empty(); }

  std::size_t size() const { return accepted_.size(); }
  void Clear();

 private:
  struct Hash {
    std::size_t operator()(const Fingerprint& fingerprint) const { return fingerprint[0]; }
  };

  std::unordered_map<Fingerprint, Sequence, Hash> sequences_;
  std::deque<std::pair<Fingerprint, hub::Instant>> accepted_;  // In the order of time.
  std::vector<std::pair<Fingerprint, Sequence>> added_;
};

}  // namespace queues
