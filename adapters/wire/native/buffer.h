// The bytes of one frame, growing as it is packed. `release()` gives up a block from malloc, so that an endpoint can
// hand it to its transport without a copy and have it freed with std::free.
#pragma once

#include <msgpack/sbuffer.hpp>
#include <string_view>

namespace adapters::wire::native {

using Buffer = msgpack::sbuffer;

inline std::string_view ViewOf(const Buffer& buffer) { return {buffer.data(), buffer.size()}; }

}  // namespace adapters::wire::native
