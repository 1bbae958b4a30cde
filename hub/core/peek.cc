#include "hub/core/peek.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "hub/core/core.h"
#include "hub/core/keys.h"

namespace hub::core {
namespace {

constexpr std::size_t kPeekBytes = 2 * 1024 * 1024;  // Read at once.
constexpr std::size_t kPeekLoadsMax = 16;            // For one page, if what is read is mostly left out.
constexpr std::size_t kPeekReplyBytesMax = kReplyBytesMax / 2;

bool IsDelayedStage(std::uint8_t stage) { return stage == PeekPlace::kDelayed || stage == PeekPlace::kLaneDelayed; }

// The log of a stage; null when there is nothing to read there.
QueueEntry* LogAt(QueueEntry& queue, const PeekPlace& place) {
  const bool of_lane = place.stage == PeekPlace::kLaneLog || place.stage == PeekPlace::kLaneDelayed;
  QueueEntry* log = of_lane ? queue.lane : &queue;
  if (!log) return nullptr;
  const std::uint64_t count = IsDelayedStage(place.stage) ? log->delayed.count() : log->queue.Live();
  return count > 0 ? log : nullptr;
}

PeekPlace NextStage(const PeekPlace& place) { return {.stage = static_cast<std::uint8_t>(place.stage + 1)}; }

}  // namespace

std::string_view NameOf(MessageState state) {
  switch (state) {
    case MessageState::kVisible: return "visible";
    case MessageState::kInFlight: return "in_flight";
    case MessageState::kDelayed: return "delayed";
  }
  return "";
}

std::string Format(const PeekPlace& place) {
  return std::to_string(place.stage) + "-" + std::to_string(place.due) + "-" + std::to_string(place.sequence) + "-" +
         std::to_string(place.slot);
}

std::optional<PeekPlace> ParsePeekPlace(std::string_view text) {
  std::array<std::uint64_t, 4> parts{};
  const char* at = text.data();
  const char* const end = at + text.size();
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0 && (at == end || *at++ != '-')) return std::nullopt;
    const auto [next, error] = std::from_chars(at, end, parts[i]);
    if (error != std::errc{}) return std::nullopt;
    at = next;
  }
  if (at != end || parts[0] >= PeekPlace::kEnd) return std::nullopt;
  return PeekPlace{
      .stage = static_cast<std::uint8_t>(parts[0]), .due = parts[1], .sequence = parts[2], .slot = parts[3]};
}

Core::Outcome Core::Handle(PeekMessages& peek, Command& command, Turn& turn) {
  auto queue = IsOfHub(command) && TopicInArn(peek.queue) ? OutboxOf(peek.queue) : QueueFor(peek.queue, command, turn);
  if (!queue) return tl::unexpected(queue.error());
  if (peek.max < 1 || peek.max > kPeekMax) {
    return Fail(
        Code::kInvalidArgument,
        "A look may ask for 1 to " + std::to_string(kPeekMax) + " messages, not " + std::to_string(peek.max) + ".",
        "MaxNumberOfMessages");
  }
  const std::optional<PeekPlace> from = peek.after.empty() ? PeekPlace() : ParsePeekPlace(peek.after);
  if (!from) {
    return Fail(Code::kInvalidArgument, "\"" + peek.after + "\" is not what a page ended with.", "NextToken");
  }
  if (peeks_.size() >= kPeeksMax) {
    return Fail(Code::kOverloaded, "Too many are looking at queues at once. Try again later.");
  }
  GoOn({.ticket = command.ticket,
        .caller = command.caller,
        .queue = (*queue)->id,
        .policies = policies_.generation(),
        .want = std::move(peek),
        .at = *from,
        .reply = {}},
       turn);
  return std::nullopt;
}

// For the hub's own pages: what a subscription that is not a queue is still to get, or would have got.
Result<QueueEntry*> Core::OutboxOf(std::string_view subscription_arn) const {
  const SubscriptionEntry* subscription = catalog_.FindSubscriptionByArn(subscription_arn);
  if (subscription && subscription->record.delivery != 0) return subscription->queue;
  return Fail(Code::kSubscriptionNotFound,
              "There is no subscription " + std::string(subscription_arn) + ", or it is one of a queue.");
}

// Asks for what comes next, or answers when there is nothing more.
void Core::GoOn(Peek peek, Turn& turn) {
  QueueEntry& queue = *catalog_.FindQueue(peek.queue);
  const std::uint8_t end = peek.want.delayed ? PeekPlace::kEnd : PeekPlace::kDelayed;
  while (peek.at.stage < end && !LogAt(queue, peek.at)) peek.at = NextStage(peek.at);
  if (peek.at.stage >= end) return Answer(std::move(peek), turn);
  if (peek.loads == kPeekLoadsMax) {
    peek.reply.next = Format(peek.at);
    return Answer(std::move(peek), turn);
  }
  ++peek.loads;
  const QueueEntry& log = *LogAt(queue, peek.at);
  Load load{.id = 0, .from = {}, .to = {}, .rows_max = kPeekMax, .bytes_max = kPeekBytes, .bodies = true};
  if (IsDelayedStage(peek.at.stage)) {
    load.from = DelayedKey(log.id, InstantOf(static_cast<std::int64_t>(peek.at.due)), peek.at.sequence);
    load.to = Key(KeyKind::kDelayed, log.id + 1);
  } else {
    load.from = Key(KeyKind::kChunk, log.id, std::max(peek.at.sequence, log.queue.Watermark()));
    load.to = Key(KeyKind::kChunk, log.id + 1);
  }
  const std::uint64_t id = Ask(std::move(load), LoadKind::kPeek, queue.id, turn);
  peeks_.emplace(id, std::move(peek));
}

