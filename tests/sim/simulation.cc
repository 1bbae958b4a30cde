#include "tests/sim/simulation.h"

#include <algorithm>

#include "hub/base/arn.h"
#include "hub/base/assert.h"
#include "tests/sim/configuration.h"

namespace sim {

using hub::Duration;
using hub::Instant;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kCommandsMin = 200;
constexpr std::size_t kPowerCuts = 3;
constexpr std::size_t kHandlesMax = 400;
constexpr int kSettleTurnsMax = 20'000;

std::size_t WindowBytes(hub::Random& random) {
  static constexpr std::size_t kChoices[] = {1024, 16 * 1024, hub::kWindowBytesMax};
  return kChoices[random.Below(3)];
}

// What a client was told of these must survive everything.
bool MustSurvive(const Event& event) {
  if (!*event.reply) return false;
  const hub::core::Operation& operation = event.issued->operation;
  if (std::holds_alternative<hub::core::Delete>(operation)) return event.has_deleted;
  return !std::holds_alternative<hub::core::Receive>(operation) &&
         !std::holds_alternative<hub::core::ChangeVisibility>(operation) &&
         !std::holds_alternative<hub::core::Consume>(operation) &&
         !std::holds_alternative<hub::core::Cancel>(operation) &&
         !std::holds_alternative<hub::core::Follow>(operation) &&
         !std::holds_alternative<hub::core::MayFollow>(operation) &&
         !std::holds_alternative<hub::core::ListSubscriptions>(operation) &&
         !std::holds_alternative<hub::core::DescribeHub>(operation) &&
         !std::holds_alternative<hub::core::DescribeQueue>(operation) &&
         !std::holds_alternative<hub::core::ListQueueTags>(operation) &&
         !std::holds_alternative<hub::core::ListTopicTags>(operation) &&
         !std::holds_alternative<hub::core::ListMoveTasks>(operation);
}

// Only so many are kept.
template <typename T>
void Append(std::vector<T>& known, const std::vector<T>& more) {
  known.insert(known.end(), more.begin(), more.end());
  if (known.size() > kHandlesMax) known.erase(known.begin(), known.end() - static_cast<std::ptrdiff_t>(kHandlesMax));
}

// Whether several copies of what was published once are there, may be, or have only to become visible to move there:
// once moved on, nobody could tell them apart.
bool HasCopies(const std::map<std::string, QueueState>& queues, const std::string& name) {
  const auto source = queues.find(name);
  std::set<Serial> serials;
  for (const auto& [other, queue] : queues) {
    for (const auto& [key, message] : queue.messages) {
      const bool is_received_out = queue.ReceivesMax() > 0 && message.receives >= queue.ReceivesMax();
      const bool may_be_there =
          other == name || is_received_out || (source != queues.end() && message.there == source->second.uid);
      if (may_be_there && !serials.insert(key.serial).second) return true;
    }
  }
  return false;
}

const std::string* QueueOf(const hub::core::Operation& operation) {
  if (const auto* receive = std::get_if<hub::core::Receive>(&operation)) return &receive->queue;
  if (const auto* consume = std::get_if<hub::core::Consume>(&operation)) return &consume->queue;
  if (const auto* send = std::get_if<hub::core::Send>(&operation)) return &send->queue;
  if (const auto* erase = std::get_if<hub::core::Delete>(&operation)) return &erase->queue;
  if (const auto* change = std::get_if<hub::core::ChangeVisibility>(&operation)) return &change->queue;
  if (const auto* purge = std::get_if<hub::core::Purge>(&operation)) return &purge->queue;
  if (const auto* create = std::get_if<hub::core::CreateQueue>(&operation)) return &create->queue;
  if (const auto* remove = std::get_if<hub::core::DeleteQueue>(&operation)) return &remove->queue;
  if (const auto* set = std::get_if<hub::core::SetQueueAttributes>(&operation)) return &set->queue;
  if (const auto* publish = std::get_if<hub::core::Publish>(&operation)) return &publish->topic;
  if (const auto* subscribe = std::get_if<hub::core::Subscribe>(&operation)) return &subscribe->queue;
  if (const auto* confirm = std::get_if<hub::core::ConfirmSubscription>(&operation)) return &confirm->topic;
  if (const auto* follow = std::get_if<hub::core::Follow>(&operation)) return &follow->topic;
  if (const auto* start = std::get_if<hub::core::StartMoveTask>(&operation)) return &start->source;
  if (const auto* list = std::get_if<hub::core::ListMoveTasks>(&operation)) return &list->source;
  if (const auto* cancel = std::get_if<hub::core::CancelMoveTask>(&operation)) return &cancel->handle;
  return nullptr;
}

}  // namespace

