// What the core asks to be read from the store, and what it gets. The engine reads on a thread of its own; ReadLoad is
// the reading itself, so that a test or a simulation reads the same way.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/result.h"

namespace hub::core {

// Visits the keys of [from, to) in order until `visit` returns false: engine::Store::Scan.
using Visit = std::function<bool(std::string_view key, std::string_view value)>;
using Scan = std::function<Result<void>(std::string_view from, std::string_view to, const Visit& visit)>;

struct Load {
  std::uint64_t id = 0;
  std::string from;
  std::string to;
  std::size_t rows_max = 0;
  std::size_t bytes_max = 0;
  bool bodies = true;  // Follow references to the topic chunks' bodies, not only to their counts.
};

struct Loaded {
  struct Row {
    std::string key;
    std::shared_ptr<const std::string> value;
  };
  // A topic's chunk that a row refers to.
  struct TopicChunk {
    std::uint64_t topic = 0;
    std::uint64_t first = 0;
    std::uint64_t references = 0;
    std::shared_ptr<const std::string> value;
  };
  std::uint64_t id = 0;
  std::vector<Row> rows;
  std::vector<TopicChunk> topic_chunks;
  bool complete = false;  // There was nothing more in the range.
};

[[nodiscard]] Result<Loaded> ReadLoad(const Load& load, const Scan& scan);

}  // namespace hub::core
