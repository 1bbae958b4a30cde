// A subscriber of the live feed: one SUB socket with a login.
//
// The feed sends what is published while we listen and keeps nothing for us. It does not say whether it admits a
// subscription: ask Client::MayFollow before, and again whenever Reconnected() is true, since the hub closes every
// connection when somebody may follow no longer.
//
// Not thread-safe. Nothing throws.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/client/options.h"
#include "adapters/wire/native/feed.h"
#include "hub/base/result.h"

namespace adapters::client {

// Views live as long as somebody holds `frames`.
struct Followed {
  std::string_view body;
  wire::native::FeedAbout about;
  std::shared_ptr<const void> frames;
};

class Follower {
 public:
  // Waits until the hub has accepted the login; fails as Connection::Open does. `options.endpoint` is the feed's.
  // Topics are ARNs, or names in the caller's own account.
  [[nodiscard]] static hub::Result<Follower> Connect(const Options& options, const std::vector<std::string>& topics);

  Follower(Follower&&) noexcept;
  Follower& operator=(Follower&&) noexcept;
  ~Follower();

  // The next message, or nothing when none comes within `timeout` or something has happened to the connection. Fails
  // with kAccessDenied when the login is accepted no longer, kUnavailable when the connection is lost and does not come
  // back within Options::connect_timeout.
  [[nodiscard]] hub::Result<std::optional<Followed>> Receive(hub::Duration timeout);

  // Whether the connection was lost and is back since the last call. What was published meanwhile is missing.
  bool Reconnected();

 private:
  struct Sockets;
  explicit Follower(std::unique_ptr<Sockets> sockets);

  std::unique_ptr<Sockets> sockets_;
};

}  // namespace adapters::client
