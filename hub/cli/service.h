// The running hub: every part, wired, from the store at the bottom to the sockets at the top.
//
//   Endpoint (ROUTER) ─┐                                          ┌─▶ Endpoint
//                      ├─▶ Inbox ─▶ Engine ─▶ Committer ─answers─┤
//   Http (SQS, SNS;    │             │  ▲         │               ├─▶ Http
//     Pages beside) ───┤             │  │         │               │
//   Pusher (HTTP) ─────┤             │  │         │               ├─▶ Pusher
//   Pages (metrics) ───┤             │  │         │               ├─▶ Pages
//   Feed (XPUB) ───────┤             │  │         │               ├─▶ Feed
//   Control (reload) ──┘           Loader ┘     Store             └─▶ Control
//
// Threads: the engine, the committer, the loader and those of the endpoint. The owner calls Start, Reload and Stop.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "adapters/aws/endpoint.h"
#include "adapters/ops/listener.h"
#include "adapters/ops/pages.h"
#include "adapters/ops/timed_store.h"
#include "adapters/push/pusher.h"
#include "adapters/wire/sns/signer.h"
#include "adapters/zmq/endpoint.h"
#include "adapters/zmq/feed.h"
#include "hub/base/result.h"
#include "hub/cli/control.h"
#include "hub/core/config.h"
#include "hub/core/core.h"
#include "hub/engine/clock.h"
#include "hub/engine/committer.h"
#include "hub/engine/engine.h"
#include "hub/engine/inbox.h"
#include "hub/engine/loader.h"
#include "hub/engine/store.h"

namespace hub::cli {

class Service {
 public:
  // Opens the store, recovers, puts `config` in force and binds the sockets last: bound means ready. Only the port for
  // health and metrics is open before, and says so. On failure nothing is left running.
  [[nodiscard]] static Result<std::unique_ptr<Service>> Start(std::shared_ptr<const core::Config> config);

  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  // Where clients connect, one address for each listener.
  const std::vector<std::string>& addresses() const { return endpoint_.addresses(); }
  const std::vector<std::string>& feed_addresses() const { return feed_.addresses(); }
  const std::vector<std::string>& http_addresses() const { return http_.addresses(); }
  const std::vector<std::string>& metrics_addresses() const { return metrics_listener_.addresses(); }

  // Puts another configuration in force, whole or not at all. Returns notes for a person.
  [[nodiscard]] Result<std::vector<std::string>> Reload(std::shared_ptr<const core::Config> config);

  // Accepts nothing more, answers everybody who waits, makes the last turn durable, and ends. Again is fine.
  void Stop();

 private:
  class SystemClock;

  Service(std::shared_ptr<const core::Config> config, core::Secret secret);

  [[nodiscard]] Result<void> Run();
  [[nodiscard]] Result<void> OpenStore();
  [[nodiscard]] Result<void> Recover();
  [[nodiscard]] Result<void> StartMetrics();
  adapters::ops::State StateNow() const;
  adapters::ops::Sources SourcesOfPages() const;
  adapters::ops::Readings Read() const;
  [[nodiscard]] Result<void> StartHttp(const core::Config& config);
  [[nodiscard]] Result<void> StartPusher(const core::Config& config);
  [[nodiscard]] Result<std::vector<std::string>> PutInForce(std::shared_ptr<const core::Config> config);

  std::shared_ptr<const core::Config> config_;  // In force, or about to be.
  const std::uint64_t space_left_min_;          // A reload does not change it.
  std::unique_ptr<engine::Clock> clock_;
  engine::Inbox inbox_;
  Control control_;
  adapters::zmq::Endpoint endpoint_;
  adapters::zmq::Feed feed_;
  adapters::wire::sns::Signer signer_;
  adapters::ops::Pages pages_;  // Beside what `http_` answers, on its port.
  adapters::aws::Endpoint http_;
  adapters::ops::Pages metrics_pages_;  // On a port of their own.
  adapters::ops::Listener metrics_listener_;
  adapters::push::Pusher pusher_;
  core::Core core_;

  // From here on, made by Run.
  std::unique_ptr<engine::Store> opened_store_;
  std::unique_ptr<adapters::ops::TimedStore> store_;
  std::unique_ptr<engine::ThreadedLoader> loader_;
  std::unique_ptr<engine::ThreadedCommitter> committer_;
  std::unique_ptr<engine::Engine> engine_;
  std::thread engine_thread_;
  std::atomic<bool> ready_{false};
  std::atomic<bool> stopping_{false};
};

}  // namespace hub::cli
