// Latencies: when each message was sent, and how long each was on its way.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <vector>

#include "hub/cli/bench/load.h"

namespace hub::cli::bench {

// Latencies in microseconds.
class Sample {
 public:
  void Add(const Sample& other) { values_.insert(values_.end(), other.values_.begin(), other.values_.end()); }
  void Add(Clock::duration latency) { values_.push_back(std::chrono::duration<double, std::micro>(latency).count()); }

  // The value below which `share` of all lie. Sorts.
  double Quantile(double share) {
    if (values_.empty()) return 0;
    std::ranges::sort(values_);
    const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(values_.size())));
    return values_[std::clamp<std::size_t>(rank, 1, values_.size()) - 1];
  }

 private:
  std::vector<double> values_;
};

// When each message was sent, written by one thread and read by another.
class Times {
 public:
  explicit Times(std::uint64_t count) : sent_(count) {}
  void Sent(std::uint64_t number) { sent_[number].store(Clock::now().time_since_epoch().count()); }
  Clock::time_point At(std::uint64_t number) const { return Clock::time_point(Clock::duration(sent_[number].load())); }

 private:
  std::vector<std::atomic<Clock::rep>> sent_;
};

}  // namespace hub::cli::bench
