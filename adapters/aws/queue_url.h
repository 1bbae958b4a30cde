// Queue URLs: "http://localhost:4566/000000000000/orders" [aws 11, 12].
#pragma once

#include <string>
#include <string_view>

#include "adapters/aws/call.h"
#include "adapters/aws/error.h"

namespace adapters::aws {

// The ARN of the queue that a call is about: by its QueueUrl, which may be a bare name, or by the URL that it was sent
// to. Fails when it names none.
[[nodiscard]] Result<std::string> QueueArnOf(const Call& call);

// The URL of a queue, reachable in the way that the client came.
std::string QueueUrlOf(const Call& call, std::string_view arn);

// The ARN of a queue of the caller's region, unchecked.
std::string QueueArn(const Call& call, std::string_view account, std::string_view name);

}  // namespace adapters::aws
