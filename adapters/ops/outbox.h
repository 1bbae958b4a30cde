// What mail and streams would have been sent: kept, and read back by tests. README.md describes it.
//
//   GET /_penstock/outbox/SUBSCRIPTION-ARN?after=PAGE
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "adapters/wire/http/message.h"
#include "adapters/wire/sns/envelope.h"
#include "hub/core/command.h"
#include "hub/core/reply.h"

namespace adapters::ops {

bool IsOutboxPath(std::string_view path);

// Nothing when it is not a subscription's ARN that the path names.
std::optional<hub::core::PeekMessages> ReadOutboxRequest(const wire::http::Request& request);

// `arn` is the subscription's.
wire::http::Response WriteOutbox(const hub::core::PeekReply& reply, const std::string& arn, const std::string& base_url,
                                 wire::sns::Envelopes& envelopes);

}  // namespace adapters::ops
