// The reference for messages: sent, received, deleted, moved.

#include <algorithm>
#include <functional>

#include "tests/sim/model.h"

namespace sim {

using hub::Instant;
using hub::core::Delivery;
using hub::core::EntriesReply;
using hub::core::ReceiveReply;
using hub::core::SendReply;

namespace {

std::string Name(const Key& key) {
  return "message " + std::to_string(key.serial) + " of queue life " + std::to_string(key.origin);
}

std::string KindOf(const hub::Message& message) {
  for (const hub::Attribute& attribute : message.attributes) {
    if (attribute.name == kFilteredAttribute) return std::string(attribute.value);
  }
  return "";
}

// {"kind":["a","b"]}, {"kind":[{"anything-but":["a"]}]} or no filter.
bool Matches(const hub::core::Attributes& subscription, const std::string& kind) {
  const auto filter = subscription.find("FilterPolicy");
  if (filter == subscription.end()) return true;
  const bool is_named = filter->second.find('"' + kind + '"') != std::string::npos;
  return !kind.empty() && is_named == (filter->second.find("anything-but") == std::string::npos);
}

bool IsVisibility(hub::Duration visibility) {
  return visibility >= hub::Duration::zero() && visibility <= hub::kVisibilityMax;
}

const hub::Error* FailureOf(const std::vector<hub::core::EntryFailure>& failures, std::size_t index) {
  for (const auto& failure : failures) {
    if (failure.index == index) return &failure.error;
  }
  return nullptr;
}

}  // namespace

// --- Where messages are ---------------------------------------------------------------------------------------------

bool Model::IsExhausted(const QueueState& queue, const Message& message) const {
  const std::uint32_t receives_max = queue.ReceivesMax();
  return receives_max > 0 && message.receives >= receives_max && queues_.contains(queue.DeadLetters());
}

bool Model::IsExpired(const QueueState& queue, const Message& message, Instant now) {
  return message.due_at_last <= now && message.sent_to + queue.Seconds("MessageRetentionPeriod", 345600) <= now;
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
      if (message.there != 0 && !is_free) message.there = 0;  // The time when it was free went with the power.
    }
  }
}

QueueState* Model::FindByUid(Uid uid) {
  for (auto& [name, queue] : queues_) {
    if (queue.uid == uid) return &queue;
  }
  return nullptr;
}

void Model::Add(QueueState& queue, Serial serial, Message message) {
  const Key key{serial, queue.uid};
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
  if (!to) return;
  message = Moved(from, *to, std::move(message), now);
  if (message.id) to->ids[*message.id] = key;
  to->messages.emplace(key, std::move(message));
}

// As it is in the dead-letter queue. In a FIFO queue its retention begins anew, at some time since it was free here.
Message Model::Moved(const QueueState& from, const QueueState& to, Message message, Instant now) {
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
  message.there = 0;
  return message;
}

// A purge takes what is here; what may have moved away may still be there.
void Model::Empty(QueueState& queue, Instant now) {
  for (auto& [name, other] : queues_) {
    for (auto& [key, message] : other.messages) {
      if (message.there != queue.uid) continue;
      message.there = 0;
      message.may_be_gone = true;
    }
  }
  queue.accepted.clear();
  queue.attempts.clear();
  std::vector<Key> keys;
  for (const auto& [key, message] : queue.messages) keys.push_back(key);
  for (const Key& key : keys) {
    Message& message = queue.messages.at(key);
    message.may_be_gone = true;
    message.there == 0 ? Erase(queue, key) : Move(queue, key, now);
  }
}

// --- Sending --------------------------------------------------------------------------------------------------------

void Model::Check(const hub::core::Send& send, const Event& event) {
  const bool full = event.is_space_low && queues_.contains(send.queue) && MayUse(event.issued->caller, send.queue);
  if (full) {
    Refused(event, Code::kNoSpace);
    return;
  }
  QueueState* queue = QueueFor(event, send.queue);
  if (!queue) return;
  const auto& reply = std::get<SendReply>(**event.reply);
  for (std::size_t i = 0; i < send.entries.size(); ++i) {
    const hub::Message& sent = send.entries[i];
    if (FailsAs(reply.failures, i, WhyNotSent(*queue, sent), event)) continue;
    const bool by_group = queue->Has("DeduplicationScope", "messageGroup");
    if (queue->IsFifo() && IsAcceptedAgain(queue->accepted, by_group, sent, reply.ids[i], event)) continue;
    if (queue->ids.contains(reply.ids[i])) return Fail(event, "two messages have the same id");
    Message message;
    message.content = std::make_shared<const Content>(Content{.bytes = sent.body.size(),
                                                              .kind = KindOf(sent),
                                                              .subject = "",
                                                              .sender = ArnOfCaller(event.issued->caller),
                                                              .sent = event.now,
                                                              .group = std::string(sent.group),
                                                              .topic_arn = "",
                                                              .notification = {}});
    message.id = reply.ids[i];
    AddSent(*queue, event.issued->serials[i], std::move(message), sent.delay, event);
  }
}

