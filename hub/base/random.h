// Randomness that a seed repeats: SplitMix64. Not for secrets: keys come from the operating system (adapters/system).
#pragma once

#include <cstdint>

#include "hub/base/assert.h"

namespace hub {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t Next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }

  // Uniform enough in [0, bound).
  std::uint64_t Below(std::uint64_t bound) {
    HUB_ASSERT(bound > 0);
    return Next() % bound;
  }

  bool OneIn(std::uint64_t n) { return Below(n) == 0; }

 private:
  std::uint64_t state_;
};

}  // namespace hub
