// A look at a queue's messages without receiving them, at the path and in the shape of LocalStack's developer endpoint:
//
//   GET /_aws/sqs/messages?QueueUrl=http://localhost:4566/000000000000/orders&ShowInvisible=true&ShowDelayed=true
//   GET /_aws/sqs/messages/eu-west-1/000000000000/orders
//
// The answer is that of a ReceiveMessage: XML, with Accept: application/json the same as JSON, and to an SDK whose
// endpoint is that path what it expects.
#pragma once

#include <string>
#include <string_view>

#include "adapters/aws/call.h"
#include "adapters/aws/error.h"
#include "adapters/wire/http/message.h"

namespace adapters::aws {

bool IsPeekPath(std::string_view path);
bool IsPeek(const Action* action);

// Fills in what `call` asks for; the rest of it is there.
[[nodiscard]] Result<void> TakePeek(const wire::http::Request& request, Call& call);

// The account of the queue that is looked at, for whoever names none of their own.
std::string PeekedAccount(const Call& call);

}  // namespace adapters::aws