// The order of the checks is the hub's.
std::optional<Model::Code> Model::WhyNotSent(const QueueState& queue, const hub::Message& message) {
  if (SizeOf(message) > queue.BytesMax()) return Code::kMessageTooLarge;
  const hub::Duration delay = message.delay.value_or(hub::Duration::zero());
  if (delay < hub::Duration::zero() || delay > hub::kDelayMax) return Code::kInvalidArgument;
  if (queue.IsFifo() && delay != hub::Duration::zero()) return Code::kInvalidArgument;
  if (!queue.IsFifo()) return std::nullopt;
  if (message.group.empty()) return Code::kMissingArgument;
  if (message.deduplication.empty() && !queue.Has("ContentBasedDeduplication", "true")) return Code::kInvalidArgument;
  return std::nullopt;
}

// Whether a FIFO queue or topic has accepted the same within five minutes: then it answers with the id of that.
// Otherwise it is accepted now.
bool Model::IsAcceptedAgain(std::map<std::string, Accepted>& accepted, bool by_group, const hub::Message& message,
                            const hub::core::MessageId& id, const Event& event) {
  const std::string what =
      message.deduplication.empty() ? "body " + std::string(message.body) : "id " + std::string(message.deduplication);
  const std::string in_group = what + " in " + std::string(message.group);
  for (const std::string& key : by_group ? std::vector{what, in_group} : std::vector{what}) {
    const auto known = accepted.find(key);
    if (known == accepted.end() || known->second.at + hub::kDeduplicationWindow <= event.now) continue;
    if (known->second.id != id) Fail(event, "what was sent before was accepted again");
    return true;
  }
  accepted[by_group ? in_group : what] = {event.now, id};
  return false;
}

// `own_delay` is the message's and counts before the queue's, but in a FIFO queue all wait for as long.
void Model::AddSent(QueueState& queue, Serial serial, Message message, std::optional<hub::Duration> own_delay,
                    const Event& event) {
  hub::Duration delay = queue.Seconds("DelaySeconds", 0);
  if (own_delay && !queue.IsFifo()) delay = *own_delay;
  message.sent_from = message.sent_to = event.now;
  message.due = message.due_at_last = event.now + delay;
  message.floats = delay > hub::Duration::zero();
  if (queue.IsFifo()) {  // Nothing overtakes what is delayed.
    message.may_wait =
        message.floats || std::ranges::any_of(queue.messages, [](const auto& other) { return other.second.may_wait; });
    message.floats = false;
  }
  Add(queue, serial, std::move(message));
}

// In a FIFO queue the new delay holds for what is delayed already. What was due may have joined the others or not.
void Model::ChangeDelay(QueueState& queue, Instant now) {
  const hub::Duration delay = queue.Seconds("DelaySeconds", 0);
  for (auto& [key, message] : queue.messages) {
    if (!message.may_wait) continue;
    const Instant due = message.sent_to + delay;
    if (message.due > now) message.due = due;
    message.due_at_last = std::max(message.due, due);
  }
}

std::optional<Model::Code> Model::WhyNotPublished(bool is_fifo, const hub::Message& message) {
  if (message.delay) return Code::kInvalidArgument;  // Only the queues have one.
  if (is_fifo && message.group.empty()) return Code::kMissingArgument;
  return std::nullopt;
}

