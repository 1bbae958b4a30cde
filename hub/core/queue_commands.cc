// Commands on the messages of queues.

#include <algorithm>

#include "hub/base/assert.h"
#include "hub/core/check_message.h"
#include "hub/core/core.h"
#include "hub/core/keys.h"

namespace hub::core {
namespace {

// A command waits for a load only if there are not already this many.
constexpr std::size_t kDeferredMax = 1024;

std::string PrincipalOf(const Command& command) {
  if (!command.caller || !command.caller->identity) return "hub";
  return command.caller->identity->principal().arn;
}

Result<void> CheckCount(std::size_t count) {
  if (count == 0) return Fail(Code::kMissingArgument, "The request has no entries.");
  if (count > kEntriesMax) {
    return Fail(Code::kBatchTooLarge, "A request may have at most " + std::to_string(kEntriesMax) + " entries, not " +
                                          std::to_string(count) + ".");
  }
  return {};
}

Result<void> CheckVisibility(Duration visibility) {
  if (visibility >= Duration::zero() && visibility <= kVisibilityMax) return {};
  return Fail(Code::kInvalidArgument, "A visibility timeout must be from 0 to 12 hours.");
}

// [aws 67] From when the handle's receive was asked for; making a message visible at once is always possible.
Result<void> CheckTotal(Instant received, Duration visibility, Instant now) {
  if (visibility == Duration::zero() || now + visibility <= received + kVisibilityMax) return {};
  return Fail(Code::kInvalidArgument,
              "Total VisibilityTimeout for the message is beyond the limit [" +
                  std::to_string(std::chrono::duration_cast<std::chrono::seconds>(kVisibilityMax).count()) +
                  " seconds], counted from when it was received.");
}

}  // namespace

// --- Send -----------------------------------------------------------------------------------------------------------

Core::Outcome Core::Handle(Send& send, Command& command, Turn& turn) {
  auto queue = QueueFor(send.queue, command, turn);
  if (!queue) return tl::unexpected(queue.error());
  if (auto count = CheckCount(send.entries.size()); !count) return tl::unexpected(count.error());
  if (auto space = HasSpace(); !space) return tl::unexpected(space.error());
  const std::string sender = PrincipalOf(command);
  SendReply reply;
  reply.ids.reserve(send.entries.size());
  for (std::size_t i = 0; i < send.entries.size(); ++i) {
    auto sent = SendOne(**queue, std::move(send.entries[i]), sender, turn);
    reply.ids.push_back(sent ? sent->id : MessageId{});
    if ((*queue)->settings.fifo.on) reply.sequences.push_back(sent ? sent->sequence : 0);
    if (!sent) reply.failures.push_back({static_cast<std::uint32_t>(i), std::move(sent.error())});
  }
  return Reply(std::move(reply));
}

Result<Core::Sent> Core::SendOne(QueueEntry& queue, Message message, std::string_view sender, Turn& turn) {
  if (auto checked = CheckMessage(message, queue.settings.message_bytes_max); !checked) {
    return tl::unexpected(checked.error());
  }
  const FifoSettings& fifo = queue.settings.fifo;
  if (auto checked = CheckDelay(message, fifo.on); !checked) return tl::unexpected(checked.error());
  std::string content_id;
  if (auto checked = CheckOrder(fifo, message, content_id); !checked) return tl::unexpected(checked.error());
  if (const auto accepted = FindAccepted(queue.deduplicator, queue.id, message, fifo, turn)) {
    return Sent{MessageIdOf(hub_.secret, queue.id, *accepted), *accepted};
  }
  if (auto room = HasRoomToAccept(fifo); !room) return tl::unexpected(room.error());
  const std::optional<Duration> delay = fifo.on ? std::nullopt : message.delay;
  QueueEntry& log = LogFor(queue, message.group);
  queues::ChunkBuilder& chunk = OpenFor(log, turn.now, SizeOf(message) + kRecordOverhead, turn, delay);
  const queues::Sequence sequence = chunk.id_base() + chunk.count();
  chunk.Append(message, {}, sender);
  NoteAccepted(queue.deduplicator, message, fifo, sequence, turn);
  turn.batch.flush = true;
  ++turn.deliveries;
  ++queue.sent;
  return Sent{MessageIdOf(hub_.secret, log.id, sequence), sequence};
}

// --- Receive --------------------------------------------------------------------------------------------------------

Core::Outcome Core::Handle(Receive& receive, Command& command, Turn& turn) {
  auto found = QueueFor(receive.queue, command, turn);
  if (!found) return tl::unexpected(found.error());
  QueueEntry& queue = **found;
  if (receive.max < 1 || receive.max > kReceiveMax) {
    return Fail(Code::kInvalidArgument, "A receive may ask for 1 to " + std::to_string(kReceiveMax) +
                                            " messages, not " + std::to_string(receive.max) + ".");
  }
  if (receive.visibility) {
    if (auto checked = CheckVisibility(*receive.visibility); !checked) return tl::unexpected(checked.error());
  }
  const Duration wait = receive.wait.value_or(queue.settings.wait);
  if (wait < Duration::zero() || wait > kWaitMax) {
    return Fail(Code::kInvalidArgument, "A receive may wait from 0 to 20 seconds.");
  }
  if (auto checked = CheckAttempt(receive.attempt, queue.settings.fifo.on); !checked) {
    return tl::unexpected(checked.error());
  }
  ReceiveReply reply;
  Serve(queue, turn);                                                              // Those who have waited come first.
  const bool repeats = queue.attempts.Find(receive.attempt, turn.now) != nullptr;  // Takes nothing from anybody.
  if (repeats || !waiters_.Any(queue.id)) {
    auto taken = TakeAttempt(queue, receive.attempt, receive.max, receive.visibility, turn, reply);
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
  if (waiters_.size() >= kWaitersMax) {
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
                .only_load = only_load});
  return std::nullopt;
}

// Take, or what the same attempt got before. Fails when that is no longer to be had.
Result<bool> Core::TakeAttempt(QueueEntry& queue, const std::string& attempt, std::size_t max,
                               std::optional<Duration> visibility, Turn& turn, ReceiveReply& reply) {
  if (attempt.empty()) return Take(queue, {.max = max, .visibility = visibility}, turn, reply);
  if (queues::Attempt* known = queue.attempts.Find(attempt, turn.now)) {
    return Repeat(queue, attempt, *known, visibility, turn, reply);
  }
  if (!Take(queue, {.max = max, .visibility = visibility}, turn, reply)) return false;
  const Instant until = turn.now + visibility.value_or(queue.settings.visibility_timeout);
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
    return Fail(Code::kInvalidArgument, "Value " + id +
                                            " for parameter ReceiveRequestAttemptId is invalid. Reason: The "
                                            "receiveRequestAttemptId is not valid anymore since the receive call is "
                                            "not retryable.");
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
  const std::uint64_t elsewhere = queue.owner().InFlight() - queue.queue.InFlight();  // In the other log.
  const queues::Queue::Limits limits{.messages = taker.max,
                                     .bytes = taker.bytes,
                                     .in_flight_max = kInFlightMax - std::min<std::uint64_t>(elsewhere, kInFlightMax),
                                     .receives_max = dead_letters ? queue.settings.receives_max : 0,
                                     .retention = queue.settings.retention,
                                     .whose = taker.whose};
  const Instant until = turn.now + taker.visibility.value_or(queue.settings.visibility_timeout);
  std::vector<queues::Position> taken;
  std::vector<queues::Position> exhausted;
  queue.queue.Receive(limits, turn.now, until, taken, exhausted);
  if (taken.empty() && exhausted.empty() && (queue.open || queue.open_topic)) {
    CloseQueue(queue, turn);
    queue.queue.Receive(limits, turn.now, until, taken, exhausted);
  }
  HandOut(queue, taken, turn.now, reply);
  for (const queues::Position& position : taken) {
    if (taker.consumer != 0) NotePushed(taker.consumer, queue, position, until);
  }
  for (const queues::Position& position : exhausted) MoveToDeadLetterQueue(queue, *dead_letters, position, turn);
  if (!taken.empty() || !exhausted.empty()) Touch(queue);
  queue.wants_messages = true;  // Read ahead for the next one, if there is more on disk.
  queue.owner().received += taken.size();
  turn.deliveries += taken.size();
  if (taken.empty() && !exhausted.empty()) return TakeFrom(queue, taker, turn, reply);
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
  const queues::Record record = chunk.content.At(position.slot);
  const queues::SlotState state = chunk.slots.StateOf(position.slot);
  Delivery delivery;
  if (record.id.empty() || chunk.content.reference) {
    delivery.id = MessageIdOf(hub_.secret, queue.id, chunk.id_base + position.slot);
  } else {
    std::copy(record.id.begin(), record.id.end(), delivery.id.bytes.begin());
  }
  delivery.body = record.body;
  delivery.encoded_attributes = record.attributes;
  delivery.subject = record.subject;
  delivery.sent = chunk.sent;
  delivery.first_received = record.prior_receives > 0 ? record.first_received : state.first_received;
  delivery.receive_count = state.receives + record.prior_receives;
  delivery.sender = record.sender;
  delivery.dead_letter_source = record.dead_letter_source;
  delivery.group = record.group;
  delivery.deduplication = record.deduplication;
  if (queue.settings.fifo.on) delivery.sequence = chunk.id_base + position.slot;
  if (const auto& reference = chunk.content.reference; reference && !reference->raw) {
    delivery.envelope_topic = chunk.content.block->topic();
    const std::uint64_t number = chunk.content.block->id_base() + chunk.content.RecordIndex(position.slot);
    delivery.notification = MessageIdOf(hub_.secret, reference->topic, number);
    if (IsFifoName(delivery.envelope_topic)) delivery.notification_sequence = number;
  }
  return delivery;
}

// What of a message goes with it to another queue: its body as it was rendered, which `body` holds, and what the sender
// said of it.
queues::Record Core::Carry(const Delivery& delivery, std::string& body) {
  AppendBody(body, delivery);
  queues::Record record;
  record.body = body;
  if (delivery.envelope_topic.empty()) record.attributes = delivery.encoded_attributes;
  record.sender = delivery.sender;
  record.group = delivery.group;
  record.deduplication = delivery.deduplication;
  return record;
}

// The message keeps its id, its body as it was rendered, its attributes and the instant it was sent; its receives go
// on. In a FIFO queue its retention begins anew. [aws 88, 89]
void Core::MoveToDeadLetterQueue(QueueEntry& from, QueueEntry& to, const queues::Position& position, Turn& turn) {
  const Delivery delivery = Deliver(from, position);
  std::string body;
  queues::Record record = Carry(delivery, body);
  record.id = {reinterpret_cast<const char*>(delivery.id.bytes.data()), delivery.id.bytes.size()};
  record.dead_letter_source = from.arn;
  record.prior_receives = delivery.receive_count;
  record.first_received = delivery.first_received;
  const Instant sent = to.settings.fifo.on ? turn.now : delivery.sent;
  QueueEntry& log = LogFor(to, record.group);
  OpenFor(log, sent, body.size() + record.attributes.size() + kRecordOverhead + 128, turn).Append(record);
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

// --- Handles --------------------------------------------------------------------------------------------------------

Result<Receipt> Core::Open(QueueEntry& queue, std::string_view handle) const {
  const auto receipt = OpenReceipt(hub_.secret, handle);
  if (receipt) {
    const QueueEntry& log = LogOf(queue, *receipt);
    if (receipt->queue == log.id && receipt->sequence < log.queue.next_sequence()) return *receipt;
  }
  return Fail(Code::kReceiptHandleInvalid, "The receipt handle is not one that this queue gave out.");
}

// The log of which some message is known only on disk, if any: then the command waits until it has been read. So it is
// after a power loss, when the store does not remember that it was handed out.
QueueEntry* Core::MustLoadFor(QueueEntry& queue, const std::vector<Result<Receipt>>& receipts) {
  for (const Result<Receipt>& receipt : receipts) {
    if (!receipt) continue;
    QueueEntry& log = LogOf(queue, *receipt);
    queues::Position ignored;
    if (receipt->sequence >= log.queue.tail_from() &&
        log.queue.Find(receipt->sequence, ignored) == queues::Queue::Where::kOnDisk) {
      return &log;
    }
  }
  return nullptr;
}

Core::Outcome Core::Park(Command& command, QueueEntry& queue) {
  if (queue.deferred.size() >= kDeferredMax) {
    return Fail(Code::kOverloaded, "Too many requests wait for this queue to be read. Try again later.");
  }
  Touch(queue);
  queue.wants_tail = true;
  queue.deferred.push_back(std::move(command));
  return std::nullopt;
}

// The message, if the handle is still the newest one for it. A handle newer than what the store remembers is honoured:
// its receive was lost with the power, not made up, since the MAC is right.
std::optional<queues::Position> Core::Locate(QueueEntry& queue, const Receipt& receipt) const {
  queues::Position position;
  if (queue.queue.Find(receipt.sequence, position) != queues::Queue::Where::kHere) return std::nullopt;
  const queues::SlotState state = position.chunk->slots.StateOf(position.slot);
  const bool newest = state.this_boot ? receipt.boot == hub_.boot && receipt.receive == state.receives
                                      : receipt.receive >= state.receives;
  if (!newest) return std::nullopt;
  return position;
}

// [aws 66] Whether the message has been visible again since this receive, so that its group has gone on: in a FIFO
// queue the handle is then good for nothing. Not so when a power loss forgot the receive.
bool Core::HasExpired(const QueueEntry& queue, const queues::Position& position, const Receipt& receipt) const {
  const queues::Slots& slots = position.chunk->slots;
  return queue.settings.fifo.on && slots.IsAvailable(position.slot) &&
         receipt.receive <= slots.StateOf(position.slot).receives;
}

Core::Outcome Core::Handle(Delete& erase, Command& command, Turn& turn) {
  auto found = QueueFor(erase.queue, command, turn);
  if (!found) return tl::unexpected(found.error());
  QueueEntry& queue = **found;
  if (auto count = CheckCount(erase.handles.size()); !count) return tl::unexpected(count.error());
  std::vector<Result<Receipt>> receipts;
  receipts.reserve(erase.handles.size());
  for (const std::string_view handle : erase.handles) receipts.push_back(Open(queue, handle));
  if (QueueEntry* log = MustLoadFor(queue, receipts)) return Park(command, *log);

  EntriesReply reply{.count = static_cast<std::uint32_t>(receipts.size()), .failures = {}};
  for (std::size_t i = 0; i < receipts.size(); ++i) {
    if (!receipts[i]) {
      reply.failures.push_back({static_cast<std::uint32_t>(i), std::move(receipts[i].error())});
      continue;
    }
    QueueEntry& log = LogOf(queue, *receipts[i]);
    const auto position = Locate(log, *receipts[i]);
    if (!position) continue;  // Gone already, or somebody else's by now: that succeeds.
    if (HasExpired(queue, *position, *receipts[i])) {
      reply.failures.push_back(
          {static_cast<std::uint32_t>(i), {Code::kReceiptHandleInvalid, "The receipt handle has expired."}});
      continue;
    }
    const std::size_t before = log.queue.ResidentBytes();
    log.queue.Delete(*position);
    resident_bytes_ += log.queue.ResidentBytes() - before;
    consumers_.Settle(queue.id, PushedAs(log, receipts[i]->sequence));
    Touch(log);
    ++queue.deleted;
    turn.batch.flush = true;
  }
  Touch(queue);
  return Reply(std::move(reply));
}

Core::Outcome Core::Handle(ChangeVisibility& change, Command& command, Turn& turn) {
  auto found = QueueFor(change.queue, command, turn);
  if (!found) return tl::unexpected(found.error());
  QueueEntry& queue = **found;
  if (auto count = CheckCount(change.entries.size()); !count) return tl::unexpected(count.error());
  std::vector<Result<Receipt>> receipts;
  for (const ChangeVisibility::Entry& entry : change.entries) receipts.push_back(Open(queue, entry.handle));
  if (QueueEntry* log = MustLoadFor(queue, receipts)) return Park(command, *log);

  EntriesReply reply{.count = static_cast<std::uint32_t>(receipts.size()), .failures = {}};
  for (std::size_t i = 0; i < receipts.size(); ++i) {
    const auto fail = [&](Error error) { reply.failures.push_back({static_cast<std::uint32_t>(i), std::move(error)}); };
    const Duration visibility = change.entries[i].visibility;
    if (auto checked = CheckVisibility(visibility); !checked) {
      fail(checked.error());
    } else if (!receipts[i]) {
      fail(receipts[i].error());
    } else if (const auto position = Locate(LogOf(queue, *receipts[i]), *receipts[i]); !position) {
      fail({Code::kNotInFlight, "The message is deleted, or another receive has it by now."});
    } else if (HasExpired(queue, *position, *receipts[i])) {
      fail({Code::kReceiptHandleInvalid, "The receipt handle has expired."});
    } else if (auto total = CheckTotal(receipts[i]->received, visibility, turn.now); !total) {
      fail(total.error());
    } else {
      QueueEntry& log = LogOf(queue, *receipts[i]);
      log.queue.ChangeVisibility(*position, turn.now, turn.now + visibility);
      Touch(log);
      const queues::Sequence pushed = PushedAs(log, position->sequence());
      visibility == Duration::zero() ? consumers_.Settle(queue.id, pushed)
                                     : consumers_.Hide(queue.id, pushed, turn.now + visibility);
    }
  }
  Touch(queue);
  return Reply(std::move(reply));
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
  auto taken = TakeAttempt(queue, waiter.attempt, waiter.max, waiter.visibility, turn, reply);
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

// --- Purge ----------------------------------------------------------------------------------------------------------

Core::Outcome Core::Handle(Purge& purge, Command& command, Turn& turn) {
  auto queue = QueueFor(purge.queue, command, turn);
  if (!queue) return tl::unexpected(queue.error());
  CloseQueue(**queue, turn);
  const std::uint64_t count = (*queue)->queue.Visible() + (*queue)->queue.InFlight() + (*queue)->delayed.count();
  PurgeNow(**queue, turn);
  DoneReply done{{std::to_string(count) + (count == 1 ? " message" : " messages") + " purged"}};
  turn.answers.push_back({command.ticket, Reply(std::move(done))});  // In the order in which things happen.
  // What they wait for is gone: no load will bring it.
  for (Command& deferred : std::exchange((*queue)->deferred, {})) Apply(std::move(deferred), turn);
  if ((*queue)->lane) {
    for (Command& deferred : std::exchange((*queue)->lane->deferred, {})) Apply(std::move(deferred), turn);
  }
  return std::nullopt;
}

// Everything is gone at once for everybody. Where chunks refer to topics' chunks, their counts are put right bit by bit
// afterwards: until then the range stays on disk, as trash.
void Core::PurgeNow(QueueEntry& queue, Turn& turn) {
  if (queue.lane) PurgeNow(*queue.lane, turn);
  CloseQueue(queue, turn);
  Touch(queue);
  const queues::Sequence from = queue.queue.Watermark();
  const queues::Sequence to = queue.queue.next_sequence();
  const auto discard = [&](std::string first, std::string last, queues::Sequence sequence_from) {
    if (queue.queue.has_references()) {
      const std::uint64_t id = hub_.next_id++;
      const TrashRecord range{std::move(first), std::move(last), sequence_from, to};
      const Trash& trash = trash_[id] = {.range = range, .turn = turn.index};
      turn.batch.Put(Key(KeyKind::kTrash, id), trash.range.Encode());
    } else {
      turn.batch.DeleteRange(std::move(first), std::move(last));
    }
  };
  if (queue.queue.Live() > 0) {
    discard(Key(KeyKind::kChunk, queue.id, from), Key(KeyKind::kChunk, queue.id, to), from);
    turn.batch.DeleteRange(Key(KeyKind::kSlots, queue.id, from), Key(KeyKind::kSlots, queue.id, to));
  }
  if (queue.delayed.count() > 0) {
    discard(Key(KeyKind::kDelayed, queue.id), Key(KeyKind::kDelayed, queue.id + 1), queue.delayed_from);
    queue.delayed_from = to;
  }
  const std::size_t before = queue.queue.ResidentBytes();
  ForgetAllAccepted(queue.deduplicator, queue.id, turn);
  queue.queue.Purge();
  consumers_.SettleAll(queue.id);
  resident_bytes_ += queue.queue.ResidentBytes() - before;
  queue.delayed.Clear();
  queue.attempts.Clear();
  queue.load = queue.due_load = 0;  // What they bring is ignored.
  WakeMoveTask(queue, turn.now);
  StoreHub(turn);
  turn.batch.flush = true;
}

}  // namespace hub::core
