// The disk under the simulated hub: a store that outlives the hub and loses what was not flushed when the power goes.
#pragma once

#include <memory>

#include "hub/base/random.h"
#include "hub/engine/store.h"
#include "tests/sim/options.h"

namespace sim {

class Disk {
 public:
  virtual ~Disk() = default;

  // Valid until the next Crash or LosePower.
  virtual hub::engine::Store& store() = 0;

  // The process ends at once: what was written stays.
  virtual void Crash() = 0;

  // The power goes: of what was not flushed, nothing stays, or turns up to some point.
  virtual void LosePower(hub::Random& random) = 0;
};

std::unique_ptr<Disk> MakeDisk(const Options& options);

}  // namespace sim
