// A store that tells how long its flushes take.
#pragma once

#include "hub/engine/histogram.h"
#include "hub/engine/store.h"

namespace adapters::ops {

class TimedStore final : public hub::engine::Store {
 public:
  // `store` outlives it.
  explicit TimedStore(hub::engine::Store& store) : store_(store) {}

  hub::Result<void> Write(const hub::core::Batch& batch) override { return store_.Write(batch); }
  hub::Result<void> Flush() override;
  hub::Result<void> Scan(std::string_view from, std::string_view to, const Visit& visit) override {
    return store_.Scan(from, to, visit);
  }
  void Reclaim(std::string_view from, std::string_view to) override { store_.Reclaim(from, to); }
  std::uint64_t SpaceLeft() const override { return store_.SpaceLeft(); }
  std::uint64_t Flushes() const override { return store_.Flushes(); }

  const hub::engine::Histogram& flush_times() const { return flush_times_; }

 private:
  hub::engine::Store& store_;
  hub::engine::Histogram flush_times_;
};

}  // namespace adapters::ops
