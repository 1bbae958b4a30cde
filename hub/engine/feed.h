// The other way out of the engine: the port that the endpoint of the live feed implements.
#pragma once

#include "hub/core/feed.h"

namespace hub::engine {

class Feed {
 public:
  virtual ~Feed() = default;

  // Takes what one durable turn gives to the feed, in order, after the turn's answers. Called by the committer thread;
  // must only queue, and may drop messages, but never what has ended.
  virtual void Publish(core::FeedTurn turn) = 0;
};

}  // namespace hub::engine
