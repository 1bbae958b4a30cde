// What an endpoint is sent for one delivery. [aws 125-130]
#pragma once

#include <string>

#include "adapters/wire/http/client.h"
#include "adapters/wire/sns/envelope.h"
#include "hub/base/result.h"
#include "hub/core/reply.h"

namespace adapters::push {

// Where functions are invoked: "{function}" in it stands for the name. "": nowhere.
using FunctionUrl = std::string;

// Fails with kInvalidArgument when there is nowhere to send it to.
[[nodiscard]] hub::Result<wire::http::Client::Request> RequestFor(const hub::core::PushTarget& target,
                                                                  const hub::core::Delivery& delivery,
                                                                  const std::string& base_url,
                                                                  const FunctionUrl& function_url,
                                                                  wire::sns::Envelopes& envelopes);

}  // namespace adapters::push
