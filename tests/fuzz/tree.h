// Trees of parameters for the fuzzers of both readers: a shape with every type, and what must hold of any tree.
#pragma once

#include <string>
#include <string_view>

#include "adapters/aws/reader.h"
#include "hub/base/assert.h"
#include "hub/base/json.h"

namespace tests::fuzz {

using adapters::aws::Field;
using adapters::aws::Shape;
using adapters::aws::Type;
using adapters::aws::Value;

inline constexpr Field kInnerFields[] = {
    {.name = "I"}, {.name = "C", .type = Type::kInteger}, {.name = "N", .type = Type::kTextList}};
inline constexpr Shape kInner{kInnerFields};
inline constexpr Field kFields[] = {
    {.name = "T"},
    {.name = "C", .type = Type::kInteger},
    {.name = "F", .type = Type::kBoolean},
    {.name = "B", .type = Type::kBlob},
    {.name = "N", .type = Type::kTextList},
    {.name = "A", .type = Type::kTextMap, .key = "K", .value = "V"},
    {.name = "S", .type = Type::kStruct, .of = &kInner},
    {.name = "E", .type = Type::kStructList, .of = &kInner},
    {.name = "M", .type = Type::kStructMap, .query = "M.entry", .of = &kInner, .key = "K", .value = "V"},
};
inline constexpr Shape kShape{kFields};

// Every text is UTF-8 and lies in what the tree owns, unless it is of the program itself.
inline void CheckTexts(const Value& value, std::string_view owned) {
  const auto check = [&](std::string_view text) {
    HUB_ASSERT(hub::IsUtf8(text));
    const bool is_owned = text.data() >= owned.data() && text.data() + text.size() <= owned.data() + owned.size();
    HUB_ASSERT(is_owned || text.size() <= 5);  // "false", or the name of a field.
  };
  check(value.text);
  for (const Value& item : value.items) CheckTexts(item, owned);
  for (const auto& [name, member] : value.members) {
    check(name);
    CheckTexts(member, owned);
  }
}

inline bool AreEqual(const Value& a, const Value& b) {
  if (a.kind != b.kind || a.text != b.text || a.items.size() != b.items.size()) return false;
  if (a.members.size() != b.members.size()) return false;
  for (std::size_t i = 0; i < a.items.size(); ++i) {
    if (!AreEqual(a.items[i], b.items[i])) return false;
  }
  for (std::size_t i = 0; i < a.members.size(); ++i) {
    if (a.members[i].name != b.members[i].name || !AreEqual(a.members[i].value, b.members[i].value)) return false;
  }
  return true;
}

}  // namespace tests::fuzz
