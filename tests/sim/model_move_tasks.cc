// The reference for move tasks.
//
// A task moves what is there to be received, turn by turn, without an answer. So from when it is started a message has
// two possible places, until an answer tells: a delivery here or there, or a list that says that the task has ended.

#include <algorithm>

#include "tests/sim/model.h"

namespace sim {

using hub::Duration;
using hub::Instant;
using hub::core::MoveStatus;
using hub::core::MoveTaskDescription;
using hub::core::MoveTasksReply;

namespace {

// "arn:aws:sqs:us-east-1:111111111111:dead#12" -> "111111111111/dead"
std::string SourceOf(const std::string& handle) {
  const std::size_t hash = handle.find('#');
  const std::size_t colon = handle.rfind(':', hash);
  return handle.substr(colon - 12, 12) + "/" + handle.substr(colon + 1, hash - colon - 1);
}

// It takes a step and rests for as long as the rate demands; a hub that starts again begins with a step.
bool IsTooFast(const MoveTask& task, const MoveTaskDescription& described, const Event& event) {
  if (task.rate == 0) return false;
  const std::uint64_t step = std::max<std::uint64_t>(task.rate / 10, 1);
  const auto elapsed = static_cast<std::uint64_t>((event.now - task.started).count());
  return described.moved > step * (1 + event.boot - task.boot) + task.rate * elapsed / 1'000'000;
}

}  // namespace

std::pair<Duration, Duration> QueueState::Delays(Instant from, Instant to) const {
  Duration least = delays.back().second;
  Duration greatest = least;
  for (std::size_t i = 0; i + 1 < delays.size(); ++i) {
    if (delays[i].first > to || delays[i + 1].first < from) continue;
    least = std::min(least, delays[i].second);
    greatest = std::max(greatest, delays[i].second);
  }
  return {least, greatest};
}

// --- Commands -------------------------------------------------------------------------------------------------------

// Apart from one that runs already.
std::optional<Model::Code> Model::WhyNotStarted(const hub::core::StartMoveTask& start, CallerKind caller) const {
  if (!MayUse(caller, start.source)) return Code::kAccessDenied;
  if (!queues_.contains(start.source)) return Code::kQueueNotFound;
  bool is_wrong = start.rate > hub::kMoveRateMax;
  bool any_origin = false;
  for (const auto& [name, queue] : queues_) {
    if (queue.ReceivesMax() == 0 || queue.DeadLetters() != start.source) continue;
    any_origin = true;
    if (start.destination.empty() && !MayUse(caller, name)) return Code::kAccessDenied;
  }
  if (!start.destination.empty()) {
    if (!MayUse(caller, start.destination)) return Code::kAccessDenied;
    if (!queues_.contains(start.destination)) return Code::kQueueNotFound;
    is_wrong = is_wrong || start.destination == start.source || IsFifo(start.destination) != IsFifo(start.source) ||
               start.destination.substr(0, 12) != start.source.substr(0, 12);
  }
  if (is_wrong) return Code::kInvalidArgument;
  if (!any_origin) return Code::kNotADeadLetterQueue;
  return std::nullopt;
}

void Model::Check(const hub::core::StartMoveTask& start, const Event& event) {
  std::optional<Code> expected = WhyNotStarted(start, event.issued->caller);
  const auto source = queues_.find(start.source);
  MoveTask* last = source == queues_.end() || source->second.tasks.empty() ? nullptr : &source->second.tasks.back();
  if (!expected && last && !last->is_over) {
    // In the turn that started it, it surely runs.
    if (last->turn == event.turn) expected = Code::kTaskRunning;
    if (!*event.reply && event.reply->error().code == Code::kTaskRunning) return;
  }
  if (!expected && event.is_space_low) expected = Code::kNoSpace;
  if (Refused(event, expected)) return;
  if (last && !last->is_over) EndTask(source->second, *last, std::nullopt, event);
  MoveTask task{.number = event.issued->request,
                .turn = event.turn,
                .boot = event.boot,
                .handle = std::get<hub::core::CreatedReply>(**event.reply).arn,
                .destination = start.destination,
                .destination_uid = start.destination.empty() ? 0 : queues_.at(start.destination).uid,
                .rate = start.rate,
                .started = event.now,
                .status = {}};
  if (!task.handle.starts_with(ArnOfQueue(start.source) + "#")) return Fail(event, "the handle names another queue");
  if (known_) known_->tasks.push_back(task.handle);
  for (auto& [name, queue] : queues_) {
    for (auto& [key, message] : queue.messages) {
      const bool is_here = queue.uid == source->second.uid;
      if (is_here ? message.due > event.now : message.there != source->second.uid) continue;
      ++task.most;
      message.task = task.number;
      message.task_from = event.now;
      message.was_free = is_here && message.IsSure() && !message.may_wait && !queue.IsFifo() &&
                         message.due_at_last <= event.now && message.hidden_until <= event.now;
    }
  }
  source->second.tasks.push_back(std::move(task));
  if (source->second.tasks.size() > hub::kMoveTasksKept) source->second.tasks.erase(source->second.tasks.begin());
}

void Model::Check(const hub::core::CancelMoveTask& cancel, const Event& event) {
  if (cancel.handle.find('#') == std::string::npos) {
    Refused(event, Code::kTaskHandleInvalid);
    return;
  }
  const std::string name = SourceOf(cancel.handle);
  const auto source = queues_.find(name);
  MoveTask* task = nullptr;
  if (source != queues_.end()) {
    const auto found = std::ranges::find(source->second.tasks, cancel.handle, &MoveTask::handle);
    if (found != source->second.tasks.end()) task = &*found;
  }
  std::optional<Code> expected;
  if (!MayUse(event.issued->caller, name)) {
    expected = Code::kAccessDenied;
  } else if (!task) {
    expected = source == queues_.end() ? Code::kQueueNotFound : Code::kTaskNotFound;
  } else if (task->is_over || (!*event.reply && event.reply->error().code == Code::kInvalidArgument)) {
    expected = Code::kInvalidArgument;  // It has ended: how, the answer does not say.
    if (!task->is_over) EndTask(source->second, *task, std::nullopt, event);
  }
  if (Refused(event, expected)) return;
  const auto& reply = std::get<MoveTasksReply>(**event.reply);
  if (reply.tasks.size() != 1 || reply.tasks[0].status != MoveStatus::kCancelled) {
    return Fail(event, "the task is not cancelled");
  }
  EndTask(source->second, *task, MoveStatus::kCancelled, event);
  Check(source->second, *task, reply.tasks[0], event);
}

void Model::Check(const hub::core::ListMoveTasks& list, const Event& event) {
  QueueState* source = QueueFor(event, list.source);
  if (!source) return;
  const auto& reply = std::get<MoveTasksReply>(**event.reply);
  if (reply.tasks.size() != source->tasks.size()) return Fail(event, "lists more or fewer tasks than were started");
  for (std::size_t i = 0; i < reply.tasks.size(); ++i) {
    Check(*source, source->tasks[source->tasks.size() - 1 - i], reply.tasks[i], event);
  }
}

// What is told of a task, and what follows from it.
void Model::Check(QueueState& source, MoveTask& task, const MoveTaskDescription& described, const Event& event) {
  const bool is_running = described.status == MoveStatus::kRunning;
  const std::string destination = task.destination.empty() ? "" : ArnOfQueue(task.destination);
  if (described.handle != (is_running ? task.handle : "") || described.source != ArnOfQueue(source.name) ||
      described.destination != destination || described.rate != task.rate || described.started != task.started) {
    return Fail(event, "tells another task");
  }
  if (described.moved < task.moved || described.moved > task.most) {
    return Fail(event, "the task has moved " + std::to_string(described.moved) + " messages; it should be " +
                           std::to_string(task.moved) + " to " + std::to_string(task.most));
  }
  if (IsTooFast(task, described, event)) return Fail(event, "the task moves more than its rate allows");
  task.moved = described.moved;
  if (task.is_over ? is_running || (task.status && *task.status != described.status)
                   : described.status == MoveStatus::kCancelled) {
    return Fail(event, "the task is " + std::string(NameOf(described.status)));
  }
  const bool is_broken = described.status == MoveStatus::kFailed;
  if (is_broken && task.destination_uid != 0 && FindByUid(task.destination_uid)) {
    return Fail(event, "the task failed: " + described.reason);
  }
  if (is_running && event.is_quiet && task.rate == 0 && !event.is_space_low) return Fail(event, "the task never ends");
  if (!is_running && (!task.is_over || !task.status)) EndTask(source, task, described.status, event);
}

// --- Moving ---------------------------------------------------------------------------------------------------------

// Where the task moves a message that `origin_arn` has given up; 0 when it cannot.
Uid Model::DestinationOf(const MoveTask& task, const std::string& origin_arn) {
  if (task.destination_uid != 0) return FindByUid(task.destination_uid) ? task.destination_uid : 0;
  for (const auto& [name, queue] : queues_) {
    if (ArnOfQueue(name) == origin_arn) return queue.ReceivesMax() > 0 ? queue.uid : 0;
  }
  return 0;
}

// From now on what is free may be where a task that runs moves it.
void Model::FindTaken(Instant now) {
  for (auto& [name, queue] : queues_) {
    if (queue.tasks.empty()) continue;
    if (!queue.tasks.back().is_over) MayTake(queue, queue.tasks.back(), now);
  }
}

void Model::MayTake(const QueueState& source, const MoveTask& task, Instant now) {
  for (auto& [name, queue] : queues_) {
    for (auto& [key, message] : queue.messages) {
      if (message.task != task.number) continue;
      const bool is_free = message.due <= now && message.hidden_until <= now;
      if (queue.uid != source.uid) {
        if (message.there == source.uid && message.next == 0) message.next = DestinationOf(task, ArnOfQueue(name));
      } else if (!is_free) {
        message.there = 0;  // The time when it was free went with the power.
      } else if (message.there == 0) {
        message.there = DestinationOf(task, message.dead_letter_source);
      }
    }
  }
}

// As it is where a task has moved it: a new message, with what its sender said.
Message Model::MovedByTask(const QueueState& to, Message message, Instant now) {
  const Instant from = std::max({message.task_from, message.sent_from, message.hidden_until, message.due});
  const auto [least, greatest] = to.Delays(from, now);
  Message moved;
  moved.content = message.content;
  moved.raw = message.raw;
  moved.rendered = message.rendered;
  moved.instead_of = message.instead_of;
  moved.has_copies = message.has_copies;
  moved.sent_from = from;
  moved.sent_to = now;
  moved.due = from + least;
  moved.due_at_last = now + greatest;
  moved.may_wait = to.IsFifo();
  moved.floats = true;
  moved.way = message.way + " moved by " + std::to_string(message.task);
  moved.may_be_gone = message.may_be_gone;
  return moved;
}

// Given up by `from`, and moved on by a task.
Message Model::MovedOn(const QueueState& from, const QueueState& to, Message message, Instant now) {
  QueueState between;
  between.name = from.DeadLetters();
  return MovedByTask(to, Moved(from, between, std::move(message), now), now);
}

void Model::EndTask(QueueState& source, MoveTask& task, std::optional<MoveStatus> status, const Event& event) {
  task.is_over = true;
  task.status = status;
  if (status != MoveStatus::kCompleted) return;
  std::vector<Key> moved;
  for (auto& [key, message] : source.messages) {
    if (message.task != task.number || !message.was_free) continue;
    if (MayBeExpired(source, message, event.now)) message.may_be_gone = true;
    if (message.there == 0 && !message.may_be_gone) {
      return Fail(event, "the task is completed, but message " + std::to_string(key.serial) + " cannot have left");
    }
    if (message.there != 0) moved.push_back(key);
  }
  for (const Key& key : moved) Move(source, key, event.now);
}

bool Model::IsMoving(const std::string& name) const {
  const auto source = queues_.find(name);
  if (source == queues_.end()) return false;
  if (!source->second.tasks.empty() && !source->second.tasks.back().is_over) return true;
  return std::ranges::any_of(queues_, [&](const auto& queue) {
    return std::ranges::any_of(queue.second.messages, [&](const auto& message) {
      return message.second.next != 0 || (queue.first == name && message.second.there != 0);
    });
  });
}

}  // namespace sim
