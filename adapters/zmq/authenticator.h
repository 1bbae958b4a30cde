// The ZAP handler: libzmq asks it about every connection, and the endpoint asks it who a connection turned out to be.
//
//   peer ──handshake──▶ libzmq ──ZAP request──▶ Authenticator ──▶ hub::core::Credentials
//                         │   ◀──User-Id: token-7──┘    ▲
//                         └──frames with User-Id──▶ Endpoint: IdentityOf("token-7")
//
// The User-Id that it gives out is a random token of the identity and the number of the connection. Peers never see it
// and cannot set it, and two connections never share one, so that a client which comes back under the routing id of
// another is not taken for it.
//
// Threads: verification runs on its own, since checking a password hash is slow on purpose. Every method may be called
// from any thread; Start and Join once.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>
#include <zmq.hpp>

#include "hub/base/result.h"
#include "hub/core/identity.h"

namespace adapters::zmq {

class Authenticator {
 public:
  explicit Authenticator(std::shared_ptr<const hub::core::Credentials> credentials);

  // Binds the handler; every listener of `context` is asked about from now on. Ends when the context is shut down.
  [[nodiscard]] hub::Result<void> Start(::zmq::context_t& context);
  void Join();

  // For connections that come from now on. Tokens of identities that these do not know are forgotten.
  void SetCredentials(std::shared_ptr<const hub::core::Credentials> credentials);

  // Refuses connections of the identity of `user_id` from `address` for so long. Those that are there stay.
  void Bar(std::string_view user_id, std::string_view address, std::chrono::milliseconds duration);

  // The number of a connection: of two, the later has the greater one.
  static std::uint64_t NumberOf(std::string_view user_id);

  // Null when `user_id` was not given out here, or its identity has been forgotten.
  hub::core::IdentityPtr IdentityOf(std::string_view user_id) const;

 private:
  // A request is a list of frames: version, id, domain, address, routing id, mechanism, credentials...
  using Frames = std::vector<std::string>;

  void Run(::zmq::socket_t socket);
  hub::core::IdentityPtr Verify(const Frames& request) const;
  bool IsBarred(const hub::core::Identity& identity, const std::string& address) const;
  std::string NameConnection(const hub::core::IdentityPtr& identity);
  void Reply(::zmq::socket_t& socket, const Frames& request);

  mutable std::mutex mutex_;  // Guards what follows.
  std::shared_ptr<const hub::core::Credentials> credentials_;
  std::unordered_map<std::string, hub::core::IdentityPtr> by_token_;
  std::unordered_map<std::string, std::string> token_of_;  // By the principal's ARN, so there are no more than users.
  std::uint64_t connections_ = 0;
  std::map<std::string, std::chrono::steady_clock::time_point> barred_;  // Principal and address: until when.

  std::thread thread_;
};

}  // namespace adapters::zmq
