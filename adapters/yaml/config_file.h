// The configuration file: read, checked whole, and turned into a hub::core::Config. README.md lists every key.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/document.h"
#include "hub/core/config.h"

namespace adapters::yaml {

struct Checked {
  std::shared_ptr<const hub::core::Config> config;  // Null when there are mistakes.
  std::vector<std::string> mistakes;                // All of them, in the order of the file; place, key, value, remedy.
  std::vector<std::string> warnings;                // What is allowed but surely not meant.
  hub::Node policies;                               // See PoliciesOf.
};

// Reads a file of at most kDocumentBytesMax bytes.
Checked ReadConfig(const std::string& path);

// The same for a text; `origin` names it in messages.
Checked ReadConfigText(std::string_view text, std::string origin);

// Every policy in force, short forms written out: [{"of": "queue billing/orders", "at": "config/hub.yaml:57:5",
// "policy": {"Version": ..., "Statement": [...]}}, ...]. An empty list when there are mistakes.
const hub::Node& PoliciesOf(const Checked& checked);

}  // namespace adapters::yaml
