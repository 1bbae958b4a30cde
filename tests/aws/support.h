// Requests and trees of parameters as a test writes them down.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/aws/reader.h"
#include "adapters/aws/value.h"
#include "adapters/wire/http/message.h"

namespace tests::aws {

using adapters::aws::Field;
using adapters::aws::Shape;
using adapters::aws::Type;
using adapters::aws::Value;

// One parameter of every type. Lists and maps have the names that SQS gives them, `More` those of SNS.
inline constexpr Field kInnerFields[] = {
    {.name = "Id"},
    {.name = "Count", .type = Type::kInteger},
    {.name = "Names", .type = Type::kTextList, .query = "Name"},
};
inline constexpr Shape kInner{kInnerFields};
inline constexpr Field kSampleFields[] = {
    {.name = "Text"},
    {.name = "Count", .type = Type::kInteger},
    {.name = "Flag", .type = Type::kBoolean},
    {.name = "Bytes", .type = Type::kBlob},
    {.name = "Names", .type = Type::kTextList, .query = "Name"},
    {.name = "Attributes", .type = Type::kTextMap, .query = "Attribute", .key = "Name", .value = "Value"},
    {.name = "Inner", .type = Type::kStruct, .of = &kInner},
    {.name = "Entries", .type = Type::kStructList, .query = "Entry", .of = &kInner},
    {.name = "Values", .type = Type::kStructMap, .query = "Value", .of = &kInner, .key = "Name", .value = "Value"},
    {.name = "More", .type = Type::kTextMap, .query = "More.entry", .key = "key", .value = "value"},
};
inline constexpr Shape kSample{kSampleFields};

// {Text="a" Names=["b" "c"] Inner={Count=7}}: numbers and booleans stand bare.
inline std::string ToText(const Value& value) {
  std::string out;
  switch (value.kind) {
    case Value::Kind::kNull: return "null";
    case Value::Kind::kBool:
    case Value::Kind::kNumber: return std::string(value.text);
    case Value::Kind::kText: return out.append("\"").append(value.text).append("\"");
    case Value::Kind::kList:
      for (const Value& item : value.items) out.append(out.empty() ? "" : " ").append(ToText(item));
      return "[" + out + "]";
    case Value::Kind::kMap:
      for (const auto& [name, member] : value.members) {
        out.append(out.empty() ? "" : " ").append(name).append("=").append(ToText(member));
      }
      return "{" + out + "}";
  }
  return out;
}

inline adapters::wire::http::Request RequestOf(
    std::string_view method, std::string_view target,
    const std::vector<std::pair<std::string_view, std::string_view>>& fields = {}, std::string_view body = "") {
  adapters::wire::http::Request request;
  request.method = method;
  request.target = target;
  request.body = body;
  bool has_host = false;
  for (const auto& [name, value] : fields) {
    request.AddField(name, value);
    has_host |= name == "Host";
  }
  if (!has_host) request.AddField("Host", "localhost:4566");
  return request;
}

}  // namespace tests::aws