Simulation::Simulation(const Options& options)
    : options_(options),
      random_(options.seed),
      disk_(MakeDisk(options)),
      store_(*disk_, options.variant),
      generator_(random_),
      window_bytes_max_(WindowBytes(random_)) {}

void Simulation::Fail(const std::string& what) {
  if (!Failed()) failure_ = what;
}

void Simulation::Note(std::string step) {
  trace_.push_back(std::move(step));
  if (trace_.size() > options_.trace_steps) trace_.pop_front();
}

std::string Simulation::Trace() const {
  std::string text;
  for (const std::string& step : trace_) text += "  " + step + "\n";
  return text;
}

// --- The whole ------------------------------------------------------------------------------------------------------

std::string Simulation::Run() {
  Start();
  for (Issued& issued : generator_.Setup()) Post(std::move(issued));
  Settle();
  const std::size_t commands = kCommandsMin + random_.Below(100);
  std::multimap<std::size_t, Ending> endings;
  for (std::size_t i = 0; i < kPowerCuts + random_.Below(2); ++i) {
    endings.emplace(random_.Below(commands), Ending::kPowerCut);
  }
  for (std::size_t i = random_.Below(3); i > 0; --i) endings.emplace(random_.Below(commands), Ending::kKill);
  for (std::size_t i = random_.Below(2); i > 0; --i) endings.emplace(random_.Below(commands), Ending::kStop);
  const std::uint64_t first = requests_;
  while (!Failed() && requests_ - first < commands) {
    Step();
    while (!Failed() && !endings.empty() && endings.begin()->first <= requests_ - first) {
      const Ending ending = endings.begin()->second;
      endings.erase(endings.begin());
      End(ending);
    }
  }
  if (!Failed()) Drain();
  return failure_;
}

// A few commands, a turn, and whatever else happens meanwhile.
void Simulation::Step() {
  for (std::size_t left = 1 + random_.Below(4); left > 0 && !Failed(); --left) PostNext();
  if (random_.OneIn(25)) Disconnect(random_.Below(kClients));
  if (random_.OneIn(15)) LeaveFeed();
  Turn();
  if (random_.OneIn(store_.space_low() ? 4 : 40)) {
    store_.set_space_low(!store_.space_low());
    Note(store_.space_low() ? "space low" : "space back");
  }
  static constexpr Duration kSteps[] = {1ms, 200ms, 1s, 2s, 5s, 30s, 70s};
  if (random_.OneIn(3)) Advance(kSteps[random_.Below(7)]);
  if (random_.OneIn(300)) Advance(6h);
  if (random_.OneIn(300)) Advance(hub::kConfirmationWindow - 1s);
  if (random_.OneIn(12)) CompareCounts();
}

void Simulation::PostNext() {
  known_.wall = clock_.wall;
  Issued issued = generator_.Next(known_);
  if (Generator::ChangesRetention(issued)) {
    Settle();
    if (Failed()) return;
    Post(std::move(issued));
    return Turn();
  }
  if (MustAsk(issued)) {  // No two messages that ask for the same have the same body.
    Turn();
    clock_.steady += 1ms;
    if (Failed()) return;
    Post(std::move(issued));
    return Turn();
  }
  if (const auto* erase = std::get_if<hub::core::DeleteQueue>(&issued.operation);
      erase && IsDeadLetterQueue(erase->queue) && current_.IsMoving(erase->queue)) {
    issued = generator_.Make(hub::core::ListMoveTasks{erase->queue});  // The next life would be one more place.
  }
  if (const auto* start = std::get_if<hub::core::StartMoveTask>(&issued.operation)) {
    Turn();  // What was posted before is decided by then.
    if (Failed()) return;
    // One after the other, so that a message does not have more possible places than the model can tell.
    const bool is_clear = !current_.IsMoving(start->source) &&
                          (start->destination.empty() || !HasCopies(current_.queues(), start->source));
    if (!is_clear) issued = generator_.Make(hub::core::ListMoveTasks{start->source});
    if (random_.OneIn(4)) Post(issued);
    Post(std::move(issued));
    return Turn();
  }
  Post(std::move(issued));
}

