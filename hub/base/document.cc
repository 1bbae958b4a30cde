#include "hub/base/document.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace hub {
namespace {

void AppendNode(std::string& out, const Node& node, int indent);

void NewLine(std::string& out, int indent) {
  if (indent < 0) return;
  out.push_back('\n');
  out.append(static_cast<std::size_t>(indent) * 2, ' ');
}

void AppendItems(std::string& out, const Node& node, int indent) {
  out.push_back('[');
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    if (i > 0) out.push_back(',');
    NewLine(out, indent < 0 ? -1 : indent + 1);
    AppendNode(out, node.items[i], indent < 0 ? -1 : indent + 1);
  }
  if (!node.items.empty()) NewLine(out, indent);
  out.push_back(']');
}

void AppendMembers(std::string& out, const Node& node, int indent) {
  out.push_back('{');
  for (std::size_t i = 0; i < node.members.size(); ++i) {
    if (i > 0) out.push_back(',');
    NewLine(out, indent < 0 ? -1 : indent + 1);
    AppendJsonString(out, node.members[i].key);
    out.append(indent < 0 ? ":" : ": ");
    AppendNode(out, node.members[i].value, indent < 0 ? -1 : indent + 1);
  }
  if (!node.members.empty()) NewLine(out, indent);
  out.push_back('}');
}

void AppendNode(std::string& out, const Node& node, int indent) {
  switch (node.kind) {
    case Node::Kind::kNull: out.append("null"); return;
    case Node::Kind::kBool:
    case Node::Kind::kNumber: out.append(node.text); return;
    case Node::Kind::kString: AppendJsonString(out, node.text); return;
    case Node::Kind::kList: AppendItems(out, node, indent); return;
    case Node::Kind::kMap: AppendMembers(out, node, indent); return;
  }
}

}  // namespace

std::string Place::ToString() const {
  if (!file && line == 0) return "";
  std::string text = file ? *file : "";
  if (line > 0) text += (text.empty() ? "line " : ":") + std::to_string(line) + ":" + std::to_string(column);
  return text;
}

const Node* Node::Find(std::string_view key) const {
  for (const Member& member : members) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

std::optional<double> Node::Number() const {
  if (kind != Kind::kNumber) return std::nullopt;
  return std::strtod(text.c_str(), nullptr);
}

Node Node::String(std::string_view text) {
  Node node;
  node.kind = Kind::kString;
  node.text = text;
  return node;
}

Node Node::List(std::vector<Node> items) {
  Node node;
  node.kind = Kind::kList;
  node.items = std::move(items);
  return node;
}

Node Node::Map(std::vector<Member> members) {
  Node node;
  node.kind = Kind::kMap;
  node.members = std::move(members);
  return node;
}

std::string ToJson(const Node& node) {
  std::string out;
  AppendNode(out, node, -1);
  return out;
}

std::string ToPrettyJson(const Node& node) {
  std::string out;
  AppendNode(out, node, 0);
  return out;
}

namespace {

bool IsEscaped(char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20; }

void AppendEscaped(std::string& out, char c) {
  switch (c) {
    case '"': out.append("\\\""); break;
    case '\\': out.append("\\\\"); break;
    case '\n': out.append("\\n"); break;
    case '\r': out.append("\\r"); break;
    case '\t': out.append("\\t"); break;
    default:
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\u%04x", c);
      out.append(escaped);
  }
}

}  // namespace

void AppendJsonString(std::string& out, std::string_view text) {
  out.push_back('"');
  while (!text.empty()) {
    const auto end = std::find_if(text.begin(), text.end(), IsEscaped);
    const auto clean = static_cast<std::size_t>(end - text.begin());
    out.append(text.substr(0, clean));
    text.remove_prefix(clean);
    if (text.empty()) break;
    AppendEscaped(out, text.front());
    text.remove_prefix(1);
  }
  out.push_back('"');
}

}  // namespace hub
