#include "adapters/aws/value.h"

namespace adapters::aws {

const Value* Value::Find(std::string_view name) const {
  for (const auto& [key, value] : members) {
    if (key == name) return value.kind == Kind::kNull ? nullptr : &value;
  }
  return nullptr;
}

std::string_view Value::Text(std::string_view name) const {
  const Value* member = Find(name);
  return member ? member->text : std::string_view();
}

Value Value::OfText(std::string_view text) {
  Value value;
  value.kind = Kind::kText;
  value.text = text;
  return value;
}

}  // namespace adapters::aws
