// Reading YAML into the document tree, with the place of every key and value.
//
// Only what a person reads at a glance is let in: one document, no aliases, anchors, tags or merge keys, no key twice.
// That also leaves nothing for a "billion laughs" to expand. Plain scalars are typed by YAML's core schema; quoted ones
// are text. A plain scalar is a number only when it is written as JSON would write it, so that 000000000000 stays the
// text that it is.
#pragma once

#include <string_view>

#include "hub/base/document.h"
#include "hub/base/result.h"

namespace adapters::yaml {

// A text that is JSON is read as JSON, so that a .json file pastes in unchanged. An empty text is null. `origin` names
// the source in messages and places. Fails with kInvalidArgument; the message names the place and the remedy.
[[nodiscard]] hub::Result<hub::Node> ParseYaml(std::string_view text, std::string_view origin);

}  // namespace adapters::yaml
