// Chunks for tests: bodies in, sealed blocks and references out.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "queues/queue.h"

namespace queues {

inline constexpr hub::Instant kStart = hub::InstantOf(1'700'000'000'000'000);

inline std::shared_ptr<const Block> Sealed(const std::vector<std::string>& bodies, hub::Instant sent = kStart,
                                           std::uint64_t id_base = 1) {
  ChunkBuilder builder(sent, id_base);
  for (const std::string& body : bodies) builder.Append({.body = body, .attributes = {}}, {}, "sender");
  return builder.Seal();
}

// Calls `check` with every truncation of `bytes` and with every bit of it flipped.
inline void ForEachDamage(const std::string& bytes, const std::function<void(const std::string& damaged)>& check) {
  for (std::size_t size = 0; size < bytes.size(); ++size) check(bytes.substr(0, size));
  for (std::size_t i = 0; i < bytes.size() * 8; ++i) {
    std::string damaged = bytes;
    damaged[i / 8] = static_cast<char>(damaged[i / 8] ^ (1 << (i % 8)));
    check(damaged);
  }
}

}  // namespace queues
