#include "hub/cli/service.h"

#include <spdlog/spdlog.h>

#include <cstdlib>
#include <utility>

#include "adapters/rocksdb/store.h"
#include "adapters/system/system.h"
#include "adapters/wire/http/host.h"
#include "hub/core/identity.h"

namespace hub::cli {
namespace {

// The numbers of the endpoints in tickets: their places in the committer's list.
constexpr std::uint32_t kControl = 0;
constexpr std::uint32_t kZmq = 1;
constexpr std::uint32_t kFeed = 2;
constexpr std::uint32_t kHttp = 3;
constexpr std::uint32_t kPages = 4;
constexpr std::uint32_t kMetricsPages = 5;
constexpr std::uint32_t kPusher = 6;

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

Service::Service(std::shared_ptr<const core::Config> config, core::Secret secret)
    : config_(std::move(config)),
      space_left_min_(config_->space_left_min),
      clock_(std::make_unique<SystemClock>()),
      control_(kControl, inbox_),
      endpoint_(kZmq, inbox_),
      feed_(kFeed, inbox_, Log),
      signer_(config_->data_directory),
      pages_(kPages, inbox_, SourcesOfPages(),
             {.metrics = config_->mode == core::Mode::kLocal,
              .test_paths = true,
              .help_tests = config_->mode == core::Mode::kLocal,
              .signer = &signer_}),
      http_(kHttp, inbox_, signer_),
      metrics_pages_(kMetricsPages, inbox_, SourcesOfPages(), {.metrics = true}),
      metrics_listener_(metrics_pages_),
      pusher_(kPusher, inbox_, signer_),
      core_({.secret = secret}) {}

Service::~Service() { Stop(); }

Result<std::unique_ptr<Service>> Service::Start(std::shared_ptr<const core::Config> config) {
  core::Secret secret{};
  adapters::system::FillRandom(secret);
  std::unique_ptr<Service> service(new Service(std::move(config), secret));
  if (const Result<void> running = service->Run(); !running) return tl::unexpected(running.error());
  return service;
}

Result<void> Service::OpenStore() {
  adapters::rocksdb::Options options;
  options.directory = config_->data_directory;
  options.write_ahead_log = config_->durability != core::Durability::kMemory;
  Result<std::unique_ptr<engine::Store>> store = adapters::rocksdb::Open(options);
  if (!store) return tl::unexpected(store.error());
  opened_store_ = *std::move(store);
  store_ = std::make_unique<adapters::ops::TimedStore>(*opened_store_);
  return {};
}

Result<void> Service::Recover() {
  if (Result<void> opened = OpenStore(); !opened) return opened;
  const core::Scan scan = [this](std::string_view from, std::string_view to, const core::Visit& visit) {
    return store_->Scan(from, to, visit);
  };
  return core_.Recover(scan, clock_->Wall());
}

Result<void> Service::StartMetrics() {
  std::vector<std::string> addresses;
  for (const core::HttpListener& listener : config_->metrics_listeners) addresses.push_back(listener.address);
  return metrics_listener_.Start(addresses, config_->http_hosts);
}

Result<void> Service::Run() {
  if (Result<void> bound = StartMetrics(); !bound) return bound;
  if (Result<void> recovered = Recover(); !recovered) return recovered;

  const auto wake = [this] { inbox_.Wake(); };
  loader_ = std::make_unique<engine::ThreadedLoader>(*store_, wake, Die);
  committer_ = std::make_unique<engine::ThreadedCommitter>(
      *store_, std::vector<engine::Replies*>{&control_, &endpoint_, &feed_, &http_, &pages_, &metrics_pages_, &pusher_},
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
                                             space_left_min_);
  engine_thread_ = std::thread([this] { engine_->Run(); });

  const Result<std::vector<std::string>> notes = PutInForce(config_);
  if (!notes) return tl::unexpected(notes.error());
  for (const std::string& note : *notes) spdlog::info("{}", note);
  const std::shared_ptr<const core::Credentials> credentials = CredentialsOf(*config_);
  if (Result<void> bound = feed_.Start(config_->feed_listeners, credentials); !bound) return bound;
  if (Result<void> bound = StartHttp(*config_); !bound) return bound;
  if (Result<void> started = StartPusher(*config_); !started) return started;
  if (Result<void> bound = endpoint_.Start(config_->listeners, credentials); !bound) return bound;
  ready_ = true;
  return {};
}

adapters::ops::State Service::StateNow() const {
  if (stopping_) return adapters::ops::State::kStopping;
  if (!ready_) return adapters::ops::State::kRecovering;
  return store_->SpaceLeft() < space_left_min_ ? adapters::ops::State::kNoSpace : adapters::ops::State::kReady;
}

adapters::ops::Sources Service::SourcesOfPages() const {
  return {.version = PENSTOCK_VERSION, .state = [this] { return StateNow(); }, .readings = [this] { return Read(); }};
}

adapters::ops::Readings Service::Read() const {
  const adapters::wire::http::Server::Counters& http = http_.counters();
  return {
      .flushes = store_->flush_times().Look(),
      .requests = http_.request_times().Look(),
      .connections = {{"http", http.connections},
                      {"metrics", metrics_listener_.counters().connections},
                      {"zmq", endpoint_.counters().sessions}},
      .http_refused = {{"malformed", http.malformed}, {"timed_out", http.timed_out}, {"too_many", http.turned_away}},
      .resident_bytes = adapters::system::ResidentBytes()};
}

Result<void> Service::StartHttp(const core::Config& config) {
  if (config.http_listeners.empty()) return {};
  const bool local = config.mode == core::Mode::kLocal;
  std::vector<adapters::wire::http::Listener> listeners;
  for (const core::HttpListener& listener : config.http_listeners) {
    listeners.push_back({.address = listener.address,
                         .certificate_file = listener.certificate_file,
                         .key_file = listener.key_file,
                         .private_only = local && config.local_open});
  }
  if (local) {
    spdlog::info("mode: local. Whoever reaches the HTTP endpoint is believed to be whom their access key names{}.",
                 config.policies == core::PolicyMode::kLog ? ", and policies are only logged" : "");
  }
  return http_.Start(listeners,
                     {.region = config.region, .local = local, .hosts = config.http_hosts, .guest = &pages_});
}

// A subscriber is another machine to whoever asked for it: in strict mode nobody may make the hub reach into the
// network that it stands in; where anybody may ask, nobody makes it reach out of it.
Result<void> Service::StartPusher(const core::Config& config) {
  using adapters::push::Reach;
  Reach reach = Reach::kPublic;
  if (config.mode == core::Mode::kLocal) reach = config.local_open ? Reach::kPrivate : Reach::kAnywhere;
  const std::string own = http_addresses().empty() ? "" : adapters::wire::http::Reachable(http_addresses().front());
  return pusher_.Start({.base_url = config.push.url.empty() ? own : config.push.url,
                        .function_url = config.push.function_url,
                        .reach = reach,
                        .allowed = config.push.allow,
                        .ca_file = config.push.ca_file});
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
  stopping_ = true;
  endpoint_.Drain();
  http_.Drain();
  engine_->Stop();
  engine_thread_.join();
  committer_->Stop();
  loader_->Stop();
  pusher_.Stop();
  endpoint_.Stop();
  http_.Stop();
  feed_.Stop();
  metrics_listener_.Stop();
}

}  // namespace hub::cli
