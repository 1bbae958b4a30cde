#include <simdjson.h>

#include <algorithm>

#include "adapters/aws/reader.h"

namespace adapters::aws {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

std::string_view NameOf(element_type type) {
  switch (type) {
    case element_type::ARRAY: return "START_ARRAY";
    case element_type::OBJECT: return "START_OBJECT";
    case element_type::BOOL: return "TRUE_VALUE";
    case element_type::NULL_VALUE: return "NULL_VALUE";
    case element_type::STRING: return "STRING_VALUE";
    default: return "NUMBER_VALUE";
  }
}

// Turns a document into a tree of the shape, its text copied to where it stays.
class Converter {
 public:
  explicit Converter(std::string& text) : text_(text) {}

  Result<Value> Struct(const element& from, const Shape& shape) {
    if (from.type() != element_type::OBJECT) return Wrong(from, "a structure");
    Value value;
    value.kind = Value::Kind::kMap;
    for (const auto& [name, member] : simdjson::dom::object(from)) {
      const Field* field = shape.Find(name);
      if (!field || member.is_null()) continue;
      if (value.Find(field->name)) return Fail(kSerialization, "The member " + std::string(name) + " appears twice.");
      auto converted = Member(member, *field);
      if (!converted) return converted;
      value.members.push_back({field->name, std::move(*converted)});
    }
    return value;
  }

 private:
  static tl::unexpected<Failure> Wrong(const element& from, std::string_view wanted) {
    const bool is_scalar_wanted = wanted == "a String" || wanted == "an Integer" || wanted == "a Boolean";
    if (is_scalar_wanted && (from.type() == element_type::ARRAY || from.type() == element_type::OBJECT)) {
      return Fail(kSerialization, "Start of structure or map found where not expected.");
    }
    return Fail(kSerialization, std::string(NameOf(from.type())) + " can not be converted to " + std::string(wanted));
  }

  static tl::unexpected<Failure> TooMany() {
    return Fail(kSerialization, "A list or map has more than " + std::to_string(kElementsMax) + " elements.");
  }

  std::string_view Keep(std::string_view text) {
    const std::size_t from = text_.size();
    text_.append(text);  // Within what was reserved: unescaped text is never longer.
    return std::string_view(text_).substr(from);
  }

  Result<Value> Member(const element& from, const Field& field) {
    switch (field.type) {
      case Type::kText: return Text(from, "a String");
      case Type::kBlob: return Text(from, "a Blob");
      case Type::kInteger: return Integer(from);
      case Type::kBoolean: return Boolean(from);
      case Type::kStruct: return Struct(from, *field.of);
      case Type::kTextList: return List(from, [this](const element& item) { return Text(item, "a String"); });
      case Type::kStructList: return List(from, [&](const element& item) { return Struct(item, *field.of); });
      case Type::kTextMap: return Map(from, [this](const element& item) { return Text(item, "a String"); });
      case Type::kStructMap: return Map(from, [&](const element& item) { return Struct(item, *field.of); });
    }
    return Value();
  }

  Result<Value> Text(const element& from, std::string_view wanted) {
    std::string_view text;
    if (from.get(text) != simdjson::SUCCESS) return Wrong(from, wanted);
    return Value::OfText(Keep(text));
  }

  Result<Value> Integer(const element& from) {
    std::int64_t number = 0;
    if (from.get(number) != simdjson::SUCCESS) return Wrong(from, "an Integer");
    Value value = Value::OfText(Keep(std::to_string(number)));
    value.kind = Value::Kind::kNumber;
    return value;
  }

  Result<Value> Boolean(const element& from) {
    bool truth = false;
    if (from.get(truth) != simdjson::SUCCESS) return Wrong(from, "a Boolean");
    Value value = Value::OfText(truth ? "true" : "false");
    value.kind = Value::Kind::kBool;
    return value;
  }

  template <typename Convert>
  Result<Value> List(const element& from, Convert convert) {
    if (from.type() != element_type::ARRAY) return Wrong(from, "a List");
    Value value;
    value.kind = Value::Kind::kList;
    const simdjson::dom::array items(from);
    if (items.size() > kElementsMax) return TooMany();
    for (const element item : items) {
      auto converted = convert(item);
      if (!converted) return converted;
      value.items.push_back(std::move(*converted));
    }
    return value;
  }

  template <typename Convert>
  Result<Value> Map(const element& from, Convert convert) {
    if (from.type() != element_type::OBJECT) return Wrong(from, "a Map");
    Value value;
    value.kind = Value::Kind::kMap;
    const simdjson::dom::object entries(from);
    if (entries.size() > kElementsMax) return TooMany();
    for (const auto& [key, item] : entries) {
      if (item.is_null()) continue;
      auto converted = convert(item);
      if (!converted) return converted;
      value.members.push_back({Keep(key), std::move(*converted)});
    }
    return value;
  }

  std::string& text_;
};

}  // namespace

const Field* Shape::Find(std::string_view name) const {
  for (const Field& field : fields) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

Result<Parameters> ReadJson(std::string_view body, const Shape& shape) {
  static thread_local simdjson::dom::parser parser;
  Parameters parameters;
  parameters.root.kind = Value::Kind::kMap;
  if (body.find_first_not_of(" \t\r\n") == std::string_view::npos) return parameters;
  parameters.text.reserve(std::max(body.size(), kTextBytesMin));
  const simdjson::simdjson_result<element> document = parser.parse(body.data(), body.size());
  if (document.error() != simdjson::SUCCESS) return Fail(kMalformedJson, "The body is not JSON.");
  if (document.value_unsafe().type() != element_type::OBJECT) {
    return Fail(kMalformedJson, "The body is not a JSON object.");
  }
  auto root = Converter(parameters.text).Struct(document.value_unsafe(), shape);
  if (!root) return tl::unexpected(root.error());
  parameters.root = std::move(*root);
  return parameters;
}

}  // namespace adapters::aws
