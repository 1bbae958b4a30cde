// The HTTP endpoint: SQS, SNS and STS as their clients speak to them, in front of the engine.
//
//   client ══▶ http::Server ──Request──▶ decode ─▶ plan ──command──▶ Inbox ─▶ engine
//                  ▲                                                            │ (durable)
//                  └──Response── answer ◀── finish ◀── answers ◀── Deliver ◀────┘
//
// One thread, the server's, decodes and encodes everything. What has arrived by the time it looks goes into the inbox
// as one batch.
//
// Threads: Start and Stop by the owner; Deliver, Drain and counters from any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "adapters/aws/call.h"
#include "adapters/wire/http/guest.h"
#include "adapters/wire/http/server.h"
#include "adapters/wire/sns/envelope.h"
#include "hub/base/result.h"
#include "hub/core/config.h"
#include "hub/engine/histogram.h"
#include "hub/engine/inbox.h"
#include "hub/engine/replies.h"

namespace adapters::aws {

class Endpoint final : public hub::engine::Replies, private wire::http::Handler {
 public:
  // `number` is the endpoint's own in every Ticket. `inbox` and `signer` outlive the endpoint.
  Endpoint(std::uint32_t number, hub::engine::Inbox& inbox, wire::sns::Signer& signer, wire::http::Limits limits = {});
  ~Endpoint() override;

  Endpoint(const Endpoint&) = delete;
  Endpoint& operator=(const Endpoint&) = delete;

  struct Settings {
    std::string region;                  // Of requests that name none.
    bool local = true;                   // Any credentials are believed, as an emulator does; else none is, yet.
    std::vector<std::string> hosts;      // Names by which the endpoint may be called, besides those of this machine.
    wire::http::Guest* guest = nullptr;  // Answers the paths that it takes; outlives the endpoint. Null: nobody.
  };

  // Binds every listener, then serves. On failure nothing is left open. Once.
  [[nodiscard]] hub::Result<void> Start(const std::vector<wire::http::Listener>& listeners, Settings settings);

  // Where it listens. After Start.
  const std::vector<std::string>& addresses() const { return server_.addresses(); }

  // After Stop the answers go nowhere.
  void Deliver(std::vector<hub::core::Answer> answers) override;

  // The hub is about to stop: from now on requests are answered ServiceUnavailable, while answers still go out.
  void Drain();

  // Waits a bounded time for answers to leave, and ends. Again is fine.
  void Stop();

  const wire::http::Server::Counters& counters() const { return server_.counters(); }

  // From a request to its answer, by the operation of the hub that it comes to.
  const hub::engine::Histograms& request_times() const { return request_times_; }

 private:
  // A call that is being answered.
  struct Pending {
    wire::http::ConnectionId connection = 0;
    std::shared_ptr<Call> call;
    Plan plan;                        // Without its operation,
    std::string_view operation = {};  // which is called this.
    std::chrono::steady_clock::time_point asked = {};
    bool may_wait = false;  // It is a long poll, perhaps.
  };

  // --- On the server's thread ---
  void Handle(wire::http::ConnectionId connection, wire::http::Request request) override;
  void Gone(wire::http::ConnectionId connection) override;
  bool AnswersSoon(wire::http::ConnectionId connection) override;
  std::string FieldsOfRefusal() override;
  void EndRound() override;

  Result<Plan> Prepare(const wire::http::Request& request, Call& call);
  Result<void> CheckCaller(const wire::http::Request& request, Call& call);
  void Ask(wire::http::ConnectionId connection, std::shared_ptr<Call> call, Plan plan, std::size_t bytes);
  void Respond(const Pending& pending, hub::Result<hub::core::Reply> reply);
  wire::http::Response Finish(const Pending& pending, hub::core::Reply& reply) const;
  const std::shared_ptr<const hub::core::Caller>& CallerFor(const std::string& account, const std::string& peer,
                                                            bool secure);
  void Refuse(wire::http::ConnectionId connection, unsigned status, std::string text);
  bool ServesCertificate(wire::http::ConnectionId connection, const wire::http::Request& request);
  std::string NewRequestId();

  const std::uint32_t number_;
  hub::engine::Inbox& inbox_;
  wire::sns::Signer& signer_;
  Settings settings_;

  std::mutex mutex_;  // Guards the next.
  std::vector<hub::core::Answer> answers_;

  std::atomic<bool> draining_ = false;
  bool stopped_ = false;
  hub::engine::Histograms request_times_;

  // The server's thread owns what follows.
  std::unordered_map<std::uint64_t, Pending> pending_;  // By the request of their tickets.
  std::unordered_map<wire::http::ConnectionId, std::uint64_t> waiting_;
  std::vector<hub::core::Command> commands_;  // Read, but not yet taken by the inbox.
  std::size_t commands_bytes_ = 0;
  std::uint64_t last_request_ = 0;
  std::uint64_t request_seed_[2] = {};
  std::unordered_map<std::string, std::shared_ptr<const hub::core::Caller>> callers_;
  wire::sns::Envelopes envelopes_;

  wire::http::Server server_;  // Last: its thread uses all of the above.
};

}  // namespace adapters::aws
