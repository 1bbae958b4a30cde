// The native endpoint: ROUTER sockets in front of the engine.
//
//   peers ══▶ ROUTER ──frames──▶ decode ──commands──▶ Inbox ─▶ engine
//                ▲                                                │ (durable)
//                └──── encode ◀──── answers ◀──── Deliver ◀────────┘
//
// One thread owns the sockets and the sessions. It reads what is there, up to a bound, and pushes it as one batch. When
// the inbox is full it stops reading, so that a flood waits in the peers' own buffers, and replies still flow.
//
// What is not a request is answered with an error and harms nobody. What a peer does not read is bounded (limits.h):
// beyond that its session ends.
//
// Threads: Start and Stop by the owner. Deliver, SetCredentials, Drain and counters from any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>
#include <zmq.hpp>

#include "adapters/zmq/authenticator.h"
#include "adapters/zmq/limits.h"
#include "adapters/zmq/sender.h"
#include "adapters/zmq/sessions.h"
#include "adapters/zmq/wakeup.h"
#include "hub/base/result.h"
#include "hub/core/config.h"
#include "hub/core/identity.h"
#include "hub/engine/inbox.h"
#include "hub/engine/replies.h"

namespace adapters::zmq {

class Endpoint final : public hub::engine::Replies {
 public:
  // `number` is the endpoint's own in every Ticket. `inbox` outlives the endpoint.
  Endpoint(std::uint32_t number, hub::engine::Inbox& inbox, Limits limits = {});
  ~Endpoint() override;

  Endpoint(const Endpoint&) = delete;
  Endpoint& operator=(const Endpoint&) = delete;

  // Checks and binds every listener, then serves. On failure nothing is left open. Once.
  [[nodiscard]] hub::Result<void> Start(const std::vector<hub::core::Listener>& listeners,
                                        std::shared_ptr<const hub::core::Credentials> credentials);

  // Where it listens, one address for each listener, with the port that the system chose for a "*". After Start.
  const std::vector<std::string>& addresses() const { return addresses_; }

  // After Stop the answers go nowhere.
  void Deliver(std::vector<hub::core::Answer> answers) override;

  // From its return on, nothing is read from identities that `credentials` do not know but to be refused, and what
  // waits for them in the engine is forgotten. After Start.
  void SetCredentials(std::shared_ptr<const hub::core::Credentials> credentials);

  // The hub is about to stop: from now on requests are answered kUnavailable, while answers still go out.
  void Drain();

  // Sends what has been delivered, waits a bounded time for it to leave, and ends. Again is fine.
  void Stop();

  // Since the start; `sessions` is now.
  struct Counters {
    std::uint64_t requests = 0;
    std::uint64_t malformed = 0;
    std::uint64_t refused = 0;      // The caller is no longer known, or there are too many sessions.
    std::uint64_t unreachable = 0;  // Sessions that ended because a reply found nobody.
    std::uint64_t cut = 0;          // Sessions that ended because their peer did not read.
    std::uint64_t sessions = 0;
  };
  Counters counters() const;

 private:
  struct AtomicCounters {
    std::atomic<std::uint64_t> requests = 0;
    std::atomic<std::uint64_t> malformed = 0;
    std::atomic<std::uint64_t> refused = 0;
    std::atomic<std::uint64_t> unreachable = 0;
    std::atomic<std::uint64_t> cut = 0;
    std::atomic<std::uint64_t> sessions = 0;
  };

  struct Socket {
    ::zmq::socket_t socket;
    bool encrypted = false;
  };

  // One received request: who sent it, and its only part.
  struct Incoming {
    std::size_t listener = 0;
    ::zmq::message_t routing_id;
    std::shared_ptr<::zmq::message_t> frame;
    bool has_more_parts = false;
  };

  [[nodiscard]] hub::Result<void> Open(const std::vector<hub::core::Listener>& listeners);
  void Close();

  // --- On the endpoint's thread ---
  void Run();
  void Wait(bool busy);
  bool SendAnswers();
  void SendWaiting();
  bool ReadRequests();
  bool Receive(std::size_t listener, Incoming& incoming);
  void Handle(Incoming& incoming);
  Session* SessionOf(const Incoming& incoming);
  Session* OpenSession(const Incoming& incoming, std::string_view user_id);
  void Admit(Session& session, Incoming& incoming, std::uint64_t request, hub::core::Operation operation,
             std::size_t bytes);
  void PushCommands();
  void ApplyCredentials();
  void Sweep();

  void Say(Session& session, std::uint64_t request, const hub::Result<hub::core::Reply>& reply);
  void Refuse(const Incoming& incoming, hub::Error error);
  void Settle(Session& session, Sender::Outcome outcome);

  const std::uint32_t number_;
  hub::engine::Inbox& inbox_;
  const Limits limits_;
  std::vector<std::string> addresses_;
  AtomicCounters counters_;

  std::mutex mutex_;  // Guards the next four.
  std::vector<hub::core::Answer> answers_;
  std::shared_ptr<const hub::core::Credentials> credentials_;
  Wakeup wakeup_;

  std::atomic<bool> draining_ = false;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> credentials_changed_ = false;

  // The endpoint's thread owns what follows.
  ::zmq::context_t context_;
  std::unique_ptr<Authenticator> authenticator_;
  std::vector<Socket> sockets_;
  Sessions sessions_;
  Sender sender_{limits_};
  std::shared_ptr<const hub::core::Credentials> credentials_in_force_;
  std::vector<hub::core::Command> commands_;  // Read, but not yet taken by the inbox.
  std::vector<std::uint64_t> slow_;           // Sessions with waiting replies.
  hub::Duration now_{};
  hub::Duration next_sweep_{};

  std::thread thread_;
};

}  // namespace adapters::zmq
