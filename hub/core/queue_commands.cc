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
  std::string content_id;
  if (auto checked = CheckOrder(queue.settings.fifo, message, content_id); !checked)
    return tl::unexpected(checked.error());
  const FifoSettings& fifo = queue.settings.fifo;
  if (const auto accepted = FindAccepted(queue.deduplicator, queue.id, message, fifo, turn)) {
    return Sent{MessageIdOf(hub_.secret, queue.id, *accepted), *accepted};
  }
  if (auto room = HasRoomToAccept(fifo); !room) return tl::unexpected(room.error());
  queues::ChunkBuilder& chunk = OpenFor(queue, turn.now, SizeOf(message) + kRecordOverhead, turn);
  const queues::Sequence sequence = chunk.id_base() + chunk.count();
  chunk.Append(message, {}, sender);
  NoteAccepted(queue.deduplicator, message, fifo, sequence, turn);
  turn.batch.flush = true;
  ++turn.deliveries;
  ++queue.sent;
  return Sent{MessageIdOf(hub_.secret, queue.id, sequence), sequence};
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
  ReceiveReply reply;
  Serve(queue, turn);  // Those who have waited come first.
  if (!waiters_.Any(queue.id) && Take(queue, {.max = receive.max, .visibility = receive.visibility}, turn, reply)) {
    return Reply(std::move(reply));
  }
  if (queue.queue.InFlight() >= kInFlightMax && !queue.settings.fifo.on) {
    return Fail(Code::kTooManyInFlight, "The queue has " + std::to_string(kInFlightMax) +
                                            " messages in flight: delete some of those received.");
  }
  const bool load = queue.queue.WaitsForLoad(turn.now, queue.settings.retention);
  if (wait == Duration::zero() && !load) return Reply(ReceiveReply());
  if (waiters_.size() >= kWaitersMax) {
    return Fail(Code::kOverloaded, "Too many receives are waiting. Try again later.");
  }
  Touch(queue);
  waiters_.Add({.ticket = command.ticket,
                .caller = command.caller,
                .queue = queue.id,
                .max = receive.max,
                .visibility = receive.visibility,
                .deadline = wait == Duration::zero() ? kNever : turn.now + wait,
                .policies = policies_.generation(),
                .only_load = wait == Duration::zero()});
  return std::nullopt;
}

