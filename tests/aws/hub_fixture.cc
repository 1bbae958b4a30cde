#include "tests/aws/hub_fixture.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <system_error>
#include <utility>

#include "hub/base/assert.h"
#include "tests/http/peer.h"

namespace tests::aws {
namespace {

constexpr char kRegion[] = "eu-west-1";
constexpr std::uint32_t kHttp = 0;
constexpr std::uint32_t kAsker = 1;

[[noreturn]] void Die(const hub::Error& error) {
  ADD_FAILURE() << error.message;
  std::abort();
}

}  // namespace

class RunningHub::SystemClock final : public hub::engine::Clock {
 public:
  hub::Duration Steady() override {
    return std::chrono::duration_cast<hub::Duration>(std::chrono::steady_clock::now().time_since_epoch());
  }
  hub::Instant Wall() override { return hub::InstantOf(1'700'000'000'000'000); }
};

// One question at a time.
class RunningHub::Asker final : public hub::engine::Replies {
 public:
  explicit Asker(hub::engine::Inbox& inbox) : inbox_(inbox) {}

  hub::Result<hub::core::Reply> Ask(std::shared_ptr<const hub::core::Caller> caller, hub::core::Operation operation) {
    answer_ = {};
    std::vector<hub::core::Command> commands(1);
    commands[0].ticket = {.endpoint = kAsker, .session = 1, .request = ++asked_};
    commands[0].caller = std::move(caller);
    commands[0].operation = std::move(operation);
    HUB_ASSERT(inbox_.TryPush(commands));
    auto future = answer_.get_future();
    HUB_ASSERT(future.wait_for(http::kPatience) == std::future_status::ready);
    return future.get();
  }

  void Deliver(std::vector<hub::core::Answer> answers) override { answer_.set_value(std::move(answers.at(0).reply)); }

 private:
  hub::engine::Inbox& inbox_;
  std::promise<hub::Result<hub::core::Reply>> answer_;
  std::uint64_t asked_ = 0;
};

namespace {

std::string NewDirectory() {
  std::string path = (std::filesystem::temp_directory_path() / "penstock-XXXXXX").string();
  HUB_ASSERT(mkdtemp(path.data()));
  return path;
}

}  // namespace

RunningHub::RunningHub(adapters::wire::http::Limits limits)
    : clock_(std::make_unique<SystemClock>()),
      directory_(NewDirectory()),
      signer_(directory_),
      endpoint_(kHttp, inbox_, signer_, limits),
      asker_(std::make_unique<Asker>(inbox_)),
      core_({.secret = {}}),
      loader_(
          store_, [this] { inbox_.Wake(); }, Die),
      committer_(
          store_, {&endpoint_, asker_.get()}, {}, [this] { inbox_.Wake(); }, Die),
      engine_(core_,
              {.inbox = inbox_,
               .clock = *clock_,
               .store = store_,
               .committer = committer_,
               .loader = loader_,
               .log = [](const hub::core::LogLine&) {}},
              /*space_left_min=*/1) {
  const auto scan = [this](auto from, auto to, const auto& visit) { return store_.Scan(from, to, visit); };
  HUB_ASSERT(core_.Recover(scan, clock_->Wall()).has_value());
  thread_ = std::thread([this] { engine_.Run(); });
  HUB_ASSERT(asker_
                 ->Ask(std::make_shared<hub::core::Caller>(),
                       hub::core::Reload{.config = std::make_shared<hub::core::Config>()})
                 .has_value());
  const auto started =
      endpoint_.Start({{"http://127.0.0.1:0", "", ""}}, {.region = kRegion, .local = true, .hosts = {}});
  HUB_ASSERT(started.has_value());
}

RunningHub::~RunningHub() {
  endpoint_.Drain();
  engine_.Stop();
  thread_.join();
  committer_.Stop();
  loader_.Stop();
  endpoint_.Stop();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

hub::Result<hub::core::Reply> RunningHub::Ask(hub::core::Operation operation) {
  auto caller = std::make_shared<hub::core::Caller>();
  caller->identity = hub::core::Credentials::Local("000000000000");
  return asker_->Ask(std::move(caller), std::move(operation));
}

}  // namespace tests::aws
