// The words of `may` and `do`, and the IAM actions that they stand for: one table.
#pragma once

#include <string>
#include <vector>

#include "adapters/yaml/report.h"
#include "hub/base/document.h"
#include "hub/base/names.h"

namespace adapters::yaml {

struct ActionWord {
  hub::Kind kind;
  std::string word;
  std::vector<std::string> actions;
};

// What the README and the tests print.
const std::vector<ActionWord>& ActionWords();

// The actions that a word, a verbatim action ("sqs:SendMessage", "sqs:*") or a list of both stands for on resources of
// `kind`, each once, in the order of the file. Unknown words are reported.
std::vector<std::string> ReadActions(const hub::Node* node, const std::string& path, hub::Kind kind, Report& report);

}  // namespace adapters::yaml
