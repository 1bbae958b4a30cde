// What the parameters of an action are: their names in both protocols and what each may be.
//
// JSON comes with its structure; a Query is flat, so that only this table says that "Attribute.1.Name" begins a map. It
// also says how a wrong type is refused.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace adapters::aws {

enum class Type : std::uint8_t {
  kText,
  kInteger,
  kBoolean,
  kBlob,  // Base64.
  kTextList,
  kTextMap,  // Text by text.
  kStruct,
  kStructList,
  kStructMap,  // Structs by text.
};

struct Shape;

struct Field {
  std::string_view name;  // In JSON, and as the actions know it: "AttributeNames".
  Type type = Type::kText;
  std::string_view query = {};  // What a Query calls it, each element of a list: "AttributeName". "": the name.
  const Shape* of = nullptr;    // Of the structs.
  std::string_view key = {};    // A map in a Query: what its keys and values are called.
  std::string_view value = {};
};

struct Shape {
  std::span<const Field> fields;

  const Field* Find(std::string_view name) const;
};

}  // namespace adapters::aws
