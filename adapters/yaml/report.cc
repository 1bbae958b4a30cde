#include "adapters/yaml/report.h"

#include <algorithm>
#include <tuple>

#include "hub/policy/nearest.h"

namespace adapters::yaml {
namespace {

constexpr std::size_t kShownMax = 80;  // Bytes of a value that a message repeats.

std::string Shortened(const std::string& text) {
  if (text.size() <= kShownMax) return text;
  std::size_t end = kShownMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;  // Keep characters whole.
  return text.substr(0, end) + "...";
}

}  // namespace

std::vector<std::string> Report::Told(std::vector<Entry> entries) {
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::tie(a.place.line, a.place.column) < std::tie(b.place.line, b.place.column);
  });
  std::vector<std::string> told;
  for (const Entry& entry : entries) {
    const std::string place = entry.place.ToString();
    told.push_back((place.empty() ? "" : place + ": ") + entry.text);
  }
  return told;
}

std::string DidYouMean(std::string_view word, const std::vector<std::string>& known) {
  if (word.size() > kShownMax) return "";
  const std::vector<std::string_view> candidates(known.begin(), known.end());
  const std::string_view nearest = hub::policy::Nearest(word, candidates);
  return nearest.empty() ? "" : " Did you mean " + std::string(nearest) + "?";
}

std::string Join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::string Alternatives(const std::vector<std::string>& words) {
  if (words.size() < 2) return Join(words);
  return Join({words.begin(), words.end() - 1}) + " or " + words.back();
}

std::string Describe(const hub::Node& node) {
  switch (node.kind) {
    case hub::Node::Kind::kNull: return "nothing";
    case hub::Node::Kind::kList: return "a list";
    case hub::Node::Kind::kMap: return "a map";
    case hub::Node::Kind::kBool:
    case hub::Node::Kind::kNumber:
    case hub::Node::Kind::kString: break;
  }
  return "\"" + Shortened(node.text) + "\"";
}

}  // namespace adapters::yaml