void Simulation::Start() {
  hub::core::Core::Options options;
  options.secret.fill(static_cast<unsigned char>(options_.seed));
  options.window_bytes_max = window_bytes_max_;
  options.tenants = {.messages_min = 3, .share_one_in = 4, .messages_alone = 20, .quiet_below = 2};
  inbox_ = std::make_unique<hub::engine::Inbox>();
  core_ = std::make_unique<hub::core::Core>(options);
  const auto recovered = core_->Recover(
      [this](auto from, auto to, const auto& visit) { return store_.Scan(from, to, visit); }, clock_.wall);
  if (!recovered) return Fail("recovery failed: " + recovered.error().message);
  committer_ = std::make_unique<SimCommitter>(
      store_,
      SimCommitter::Events{
          .decided = [this](const hub::core::Turn& turn, std::uint64_t number) { Decided(turn, number); },
          .flushed = [this](std::uint64_t number) { Flushed(number); },
          .answered = [this](std::uint64_t number) { Answered(number); },
          .fed = [this](const hub::core::FeedTurn& feed, std::uint64_t number) { Fed(feed, number); }},
      options_.variant, next_turn_);
  loader_ = std::make_unique<SimLoader>(store_, *committer_, random_);
  engine_ = std::make_unique<hub::engine::Engine>(
      *core_,
      hub::engine::Engine::Ports{.inbox = *inbox_,
                                 .clock = clock_,
                                 .store = store_,
                                 .committer = *committer_,
                                 .loader = *loader_,
                                 .log = [this](const hub::core::LogLine& line) { Note("  hub: " + line.text); }},
      std::uint64_t{1} << 20);
  ++boot_;
  Post(generator_.MakeReload());
  // Whoever followed before comes again.
  for (std::size_t left = boot_ > 1 ? random_.Below(6) : 0; left > 0; --left) Post(generator_.Follow(known_));
  Turn();
}

// The hub ends, one way or another, and starts again some time later.
void Simulation::End(Ending ending) {
  static constexpr const char* kNames[] = {"power cut", "kill", "stop"};
  const char* name = kNames[static_cast<std::size_t>(ending)];
  Note(std::string("--- ") + name);
  ++counts_[name];
  if (ending == Ending::kStop) {
    is_stopping_ = true;
    engine_->Stop();
    engine_->Run();
    committer_->Finish();
    is_stopping_ = false;
  }
  next_turn_ = committer_->next_turn();
  engine_.reset();
  loader_.reset();
  committer_.reset();
  core_.reset();
  inbox_.reset();
  outstanding_.clear();
  forgotten_.clear();
  known_.consumers.clear();
  known_.followers.clear();
  peers_.clear();
  listeners_.clear();
  feed_.Clear();
  ending == Ending::kPowerCut ? disk_->LosePower(random_) : disk_->Crash();
  Rebuild(store_.LastTurn());
  if (ending == Ending::kPowerCut) Flushed(next_turn_);
  // Which of several copies a handle is of may have been forgotten.
  std::erase_if(known_.handles, [&](const Given& given) { return current_.HasCopies(given.queue, given.key.serial); });
  const auto off = Duration(static_cast<std::int64_t>(random_.Below(10'000'000)));
  clock_.wall += random_.OneIn(6) ? -off / 2 : off;
  if (!Failed()) Start();
}

