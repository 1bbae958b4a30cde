// How a subscription's messages leave the hub, as SNS calls it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hub/base/result.h"

namespace hub::core {

// Stored: a number never changes its meaning.
enum class Protocol : std::uint8_t {
  kSqs = 0,        // Into a queue; the endpoint is its ARN.
  kHttp = 1,       // Posted to a URL.
  kHttps = 2,      // Likewise.
  kLambda = 3,     // To a function, by the URL that the configuration gives for it; the endpoint is its ARN.
  kEmail = 4,      // Not sent: kept in the outbox. The endpoint is an address.
  kEmailJson = 5,  // Likewise.
  kFirehose = 6,   // Likewise; the endpoint is the ARN of a delivery stream.
  kArchive = 7,    // The hub's own: everything is kept to be replayed (replays.cc).
};

// Whether it is to an endpoint that is not a queue, and may get a body of its own.
constexpr bool IsToEndpoint(Protocol protocol) { return protocol != Protocol::kSqs && protocol != Protocol::kArchive; }

// "sqs", "email-json"
std::string_view NameOf(Protocol protocol);
std::optional<Protocol> ParseProtocol(std::string_view name);

// Whether a message is tried again until the endpoint has taken it, by whoever delivers for the hub.
bool IsPushed(Protocol protocol);

// Whether what would be sent is kept to be read back, and nothing else.
bool IsOutbox(Protocol protocol);

// [aws 115] Whether whoever reads what comes to the endpoint must agree first.
bool MustConfirm(Protocol protocol);

// [aws 123] What some protocols get instead of the body of a message, for Message::bodies; `otherwise` is for those
// that are not among them. Queues always get the body.
std::string EncodeBodies(const std::vector<std::pair<Protocol, std::string_view>>& bodies, std::string_view otherwise);

// What this protocol gets: a view into one of the two.
std::string_view BodyFor(Protocol protocol, std::string_view body, std::string_view bodies);

// The endpoint without the user and password that a URL may hold: for logs.
std::string WithoutUser(std::string_view endpoint);

// Fails with kInvalidArgument, about "Endpoint", when the endpoint is not one of that protocol. Not for kSqs.
[[nodiscard]] Result<void> CheckEndpoint(Protocol protocol, std::string_view endpoint);

}  // namespace hub::core
