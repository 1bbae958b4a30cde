// Help for tests, at paths of the hub's own. README.md describes them; they are there in `mode: local` alone.
//
//   POST /_penstock/clock                                           {"advance": "PT5M"}
//   POST /_penstock/reset
//   PUT  /_penstock/queues/ACCOUNT/REGION/NAME/misbehaviour         {"duplicates": 0.2, "latency_ms": 50}
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "adapters/wire/http/message.h"
#include "hub/base/result.h"
#include "hub/core/command.h"
#include "hub/core/reply.h"

namespace adapters::ops {

bool IsTestPath(std::string_view path);

// Why a request is refused, with its status.
struct Refusal {
  unsigned status;
  std::string text;
};

// What the hub is to be asked. `seed` is for a queue's misbehaviour that brings none of its own.
[[nodiscard]] tl::expected<hub::core::TestCommand, Refusal> ReadTestRequest(const wire::http::Request& request,
                                                                            std::uint64_t seed);

wire::http::Response WriteTestReply(const hub::core::Reply& reply);

// {"error": …}
wire::http::Response WriteRefusal(const Refusal& refusal);

}  // namespace adapters::ops
