#include "tests/topics/naive_filter.h"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <string_view>

#include "hub/base/json.h"

namespace naive {
namespace {

using hub::Node;
using Kind = Node::Kind;

void Flatten(const Node& node, const std::string& path, Facts& facts) {
  if (node.IsMap()) {
    for (const auto& member : node.members) {
      Flatten(member.value, path.empty() ? member.key : path + "." + member.key, facts);
    }
  } else if (node.IsList()) {
    for (const Node& item : node.items) Flatten(item, path, facts);
  } else {
    facts.present.push_back(path);
    facts.values.emplace_back(path, node);
  }
}

bool Glob(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '*') return Glob(pattern.substr(1), text) || (!text.empty() && Glob(pattern, text.substr(1)));
  if (pattern[0] == '\\') pattern.remove_prefix(1);
  return !text.empty() && text[0] == pattern[0] && Glob(pattern.substr(1), text.substr(1));
}

// IPv4 only; -1 for anything else.
long long Ipv4(const std::string& text) {
  unsigned a = 0, b = 0, c = 0, d = 0;
  char rest = 0;
  if (std::sscanf(text.c_str(), "%u.%u.%u.%u%c", &a, &b, &c, &d, &rest) != 4) return -1;
  if (a > 255 || b > 255 || c > 255 || d > 255) return -1;
  return (static_cast<long long>(a) << 24) + (b << 16) + (c << 8) + d;
}

bool InCidr(const std::string& block, const std::string& text) {
  const std::size_t slash = block.find('/');
  const long long size = 1LL << (32 - std::stoi(block.substr(slash + 1)));
  const long long address = Ipv4(text);
  return address >= 0 && address / size == Ipv4(block.substr(0, slash)) / size;
}

bool Compare(double value, const std::string& sign, double bound) {
  if (sign == "=") return value == bound;
  if (sign == "<") return value < bound;
  if (sign == "<=") return value <= bound;
  if (sign == ">") return value > bound;
  return value >= bound;
}

std::string Upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

bool SameScalar(const Node& a, const Node& b) {
  if (a.kind != b.kind) return false;
  if (a.kind == Kind::kNumber) return *a.Number() == *b.Number();
  return a.kind == Kind::kNull || a.text == b.text;
}

bool Excluded(const Node& excluded, const Node& value) {
  if (excluded.IsMap()) {
    const std::string& name = excluded.members[0].key;
    const std::string& text = excluded.members[0].value.text;
    if (!value.IsString()) return false;
    if (name == "wildcard") return Glob(text, value.text);
    return name == "prefix" ? value.text.starts_with(text) : value.text.ends_with(text);
  }
  if (!excluded.IsList()) return SameScalar(excluded, value);
  return std::any_of(excluded.items.begin(), excluded.items.end(),
                     [&](const Node& item) { return SameScalar(item, value); });
}

bool ValueSatisfies(const Node& pattern, const Node& value) {
  if (!pattern.IsMap()) return SameScalar(pattern, value);
  if (value.kind == Kind::kNull) return false;
  const std::string& name = pattern.members[0].key;
  const Node& argument = pattern.members[0].value;
  if (name == "exists") return argument.text == "true";
  if (name == "anything-but") return !Excluded(argument, value);
  if (name == "numeric") {
    if (value.kind != Kind::kNumber) return false;
    for (std::size_t i = 0; i < argument.items.size(); i += 2) {
      if (!Compare(*value.Number(), argument.items[i].text, *argument.items[i + 1].Number())) return false;
    }
    return true;
  }
  if (!value.IsString()) return false;
  if (name == "prefix") return value.text.find(argument.text) == 0;
  if (name == "suffix") {
    return value.text.size() >= argument.text.size() &&
           value.text.compare(value.text.size() - argument.text.size(), std::string::npos, argument.text) == 0;
  }
  if (name == "equals-ignore-case") return Upper(value.text) == Upper(argument.text);
  if (name == "wildcard") return Glob(argument.text, value.text);
  return InCidr(argument.text, value.text);
}

bool ListSatisfied(const Node& list, const std::string& path, const Facts& facts) {
  const bool present = std::find(facts.present.begin(), facts.present.end(), path) != facts.present.end();
  for (const Node& pattern : list.items) {
    if (!present && pattern.IsMap() && pattern.members[0].key == "exists" && pattern.members[0].value.text == "false") {
      return true;
    }
    for (const auto& [field, value] : facts.values) {
      if (field == path && ValueSatisfies(pattern, value)) return true;
    }
  }
  return false;
}

bool MapSatisfied(const Node& map, const std::string& prefix, const Facts& facts) {
  for (const auto& [key, place, value] : map.members) {
    const std::string path = prefix.empty() ? key : prefix + "." + key;
    bool satisfied = false;
    const bool branches = value.IsList() && std::all_of(value.items.begin(), value.items.end(),
                                                        [](const Node& item) { return item.IsMap(); });
    if (key == "$or" && branches && value.items.size() > 1) {
      for (const Node& branch : value.items) satisfied = satisfied || MapSatisfied(branch, prefix, facts);
    } else if (value.IsMap()) {
      satisfied = MapSatisfied(value, path, facts);
    } else {
      satisfied = ListSatisfied(value, path, facts);
    }
    if (!satisfied) return false;
  }
  return true;
}

}  // namespace

Facts FactsOfAttributes(const hub::Message& message) {
  Facts facts{.matchable = false, .present = {}, .values = {}};
  for (const hub::Attribute& a : message.attributes) {
    const std::string name(a.name);
    if (a.type == "Binary") continue;
    facts.matchable = true;
    facts.present.push_back(name);
    if (a.type == "String") {
      facts.values.emplace_back(name, Node::String(a.value));
      continue;
    }
    Facts inside;
    Flatten(*hub::ParseJson(a.value, ""), name, inside);
    for (auto& value : inside.values) facts.values.push_back(std::move(value));
  }
  return facts;
}

Facts FactsOfBody(const hub::Message& message) {
  Facts facts;
  const auto body = hub::ParseJson(message.body, "");
  facts.matchable = body && body->IsMap();
  if (facts.matchable) Flatten(*body, "", facts);
  return facts;
}

bool Satisfies(const Node& policy, const Facts& facts) {
  return policy.members.empty() || (facts.matchable && MapSatisfied(policy, "", facts));
}

}  // namespace naive