// Adds messages to the reply; whether there was any. What was sent in this turn is looked at only when
// there is nothing older, so that its chunk can grow.
bool Core::Take(QueueEntry& queue, const Taker& taker, Turn& turn, ReceiveReply& reply) {
  QueueEntry* dead_letters =
      queue.settings.receives_max > 0 ? catalog_.FindQueueByArn(queue.settings.dead_letter_queue) : nullptr;
  const queues::Queue::Limits limits{.messages = taker.max,
                                     .bytes = taker.bytes,
                                     .in_flight_max = kInFlightMax,
                                     .receives_max = dead_letters ? queue.settings.receives_max : 0,
                                     .retention = queue.settings.retention};
  const Instant until = turn.now + taker.visibility.value_or(queue.settings.visibility_timeout);
  std::vector<queues::Position> taken;
  std::vector<queues::Position> exhausted;
  queue.queue.Receive(limits, turn.now, until, taken, exhausted);
  if (taken.empty() && exhausted.empty() && (queue.open || queue.open_topic)) {
    CloseQueue(queue, turn);
    queue.queue.Receive(limits, turn.now, until, taken, exhausted);
  }
  reply.deliveries.reserve(taken.size());
  const queues::Block* last = nullptr;
  for (const queues::Position& position : taken) {
    const auto& block = position.chunk->content.block;
    if (block.get() != last) reply.blocks.push_back(block);
    last = block.get();
    reply.deliveries.push_back(Deliver(queue, position));
    if (taker.consumer != 0) NotePushed(taker.consumer, queue, position, until);
  }
  for (const queues::Position& position : exhausted) MoveToDeadLetterQueue(queue, *dead_letters, position, turn);
  if (!taken.empty() || !exhausted.empty()) Touch(queue);
  queue.wants_messages = true;  // Read ahead for the next one, if there is more on disk.
  queue.received += taken.size();
  turn.deliveries += taken.size();
  if (taken.empty() && !exhausted.empty()) return Take(queue, taker, turn, reply);
  return !taken.empty();
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
  delivery.handle = SealReceipt(hub_.secret, {.queue = queue.id,
                                              .sequence = position.sequence(),
                                              .receive = state.receives,
                                              .boot = static_cast<std::uint32_t>(hub_.boot)});
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

// The message keeps its id, its body as it was rendered, its attributes and the instant it was sent; its receives go
// on. In a FIFO queue its retention begins anew. [aws 88, 89]
void Core::MoveToDeadLetterQueue(QueueEntry& from, QueueEntry& to, const queues::Position& position, Turn& turn) {
  const Delivery delivery = Deliver(from, position);
  std::string body;
  AppendBody(body, delivery);
  queues::Record record;
  record.body = body;
  if (delivery.envelope_topic.empty()) record.attributes = delivery.encoded_attributes;
  record.sender = delivery.sender;
  record.id = {reinterpret_cast<const char*>(delivery.id.bytes.data()), delivery.id.bytes.size()};
  record.group = delivery.group;
  record.deduplication = delivery.deduplication;
  record.dead_letter_source = from.arn;
  record.prior_receives = delivery.receive_count;
  record.first_received = delivery.first_received;
  const Instant sent = to.settings.fifo.on ? turn.now : delivery.sent;
  OpenFor(to, sent, body.size() + record.attributes.size() + kRecordOverhead + 128, turn).Append(record);
  from.queue.Delete(position);
  if (waiters_.Any(to.id)) awaited_dead_letters_.push_back(to.id);
  // Its new sequence must not be forgotten once a handle names it: the handle would open the next message that gets it.
  turn.batch.flush = true;
  ++from.dead_lettered;
  ++to.sent;
  ++turn.deliveries;
}

// --- Handles --------------------------------------------------------------------------------------------------------

Result<Receipt> Core::Open(const QueueEntry& queue, std::string_view handle) const {
  const auto receipt = OpenReceipt(hub_.secret, handle);
  if (receipt && receipt->queue == queue.id && receipt->sequence < queue.queue.next_sequence()) return *receipt;
  return Fail(Code::kReceiptHandleInvalid, "The receipt handle is not one that this queue gave out.");
}

// Whether some message is known only on disk: then the command waits until it has been read. So it is after a power
// loss, when the store does not remember that it was handed out.
bool Core::MustLoadFor(QueueEntry& queue, const std::vector<Result<Receipt>>& receipts) {
  return std::any_of(receipts.begin(), receipts.end(), [&](const Result<Receipt>& receipt) {
    queues::Position ignored;
    return receipt && receipt->sequence >= queue.queue.tail_from() &&
           queue.queue.Find(receipt->sequence, ignored) == queues::Queue::Where::kOnDisk;
  });
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
  if (MustLoadFor(queue, receipts)) return Park(command, queue);

  EntriesReply reply{.count = static_cast<std::uint32_t>(receipts.size()), .failures = {}};
  for (std::size_t i = 0; i < receipts.size(); ++i) {
    if (!receipts[i]) {
      reply.failures.push_back({static_cast<std::uint32_t>(i), std::move(receipts[i].error())});
      continue;
    }
    const auto position = Locate(queue, *receipts[i]);
    if (!position) continue;  // Gone already, or somebody else's by now: that succeeds.
    if (HasExpired(queue, *position, *receipts[i])) {
      reply.failures.push_back(
          {static_cast<std::uint32_t>(i), {Code::kReceiptHandleInvalid, "The receipt handle has expired."}});
      continue;
    }
    queue.queue.Delete(*position);
    consumers_.Settle(queue.id, receipts[i]->sequence);
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
  if (MustLoadFor(queue, receipts)) return Park(command, queue);

  EntriesReply reply{.count = static_cast<std::uint32_t>(receipts.size()), .failures = {}};
  for (std::size_t i = 0; i < receipts.size(); ++i) {
    const auto fail = [&](Error error) { reply.failures.push_back({static_cast<std::uint32_t>(i), std::move(error)}); };
    const Duration visibility = change.entries[i].visibility;
    if (auto checked = CheckVisibility(visibility); !checked) {
      fail(checked.error());
    } else if (!receipts[i]) {
      fail(receipts[i].error());
    } else if (const auto position = Locate(queue, *receipts[i]); !position) {
      fail({Code::kNotInFlight, "The message is deleted, or another receive has it by now."});
    } else if (HasExpired(queue, *position, *receipts[i])) {
      fail({Code::kReceiptHandleInvalid, "The receipt handle has expired."});
    } else {
      queue.queue.ChangeVisibility(*position, turn.now, turn.now + visibility);
      visibility == Duration::zero() ? consumers_.Settle(queue.id, receipts[i]->sequence)
                                     : consumers_.Hide(queue.id, receipts[i]->sequence, turn.now + visibility);
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
  if (!Take(queue, {.max = waiter.max, .visibility = waiter.visibility}, turn, reply)) {
    if (!waiter.only_load || queue.queue.WaitsForLoad(turn.now, queue.settings.retention)) return false;
  }
  turn.answers.push_back({waiter.ticket, Reply(std::move(reply))});
  return true;
}

// --- Purge ----------------------------------------------------------------------------------------------------------

Core::Outcome Core::Handle(Purge& purge, Command& command, Turn& turn) {
  auto queue = QueueFor(purge.queue, command, turn);
  if (!queue) return tl::unexpected(queue.error());
  PurgeNow(**queue, turn);
  turn.answers.push_back({command.ticket, Reply(DoneReply())});  // In the order in which things happen.
  // What they wait for is gone: no load will bring it.
  for (Command& deferred : std::exchange((*queue)->deferred, {})) Apply(std::move(deferred), turn);
  return std::nullopt;
}

// Everything is gone at once for everybody. Where chunks refer to topics' chunks, their counts are put right bit by bit
// afterwards: until then the range stays on disk, as trash.
void Core::PurgeNow(QueueEntry& queue, Turn& turn) {
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
  queue.load = queue.due_load = 0;  // What they bring is ignored.
  StoreHub(turn);
  turn.batch.flush = true;
}

}  // namespace hub::core
