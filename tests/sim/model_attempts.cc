// The reference for receives of a FIFO queue that carry an attempt id. A hub that starts again has forgotten them all.

#include <algorithm>

#include "tests/sim/model.h"

namespace sim {

using hub::core::Delivery;
using hub::core::ReceiveReply;

// What the same attempt got before, within its window; or null.
Attempt* Model::FindAttempt(const hub::core::Receive& receive, const Event& event) {
  const auto queue = queues_.find(receive.queue);
  if (queue == queues_.end()) return nullptr;
  const auto found = queue->second.attempts.find(receive.attempt);
  if (found == queue->second.attempts.end() || found->second.boot != event.boot) return nullptr;
  return found->second.at + hub::kAttemptWindow > event.now ? &found->second : nullptr;
}

// As soon as one of its messages is not as the receive left it. When that is open, the answer tells.
bool Model::IsRefused(const QueueState& queue, Attempt& attempt, const Event& event) {
  if (attempt.is_spoiled) return true;
  bool is_open = false;
  const bool is_same = std::ranges::all_of(attempt.messages, [&](const Attempt::Held& held) {
    const auto at = queue.messages.find(held.key);
    if (at == queue.messages.end() || IsExpired(queue, at->second, event.now)) return false;
    const Message& message = at->second;
    is_open = is_open || !message.IsSure();
    return message.receives == held.receive && message.hidden_until == attempt.until &&
           message.hidden_until > event.now;
  });
  attempt.is_spoiled = !is_same || (is_open && !*event.reply);
  return attempt.is_spoiled;
}

// The same messages under the same handles, hidden anew, but no longer than twelve hours since the first time.
void Model::Repeat(QueueState& queue, const hub::core::Receive& receive, Attempt& attempt, const Event& event) {
  const auto& deliveries = std::get<ReceiveReply>(**event.reply).deliveries;
  if (deliveries.size() != attempt.messages.size()) return Fail(event, "the attempt got other messages than before");
  attempt.until = std::min(event.now + queue.Visibility(receive), attempt.at + hub::kVisibilityMax);
  for (std::size_t i = 0; i < deliveries.size(); ++i) {
    const Attempt::Held& held = attempt.messages[i];
    const Delivery& delivery = deliveries[i];
    const auto at = queue.messages.find(held.key);
    if (at == queue.messages.end()) return Fail(event, "the attempt got a message that is gone");
    Message& message = at->second;
    if (delivery.id != message.id || delivery.handle != held.handle ||
        delivery.receive_count != message.prior + message.receives ||
        delivery.first_received != message.first_received) {
      return Fail(event, "the attempt got another message than before, or not in the same way");
    }
    CheckBody(held.key, message, delivery, event);
    message.hidden_until = attempt.until;
    message.may_be_gone = false;
  }
}

void Model::Remember(QueueState& queue, const hub::core::Receive& receive, const std::vector<Key>& taken,
                     const Event& event) {
  if (receive.attempt.empty() || taken.empty() || queue.Visibility(receive) == hub::Duration::zero()) return;
  const auto& deliveries = std::get<ReceiveReply>(**event.reply).deliveries;
  Attempt attempt{.at = event.now, .until = event.now + queue.Visibility(receive), .boot = event.boot, .messages = {}};
  for (std::size_t i = 0; i < taken.size(); ++i) {
    attempt.messages.push_back({taken[i], queue.messages.at(taken[i]).receives, deliveries[i].handle});
  }
  queue.attempts[receive.attempt] = std::move(attempt);
}

}  // namespace sim