// The model after the hub ended: what was flushed, what the store holds beyond it, and whatever a client was told.
void Simulation::Rebuild(std::uint64_t last_turn) {
  std::erase_if(records_, [](const TurnRecord& record) { return record.is_durable; });
  current_ = durable_;
  for (TurnRecord& record : records_) {
    if (record.number > last_turn) {
      std::erase_if(record.events, [&](const Event& event) { return !record.is_answered || !MustSurvive(event); });
    }
    for (const Event& event : record.events) current_.Apply(event, nullptr);
  }
  std::erase_if(records_, [](const TurnRecord& record) { return record.events.empty(); });
  Note("the store holds turn " + std::to_string(last_turn));
  Fail(current_.failure());
}

// --- Turns ----------------------------------------------------------------------------------------------------------

void Simulation::Post(Issued issued) {
  issued.request = ++requests_;
  const std::uint64_t session = sessions_[random_.Below(kClients)];
  if (issued.session == 0) issued.session = issued.endpoint == kFeedEndpoint ? ++last_peer_ : session;
  if (issued.endpoint == kFeedEndpoint) peers_.insert(issued.session);
  hub::core::Command command;
  command.ticket = {.endpoint = issued.endpoint, .session = issued.session, .request = issued.request};
  command.caller = CallerFor(issued.caller);
  command.operation = issued.operation;
  command.frame = issued.frame;
  if (auto* reload = std::get_if<hub::core::Reload>(&command.operation)) {
    Grants grants = issued.grants;
    if (options_.variant == Variant::kNoPolicyCheck) {
      grants.delivering.insert(generator_.queues().begin(), generator_.queues().end());
    }
    reload->config = ConfigurationFor(grants);
  }
  if (options_.variant != Variant::kNone) Break(command.operation);
  if (options_.variant == Variant::kOpenFeed && std::holds_alternative<hub::core::Follow>(command.operation)) {
    command.caller = nullptr;
  }
  const std::string* queue = QueueOf(issued.operation);
  Note("#" + std::to_string(issued.request) + " " + std::string(NameOf(issued.operation)) +
       (queue ? " " + *queue : "") + " by " + ArnOfCaller(issued.caller));
  const std::uint64_t request = issued.request;
  outstanding_[request] = std::make_shared<const Issued>(std::move(issued));
  std::vector<hub::core::Command> commands;
  commands.push_back(std::move(command));
  HUB_ASSERT(inbox_->TryPush(commands));
}

// What a hub that is broken in this way makes of it.
void Simulation::Break(hub::core::Operation& operation) {
  if (auto* receive = std::get_if<hub::core::Receive>(&operation)) {
    if (options_.variant == Variant::kTwoOwners && random_.OneIn(3)) receive->visibility = 0s;
    if (options_.variant == Variant::kNoAttempts && IsFifo(receive->queue)) receive->attempt.clear();
  }
  if (auto* send = std::get_if<hub::core::Send>(&operation); send && options_.variant == Variant::kNoOwnDelay) {
    for (hub::Message& message : send->entries) {
      if (message.delay && IsDelay(*message.delay) && !IsFifo(send->queue)) message.delay.reset();
    }
  }
  if (auto* consume = std::get_if<hub::core::Consume>(&operation);
      consume && options_.variant == Variant::kMoreCredit) {
    if (consume->credit > 0 && consume->credit < hub::kCreditMax) ++consume->credit;
  }
  if (auto* confirm = std::get_if<hub::core::ConfirmSubscription>(&operation);
      confirm && options_.variant == Variant::kAnyToken && !known_.tokens.empty()) {
    confirm->token = known_.tokens.back().token;
  }
}

void Simulation::Turn() {
  if (Failed()) return;
  engine_->RunTurn(Duration::zero());
  clock_.steady += Duration(static_cast<std::int64_t>(random_.Below(500)));
  Progress();
}

void Simulation::Progress() {
  for (std::size_t left = random_.Below(4); left > 0; --left) {
    random_.OneIn(3) ? committer_->WriteNext() : committer_->Step();
  }
  if (random_.OneIn(2)) loader_->Step();
}

void Simulation::Advance(Duration by) {
  clock_.steady += by;
  clock_.wall += by;
  Note("advance " + std::to_string(by.count() / 1000) + "ms");
}

