// The reference for what is done with handles, and for purges.

#include <algorithm>

#include "tests/sim/model.h"

namespace sim {

using hub::core::EntriesReply;

Message* Model::Owned(QueueState& queue, const Given& handle, const Event& event) {
  // A handle from here shows that the message has moved here: that was flushed before the handle left.
  for (auto& [name, other] : queues_) {
    const auto moved = other.messages.find(handle.key);
    if (moved == other.messages.end() || moved->second.there != queue.uid) continue;
    if (Moved(other, queue, moved->second, event.now).way != handle.way) continue;
    Move(other, handle.key, event.now);
    break;
  }
  const auto at = queue.messages.find(handle.key);
  if (at == queue.messages.end() || at->second.way != handle.way) return nullptr;
  if (IsExpired(queue, at->second, event.now)) return nullptr;
  Message& message = at->second;
  const bool newest = message.receive_boot == event.boot
                          ? handle.boot == event.boot && handle.receive == message.receives
                          : handle.receive >= message.receives;
  return newest ? &message : nullptr;
}

bool Model::IsPastRetention(const QueueState& queue, const Given& handle, const Event& event) const {
  const auto at = queue.messages.find(handle.key);
  return at != queue.messages.end() && at->second.way == handle.way && IsExpired(queue, at->second, event.now);
}

// A handle of a FIFO queue is good until its message is visible again; one that the store has forgotten is honoured.
bool Model::HasExpired(QueueState& queue, const Given& handle, const Event& event) {
  if (!queue.IsFifo()) return false;
  const Message* message = Owned(queue, handle, event);
  return message && message->hidden_until <= event.now && handle.receive <= message->receives;
}

// A message of a FIFO queue that was received too often, or has expired perhaps: the handle is good for nothing either
// way, but whether it has expired or is of one that is not there, only the answer tells.
bool Model::IsOpen(QueueState& queue, const Given& handle, const Event& event) {
  const Message* message = queue.IsFifo() ? Owned(queue, handle, event) : nullptr;
  return message && !message->IsSure() && HasExpired(queue, handle, event);
}

void Model::CheckOpen(QueueState& queue, const Given& handle, const hub::Error* error, std::optional<Code> elsewhere,
                      const Event& event) {
  Message& message = queue.messages.at(handle.key);
  if (error && error->code == Code::kHandleExpired) {
    message.there = message.next = 0;
    message.may_be_gone = false;
  } else if ((error ? std::optional(error->code) : std::nullopt) == elsewhere) {
    message.there == 0 ? Erase(queue, handle.key) : Move(queue, handle.key, event.now);
  } else {
    Fail(event, Name(handle.key) + (error ? " failed: " + error->message : " did not fail"));
  }
}

void Model::Check(const hub::core::Delete& erase, const Event& event) {
  QueueState* queue = QueueFor(event, erase.queue);
  if (!queue) return;
  const auto& reply = std::get<EntriesReply>(**event.reply);
  for (std::size_t i = 0; i < event.issued->handles.size(); ++i) {
    const Given& handle = event.issued->handles[i];
    const bool foreign = handle.is_forged || handle.uid != queue->uid;
    if (!foreign && queue->IsFifo() && IsPastRetention(*queue, handle, event)) continue;  // Perhaps not yet removed.
    if (!foreign && IsOpen(*queue, handle, event)) {
      CheckOpen(*queue, handle, FailureOf(reply.failures, i), std::nullopt, event);
      continue;
    }
    std::optional<Code> expected;
    if (foreign) expected = Code::kReceiptHandleInvalid;
    if (!foreign && HasExpired(*queue, handle, event)) expected = Code::kHandleExpired;
    if (FailsAs(reply.failures, i, expected, event)) continue;
    Message* message = Owned(*queue, handle, event);
    if (!message) continue;
    GiveBack(*queue, handle.key);
    has_deleted_ = has_deleted_ || message->IsSure();
    message->may_be_gone = true;  // If it has moved, the handle is of no use there.
    message->there == 0 ? Erase(*queue, handle.key) : Move(*queue, handle.key, event.now);
  }
}

void Model::Check(const hub::core::ChangeVisibility& change, const Event& event) {
  QueueState* queue = QueueFor(event, change.queue);
  if (!queue) return;
  const auto& reply = std::get<EntriesReply>(**event.reply);
  for (std::size_t i = 0; i < event.issued->handles.size(); ++i) {
    const Given& handle = event.issued->handles[i];
    const hub::Duration visibility = change.entries[i].visibility;
    if (!IsVisibility(visibility)) {
      FailsAs(reply.failures, i, Code::kInvalidArgument, event);
      continue;
    }
    const bool foreign = handle.is_forged || handle.uid != queue->uid;
    if (!foreign && IsOpen(*queue, handle, event)) {
      CheckOpen(*queue, handle, FailureOf(reply.failures, i), Code::kNotInFlight, event);
      continue;
    }
    if (foreign || HasExpired(*queue, handle, event)) {
      FailsAs(reply.failures, i, foreign ? Code::kReceiptHandleInvalid : Code::kHandleExpired, event);
      continue;
    }
    Message* message = Owned(*queue, handle, event);
    if (IsPastRetention(*queue, handle, event)) continue;  // Perhaps not yet removed.
    if (message && !message->IsSure()) {
      // The answer tells where it is.
      const hub::Error* error = FailureOf(reply.failures, i);
      if (!error || error->code != Code::kNotInFlight) {
        message->there = message->next = 0;
        message->may_be_gone = false;
      } else {
        message->there == 0 ? Erase(*queue, handle.key) : Move(*queue, handle.key, event.now);
        message = nullptr;
      }
    }
    std::optional<Code> expected;
    if (!message) {
      expected = Code::kNotInFlight;
    } else if (visibility > hub::Duration::zero() && event.now + visibility > handle.received + hub::kVisibilityMax) {
      expected = Code::kInvalidArgument;  // Twelve hours in all, since that receive.
    }
    if (FailsAs(reply.failures, i, expected, event) || !message) continue;
    message->hidden_until = event.now + visibility;
    Hold(*queue, handle.key, message->hidden_until);
    if (visibility == hub::Duration::zero()) {
      message->hidden_until = {};
      GiveBack(*queue, handle.key);
    }
    message->was_free = message->may_wait = false;  // Whose receive was lost with the power has come all the same.
    message->due_at_last = message->due;
  }
}

void Model::Check(const hub::core::Purge& purge, const Event& event) {
  if (QueueState* queue = QueueFor(event, purge.queue)) Empty(*queue, event.now);
}

}  // namespace sim
