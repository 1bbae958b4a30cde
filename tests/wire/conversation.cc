#include "tests/wire/conversation.h"

#include <fstream>
#include <optional>
#include <string_view>

#include "tests/wire/value.h"

namespace tests::wire {
namespace {

std::optional<std::string> FrameOf(std::string_view text, const Bindings& bindings) {
  if (text.starts_with("!")) {
    const auto bytes = ParseValue("x\"" + std::string(text.substr(1)) + "\"");
    if (!bytes) return std::nullopt;
    return bytes->text;
  }
  const auto value = ParseValue(text);
  if (!value) return std::nullopt;
  return Pack(*value, bindings);
}

// Empty when `reply` is as expected.
std::string Compare(std::string_view expected, const std::string& reply, Bindings& bindings) {
  const auto pattern = ParseValue(expected);
  if (!pattern) return pattern.error().message;
  const Value value = Unpack(reply);
  if (Matches(*pattern, value, bindings)) return "";
  return "expected " + ToText(*pattern) + "\n  answered " + ToText(value);
}

}  // namespace

std::string Play(const std::string& path, const Handler& handler) {
  std::ifstream file(path);
  if (!file) return path + ": cannot be read\n";
  std::string differences;
  std::string reply;
  Bindings bindings;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    std::string difference;
    if (line.empty() || line.starts_with("#")) continue;
    if (line.starts_with("> ")) {
      const auto frame = FrameOf(std::string_view(line).substr(2), bindings);
      if (!frame) difference = "not a request: " + line;
      if (frame) reply = handler(*frame);
    } else if (line.starts_with("< ")) {
      difference = Compare(std::string_view(line).substr(2), reply, bindings);
    } else {
      difference = "a line begins with \"> \", \"< \" or \"#\": " + line;
    }
    if (!difference.empty()) differences += path + ":" + std::to_string(number) + ": " + difference + "\n";
  }
  return differences;
}

}  // namespace tests::wire
