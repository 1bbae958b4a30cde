// One call of a client: what it asks for, decoded, and what it takes to answer it.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/aws/error.h"
#include "adapters/aws/shape.h"
#include "adapters/aws/value.h"
#include "adapters/aws/writer.h"
#include "adapters/wire/sns/envelope.h"
#include "hub/core/command.h"
#include "hub/core/reply.h"

namespace adapters::aws {

// How the answer is written.
enum class Protocol : std::uint8_t {
  kJson,       // AWS JSON 1.0
  kQuery,      // A form in, XML out.
  kQueryJson,  // A form in, JSON out, as Accept asked for [aws 10].
  kXmlAsJson,  // The XML, element by element as JSON: of LocalStack's own paths (peek.h).
};

struct Action;

struct Call {
  const Action* action = nullptr;
  Service service = Service::kSqs;
  Protocol protocol = Protocol::kJson;
  Parameters parameters;
  std::string region;
  std::string account;   // Of the caller.
  std::string path;      // Of the request's URL: "/", or that of a queue.
  std::string base_url;  // As the client reached the endpoint: "http://localhost:4566".
  std::string trace;     // The X-Amzn-Trace-Id of the request, or "".
  std::string request_id;
  bool by_link = false;  // Somebody followed a link in what the hub sent: there are no credentials.
  wire::sns::Envelopes* envelopes = nullptr;  // The endpoint's.
  std::shared_ptr<const hub::core::Caller> caller;
  std::deque<std::string> decoded;  // What views of the operation point into besides the parameters.

  const Value& input() const { return parameters.root; }
};

using Finish = std::function<Result<void>(const Call& call, hub::core::Reply& reply, Writer& out)>;

// What the hub is asked, and how its answer is worded. Without an operation the answer is already known.
struct Plan {
  std::optional<hub::core::Operation> operation;
  Finish finish = nullptr;  // Null: there is nothing to say.
  // Words an error of the hub where this action has words of its own; null: FailureOf.
  std::function<Failure(const Call& call, const hub::Error& error)> fail = nullptr;
  std::optional<hub::Code> forgive = std::nullopt;  // An error that counts as done.
};

struct Action {
  std::string_view name;
  Service service;
  Shape input;
  bool has_result;     // Whether XML has an element for the result, if only an empty one.
  bool on_queue_path;  // Whether it may be sent to the URL of a queue.
  Result<Plan> (*plan)(Call& call);
};

// Null when the service has no such action.
const Action* FindAction(Service service, std::string_view name);

// The services that have an action of this name, for calls that do not say which they mean.
std::optional<Service> ServiceOfAction(std::string_view name);

}  // namespace adapters::aws
