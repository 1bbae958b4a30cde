// Reading the configuration for a command: all mistakes are printed, then there is none.
#pragma once

#include <optional>
#include <string>

#include "adapters/yaml/config_file.h"
#include "hub/base/document.h"

namespace hub::cli {

// {"ok", "file", "mistakes", "warnings"}, for --json.
Node ToNode(const adapters::yaml::Checked& checked, const std::string& path);

// Mistakes and warnings to stderr, a line each.
void PrintFindings(const adapters::yaml::Checked& checked, const std::string& path);

}  // namespace hub::cli
