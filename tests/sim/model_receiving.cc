// The reference for what is received.

#include <algorithm>
#include <functional>

#include "tests/sim/model.h"

namespace sim {

using hub::Instant;
using hub::core::Delivery;
using hub::core::ReceiveReply;
using namespace std::chrono_literals;

namespace {

// A standard queue does not say how a FIFO topic grouped what it got [aws 124].
std::string_view GroupShown(const Content& content, const Delivery& delivery) {
  const bool is_fifo_queue = delivery.sequence != 0;
  return !is_fifo_queue && IsFifo(content.topic_arn) ? std::string_view() : content.group;
}

}  // namespace

std::optional<Key> Model::Identify(QueueState& queue, const Delivery& delivery, const Event& event) {
  if (const auto known = queue.ids.find(delivery.id); known != queue.ids.end()) return known->second;
  for (auto& [name, other] : queues_) {
    const auto known = other.ids.find(delivery.id);
    if (known == other.ids.end() || other.IsDeadLetterQueue()) continue;
    const Key key = known->second;
    if (other.messages.at(key).there != queue.uid) continue;
    Move(other, key, event.now);
    return key;
  }
  const auto key = BringHere(queue, delivery, event);
  if (key) {
    queue.messages.at(*key).id = delivery.id;
    queue.ids[delivery.id] = *key;
    return key;
  }
  Fail(event, "delivered what is not there: a message with body " + std::string(delivery.body.substr(0, 30)) +
                  " (deleted, expired, denied, never sent, or known under another id)");
  return std::nullopt;
}

// Whether a message that nobody has received yet may be the one that was delivered.
bool Model::CouldBe(const Key& key, const Message& message, const Delivery& delivery) {
  if (message.id || delivery.sent < message.sent_from || delivery.sent > message.sent_to) return false;
  if (delivery.group != GroupShown(*message.content, delivery) || delivery.sender != message.content->sender)
    return false;
  if (message.content->subscription != 0) return AsksFor(*message.content, delivery.body);
  const bool is_raw = delivery.envelope_topic.empty() && !delivery.body.starts_with('{');
  if (message.raw != is_raw) return false;
  const std::vector<hub::Attribute> attributes = AttributesOf(delivery);
  if (is_raw && (attributes.empty() ? "" : attributes[0].value) != message.content->kind) return false;
  if (!is_raw || delivery.body.size() >= kTelltaleBytes) return SerialOf(delivery.body) == key.serial;
  return delivery.body == BodyOf(key.serial, message.content->bytes);
}

// One that is delivered for the first time since it was published or moved by a task: its body tells which. What may
// have moved here, perhaps by way of the dead-letter queue, has.
std::optional<Key> Model::BringHere(QueueState& queue, const Delivery& delivery, const Event& event) {
  std::optional<Key> unsure;
  for (const auto& [key, message] : queue.messages) {
    if (!CouldBe(key, message, delivery)) continue;
    if (message.IsSure()) return key;
    if (!unsure) unsure = key;
  }
  if (unsure) return unsure;
  for (auto& [name, other] : queues_) {
    for (const auto& [at, message] : other.messages) {
      const bool is_here = other.IsDeadLetterQueue() ? message.there == queue.uid : message.next == queue.uid;
      if (!is_here) continue;
      const Message moved = other.IsDeadLetterQueue() ? MovedByTask(queue, message, event.now)
                                                      : MovedOn(other, queue, message, event.now);
      if (!CouldBe(at, moved, delivery)) continue;
      const Key key = at;
      Erase(other, key);
      queue.messages.emplace(key, moved);
      return key;
    }
  }
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
  if (reply.deliveries.empty() && event.is_contended) return;
  const auto taken = Take(*queue, reply.deliveries, event.now + queue->Visibility(receive), event);
  if (!taken) return;
  Remember(*queue, receive, *taken, event);
  if (taken->empty()) NobodyElse(*queue, event);
}

std::optional<std::vector<Key>> Model::Take(QueueState& queue, const std::vector<Delivery>& deliveries, Instant until,
                                            const Event& event) {
  std::vector<Key> taken;
  for (const Delivery& delivery : deliveries) {
    const auto key = Identify(queue, delivery, event);
    if (!key) return std::nullopt;
    if (std::ranges::find(taken, *key) != taken.end()) Fail(event, Name(*key) + " twice in one answer");
    taken.push_back(*key);
  }
  for (std::size_t i = 0; i < taken.size(); ++i) CheckDelivery(queue, taken[i], deliveries[i], event);
  queue.IsFifo() ? CheckGroups(queue, taken, event) : CheckOrder(queue, taken, event);
  for (std::size_t i = 0; i < taken.size(); ++i) TakeOne(queue, taken[i], deliveries[i], until, event);
  if (!failure_.empty()) return std::nullopt;
  return taken;
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
  message.there = message.next = 0;
  if (!queue.IsDeadLetterQueue()) message.task = 0;
  message.may_be_gone = message.may_wait = false;
  message.due_at_last = message.due;
  message.sent_from = message.sent_to = delivery.sent;
  message.was_free = false;
  if (!known_) return;
  if (message.content->subscription != 0) known_->tokens.push_back(TokenIn(*message.content, delivery.body));
  known_->handles.push_back({.handle = delivery.handle,
                             .queue = queue.name,
                             .uid = queue.uid,
                             .key = key,
                             .way = message.way,
                             .receive = message.receives,
                             .received = event.now,
                             .boot = event.boot});
}

void Model::CheckDelivery(const QueueState& queue, const Key& key, const Delivery& delivery, const Event& event) {
  const Message& message = queue.messages.at(key);
  const std::string which = Name(key) + " ";
  const bool is_moved = !message.way.empty() && message.dead_letter_source.empty();
  const hub::Duration delay = is_moved && !queue.IsFifo() ? queue.Delays(delivery.sent, delivery.sent).first : 0s;
  if (message.due > event.now || delivery.sent + delay > event.now) {
    return Fail(event, which + "came before its delay was over");
  }
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
  if (delivery.group != GroupShown(content, delivery)) return Fail(event, which + "is of another group");
  if (delivery.sender != content.sender) return Fail(event, which + "was sent by another");
  const Instant first = receives == 1 ? event.now : message.first_received;
  if (delivery.first_received != first) return Fail(event, which + "was first received at another time");
  if (delivery.dead_letter_source != message.dead_letter_source) return Fail(event, which + "came another way");
  if (message.raw && delivery.subject != content.subject) return Fail(event, which + "has another subject");
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
  } else if (content.subscription != 0) {
    same = AsksFor(content, body);
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
    if (message.there != 0 && !message.may_wait) moved.push_back(key);
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

}  // namespace sim
