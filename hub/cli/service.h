// The running hub: every part, wired, from the store at the bottom to the sockets at the top.
//
//   Endpoint (ROUTER) ─┐                                          ┌─▶ Endpoint
//                      ├─▶ Inbox ─▶ Engine ─▶ Committer ─answers─┤
//   Http (SQS, SNS) ───┤             │  ▲         │               ├─▶ Http
//   Feed (XPUB) ───────┤             │  │         │               ├─▶ Feed
//   Control (reload) ──┘           Loader ┘     Store             └─▶ Control
//
// Threads: the engine, the committer, the loader and those of the endpoint. The owner calls Start, Reload and Stop.
#pragma once

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "adapters/aws/endpoint.h"
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
  // Opens the store, recovers, puts `config` in force and binds the sockets last: bound means ready. On failure nothing
  // is left running.
  [[nodiscard]] static Result<std::unique_ptr<Service>> Start(std::shared_ptr<const core::Config> config);

  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  // Where clients connect, one address for each listener.
  const std::vector<std::string>& addresses() const { return endpoint_.addresses(); }
  const std::vector<std::string>& feed_addresses() const { return feed_.addresses(); }
  const std::vector<std::string>& http_addresses() const { return http_.addresses(); }

  // Puts another configuration in force, whole or not at all. Returns notes for a person.
  [[nodiscard]] Result<std::vector<std::string>> Reload(std::shared_ptr<const core::Config> config);

  // Accepts nothing more, answers everybody who waits, makes the last turn durable, and ends. Again is fine.
  void Stop();

 private:
  class SystemClock;

  Service(std::shared_ptr<const core::Config> config, std::unique_ptr<engine::Store> store, core::Secret secret);

  [[nodiscard]] Result<void> Run();
  [[nodiscard]] Result<void> StartHttp(const core::Config& config);
  [[nodiscard]] Result<std::vector<std::string>> PutInForce(std::shared_ptr<const core::Config> config);

  std::shared_ptr<const core::Config> config_;  // In force, or about to be.
  std::unique_ptr<engine::Store> store_;
  std::unique_ptr<engine::Clock> clock_;
  engine::Inbox inbox_;
  Control control_;
  adapters::zmq::Endpoint endpoint_;
  adapters::zmq::Feed feed_;
  adapters::aws::Endpoint http_;
  core::Core core_;

  // From here on, made by Run.
  std::unique_ptr<engine::ThreadedLoader> loader_;
  std::unique_ptr<engine::ThreadedCommitter> committer_;
  std::unique_ptr<engine::Engine> engine_;
  std::thread engine_thread_;
};

}  // namespace hub::cli
