#include "adapters/yaml/section.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <system_error>

#include "hub/base/duration.h"

namespace adapters::yaml {
namespace {

using hub::Node;

struct Unit {
  std::string_view suffix;
  std::uint64_t bytes;
};

constexpr Unit kUnits[] = {
    {"GiB", std::uint64_t{1} << 30}, {"MiB", std::uint64_t{1} << 20}, {"KiB", std::uint64_t{1} << 10}, {"B", 1}};

std::optional<std::uint64_t> ParseWhole(std::string_view text) {
  std::uint64_t count = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc{} || rest != text.data() + text.size()) return std::nullopt;
  return count;
}

std::string OutOfRange(const Node& node, const std::string& min, const std::string& max) {
  return " is out of range: " + Describe(node) + ". Write " + min + " to " + max + ".";
}

}  // namespace

std::optional<std::uint64_t> ParseSize(std::string_view text) {
  for (const Unit& unit : kUnits) {
    if (!text.ends_with(unit.suffix)) continue;
    const auto count = ParseWhole(text.substr(0, text.size() - unit.suffix.size()));
    if (!count || *count > std::numeric_limits<std::int64_t>::max() / unit.bytes) return std::nullopt;
    return *count * unit.bytes;
  }
  return std::nullopt;
}

std::string FormatSize(std::uint64_t bytes) {
  for (const Unit& unit : kUnits) {
    if (bytes >= unit.bytes && bytes % unit.bytes == 0) return std::to_string(bytes / unit.bytes).append(unit.suffix);
  }
  return "0B";
}

std::optional<std::string> TextOf(const Node& node, const std::string& path, Report& report) {
  if (node.kind == Node::Kind::kString || node.kind == Node::Kind::kNumber) return node.text;
  report.Mistake(node.place, path + " is not text: " + Describe(node) + ". Write text, in quotes if need be.");
  return std::nullopt;
}

std::vector<std::pair<const Node*, std::string>> ItemsOf(const Node* node, const std::string& path) {
  std::vector<std::pair<const Node*, std::string>> items;
  if (node == nullptr || node->kind == Node::Kind::kNull) return items;
  if (!node->IsList()) return {{node, path}};
  for (std::size_t i = 0; i < node->items.size(); ++i) {
    items.emplace_back(&node->items[i], path + "[" + std::to_string(i) + "]");
  }
  return items;
}

Section::Section(const Node& node, std::string path, Report& report)
    : node_(&node), place_(node.place), path_(std::move(path)), report_(report) {
  if (node.IsMap() || node.kind == Node::Kind::kNull) return;
  const std::string name = path_.empty() ? "The configuration" : path_;
  report_.Mistake(node.place, name + " is not a map: " + Describe(node) + ". Write keys, each with its value.");
  node_ = nullptr;
}

std::string Section::PathOf(std::string_view key) const {
  return (path_.empty() ? "" : path_ + ".") + std::string(key);
}

const Node* Section::Take(std::string_view key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.emplace_back(key);
  return node_ == nullptr ? nullptr : node_->Find(key);
}

std::optional<std::string> Section::Text(std::string_view key) {
  const Node* node = Take(key);
  if (node == nullptr) return std::nullopt;
  return TextOf(*node, PathOf(key), report_);
}

std::optional<bool> Section::Bool(std::string_view key) {
  const Node* node = Take(key);
  if (node == nullptr) return std::nullopt;
  if (node->kind == Node::Kind::kBool) return node->text == "true";
  Wrong(key, " is not true or false: " + Describe(*node) + ". Write true or false.");
  return std::nullopt;
}

std::optional<hub::Duration> Section::Duration(std::string_view key, hub::Duration min, hub::Duration max) {
  const Node* node = Take(key);
  if (node == nullptr) return std::nullopt;
  const auto duration = node->IsScalar() ? hub::ParseDuration(node->text) : std::nullopt;
  if (!duration) {
    Wrong(key, " is not a duration: " + Describe(*node) +
                   ". Write a whole number and a unit (ms, s, m, h, d), such as 30s.");
    return std::nullopt;
  }
  if (*duration < min || *duration > max) {
    Wrong(key, OutOfRange(*node, hub::Format(min), hub::Format(max)));
    return std::nullopt;
  }
  return duration;
}

std::optional<hub::Duration> Section::WholeSeconds(std::string_view key, hub::Duration min, hub::Duration max) {
  const auto duration = Duration(key, min, max);
  if (!duration || *duration % std::chrono::seconds(1) == hub::Duration::zero()) return duration;
  Wrong(key, " is not whole seconds: " + Describe(*node_->Find(key)) + ". Write whole seconds, such as 30s.");
  return std::nullopt;
}

std::optional<std::uint64_t> Section::Size(std::string_view key, std::uint64_t min, std::uint64_t max) {
  const Node* node = Take(key);
  if (node == nullptr) return std::nullopt;
  const auto size = node->IsScalar() ? ParseSize(node->text) : std::nullopt;
  if (!size) {
    Wrong(key, " is not a size: " + Describe(*node) +
                   ". Write a whole number and a unit (B, KiB, MiB, GiB), such as 256KiB.");
    return std::nullopt;
  }
  if (*size < min || *size > max) {
    Wrong(key, OutOfRange(*node, FormatSize(min), FormatSize(max)));
    return std::nullopt;
  }
  return size;
}

std::optional<std::uint64_t> Section::Count(std::string_view key, std::uint64_t min, std::uint64_t max) {
  const Node* node = Take(key);
  if (node == nullptr) return std::nullopt;
  const auto count = node->IsScalar() ? ParseWhole(node->text) : std::nullopt;
  if (count && *count >= min && *count <= max) return count;
  Wrong(key, " is not a whole number from " + std::to_string(min) + " to " + std::to_string(max) + ": " +
                 Describe(*node) + ". Write one, such as " + std::to_string(std::min<std::uint64_t>(max, 5)) + ".");
  return std::nullopt;
}

std::optional<std::size_t> Section::Word(std::string_view key, const std::vector<std::string>& words) {
  const Node* node = Take(key);
  if (node == nullptr) return std::nullopt;
  const auto word = node->IsScalar() ? std::find(words.begin(), words.end(), node->text) : words.end();
  if (word != words.end()) return static_cast<std::size_t>(word - words.begin());
  Wrong(key, " is not known: " + Describe(*node) + "." + DidYouMean(node->text, words) + " Write " +
                 Alternatives(words) + ".");
  return std::nullopt;
}

void Section::Missing(std::string_view key, std::string_view example) {
  if (node_ != nullptr) report_.Mistake(place_, PathOf(key) + " is missing. Write " + std::string(example) + ".");
}

void Section::Wrong(std::string_view key, std::string_view text) {
  const Node* node = node_ == nullptr ? nullptr : node_->Find(key);
  report_.Mistake(node == nullptr ? place_ : node->place, PathOf(key) + std::string(text));
}

void Section::RefuseUnknownKeys() {
  for (const hub::Member& member : Members()) {
    if (std::find(known_.begin(), known_.end(), member.key) != known_.end()) continue;
    const std::string hint = DidYouMean(member.key, known_);
    report_.Mistake(member.key_place, PathOf(member.key) + " is not a key." +
                                          (hint.empty() ? " Known here: " + Join(known_) + "." : hint));
  }
}

}  // namespace adapters::yaml
