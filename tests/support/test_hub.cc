#include "tests/support/test_hub.h"

#include "hub/base/assert.h"

namespace testing_support {

// Commits a turn at once, when told to.
class ManualCommitter : public hub::engine::Committer {
 public:
  ManualCommitter(hub::engine::Store& store, std::vector<hub::core::Answer>& answers,
                  std::vector<hub::core::FeedTurn>& feed)
      : store_(store), answers_(answers), feed_(feed) {}

  void Submit(hub::core::Turn turn) override {
    if (!turn.batch.writes.empty()) HUB_ASSERT(store_.Write(turn.batch).has_value());
    if (turn.batch.flush) HUB_ASSERT(store_.Flush().has_value());
    written_ = turn.index;
    for (hub::core::Answer& answer : turn.answers) answers_.push_back(std::move(answer));
    if (!turn.feed.empty()) feed_.push_back(std::move(turn.feed));
  }
  std::uint64_t Written() const override { return written_; }
  void WaitForRoom() override {}

 private:
  hub::engine::Store& store_;
  std::vector<hub::core::Answer>& answers_;
  std::vector<hub::core::FeedTurn>& feed_;
  std::uint64_t written_ = 0;
};

void ManualLoader::Submit(hub::core::Load load) { waiting_.push_back(std::move(load)); }

std::vector<hub::core::Loaded> ManualLoader::Take() {
  std::vector<hub::core::Loaded> done;
  for (const hub::core::Load& load : std::exchange(waiting_, {})) {
    auto loaded = hub::core::ReadLoad(
        load, [this](auto from, auto to, const auto& visit) { return store_.Scan(from, to, visit); });
    HUB_ASSERT(loaded.has_value());
    done.push_back(std::move(*loaded));
  }
  return done;
}

TestHub::TestHub(std::size_t window_bytes_max) : window_bytes_max_(window_bytes_max) { Start(); }

TestHub::~TestHub() = default;

void TestHub::Advance(hub::Duration by) {
  clock_.steady += by;
  clock_.wall += by;
  Settle();
}

void TestHub::Restart(bool power_loss) {
  engine_.reset();
  core_.reset();
  if (power_loss) store_.LosePower(0);
  Start();
  if (config_) Ask(nullptr, hub::core::Reload{config_});
}

hub::Result<hub::core::Reply> TestHub::Configure(std::shared_ptr<const hub::core::Config> config) {
  config_ = config;
  return Ask(nullptr, hub::core::Reload{std::move(config)});
}

void TestHub::EndSession(std::uint64_t ended) {
  inbox_.EndSession(/*endpoint=*/0, ended);
  Settle();
}

std::uint64_t TestHub::Post(std::shared_ptr<const hub::core::Caller> caller, hub::core::Operation operation,
                            std::optional<std::uint64_t> of_session) {
  hub::core::Command command;
  command.ticket = {.endpoint = 0, .session = of_session.value_or(session), .request = ++requests_};
  command.caller = std::move(caller);
  command.operation = std::move(operation);
  std::vector<hub::core::Command> commands;
  commands.push_back(std::move(command));
  HUB_ASSERT(inbox_.TryPush(commands));
  Settle();
  return requests_;
}

void TestHub::PostTogether(std::vector<hub::core::Command> commands) {
  for (hub::core::Command& command : commands) {
    command.ticket = {.endpoint = 0, .session = session, .request = ++requests_};
  }
  HUB_ASSERT(inbox_.TryPush(commands));
  Settle();
}

std::optional<hub::Result<hub::core::Reply>> TestHub::TakeAnswer(std::uint64_t request) {
  for (auto at = answers_.begin(); at != answers_.end(); ++at) {
    if (at->ticket.request != request || at->ticket.session == kDeliverer) continue;
    hub::Result<hub::core::Reply> reply = std::move(at->reply);
    answers_.erase(at);
    return reply;
  }
  return std::nullopt;
}

std::vector<hub::core::ReceiveReply> TestHub::TakeDeliveries() {
  std::vector<hub::core::ReceiveReply> taken;
  for (hub::core::Answer& answer : answers_) {
    if (answer.ticket.session != kDeliverer || !answer.reply) continue;
    auto* reply = std::get_if<hub::core::ReceiveReply>(&*answer.reply);
    if (reply && reply->target) taken.push_back(std::move(*reply));
  }
  std::erase_if(answers_, [](const hub::core::Answer& answer) { return answer.ticket.session == kDeliverer; });
  return taken;
}

hub::Result<hub::core::Reply> TestHub::Ask(std::shared_ptr<const hub::core::Caller> caller,
                                           hub::core::Operation operation) {
  auto answer = TakeAnswer(Post(std::move(caller), std::move(operation)));
  HUB_ASSERT(answer.has_value());  // Of a long poll, use Post and TakeAnswer.
  return std::move(*answer);
}

void TestHub::Settle() {
  for (int turns = 0; turns < 10'000; ++turns) {
    engine_->RunTurn(hub::Duration::zero());
    if (!loader_->Any() && core_->NextDue() > engine_->Now() && committer_->Written() <= settled_) return;
    settled_ = committer_->Written();
  }
  HUB_ASSERT(false);  // It spins.
}

void TestHub::Start() {
  hub::core::Core::Options options;
  options.secret.fill(static_cast<unsigned char>(++starts_));  // As in the program: the store's own is to win.
  options.window_bytes_max = window_bytes_max_;
  core_ = std::make_unique<hub::core::Core>(options);
  const auto recovered = core_->Recover(
      [this](auto from, auto to, const auto& visit) { return store_.Scan(from, to, visit); }, clock_.wall);
  HUB_ASSERT(recovered.has_value());
  committer_ = std::make_unique<ManualCommitter>(store_, answers_, feed_);
  loader_ = std::make_unique<ManualLoader>(store_);
  settled_ = 0;
  engine_ = std::make_unique<hub::engine::Engine>(
      *core_,
      hub::engine::Engine::Ports{.inbox = inbox_,
                                 .clock = clock_,
                                 .store = store_,
                                 .committer = *committer_,
                                 .loader = *loader_,
                                 .log = [this](const hub::core::LogLine& line) { log_.push_back(line); }},
      std::uint64_t{1} << 20);
}

}  // namespace testing_support
