#include "adapters/zmq/feed_listener.h"

#include <zmq.h>

#include <atomic>
#include <cstring>
#include <utility>

#include "adapters/zmq/listener.h"
#include "hub/base/assert.h"

namespace adapters::zmq {
namespace {

// libzmq looks after its connections with every hundredth message that is read in a row.
constexpr std::size_t kRequestsInARow = 99;

constexpr int kEvents = ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED;

std::string PropertyOf(::zmq::message_t& message, const char* name) {
  const char* value = zmq_msg_gets(message.handle(), name);
  return value == nullptr ? std::string() : std::string(value);
}

bool TryReceive(::zmq::socket_t& socket, ::zmq::message_t& message) {
  int received = -1;
  do {
    received = zmq_msg_recv(message.handle(), socket.handle(), ZMQ_DONTWAIT);
  } while (received < 0 && zmq_errno() == EINTR);
  return received >= 0;
}

// Never waits: who cannot take the message does not get it.
void SendPart(::zmq::socket_t& socket, zmq_msg_t& part, int flags) {
  while (zmq_msg_send(&part, socket.handle(), flags | ZMQ_DONTWAIT) < 0) HUB_ASSERT(zmq_errno() == EINTR);
}

void SendCopy(::zmq::socket_t& socket, std::string_view bytes, int flags) {
  zmq_msg_t part;
  const int made = zmq_msg_init_size(&part, bytes.size());
  HUB_ASSERT(made == 0);
  if (!bytes.empty()) std::memcpy(zmq_msg_data(&part), bytes.data(), bytes.size());
  SendPart(socket, part, flags);
}

}  // namespace

hub::Result<std::unique_ptr<FeedListener>> FeedListener::Open(::zmq::context_t& context,
                                                              const hub::core::Listener& listener,
                                                              const Limits& limits) {
  std::unique_ptr<FeedListener> opened(new FeedListener(context, listener, limits));
  if (const hub::Result<void> bound = opened->Reopen(); !bound) return tl::unexpected(bound.error());
  opened->listener_.address = opened->socket_.get(::zmq::sockopt::last_endpoint);
  return opened;
}

hub::Result<void> FeedListener::Reopen() {
  static std::atomic<std::uint64_t> opened = 0;
  const std::string events = "inproc://feed-events-" + std::to_string(++opened);
  hub::Result<::zmq::socket_t> socket = PrepareFeed(context_, listener_, limits_);
  if (!socket) return tl::unexpected(socket.error());
  try {
    ::zmq::socket_t monitor(context_, ::zmq::socket_type::pair);
    monitor.set(::zmq::sockopt::linger, 0);
    monitor.set(::zmq::sockopt::rcvhwm, 0);  // libzmq's own thread must never wait for us.
    if (zmq_socket_monitor(socket->handle(), events.c_str(), kEvents) != 0) throw ::zmq::error_t();
    monitor.connect(events);
    socket_ = std::move(*socket);
    monitor_ = std::move(monitor);
    socket_.bind(listener_.address);
    Settle();
    return {};
  } catch (const ::zmq::error_t& error) {
    Close();
    return hub::Fail(hub::Code::kInvalidArgument, listener_.place.ToString() + ": Cannot listen on \"" +
                                                      listener_.address + "\": " + error.what() + ".");
  }
}

void FeedListener::Close() {
  // First of all: libzmq's own thread would wait for ever for somebody to hear of connections that now end.
  if (IsOpen()) zmq_socket_monitor(socket_.handle(), nullptr, 0);
  socket_.close();
  monitor_.close();
}

std::optional<FeedListener::Request> FeedListener::Next() {
  ::zmq::message_t message;
  while (TryReceive(socket_, message)) {
    ++requests_;
    Request request;
    request.user_id = PropertyOf(message, "User-Id");
    const std::string_view bytes = message.to_string_view();
    const bool is_subscription = !bytes.empty() && (bytes[0] == 0 || bytes[0] == 1);
    if (is_subscription && request.user_id.empty()) continue;  // Of one who has left: the monitor tells who.
    request.address = PropertyOf(message, "Peer-Address");
    request.descriptor = zmq_msg_get(message.handle(), ZMQ_SRCFD);
    if (!is_subscription) return request;
    request.kind = bytes[0] == 1 ? Request::Kind::kSubscribe : Request::Kind::kUnsubscribe;
    request.written = bytes.substr(1);
    return request;
  }
  Settle();
  return std::nullopt;
}

void FeedListener::Settle() {
  requests_ = 0;
  sent_ = arrived_ = false;
  departed_.clear();
}

bool FeedListener::IsCertain(const Request& request) const {
  const bool nobody_came_or_went = !sent_ && requests_ < kRequestsInARow;
  return nobody_came_or_went || !arrived_ || !departed_.contains(request.descriptor);
}

void FeedListener::Admit(const std::string& key) { socket_.set(::zmq::sockopt::subscribe, key); }

void FeedListener::Withdraw(const std::string& key) { socket_.set(::zmq::sockopt::unsubscribe, key); }

std::vector<int> FeedListener::TakeDeparted() {
  std::vector<int> descriptors;
  ::zmq::message_t event;
  while (TryReceive(monitor_, event)) {
    std::uint16_t what = 0;
    std::int32_t descriptor = -1;
    HUB_ASSERT(event.size() == sizeof what + sizeof descriptor);
    std::memcpy(&what, event.data(), sizeof what);
    std::memcpy(&descriptor, event.data<char>() + sizeof what, sizeof descriptor);
    if (what == ZMQ_EVENT_DISCONNECTED) {
      departed_.insert(descriptor);
      descriptors.push_back(descriptor);
    } else if (what == ZMQ_EVENT_ACCEPTED) {
      arrived_ = true;
    }
    ::zmq::message_t address;
    const bool whole = TryReceive(monitor_, address);
    HUB_ASSERT(whole);
  }
  return descriptors;
}

void FeedListener::Send(std::string_view key, zmq_msg_t& body, std::string_view about) {
  sent_ = true;
  SendCopy(socket_, key, ZMQ_SNDMORE);
  zmq_msg_t shared;
  zmq_msg_init(&shared);
  const int copied = zmq_msg_copy(&shared, &body);
  HUB_ASSERT(copied == 0);
  SendPart(socket_, shared, ZMQ_SNDMORE);
  SendCopy(socket_, about, 0);
}

}  // namespace adapters::zmq
