#include "queues/attempts.h"

#include <utility>

#include "hub/base/assert.h"
#include "hub/base/limits.h"

namespace queues {

using hub::Instant;

Attempt* Attempts::Find(std::string_view id, Instant now) {
  Expire(now);
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : &found->second->attempt;
}

void Attempts::Add(std::string id, Attempt attempt) {
  HUB_ASSERT(!by_id_.contains(id));
  const std::size_t weight = attempt.messages.size() + 1;
  if (weight > hub::kAttemptMessagesMax) return;
  while (messages_ + weight > hub::kAttemptMessagesMax) ForgetOldest();
  messages_ += weight;
  const auto at = by_age_.insert(by_age_.end(), {std::move(id), std::move(attempt)});
  by_id_.emplace(at->id, at);
}

void Attempts::Spoil(Attempt& attempt) {
  messages_ -= attempt.messages.size();
  attempt.messages = {};
}

void Attempts::Expire(Instant now) {
  while (ForgetDue() <= now) ForgetOldest();
}

Instant Attempts::ForgetDue() const {
  return by_age_.empty() ? hub::kNever : by_age_.front().attempt.at + hub::kAttemptWindow;
}

void Attempts::Clear() {
  by_id_.clear();
  by_age_.clear();
  messages_ = 0;
}

void Attempts::ForgetOldest() {
  const Entry& oldest = by_age_.front();
  messages_ -= oldest.attempt.messages.size() + 1;
  by_id_.erase(oldest.id);
  by_age_.pop_front();
}

}  // namespace queues
