// What is wrong with a configuration: collected over one run, told in the order of the file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "hub/base/document.h"

namespace adapters::yaml {

class Report {
 public:
  // `text` is whole sentences that begin with the path of a key and end with the remedy.
  void Mistake(const hub::Place& place, std::string text) { mistakes_.push_back({place, std::move(text)}); }
  void Warning(const hub::Place& place, std::string text) { warnings_.push_back({place, std::move(text)}); }

  bool HasMistakes() const { return !mistakes_.empty(); }

  // "config/hub.yaml:3:17: text", by line and column.
  std::vector<std::string> Mistakes() const { return Told(mistakes_); }
  std::vector<std::string> Warnings() const { return Told(warnings_); }

 private:
  struct Entry {
    hub::Place place;
    std::string text;
  };

  static std::vector<std::string> Told(std::vector<Entry> entries);

  std::vector<Entry> mistakes_;
  std::vector<Entry> warnings_;
};

// " Did you mean visibility?", or "" when no known word is near.
std::string DidYouMean(std::string_view word, const std::vector<std::string>& known);

// "a, b or c"
std::string Alternatives(const std::vector<std::string>& words);

// "a, b, c"
std::string Join(const std::vector<std::string>& words);

// A value as a message names it: "30 secs" in quotes, or: a list, a map, nothing.
std::string Describe(const hub::Node& node);

}  // namespace adapters::yaml
