#include "adapters/zmq/sender.h"

#include <zmq.h>

#include <cstdlib>
#include <cstring>
#include <utility>

#include "hub/base/assert.h"

namespace adapters::zmq {
namespace {

using wire::native::Buffer;

// Smaller replies are copied: that is cheaper than libzmq's bookkeeping for a foreign buffer, and the bound on the
// number of replies bounds their bytes well enough.
constexpr std::size_t kCopiedBytesMax = 512;

// What a reply costs its peer and all peers until libzmq has released it.
struct Charge {
  std::shared_ptr<Meter> session;
  std::shared_ptr<Meter> all;
  std::size_t size;
};

void Refund(void* data, void* hint) {
  const std::unique_ptr<Charge> charge(static_cast<Charge*>(hint));
  charge->session->bytes -= charge->size;
  charge->all->bytes -= charge->size;
  std::free(data);
}

}  // namespace

Sender::Outcome Sender::Send(::zmq::socket_t& socket, Session& session, Buffer reply) {
  if (session.waiting.empty() && MayLeaveUnread(session, reply.size())) {
    const Outcome outcome = TrySend(socket, session, reply);
    if (outcome != Outcome::kWaiting) return outcome;
  }
  if (session.waiting.size() >= limits_.waiting_replies_max || !MayLeaveUnread(session, reply.size())) {
    return Outcome::kTooSlow;
  }
  session.waiting_bytes += reply.size();
  session.waiting.push_back(std::move(reply));
  return Outcome::kWaiting;
}

Sender::Outcome Sender::Flush(::zmq::socket_t& socket, Session& session) {
  while (!session.waiting.empty()) {
    const std::size_t size = session.waiting.front().size();
    const Outcome outcome = TrySend(socket, session, session.waiting.front());
    if (outcome != Outcome::kSent) return outcome;
    session.waiting_bytes -= size;
    session.waiting.pop_front();
  }
  return Outcome::kSent;
}

void Sender::Drop(Session& session) {
  session.waiting.clear();
  session.waiting_bytes = 0;
}

bool Sender::MayLeaveUnread(const Session& session, std::size_t size) const {
  const std::size_t unread = session.unread->bytes + session.waiting_bytes;
  if (unread == 0) return true;  // Who has read everything gets the next reply, whatever its size.
  const bool crowded = all_->bytes > limits_.unread_bytes_all_max;
  return unread + size <= (crowded ? limits_.unread_bytes_crowded_max : limits_.unread_bytes_max);
}

Sender::Outcome Sender::TrySend(::zmq::socket_t& socket, Session& session, Buffer& reply) {
  // The first part chooses the peer: only it can fail.
  while (zmq_send(socket.handle(), session.routing_id.data(), session.routing_id.size(), ZMQ_DONTWAIT | ZMQ_SNDMORE) <
         0) {
    const int error = zmq_errno();
    if (error == EINTR) continue;
    return error == EAGAIN ? Outcome::kWaiting : Outcome::kGone;
  }

  zmq_msg_t frame;
  const std::size_t size = reply.size();
  if (size <= kCopiedBytesMax) {
    const int made = zmq_msg_init_size(&frame, size);
    HUB_ASSERT(made == 0);
    std::memcpy(zmq_msg_data(&frame), reply.data(), size);
  } else {
    session.unread->bytes += size;
    all_->bytes += size;
    auto charge = std::make_unique<Charge>(Charge{session.unread, all_, size});
    const int made = zmq_msg_init_data(&frame, reply.release(), size, Refund, charge.release());
    HUB_ASSERT(made == 0);
  }
  while (zmq_msg_send(&frame, socket.handle(), ZMQ_DONTWAIT) < 0) {
    HUB_ASSERT(zmq_errno() == EINTR);
  }
  return Outcome::kSent;
}

}  // namespace adapters::zmq
