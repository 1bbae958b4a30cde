// One turn: everything that happens at one instant, and what comes of it.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "hub/base/time.h"
#include "hub/core/batch.h"
#include "hub/core/feed.h"
#include "hub/core/load.h"
#include "hub/core/reply.h"

namespace hub::core {

struct LogLine {
  enum class Level : std::uint8_t { kInfo, kWarning };
  Level level = Level::kInfo;
  std::string text;
};

struct Turn {
  std::uint64_t index = 0;    // Consecutive, from 1, as the batch's.
  Instant now{};              // Hub time: everything in the turn is simultaneous.
  Instant wall{};             // Wall time, for dates in policies only.
  std::uint64_t flushes = 0;  // Of the store so far, for DescribeHub.

  Batch batch;
  std::vector<Answer> answers;  // Leave when the batch and all before it are durable, in order.
  FeedTurn feed;                // Leaves after the answers.
  std::vector<Load> loads;      // To be read once the turn is decided.
  std::vector<LogLine> log;
  std::size_t log_lines_left_out = 0;
  std::vector<std::pair<std::string, std::string>> reclaims;  // Key ranges whose disk space can be given back.
  std::size_t deliveries = 0;  // Messages sent or fanned out: the engine ends a turn that grows too large.
};

}  // namespace hub::core
