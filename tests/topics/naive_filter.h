// A filter as its specification reads, one subscription and one message at a time: the model for the index.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "hub/base/document.h"
#include "hub/base/message.h"

namespace naive {

// What a message says, field by field. A field may stand there without a value.
struct Facts {
  bool matchable = true;
  std::vector<std::string> present;
  std::vector<std::pair<std::string, hub::Node>> values;
};

Facts FactsOfAttributes(const hub::Message& message);
Facts FactsOfBody(const hub::Message& message);

bool Satisfies(const hub::Node& policy, const Facts& facts);

}  // namespace naive
