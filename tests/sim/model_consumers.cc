// The reference for push consumers: each gets messages as they come, but never holds more than its credit, and what it
// holds can be received again as soon as its session ends or it is cancelled.

#include <algorithm>

#include "tests/sim/model.h"

namespace sim {

using hub::Duration;
using hub::Instant;
using hub::core::ReceiveReply;

// A consumer does not outlive its hub, nor a message's visibility that it holds it.
void Model::FindLapsed(const Event& event) {
  std::erase_if(consumers_, [&](const auto& consumer) { return consumer.second.boot != event.boot; });
  for (auto& [request, consumer] : consumers_) {
    std::erase_if(consumer.held, [&](const auto& held) { return held.second <= event.now; });
  }
}

// Whatever takes the message out of flight gives the credit back.
void Model::GiveBack(const QueueState& queue, const Key& key) {
  for (auto& [request, consumer] : consumers_) {
    if (consumer.queue == queue.uid) consumer.held.erase(key);
  }
}

void Model::Hold(const QueueState& queue, const Key& key, Instant until) {
  for (auto& [request, consumer] : consumers_) {
    const auto held = consumer.queue == queue.uid ? consumer.held.find(key) : consumer.held.end();
    if (held != consumer.held.end()) held->second = std::min(until, ExpiryOf(queue, queue.messages.at(key)));
  }
}

void Model::Release(const Consumer& consumer) {
  QueueState* queue = FindByUid(consumer.queue);
  if (!queue) return;
  for (const auto& [key, until] : consumer.held) {
    const auto at = queue->messages.find(key);
    if (at != queue->messages.end()) at->second.hidden_until = {};
  }
}

void Model::EndSession(std::uint64_t session) {
  std::erase_if(consumers_, [&](const auto& consumer) {
    if (consumer.second.session != session) return false;
    Release(consumer.second);
    return true;
  });
}

// --- Answers --------------------------------------------------------------------------------------------------------

void Model::Check(const hub::core::Consume& consume, const Event& event) {
  const auto consumer = consumers_.find(event.issued->request);
  if (consumer == consumers_.end()) return Open(consume, event);
  QueueState* queue = FindByUid(consumer->second.queue);
  if (!queue) return Fail(event, "the consumer has outlived its queue");
  if (event.has_more) return Push(*queue, consumer->second, consume, event);
  CheckEnd(*queue, consumer->second, event);
  consumers_.erase(consumer);
}

void Model::Open(const hub::core::Consume& consume, const Event& event) {
  const bool is_wrong =
      consume.credit < 1 || consume.credit > hub::kCreditMax ||
      (consume.visibility && (*consume.visibility < hub::kPushVisibilityMin || !IsVisibility(*consume.visibility)));
  const QueueState* queue = QueueFor(event, consume.queue, is_wrong);
  if (!queue) return;
  if (!event.has_more || !std::get<ReceiveReply>(**event.reply).deliveries.empty()) {
    return Fail(event, "a consumer is opened with messages, or not at all");
  }
  consumers_[event.issued->request] = {
      .session = event.issued->session, .queue = queue->uid, .boot = event.boot, .credit = consume.credit, .held = {}};
  if (known_) known_->consumers.push_back({event.issued->session, event.issued->request});
}

void Model::Push(QueueState& queue, Consumer& consumer, const hub::core::Consume& consume, const Event& event) {
  if (!*event.reply) return Fail(event, "an error is the last answer");
  if (!MayUse(event.issued->caller, queue.name)) return Fail(event, "the consumer goes on though its caller may not");
  const auto& deliveries = std::get<ReceiveReply>(**event.reply).deliveries;
  if (deliveries.empty()) return;  // A heartbeat.
  if (consumer.is_credit_known && consumer.held.size() + deliveries.size() > consumer.credit) {
    return Fail(event, "pushed " + std::to_string(deliveries.size()) + " to a consumer that holds " +
                           std::to_string(consumer.held.size()) + " and has a credit of " +
                           std::to_string(consumer.credit));
  }
  const Duration visibility = consume.visibility.value_or(queue.Seconds("VisibilityTimeout", 30));
  const Instant until = event.now + std::max<Duration>(visibility, hub::kPushVisibilityMin);
  const auto taken = Take(queue, deliveries, until, event);
  if (!taken) return;
  for (const Key& key : *taken) consumer.held[key] = std::min(until, ExpiryOf(queue, queue.messages.at(key)));
}

// The last answer: cancelled, or an error.
void Model::CheckEnd(const QueueState& queue, const Consumer& consumer, const Event& event) {
  const auto& reply = *event.reply;
  if (reply) {
    if (!std::get<ReceiveReply>(*reply).deliveries.empty()) Fail(event, "the last answer holds messages");
    announced_cancels_.emplace(event.turn, event.issued->request);
    return Release(consumer);
  }
  switch (reply.error().code) {
    case Code::kUnavailable:  // It may acknowledge what it holds when the hub is back.
      if (!event.is_stopping) Fail(event, "the consumer ended: " + reply.error().message);
      return;
    case Code::kQueueNotFound: announced_deletions_.emplace(event.turn, queue.name); return;
    case Code::kAccessDenied:
      if (MayUse(event.issued->caller, queue.name)) Fail(event, "the consumer ended though its caller may receive");
      return Release(consumer);
    default: Fail(event, "the consumer ended: " + reply.error().message);
  }
}

// The consumer's last answer comes just before the one to Cancel.
void Model::Check(const hub::core::Cancel& cancel, const Event& event) {
  const auto consumer = consumers_.find(cancel.consumer);
  if (consumer != consumers_.end() && consumer->second.session == event.issued->session) {
    return Fail(event, "the consumer has not ended");
  }
  const bool has_ended = announced_cancels_.erase({event.turn, cancel.consumer}) > 0;
  Refused(event, has_ended ? std::nullopt : std::optional(Code::kInvalidArgument));
}

// A purge ends every flight.
void Model::ForgetHeld(const QueueState& queue) {
  for (auto& [request, consumer] : consumers_) {
    if (consumer.queue == queue.uid) consumer.held.clear();
  }
}

// At rest, nobody who has credit waits while there are messages.
void Model::CheckServed(const QueueState& queue, std::uint64_t visible, const Event& event) {
  const auto waiting = std::ranges::find_if(consumers_, [&](const auto& consumer) {
    return consumer.second.queue == queue.uid && consumer.second.is_credit_known &&
           consumer.second.held.size() < consumer.second.credit;
  });
  if (waiting == consumers_.end()) return;
  if (queue.IsFifo()) return NoGroupReady(queue, event);
  if (visible > 0) Fail(event, "consumer #" + std::to_string(waiting->first) + " waits though there are messages");
}

}  // namespace sim