void Model::Check(const hub::core::Publish& publish, const Event& event) {
  const bool allowed = event.issued->caller <= CallerKind::kOwner;
  const auto topic = topics_.find(publish.topic);
  std::optional<Code> expected;
  if (!allowed) {
    expected = Code::kAccessDenied;
  } else if (topic == topics_.end()) {
    expected = Code::kTopicNotFound;
  } else if (event.is_space_low) {
    expected = Code::kNoSpace;
  }
  if (Refused(event, expected)) return;
  const auto& reply = std::get<SendReply>(**event.reply);
  for (std::size_t i = 0; i < publish.entries.size(); ++i) {
    const hub::Message& sent = publish.entries[i].message;
    const bool is_fifo = publish.topic == kFifoTopic;
    if (FailsAs(reply.failures, i, WhyNotPublished(is_fifo, sent), event)) continue;
    if (is_fifo && IsAcceptedAgain(topic->second.accepted, false, sent, reply.ids[i], event)) continue;
    const auto content = std::make_shared<const Content>(Content{.bytes = sent.body.size(),
                                                                 .kind = KindOf(sent),
                                                                 .subject = std::string(publish.entries[i].subject),
                                                                 .sender = ArnOfCaller(event.issued->caller),
                                                                 .sent = event.now,
                                                                 .group = std::string(sent.group),
                                                                 .topic_arn = ArnOfTopic(publish.topic),
                                                                 .notification = reply.ids[i]});
    for (const auto& [name, subscription] : topic->second.subscriptions) {
      if (!queues_.contains(name)) continue;
      QueueState& queue = queues_.at(name);
      if (!Matches(subscription.attributes, content->kind) || !MayDeliver(queue) || SizeOf(sent) > queue.BytesMax()) {
        continue;
      }
      const auto raw = subscription.attributes.find("RawMessageDelivery");
      Message message;
      message.content = content;
      message.raw = raw != subscription.attributes.end() && raw->second == "true";
      AddSent(queue, event.issued->serials[i], std::move(message), std::nullopt, event);
    }
  }
}

// --- Receiving ------------------------------------------------------------------------------------------------------

std::optional<Key> Model::Identify(QueueState& queue, const Delivery& delivery, const Event& event) {
  if (const auto known = queue.ids.find(delivery.id); known != queue.ids.end()) return known->second;
  for (auto& [name, other] : queues_) {
    const auto known = other.ids.find(delivery.id);
    if (known == other.ids.end() || other.messages.at(known->second).there != queue.uid) continue;
    const Key key = known->second;
    Move(other, key, event.now);
    return key;
  }
  const Key key{SerialOf(delivery.body), queue.uid};
  const auto at = queue.messages.find(key);
  if (at != queue.messages.end() && !at->second.id) {
    at->second.id = delivery.id;
    queue.ids[delivery.id] = key;
    return key;
  }
  Fail(event, "delivered what is not there: a message with body " + std::string(delivery.body.substr(0, 30)) +
                  (at == queue.messages.end() ? " (deleted, expired, denied or never sent)" : " (under another id)"));
  return std::nullopt;
}

void Model::Check(const hub::core::Receive& receive, const Event& event) {
  if (event.is_stopping && *event.reply && std::get<ReceiveReply>(**event.reply).deliveries.empty()) return;
  const bool is_wrong = (receive.visibility && !IsVisibility(*receive.visibility)) ||
                        (!receive.attempt.empty() && !IsFifo(receive.queue));
  const bool is_new = is_wrong || receive.attempt.empty() || !MayUse(event.issued->caller, receive.queue);
  Attempt* attempt = is_new ? nullptr : FindAttempt(receive, event);
  const bool is_refused = attempt && IsRefused(queues_.at(receive.queue), *attempt, event);
  QueueState* queue = QueueFor(event, receive.queue, is_wrong || is_refused);
  if (!queue) return;
  if (attempt) return Repeat(*queue, receive, *attempt, event);
  const auto& reply = std::get<ReceiveReply>(**event.reply);
  if (reply.deliveries.size() > receive.max) return Fail(event, "more messages than asked for");
  std::vector<Key> taken;
  for (const Delivery& delivery : reply.deliveries) {
    const auto key = Identify(*queue, delivery, event);
    if (!key) return;
    if (std::ranges::find(taken, *key) != taken.end()) return Fail(event, Name(*key) + " twice in one answer");
    taken.push_back(*key);
  }
  if (taken.empty() && event.is_contended) return;
  for (std::size_t i = 0; i < taken.size(); ++i) CheckDelivery(*queue, taken[i], reply.deliveries[i], event);
  queue->IsFifo() ? CheckGroups(*queue, taken, event) : CheckOrder(*queue, taken, event);
  for (std::size_t i = 0; i < taken.size(); ++i) {
    TakeOne(*queue, taken[i], reply.deliveries[i], event.now + queue->Visibility(receive), event);
  }
  Remember(*queue, receive, taken, event);
  if (taken.empty()) NobodyElse(*queue, event);
}

