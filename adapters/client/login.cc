#include "adapters/client/login.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <string>
#include <vector>
#include <zmq.hpp>

namespace adapters::client {
namespace {

using hub::Code;
using hub::Duration;
using hub::Fail;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr int kEvents = ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |
                        ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_DISCONNECTED;

Event EventOf(const zmq::message_t& message) {
  std::uint16_t event = 0;
  if (message.size() < sizeof event) return Event::kNone;
  std::memcpy(&event, message.data(), sizeof event);
  switch (event) {
    case ZMQ_EVENT_HANDSHAKE_SUCCEEDED: return Event::kReady;
    case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH: return Event::kRefused;
    case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL: return Event::kMismatch;
    case ZMQ_EVENT_DISCONNECTED: return Event::kLost;
    default: return Event::kNone;
  }
}

}  // namespace

milliseconds PollTime(Duration left) { return std::chrono::ceil<milliseconds>(std::max(left, Duration{})); }

void SetLogin(zmq::socket_t& socket, const Options& options) {
  socket.set(zmq::sockopt::heartbeat_ivl, kHeartbeatMillis);
  socket.set(zmq::sockopt::heartbeat_timeout, kSilenceMillis);
  if (!options.server_key.empty()) {
    std::array<char, kKeyChars + 1> public_key{};
    if (zmq_curve_public(public_key.data(), options.secret_key.c_str()) != 0) throw zmq::error_t();
    socket.set(zmq::sockopt::curve_serverkey, options.server_key);
    socket.set(zmq::sockopt::curve_publickey, std::string(public_key.data()));
    socket.set(zmq::sockopt::curve_secretkey, options.secret_key);
  } else if (!options.login.empty()) {
    socket.set(zmq::sockopt::plain_username, options.login);
    socket.set(zmq::sockopt::plain_password, options.password);
  }
}

void Watch(zmq::socket_t& socket, zmq::socket_t& monitor) {
  constexpr char kAddress[] = "inproc://events";
  monitor.set(zmq::sockopt::linger, 0);
  if (zmq_socket_monitor(socket.handle(), kAddress, kEvents) != 0) throw zmq::error_t();
  monitor.connect(kAddress);
}

std::optional<Event> NextEvent(zmq::socket_t& monitor) {
  zmq::message_t event;
  zmq::message_t address;
  if (!monitor.recv(event, zmq::recv_flags::dontwait)) return std::nullopt;
  if (event.more() && !monitor.recv(address)) return std::nullopt;
  return EventOf(event);
}

Event TakeEvents(zmq::socket_t& monitor) {
  Event worst = Event::kNone;
  while (const std::optional<Event> event = NextEvent(monitor)) worst = std::max(worst, *event);
  return worst;
}

void WaitForAny(std::initializer_list<zmq::socket_t*> sockets, Duration left) {
  std::vector<zmq::pollitem_t> items;
  items.reserve(sockets.size());
  for (zmq::socket_t* socket : sockets) items.push_back({socket->handle(), 0, ZMQ_POLLIN, 0});
  try {
    zmq::poll(items.data(), items.size(), PollTime(left));
  } catch (const zmq::error_t& problem) {
    if (problem.num() != EINTR) throw;
  }
}

hub::Result<void> AwaitLogin(zmq::socket_t& monitor, const Options& options) {
  const auto deadline = Clock::now() + options.connect_timeout;
  for (;;) {
    switch (TakeEvents(monitor)) {
      case Event::kReady: return {};
      case Event::kRefused:
        return Fail(Code::kAccessDenied, "The hub at " + options.endpoint + " does not accept this login.");
      case Event::kMismatch:
        return Fail(Code::kAccessDenied, "The hub at " + options.endpoint +
                                             " asks for another kind of login. Give a user and a password, or a server "
                                             "key and your key file, as its configuration says.");
      case Event::kLost:
      case Event::kNone: break;
    }
    const auto left = std::chrono::duration_cast<Duration>(deadline - Clock::now());
    if (left <= Duration{}) return Fail(Code::kUnavailable, "No hub answers at " + options.endpoint + ".");
    WaitForAny({&monitor}, left);
  }
}

}  // namespace adapters::client
