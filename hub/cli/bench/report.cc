#include "hub/cli/bench/report.h"

#include <cstdio>

namespace hub::cli::bench {
namespace {

constexpr std::size_t kLabelWidth = 34;

std::string Label(std::string_view label) {
  std::string out = "  " + std::string(label);
  out.append(out.size() < kLabelWidth ? kLabelWidth - out.size() : 1, ' ');
  return out;
}

// 1234567.8 -> "1,234,567.8"
std::string Grouped(double value, int decimals) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  std::string out = text;
  std::size_t end = out.find('.');
  if (end == std::string::npos) end = out.size();
  const std::size_t begin = out.starts_with('-') ? 1 : 0;
  for (; end > begin + 3; end -= 3) out.insert(end - 3, ",");
  return out;
}

}  // namespace

void Report::Add(std::string_view key, std::string_view label, double value, std::string_view unit, int decimals) {
  object_.Add(key, value);
  lines_ += Label(label) + Grouped(value, decimals) + (unit.empty() ? "" : " ") + std::string(unit) + "\n";
}

void Report::Add(std::string_view key, std::string_view text) {
  object_.Add(key, text);
  lines_ += Label(key) + std::string(text) + "\n";
}

std::string Report::ToText() const {
  std::string out = object_.node.members.front().value.text + "\n" + lines_;
  out.pop_back();
  return out;
}

}  // namespace hub::cli::bench
