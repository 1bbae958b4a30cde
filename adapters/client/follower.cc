#include "adapters/client/follower.h"

#include <chrono>
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

constexpr std::int64_t kPartBytesMax = 2 * static_cast<std::int64_t>(hub::kTopicMessageBytesMax);
constexpr std::size_t kParts = 3;  // Key, body, about.

}  // namespace

struct Follower::Sockets {
  Sockets(const Options& chosen, const std::vector<std::string>& topics)
      : options(chosen), socket(context, zmq::socket_type::sub), monitor(context, zmq::socket_type::pair) {
    socket.set(zmq::sockopt::linger, 0);
    socket.set(zmq::sockopt::maxmsgsize, kPartBytesMax);
    for (const std::string& topic : topics) socket.set(zmq::sockopt::subscribe, topic);
    SetLogin(socket, options);
    Watch(socket, monitor);
    socket.connect(options.endpoint);
  }
  ~Sockets() { zmq_socket_monitor(socket.handle(), nullptr, 0); }

  // A whole message, or nothing. The parts come together.
  std::shared_ptr<std::vector<zmq::message_t>> TryReceive() {
    auto parts = std::make_shared<std::vector<zmq::message_t>>();
    zmq::message_t part;
    while (socket.recv(part, parts->empty() ? zmq::recv_flags::dontwait : zmq::recv_flags::none)) {
      const bool more = part.more();
      parts->push_back(std::move(part));
      if (!more) return parts;
    }
    return nullptr;
  }

  hub::Result<void> LookAround();

  Options options;
  zmq::context_t context;
  zmq::socket_t socket;
  zmq::socket_t monitor;
  std::optional<Clock::time_point> lost_at;
  bool reconnected = false;
};

hub::Result<void> Follower::Sockets::LookAround() {
  while (const std::optional<Event> event = NextEvent(monitor)) {
    switch (*event) {
      case Event::kReady:
        lost_at.reset();
        reconnected = true;
        break;
      case Event::kLost:
        if (!lost_at) lost_at = Clock::now();
        break;
      case Event::kRefused:
      case Event::kMismatch:
        return Fail(Code::kAccessDenied, "The hub at " + options.endpoint + " no longer accepts this login.");
      case Event::kNone: break;
    }
  }
  if (lost_at && Clock::now() - *lost_at > options.connect_timeout) {
    return Fail(Code::kUnavailable, "The connection to " + options.endpoint + " was lost.");
  }
  return {};
}

Follower::Follower(std::unique_ptr<Sockets> sockets) : sockets_(std::move(sockets)) {}
Follower::Follower(Follower&&) noexcept = default;
Follower& Follower::operator=(Follower&&) noexcept = default;
Follower::~Follower() = default;

hub::Result<Follower> Follower::Connect(const Options& options, const std::vector<std::string>& topics) {
  try {
    auto sockets = std::make_unique<Sockets>(options, topics);
    if (const hub::Result<void> ready = AwaitLogin(sockets->monitor, options); !ready) {
      return tl::unexpected(ready.error());
    }
    return Follower(std::move(sockets));
  } catch (const zmq::error_t& problem) {
    return Fail(Code::kInvalidArgument, "Cannot connect to " + options.endpoint + ": " + problem.what() +
                                            ". An endpoint is written tcp://127.0.0.1:5567, a key has 40 characters.");
  }
}

hub::Result<std::optional<Followed>> Follower::Receive(Duration timeout) {
  // The connection may come back or not; neither wakes us.
  constexpr Duration kLookAround = std::chrono::milliseconds(200);
  try {
    const auto deadline = Clock::now() + timeout;
    for (;;) {
      if (const auto parts = sockets_->TryReceive()) {
        if (parts->size() < kParts) return Fail(Code::kMalformed, "The hub sent something that is not of the feed.");
        auto about = wire::native::DecodeFeed((*parts)[2].to_string_view());
        if (!about) return tl::unexpected(about.error());
        return Followed{.body = (*parts)[1].to_string_view(), .about = *std::move(about), .frames = parts};
      }
      if (const hub::Result<void> fine = sockets_->LookAround(); !fine) return tl::unexpected(fine.error());
      const auto left = std::chrono::duration_cast<Duration>(deadline - Clock::now());
      if (sockets_->reconnected || left <= Duration{}) return std::nullopt;
      WaitForAny({&sockets_->monitor, &sockets_->socket}, std::min(left, kLookAround));
    }
  } catch (const zmq::error_t& problem) {
    return Fail(Code::kUnavailable, std::string("Receiving failed: ") + problem.what() + ".");
  }
}

bool Follower::Reconnected() { return std::exchange(sockets_->reconnected, false); }

}  // namespace adapters::client
