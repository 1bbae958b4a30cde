// A store in memory that can lose its power: what was written since the last flush is gone, all of it or from some turn
// on.
//
//   MemoryStore store;
//   ... store.Write(batch); store.Flush(); store.Write(next);
//   store.LosePower(0);   // `next` never happened
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "hub/engine/store.h"

namespace testing_support {

class MemoryStore : public hub::engine::Store {
 public:
  hub::Result<void> Write(const hub::core::Batch& batch) override {
    const std::lock_guard lock(mutex_);
    Apply(current_, batch);
    unflushed_.push_back(batch);
    return {};
  }

  hub::Result<void> Flush() override {
    const std::lock_guard lock(mutex_);
    for (const hub::core::Batch& batch : unflushed_) Apply(durable_, batch);
    unflushed_.clear();
    ++flushes_;
    return {};
  }

  hub::Result<void> Scan(std::string_view from, std::string_view to, const Visit& visit) override {
    const std::lock_guard lock(mutex_);
    for (auto at = current_.lower_bound(from); at != current_.end() && at->first < to; ++at) {
      if (!visit(at->first, at->second)) break;
    }
    return {};
  }

  void Reclaim(std::string_view, std::string_view) override {}
  std::uint64_t SpaceLeft() const override { return space_left; }
  std::uint64_t Flushes() const override { return flushes_; }

  // Keeps the first `kept` of the batches that were not flushed.
  void LosePower(std::size_t kept) {
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < kept && i < unflushed_.size(); ++i) Apply(durable_, unflushed_[i]);
    unflushed_.clear();
    current_ = durable_;
  }

  std::size_t Unflushed() const { return unflushed_.size(); }
  std::size_t Size() const { return current_.size(); }
  // Keys in [from, to).
  std::size_t CountOf(std::string_view from, std::string_view to) const {
    return static_cast<std::size_t>(std::distance(current_.lower_bound(from), current_.lower_bound(to)));
  }
  std::size_t Bytes() const {
    std::size_t bytes = 0;
    for (const auto& [key, value] : current_) bytes += key.size() + value.size();
    return bytes;
  }

  std::uint64_t space_left = std::uint64_t{1} << 40;

 private:
  using Map = std::map<std::string, std::string, std::less<>>;

  static void Apply(Map& map, const hub::core::Batch& batch) {
    for (const hub::core::Write& write : batch.writes) {
      switch (write.kind) {
        case hub::core::Write::Kind::kPut: map[write.key] = write.Value(); break;
        case hub::core::Write::Kind::kDelete: map.erase(write.key); break;
        case hub::core::Write::Kind::kDeleteRange:
          if (write.key < write.value) map.erase(map.lower_bound(write.key), map.lower_bound(write.value));
          break;
      }
    }
  }

  std::mutex mutex_;
  Map current_;
  Map durable_;
  std::vector<hub::core::Batch> unflushed_;
  std::uint64_t flushes_ = 0;
};

}  // namespace testing_support
