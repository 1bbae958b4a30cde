// The reference for what is sent and published.

#include <algorithm>

#include "tests/sim/model.h"

namespace sim {

using hub::Instant;
using hub::core::SendReply;

namespace {

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

bool IsByGroup(const QueueState& queue) { return queue.Has("DeduplicationScope", "messageGroup"); }

// By what a message is known again: by group, also what was accepted while all groups were the scope.
std::vector<std::string> KnownBy(const hub::Message& message, bool by_group) {
  const std::string what =
      message.deduplication.empty() ? "body " + std::string(message.body) : "id " + std::string(message.deduplication);
  if (!by_group) return {what};
  return {what + " in " + std::string(message.group), what};
}

}  // namespace

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
    const Key key{event.issued->serials[i], queue->uid};
    if (IsSentAgain(*queue, sent, reply.ids[i], event)) continue;
    if (queue->IsFifo()) Accept(queue->accepted, IsByGroup(*queue), sent, {event.now, reply.ids[i], key});
    if (queue->ids.contains(reply.ids[i])) return Fail(event, "two messages have the same id");
    Message message;
    message.content = std::make_shared<const Content>(Content{.bytes = sent.body.size(),
                                                              .kind = KindOf(sent),
                                                              .subject = "",
                                                              .sender = ArnOfCaller(event.issued->caller),
                                                              .sent = event.now,
                                                              .group = std::string(sent.group),
                                                              .topic_arn = "",
                                                              .notification = {},
                                                              .asked = ""});
    message.id = reply.ids[i];
    AddSent(*queue, key, std::move(message), sent.delay, event);
  }
}

// The order of the checks is the hub's.
std::optional<Model::Code> Model::WhyNotSent(const QueueState& queue, const hub::Message& message) {
  if (SizeOf(message) > queue.BytesMax()) return Code::kMessageTooLarge;
  const hub::Duration delay = message.delay.value_or(hub::Duration::zero());
  if (!IsDelay(delay)) return Code::kInvalidArgument;
  if (queue.IsFifo() && delay != hub::Duration::zero()) return Code::kInvalidArgument;
  if (!queue.IsFifo()) return std::nullopt;
  if (message.group.empty()) return Code::kGroupMissing;
  if (message.deduplication.empty() && !queue.Has("ContentBasedDeduplication", "true")) {
    return Code::kDeduplicationMissing;
  }
  return std::nullopt;
}

// What a FIFO queue or topic has accepted within five minutes, if it is the same; otherwise null.
Accepted* Model::FindAccepted(std::map<std::string, Accepted>& accepted, bool by_group, const hub::Message& message,
                              Instant now) {
  for (const std::string& key : KnownBy(message, by_group)) {
    const auto known = accepted.find(key);
    if (known != accepted.end() && known->second.at + hub::kDeduplicationWindow > now) return &known->second;
  }
  return nullptr;
}

void Model::Accept(std::map<std::string, Accepted>& accepted, bool by_group, const hub::Message& message,
                   const Accepted& how) {
  accepted[KnownBy(message, by_group).front()] = how;
}

// Then the answer names what was accepted before. That may have come from a topic: then it is the first to name it.
bool Model::IsSentAgain(QueueState& queue, const hub::Message& message, const hub::core::MessageId& id,
                        const Event& event) {
  if (!queue.IsFifo()) return false;
  Accepted* known = FindAccepted(queue.accepted, IsByGroup(queue), message, event.now);
  if (!known) return false;
  const auto there = queue.messages.find(known->key);
  if (!known->id && there != queue.messages.end() && !there->second.has_copies && there->second.way.empty() &&
      there->second.IsSure()) {
    known->id = there->second.id;
    if (!known->id) queue.ids[id] = known->key;
    there->second.id = id;
  }
  if (known->id.value_or(id) != id) Fail(event, "what was sent before was accepted again");
  known->id = id;
  return true;
}

// Then a topic's delivery adds nothing.
bool Model::IsDeliveredAgain(QueueState& queue, const hub::Message& message, Instant now) {
  return queue.IsFifo() && FindAccepted(queue.accepted, IsByGroup(queue), message, now);
}

