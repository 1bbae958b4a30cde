// The live feed: XPUB sockets behind the engine. Whoever is subscribed gets a copy of what is published, once it is
// durable; nothing is kept for who is not.
//
//   peers ══▶ XPUB ──subscription──▶ Follow ─▶ Inbox ─▶ engine
//              ▲ │                                        │ admitted or refused
//              │ └◀── Admit ◀───────── answer ◀───────────┤
//              └───── [key, body, about] ◀── Publish ◀────┘ (durable)
//
// The core decides each subscription, and again when the policies change: then it says whose session has ended, and the
// socket is closed and bound anew (feed_listener.h), before anything later is sent. A subscription is a topic by name,
// never a beginning of names and never everything.
//
// One thread of its own: a password, a decision or a peer that is slow here holds up nobody elsewhere. What waits to be
// sent is bounded; beyond that messages are dropped, and counted.
//
// Threads: Start and Stop by the owner. Deliver, Publish, SetCredentials and counters from any thread.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>
#include <zmq.hpp>

#include "adapters/zmq/authenticator.h"
#include "adapters/zmq/feed_listener.h"
#include "adapters/zmq/limits.h"
#include "adapters/zmq/subscribers.h"
#include "adapters/zmq/wakeup.h"
#include "hub/base/result.h"
#include "hub/core/config.h"
#include "hub/core/turn.h"
#include "hub/engine/feed.h"
#include "hub/engine/inbox.h"
#include "hub/engine/replies.h"

namespace adapters::zmq {

class Feed final : public hub::engine::Replies, public hub::engine::Feed {
 public:
  using Log = std::function<void(const hub::core::LogLine&)>;

  // `number` is the endpoint's own in every Ticket. `inbox` outlives the feed. `log` is called on the feed's thread.
  Feed(std::uint32_t number, hub::engine::Inbox& inbox, Log log, Limits limits = {});
  ~Feed() override;

  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;

  // Checks and binds every listener, then serves; without any there is no feed. On failure nothing is left open. Once.
  [[nodiscard]] hub::Result<void> Start(const std::vector<hub::core::Listener>& listeners,
                                        std::shared_ptr<const hub::core::Credentials> credentials);

  // Where it listens, one address for each listener. After Start.
  const std::vector<std::string>& addresses() const { return addresses_; }

  void Deliver(std::vector<hub::core::Answer> answers) override;
  void Publish(hub::core::FeedTurn turn) override;

  // Connections of identities that `credentials` do not know end. After Start.
  void SetCredentials(std::shared_ptr<const hub::core::Credentials> credentials);

  void Stop();

  // Since the start; `subscriptions` is now.
  struct Counters {
    std::uint64_t subscriptions = 0;  // Admitted or refused, of the peers that are there.
    std::uint64_t refused = 0;
    std::uint64_t published = 0;
    std::uint64_t dropped = 0;     // Before they came to libzmq.
    std::uint64_t thrown_out = 0;  // Peers that did what no subscriber does.
    std::uint64_t bound_anew = 0;
  };
  Counters counters() const;

 private:
  struct Listener {
    std::unique_ptr<FeedListener> socket;
    Subscribers subscribers;
  };

  [[nodiscard]] hub::Result<void> Open(const std::vector<hub::core::Listener>& listeners);
  void Shut();

  // --- On the feed's thread ---
  void Run();
  void Wait();
  bool SendPublished();
  void Send(hub::core::FeedMessage message);
  bool ReadRequests(Listener& listener);
  bool Subscribe(Listener& listener, const FeedListener::Request& request);
  void Unsubscribe(Listener& listener, const FeedListener::Request& request);
  std::optional<std::string> Ask(std::uint64_t session, const Subscriber& subscriber, const std::string& written);
  void ThrowOut(Listener& listener, const FeedListener::Request& request, std::string_view why);
  void SeeWhoLeft(Listener& listener);
  void BindAnew(Listener& listener);
  void EndAbandoned(Listener& listener);
  void End(const hub::core::Ticket& ticket);
  void ApplyCredentials();
  void Say(std::string text);

  const std::uint32_t number_;
  hub::engine::Inbox& inbox_;
  const Log log_;
  const Limits limits_;
  std::vector<std::string> addresses_;

  std::mutex mutex_;  // Guards the next block.
  std::condition_variable answered_;
  std::vector<hub::core::FeedTurn> turns_;
  std::size_t turns_bytes_ = 0;
  std::optional<hub::core::Answer> answer_;
  std::shared_ptr<const hub::core::Credentials> credentials_;
  bool credentials_changed_ = false;
  Wakeup wakeup_;
  bool stopping_ = false;

  std::atomic<std::uint64_t> subscriptions_ = 0;
  std::atomic<std::uint64_t> refused_ = 0;
  std::atomic<std::uint64_t> published_ = 0;
  std::atomic<std::uint64_t> dropped_ = 0;
  std::atomic<std::uint64_t> thrown_out_ = 0;
  std::atomic<std::uint64_t> bound_anew_ = 0;

  // The feed's thread owns what follows.
  ::zmq::context_t context_;
  std::unique_ptr<Authenticator> authenticator_;
  std::vector<Listener> listeners_;
  // Bytes of bodies that libzmq has not released yet. Its own thread subtracts.
  std::shared_ptr<std::atomic<std::size_t>> unread_ = std::make_shared<std::atomic<std::size_t>>(0);
  std::uint64_t last_session_ = 0;
  std::uint64_t asked_ = 0;

  std::thread thread_;
};

}  // namespace adapters::zmq