// At the end of the turn to come. The command that is the last before shows where among the answers that is.
void Simulation::EndSession(std::uint32_t endpoint, std::uint64_t session) {
  Issued last = generator_.Make(hub::core::DescribeHub{});
  last.endpoint = endpoint;
  last.ends = last.session = session;
  Post(std::move(last));
  Note("session " + std::to_string(session) + (endpoint == kFeedEndpoint ? " of the feed" : "") + " ends");
  if (options_.variant != Variant::kNoRelease) inbox_->EndSession(endpoint, session);
}

void Simulation::LeaveFeed() {
  if (Failed() || known_.followers.empty()) return;
  const std::uint64_t session = known_.followers[random_.Below(known_.followers.size())];
  EndSession(kFeedEndpoint, session);
  std::erase(known_.followers, session);
  peers_.erase(session);
  listeners_.erase(session);
}

void Simulation::Disconnect(std::size_t client) {
  if (Failed()) return;
  const std::uint64_t session = sessions_[client];
  EndSession(kClientEndpoint, session);
  sessions_[client] += kClients;  // It comes again, as somebody else.
  if (!random_.OneIn(4)) std::erase_if(known_.consumers, [&](const auto& each) { return each.session == session; });
  for (const auto& [request, issued] : outstanding_) {
    if (issued->endpoint == kClientEndpoint && issued->session == session &&
        std::holds_alternative<hub::core::Receive>(issued->operation)) {
      forgotten_.insert(request);
    }
  }
}

void Simulation::Settle() {
  for (int turns = 0; turns < kSettleTurnsMax; ++turns) {
    if (Failed()) return;
    committer_->Finish();
    while (loader_->Step()) {
    }
    const bool quiet = loader_->Idle() && turns > 0;
    engine_->RunTurn(Duration::zero());
    if (quiet && loader_->Idle() && committer_->Idle() && core_->NextDue() > engine_->Now()) return CheckAnswered();
  }
  Fail("the hub never comes to rest");
}

// --- What the committer tells ---------------------------------------------------------------------------------------

void Simulation::Decided(const hub::core::Turn& turn, std::uint64_t number) {
  TurnRecord& record = records_.emplace_back();
  record.number = number;
  for (const hub::core::Answer& answer : turn.answers) {
    const auto asked = outstanding_.find(answer.ticket.request);
    if (asked == outstanding_.end()) return Fail("an answer to nothing, or a second one");
    const std::shared_ptr<const Issued> issued = asked->second;
    if (!answer.more) outstanding_.erase(asked);
    Event event{.turn = number,
                .boot = boot_,
                .now = turn.now,
                .wall = turn.wall,
                .is_space_low = store_.space_low(),
                .is_stopping = is_stopping_,
                .is_contended = IsContended(*issued),
                .is_quiet = is_quiet_,
                .has_more = answer.more,
                .issued = issued,
                .reply = std::make_shared<const hub::Result<hub::core::Reply>>(answer.reply)};
    ++counts_[std::string(NameOf(issued->operation)) + (answer.reply ? "" : ", refused")];
    const std::size_t before = record.known.handles.size();
    current_.Apply(event, &record.known);
    feed_.Apply(event, current_);
    event.has_deleted = current_.has_deleted();
    counts_["(messages received)"] += record.known.handles.size() - before;
    if (answer.reply) counts_["(messages sent and published)"] += issued->serials.size();
    NoteAnswer(event, record, before);
    record.events.push_back(std::move(event));
    if (issued->ends == 0 || issued->endpoint != kClientEndpoint) continue;
    std::erase_if(outstanding_, [&](const auto& other) {
      return other.second->session == issued->ends &&
             std::holds_alternative<hub::core::Consume>(other.second->operation);
    });
  }
  record.reached = feed_.EndTurn(turn, current_);
  NoteFeed(turn.feed);
  Fail(current_.failure());
  Fail(feed_.failure());
}

