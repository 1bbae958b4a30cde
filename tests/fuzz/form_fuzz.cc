// Forms of the Query protocol: whatever the bytes, the reader answers, and a tree that it makes of them is made again
// of the form that says the same.
//
// Input: the query of a URL, a line feed, the body.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tests/fuzz/tree.h"

namespace {

using adapters::aws::Field;
using adapters::aws::Form;
using adapters::aws::Shape;
using adapters::aws::Type;
using adapters::aws::Value;

void AppendField(std::string& out, std::string_view name, std::string_view value) {
  constexpr char kDigits[] = "0123456789abcdef";
  out.append("&").append(name).append("=");
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    out.append({'%', kDigits[byte >> 4], kDigits[byte & 15]});
  }
}

void AppendStruct(std::string& out, const std::string& prefix, const Value& value, const Shape& shape);

void AppendMember(std::string& out, const std::string& name, const Value& value, const Field& field) {
  switch (field.type) {
    case Type::kText:
    case Type::kBlob:
    case Type::kInteger:
    case Type::kBoolean: return AppendField(out, name, value.text);
    case Type::kStruct: return AppendStruct(out, name + ".", value, *field.of);
    case Type::kTextList:
    case Type::kStructList:
      for (std::size_t i = 0; i < value.items.size(); ++i) {
        const std::string item = name + "." + std::to_string(i);
        field.of ? AppendStruct(out, item + ".", value.items[i], *field.of)
                 : AppendField(out, item, value.items[i].text);
      }
      return;
    case Type::kTextMap:
    case Type::kStructMap:
      for (std::size_t i = 0; i < value.members.size(); ++i) {
        const std::string entry = name + "." + std::to_string(i) + ".";
        AppendField(out, entry + std::string(field.key), value.members[i].name);
        const std::string item = entry + std::string(field.value);
        field.of ? AppendStruct(out, item + ".", value.members[i].value, *field.of)
                 : AppendField(out, item, value.members[i].value.text);
      }
  }
}

void AppendStruct(std::string& out, const std::string& prefix, const Value& value, const Shape& shape) {
  AppendField(out, prefix + "-", "");  // So that there is something, even of a struct without members.
  for (const auto& [name, member] : value.members) {
    const Field& field = *shape.Find(name);
    AppendMember(out, prefix + std::string(field.query.empty() ? field.name : field.query), member, field);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t line = std::min(input.find('\n'), input.size());
  auto form = adapters::aws::ReadForm(input.substr(0, line), input.substr(std::min(line + 1, input.size())));
  if (!form) return 0;
  const auto read = adapters::aws::ReadQuery(std::move(*form), tests::fuzz::kShape);
  if (!read) {
    HUB_ASSERT(read.error().kind == &adapters::aws::kMalformedInput && hub::IsUtf8(read.error().message));
    return 0;
  }
  tests::fuzz::CheckTexts(read->root, read->text);
  std::string text;
  AppendStruct(text, "", read->root, tests::fuzz::kShape);
  auto again = adapters::aws::ReadForm("", text);
  if (!again) return 0;  // Said at such length it has too many fields.
  const auto same = adapters::aws::ReadQuery(std::move(*again), tests::fuzz::kShape);
  HUB_ASSERT(same && tests::fuzz::AreEqual(same->root, read->root));
  return 0;
}
