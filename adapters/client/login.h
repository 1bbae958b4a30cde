// What the sockets of a client have in common: a login, and a monitor that tells the truth about the connection.
//
// Not thread-safe. Functions throw zmq::error_t as libzmq does; AwaitLogin tells what the hub thinks as a result.
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <optional>

#include "adapters/client/options.h"
#include "hub/base/result.h"

namespace zmq {
class socket_t;
}

namespace adapters::client {

inline constexpr int kHeartbeatMillis = 5000;
inline constexpr int kSilenceMillis = 15000;  // Three heartbeats missed.

// The better first.
enum class Event : std::uint8_t { kNone, kReady, kLost, kRefused, kMismatch };

// Before the socket connects.
void SetLogin(zmq::socket_t& socket, const Options& options);

// Lets `monitor`, a PAIR, hear what happens to the connection of `socket`, whose context is theirs alone.
void Watch(zmq::socket_t& socket, zmq::socket_t& monitor);

// What has happened next, or nothing more.
std::optional<Event> NextEvent(zmq::socket_t& monitor);

// What has happened since the last call: the worst.
Event TakeEvents(zmq::socket_t& monitor);

// Waits until the hub has accepted the login; fails as Connection::Open does.
[[nodiscard]] hub::Result<void> AwaitLogin(zmq::socket_t& monitor, const Options& options);

// Waits until one of the sockets has something to read, or the time is over. A signal ends it early: the caller looks
// at its deadline and comes back.
void WaitForAny(std::initializer_list<zmq::socket_t*> sockets, hub::Duration left);

// Rounds up, so that a wait never ends early and then spins.
std::chrono::milliseconds PollTime(hub::Duration left);

}  // namespace adapters::client
