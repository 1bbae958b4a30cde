// One map of the configuration, read key by key: each reader checks type and range and reports what is wrong with its
// place, its path and the remedy. Keys that nobody asked for are the unknown ones.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/yaml/report.h"
#include "hub/base/document.h"
#include "hub/base/time.h"

namespace adapters::yaml {

class Section {
 public:
  // `node` and `report` outlive the section. `path` is "" for the whole file. Nothing written counts as an empty map;
  // anything else that is not a map is reported, and then read as if it were empty.
  Section(const hub::Node& node, std::string path, Report& report);

  // The members of a map whose keys are names that the reader of the file chose.
  std::span<const hub::Member> Members() const {
    return node_ != nullptr ? std::span(node_->members) : std::span<const hub::Member>();
  }

  // The member, or null. From here on the key is known.
  const hub::Node* Take(std::string_view key);

  // Each is nothing when the key is absent, and also when its value is wrong and has been reported.
  std::optional<std::string> Text(std::string_view key);
  std::optional<bool> Bool(std::string_view key);
  std::optional<hub::Duration> Duration(std::string_view key, hub::Duration min, hub::Duration max);
  std::optional<hub::Duration> WholeSeconds(std::string_view key, hub::Duration min, hub::Duration max);
  std::optional<std::uint64_t> Size(std::string_view key, std::uint64_t min, std::uint64_t max);
  std::optional<std::uint64_t> Count(std::string_view key, std::uint64_t min, std::uint64_t max);

  // The index of the word in `words`.
  std::optional<std::size_t> Word(std::string_view key, const std::vector<std::string>& words);

  // Reports `key` as missing, with `example` as the remedy; not again where there is no map at all.
  void Missing(std::string_view key, std::string_view example);

  // Reports a mistake about the value of `key`: its path, then `text`.
  void Wrong(std::string_view key, std::string_view text);

  // Reports every key that nobody has asked for.
  void RefuseUnknownKeys();

  std::string PathOf(std::string_view key) const;
  const hub::Place& place() const { return place_; }
  const std::string& path() const { return path_; }
  Report& report() { return report_; }

 private:
  const hub::Node* node_;  // Null: what is written is not a map.
  hub::Place place_;
  std::string path_;
  Report& report_;
  std::vector<std::string> known_;
};

// The text of a scalar as written; nothing, with a report, for anything else.
std::optional<std::string> TextOf(const hub::Node& node, const std::string& path, Report& report);

// A list's items with their paths, or the one value that stands for a list of one. Null stands for none.
std::vector<std::pair<const hub::Node*, std::string>> ItemsOf(const hub::Node* node, const std::string& path);

// "256KiB" as bytes, or nothing.
std::optional<std::uint64_t> ParseSize(std::string_view text);
std::string FormatSize(std::uint64_t bytes);

}  // namespace adapters::yaml
