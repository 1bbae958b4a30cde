#include "hub/core/core.h"

#include <algorithm>

#include "hub/base/assert.h"
#include "hub/core/keys.h"

namespace hub::core {

Core::Core(Options options) : options_(options), config_(std::make_shared<Config>()) {}

Core::~Core() = default;

void Core::BeginTurn(Turn& turn) {
  turn.batch.turn = turn.index;
  MoveSubscriptionsOfQueues(turn);
  KeepArchives(turn);
  std::size_t steps = kTickStepsMax;
  while (steps > 0 && !timers_.empty() && timers_.begin()->first <= turn.now) {
    const std::uint64_t owner = timers_.begin()->second;
    --steps;
    if (TopicEntry* topic = catalog_.FindTopic(owner)) {
      ForgetAccepted(topic->deduplicator, owner, turn);
      UpdateTimer(*topic);
      continue;
    }
    if (SubscriptionEntry* subscription = catalog_.FindSubscription(owner)) {
      DeleteSubscriptionNow(*subscription, turn);  // Nobody has confirmed it.
      continue;
    }
    QueueEntry& queue = *catalog_.FindQueue(owner);
    Touch(queue);
    ForgetAccepted(queue.deduplicator, owner, turn);
    queue.attempts.Expire(turn.now);
    const std::size_t before = queue.queue.ResidentBytes();
    const queues::Queue::Ticked ticked = queue.queue.Tick(turn.now, queue.settings.retention, steps);
    resident_bytes_ += queue.queue.ResidentBytes() - before;
    queue.owner().expired += ticked.expired;
    const Instant tail = queue.queue.TailOldest();
    if (tail != kNever && tail + queue.settings.retention <= turn.now) queue.wants_tail = true;  // Expired, on disk.
    AskForLoads(queue, turn);
    UpdateTimer(queue);
  }
  ApplyLate(turn);
  if (consumers_.NextBeat() <= turn.now) Beat(turn);
  for (Waiter& waiter : waiters_.TakeDue(turn.now)) {
    QueueEntry* queue = catalog_.FindQueue(waiter.queue);
    HUB_ASSERT(queue);
    if (Answer(waiter, *queue, turn)) continue;
    if (queue->WaitsForLoad(turn.now)) {
      waiter.only_load = true;  // There is something: it only has to be read.
      waiter.deadline = kNever;
      waiters_.Add(std::move(waiter));
    } else {
      turn.answers.push_back({waiter.ticket, Reply(ReceiveReply())});
    }
  }
}

void Core::Apply(Command command, Turn& turn) {
  if (!misbehaving_.empty() && (IsMadeLate(command, turn) || IsFailed(command, turn))) return;
  ApplyNow(std::move(command), turn);
}

void Core::ApplyNow(Command command, Turn& turn) {
  Outcome outcome = std::visit([&](auto& operation) { return Handle(operation, command, turn); }, command.operation);
  if (outcome) turn.answers.push_back({command.ticket, std::move(*outcome)});
}

void Core::EndSession(std::uint32_t endpoint, std::uint64_t session, Turn& turn) {
  for (const Consumers::Id id : consumers_.OfSession(endpoint, session)) EndConsumer(id, turn);
  waiters_.DropSession(endpoint, session);
  std::erase_if(late_, [&](const auto& one) {
    return one.second.ticket.endpoint == endpoint && one.second.ticket.session == session;
  });
  std::erase_if(peeks_, [&](const auto& one) {
    return one.second.ticket.endpoint == endpoint && one.second.ticket.session == session;
  });
  followers_.Remove(endpoint, session);
  if (deliverer_ && deliverer_->endpoint == endpoint && deliverer_->session == session) deliverer_.reset();
}

void Core::ServeWaiters(Turn& turn) {
  RunReplays(turn);
  RunMoveTasks(turn);  // In the turn that has read for them: its end may let go of what was read.
  for (std::size_t i = 0; i < touched_.size(); ++i) {
    QueueEntry* queue = catalog_.FindQueue(touched_[i]);
    if (queue) Serve(queue->owner(), turn);
  }
  // Serving may have moved messages to dead-letter queues whose turn was over. Each move took a waiter or many receives
  // before, so that this ends.
  while (!awaited_dead_letters_.empty()) {
    const std::uint64_t id = awaited_dead_letters_.back();
    awaited_dead_letters_.pop_back();
    if (QueueEntry* queue = catalog_.FindQueue(id)) Serve(*queue, turn);
  }
}

void Core::Serve(QueueEntry& queue, Turn& turn) {
  if (consumers_.Any(queue.id)) LineUp(queue, turn);
  ServeLine(queue, turn);
  // Whoever would not wait, had there been nothing to read, does not stand behind those who do.
  if (!waiters_.Any(queue.id) || queue.WaitsForLoad(turn.now)) return;
  bool any = false;
  for (Waiter& waiter : waiters_.TakeOnlyLoad(queue.id)) {
    const bool answered = Answer(waiter, queue, turn);
    any = any || answered;
    if (!answered) waiters_.Add(std::move(waiter));  // It repeats a receive, and must read more.
  }
  if (any) ServeLine(queue, turn);  // A receive that was repeated may have let go of its messages.
}

void Core::ServeLine(QueueEntry& queue, Turn& turn) {
  std::size_t share = 0;  // Of what there is now, for each push consumer.
  while (const Waiter* waiter = waiters_.First(queue.id)) {
    if (waiter->consumer != 0) {
      if (share == 0) share = ShareOf(queue, turn);
      if (!Push(waiter->consumer, queue, share, turn)) break;
      continue;
    }
    if (!Answer(*waiter, queue, turn)) break;
    waiters_.RemoveFirst(queue.id);
  }
}

void Core::EndTurn(Turn& turn) {
  CloseAll(turn);
  RecheckFollowers(turn);
  if (turn.log_lines_left_out > 0) {
    turn.log.push_back({LogLine::Level::kWarning, std::to_string(turn.log_lines_left_out) + " more lines like these."});
  }
  PendingCommit pending{.turn = turn.index, .queues = {}};
  for (const std::uint64_t id : touched_) {
    QueueEntry* queue = catalog_.FindQueue(id);
    if (!queue) continue;
    WriteQueue(*queue, turn);
    AskForLoads(*queue, turn);
    UpdateTimer(*queue);
    queue->touched = false;
    pending.queues.emplace_back(id, queue->queue.next_sequence());
  }
  touched_.clear();
  topic_chunks_.WriteChanges(turn.batch);
  for (const std::uint64_t id : std::exchange(wanting_, {})) {
    if (QueueEntry* queue = catalog_.FindQueue(id)) AskForLoads(*queue, turn);
  }
  AskForTrash(turn);
  // An acknowledgement that wrote nothing still has ids of this boot.
  if (!turn.batch.writes.empty() || (turn.batch.flush && !boot_stored_)) StoreHub(turn);
  pending_.push_back(std::move(pending));
  KeepWithinBudget();
}

void Core::Committed(std::uint64_t turn) {
  committed_turn_ = std::max(committed_turn_, turn);
  while (!pending_.empty() && pending_.front().turn <= turn) {
    for (const auto& [id, sequence] : pending_.front().queues) {
      QueueEntry* queue = catalog_.FindQueue(id);
      if (!queue) continue;
      const std::size_t before = queue->queue.ResidentBytes();
      queue->queue.Committed(pending_.front().turn, sequence);
      resident_bytes_ += queue->queue.ResidentBytes() - before;
      queue->delayed.Committed(pending_.front().turn);
      UpdateTimer(*queue);
      if (queue->load == 0 && (queue->wants_messages || queue->wants_tail)) wanting_.insert(id);
    }
    pending_.pop_front();
  }
  std::uint64_t readable = committed_turn_;
  for (const auto& [id, load] : loads_) readable = std::min(readable, load.readable_turn);
  topic_chunks_.Evict(readable);
}

Instant Core::NextDue() const {
  if (!wanting_.empty() || TrashIsReadable()) return InstantOf(0);
  const Instant timer = timers_.empty() ? kNever : timers_.begin()->first;
  const Instant late = late_.empty() ? kNever : late_.begin()->first;
  return std::min({timer, waiters_.NextDue(), consumers_.NextBeat(), NextMove(), NextReplay(), late});
}

// A stranger must not be able to fill the log: beyond so many lines a turn, only their number is told.
void Core::Log(LogLine::Level level, std::string text, Turn& turn) {
  if (turn.log.size() < kLogLinesMax) {
    turn.log.push_back({level, std::move(text)});
  } else {
    ++turn.log_lines_left_out;
  }
}

void Core::AnswerAllWaiters(Turn& turn) {
  const Error stopping{Code::kUnavailable, "The hub is stopping. Try again when it is back."};
  // They still have what they have in flight, and may acknowledge it when the hub is back: it stays hidden.
  for (const Consumers::Id id : consumers_.All()) {
    const Consumer consumer = consumers_.Close(id).consumer;
    const QueueEntry* of = catalog_.FindQueue(consumer.queue);
    if (of && of->delivers_for) --delivery_consumers_;
    if (consumer.place != 0) waiters_.Remove(consumer.place);
    turn.answers.push_back({consumer.ticket, tl::unexpected(stopping)});
  }
  for (const auto& [due, command] : std::exchange(late_, {})) {
    turn.answers.push_back({command.ticket, tl::unexpected(stopping)});
  }
  for (const auto& [load, peek] : std::exchange(peeks_, {})) {
    turn.answers.push_back({peek.ticket, tl::unexpected(stopping)});
  }
  for (const Waiter& waiter : waiters_.TakeAll()) turn.answers.push_back({waiter.ticket, Reply(ReceiveReply())});
  for (const auto& [id, queue] : catalog_.queues()) {
    for (const Command& command : std::exchange(queue->deferred, {})) {
      turn.answers.push_back({command.ticket, tl::unexpected(stopping)});
    }
  }
}

void Core::StoreHub(Turn& turn) {
  // The exact time of each batch: were it rounded up, every restart would shorten what is hidden, delayed or kept.
  hub_.time = turn.now;
  turn.batch.Put(HubKey(), hub_.Encode());
  // A handle of this boot must not leave before the boot is on disk, or the next one would have the same number.
  if (!std::exchange(boot_stored_, true)) turn.batch.flush = true;
}

Core::Outcome Core::Handle(DescribeHub&, Command& command, Turn& turn) {
  if (command.caller && command.caller->identity &&
      command.caller->identity->principal().kind == policy::Principal::Kind::kAnonymous) {
    return Fail(Code::kAccessDenied, "Say who you are first: the hub tells its state to its users only.");
  }
  HubReply reply;
  reply.turns = turn.index;
  reply.flushes = turn.flushes;
  reply.boot = hub_.boot;
  reply.uptime = turn.now - start_time_ - advanced_;
  reply.queues = catalog_.QueueCount();
  reply.topics = catalog_.topics().size();
  switch (config_->durability) {
    case Durability::kFlush: reply.durability = "flush"; break;
    case Durability::kInterval: reply.durability = "interval"; break;
    case Durability::kMemory: reply.durability = "memory"; break;
  }
  return Reply(std::move(reply));
}

}  // namespace hub::core
