// Move tasks: the messages of a dead-letter queue go back to where they came from, or to another queue.
//
// A task is a record in the store. Each turn it moves a few hundred of the messages that are available; those leave one
// queue and enter the other in the same batch. It takes what had come before it was started, so that messages which
// fail again do not keep it going, and leaves what is in flight or delayed.

#include <algorithm>
#include <charconv>

#include "hub/base/arn.h"
#include "hub/core/check_message.h"
#include "hub/core/core.h"
#include "hub/core/keys.h"

namespace hub::core {
namespace {

// A task that is held to a rate takes so many steps a second.
constexpr std::uint32_t kStepsPerSecond = 10;

// The ARN of the source queue, '#', the task's id.
std::string HandleOf(const std::string& source, std::uint64_t id) { return source + "#" + std::to_string(id); }

struct TaskHandle {
  std::string_view source;
  std::uint64_t id = 0;
};

Result<TaskHandle> ReadTaskHandle(std::string_view text) {
  TaskHandle handle;
  const std::size_t hash = text.find('#');
  handle.source = text.substr(0, hash);
  const std::string_view id = hash == std::string_view::npos ? "" : text.substr(hash + 1);
  const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), handle.id);
  if (error == std::errc{} && end == id.data() + id.size() && handle.source.starts_with("arn:")) return handle;
  return Fail(Code::kTaskHandleInvalid, "Value for parameter TaskHandle is invalid.", "TaskHandle");
}

// How long a task that has moved so many messages rests. Never shorter than the rate demands: what a pause left undone
// is not made up for.
Duration RestAfter(std::size_t moved, std::uint32_t rate) {
  constexpr std::uint64_t kSecond = 1'000'000;
  return rate == 0 ? Duration::zero() : std::chrono::microseconds((moved * kSecond + rate - 1) / rate);
}

}  // namespace

// --- Commands -------------------------------------------------------------------------------------------------------

std::vector<QueueEntry*> Core::DeadLetterSourcesOf(const QueueEntry& queue) const {
  std::vector<QueueEntry*> sources;
  for (const auto& [id, source] : catalog_.queues()) {
    if (!source->lane_of && source->settings.dead_letter_queue == queue.arn) sources.push_back(source.get());
  }
  return sources;
}

Core::Outcome Core::Handle(ListDeadLetterSources& list, Command& command, Turn& turn) {
  auto queue = QueueFor(list.queue, command, turn);
  if (!queue) return tl::unexpected(queue.error());
  ArnsReply reply;
  for (const QueueEntry* source : DeadLetterSourcesOf(**queue)) {
    if (source->arn > list.after) reply.arns.push_back(source->arn);
  }
  std::sort(reply.arns.begin(), reply.arns.end());
  reply.more = list.max > 0 && reply.arns.size() > list.max;
  if (reply.more) reply.arns.resize(list.max);
  return Reply(std::move(reply));
}

// Who starts a task must be allowed to take the messages away by hand, and to send them where they go.
Result<void> Core::MayMove(const StartMoveTask& start, const QueueEntry& source,
                           const std::vector<QueueEntry*>& origins, const Command& command, Turn& turn) {
  if (!command.caller) return {};
  for (const std::string_view action : {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}) {
    auto may = Authorise(*command.caller, action, source.arn, source.record.name.account, turn);
    if (!may) return may;
  }
  if (!start.destination.empty()) return {};  // MoveDestination asks.
  for (const QueueEntry* origin : origins) {
    auto may = Authorise(*command.caller, "sqs:SendMessage", origin->arn, origin->record.name.account, turn);
    if (!may) return may;
  }
  return {};
}

// The queue that the request names, or null for none.
Result<QueueEntry*> Core::MoveDestination(const StartMoveTask& start, const QueueEntry& source, const Command& command,
                                          Turn& turn) {
  if (start.destination.empty()) return nullptr;
  auto name = NameFor(Kind::kQueue, start.destination, command, "sqs:SendMessage", turn);
  if (!name) return tl::unexpected(name.error());
  QueueEntry* destination = catalog_.FindQueue(*name);
  if (!destination) return Fail(Code::kQueueNotFound, "There is no queue " + ArnOf(*name) + ".", "DestinationArn");
  const ResourceName& from = source.record.name;
  if (destination != &source && name->account == from.account && IsFifoName(name->name) == IsFifoName(from.name)) {
    return destination;
  }
  return Fail(Code::kInvalidArgument,
              "Messages of " + from.name + " can be moved to another queue of the same kind and account only, not to " +
                  destination->arn + ".",
              "DestinationArn");
}

