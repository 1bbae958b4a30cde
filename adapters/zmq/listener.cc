#include "adapters/zmq/listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <zmq.h>

#include <array>
#include <fstream>
#include <string_view>

namespace adapters::zmq {
namespace {

using hub::core::Listener;
using hub::core::Security;

constexpr std::size_t kKeyCharacters = 40;  // Z85 of 32 bytes.
constexpr std::string_view kTcp = "tcp://";
constexpr std::string_view kIpc = "ipc://";

hub::Error At(const Listener& listener, std::string message) {
  const std::string place = listener.place.ToString();
  return {hub::Code::kInvalidArgument, place.empty() ? std::move(message) : place + ": " + std::move(message)};
}

bool IsLoopback(const std::string& host) {
  in_addr v4{};
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return ntohl(v4.s_addr) >> 24 == 127;
  in6_addr v6{};
  if (host.size() < 2 || host.front() != '[' || host.back() != ']') return false;
  return inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

hub::Result<std::string> ReadSecretKey(const Listener& listener) {
  std::ifstream file(listener.secret_key_file);
  std::string key;
  file >> key;
  std::array<char, kKeyCharacters + 1> public_key{};
  if (!file || key.size() != kKeyCharacters || zmq_curve_public(public_key.data(), key.c_str()) != 0) {
    return tl::unexpected(At(listener, "The key file \"" + listener.secret_key_file +
                                           "\" cannot be read or does not hold a secret key of 40 Z85 characters. "
                                           "`penstock keys` makes a pair."));
  }
  return key;
}

int Millis(std::chrono::milliseconds duration) { return static_cast<int>(duration.count()); }

void SetTransportOptions(::zmq::socket_t& socket, const Listener& listener, const Limits& limits) {
  using namespace ::zmq;
  socket.set(sockopt::backlog, limits.backlog);
  socket.set(sockopt::handshake_ivl, Millis(limits.handshake_max));
  socket.set(sockopt::heartbeat_ivl, Millis(limits.heartbeat));
  socket.set(sockopt::heartbeat_timeout, Millis(3 * limits.heartbeat));
  socket.set(sockopt::heartbeat_ttl, Millis(3 * limits.heartbeat));
  socket.set(sockopt::ipv6, listener.address.find('[') != std::string::npos);
}

void SetRouterOptions(::zmq::socket_t& socket, const Limits& limits) {
  using namespace ::zmq;
  socket.set(sockopt::router_mandatory, true);
  socket.set(sockopt::router_handover, false);  // A newcomer must not take a living session's routing id.
  socket.set(sockopt::maxmsgsize, static_cast<std::int64_t>(hub::kFrameBytesMax));
  socket.set(sockopt::rcvhwm, limits.peer_requests_max);
  socket.set(sockopt::sndhwm, limits.peer_replies_max);
  socket.set(sockopt::linger, Millis(limits.goodbye_max));
}

void SetFeedOptions(::zmq::socket_t& socket, const Limits& limits) {
  using namespace ::zmq;
  socket.set(sockopt::xpub_manual, true);
  socket.set(sockopt::xpub_nodrop, false);
  socket.set(sockopt::maxmsgsize, static_cast<std::int64_t>(limits.feed_frame_bytes_max));
  socket.set(sockopt::rcvhwm, static_cast<int>(limits.feed_peer_subscriptions_max));
  socket.set(sockopt::sndhwm, limits.feed_peer_messages_max);
  socket.set(sockopt::tcp_maxrt, Millis(limits.feed_stalled_max));
  socket.set(sockopt::linger, 0);  // What has not left is not waited for.
}

// Every listener asks the authenticator, also one that demands nothing: it names each connection (User-Id), and a
// property of that name that the peer sends of itself is ignored then.
hub::Result<void> SetSecurity(::zmq::socket_t& socket, const Listener& listener) {
  using namespace ::zmq;
  socket.set(sockopt::zap_domain, DomainOf(listener.security));
  switch (listener.security) {
    case Security::kNone: break;
    case Security::kPlain: socket.set(sockopt::plain_server, true); break;
    case Security::kCurve: {
      const hub::Result<std::string> key = ReadSecretKey(listener);
      if (!key) return tl::unexpected(key.error());
      socket.set(sockopt::curve_server, true);
      socket.set(sockopt::curve_secretkey, *key);
      break;
    }
  }
  return {};
}

}  // namespace

bool IsLocal(std::string_view address) {
  if (address.starts_with(kIpc)) return true;
  if (!address.starts_with(kTcp)) return false;
  const std::string_view rest = address.substr(kTcp.size());
  return IsLoopback(std::string(rest.substr(0, rest.rfind(':'))));
}

hub::Result<void> CheckListener(const Listener& listener) {
  if (!listener.address.starts_with(kTcp) && !listener.address.starts_with(kIpc)) {
    return tl::unexpected(At(listener, "\"" + listener.address + "\" is not an address to listen on. Write " +
                                           "\"tcp://127.0.0.1:5566\" or \"ipc:///run/penstock.sock\"."));
  }
  if (listener.security == Security::kCurve || IsLocal(listener.address)) return {};
  return tl::unexpected(
      At(listener, "\"" + listener.address + "\" can be reached from other machines, where " +
                       (listener.security == Security::kPlain ? "passwords would cross the network unencrypted"
                                                              : "anybody could connect") +
                       ". Use CURVE (security: curve), or listen on a loopback address such as 127.0.0.1."));
}

std::string_view DomainOf(Security security) {
  switch (security) {
    case Security::kNone: return "none";
    case Security::kPlain: return "plain";
    case Security::kCurve: return "curve";
  }
  return "";
}

hub::Result<::zmq::socket_t> OpenListener(::zmq::context_t& context, const Listener& listener, const Limits& limits) {
  try {
    ::zmq::socket_t socket(context, ::zmq::socket_type::router);
    SetTransportOptions(socket, listener, limits);
    SetRouterOptions(socket, limits);
    const hub::Result<void> secured = SetSecurity(socket, listener);
    if (!secured) return tl::unexpected(secured.error());
    socket.bind(listener.address);
    return socket;
  } catch (const ::zmq::error_t& error) {
    return tl::unexpected(At(listener, "Cannot listen on \"" + listener.address + "\": " + error.what() + "."));
  }
}

hub::Result<::zmq::socket_t> PrepareFeed(::zmq::context_t& context, const Listener& listener, const Limits& limits) {
  try {
    ::zmq::socket_t socket(context, ::zmq::socket_type::xpub);
    SetTransportOptions(socket, listener, limits);
    SetFeedOptions(socket, limits);
    const hub::Result<void> secured = SetSecurity(socket, listener);
    if (!secured) return tl::unexpected(secured.error());
    return socket;
  } catch (const ::zmq::error_t& error) {
    return tl::unexpected(At(listener, "Cannot listen on \"" + listener.address + "\": " + error.what() + "."));
  }
}

}  // namespace adapters::zmq
