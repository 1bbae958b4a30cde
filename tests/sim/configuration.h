// The configuration that a Reload of the simulation puts in force, and the callers that it knows.
#pragma once

#include <memory>

#include "hub/core/config.h"
#include "tests/sim/vocabulary.h"

namespace sim {

std::shared_ptr<const hub::core::Config> ConfigurationFor(const Grants& grants);

// Null for the hub itself.
std::shared_ptr<const hub::core::Caller> CallerFor(CallerKind kind);

}  // namespace sim
