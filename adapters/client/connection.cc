#include "adapters/client/connection.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <utility>
#include <zmq.hpp>

#include "adapters/client/login.h"
#include "hub/base/limits.h"

namespace adapters::client {
namespace {

using hub::Code;
using hub::Duration;
using hub::Fail;
using Clock = std::chrono::steady_clock;

constexpr std::int64_t kReplyFrameBytesMax = 4 * hub::kReplyBytesMax;  // The hub's bound, with room for one message.

}  // namespace

struct Connection::Sockets {
  explicit Sockets(const Options& chosen)
      : options(chosen), socket(context, zmq::socket_type::dealer), monitor(context, zmq::socket_type::pair) {
    socket.set(zmq::sockopt::linger, 0);
    socket.set(zmq::sockopt::sndtimeo, static_cast<int>(PollTime(options.timeout).count()));
    socket.set(zmq::sockopt::maxmsgsize, kReplyFrameBytesMax);
    SetLogin(socket, options);
    Watch(socket, monitor);
    socket.connect(options.endpoint);
  }

  ~Sockets() { zmq_socket_monitor(socket.handle(), nullptr, 0); }

  // The next frame, if it is there.
  std::optional<Frame> TryReceive() {
    auto message = std::make_shared<zmq::message_t>();
    if (!socket.recv(*message, zmq::recv_flags::dontwait)) return std::nullopt;
    const std::string_view bytes(message->data<char>(), message->size());
    return Frame{std::move(message), bytes};
  }

  // Waits for a frame or an event.
  void Wait(Duration timeout) { WaitForAny({&monitor, &socket}, timeout); }

  Options options;
  zmq::context_t context;
  zmq::socket_t socket;
  zmq::socket_t monitor;
};

Connection::Connection(std::unique_ptr<Sockets> sockets) : sockets_(std::move(sockets)) {}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

hub::Result<Connection> Connection::Open(const Options& options) {
  try {
    auto sockets = std::make_unique<Sockets>(options);
    if (const hub::Result<void> ready = AwaitLogin(sockets->monitor, options); !ready)
      return tl::unexpected(ready.error());
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
      if (TakeEvents(sockets_->monitor) >= Event::kLost) {
        return Fail(Code::kUnavailable, "The connection to " + sockets_->options.endpoint + " was lost.");
      }
      const auto left = std::chrono::duration_cast<Duration>(deadline - Clock::now());
      if (left <= Duration{}) return std::nullopt;
      sockets_->Wait(left);
    }
  } catch (const zmq::error_t& problem) {
    return Fail(Code::kUnavailable, std::string("Receiving failed: ") + problem.what() + ".");
  }
}

}  // namespace adapters::client
