// How a client reaches and convinces a hub.
#pragma once

#include <cstddef>
#include <string>

#include "hub/base/time.h"

namespace adapters::client {

inline constexpr std::size_t kKeyChars = 40;  // A CURVE key as Z85.

struct Options {
  std::string endpoint = "tcp://127.0.0.1:5566";

  // PLAIN, for hubs on loopback. An empty login proves nothing.
  std::string login = {};  // "shop/checkout": account and user.
  std::string password = {};

  // CURVE, when `server_key` is not empty; then login and password are not used. Z85.
  std::string server_key = {};
  std::string secret_key = {};  // The public key follows from it.

  hub::Duration connect_timeout = std::chrono::seconds(3);  // For connection and login together.
  hub::Duration timeout = std::chrono::seconds(30);         // For an answer, beyond what a long poll itself waits.
};

}  // namespace adapters::client
