// Receiving: what a receive gets, what it gives up on the way, and receives that wait.

#include <algorithm>

#include "hub/base/assert.h"
#include "hub/base/names.h"
#include "hub/core/check_message.h"
#include "hub/core/core.h"

namespace hub::core {

// --- Receive --------------------------------------------------------------------------------------------------------

Core::Outcome Core::Handle(Receive& receive, Command& command, Turn& turn) {
  auto found = QueueFor(receive.queue, command, turn);
  if (!found) return tl::unexpected(found.error());
  QueueEntry& queue = **found;
  if (receive.max < 1 || receive.max > kReceiveMax) {
    return Fail(Code::kInvalidArgument,
                "A receive may ask for 1 to " + std::to_string(kReceiveMax) + " messages, not " +
                    std::to_string(receive.max) + ".",
                "MaxNumberOfMessages");
  }
  if (receive.visibility) {
    if (auto checked = CheckVisibility(*receive.visibility); !checked) return tl::unexpected(checked.error());
  }
  const Duration wait = receive.wait.value_or(queue.settings.wait);
  if (wait < Duration::zero() || wait > kWaitMax) {
    return Fail(Code::kInvalidArgument, "A receive may wait from 0 to 20 seconds.", "WaitTimeSeconds");
  }
  if (auto checked = CheckAttempt(receive.attempt, queue.settings.fifo.on); !checked) {
    return tl::unexpected(checked.error());
  }
  ReceiveReply reply;
  Serve(queue, turn);                                                              // Those who have waited come first.
  const bool repeats = queue.attempts.Find(receive.attempt, turn.now) != nullptr;  // Takes nothing from anybody.
  if (repeats || !waiters_.Any(queue.id)) {
    const Taker taker{.max = receive.max, .visibility = receive.visibility, .whole = true};
    auto taken = TakeAttempt(queue, receive.attempt, taker, turn, reply);
    if (!taken) return tl::unexpected(taken.error());
    if (*taken) return Reply(std::move(reply));
  }
  if (queue.InFlight() >= kInFlightMax && !queue.settings.fifo.on) {
    return Fail(Code::kTooManyInFlight, "The queue has " + std::to_string(kInFlightMax) +
                                            " messages in flight: delete some of those received.");
  }
  const bool load = queue.WaitsForLoad(turn.now);
  const bool only_load = wait == Duration::zero() || repeats;
  if (only_load && !load) return Reply(ReceiveReply());
  // Whoever delivers for the hub stands in no client's way.
  if (waiters_.size() >= kWaitersMax + delivery_consumers_) {
    return Fail(Code::kOverloaded, "Too many receives are waiting. Try again later.");
  }
  Touch(queue);
  waiters_.Add({.ticket = command.ticket,
                .caller = command.caller,
                .queue = queue.id,
                .max = receive.max,
                .visibility = receive.visibility,
                .attempt = receive.attempt,
                .deadline = only_load ? kNever : turn.now + wait,
                .policies = policies_.generation(),
                .only_load = only_load,
                .windows = queue.windows});
  return std::nullopt;
}

// Take, or what the same attempt got before. Fails when that is no longer to be had.
Result<bool> Core::TakeAttempt(QueueEntry& queue, const std::string& attempt, const Taker& taker, Turn& turn,
                               ReceiveReply& reply) {
  if (attempt.empty()) return Take(queue, taker, turn, reply);
  if (queues::Attempt* known = queue.attempts.Find(attempt, turn.now)) {
    return Repeat(queue, attempt, *known, taker.visibility, turn, reply);
  }
  if (!Take(queue, taker, turn, reply)) return false;
  const Instant until = turn.now + taker.visibility.value_or(queue.settings.visibility_timeout);
  if (until == turn.now) return true;  // Nothing is hidden: asking once more gets the same without being remembered.
  queues::Attempt made{.at = turn.now, .until = until, .messages = {}};
  for (const Delivery& delivery : reply.deliveries) {
    const auto receipt = OpenReceipt(hub_.secret, {delivery.handle.data(), delivery.handle.size()});
    made.messages.push_back({receipt->sequence, receipt->receive});
  }
  queue.attempts.Add(attempt, std::move(made));
  return true;
}

// [aws 84] The same messages under the same handles, hidden anew; this is not another receive. False when they must be
// read first.
Result<bool> Core::Repeat(QueueEntry& queue, const std::string& id, queues::Attempt& attempt,
                          std::optional<Duration> visibility, Turn& turn, ReceiveReply& reply) {
  std::vector<queues::Position> positions(attempt.messages.size());
  bool same = !positions.empty();
  for (std::size_t i = 0; i < positions.size() && same; ++i) {
    const auto [sequence, receive] = attempt.messages[i];
    same = queue.queue.Find(sequence, positions[i]) == queues::Queue::Where::kHere &&
           queue.queue.IsHiddenSince(positions[i], receive, attempt.until);
  }
  if (!same) {
    queue.attempts.Spoil(attempt);
    return Fail(Code::kInvalidArgument,
                "Value " + id +
                    " for parameter ReceiveRequestAttemptId is invalid. Reason: The "
                    "receiveRequestAttemptId is not valid anymore since the receive call is "
                    "not retryable.",
                "ReceiveRequestAttemptId");
  }
  Touch(queue);
  if (!queue.queue.WantBodies(positions)) {
    queue.wants_messages = true;
    return false;
  }
  const Instant until =
      std::min(turn.now + visibility.value_or(queue.settings.visibility_timeout), attempt.at + kVisibilityMax);
  HandOut(queue, positions, attempt.at, reply);
  for (const queues::Position& position : positions) queue.queue.ChangeVisibility(position, turn.now, until);
  queue.queue.ReleaseBodies(positions);
  attempt.until = until;
  turn.deliveries += positions.size();
  return true;
}

// Adds up to `max` messages to the reply; whether there was any. What was sent in this turn is looked at only when
// there is nothing older, so that its chunk can grow.
bool Core::TakeFrom(QueueEntry& queue, const Taker& taker, Turn& turn, ReceiveReply& reply) {
  QueueEntry* dead_letters =
      queue.settings.receives_max > 0 ? catalog_.FindQueueByArn(queue.settings.dead_letter_queue) : nullptr;
  if (dead_letters == &queue.owner()) dead_letters = nullptr;
  const std::uint64_t elsewhere = queue.owner().InFlight() - queue.queue.InFlight();  // In the other log.
  const queues::Queue::Limits limits{.messages = taker.max,
                                     .bytes = taker.bytes,
                                     .in_flight_max = kInFlightMax - std::min<std::uint64_t>(elsewhere, kInFlightMax),
                                     .receives_max = dead_letters ? queue.settings.receives_max : 0,
                                     .retention = queue.settings.retention,
                                     .whose = taker.whose,
                                     .skip = PassedOver(queue),
                                     .whole = taker.whole};
  const Instant until = turn.now + taker.visibility.value_or(queue.settings.visibility_timeout);
  std::vector<queues::Position> taken;
  std::vector<queues::Position> exhausted;
  queue.queue.Receive(limits, turn.now, until, taken, exhausted);
  if (taken.empty() && exhausted.empty() && (queue.open || queue.open_topic)) {
    CloseQueue(queue, turn);
    queue.queue.Receive(limits, turn.now, until, taken, exhausted);
  }
  Shuffle(queue, taken);
  const bool any_given_up = queue.delivers_for && GiveUpTaken(queue, taken, turn);
  HandOut(queue, taken, turn.now, reply);
  for (const queues::Position& position : taken) {
    if (taker.consumer != 0) NotePushed(taker.consumer, queue, position, until);
  }
  for (const queues::Position& position : exhausted) MoveToDeadLetterQueue(queue, *dead_letters, position, turn);
  if (!taken.empty() || !exhausted.empty()) Touch(queue);
  queue.wants_messages = true;  // Read ahead for the next one, if there is more on disk.
  queue.owner().received += taken.size();
  turn.deliveries += taken.size();
  if (taken.empty() && (any_given_up || !exhausted.empty())) return TakeFrom(queue, taker, turn, reply);
  return !taken.empty();
}

// Adds what was received at `received` to a reply.
void Core::HandOut(const QueueEntry& queue, const std::vector<queues::Position>& positions, Instant received,
                   ReceiveReply& reply) const {
  reply.deliveries.reserve(positions.size());
  const queues::Block* last = nullptr;
  for (const queues::Position& position : positions) {
    const auto& block = position.chunk->content.block;
    if (block.get() != last) reply.blocks.push_back(block);
    last = block.get();
    reply.deliveries.push_back(Deliver(queue, position));
    reply.deliveries.back().handle =
        SealReceipt(hub_.secret, {.queue = queue.id,
                                  .sequence = position.sequence(),
                                  .receive = position.chunk->slots.StateOf(position.slot).receives,
                                  .boot = static_cast<std::uint32_t>(hub_.boot),
                                  .received = received});
  }
}

Delivery Core::Deliver(const QueueEntry& queue, const queues::Position& position) const {
  const queues::Chunk& chunk = *position.chunk;
  return Deliver(queue, chunk.content, position.slot, chunk.slots.StateOf(position.slot));
}

Delivery Core::Deliver(const QueueEntry& queue, const queues::Content& content, std::uint32_t slot,
                       const queues::SlotState& state) const {
  const queues::Record record = content.At(slot);
  Delivery delivery;
  if (record.id.empty() || content.reference) {
    delivery.id = MessageIdOf(hub_.secret, queue.id, content.id_base() + slot);
  } else {
    delivery.id = IdFrom(record.id);
  }
  delivery.body = record.body;
  delivery.encoded_attributes = record.attributes;
  delivery.subject = record.subject;
  delivery.sent = content.sent();
  delivery.first_received = record.prior_receives > 0 ? record.first_received : state.first_received;
  delivery.receive_count = state.receives + record.prior_receives;
  delivery.sender = record.sender;
  delivery.dead_letter_source = record.dead_letter_source;
  delivery.group = record.group;
  delivery.deduplication = record.deduplication;
  delivery.trace = record.trace;
  if (queue.settings.fifo.on) delivery.sequence = content.id_base() + slot;
  if (queue.delivers_for && !content.reference) delivery.kind = DeliveryKind::kConfirmation;
  if (!record.envelope.empty()) Wrap(delivery, record.envelope);
  if (const auto& reference = content.reference) {
    if (!queue.settings.fifo.on && IsFifoName(content.block->topic())) delivery.group = delivery.deduplication = {};
    const std::uint64_t number = content.block->id_base() + content.RecordIndex(slot);
    delivery.notification = MessageIdOf(hub_.secret, reference->topic, number);
    delivery.published = content.block->sent();
    delivery.replayed = reference->replayed;
    if (!reference->raw) {
      delivery.envelope_topic = content.block->topic();
      const TopicEntry* topic = catalog_.FindTopic(reference->topic);
      delivery.signs_by_sha256 = topic && topic->settings.signs_by_sha256;
    }
    if (IsFifoName(delivery.envelope_topic)) delivery.notification_sequence = number;
    if (!record.bodies.empty()) {
      // In a dead-letter queue, too, it is what its subscriber would have got.
      const SubscriptionEntry* subscription = catalog_.FindSubscription(reference->subscription);
      if (subscription) delivery.body = BodyFor(subscription->record.protocol, record.body, record.bodies);
    }
    if (reference->subscription != 0) {
      delivery.subscription = MessageIdOf(hub_.secret, reference->subscription, reference->topic);
    }
  }
  return delivery;
}

// The envelope that a message has brought from its topic. How it is signed the topic says that has that name today.
void Core::Wrap(Delivery& delivery, std::string_view encoded) const {
  const std::optional<queues::Envelope> envelope = queues::DecodeEnvelope(encoded);
  HUB_ASSERT(envelope);  // It was read with its chunk.
  delivery.envelope_topic = envelope->topic;
  delivery.notification = IdFrom(envelope->notification);
  delivery.subscription = IdFrom(envelope->subscription);
  delivery.published = envelope->published;
  delivery.notification_sequence = envelope->sequence;
  delivery.replayed = envelope->replayed;
  const auto name = ParseResourceName(Kind::kTopic, envelope->topic, "", "");
  const TopicEntry* topic = name ? catalog_.FindTopic(*name) : nullptr;
  delivery.signs_by_sha256 = topic && topic->settings.signs_by_sha256;
}

// What of a message goes with it to another queue or chunk: the message, what its sender said of it, and its envelope
// for whoever renders it, which `envelope` holds.
queues::Record Core::Carry(const Delivery& delivery, std::string& envelope) {
  queues::Record record;
  record.body = delivery.body;
  record.attributes = delivery.encoded_attributes;
  record.subject = delivery.subject;
  if (!delivery.envelope_topic.empty()) {
    queues::EncodeEnvelope(envelope, {.topic = delivery.envelope_topic,
                                      .notification = BytesOf(delivery.notification),
                                      .subscription = BytesOf(delivery.subscription),
                                      .published = delivery.published,
                                      .sequence = delivery.notification_sequence,
                                      .replayed = delivery.replayed});
    record.envelope = envelope;
  }
  record.sender = delivery.sender;
  record.group = delivery.group;
  record.deduplication = delivery.deduplication;
  record.trace = delivery.trace;
  return record;
}

// The message keeps its id, its body and its envelope, its attributes and the instant it was sent; its receives go
// on. It is not delayed again. In a FIFO queue its retention begins anew. [aws 88, 89]
void Core::MoveToDeadLetterQueue(QueueEntry& from, QueueEntry& to, const queues::Position& position, Turn& turn) {
  const Delivery delivery = Deliver(from, position);
  std::string envelope;
  queues::Record record = Carry(delivery, envelope);
  record.id = BytesOf(delivery.id);
  record.dead_letter_source = from.arn;
  record.prior_receives = delivery.receive_count;
  record.first_received = delivery.first_received;
  const Instant sent = to.settings.fifo.on ? turn.now : delivery.sent;
  QueueEntry& log = LogFor(to, record.group);
  const std::size_t bytes = queues::SizeOf(record) + kRecordOverhead + 128;
  OpenFor(log, sent, bytes, turn, /*delay=*/Duration::zero()).Append(record);
  const std::size_t before = from.queue.ResidentBytes();
  from.queue.Delete(position);
  resident_bytes_ += from.queue.ResidentBytes() - before;
  if (waiters_.Any(to.id)) awaited_dead_letters_.push_back(to.id);
  // Its new sequence must not be forgotten once a handle names it: the handle would open the next message that gets it.
  turn.batch.flush = true;
  ++from.owner().dead_lettered;
  ++to.sent;
  ++turn.deliveries;
}

// --- Waiting --------------------------------------------------------------------------------------------------------

// Tries to answer a waiting receive. May it still? The policies may have changed since it was admitted.
bool Core::Answer(const Waiter& waiter, QueueEntry& queue, Turn& turn) {
  if (waiter.policies != policies_.generation() && waiter.caller) {
    auto allowed = Authorise(*waiter.caller, "sqs:ReceiveMessage", queue.arn, queue.record.name.account, turn);
    if (!allowed) {
      turn.answers.push_back({waiter.ticket, tl::unexpected(allowed.error())});
      return true;
    }
  }
  ReceiveReply reply;
  // What must be read first is waited for once. Then there may be less.
  const Taker taker{.max = waiter.max, .visibility = waiter.visibility, .whole = waiter.windows == queue.windows};
  auto taken = TakeAttempt(queue, waiter.attempt, taker, turn, reply);
  if (!taken) {
    turn.answers.push_back({waiter.ticket, tl::unexpected(taken.error())});
    return true;
  }
  if (!*taken) {
    if (!waiter.only_load || queue.WaitsForLoad(turn.now)) return false;
  }
  turn.answers.push_back({waiter.ticket, Reply(std::move(reply))});
  return true;
}

}  // namespace hub::core
