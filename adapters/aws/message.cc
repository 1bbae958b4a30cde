#include "adapters/aws/message.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "adapters/aws/base64.h"
#include "adapters/aws/text.h"
#include "hub/base/limits.h"
#include "hub/base/names.h"

namespace adapters::aws {
namespace {

constexpr Field kAttributeValueFields[] = {
    {.name = "DataType"},
    {.name = "StringValue"},
    {.name = "BinaryValue", .type = Type::kBlob},
    {.name = "StringListValues", .type = Type::kTextList, .query = "StringListValue"},
    {.name = "BinaryListValues", .type = Type::kTextList, .query = "BinaryListValue"},
};

constexpr std::string_view kWrongQueueType = "The request include parameter that is not valid for this queue type.";

bool IsNumber(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error != std::errc::invalid_argument && end == text.data() + text.size() && std::isfinite(number);
}

// [aws 53] Beyond ASCII SQS takes the letters from U+00C0 to U+017F. The rest of a name the hub judges.
Result<void> CheckSqsName(std::string_view name) {
  for (std::size_t at = 0; at < name.size(); ++at) {
    const auto lead = static_cast<unsigned char>(name[at]);
    if (lead < 0x80) continue;
    const std::string_view letter = name.substr(at++, 2);
    if (lead >= 0xc3 && lead <= 0xc5 && letter != "×" && letter != "÷") continue;
    return Fail(
        kInvalidParameterValue,
        "Invalid attribute name parameter. Reason: The message attribute name '" + std::string(name) +
            "' is invalid. Attribute name can contain A-Z, a-z, 0-9, underscore (_), hyphen (-), and period (.) "
            "characters.");
  }
  return {};
}

// [aws 122] SNS's own words for what is wrong with a name.
Result<void> CheckSnsName(std::string_view name) {
  const auto wrong = [](std::string text) { return Fail(kParameterValueInvalid, std::move(text)); };
  if (name.size() > hub::kAttributeNameBytesMax) {
    return wrong("Length of message attribute name must be less than 256 bytes.");
  }
  if (name.starts_with('.')) return wrong("Invalid message attribute name starting with character '.' was found.");
  if (name.ends_with('.')) return wrong("Invalid message attribute name ending with character '.' was found.");
  for (std::size_t at = 0; at < name.size(); ++at) {
    const auto c = static_cast<unsigned char>(name[at]);
    if (std::isalnum(c) || c == '_' || c == '-' || c == '.') continue;
    const std::size_t bytes = std::max<std::size_t>(CharacterBytes(name.substr(at)), 1);
    unsigned point = bytes == 1 ? c : c & (0xffU >> (bytes + 1));
    for (std::size_t i = 1; i < bytes; ++i) point = point << 6 | (static_cast<unsigned char>(name[at + i]) & 0x3fU);
    char code[16];
    std::snprintf(code, sizeof code, "#x%X", point);
    return wrong("Invalid non-alphanumeric character '" + std::string(code) +
                 "' was found in the message attribute name. Can only include alphanumeric characters, hyphens, "
                 "underscores, or dots.");
  }
  if (name.find("..") != std::string_view::npos) {
    return wrong("Message attribute name can not have successive '.' character.");
  }
  return {};
}

// [aws 122] And for a value that is not there, or in the wrong field.
Result<void> CheckSnsValue(const std::string& label, const hub::Attribute& attribute, const Value& from) {
  const std::string type(attribute.type);
  const std::string field = attribute.type.starts_with("Binary") ? "Binary" : "String";
  const bool is_elsewhere = from.Find(field == "Binary" ? "StringValue" : "BinaryValue") != nullptr;
  if (!from.Find(field + "Value") && is_elsewhere) {
    return Fail(kParameterValueInvalid,
                "The message attribute '" + label + "' with type '" + type + "' must use field '" + field + "'.");
  }
  if (!attribute.value.empty()) return {};
  return Fail(kParameterValueInvalid, "The message attribute '" + label +
                                          "' must contain non-empty message attribute value for message attribute "
                                          "type '" +
                                          type + "'.");
}

// [aws 54, 122]
Result<void> CheckType(const hub::Attribute& attribute, const ErrorKind& wrong) {
  const bool is_sns = &wrong == &kParameterValueInvalid;
  const std::string_view base = attribute.type.substr(0, attribute.type.find('.'));
  const bool is_cut = is_sns && attribute.type.size() == base.size() + 1;  // "String."
  if (!is_cut && (base == "String" || base == "Number" || base == "Binary")) return {};
  const std::string label(attribute.name);
  if (is_sns) {
    return Fail(wrong, "The message attribute '" + label +
                           "' has an invalid message attribute type, the set of supported type prefixes is Binary, "
                           "Number, and String.");
  }
  return Fail(wrong, "The type of message (user) attribute '" + label +
                         "' is invalid. You must use only the following supported type prefixes: Binary, Number, "
                         "String.");
}

Result<hub::Attribute> ReadAttribute(std::string_view name, const Value& from, const ErrorKind& wrong, Call& call) {
  const std::string label(name);
  const bool is_sns = &wrong == &kParameterValueInvalid;
  if (auto checked = is_sns ? CheckSnsName(name) : CheckSqsName(name); !checked) {
    return tl::unexpected(checked.error());
  }
  hub::Attribute attribute{.name = name, .type = from.Text("DataType"), .value = {}};
  if (attribute.type.empty()) {
    return Fail(wrong, "The message attribute '" + label + "' must contain a non-empty message attribute type.");
  }
  if (from.Find("StringListValues") || from.Find("BinaryListValues")) {
    return Fail(is_sns ? wrong : kUnsupportedOperation,
                "Message attribute list values in SendMessage operation are not supported.");
  }
  const Value* binary = from.Find("BinaryValue");
  if (attribute.type.starts_with("Binary")) {
    if (binary) {
      auto bytes = FromBase64(binary->text);
      if (!bytes) {
        const ErrorKind& kind = is_sns ? wrong : kSerialization;
        return Fail(kind, "The BinaryValue of " + label + " is not base64.");
      }
      attribute.value = call.decoded.emplace_back(std::move(*bytes));
    }
  } else {
    attribute.value = from.Text("StringValue");
  }
  if (is_sns) {
    if (auto checked = CheckType(attribute, wrong); !checked) return tl::unexpected(checked.error());
    if (auto checked = CheckSnsValue(label, attribute, from); !checked) return tl::unexpected(checked.error());
  }
  if (attribute.value.empty()) {  // [aws 54]
    const std::string_view base = attribute.type.substr(0, attribute.type.find('.'));
    const std::string_view type = base == "Number" ? "String" : base;
    return Fail(wrong, "Message (user) attribute '" + label + "' must contain a non-empty value of type '" +
                           std::string(type) + "'.");
  }
  if (auto checked = CheckType(attribute, wrong); !checked) return tl::unexpected(checked.error());
  if (attribute.type.starts_with("Number") && !IsNumber(attribute.value)) {
    return Fail(wrong, "Can't cast the value of message (user) attribute '" + label + "' to a number.");
  }
  return attribute;
}

// [aws 58] The header of the request stands in for an attribute that is not there.
Result<std::string_view> ReadTrace(const Value& from, const Call& call) {
  const Value* attributes = from.Find("MessageSystemAttributes");
  if (!attributes) return std::string_view(call.trace);
  std::string_view trace = call.trace;
  for (const auto& [name, value] : attributes->members) {
    if (name != "AWSTraceHeader") {
      return Fail(kInvalidParameterValue, "Message system attribute name '" + std::string(name) + "' is invalid.");
    }
    if (value.Text("DataType") != "String") {
      return Fail(kInvalidParameterValue,
                  "The type of message (system) attribute 'AWSTraceHeader' is invalid. You must use only the following "
                  "supported type: 'String'.");
    }
    trace = value.Text("StringValue");
    if (trace.empty()) {
      return Fail(kInvalidParameterValue,
                  "Message (system) attribute 'AWSTraceHeader' must contain a non-empty value of type 'String'.");
    }
  }
  return trace;
}

Result<std::optional<hub::Duration>> ReadDelay(const Value& from, bool fifo) {
  const auto delay = NumberIn(from, "DelaySeconds");
  if (!delay) return std::nullopt;
  if (fifo && *delay > 0) return WrongValue(from.Text("DelaySeconds"), "DelaySeconds", kWrongQueueType);  // [aws 50]
  if (*delay < 0 || *delay > SecondsOf(hub::kDelayMax)) {
    return WrongValue(from.Text("DelaySeconds"), "DelaySeconds", "DelaySeconds must be >= 0 and <= 900.");
  }
  return fifo ? std::nullopt : std::optional<hub::Duration>(std::chrono::seconds(*delay));
}

}  // namespace

Result<void> CheckId(std::string_view id, std::string_view parameter) {
  const bool known =
      !id.empty() && id.size() <= hub::kMessageGroupBytesMax &&
      std::all_of(id.begin(), id.end(), [](unsigned char c) { return std::isalnum(c) || std::ispunct(c); });
  if (known) return {};
  return WrongValue(id, parameter,
                    std::string(parameter) +
                        " can only include alphanumeric and punctuation characters. 1 to 128 in "
                        "length.");
}

const Shape kAttributeValueShape{.fields = kAttributeValueFields};

std::optional<std::int64_t> NumberIn(const Value& from, std::string_view name) {
  const Value* value = from.Find(name);
  if (!value) return std::nullopt;
  std::int64_t number = 0;
  std::from_chars(value->text.data(), value->text.data() + value->text.size(), number);
  return number;
}

Result<std::vector<hub::Attribute>> ReadAttributes(const Value* map, const ErrorKind& wrong, Call& call) {
  std::vector<hub::Attribute> attributes;
  if (!map) return attributes;
  attributes.reserve(map->members.size());
  for (const auto& [name, value] : map->members) {
    auto attribute = ReadAttribute(name, value, wrong, call);
    if (!attribute) return tl::unexpected(attribute.error());
    attributes.push_back(*attribute);
  }
  return attributes;
}

Result<hub::Message> ReadMessage(const Value& from, std::string_view queue_arn, Call& call) {
  const bool fifo = hub::IsFifoName(queue_arn);
  hub::Message message;
  message.body = from.Text("MessageBody");
  if (message.body.empty()) return MissingParameter("MessageBody");  // [aws 40]
  auto delay = ReadDelay(from, fifo);
  if (!delay) return tl::unexpected(delay.error());
  message.delay = *delay;
  auto attributes = ReadAttributes(from.Find("MessageAttributes"), kInvalidParameterValue, call);
  if (!attributes) return tl::unexpected(attributes.error());
  message.attributes = std::move(*attributes);
  auto trace = ReadTrace(from, call);
  if (!trace) return tl::unexpected(trace.error());
  message.trace = *trace;
  if (const Value* group = from.Find("MessageGroupId")) {
    if (auto checked = CheckId(group->text, "MessageGroupId"); !checked) return tl::unexpected(checked.error());
    message.group = group->text;
  } else if (fifo) {
    return MissingParameter("MessageGroupId");  // [aws 48]
  }
  if (const Value* id = from.Find("MessageDeduplicationId")) {
    if (!fifo) return WrongValue(id->text, "MessageDeduplicationId", kWrongQueueType);  // [aws 52]
    if (auto checked = CheckId(id->text, "MessageDeduplicationId"); !checked) return tl::unexpected(checked.error());
    message.deduplication = id->text;
  }
  return message;
}

namespace {

// [aws 152] Of a root its account, of a user or a role the rest of its ARN's name.
std::string_view SenderIdOf(std::string_view sender) {
  if (!sender.starts_with("arn:")) return sender;
  const std::size_t colon = sender.rfind(':');
  const std::string_view name = sender.substr(colon + 1);
  if (name != "root") return name.substr(name.find('/') + 1);
  const std::string_view before = sender.substr(0, colon);
  return before.substr(before.rfind(':') + 1);
}

}  // namespace

std::vector<std::pair<std::string_view, std::string>> SystemAttributesOf(const hub::core::Delivery& delivery,
                                                                         const std::set<std::string_view>& wanted,
                                                                         bool fifo) {
  std::vector<std::pair<std::string_view, std::string>> attributes;
  const bool all = wanted.contains("All");
  const auto add = [&](std::string_view name, auto&& value_of) {
    if (!all && !wanted.contains(name)) return;
    std::string value(value_of());
    if (!value.empty()) attributes.emplace_back(name, std::move(value));
  };
  add("SenderId", [&] { return SenderIdOf(delivery.sender); });
  add("SentTimestamp", [&] { return std::to_string(hub::MillisOf(delivery.sent)); });
  add("ApproximateReceiveCount", [&] { return std::to_string(delivery.receive_count); });
  add("ApproximateFirstReceiveTimestamp", [&] { return std::to_string(hub::MillisOf(delivery.first_received)); });
  add("SequenceNumber", [&] { return fifo ? hub::core::FormatSequence(delivery.sequence) : std::string(); });
  add("MessageDeduplicationId", [&] { return delivery.deduplication; });
  add("MessageGroupId", [&] { return delivery.group; });
  add("AWSTraceHeader", [&] { return delivery.trace; });
  add("DeadLetterQueueSourceArn", [&] { return delivery.dead_letter_source; });
  return attributes;
}

std::string BodyOf(const hub::core::Delivery& delivery, const Call& call) {
  std::string body;
  call.envelopes->AppendBody(body, delivery, call.base_url);
  CleanText(body);
  return body;
}

void WriteAttributes(const std::vector<hub::Attribute>& attributes, Writer& out) {
  out.BeginMap("MessageAttributes", "MessageAttribute", "Name", "Value");
  for (const hub::Attribute& attribute : attributes) {
    out.BeginEntry(attribute.name);
    if (attribute.type.starts_with("Binary")) {
      out.Text("BinaryValue", ToBase64(attribute.value));
    } else {
      out.Text("StringValue", attribute.value);
    }
    out.Text("DataType", attribute.type);
    out.EndEntry();
  }
  out.EndMap();
}

}  // namespace adapters::aws