void Core::Answer(Peek peek, Turn& turn) { turn.answers.push_back({peek.ticket, Reply(std::move(peek.reply))}); }

void Core::AddPeek(Loaded& loaded, Turn& turn) {
  auto node = peeks_.extract(loaded.id);
  if (node.empty()) return;  // Whoever looked has left.
  Peek peek = std::move(node.mapped());
  QueueEntry* queue = catalog_.FindQueue(peek.queue);
  if (!queue) {
    turn.answers.push_back({peek.ticket, Fail(Code::kQueueNotFound, "The queue was deleted.")});
    return;
  }
  if (peek.policies != policies_.generation() && peek.caller) {
    auto allowed =
        Authorise(*peek.caller, ActionOf(Operation(PeekMessages())), queue->arn, queue->record.name.account, turn);
    if (!allowed) {
      turn.answers.push_back({peek.ticket, tl::unexpected(allowed.error())});
      return;
    }
  }
  QueueEntry* log = LogAt(*queue, peek.at);
  for (const Loaded::Row& row : loaded.rows) {
    if (!log) break;  // Purged meanwhile.
    if (AddRow(peek, *log, row, turn)) continue;
    peek.reply.next = Format(peek.at);
    return Answer(std::move(peek), turn);
  }
  if (!log || loaded.complete) peek.at = NextStage(peek.at);
  GoOn(std::move(peek), turn);
}

// Adds what there is of a chunk. False when the page is full: then peek.at says where the next one begins.
bool Core::AddRow(Peek& peek, QueueEntry& log, const Loaded::Row& row, const Turn& turn) {
  const bool delayed = IsDelayedStage(peek.at.stage);
  const std::uint64_t due = delayed ? KeyPart(row.key, 1) : 0;
  const queues::Sequence first = KeyPart(row.key, delayed ? 2 : 1);
  const bool is_where_it_begins = due == peek.at.due && first == peek.at.sequence;
  const queues::Content content = ContentOf(row.value);
  const std::uint32_t count = content.count();
  const bool gone = delayed ? first < log.delayed_from : content.sent() + log.settings.retention <= turn.now;
  for (std::uint32_t i = is_where_it_begins ? static_cast<std::uint32_t>(std::min<std::uint64_t>(peek.at.slot, count))
                                            : 0;
       i < count && !gone; ++i) {
    const std::optional<Peeked> seen = LookAt(log, content, first, i, delayed, due);
    if (!seen || (seen->state == MessageState::kInFlight && !peek.want.in_flight)) continue;
    const std::size_t bytes = content.bytes() / count;
    if (!peek.reply.messages.empty() &&
        (peek.reply.messages.size() == peek.want.max || peek.bytes + bytes > kPeekReplyBytesMax)) {
      peek.at = {.stage = peek.at.stage, .due = due, .sequence = first, .slot = i};
      return false;
    }
    peek.bytes += bytes;
    if (peek.reply.blocks.empty() || peek.reply.blocks.back() != content.block) {
      peek.reply.blocks.push_back(content.block);
    }
    peek.reply.messages.push_back(*seen);
  }
  peek.at = {.stage = peek.at.stage, .due = due, .sequence = first + (delayed ? 1 : count), .slot = 0};
  return true;
}

// One message of a stored chunk, as memory knows it; nothing when it is gone.
std::optional<Peeked> Core::LookAt(QueueEntry& log, const queues::Content& content, queues::Sequence first,
                                   std::uint32_t slot, bool delayed, std::uint64_t due) const {
  queues::SlotState state;
  Peeked seen;
  if (delayed) {
    seen.state = MessageState::kDelayed;
    seen.until = log.settings.fifo.on ? content.sent() + log.settings.delay : InstantOf(static_cast<std::int64_t>(due));
  } else {
    queues::Position position;
    switch (log.queue.Find(first + slot, position)) {
      case queues::Queue::Where::kHere: {
        const queues::Slots& slots = position.chunk->slots;
        state = slots.StateOf(position.slot);
        if (!slots.IsInFlight(position.slot)) break;
        seen.state = MessageState::kInFlight;
        seen.until = state.hidden_until;
        break;
      }
      case queues::Queue::Where::kOnDisk: break;  // Nobody has touched it.
      case queues::Queue::Where::kGone:
      case queues::Queue::Where::kNever: return std::nullopt;
    }
  }
  seen.delivery = Deliver(log, content, slot, state);
  return seen;
}

}  // namespace hub::core
