#include "adapters/ops/timed_store.h"

#include <chrono>

namespace adapters::ops {

hub::Result<void> TimedStore::Flush() {
  const auto begin = std::chrono::steady_clock::now();
  hub::Result<void> flushed = store_.Flush();
  flush_times_.Observe(std::chrono::duration_cast<hub::Duration>(std::chrono::steady_clock::now() - begin));
  return flushed;
}

}  // namespace adapters::ops
