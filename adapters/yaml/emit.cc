#include "adapters/yaml/emit.h"

#include <algorithm>

#include "adapters/yaml/section.h"
#include "hub/base/duration.h"

namespace adapters::yaml {
namespace {

using hub::Node;

constexpr std::size_t kLineMax = 100;
constexpr std::size_t kStep = 2;

// Whether the text means itself without quotes, in a list or a map as well: plain words, references, patterns of them
// and quantities.
bool IsPlain(std::string_view text) {
  constexpr std::string_view kReserved[] = {"true", "True", "TRUE", "false", "False", "FALSE", "null", "Null", "NULL"};
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.empty() || std::ranges::find(kReserved, text) != std::end(kReserved)) return false;
  if (is_digit(text[0])) return hub::ParseDuration(text).has_value() || ParseSize(text).has_value();
  return is_letter(text[0]) && std::ranges::all_of(text, [&](char c) {
           return is_letter(c) || is_digit(c) || c == '-' || c == '.' || c == '/' || c == '*';
         });
}

// In quotes, everything that YAML or the reader would not take as it stands is escaped.
void AppendText(std::string& out, std::string_view text) {
  if (IsPlain(text)) {
    out += text;
    return;
  }
  std::string quoted;
  hub::AppendJsonString(quoted, text);
  for (const char c : quoted) {
    if (c == '\x7f') {
      out += "\\x7f";
    } else {
      out += c;
    }
  }
}

void AppendFlow(std::string& out, const Node& node) {
  const char* separator = "";
  switch (node.kind) {
    case Node::Kind::kNull: out += "null"; return;
    case Node::Kind::kBool:
    case Node::Kind::kNumber: out += node.text; return;
    case Node::Kind::kString: AppendText(out, node.text); return;
    case Node::Kind::kList:
      out += '[';
      for (const Node& item : node.items) {
        out += std::exchange(separator, ", ");
        AppendFlow(out, item);
      }
      out += ']';
      return;
    case Node::Kind::kMap:
      out += '{';
      for (const hub::Member& member : node.members) {
        out += std::exchange(separator, ", ");
        AppendText(out, member.key);
        out += ": ";
        AppendFlow(out, member.value);
      }
      out += '}';
      return;
  }
}

// How long the node is in one line, counted no further than `most`.
std::size_t FlowLength(const Node& node, std::size_t most) {
  if (node.IsScalar()) return node.text.size();
  std::size_t length = 2;
  for (const Node& item : node.items) {
    if (length > most) return length;
    length += FlowLength(item, most) + 2;
  }
  for (const hub::Member& member : node.members) {
    if (length > most) return length;
    length += member.key.size() + FlowLength(member.value, most) + 4;
  }
  return length;
}

class Emitter {
 public:
  std::string Take() { return std::move(out_); }

  // From here on in the line; `indent` is that of the lines that follow.
  void Value(const Node& node, std::size_t indent, std::size_t block_levels, bool after_key) {
    const bool is_empty = node.items.empty() && node.members.empty();
    const bool in_line =
        node.IsScalar() || is_empty || (block_levels == 0 && FlowLength(node, kLineMax) + indent <= kLineMax);
    if (in_line) {
      if (after_key) out_ += ' ';
      AppendFlow(out_, node);
      out_ += '\n';
      return;
    }
    bool is_first = !after_key;  // Stands in the line that has begun.
    if (after_key) out_ += '\n';
    const auto begin_line = [&] {
      if (!is_first) out_.append(indent, ' ');
      is_first = false;
    };
    for (const Node& item : node.items) {
      begin_line();
      out_ += "- ";
      Value(item, indent + kStep, 0, false);
    }
    for (const hub::Member& member : node.members) {
      begin_line();
      AppendText(out_, member.key);
      out_ += ':';
      Value(member.value, indent + kStep, block_levels == 0 ? 0 : block_levels - 1, true);
    }
  }

 private:
  std::string out_;
};

}  // namespace

std::string ToYaml(const Node& node, std::size_t block_levels) {
  Emitter emitter;
  emitter.Value(node, 0, block_levels, false);
  return emitter.Take();
}

}  // namespace adapters::yaml
