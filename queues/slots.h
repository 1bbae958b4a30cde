// What a queue knows of the messages of one chunk: deleted, available or in flight; how often and when received.
//
// A message's slot is its index in the chunk. All slots start available. Nothing is kept per message until one has been
// received, so a chunk that nobody has touched costs a few words.
#pragma once

#include <bit>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/limits.h"
#include "hub/base/result.h"
#include "hub/base/time.h"

namespace queues {

// A fixed set of up to kChunkMessagesMax slots.
class SlotSet {
 public:
  bool Has(std::uint32_t i) const { return words_[i / 64] >> (i % 64) & 1; }
  void Add(std::uint32_t i) { words_[i / 64] |= std::uint64_t{1} << (i % 64); }
  void Remove(std::uint32_t i) { words_[i / 64] &= ~(std::uint64_t{1} << (i % 64)); }
  bool Empty() const { return (words_[0] | words_[1] | words_[2] | words_[3]) == 0; }
  std::uint32_t Count() const {
    return static_cast<std::uint32_t>(std::popcount(words_[0]) + std::popcount(words_[1]) + std::popcount(words_[2]) +
                                      std::popcount(words_[3]));
  }
  // The first member at or after `from`, or `kChunkMessagesMax`.
  std::uint32_t Next(std::uint32_t from) const;
  void AddFirst(std::uint32_t count) {
    for (std::uint32_t i = 0; i < count; ++i) Add(i);
  }
  std::uint64_t word(std::size_t i) const { return words_[i]; }
  void set_word(std::size_t i, std::uint64_t bits) { words_[i] = bits; }

 private:
  static_assert(hub::kChunkMessagesMax == 256);
  std::uint64_t words_[4] = {};
};

struct SlotState {
  std::uint32_t receives = 0;
  bool this_boot = false;  // Received since the hub started: the newest handle is one of this boot's.
  hub::Instant first_received{};
  hub::Instant hidden_until{};  // Of a slot in flight.

  friend bool operator==(const SlotState&, const SlotState&) = default;
};

class Slots {
 public:
  explicit Slots(std::uint32_t count) : count_(count) { available_.AddFirst(count); }

  std::uint32_t count() const { return count_; }
  std::uint32_t Live() const { return count_ - deleted_.Count(); }
  std::uint32_t Available() const { return available_.Count(); }
  std::uint32_t InFlight() const { return Live() - Available(); }
  bool AnyAvailable() const { return !available_.Empty(); }
  std::uint32_t NextAvailable(std::uint32_t from) const { return available_.Next(from); }
  bool IsDeleted(std::uint32_t i) const { return deleted_.Has(i); }
  bool IsAvailable(std::uint32_t i) const { return available_.Has(i); }
  bool IsInFlight(std::uint32_t i) const { return !IsDeleted(i) && !IsAvailable(i); }

  // Whether there is anything that Encode would have to remember.
  bool Touched() const { return states_ != nullptr || deleted_.Count() > 0; }

  // The state of a slot that was never received is all zero.
  SlotState StateOf(std::uint32_t i) const { return states_ ? (*states_)[i] : SlotState{}; }

  // Hands slot `i` out: one more receive, hidden until `until`; `until == now` leaves it available.
  const SlotState& Receive(std::uint32_t i, hub::Instant now, hub::Instant until);
  // Hides it until then, or makes it available; it keeps its receives.
  void Hide(std::uint32_t i, hub::Instant until);
  void Show(std::uint32_t i);
  void Delete(std::uint32_t i);

  // Makes available what is due by `now`; returns how many. `next` becomes the earliest deadline left, or kNever.
  std::uint32_t ShowDue(hub::Instant now, hub::Instant& next);

  std::string Encode() const;
  // Fails with kStorage when the bytes do not describe `count` slots.
  [[nodiscard]] static hub::Result<Slots> Decode(std::string_view bytes, std::uint32_t count);

 private:
  std::vector<SlotState>& States();

  std::uint32_t count_;
  SlotSet deleted_;
  SlotSet available_;
  std::unique_ptr<std::vector<SlotState>> states_;
};

}  // namespace queues
