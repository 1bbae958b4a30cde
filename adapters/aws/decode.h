// From an HTTP request to a call: which service, protocol and action it means, of which account and region [aws 3.1].
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "adapters/aws/call.h"
#include "adapters/aws/error.h"
#include "adapters/wire/http/message.h"

namespace adapters::aws {

// What a request says of who sends it. Nothing of it is proven.
struct Claim {
  bool present = false;  // Whether there is any.
  std::string_view access_key;
  std::string_view region;   // Of the scope of the signature,
  std::string_view service;  // which names the service, too.
};

Claim ClaimOf(const wire::http::Request& request);

// Fills in everything but the caller. On failure the call still says how the answer is to be written.
[[nodiscard]] Result<void> DecodeCall(const wire::http::Request& request, std::string_view default_region, Call& call);

}  // namespace adapters::aws
