// A tree as YAML that ParseYaml reads back as the same tree: kinds, texts, order.
#pragma once

#include <cstddef>
#include <string>

#include "hub/base/document.h"

namespace adapters::yaml {

// Maps of the first `block_levels` levels have a line for each key; below that, and in lists, whatever fits into a line
// stands in one. Ends with a line break.
std::string ToYaml(const hub::Node& node, std::size_t block_levels);

}  // namespace adapters::yaml