// `own_delay` is the message's and counts before the queue's, but in a FIFO queue all wait for as long.
void Model::AddSent(QueueState& queue, const Key& key, Message message, std::optional<hub::Duration> own_delay,
                    const Event& event) {
  hub::Duration delay = queue.Seconds("DelaySeconds", 0);
  if (own_delay && !queue.IsFifo()) delay = *own_delay;
  message.sent_from = message.sent_to = event.now;
  message.due = message.due_at_last = event.now + delay;
  message.may_wait = delay > hub::Duration::zero();
  message.floats = message.may_wait || !message.instead_of.empty() || message.has_copies;
  if (queue.IsFifo()) {  // Nothing overtakes what is delayed.
    message.may_wait = message.may_wait || MayHaveDelayed(queue);
    message.floats = false;
  }
  Add(queue, key, std::move(message));
}

// Whether something may lie there delayed, perhaps moved there by a task.
bool Model::MayHaveDelayed(const QueueState& queue) const {
  return std::ranges::any_of(queues_, [&](const auto& other) {
    return std::ranges::any_of(other.second.messages, [&](const auto& each) {
      const Message& message = each.second;
      if (other.second.uid == queue.uid) return message.may_wait;
      return message.next == queue.uid || (other.second.IsDeadLetterQueue() && message.there == queue.uid);
    });
  });
}

// In a FIFO queue the new delay holds for what is delayed already. What was due may have joined the others or not.
void Model::ChangeDelay(QueueState& queue, Instant now) {
  const hub::Duration delay = queue.Seconds("DelaySeconds", 0);
  for (auto& [key, message] : queue.messages) {
    if (!message.may_wait) continue;
    if (message.due > now) message.due = message.sent_from + delay;
    message.due_at_last = std::max(message.due, message.sent_to + delay);
  }
}

std::optional<Model::Code> Model::WhyNotPublished(bool is_fifo, const hub::Message& message) {
  if (message.delay) return Code::kInvalidArgument;  // Only the queues have one.
  if (is_fifo && message.group.empty()) return Code::kGroupMissing;
  return std::nullopt;
}

bool Model::Accepts(const std::string& queue, std::size_t bytes) const {
  const auto found = queues_.find(queue);
  return found != queues_.end() && MayDeliver(found->second) && bytes <= found->second.BytesMax();
}

std::string Model::PlaceFor(const std::string& queue, const SubscriptionState& subscription, std::size_t bytes) const {
  if (Accepts(queue, bytes)) return queue;
  if (!subscription.attributes.contains("RedrivePolicy")) return "";
  const char* dead_letters = DeadLettersOf(queue);
  return Accepts(dead_letters, bytes) ? dead_letters : "";
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
    if (is_fifo) {
      if (const Accepted* known = FindAccepted(topic->second.accepted, false, sent, event.now)) {
        if (known->id != reply.ids[i]) return Fail(event, "what was published before was accepted again");
        continue;
      }
      Accept(topic->second.accepted, false, sent, {event.now, reply.ids[i], {}});
    }
    accepted_.push_back(i);
    const auto content = std::make_shared<const Content>(Content{.bytes = sent.body.size(),
                                                                 .kind = KindOf(sent),
                                                                 .subject = std::string(publish.entries[i].subject),
                                                                 .sender = ArnOfCaller(event.issued->caller),
                                                                 .sent = event.now,
                                                                 .group = std::string(sent.group),
                                                                 .topic_arn = ArnOfTopic(publish.topic),
                                                                 .notification = reply.ids[i],
                                                                 .asked = ""});
    std::map<std::string, std::string> places;  // By the queue that should get it.
    std::map<std::string, int> copies;
    for (const auto& [name, subscription] : topic->second.subscriptions) {
      if (subscription.is_pending || !Matches(subscription.attributes, content->kind)) continue;
      const std::string place = PlaceFor(name, subscription, SizeOf(sent));
      if (place.empty()) continue;
      if (place == name && IsDeliveredAgain(queues_.at(name), sent, event.now)) continue;
      places[name] = place;
      ++copies[place];
    }
    std::uint32_t copy = 0;
    for (const auto& [name, place] : places) {
      ++copy;
      const SubscriptionState& subscription = topic->second.subscriptions.at(name);
      const auto raw = subscription.attributes.find("RawMessageDelivery");
      Message message;
      message.content = content;
      message.raw = raw != subscription.attributes.end() && raw->second == "true";
      message.has_copies = copies.at(place) > 1;
      if (place != name) message.instead_of = publish.topic + " to " + name;
      QueueState& queue = queues_.at(place);
      const Key key{event.issued->serials[i], queue.uid, place == name ? 0 : copy};
      AddSent(queue, key, std::move(message), std::nullopt, event);
      if (place == name && queue.IsFifo()) Accept(queue.accepted, IsByGroup(queue), sent, {event.now, {}, key});
    }
  }
}

}  // namespace sim
