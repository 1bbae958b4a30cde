// Push consumers: opened, served in turn with the long polls, and ended.
//
// A consumer that has credit stands among the waiters of its queue. Once served it goes to the end of the line, or out
// of it until it has credit again.

#include <algorithm>

#include "hub/base/assert.h"
#include "hub/core/core.h"

namespace hub::core {

Core::Outcome Core::Handle(Consume& consume, Command& command, Turn& turn) {
  auto found = QueueFor(consume.queue, command, turn);
  if (!found) return tl::unexpected(found.error());
  if (consume.credit < 1 || consume.credit > kCreditMax) {
    return Fail(Code::kInvalidArgument, "A push consumer's credit is 1 to " + std::to_string(kCreditMax) +
                                            " messages, not " + std::to_string(consume.credit) + ".");
  }
  if (consume.visibility && (*consume.visibility < kPushVisibilityMin || *consume.visibility > kVisibilityMax)) {
    return Fail(Code::kInvalidArgument, "The visibility timeout of a push consumer must be from 1 second to 12 hours.");
  }
  if (consumers_.Find(command.ticket)) {
    return Fail(Code::kInvalidArgument, "There is a push consumer with this request id. Cancel it first.");
  }
  const std::size_t of_session = consumers_.OfSession(command.ticket.endpoint, command.ticket.session).size();
  if (consumers_.size() - delivery_consumers_ >= kConsumersMax || of_session >= kConsumersPerSessionMax) {
    return Fail(Code::kOverloaded, "There are too many push consumers. Cancel some, or try again later.");
  }
  consumers_.Open({.ticket = command.ticket,
                   .caller = command.caller,
                   .queue = (*found)->id,
                   .credit = consume.credit,
                   .visibility = consume.visibility,
                   .policies = policies_.generation()},
                  turn.now);
  turn.answers.push_back({command.ticket, Reply(ReceiveReply()), /*more=*/true});  // It is open.
  Touch(**found);
  return std::nullopt;
}

Core::Outcome Core::Handle(Cancel& cancel, Command& command, Turn& turn) {
  const Ticket ticket{command.ticket.endpoint, command.ticket.session, cancel.consumer};
  const auto id = consumers_.Find(ticket);
  if (!id) {
    return Fail(Code::kInvalidArgument,
                "This session has no push consumer with the request id " + std::to_string(cancel.consumer) + ".");
  }
  EndConsumer(*id, turn);
  turn.answers.push_back({ticket, Reply(ReceiveReply())});
  return Reply(DoneReply());
}

// --- The line -------------------------------------------------------------------------------------------------------

// Who has credit again waits for messages, behind those who do already.
void Core::LineUp(QueueEntry& queue, Turn& turn) {
  consumers_.SettleDue(queue.id, turn.now);
  for (const Consumers::Id id : consumers_.TakeRegained(queue.id)) {
    Consumer* consumer = consumers_.Find(id);
    if (consumer != nullptr && consumer->place == 0) StandInLine(id, *consumer);
  }
}

void Core::StandInLine(Consumers::Id id, Consumer& consumer) {
  if (!consumer.HasCredit()) return;
  consumer.place = waiters_.Add({.ticket = consumer.ticket,
                                 .caller = nullptr,
                                 .queue = consumer.queue,
                                 .max = 0,
                                 .visibility = {},
                                 .attempt = {},
                                 .deadline = kNever,
                                 .policies = 0,
                                 .only_load = false,
                                 .consumer = id});
}

// What is there is shared out evenly among those who wait: the first one's credit would often take it all.
std::size_t Core::ShareOf(QueueEntry& queue, Turn& turn) {
  const auto visible = [&] { return queue.Live() - queue.InFlight(); };
  if (visible() == 0) {  // What this turn has sent is to be shared out, too.
    CloseQueue(queue, turn);
    if (queue.lane) CloseQueue(*queue.lane, turn);
  }
  const std::size_t line = waiters_.CountOf(queue.id);
  return std::max<std::size_t>((visible() + line - 1) / line, 1);
}

// Serves the first in line. False when there is nothing for it, so that it stays where it is.
bool Core::Push(Consumers::Id id, QueueEntry& queue, std::size_t share, Turn& turn) {
  if (!MayGoOn(id, queue, turn)) return true;
  Consumer& consumer = *consumers_.Find(id);
  const Duration visibility = consumer.visibility.value_or(queue.settings.visibility_timeout);
  const Taker taker{.max = std::min({share, consumer.credit - consumer.in_flight.size(), kReceiveMax}),
                    .visibility = std::max<Duration>(visibility, kPushVisibilityMin),
                    .consumer = id,
                    .bytes = consumer.bytes_max - consumer.bytes};
  ReceiveReply reply;
  if (!Take(queue, taker, turn, reply)) return false;
  if (queue.delivers_for) reply.target = TargetOf(*queue.delivers_for);
  turn.answers.push_back({consumer.ticket, Reply(std::move(reply)), /*more=*/true});
  consumer.silent = false;
  waiters_.Remove(std::exchange(consumer.place, 0));
  StandInLine(id, consumer);
  return true;
}

// Whether the policies still admit it; they may have changed since. If not, it ends.
bool Core::MayGoOn(Consumers::Id id, QueueEntry& queue, Turn& turn) {
  Consumer& consumer = *consumers_.Find(id);
  if (consumer.policies == policies_.generation() || !consumer.caller) return true;
  auto allowed = Authorise(*consumer.caller, "sqs:ReceiveMessage", queue.arn, queue.record.name.account, turn);
  consumer.policies = policies_.generation();
  if (allowed) return true;
  EndConsumers({id}, allowed.error(), turn);
  return false;
}

// In flight until its visibility or its retention ends, whichever comes first.
void Core::NotePushed(Consumers::Id id, const QueueEntry& queue, const queues::Position& position, Instant until) {
  const queues::Chunk& chunk = *position.chunk;
  const queues::Record record = chunk.content.At(position.slot);
  consumers_.Push(PushedAs(queue, position.sequence()),
                  {.consumer = id,
                   .receive = chunk.slots.StateOf(position.slot).receives,
                   .until = std::min(until, chunk.sent + queue.settings.retention),
                   .bytes = record.body.size() + record.attributes.size()});
}

// --- Ends -----------------------------------------------------------------------------------------------------------

// Without an answer to it. What it has in flight is visible again, where it still is in flight by that receive.
void Core::EndConsumer(Consumers::Id id, Turn& turn) {
  consumers_.SettleDue(consumers_.Find(id)->queue, turn.now);
  const Consumers::Closed closed = consumers_.Close(id);
  if (closed.consumer.place != 0) waiters_.Remove(closed.consumer.place);
  QueueEntry* queue = catalog_.FindQueue(closed.consumer.queue);
  HUB_ASSERT(queue);
  if (queue->delivers_for) --delivery_consumers_;
  Touch(*queue);
  for (const Consumers::InFlight& message : closed.in_flight) {
    QueueEntry& log = message.sequence & kLaneBit ? *queue->lane : *queue;
    const auto position = Locate(log, {.queue = log.id,
                                       .sequence = message.sequence & ~kLaneBit,
                                       .receive = message.receive,
                                       .boot = static_cast<std::uint32_t>(hub_.boot),
                                       .received = {}});
    if (!position || !position->chunk->slots.IsInFlight(position->slot)) continue;
    log.queue.ChangeVisibility(*position, turn.now, turn.now);
    Touch(log);
  }
}

void Core::EndConsumers(const std::vector<Consumers::Id>& ids, const Error& why, Turn& turn) {
  for (const Consumers::Id id : ids) {
    turn.answers.push_back({consumers_.Find(id)->ticket, tl::unexpected(why)});
    EndConsumer(id, turn);
  }
}

// Something is said to every consumer at least so often: an endpoint learns only from an answer that nobody is there.
// Whether it may go on is asked as well, so that it need not wait for a message to learn that it may not.
void Core::Beat(Turn& turn) {
  for (const Consumers::Id id : consumers_.Beat(turn.now)) {
    Consumer& consumer = *consumers_.Find(id);
    QueueEntry* queue = catalog_.FindQueue(consumer.queue);
    HUB_ASSERT(queue);
    const Ticket ticket = consumer.ticket;
    if (queue->delivers_for) continue;  // The hub's own: it need not be told.
    if (MayGoOn(id, *queue, turn)) turn.answers.push_back({ticket, Reply(ReceiveReply()), /*more=*/true});
  }
}

}  // namespace hub::core