// [aws 90 to 92]
Core::Outcome Core::Handle(StartMoveTask& start, Command& command, Turn& turn) {
  auto found = QueueFor(start.source, command, turn);
  if (!found) return tl::unexpected(found.error());
  QueueEntry& source = **found;
  const std::vector<QueueEntry*> origins = DeadLetterSourcesOf(source);
  if (auto may = MayMove(start, source, origins, command, turn); !may) return tl::unexpected(may.error());
  auto destination = MoveDestination(start, source, command, turn);
  if (!destination) return tl::unexpected(destination.error());
  if (start.rate > kMoveRateMax) {
    return Fail(Code::kInvalidArgument,
                "A move task may be held to 1 to " + std::to_string(kMoveRateMax) + " messages a second.",
                "MaxNumberOfMessagesPerSecond");
  }
  if (origins.empty()) {
    return Fail(Code::kNotADeadLetterQueue, "Source queue must be configured as a Dead Letter Queue.", "SourceArn");
  }
  if (RunningMoveTask(source.id)) {
    return Fail(Code::kTaskRunning,
                "There is already a task running. Only one active task is allowed for a source queue arn at a given "
                "time.");
  }
  if (moving_.size() >= kMoveTasksMax) {
    return Fail(Code::kOverloaded, std::to_string(kMoveTasksMax) + " move tasks are running. Try again later.");
  }
  if (auto space = HasSpace(); !space) return tl::unexpected(space.error());
  CloseQueue(source, turn);
  if (source.lane) CloseQueue(*source.lane, turn);
  MoveTask task{.id = hub_.next_id++};
  task.record.destination = *destination ? (*destination)->id : 0;
  task.record.destination_arn = *destination ? (*destination)->arn : "";
  task.record.rate = start.rate;
  task.record.started = turn.now;
  task.record.before = source.queue.next_sequence();
  if (source.lane) task.record.lane_before = source.lane->queue.next_sequence();
  task.record.to_move = source.Live() - source.InFlight();
  Store(task, source, turn);
  std::deque<MoveTask>& tasks = move_tasks_[source.id];
  if (tasks.size() >= kMoveTasksKept) {
    turn.batch.Delete(Key(KeyKind::kMoveTask, source.id, tasks.front().id));
    tasks.pop_front();
  }
  moving_.insert(source.id);
  const std::uint64_t id = task.id;
  tasks.push_back(std::move(task));
  return Reply(CreatedReply{HandleOf(source.arn, id)});
}

// [aws 94]
Core::Outcome Core::Handle(CancelMoveTask& cancel, Command& command, Turn& turn) {
  auto handle = ReadTaskHandle(cancel.handle);
  if (!handle) return tl::unexpected(handle.error());
  auto name = NameFor(Kind::kQueue, handle->source, command, ActionOf(command.operation), turn);
  if (!name) return tl::unexpected(name.error());
  const QueueEntry* source = catalog_.FindQueue(*name);
  if (!source) return Fail(Code::kQueueNotFound, "There is no queue " + std::string(handle->source) + ".", "SourceArn");
  const auto tasks = move_tasks_.find(source->id);
  if (tasks != move_tasks_.end()) {
    for (MoveTask& task : tasks->second) {
      if (task.id != handle->id) continue;
      if (task.record.status != MoveStatus::kRunning) {
        return Fail(Code::kInvalidArgument, "The task has ended: only one that is running can be cancelled.");
      }
      EndMoveTask(task, *source, MoveStatus::kCancelled, turn);
      return Reply(MoveTasksReply{{DescriptionOf(task, *source)}});
    }
  }
  return Fail(Code::kTaskNotFound, "Task does not exist.");
}

