// One listening XPUB socket of the live feed, and the watch on its connections.
//
// In libzmq 4.3.4 an XPUB_MANUAL says which connection a subscription came over (User-Id, descriptor), but of one that
// is gone only what it had subscribed to; a monitor tells the descriptor. No connection can be ended and none be
// unsubscribed later: whoever is to get nothing more makes the socket be closed and bound anew. Peers come back by
// themselves, subscribe again and are decided again.
//
// Two things would make libzmq admit another connection than the one that asked:
//  - A message that is no subscription. From then on it takes each connection for the next one. Such a message is
//    handed out as kForeign, and the socket must be bound anew before anything else is done with it.
//  - A connection that is gone while its request still waits, and whose place in memory a newcomer has. While that
//    cannot be excluded, IsCertain() is false: bind anew. It is rare, since libzmq lets connections come and go only
//    when we send, when we find nothing to read, and with every hundredth request.
//
// Not thread-safe: the feed's thread owns it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>
#include <zmq.hpp>

#include "adapters/zmq/limits.h"
#include "hub/base/result.h"
#include "hub/core/config.h"

namespace adapters::zmq {

class FeedListener {
 public:
  struct Request {
    enum class Kind : std::uint8_t { kSubscribe, kUnsubscribe, kForeign };
    Kind kind = Kind::kForeign;
    std::string written;  // What the peer wants to subscribe to.
    std::string user_id;  // Of the connection, as the authenticator named it.
    std::string address;  // Of the peer.
    int descriptor = -1;
  };

  // Bound. `context` outlives the listener.
  [[nodiscard]] static hub::Result<std::unique_ptr<FeedListener>> Open(::zmq::context_t& context,
                                                                       const hub::core::Listener& listener,
                                                                       const Limits& limits);
  ~FeedListener() { Close(); }
  FeedListener(const FeedListener&) = delete;
  FeedListener& operator=(const FeedListener&) = delete;

  // With the port that the system chose for a "*".
  const std::string& address() const { return listener_.address; }
  bool encrypted() const { return listener_.security == hub::core::Security::kCurve; }

  // The next request, or nothing.
  std::optional<Request> Next();

  // Of the request that Next returned last: from now on its connection gets, or no longer gets, what has exactly this
  // key. Keys of which none is the beginning of another.
  void Admit(const std::string& key);
  void Withdraw(const std::string& key);

  // Descriptors whose connection is gone, since the last call.
  std::vector<int> TakeDeparted();

  // Whether Admit would admit the connection that asked, and no other. After TakeDeparted.
  bool IsCertain(const Request& request) const;

  // Drops every connection and all that waits for it.
  void Close();

  // Binds again; while the address is not free yet, IsOpen stays false: try again.
  [[nodiscard]] hub::Result<void> Reopen();
  bool IsOpen() const { return socket_.handle() != nullptr; }

  // Hands out one message to whom it concerns; who has not read enough does not get it. `body` is shared, not copied.
  void Send(std::string_view key, zmq_msg_t& body, std::string_view about);

  // For polling: readable when there is a request, when somebody has left.
  void* socket() { return socket_.handle(); }
  void* monitor() { return monitor_.handle(); }

 private:
  FeedListener(::zmq::context_t& context, hub::core::Listener listener, const Limits& limits)
      : context_(context), listener_(std::move(listener)), limits_(limits) {}

  void Settle();

  ::zmq::context_t& context_;
  hub::core::Listener listener_;
  const Limits& limits_;
  ::zmq::socket_t socket_;
  ::zmq::socket_t monitor_;
  // Since no request was waiting.
  std::size_t requests_ = 0;
  bool sent_ = false;
  std::set<int> departed_;
  bool arrived_ = false;
};

}  // namespace adapters::zmq
