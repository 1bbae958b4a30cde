// One DEALER socket with a login: frames out, frames in, and the truth about the connection between them.
//
// ZeroMQ alone keeps silent about refused logins and lost connections and reconnects for ever; a socket monitor tells
// us, so that a caller gets an error at once and not a timeout. Not thread-safe.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/client/options.h"
#include "adapters/wire/native/buffer.h"
#include "hub/base/result.h"

namespace adapters::client {

// A received frame; whoever holds it keeps the bytes.
struct Frame {
  std::shared_ptr<const void> owner;
  std::string_view bytes;
};

class Connection {
 public:
  // Waits until the hub has accepted the login. Fails with kAccessDenied when it refuses it, kUnavailable when nobody
  // listens, kInvalidArgument when the options make no sense.
  [[nodiscard]] static hub::Result<Connection> Open(const Options& options);

  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;
  ~Connection();

  // Queues one frame, without a copy. Waits only when the hub does not keep up, at most Options::timeout: then
  // kUnavailable.
  [[nodiscard]] hub::Result<void> Send(wire::native::Buffer frame);

  // The next frame, or nothing when none comes within `timeout`. Fails with kUnavailable when the connection was lost;
  // what had been sent may or may not have been done, and no answer to it will come. The next Send goes over a new
  // connection.
  [[nodiscard]] hub::Result<std::optional<Frame>> Receive(hub::Duration timeout);

 private:
  struct Sockets;
  explicit Connection(std::unique_ptr<Sockets> sockets);

  std::unique_ptr<Sockets> sockets_;
};

}  // namespace adapters::client
