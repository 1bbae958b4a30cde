// How long something took, counted by upper bounds. Any thread may observe, and any thread look.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

#include "hub/base/time.h"

namespace hub::engine {

using namespace std::chrono_literals;

class Histogram {
 public:
  static constexpr std::array<Duration, 16> kBounds = {100us, 250us, 500us, 1ms,   2500us, 5ms,    10ms, 25ms,
                                                       50ms,  100ms, 250ms, 500ms, 1s,     2500ms, 5s,   20s};

  void Observe(Duration took) {
    std::size_t i = 0;
    while (i < kBounds.size() && took > kBounds[i]) ++i;
    counts_[i].fetch_add(1, std::memory_order_relaxed);
    micros_.fetch_add(static_cast<std::uint64_t>(took.count()), std::memory_order_relaxed);
  }

  // Each count is of what took longer than the bound before and no longer than its own; the last has none.
  struct Snapshot {
    std::array<std::uint64_t, kBounds.size() + 1> counts{};
    Duration sum{};
  };
  Snapshot Look() const {
    Snapshot now;
    for (std::size_t i = 0; i < counts_.size(); ++i) now.counts[i] = counts_[i].load(std::memory_order_relaxed);
    now.sum = Duration(micros_.load(std::memory_order_relaxed));
    return now;
  }

 private:
  std::array<std::atomic<std::uint64_t>, kBounds.size() + 1> counts_{};
  std::atomic<std::uint64_t> micros_{0};
};

// One for each of a few names, from the first time on that there is something to count. Names are static text.
class Histograms {
 public:
  using Named = std::vector<std::pair<std::string_view, Histogram::Snapshot>>;

  void Observe(std::string_view name, Duration took) { Find(name).Observe(took); }
  Named Look() const {
    const std::lock_guard lock(mutex_);
    Named all;
    for (const auto& [name, histogram] : histograms_) all.emplace_back(name, histogram->Look());
    return all;
  }

 private:
  Histogram& Find(std::string_view name) {
    const std::lock_guard lock(mutex_);
    std::unique_ptr<Histogram>& histogram = histograms_[name];
    if (!histogram) histogram = std::make_unique<Histogram>();
    return *histogram;
  }

  mutable std::mutex mutex_;
  std::map<std::string_view, std::unique_ptr<Histogram>> histograms_;
};

}  // namespace hub::engine
