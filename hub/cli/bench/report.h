// The figures of a run, as lines for a person or one JSON object.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "hub/cli/output.h"

namespace hub::cli::bench {

class Report {
 public:
  explicit Report(std::string_view name) { object_.Add("bench", name); }

  // `decimals` are shown to a person; JSON has three.
  void Add(std::string_view key, std::string_view label, double value, std::string_view unit, int decimals = 0);
  void Add(std::string_view key, std::string_view text);

  // "p1: label  value unit" lines, or JSON.
  std::string ToText() const;
  const Node& node() const { return object_.node; }

  // What a series, such as memory over time, adds to the JSON only.
  void AddNode(std::string_view key, Node value) { object_.Add(key, std::move(value)); }

 private:
  Object object_;
  std::string lines_;
};

}  // namespace hub::cli::bench
