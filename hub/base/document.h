// The tree that YAML and JSON are read into, with the place of every key and value kept for messages.
//
// Scalars keep their text as written; numbers are not converted, so nothing is lost on the way to a policy, which
// compares as text. Reading a tree never fails: ask for the kind first.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hub {

// Where something stands. Lines and columns count from 1; 0 means unknown.
struct Place {
  std::shared_ptr<const std::string> file;  // May be null: text that came over a wire.
  std::uint32_t line = 0;
  std::uint32_t column = 0;

  // "config/hub.yaml:14:15", or "" when nothing is known.
  std::string ToString() const;
};

struct Member;

struct Node {
  enum class Kind : std::uint8_t { kNull, kBool, kNumber, kString, kList, kMap };

  Kind kind = Kind::kNull;
  Place place;
  std::string text;             // Scalars: as written, unquoted and unescaped. "true" or "false" for booleans.
  std::vector<Node> items;      // kList
  std::vector<Member> members;  // kMap, in the order written; keys are unique.

  bool IsScalar() const { return kind != Kind::kList && kind != Kind::kMap; }
  bool IsString() const { return kind == Kind::kString; }
  bool IsMap() const { return kind == Kind::kMap; }
  bool IsList() const { return kind == Kind::kList; }

  // The member with this key, or null. The pointer lives as long as the node is not changed.
  const Node* Find(std::string_view key) const;

  // The value of a kNumber, or nothing.
  std::optional<double> Number() const;

  static Node String(std::string_view text);
  static Node List(std::vector<Node> items);
  static Node Map(std::vector<Member> members);
};

struct Member {
  std::string key;
  Place key_place;
  Node value;
};

// Compact JSON: no spaces, members in order, text escaped. The same tree always gives the same bytes.
std::string ToJson(const Node& node);

// JSON for people: two-space indentation.
std::string ToPrettyJson(const Node& node);

// `text` as a JSON string with its quotes.
void AppendJsonString(std::string& out, std::string_view text);

}  // namespace hub
