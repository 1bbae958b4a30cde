#include "queues/delayed.h"

#include "hub/base/assert.h"

namespace queues {

void Delayed::Add(std::uint64_t turn, hub::Instant due, hub::Instant stored, std::uint32_t count) {
  count_ += count;
  latest_ = std::max(latest_, stored);
  if (pending_.empty() || pending_.back().first != turn) pending_.emplace_back(turn, due);
  pending_.back().second = std::min(pending_.back().second, due);
}

void Delayed::Committed(std::uint64_t turn) {
  while (!pending_.empty() && pending_.front().first <= turn) {
    next_ = std::min(next_, pending_.front().second);
    pending_.erase(pending_.begin());
  }
}

void Delayed::LookAgain() {
  if (count_ > 0) next_ = hub::InstantOf(0);
  for (auto& [turn, due] : pending_) due = hub::InstantOf(0);
}

void Delayed::BeginScan() {
  scanning_ = true;
  next_ = hub::kNever;
}

void Delayed::EndScan(std::uint64_t moved, std::optional<hub::Instant> next) {
  HUB_ASSERT(moved <= count_);
  scanning_ = false;
  count_ -= moved;
  if (next) next_ = std::min(next_, *next);
}

void Delayed::Clear() {
  count_ = 0;
  next_ = hub::kNever;
  pending_.clear();
  scanning_ = false;  // The caller ignores what a scan under way still brings.
}

}  // namespace queues
