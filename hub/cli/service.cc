#include "hub/cli/service.h"

#include <spdlog/spdlog.h>

#include <cstdlib>
#include <utility>

#include "adapters/rocksdb/store.h"
#include "adapters/system/system.h"
#include "hub/core/identity.h"

namespace hub::cli {
namespace {

// The numbers of the endpoints in tickets: their places in the committer's list.
constexpr std::uint32_t kControl = 0;
constexpr std::uint32_t kZmq = 1;
constexpr std::uint32_t kFeed = 2;
constexpr std::uint32_t kHttp = 3;

// Memory may be ahead of what the disk holds: going on would acknowledge what is lost. Recovery decides what is there.
[[noreturn]] void Die(const Error& error) {
  spdlog::critical("{}: {} The hub ends here; start it again when the cause is mended.", NameOf(error.code),
                   error.message);
  spdlog::shutdown();
  std::_Exit(EXIT_FAILURE);
}

void Log(const core::LogLine& line) {
  switch (line.level) {
    case core::LogLine::Level::kInfo: spdlog::info("{}", line.text); break;
    case core::LogLine::Level::kWarning: spdlog::warn("{}", line.text); break;
  }
}

std::shared_ptr<const core::Credentials> CredentialsOf(const core::Config& config) {
  std::vector<core::UserCredential> users;
  for (const core::DeclaredUser& user : config.users) users.push_back(user.credential);
  return std::make_shared<const core::Credentials>(users);
}

}  // namespace

class Service::SystemClock final : public engine::Clock {
 public:
  Duration Steady() override { return adapters::system::BootTime(); }
  Instant Wall() override { return adapters::system::WallNow(); }
};

Service::Service(std::shared_ptr<const core::Config> config, std::unique_ptr<engine::Store> store, core::Secret secret)
    : config_(std::move(config)),
      store_(std::move(store)),
      clock_(std::make_unique<SystemClock>()),
      control_(kControl, inbox_),
      endpoint_(kZmq, inbox_),
      feed_(kFeed, inbox_, Log),
      http_(kHttp, inbox_),
      core_({.secret = secret}) {}

Service::~Service() { Stop(); }

Result<std::unique_ptr<Service>> Service::Start(std::shared_ptr<const core::Config> config) {
  adapters::rocksdb::Options options;
  options.directory = config->data_directory;
  options.write_ahead_log = config->durability != core::Durability::kMemory;
  Result<std::unique_ptr<engine::Store>> store = adapters::rocksdb::Open(options);
  if (!store) return tl::unexpected(store.error());
  core::Secret secret{};
  adapters::system::FillRandom(secret);
  std::unique_ptr<Service> service(new Service(std::move(config), *std::move(store), secret));
  if (const Result<void> running = service->Run(); !running) return tl::unexpected(running.error());
  return service;
}

Result<void> Service::Run() {
  const core::Scan scan = [this](std::string_view from, std::string_view to, const core::Visit& visit) {
    return store_->Scan(from, to, visit);
  };
  if (Result<void> recovered = core_.Recover(scan, clock_->Wall()); !recovered) return recovered;

  const auto wake = [this] { inbox_.Wake(); };
  loader_ = std::make_unique<engine::ThreadedLoader>(*store_, wake, Die);
  committer_ = std::make_unique<engine::ThreadedCommitter>(
      *store_, std::vector<engine::Replies*>{&control_, &endpoint_, &feed_, &http_},
      engine::ThreadedCommitter::Options{
          .durability = config_->durability, .flush_interval = config_->flush_interval, .feed = &feed_},
      wake, Die);
  engine_ = std::make_unique<engine::Engine>(core_,
                                             engine::Engine::Ports{.inbox = inbox_,
                                                                   .clock = *clock_,
                                                                   .store = *store_,
                                                                   .committer = *committer_,
                                                                   .loader = *loader_,
                                                                   .log = Log},
                                             config_->space_left_min);
  engine_thread_ = std::thread([this] { engine_->Run(); });

  const Result<std::vector<std::string>> notes = PutInForce(config_);
  if (!notes) return tl::unexpected(notes.error());
  for (const std::string& note : *notes) spdlog::info("{}", note);
  const std::shared_ptr<const core::Credentials> credentials = CredentialsOf(*config_);
  if (Result<void> bound = feed_.Start(config_->feed_listeners, credentials); !bound) return bound;
  if (Result<void> bound = StartHttp(*config_); !bound) return bound;
  return endpoint_.Start(config_->listeners, credentials);
}

Result<void> Service::StartHttp(const core::Config& config) {
  if (config.http_listeners.empty()) return {};
  std::vector<adapters::wire::http::Listener> listeners;
  for (const core::HttpListener& listener : config.http_listeners) {
    listeners.push_back({listener.address, listener.certificate_file, listener.key_file});
  }
  const bool local = config.mode == core::Mode::kLocal;
  if (local) {
    spdlog::info("mode: local. Whoever reaches the HTTP endpoint is believed to be whom their access key names{}.",
                 config.policies == core::PolicyMode::kLog ? ", and policies are only logged" : "");
  }
  return http_.Start(listeners, {.region = config.region, .local = local, .hosts = config.http_hosts});
}

Result<std::vector<std::string>> Service::PutInForce(std::shared_ptr<const core::Config> config) {
  Result<core::Reply> reply = control_.Ask(core::Reload{.config = std::move(config)});
  if (!reply) return tl::unexpected(reply.error());
  return std::move(std::get<core::DoneReply>(*reply).notes);
}

Result<std::vector<std::string>> Service::Reload(std::shared_ptr<const core::Config> config) {
  Result<std::vector<std::string>> notes = PutInForce(config);
  if (!notes) return notes;
  const std::shared_ptr<const core::Credentials> credentials = CredentialsOf(*config);
  endpoint_.SetCredentials(credentials);
  feed_.SetCredentials(credentials);
  config_ = std::move(config);
  return notes;
}

void Service::Stop() {
  if (!engine_thread_.joinable()) return;
  endpoint_.Drain();
  http_.Drain();
  engine_->Stop();
  engine_thread_.join();
  committer_->Stop();
  loader_->Stop();
  endpoint_.Stop();
  http_.Stop();
  feed_.Stop();
}

}  // namespace hub::cli
