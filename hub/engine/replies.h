// The way out of the engine: the port that an endpoint implements.
#pragma once

#include <vector>

#include "hub/core/reply.h"

namespace hub::engine {

class Replies {
 public:
  virtual ~Replies() = default;

  // Takes the answers of one durable turn for this endpoint, in order. Called by the committer thread; must only queue.
  virtual void Deliver(std::vector<core::Answer> answers) = 0;
};

}  // namespace hub::engine
