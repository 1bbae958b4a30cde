// Bodies of the JSON protocol: whatever the bytes, the reader answers, and a tree that it makes of them is made again
// of the JSON that says the same.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "hub/base/document.h"
#include "tests/fuzz/tree.h"

namespace {

using adapters::aws::Value;

void AppendJson(std::string& out, const Value& value) {
  switch (value.kind) {
    case Value::Kind::kNull: out.append("null"); return;
    case Value::Kind::kBool:
    case Value::Kind::kNumber: out.append(value.text); return;
    case Value::Kind::kText: hub::AppendJsonString(out, value.text); return;
    case Value::Kind::kList:
      out.push_back('[');
      for (std::size_t i = 0; i < value.items.size(); ++i) {
        if (i > 0) out.push_back(',');
        AppendJson(out, value.items[i]);
      }
      out.push_back(']');
      return;
    case Value::Kind::kMap:
      out.push_back('{');
      for (std::size_t i = 0; i < value.members.size(); ++i) {
        if (i > 0) out.push_back(',');
        hub::AppendJsonString(out, value.members[i].name);
        out.push_back(':');
        AppendJson(out, value.members[i].value);
      }
      out.push_back('}');
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const auto read = adapters::aws::ReadJson(body, tests::fuzz::kShape);
  if (!read) {
    HUB_ASSERT(read.error().kind == &adapters::aws::kSerialization && hub::IsUtf8(read.error().message));
    return 0;
  }
  tests::fuzz::CheckTexts(read->root, read->text);
  std::string json;
  AppendJson(json, read->root);
  const auto again = adapters::aws::ReadJson(json, tests::fuzz::kShape);
  HUB_ASSERT(again && tests::fuzz::AreEqual(again->root, read->root));
  return 0;
}
