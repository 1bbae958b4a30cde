// Answers as HTTP responses: results and errors, in the protocol of the call.
#pragma once

#include "adapters/aws/call.h"
#include "adapters/aws/error.h"
#include "adapters/wire/http/message.h"

namespace adapters::aws {

// `result` is what a writer of the call has written.
wire::http::Response WriteResult(const Call& call, std::string result);

wire::http::Response WriteFailure(const Call& call, const Failure& failure);

std::unique_ptr<Writer> NewWriterFor(const Call& call);

}  // namespace adapters::aws
