// Hands replies to libzmq without waiting, and bounds what a peer may leave unread.
//
// libzmq bounds the number of messages for a peer, not their bytes, so each reply of some size carries a charge that
// its release refunds. What libzmq does not take waits here, in order.
//
// Not thread-safe: the endpoint's thread. Refunds come from libzmq's own thread.
#pragma once

#include <cstdint>
#include <memory>
#include <zmq.hpp>

#include "adapters/wire/native/buffer.h"
#include "adapters/zmq/limits.h"
#include "adapters/zmq/sessions.h"

namespace adapters::zmq {

class Sender {
 public:
  enum class Outcome : std::uint8_t {
    kSent,
    kWaiting,  // Kept; call Flush again later.
    kGone,     // There is no such peer any more.
    kTooSlow,  // The peer has left more unread than it may. This reply is dropped.
  };

  explicit Sender(const Limits& limits) : limits_(limits) {}

  // Sends `reply` after whatever already waits for this session.
  Outcome Send(::zmq::socket_t& socket, Session& session, wire::native::Buffer reply);

  // Sends what waits: kSent when nothing is left.
  Outcome Flush(::zmq::socket_t& socket, Session& session);

  // Replies dropped with a session leave nothing here.
  static void Drop(Session& session);

 private:
  bool MayLeaveUnread(const Session& session, std::size_t size) const;
  Outcome TrySend(::zmq::socket_t& socket, Session& session, wire::native::Buffer& reply);

  const Limits& limits_;
  std::shared_ptr<Meter> all_ = std::make_shared<Meter>();
};

}  // namespace adapters::zmq
