// Random requests and replies for property tests. What they view into lives in the sample.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <variant>

#include "hub/base/random.h"
#include "hub/core/command.h"
#include "hub/core/reply.h"

namespace tests::wire {

// How many kinds of operations a client can ask for: all but Follow and Reload.
inline constexpr std::size_t kOperations = std::variant_size_v<hub::core::Operations> - 4;

class Samples {
 public:
  explicit Samples(std::uint64_t seed) : random_(seed) {}

  hub::core::Operation Operation() { return Operation(random_.Below(kOperations)); }
  hub::core::Operation Operation(std::size_t index);  // Each operation has one.
  hub::Result<hub::core::Reply> Reply();
  hub::core::MoveTasksReply MoveTasks();

  // Up to 40 bytes of any value; now and then much longer.
  std::string_view Bytes();
  std::string_view Text();

 private:
  hub::Message Message();
  void AddOptions(hub::Message& message);
  hub::core::Attributes Attributes();
  hub::core::Delivery Delivery();
  hub::Duration Millis(hub::Duration max);
  hub::Kind Kind() { return random_.OneIn(2) ? hub::Kind::kQueue : hub::Kind::kTopic; }
  std::size_t Few() { return 1 + random_.Below(4); }

  hub::Random random_;
  std::deque<std::string> kept_;
};

}  // namespace tests::wire