// Messages whose place is known come in the order in which they were sent, none passed over. Those of a message group
// come before or after others, as it is quiet or noisy.
void Model::CheckOrder(const QueueState& queue, const std::vector<Key>& taken, const Event& event) {
  std::vector<Key> in_place;
  for (const Key& key : taken) {
    const Message& message = queue.messages.at(key);
    if (!message.floats && message.content->group.empty() && message.IsSure()) in_place.push_back(key);
  }
  std::size_t next = 0;
  for (const auto& [key, message] : queue.messages) {
    if (next == in_place.size() && !taken.empty()) return;
    if (message.floats || !message.IsSure() || message.hidden_until > event.now) continue;
    if (IsExpired(queue, message, event.now)) continue;
    if (taken.empty()) return Fail(event, "nothing was delivered though " + Name(key) + " is available");
    if (!message.content->group.empty()) continue;
    if (in_place[next++] != key) {
      std::string came;
      for (const Key& one : taken) came += " " + std::to_string(one.serial) + queue.messages.at(one).content->group;
      return Fail(event,
                  Name(in_place[next - 1]) + " came, but " + Name(key) + " was before it; in this order:" + came);
    }
  }
}

void Model::TakeOne(QueueState& queue, const Key& key, const Delivery& delivery, Instant until, const Event& event) {
  Message& message = queue.messages.at(key);
  CheckBody(key, message, delivery, event);
  if (!failure_.empty()) return;
  if (message.receives + message.prior == 0) message.first_received = event.now;
  ++message.receives;
  message.hidden_until = until;
  message.receive_boot = event.boot;
  message.there = 0;
  message.may_be_gone = message.may_wait = false;
  message.due_at_last = message.due;
  message.sent_from = message.sent_to = delivery.sent;
  if (!given_) return;
  given_->push_back({.handle = delivery.handle,
                     .queue = queue.name,
                     .uid = queue.uid,
                     .key = key,
                     .receive = message.receives,
                     .received = event.now,
                     .boot = event.boot});
}

void Model::CheckDelivery(const QueueState& queue, const Key& key, const Delivery& delivery, const Event& event) {
  const Message& message = queue.messages.at(key);
  const std::string which = Name(key) + " ";
  if (message.due > event.now) return Fail(event, which + "came before its delay was over");
  if (delivery.sent < message.sent_from || delivery.sent > message.sent_to) {
    return Fail(event, which + "was sent at another time");
  }
  if (delivery.sent + queue.Seconds("MessageRetentionPeriod", 345600) <= event.now) {
    return Fail(event, which + "came after its retention");
  }
  if (message.hidden_until > event.now) return Fail(event, which + "has two owners");
  if (IsExhausted(queue, message)) return Fail(event, which + "was received more often than allowed");
  const std::uint32_t receives = message.prior + message.receives + 1;
  if (delivery.receive_count != receives) {
    return Fail(event, which + "says that it was received " + std::to_string(delivery.receive_count) + " times, not " +
                           std::to_string(receives));
  }
  const Content& content = *message.content;
  if (delivery.group != content.group) return Fail(event, which + "is of another group");
  if (delivery.sender != content.sender) return Fail(event, which + "was sent by another");
  const Instant first = receives == 1 ? event.now : message.first_received;
  if (delivery.first_received != first) return Fail(event, which + "was first received at another time");
  if (delivery.dead_letter_source != message.dead_letter_source) return Fail(event, which + "came another way");
  if (message.raw && message.dead_letter_source.empty() && delivery.subject != content.subject) {
    return Fail(event, which + "has another subject");
  }
}

