// Whether the hub lives and is ready, for those who start it and those who send it work. Nothing else is told: these
// pages ask for no credentials.
#pragma once

#include <string>
#include <string_view>

#include "adapters/ops/sources.h"
#include "adapters/wire/http/message.h"

namespace adapters::ops {

bool IsHealthPath(std::string_view path);

// What a GET of one of those paths is answered.
wire::http::Response HealthAt(std::string_view path, State state, const std::string& version);

}  // namespace adapters::ops
