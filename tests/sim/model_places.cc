// The reference for where messages are: in which queue, given up, moved, expired.

#include <algorithm>
#include <utility>

#include "tests/sim/model.h"

namespace sim {

using hub::Instant;

bool Model::IsExhausted(const QueueState& queue, const Message& message) const {
  const std::uint32_t receives_max = queue.ReceivesMax();
  return receives_max > 0 && message.receives >= receives_max && queues_.contains(queue.DeadLetters());
}

Instant Model::ExpiryOf(const QueueState& queue, const Message& message) {
  return message.sent_to + queue.Seconds("MessageRetentionPeriod", 345600);
}

bool Model::IsExpired(const QueueState& queue, const Message& message, Instant now) {
  return message.due_at_last <= now && ExpiryOf(queue, message) <= now;
}

bool Model::MayBeExpired(const QueueState& queue, const Message& message, Instant now) {
  return message.due <= now && message.sent_from + queue.Seconds("MessageRetentionPeriod", 345600) <= now;
}

// Whoever looks next moves what was received too often: from now on it may be there. And what has expired perhaps may
// be gone.
void Model::FindExhausted(Instant now) {
  for (auto& [name, queue] : queues_) {
    for (auto& [key, message] : queue.messages) {
      if (!queue.IsFifo()) break;
      if (MayBeExpired(queue, message, now) && !IsExpired(queue, message, now)) message.may_be_gone = true;
    }
    const auto dead = queues_.find(queue.DeadLetters());
    if (queue.ReceivesMax() == 0 || dead == queues_.end()) continue;
    for (auto& [key, message] : queue.messages) {
      const bool is_free = message.due <= now && message.hidden_until <= now;
      if (message.there == 0 && is_free && IsExhausted(queue, message)) message.there = dead->second.uid;
      if (!is_free) message.there = message.next = 0;  // The time when it was free went with the power.
    }
  }
}

QueueState* Model::FindByUid(Uid uid) {
  for (auto& [name, queue] : queues_) {
    if (queue.uid == uid) return &queue;
  }
  return nullptr;
}

void Model::Add(QueueState& queue, const Key& key, Message message) {
  if (message.id) queue.ids[*message.id] = key;
  queue.messages.emplace(key, std::move(message));
}

void Model::Erase(QueueState& queue, const Key& key) {
  const auto at = queue.messages.find(key);
  if (at->second.id) queue.ids.erase(*at->second.id);
  queue.messages.erase(at);
}

void Model::Move(QueueState& from, const Key& key, Instant now) {
  Message message = from.messages.at(key);
  Erase(from, key);
  QueueState* to = FindByUid(message.there);
  if (to) {
    message = Moved(from, *to, std::move(message), now);
  } else {
    to = FindByUid(message.next);  // If it went on before the dead-letter queue was deleted.
    if (!to) return;
    message = MovedOn(from, *to, std::move(message), now);
  }
  if (message.id) to->ids[*message.id] = key;
  to->messages.emplace(key, std::move(message));
}

// As it is where it has moved. In a FIFO dead-letter queue its retention begins anew, at some time since it was free.
Message Model::Moved(const QueueState& from, const QueueState& to, Message message, Instant now) {
  if (from.IsDeadLetterQueue()) return MovedByTask(to, std::move(message), now);
  if (to.IsFifo()) {
    message.sent_from = std::max({message.sent_from, message.hidden_until, message.due});
    message.sent_to = now;
  }
  message.prior += message.receives;
  message.receives = 0;
  message.dead_letter_source = ArnOfQueue(from.name);
  message.way += " given up";
  message.floats = true;
  message.hidden_until = {};
  message.due = message.due_at_last = message.sent_from;
  message.may_wait = false;
  message.there = std::exchange(message.next, 0);
  return message;
}

// A purge takes what is here; what may have moved away may still be there.
void Model::Empty(QueueState& queue, Instant now) {
  for (auto& [name, other] : queues_) {
    for (auto& [key, message] : other.messages) {
      if (message.next == queue.uid) {
        message.next = 0;
        message.may_be_gone = true;
      }
      if (message.there != queue.uid) continue;
      message.may_be_gone = true;
      if (message.next == 0) message.there = 0;
    }
  }
  queue.accepted.clear();
  queue.attempts.clear();
  ForgetHeld(queue);
  std::vector<Key> keys;
  for (const auto& [key, message] : queue.messages) keys.push_back(key);
  for (const Key& key : keys) {
    Message& message = queue.messages.at(key);
    message.may_be_gone = true;
    message.there == 0 ? Erase(queue, key) : Move(queue, key, now);
  }
}

void Model::Settle(Instant now) {
  FindExhausted(now);
  FindTaken(now);
  for (auto& [name, queue] : queues_) {
    std::vector<Key> expired;
    for (auto& [key, message] : queue.messages) {
      if (message.due_at_last <= now) message.may_wait = false;
      const QueueState* there = message.there == 0 ? nullptr : FindByUid(message.there);
      if (there) {
        const Message moved = Moved(queue, *there, message, now);
        message.may_be_gone = message.may_be_gone || MayBeExpired(*there, moved, now);
        if (IsExpired(*there, moved, now) && message.next == 0) message.there = 0;
      }
      if (const QueueState* next = message.next == 0 ? nullptr : FindByUid(message.next)) {
        message.may_be_gone = message.may_be_gone || MayBeExpired(*next, MovedOn(queue, *next, message, now), now);
      }
      if (IsExpired(queue, message, now)) {
        expired.push_back(key);
      } else if (MayBeExpired(queue, message, now)) {
        message.may_be_gone = true;
      }
    }
    for (const Key& key : expired) {
      Message& message = queue.messages.at(key);
      message.may_be_gone = true;
      message.there == 0 ? Erase(queue, key) : Move(queue, key, now);
    }
  }
}

bool Model::HasCopies(const std::string& name, Serial serial) const {
  const auto found = queues_.find(name);
  if (found == queues_.end()) return false;
  const Uid uid = found->second.uid;
  std::size_t count = 0;
  for (const auto& [other, queue] : queues_) {
    for (const auto& [key, message] : queue.messages) {
      if (key.serial == serial && (other == name || message.there == uid || message.next == uid)) ++count;
    }
  }
  return count > 1;
}

Instant Model::LastHidden(Instant now) const {
  Instant last = now;
  for (const auto& [name, queue] : queues_) {
    for (const auto& [key, message] : queue.messages)
      last = std::max({last, message.hidden_until, message.due_at_last});
  }
  return last;
}

std::string Model::AnyLeft() const {
  for (const auto& [name, queue] : queues_) {
    for (const auto& [key, message] : queue.messages) {
      if (!message.may_be_gone) return "message " + std::to_string(key.serial) + " in " + name;
    }
  }
  return "";
}

}  // namespace sim
