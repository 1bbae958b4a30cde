#include "adapters/client/connection.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <zmq.hpp>

#include "hub/base/limits.h"

namespace adapters::client {
namespace {

using hub::Code;
using hub::Duration;
using hub::Fail;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr int kHeartbeatMillis = 5000;
constexpr int kSilenceMillis = 15000;                                  // Three heartbeats missed.
constexpr std::int64_t kReplyFrameBytesMax = 4 * hub::kReplyBytesMax;  // The hub's bound, with room for one message.

enum class Event { kNone, kReady, kLost, kRefused, kMismatch };

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

// Rounds up, so that a wait never ends early and then spins.
milliseconds PollTime(Duration left) { return std::chrono::ceil<milliseconds>(std::max(left, Duration{})); }

void SetSecurity(zmq::socket_t& socket, const Options& options) {
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

}  // namespace

struct Connection::Sockets {
  explicit Sockets(const Options& chosen)
      : options(chosen), socket(context, zmq::socket_type::dealer), monitor(context, zmq::socket_type::pair) {
    socket.set(zmq::sockopt::linger, 0);
    socket.set(zmq::sockopt::sndtimeo, static_cast<int>(PollTime(options.timeout).count()));
    socket.set(zmq::sockopt::maxmsgsize, kReplyFrameBytesMax);
    socket.set(zmq::sockopt::heartbeat_ivl, kHeartbeatMillis);
    socket.set(zmq::sockopt::heartbeat_timeout, kSilenceMillis);
    SetSecurity(socket, options);
    monitor.set(zmq::sockopt::linger, 0);
    // The context is ours alone, so that a fixed name does.
    if (zmq_socket_monitor(socket.handle(), "inproc://events", kEvents) != 0) throw zmq::error_t();
    monitor.connect("inproc://events");
    socket.connect(options.endpoint);
  }

  ~Sockets() { zmq_socket_monitor(socket.handle(), nullptr, 0); }

  // What has happened to the connection since the last call, the worst first.
  Event TakeEvents() {
    Event worst = Event::kNone;
    zmq::message_t event;
    zmq::message_t address;
    while (monitor.recv(event, zmq::recv_flags::dontwait)) {
      worst = std::max(worst, EventOf(event));
      if (event.more() && !monitor.recv(address)) break;
    }
    return worst;
  }

  std::optional<Frame> TryReceive() {
    auto message = std::make_shared<zmq::message_t>();
    if (!socket.recv(*message, zmq::recv_flags::dontwait)) return std::nullopt;
    const std::string_view bytes(message->data<char>(), message->size());
    return Frame{std::move(message), bytes};
  }

  // Waits for a frame, when `for_frames`, or an event.
  void Wait(Duration timeout, bool for_frames) {
    std::array<zmq::pollitem_t, 2> items = {zmq::pollitem_t{monitor.handle(), 0, ZMQ_POLLIN, 0},
                                            zmq::pollitem_t{socket.handle(), 0, ZMQ_POLLIN, 0}};
    try {
      zmq::poll(items.data(), for_frames ? 2 : 1, PollTime(timeout));
    } catch (const zmq::error_t& problem) {
      if (problem.num() != EINTR) throw;  // A signal: the caller looks at its deadline and comes back.
    }
  }

  hub::Result<void> AwaitLogin();

  Options options;
  zmq::context_t context;
  zmq::socket_t socket;
  zmq::socket_t monitor;
};

hub::Result<void> Connection::Sockets::AwaitLogin() {
  const auto deadline = Clock::now() + options.connect_timeout;
  for (;;) {
    switch (TakeEvents()) {
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
    if (left <= Duration{}) {
      return Fail(Code::kUnavailable, "No hub answers at " + options.endpoint + ".");
    }
    Wait(left, false);
  }
}

Connection::Connection(std::unique_ptr<Sockets> sockets) : sockets_(std::move(sockets)) {}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

hub::Result<Connection> Connection::Open(const Options& options) {
  try {
    auto sockets = std::make_unique<Sockets>(options);
    if (const hub::Result<void> ready = sockets->AwaitLogin(); !ready) return tl::unexpected(ready.error());
    return Connection(std::move(sockets));
  } catch (const zmq::error_t& problem) {
    return Fail(Code::kInvalidArgument, "Cannot connect to " + options.endpoint + ": " + problem.what() +
                                            ". An endpoint is written tcp://127.0.0.1:5566, a key has 40 characters.");
  }
}

hub::Result<void> Connection::Send(wire::native::Buffer frame) {
  try {
    const std::size_t size = frame.size();
    zmq::message_t message(frame.release(), size, [](void* data, void*) { std::free(data); });
    if (sockets_->socket.send(message, zmq::send_flags::none)) return {};
    return Fail(Code::kUnavailable, "The hub at " + sockets_->options.endpoint + " takes no more requests.");
  } catch (const zmq::error_t& problem) {
    return Fail(Code::kUnavailable, std::string("Sending failed: ") + problem.what() + ".");
  }
}

hub::Result<std::optional<Frame>> Connection::Receive(Duration timeout) {
  try {
    const auto deadline = Clock::now() + timeout;
    for (;;) {
      // Frames first: an answer that came before the connection was lost is an answer.
      if (std::optional<Frame> frame = sockets_->TryReceive()) return frame;
      if (sockets_->TakeEvents() >= Event::kLost) {
        return Fail(Code::kUnavailable, "The connection to " + sockets_->options.endpoint + " was lost.");
      }
      const auto left = std::chrono::duration_cast<Duration>(deadline - Clock::now());
      if (left <= Duration{}) return std::nullopt;
      sockets_->Wait(left, true);
    }
  } catch (const zmq::error_t& problem) {
    return Fail(Code::kUnavailable, std::string("Receiving failed: ") + problem.what() + ".");
  }
}

}  // namespace adapters::client
