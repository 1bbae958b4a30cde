// Where a listener's address leads.
#pragma once

#include <cstdint>
#include <string_view>

namespace adapters::yaml {

// Only numeric hosts, because a name may lead anywhere tomorrow.
enum class Reach : std::uint8_t { kInvalid, kLoopback, kBeyond };

// Of `scheme`, a numeric host or *, and a port: "tcp://127.0.0.1:5566".
Reach ReachOf(std::string_view address, std::string_view scheme);

}  // namespace adapters::yaml