void Simulation::NoteAnswer(const Event& event, const TurnRecord& record, std::size_t handles_before) {
  std::string text = "  turn " + std::to_string(event.turn) + " answers #" + std::to_string(event.issued->request);
  if (!*event.reply) text += ": " + std::string(NameOf(event.reply->error().code));
  for (const Serial serial : event.issued->serials) text += " " + std::to_string(serial);
  for (const Given& handle : event.issued->handles) text += " " + std::to_string(handle.key.serial);
  for (std::size_t i = handles_before; i < record.known.handles.size(); ++i) {
    text += " " + std::to_string(record.known.handles[i].key.serial);
  }
  Note(std::move(text));
}

void Simulation::NoteFeed(const hub::core::FeedTurn& feed) {
  for (const hub::core::Ticket& ticket : feed.ended) {
    Note("  session " + std::to_string(ticket.session) + " of the feed may no longer follow");
    ++counts_["(followers that may no longer)"];
  }
  for (const hub::core::FeedMessage& message : feed.messages) {
    std::string text = "  on the feed: " + std::string(message.body.substr(0, 10)) + " for";
    for (const std::string& key : *message.keys) text += " " + key.substr(0, key.find('\0'));
    Note(std::move(text));
  }
}

bool Simulation::IsContended(const Issued& issued) const {
  const auto* receive = std::get_if<hub::core::Receive>(&issued.operation);
  return receive && std::ranges::any_of(outstanding_, [&](const auto& other) {
           const auto* also = std::get_if<hub::core::Receive>(&other.second->operation);
           return also && also->queue == receive->queue;
         });
}

void Simulation::Flushed(std::uint64_t number) {
  for (TurnRecord& record : records_) {
    if (record.number > number) break;
    if (record.is_durable) continue;
    record.is_durable = true;
    for (const Event& event : record.events) durable_.Apply(event, nullptr);
  }
  Fail(durable_.failure());
  ForgetDone();
}

void Simulation::Answered(std::uint64_t number) {
  const auto record =
      std::ranges::find_if(records_, [number](const TurnRecord& candidate) { return candidate.number == number; });
  HUB_ASSERT(record != records_.end());
  record->is_answered = true;
  Append(known_.handles, record->known.handles);
  Append(known_.tasks, record->known.tasks);
  Append(known_.consumers, record->known.consumers);
  Append(known_.tokens, record->known.tokens);
  for (const Event& event : record->events) {
    const auto* follow = std::get_if<hub::core::Follow>(&event.issued->operation);
    const std::uint64_t session = event.issued->session;
    if (!follow || !*event.reply || !peers_.contains(session)) continue;
    const std::string& arn = std::get<hub::core::CreatedReply>(**event.reply).arn;
    listeners_[session] = hub::core::FeedKey(follow->topic, hub::ParseArn(arn)->account);
    known_.followers.push_back(session);
  }
}

// What the endpoint of the feed makes of a turn, once its answers have left.
void Simulation::Fed(const hub::core::FeedTurn& feed, std::uint64_t number) {
  const auto record =
      std::ranges::find_if(records_, [number](const TurnRecord& candidate) { return candidate.number == number; });
  if (record == records_.end()) return;  // Its answers had left before.
  if (!feed.messages.empty() && !record->is_durable) Fail("a message is on the feed before it is on disk");
  for (const hub::core::Ticket& ticket : feed.ended) listeners_.erase(ticket.session);
  for (std::size_t i = 0; i < feed.messages.size() && !Failed(); ++i) {
    FeedModel::Sessions wanted = record->reached.at(i);
    std::erase_if(wanted, [&](std::uint64_t session) { return !peers_.contains(session); });
    FeedModel::Sessions got;
    for (const auto& [session, key] : listeners_) {
      if (std::ranges::find(*feed.messages[i].keys, key) != feed.messages[i].keys->end()) got.insert(session);
    }
    if (got != wanted) Fail("a message of turn " + std::to_string(number) + " reaches others than it should");
    counts_["(messages on the feed)"] += got.size();
  }
  ForgetDone();
}

void Simulation::ForgetDone() {
  while (!records_.empty() && records_.front().is_durable && records_.front().is_answered) records_.pop_front();
}

}  // namespace sim
