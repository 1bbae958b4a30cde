#include "queues/slots.h"

#include <algorithm>

#include "hub/base/assert.h"
#include "hub/base/bytes.h"

namespace queues {
namespace {

using hub::Instant;

constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kKeyNone = 0;

}  // namespace

std::uint32_t SlotSet::Next(std::uint32_t from) const {
  for (std::size_t w = from / 64; w < 4; ++w) {
    std::uint64_t bits = words_[w];
    if (w == from / 64) bits &= ~std::uint64_t{0} << (from % 64);
    if (bits != 0) return static_cast<std::uint32_t>(w * 64 + static_cast<std::size_t>(std::countr_zero(bits)));
  }
  return hub::kChunkMessagesMax;
}

std::vector<SlotState>& Slots::States() {
  if (!states_) states_ = std::make_unique<std::vector<SlotState>>(count_);
  return *states_;
}

const SlotState& Slots::Receive(std::uint32_t i, Instant now, Instant until) {
  HUB_ASSERT(IsAvailable(i));
  SlotState& state = States()[i];
  if (state.receives == 0) state.first_received = now;
  ++state.receives;
  state.this_boot = true;
  state.hidden_until = until;
  if (until > now) available_.Remove(i);
  return state;
}

void Slots::Hide(std::uint32_t i, Instant until) {
  HUB_ASSERT(!IsDeleted(i));
  States()[i].hidden_until = until;
  available_.Remove(i);
}

void Slots::Show(std::uint32_t i) {
  HUB_ASSERT(!IsDeleted(i));
  available_.Add(i);
}

void Slots::Delete(std::uint32_t i) {
  HUB_ASSERT(!IsDeleted(i));
  deleted_.Add(i);
  available_.Remove(i);
}

std::uint32_t Slots::ShowDue(Instant now, Instant& next) {
  next = hub::kNever;
  if (!states_) return 0;
  std::uint32_t shown = 0;
  for (std::uint32_t i = 0; i < count_; ++i) {
    if (!IsInFlight(i)) continue;
    const Instant until = (*states_)[i].hidden_until;
    if (until <= now) {
      available_.Add(i);
      ++shown;
    } else {
      next = std::min(next, until);
    }
  }
  return shown;
}

// Slots that were received together have the same state, so states are written as runs.
std::string Slots::Encode() const {
  std::string out;
  hub::Writer writer(out);
  writer.Fixed(kVersion);
  writer.Fixed(kKeyNone);
  for (std::size_t w = 0; w * 64 < count_; ++w) writer.Fixed(deleted_.word(w));
  for (std::size_t w = 0; w * 64 < count_; ++w) writer.Fixed(available_.word(w));
  for (std::uint32_t i = 0; i < count_;) {
    const SlotState state = IsDeleted(i) ? SlotState{} : StateOf(i);
    std::uint32_t run = 1;
    while (i + run < count_ && (IsDeleted(i + run) ? SlotState{} : StateOf(i + run)) == state) ++run;
    writer.Varint(run);
    // A message may be hidden though its receive was lost with the power, so the times have a bit of their own.
    const bool has_times = state.first_received != Instant() || state.hidden_until != Instant();
    writer.Varint(std::uint64_t{state.receives} << 1 | (has_times ? 1 : 0));
    if (has_times) {
      writer.Varint(static_cast<std::uint64_t>(hub::MicrosOf(state.first_received)));
      writer.Varint(static_cast<std::uint64_t>(hub::MicrosOf(state.hidden_until)));
    }
    i += run;
  }
  return out;
}

hub::Result<Slots> Slots::Decode(std::string_view bytes, std::uint32_t count) {
  const auto damaged = hub::Fail(hub::Code::kStorage, "The stored state of a chunk cannot be read: it is damaged.");
  hub::Reader reader(bytes);
  if (reader.Fixed<std::uint8_t>() != kVersion || reader.Fixed<std::uint8_t>() != kKeyNone) return damaged;
  Slots slots(count);
  for (std::size_t w = 0; w * 64 < count; ++w) slots.deleted_.set_word(w, reader.Fixed<std::uint64_t>());
  for (std::size_t w = 0; w * 64 < count; ++w) slots.available_.set_word(w, reader.Fixed<std::uint64_t>());
  for (std::uint32_t i = 0; i < count;) {
    const std::uint64_t run = reader.Varint();
    SlotState state;
    const std::uint64_t receives = reader.Varint();
    state.receives = static_cast<std::uint32_t>(receives >> 1);
    if (receives & 1) {
      state.first_received = hub::InstantOf(static_cast<std::int64_t>(reader.Varint()));
      state.hidden_until = hub::InstantOf(static_cast<std::int64_t>(reader.Varint()));
    }
    if (!reader.ok() || run == 0 || run > count - i) return damaged;
    if (receives > 0) std::fill_n(slots.States().begin() + i, run, state);
    i += static_cast<std::uint32_t>(run);
  }
  const bool past_end = slots.deleted_.Next(count) < hub::kChunkMessagesMax && count < hub::kChunkMessagesMax;
  const bool available_past_end =
      slots.available_.Next(count) < hub::kChunkMessagesMax && count < hub::kChunkMessagesMax;
  if (!reader.AtEnd() || past_end || available_past_end) return damaged;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (slots.deleted_.Has(i) && slots.available_.Has(i)) return damaged;
  }
  return slots;
}

}  // namespace queues
