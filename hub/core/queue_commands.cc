// Commands on the messages of queues, but for receiving (receiving.cc).

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

Result<void> CheckDeduplication(const FifoSettings& fifo, const std::vector<Message>& messages) {
  const bool missing = fifo.on && !fifo.by_content &&
                       std::any_of(messages.begin(), messages.end(),
                                   [](const Message& message) { return message.deduplication.empty(); });
  if (!missing) return {};
  return Fail(Code::kDeduplicationMissing, "A message has no deduplication id.", "MessageDeduplicationId");
}

// [aws 67] From when the handle's receive was asked for; making a message visible at once is always possible.
Result<void> CheckTotal(Instant received, Duration visibility, Instant now) {
  if (visibility == Duration::zero() || now + visibility <= received + kVisibilityMax) return {};
  return Fail(Code::kInvalidArgument,
              "Value " + std::to_string(std::chrono::duration_cast<std::chrono::seconds>(visibility).count()) +
                  " for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for the message is "
                  "beyond the limit [" +
                  std::to_string(std::chrono::duration_cast<std::chrono::seconds>(kVisibilityMax).count()) +
                  " seconds]",
              "VisibilityTimeout");
}

}  // namespace

// --- Send -----------------------------------------------------------------------------------------------------------

Core::Outcome Core::Handle(Send& send, Command& command, Turn& turn) {
  auto queue = QueueFor(send.queue, command, turn);
  if (!queue) return tl::unexpected(queue.error());
  if (send.only_ask && send.entries.empty()) return Reply(SendReply());
  if (auto count = CheckCount(send.entries.size()); !count) return tl::unexpected(count.error());
  if (auto space = HasSpace(); !space) return tl::unexpected(space.error());
  if (auto checked = send.as_sqs ? CheckDeduplication((*queue)->settings.fifo, send.entries) : Result<void>();
      !checked) {
    return tl::unexpected(checked.error());
  }
  const std::string sender = PrincipalOf(command);
  SendReply reply;
  reply.ids.reserve(send.entries.size());
  for (std::size_t i = 0; i < send.entries.size(); ++i) {
    const auto is_text = send.as_sqs ? CheckBodyIsText(send.entries[i]) : Result<void>();
    auto sent = is_text ? SendOne(**queue, std::move(send.entries[i]), sender, turn) : tl::unexpected(is_text.error());
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
  if (fifo.on && queue.open_topic) CloseTopic(*queue.open_topic, turn);  // What it delivers gets its sequences.
  if (const auto accepted = FindAccepted(queue.deduplicator, queue.id, message, fifo, turn)) {
    return Sent{MessageIdOf(hub_.secret, queue.id, *accepted), *accepted};
  }
  if (auto room = HasRoomToAccept(fifo); !room) return tl::unexpected(room.error());
  const std::optional<Duration> delay = fifo.on ? std::nullopt : message.delay;
  QueueEntry& log = LogFor(queue, message.group);
  queues::ChunkBuilder& chunk =
      OpenFor(log, turn.now, SizeOf(message) + message.trace.size() + kRecordOverhead, turn, delay);
  const queues::Sequence sequence = chunk.id_base() + chunk.count();
  chunk.Append(message, {}, sender);
  if (fifo.on) {
    const queues::Fingerprint fingerprint = NoteAccepted(queue.deduplicator, message, fifo, turn);
    queue.deduplicator.known->Number(fingerprint, sequence);
  }
  turn.batch.flush = true;
  ++turn.deliveries;
  ++queue.sent;
  return Sent{MessageIdOf(hub_.secret, log.id, sequence), sequence};
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

// The message, if the handle is still the newest one for it, or may be older. A handle newer than what the store
// remembers is honoured: its receive was lost with the power, not made up, since the MAC is right.
std::optional<queues::Position> Core::Locate(QueueEntry& queue, const Receipt& receipt, bool may_be_older) const {
  queues::Position position;
  if (queue.queue.Find(receipt.sequence, position) != queues::Queue::Where::kHere) return std::nullopt;
  const queues::SlotState state = position.chunk->slots.StateOf(position.slot);
  const bool newest = state.this_boot ? receipt.boot == hub_.boot && receipt.receive == state.receives
                                      : receipt.receive >= state.receives;
  if (!newest && !may_be_older) return std::nullopt;
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
  if (erase.only_ask && erase.handles.empty()) return Reply(EntriesReply());
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
          {static_cast<std::uint32_t>(i), {Code::kHandleExpired, "The receipt handle has expired."}});
      continue;
    }
    if (IsDeleteForgotten(log, *position)) {
      log.queue.ChangeVisibility(*position, turn.now, turn.now);
      consumers_.Settle(queue.id, PushedAs(log, receipts[i]->sequence));
      Touch(log);
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
  if (change.only_ask && change.entries.empty()) return Reply(EntriesReply());
  if (auto count = CheckCount(change.entries.size()); !count) return tl::unexpected(count.error());
  std::vector<Result<Receipt>> receipts;
  for (const ChangeVisibility::Entry& entry : change.entries) receipts.push_back(Open(queue, entry.handle));
  if (QueueEntry* log = MustLoadFor(queue, receipts)) return Park(command, *log);

  const bool may_be_older = change.as_sqs && !queue.settings.fifo.on;
  consumers_.SettleDue(queue.id, turn.now);  // What is hidden anew after its visibility is no longer a consumer's.
  EntriesReply reply{.count = static_cast<std::uint32_t>(receipts.size()), .failures = {}};
  for (std::size_t i = 0; i < receipts.size(); ++i) {
    const auto fail = [&](Error error) { reply.failures.push_back({static_cast<std::uint32_t>(i), std::move(error)}); };
    const Duration visibility = change.entries[i].visibility;
    if (auto checked = CheckVisibility(visibility); !checked) {
      fail(checked.error());
    } else if (!receipts[i]) {
      fail(receipts[i].error());
    } else if (const auto position = Locate(LogOf(queue, *receipts[i]), *receipts[i], may_be_older); !position) {
      fail({Code::kNotInFlight, "The message is deleted, or another receive has it by now."});
    } else if (HasExpired(queue, *position, *receipts[i])) {
      fail({Code::kHandleExpired, "The receipt handle has expired."});
    } else if (auto total = CheckTotal(receipts[i]->received, visibility, turn.now); !total) {
      fail(total.error());
    } else {
      QueueEntry& log = LogOf(queue, *receipts[i]);
      log.queue.ChangeVisibility(*position, turn.now, turn.now + visibility);
      Touch(log);
      const queues::Sequence pushed = PushedAs(log, position->sequence());
      const Instant expires = position->chunk->sent + queue.settings.retention;
      visibility == Duration::zero() ? consumers_.Settle(queue.id, pushed)
                                     : consumers_.Hide(queue.id, pushed, std::min(turn.now + visibility, expires));
    }
  }
  Touch(queue);
  return Reply(std::move(reply));
}

// --- Purge ----------------------------------------------------------------------------------------------------------

// [aws 25] Counted since the start: a restart forgets it.
Result<void> Core::MayPurgeAgain(QueueEntry& queue, const Turn& turn) const {
  const std::optional<Instant> last = std::exchange(queue.purged, turn.now);
  if (!config_->sixty_second_rules || !last || turn.now >= *last + kSixtySeconds) return {};
  queue.purged = last;
  return Fail(Code::kPurgeInProgress,
              "Only one PurgeQueue operation on " + queue.record.name.name + " is allowed every 60 seconds.",
              queue.record.name.name);
}

Core::Outcome Core::Handle(Purge& purge, Command& command, Turn& turn) {
  auto queue = QueueFor(purge.queue, command, turn);
  if (!queue) return tl::unexpected(queue.error());
  if (auto may = MayPurgeAgain(**queue, turn); !may) return tl::unexpected(may.error());
  CloseQueue(**queue, turn);
  const std::uint64_t count = (*queue)->queue.Visible() + (*queue)->queue.InFlight() + (*queue)->delayed.count();
  PurgeNow(**queue, turn);
  DoneReply done{{std::to_string(count) + (count == 1 ? " message" : " messages") + " purged"}};
  turn.answers.push_back({command.ticket, Reply(std::move(done))});  // In the order in which things happen.
  // What they wait for is gone: no load will bring it.
  for (Command& deferred : std::exchange((*queue)->deferred, {})) ApplyNow(std::move(deferred), turn);
  if ((*queue)->lane) {
    for (Command& deferred : std::exchange((*queue)->lane->deferred, {})) ApplyNow(std::move(deferred), turn);
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
  queue.given_up.clear();
  queue.untried.clear();
  queue.attempts.Clear();
  queue.load = queue.due_load = 0;  // What they bring is ignored.
  WakeMoveTask(queue, turn.now);
  StoreHub(turn);
  turn.batch.flush = true;
}

}  // namespace hub::core
