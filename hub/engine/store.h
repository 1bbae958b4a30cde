// The port to durable storage: an ordered map from bytes to bytes that takes one batch a turn.
//
// Write and Flush are called by one thread, the committer; Scan, SpaceLeft and Flushes by any thread, at any time.
// After a failed Write or Flush nothing may be acknowledged any more: the process ends and recovery decides what is
// there.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "hub/base/result.h"
#include "hub/core/batch.h"

namespace hub::engine {

class Store {
 public:
  // Returns false to stop.
  using Visit = std::function<bool(std::string_view key, std::string_view value)>;

  virtual ~Store() = default;

  // Applies `batch` whole or not at all. A Scan that begins afterwards sees it; it is durable after the next Flush.
  [[nodiscard]] virtual Result<void> Write(const core::Batch& batch) = 0;

  // Makes every batch written so far durable: one fsync.
  [[nodiscard]] virtual Result<void> Flush() = 0;

  // Visits the keys of [from, to) in ascending order of their bytes, as one consistent view.
  [[nodiscard]] virtual Result<void> Scan(std::string_view from, std::string_view to, const Visit& visit) = 0;

  // Gives the disk space of [from, to) back as far as it can; the keys in it are already deleted. A hint.
  virtual void Reclaim(std::string_view from, std::string_view to) = 0;

  // Bytes that can still be written, the ballast not counted.
  virtual std::uint64_t SpaceLeft() const = 0;

  // How many times Flush has reached the disk since the start.
  virtual std::uint64_t Flushes() const = 0;
};

}  // namespace hub::engine