void Model::CheckBody(const Key& key, Message& message, const Delivery& delivery, const Event& event) {
  const Content& content = *message.content;
  std::string body;
  AppendBody(body, delivery);
  const std::size_t hash = std::hash<std::string>{}(body);
  const std::string sent = BodyOf(key.serial, content.bytes);
  bool same = true;
  if (message.rendered != 0) {
    same = hash == message.rendered;  // It never changes, also not on its way to a dead-letter queue.
  } else if (message.raw) {
    same = body == sent;
  } else {
    same = body.find(R"("Message":")" + sent + '"') != std::string::npos &&
           body.find(R"("TopicArn":")" + content.topic_arn + '"') != std::string::npos &&
           body.find(R"("MessageId":")" + Format(content.notification) + '"') != std::string::npos &&
           (body.find(R"("Subject":")") != std::string::npos) == !content.subject.empty();
  }
  if (!same) return Fail(event, Name(key) + " has another body");
  message.rendered = hash;
  const std::vector<hub::Attribute> attributes = AttributesOf(delivery);
  const bool wants_kind = message.raw && !content.kind.empty();
  const bool has_kind = attributes.size() == 1 && attributes[0].name == kFilteredAttribute &&
                        attributes[0].type == "String" && attributes[0].value == content.kind;
  if (wants_kind ? !has_kind : !attributes.empty()) return Fail(event, Name(key) + " has other attributes");
}

// An empty answer has looked at everything: what was exhausted has moved.
void Model::NobodyElse(QueueState& queue, const Event& event) {
  if (queue.IsFifo()) return NobodyElseInGroups(queue, event);
  std::vector<Key> moved;
  std::vector<Key> gone;
  for (const auto& [key, message] : queue.messages) {
    if (message.there != 0) moved.push_back(key);
    if (message.there == 0 && message.may_be_gone && !message.floats && !message.may_wait &&
        !IsExhausted(queue, message) && message.hidden_until <= event.now) {
      gone.push_back(key);
    }
  }
  for (const Key& key : moved) {
    Message& message = queue.messages.at(key);
    if (IsExpired(queue, message, event.now)) message.may_be_gone = true;  // Before it could move.
    Move(queue, key, event.now);
  }
  for (const Key& key : gone) Erase(queue, key);
}

// --- Handles --------------------------------------------------------------------------------------------------------

Message* Model::Owned(QueueState& queue, const Given& handle, const Event& event) {
  // A handle from here shows that the message has moved here: that was flushed before the handle left.
  for (auto& [name, other] : queues_) {
    const auto moved = other.messages.find(handle.key);
    if (moved == other.messages.end() || moved->second.there != queue.uid) continue;
    Move(other, handle.key, event.now);
    break;
  }
  const auto at = queue.messages.find(handle.key);
  if (at == queue.messages.end() || IsExpired(queue, at->second, event.now)) return nullptr;
  Message& message = at->second;
  const bool newest = message.receive_boot == event.boot
                          ? handle.boot == event.boot && handle.receive == message.receives
                          : handle.receive >= message.receives;
  return newest ? &message : nullptr;
}

bool Model::IsPastRetention(const QueueState& queue, const Given& handle, const Event& event) const {
  const auto at = queue.messages.find(handle.key);
  return at != queue.messages.end() && IsExpired(queue, at->second, event.now);
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
  if (error && error->code == Code::kReceiptHandleInvalid) {
    message.there = 0;
    message.may_be_gone = false;
  } else if ((error ? std::optional(error->code) : std::nullopt) == elsewhere) {
    message.there == 0 ? Erase(queue, handle.key) : Move(queue, handle.key, event.now);
  } else {
    Fail(event, Name(handle.key) + (error ? " failed: " + error->message : " did not fail"));
  }
}

bool Model::FailsAs(const Failures& failures, std::size_t index, std::optional<Code> expected, const Event& event) {
  const hub::Error* error = FailureOf(failures, index);
  const bool right = expected ? error && error->code == *expected : !error;
  if (!right) {
    Fail(event, "entry " + std::to_string(index) + (error ? " failed: " + error->message : " did not fail"));
  }
  return error != nullptr;
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
    const bool invalid = foreign || HasExpired(*queue, handle, event);
    if (FailsAs(reply.failures, i, invalid ? std::optional(Code::kReceiptHandleInvalid) : std::nullopt, event))
      continue;
    Message* message = Owned(*queue, handle, event);
    if (!message) continue;
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
      FailsAs(reply.failures, i, Code::kReceiptHandleInvalid, event);
      continue;
    }
    Message* message = Owned(*queue, handle, event);
    if (IsPastRetention(*queue, handle, event)) continue;  // Perhaps not yet removed.
    if (message && !message->IsSure()) {
      // The answer tells where it is.
      const hub::Error* error = FailureOf(reply.failures, i);
      if (!error || error->code != Code::kNotInFlight) {
        message->there = 0;
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
    if (visibility == hub::Duration::zero()) message->hidden_until = {};
  }
}

void Model::Check(const hub::core::Purge& purge, const Event& event) {
  if (QueueState* queue = QueueFor(event, purge.queue)) Empty(*queue, event.now);
}

}  // namespace sim
