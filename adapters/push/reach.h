// Which addresses the hub delivers to: subscribers name their endpoints themselves, and the hub stands where they may
// not reach.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "topics/cidr.h"

namespace adapters::push {

enum class Reach : std::uint8_t {
  kAnywhere,  // Local mode, on this machine only.
  kPrivate,   // Local mode, open to others: loopback and private networks.
  kPublic,    // Strict mode: neither of those, nor anything else that is not the internet's.
};

// `address` is numeric. What is in `allowed` may be reached in any case.
bool IsReachable(Reach reach, const std::vector<topics::CidrBlock>& allowed, std::string_view address);

}  // namespace adapters::push