// [aws 93]
Core::Outcome Core::Handle(ListMoveTasks& list, Command& command, Turn& turn) {
  auto source = QueueFor(list.source, command, turn);
  if (!source) return tl::unexpected(source.error());
  MoveTasksReply reply;
  if (const auto tasks = move_tasks_.find((*source)->id); tasks != move_tasks_.end()) {
    for (auto task = tasks->second.rbegin(); task != tasks->second.rend(); ++task) {
      reply.tasks.push_back(DescriptionOf(*task, **source));
    }
  }
  return Reply(std::move(reply));
}

MoveTaskDescription Core::DescriptionOf(const MoveTask& task, const QueueEntry& source) {
  const MoveTaskRecord& record = task.record;
  return {.handle = record.status == MoveStatus::kRunning ? HandleOf(source.arn, task.id) : "",
          .source = source.arn,
          .destination = record.destination_arn,
          .rate = record.rate,
          .status = record.status,
          .started = record.started,
          .to_move = record.to_move,
          .moved = record.moved,
          .failure = record.failure,
          .reason = record.reason};
}

// --- Moving ---------------------------------------------------------------------------------------------------------

Core::MoveTask* Core::RunningMoveTask(std::uint64_t source) {
  return moving_.contains(source) ? &move_tasks_.at(source).back() : nullptr;
}

// Each in turn, beginning after the one that was served last, so that none waits for another to end.
void Core::RunMoveTasks(Turn& turn) {
  if (moving_.empty() || space_low_) return;
  std::vector<std::uint64_t> sources(moving_.upper_bound(last_moving_), moving_.end());
  sources.insert(sources.end(), moving_.begin(), moving_.upper_bound(last_moving_));
  std::size_t left = kMovesPerTurn;
  for (const std::uint64_t id : sources) {
    if (left == 0) return;
    MoveTask& task = *RunningMoveTask(id);
    if (task.due > turn.now) continue;
    left -= RunMoveTask(task, *catalog_.FindQueue(id), left, turn);
    last_moving_ = id;
  }
}

// One step of a task; returns how many messages it moved. The queue's own messages come before its lane's.
std::size_t Core::RunMoveTask(MoveTask& task, QueueEntry& source, std::size_t messages_max, Turn& turn) {
  const std::uint32_t rate = task.record.rate;
  if (rate > 0) messages_max = std::min<std::size_t>(messages_max, std::max(rate / kStepsPerSecond, 1u));
  const auto before = [&](const QueueEntry& log) { return log.lane_of ? task.record.lane_before : task.record.before; };
  const auto peek = [&](QueueEntry& log, std::size_t messages) {
    std::vector<queues::Position> found;
    log.queue.Peek({.messages = messages, .bytes = kMoveBytesPerTurn, .retention = source.settings.retention},
                   before(log), turn.now, found);
    return found;
  };
  const auto next_log = [&]() -> QueueEntry* {
    for (QueueEntry* log : {&source, source.lane}) {
      if (log && (!peek(*log, 1).empty() || log->queue.PeekWaitsForLoad(before(*log)))) return log;
    }
    return nullptr;
  };
  QueueEntry* log = next_log();
  const std::size_t moved = log ? MoveFound(task, *log, peek(*log, messages_max), turn) : 0;
  if (moved > 0) {
    task.record.moved += moved;
    log->wants_messages = true;  // Read ahead.
    Touch(*log);
    Store(task, source, turn);
  }
  if (task.record.status != MoveStatus::kRunning) return moved;
  task.due = turn.now + RestAfter(moved, rate);
  QueueEntry* next = next_log();
  if (!next) {
    EndMoveTask(task, source, MoveStatus::kCompleted, turn);
  } else if (moved == 0) {
    next->wants_messages = true;
    Touch(*next);
    task.due = kNever;
  }
  return moved;
}

std::size_t Core::MoveFound(MoveTask& task, QueueEntry& log, const std::vector<queues::Position>& found, Turn& turn) {
  QueueEntry& source = log.owner();
  std::size_t moved = 0;
  QueueEntry* destination = catalog_.FindQueue(task.record.destination);
  if (task.record.destination != 0 && !destination) {
    FailMoveTask(task, source, MoveFailure::kQueueGone, "The queue " + task.record.destination_arn + " was deleted.",
                 turn);
    return moved;
  }
  for (const queues::Position& position : found) {
    const Delivery delivery = Deliver(log, position);
    QueueEntry* to = destination ? destination : OriginOf(task, source, delivery, turn);
    if (!to) break;
    MoveBack(log, *to, position, delivery, turn);
    ++moved;
  }
  return moved;
}

