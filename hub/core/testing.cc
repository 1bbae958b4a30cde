#include "hub/core/testing.h"

#include <algorithm>

#include "hub/core/core.h"
#include "hub/core/plan.h"

namespace hub::core {
namespace {

// From 0 to below 1, in 53 bits.
double Fraction(Random& random) { return static_cast<double>(random.Next() >> 11) * 0x1.0p-53; }

bool IsChance(double chance) { return chance >= 0 && chance <= 1; }

// The queue of a request on messages; null for others, which never misbehave.
struct QueueIn {
  const std::string* operator()(const Send& send) const { return &send.queue; }
  const std::string* operator()(const Receive& receive) const { return &receive.queue; }
  const std::string* operator()(const Consume& consume) const { return &consume.queue; }
  const std::string* operator()(const Delete& erase) const { return &erase.queue; }
  const std::string* operator()(const ChangeVisibility& change) const { return &change.queue; }
  template <typename Other>
  const std::string* operator()(const Other&) const {
    return nullptr;
  }
};

Result<void> Check(const Misbehaviour& wanted, bool fifo) {
  if (!IsChance(wanted.duplicates) || !IsChance(wanted.throttle) || !IsChance(wanted.errors)) {
    return Fail(Code::kInvalidArgument, "A chance is a number from 0 to 1.");
  }
  if (wanted.latency < Duration::zero() || wanted.latency > kLatencyMax) {
    return Fail(Code::kInvalidArgument, "A latency is 0 to 60 seconds.");
  }
  if (fifo && (wanted.duplicates > 0 || wanted.reorder)) {
    return Fail(Code::kInvalidArgument, "A FIFO queue keeps its order and delivers no duplicates.");
  }
  return {};
}

}  // namespace

Core::Outcome Core::Handle(TestCommand& test, Command& command, Turn& turn) {
  if (!IsOfHub(command)) return Fail(Code::kAccessDenied, "Only the hub's own pages help with tests.");
  if (config_->mode != Mode::kLocal) return Fail(Code::kAccessDenied, "The hub helps with tests in mode: local only.");
  return std::visit([&](auto& what) { return Help(what, command, turn); }, test.what);
}

Result<Reply> Core::Help(const AdvanceClock& advance, const Command&, Turn& turn) {
  if (advance.by < Duration::zero()) return Fail(Code::kInvalidArgument, "Hub time never goes back.");
  if (advance.by > kAdvanceMax - hub_.advanced) {
    return Fail(Code::kInvalidArgument, "All advances together may come to ten years.");
  }
  if (advance.by > Duration::zero()) {
    hub_.advanced += advance.by;
    advanced_ += advance.by;
    StoreHub(turn);
    turn.batch.flush = true;
  }
  // From the next turn on.
  return Reply(TestReply{.now = turn.now + advance.by, .advanced = hub_.advanced, .misbehaviour = {}});
}

Result<Reply> Core::Help(const Reset&, const Command&, Turn& turn) {
  CloseAll(turn);
  const std::size_t queues = catalog_.QueueCount();
  const std::size_t topics = catalog_.topics().size();
  while (!catalog_.patterns().empty()) DeletePatternNow(*catalog_.patterns().begin()->second, turn);
  while (!catalog_.topics().empty()) DeleteTopicNow(*catalog_.topics().begin()->second, turn);
  while (!catalog_.queues().empty()) DeleteQueueNow(catalog_.queues().begin()->second->owner(), turn);
  deleted_.clear();
  Plan plan;
  plan.config = config_;
  if (auto planned = MakePlan(plan); !planned) return tl::unexpected(planned.error());
  Execute(plan, turn);
  StoreHub(turn);
  return Reply(DoneReply{{std::to_string(queues) + " queues and " + std::to_string(topics) + " topics are deleted."}});
}

Result<Reply> Core::Help(const SetMisbehaviour& set, const Command& command, Turn& turn) {
  auto queue = QueueFor(set.queue, command, turn);
  if (!queue) return tl::unexpected(queue.error());
  misbehaving_.erase((*queue)->id);
  if (set.misbehaviour) {
    if (auto checked = Check(*set.misbehaviour, (*queue)->settings.fifo.on); !checked) {
      return tl::unexpected(checked.error());
    }
    misbehaving_.emplace((*queue)->id, Misbehaving{*set.misbehaviour, Random(set.misbehaviour->seed)});
  }
  return Reply(
      TestReply{.now = turn.now, .advanced = hub_.advanced, .misbehaviour = set.misbehaviour.value_or(Misbehaviour{})});
}

Result<Reply> Core::Help(const DescribeMisbehaviour& describe, const Command& command, Turn& turn) {
  auto queue = QueueFor(describe.queue, command, turn);
  if (!queue) return tl::unexpected(queue.error());
  const auto found = misbehaving_.find((*queue)->id);
  return Reply(TestReply{.now = turn.now,
                         .advanced = hub_.advanced,
                         .misbehaviour = found == misbehaving_.end() ? Misbehaviour{} : found->second.rules});
}

// --- Misbehaving ----------------------------------------------------------------------------------------------------

Core::Misbehaving* Core::MisbehavingOf(const QueueEntry& log) {
  if (misbehaving_.empty()) return nullptr;
  const auto found = misbehaving_.find(log.lane_of ? log.lane_of->id : log.id);
  return found == misbehaving_.end() ? nullptr : &found->second;
}

// The misbehaviour that a request meets, or null.
Core::Misbehaving* Core::MisbehavingOf(const Command& command) {
  const std::string* name = std::visit(QueueIn(), command.operation);
  if (!name) return nullptr;
  const auto resolved = Resolve(Kind::kQueue, *name, command);
  const QueueEntry* queue = resolved ? catalog_.FindQueue(*resolved) : nullptr;
  return queue ? MisbehavingOf(*queue) : nullptr;
}

// Whether the request is made to wait first.
bool Core::IsMadeLate(Command& command, Turn& turn) {
  const Misbehaving* misbehaving = MisbehavingOf(command);
  if (!misbehaving || misbehaving->rules.latency == Duration::zero() || late_.size() >= kLateMax) return false;
  late_.emplace(turn.now + misbehaving->rules.latency, std::move(command));
  return true;
}

// Whether the request fails without being looked at.
bool Core::IsFailed(const Command& command, Turn& turn) {
  Misbehaving* misbehaving = MisbehavingOf(command);
  if (!misbehaving) return false;
  const auto refuse = [&](Code code) {
    turn.answers.push_back({command.ticket, Fail(code, "The queue misbehaves, as it was told to.")});
    return true;
  };
  if (Fraction(misbehaving->random) < misbehaving->rules.throttle) return refuse(Code::kOverloaded);
  if (Fraction(misbehaving->random) < misbehaving->rules.errors) {
    return refuse(misbehaving->random.OneIn(2) ? Code::kStorage : Code::kUnavailable);
  }
  return false;
}

void Core::ApplyLate(Turn& turn) {
  while (!late_.empty() && late_.begin()->first <= turn.now) {
    Command command = std::move(late_.begin()->second);
    late_.erase(late_.begin());
    if (!IsFailed(command, turn)) ApplyNow(std::move(command), turn);
  }
}

// Whether the delete of a message is forgotten: decided for each message once and for all, and only the first time that
// it was handed out, so that it comes one more time.
bool Core::IsDeleteForgotten(const QueueEntry& log, const queues::Position& position) {
  const Misbehaving* misbehaving = MisbehavingOf(log);
  if (!misbehaving || position.chunk->slots.StateOf(position.slot).receives != 1) return false;
  Random chance(misbehaving->rules.seed ^ (log.id << 32) ^ position.sequence());
  return Fraction(chance) < misbehaving->rules.duplicates;
}

// How many messages a receive passes over at first, to come back to them later.
std::size_t Core::PassedOver(const QueueEntry& log) {
  constexpr std::uint64_t kPassedOverMax = 10;
  Misbehaving* misbehaving = MisbehavingOf(log);
  return misbehaving && misbehaving->rules.reorder ? misbehaving->random.Below(kPassedOverMax) : 0;
}

void Core::Shuffle(const QueueEntry& log, std::vector<queues::Position>& taken) {
  Misbehaving* misbehaving = MisbehavingOf(log);
  if (!misbehaving || !misbehaving->rules.reorder) return;
  for (std::size_t left = taken.size(); left > 1; --left) {
    std::swap(taken[left - 1], taken[misbehaving->random.Below(left)]);
  }
}

}  // namespace hub::core
