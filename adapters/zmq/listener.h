// One listening ROUTER socket: which listeners are safe to open, and how one is set up.
#pragma once

#include <string>
#include <zmq.hpp>

#include "adapters/zmq/limits.h"
#include "hub/base/result.h"
#include "hub/core/config.h"

namespace adapters::zmq {

// Whether nobody beyond this machine can reach `address`: a numeric loopback address, or ipc.
bool IsLocal(std::string_view address);

// Refuses what would let strangers in or show passwords to the network: beyond this machine a listener needs CURVE.
// Fails with kInvalidArgument; the message begins with the place in the configuration.
[[nodiscard]] hub::Result<void> CheckListener(const hub::core::Listener& listener);

// The ZAP domain of a listener, which tells the authenticator what the listener demands: "none", "plain" or "curve".
std::string_view DomainOf(hub::core::Security security);

// A bound socket. A checked listener only; the ZAP handler must already be there, since peers connect at once.
[[nodiscard]] hub::Result<::zmq::socket_t> OpenListener(::zmq::context_t& context, const hub::core::Listener& listener,
                                                        const Limits& limits);

// The same for the live feed: an XPUB that asks about every subscription, not bound yet, so that it can be watched from
// the first connection on.
[[nodiscard]] hub::Result<::zmq::socket_t> PrepareFeed(::zmq::context_t& context, const hub::core::Listener& listener,
                                                       const Limits& limits);

}  // namespace adapters::zmq