// The queue that gave the message up; null when there is none to go back to, and then the task has failed. It must
// still be one whose dead-letter queue this is: of those it was asked whether they may be sent to.
QueueEntry* Core::OriginOf(MoveTask& task, QueueEntry& source, const Delivery& delivery, Turn& turn) {
  const std::string arn(delivery.dead_letter_source);
  QueueEntry* origin = catalog_.FindQueueByArn(arn);
  if (origin && origin->settings.dead_letter_queue == source.arn) return origin;
  if (arn.empty()) {
    FailMoveTask(task, source, MoveFailure::kOriginUnknown,
                 "A message was sent straight to this queue, so that there is none to go back to. Name a destination.",
                 turn);
  } else if (!origin) {
    FailMoveTask(task, source, MoveFailure::kQueueGone,
                 "A message came from " + arn + ", which was deleted. Name a destination.", turn);
  } else {
    FailMoveTask(task, source, MoveFailure::kOriginUnknown,
                 "A message came from " + arn + ", whose dead-letter queue is another by now. Name a destination.",
                 turn);
  }
  return nullptr;
}

// To the queue that it enters it is a new message, sent now, with an id of its own; what the sender said of it stays.
// It was accepted once: deduplication is not asked again.
void Core::MoveBack(QueueEntry& from, QueueEntry& to, const queues::Position& position, const Delivery& delivery,
                    Turn& turn) {
  std::string envelope;
  const queues::Record record = Carry(delivery, envelope);
  QueueEntry& log = LogFor(to, record.group);
  const std::size_t bytes = queues::SizeOf(record) + kRecordOverhead;
  OpenFor(log, turn.now, bytes, turn).Append(record);
  const std::size_t before = from.queue.ResidentBytes();
  from.queue.Delete(position);
  resident_bytes_ += from.queue.ResidentBytes() - before;
  turn.batch.flush = true;  // Neither lost nor there twice, and its new sequence is not given out again.
  ++to.sent;
  ++turn.deliveries;
}

// --- Their course ---------------------------------------------------------------------------------------------------

void Core::EndMoveTask(MoveTask& task, const QueueEntry& source, MoveStatus status, Turn& turn) {
  task.record.status = status;
  moving_.erase(source.id);
  Store(task, source, turn);
  std::string text = "The move task of " + source.label + " is " + std::string(NameOf(status)) + ".";
  if (!task.record.reason.empty()) text += " " + task.record.reason;
  Log(status == MoveStatus::kFailed ? LogLine::Level::kWarning : LogLine::Level::kInfo, std::move(text), turn);
}

void Core::FailMoveTask(MoveTask& task, const QueueEntry& source, MoveFailure failure, std::string reason, Turn& turn) {
  task.record.failure = failure;
  task.record.reason = std::move(reason);
  EndMoveTask(task, source, MoveStatus::kFailed, turn);
}

void Core::Store(const MoveTask& task, const QueueEntry& source, Turn& turn) {
  turn.batch.Put(Key(KeyKind::kMoveTask, source.id, task.id), task.record.Encode());
  turn.batch.flush = true;
}

// Something has been read, or is gone: there may be more to move.
void Core::WakeMoveTask(const QueueEntry& source, Instant now) {
  MoveTask* task = RunningMoveTask(source.lane_of ? source.lane_of->id : source.id);
  if (task && task->due == kNever) task->due = now;
}

void Core::DropMoveTasks(const QueueEntry& source, Turn& turn) {
  moving_.erase(source.id);
  if (move_tasks_.erase(source.id) == 0) return;
  turn.batch.DeleteRange(Key(KeyKind::kMoveTask, source.id), Key(KeyKind::kMoveTask, source.id + 1));
}

// With little space left they rest.
Instant Core::NextMove() const {
  Instant due = kNever;
  if (space_low_) return due;
  for (const std::uint64_t source : moving_) due = std::min(due, move_tasks_.at(source).back().due);
  return due;
}

}  // namespace hub::core
