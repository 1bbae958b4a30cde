// Which addresses are those of private networks: where a hub that believes everybody may be reached from.
#pragma once

#include <string_view>

namespace adapters::wire::http {

// Whether `address`, numeric, is of this machine or of a network that is not the internet's: loopback, RFC 1918,
// 100.64.0.0/10 (which providers and overlays use), link-local and fc00::/7. "::ffff:10.0.0.1" is 10.0.0.1.
//
// Not what pushes may reach (adapters/push/reach.h): clouds tell their secrets on a link-local address, but nobody
// comes from there.
bool IsPrivateAddress(std::string_view address);

}  // namespace adapters::wire::http
