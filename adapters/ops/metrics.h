// The hub's numbers as Prometheus reads them.
#pragma once

#include <string>

#include "adapters/ops/sources.h"
#include "hub/core/statistics.h"

namespace adapters::ops {

inline constexpr char kMetricsType[] = "text/plain; version=0.0.4; charset=utf-8";

std::string MetricsText(const hub::core::StatisticsReply& statistics, const Readings& readings,
                        const std::string& version);

}  // namespace adapters::ops
