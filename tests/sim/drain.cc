// Comparing the whole hub with the model, and emptying it at the end.

#include <algorithm>
#include <utility>

#include "hub/base/assert.h"
#include "hub/core/keys.h"
#include "tests/sim/simulation.h"

namespace sim {

using hub::Duration;
using hub::core::KeyKind;
using namespace std::chrono_literals;

namespace {

constexpr int kDrainRoundsMax = 60;
constexpr char kRetentionMax[] = "1209600";

}  // namespace

// Whoever does not wait for messages has been answered.
void Simulation::CheckAnswered() {
  for (const std::uint64_t request : std::exchange(forgotten_, {})) outstanding_.erase(request);
  for (const auto& [request, issued] : outstanding_) {
    if (std::holds_alternative<hub::core::Consume>(issued->operation)) continue;
    const auto* receive = std::get_if<hub::core::Receive>(&issued->operation);
    if (receive && receive->wait != Duration::zero()) continue;
    return Fail("#" + std::to_string(request) + " is never answered");
  }
}

void Simulation::CompareCounts() {
  Settle();
  if (Failed()) return;
  is_quiet_ = true;
  for (const std::string& queue : generator_.queues()) Post(generator_.Make(hub::core::DescribeQueue{queue}));
  for (const std::string& queue : generator_.queues()) Post(generator_.Make(hub::core::ListQueueTags{queue}));
  for (const std::string& topic : generator_.topics()) Post(generator_.Make(hub::core::ListTopicTags{topic}));
  for (const char* queue : {kDeadLetters, kFifoDeadLetters}) Post(generator_.Make(hub::core::ListMoveTasks{queue}));
  Post(generator_.Make(hub::core::ListSubscriptions{}));
  engine_->RunTurn(Duration::zero());
  is_quiet_ = false;
}

// Receives and deletes all until nothing is left, waiting for what is hidden.
void Simulation::Drain() {
  store_.set_space_low(false);
  for (std::size_t client = 0; client < kClients; ++client) {
    Disconnect(client);
    Turn();
  }
  for (const auto& [name, queue] : current_.queues()) {
    for (const MoveTask& task : queue.tasks) {
      if (!task.is_over) Post(generator_.Make(hub::core::CancelMoveTask{task.handle}));
    }
  }
  Settle();
  for (const auto& [name, queue] : current_.queues()) {
    if (!Failed())
      Post(generator_.Make(hub::core::SetQueueAttributes{name, {{"MessageRetentionPeriod", kRetentionMax}}}));
  }
  CompareCounts();
  for (int round = 0; !Failed() && DrainOnce(); ++round) {
    if (round > kDrainRoundsMax) return Fail("the queues never become empty");
  }
  if (Failed()) return;
  CompareCounts();
  if (const std::string left = current_.AnyLeft(); !left.empty()) Fail(left + " is lost");
  if (!Failed()) CheckKeys();
}

// Whether there may be more. An empty answer, too, may have given up messages: the dead-letter queues come last.
bool Simulation::DrainOnce() {
  std::vector<std::string> queues;
  for (const auto& [name, queue] : current_.queues()) queues.push_back(name);
  std::stable_partition(queues.begin(), queues.end(), [](const std::string& name) { return !IsDeadLetterQueue(name); });
  bool any = false;
  for (const std::string& name : queues) {
    any = DrainQueue(name) || any;
    if (Failed()) return false;
  }
  if (any) return true;
  const hub::Instant hidden = current_.LastHidden(engine_->Now());
  if (hidden <= engine_->Now()) return false;
  Advance(hidden - engine_->Now());
  Settle();
  return true;
}

// Whether there was anything.
bool Simulation::DrainQueue(const std::string& name) {
  known_.handles.clear();
  Post(generator_.Make(hub::core::Receive{.queue = name, .max = hub::kReceiveMax, .visibility = 30s, .wait = 0s}));
  Settle();
  std::erase_if(known_.handles, [&](const Given& handle) { return handle.queue != name; });
  if (Failed() || known_.handles.empty()) return false;
  Post(generator_.MakeDelete(name, known_.handles));
  Settle();
  return true;
}

// When every queue is empty, the store holds nothing but what describes them.
void Simulation::CheckKeys() {
  std::map<char, std::size_t> keys;
  const auto scanned = store_.Scan(std::string(1, 1), std::string(1, 0x20),
                                   [&](std::string_view key, std::string_view) { return ++keys[key[0]] > 0; });
  HUB_ASSERT(scanned);
  const auto count = [&](KeyKind kind) { return keys[static_cast<char>(kind)]; };
  const std::pair<KeyKind, const char*> gone[] = {{KeyKind::kChunk, "chunks"},
                                                  {KeyKind::kSlots, "states of chunks"},
                                                  {KeyKind::kDelayed, "delayed chunks"},
                                                  {KeyKind::kTopicChunk, "chunks of topics"},
                                                  {KeyKind::kTrash, "ranges of trash"}};
  for (const auto& [kind, what] : gone) {
    if (count(kind) > 0) return Fail(std::to_string(count(kind)) + " " + what + " are left in the store");
  }
  std::size_t subscriptions = 0;
  for (const auto& [name, topic] : current_.topics()) subscriptions += topic.subscriptions.size();
  std::size_t tasks = 0;
  for (const auto& [name, queue] : current_.queues()) tasks += queue.tasks.size();
  // A queue may have a lane, which has counters once it was used.
  const std::size_t queues = current_.queues().size();
  const std::size_t lanes = count(KeyKind::kLane);
  const std::size_t counters = count(KeyKind::kCounters);
  const bool right = count(KeyKind::kQueue) == queues && lanes <= queues && counters >= queues &&
                     counters <= queues + lanes && count(KeyKind::kTopic) == current_.topics().size() &&
                     count(KeyKind::kSubscription) == subscriptions &&
                     count(KeyKind::kPattern) == current_.patterns().size() && count(KeyKind::kMoveTask) == tasks;
  const auto counts = [](std::size_t stored, std::size_t wanted) {
    return " " + std::to_string(stored) + " for " + std::to_string(wanted);
  };
  if (!right) {
    Fail("the store holds records of what does not exist, or not those of what does: queues" +
         counts(count(KeyKind::kQueue), queues) + ", counters" + counts(counters, queues + lanes) + ", topics" +
         counts(count(KeyKind::kTopic), current_.topics().size()) + ", subscriptions" +
         counts(count(KeyKind::kSubscription), subscriptions) + ", patterns" +
         counts(count(KeyKind::kPattern), current_.patterns().size()) + ", move tasks" +
         counts(count(KeyKind::kMoveTask), tasks));
  }
}

}  // namespace sim
