#include "hub/core/check_message.h"

#include <algorithm>
#include <cctype>
#include <string>

#include "hub/base/json.h"
#include "hub/base/limits.h"
#include "hub/base/text.h"

namespace hub::core {
namespace {

bool IsReserved(std::string_view name) {
  std::string lower;
  for (const char c : name.substr(0, 7))
    lower.push_back(static_cast<char>(std::tolower(static_cast<unsigned char>(c))));
  return lower.starts_with("aws.") || lower.starts_with("amazon.");
}

bool IsAttributeName(std::string_view name) {
  if (name.empty() || name.size() > kAttributeNameBytesMax || name.front() == '.' || name.back() == '.') return false;
  return name.find("..") == std::string_view::npos && !IsReserved(name) &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' || c == '.' || (c & 0x80);
         });
}

// String, Number or Binary, optionally with a label: "Number.int".
bool IsAttributeType(std::string_view type) {
  if (type.size() > kAttributeNameBytesMax) return false;
  const std::string_view base = type.substr(0, type.find('.'));
  return base == "String" || base == "Number" || base == "Binary";
}

Result<void> CheckAttribute(const Attribute& attribute) {
  const std::string name(attribute.name);
  if (!IsAttributeName(name)) {
    return Fail(Code::kInvalidArgument,
                "\"" + name +
                    "\" is not the name of an attribute: letters, digits, _, - and single dots inside, up to " +
                    std::to_string(kAttributeNameBytesMax) + ", not beginning with aws. or amazon.");
  }
  if (!IsAttributeType(attribute.type)) {
    return Fail(Code::kInvalidArgument, "The type of attribute " + name + " must begin with String, Number or Binary.");
  }
  if (attribute.value.empty()) {
    return Fail(Code::kInvalidArgument, "Message (user) attribute '" + name +
                                            "' must contain a non-empty value of type '" + std::string(attribute.type) +
                                            "'.");
  }
  // [aws 42] Bytes of any kind may stand in a Binary value, and in a body.
  if (!IsText(attribute.name) || !IsText(attribute.type) ||
      (!attribute.type.starts_with("Binary") && !IsText(attribute.value))) {
    return Fail(Code::kInvalidArgument,
                "Name, type and value of a message attribute must be text without control "
                "characters, unless its type is Binary.");
  }
  return {};
}

// [aws 51] Letters, digits and punctuation.
Result<void> CheckId(std::string_view name, std::string_view id) {
  const bool known = id.size() <= kMessageGroupBytesMax && std::all_of(id.begin(), id.end(), [](unsigned char c) {
                       return std::isalnum(c) || std::ispunct(c);
                     });
  if (known) return {};
  return Fail(Code::kInvalidArgument,
              std::string(name) + " can only include alphanumeric and punctuation characters. 1 to " +
                  std::to_string(kMessageGroupBytesMax) + " in length.",
              std::string(name));
}

// [aws 58]
Result<void> CheckTrace(std::string_view trace) {
  if (trace.size() <= kTraceBytesMax && IsText(trace)) return {};
  return Fail(Code::kInvalidArgument,
              "AWSTraceHeader must be text without control characters, of at most " + std::to_string(kTraceBytesMax) +
                  " bytes.",
              "AWSTraceHeader");
}

Result<void> CheckEach(const std::vector<Attribute>& attributes, std::size_t attributes_max) {
  if (attributes.size() > attributes_max) {
    return Fail(Code::kInvalidArgument, "Number of message attributes [" + std::to_string(attributes.size()) +
                                            "] exceeds the allowed maximum [" + std::to_string(attributes_max) + "].");
  }
  for (std::size_t i = 0; i < attributes.size(); ++i) {
    if (auto checked = CheckAttribute(attributes[i]); !checked) return checked;
    for (std::size_t j = 0; j < i; ++j) {
      if (attributes[j].name == attributes[i].name) {
        return Fail(Code::kInvalidArgument, "The attribute " + std::string(attributes[i].name) + " appears twice.");
      }
    }
  }
  return {};
}

}  // namespace

Result<void> CheckAttributes(const std::vector<Attribute>& attributes, std::size_t attributes_max) {
  auto checked = CheckEach(attributes, attributes_max);
  if (!checked) checked.error().about = "MessageAttributes";
  return checked;
}

Result<void> CheckBodyIsText(const Message& message) {
  if (IsText(message.body)) return {};
  return Fail(Code::kMessageInvalid,
              "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to "
              "#xFFFD | #x10000 to #x10FFFF.");
}

Result<void> CheckMessage(const Message& message, std::size_t bytes_max, std::size_t attributes_max) {
  if (message.body.empty()) return Fail(Code::kMissingArgument, "The message has no body.", "MessageBody");
  if (SizeOf(message) > bytes_max) {
    return Fail(Code::kMessageTooLarge, "Message must be shorter than " + std::to_string(bytes_max) + " bytes.");
  }
  if (auto checked = CheckId("MessageGroupId", message.group); !checked) return checked;
  if (auto checked = CheckId("MessageDeduplicationId", message.deduplication); !checked) return checked;
  if (auto checked = CheckTrace(message.trace); !checked) return checked;
  return CheckAttributes(message.attributes, attributes_max);
}

// [aws 28, 50] In a FIFO queue only the queue's own delay counts, as nothing may overtake.
Result<void> CheckDelay(const Message& message, bool fifo) {
  if (!message.delay || *message.delay == Duration::zero()) return {};
  if (fifo) {
    return Fail(Code::kInvalidArgument,
                "DelaySeconds is not valid for a message of a FIFO queue: set the delay of the queue.", "DelaySeconds");
  }
  if (*message.delay > Duration::zero() && *message.delay <= kDelayMax) return {};
  return Fail(Code::kInvalidArgument, "A message may be delayed from 0 to 15 minutes.", "DelaySeconds");
}

// [aws 84]
Result<void> CheckAttempt(std::string_view id, bool fifo) {
  static_assert(kAttemptBytesMax == kMessageGroupBytesMax);
  if (id.empty() || fifo) return CheckId("ReceiveRequestAttemptId", id);
  return Fail(Code::kInvalidArgument, "ReceiveRequestAttemptId is for FIFO queues only.", "ReceiveRequestAttemptId");
}

Result<void> CheckVisibility(Duration visibility) {
  if (visibility >= Duration::zero() && visibility <= kVisibilityMax) return {};
  return Fail(Code::kInvalidArgument, "A visibility timeout must be from 0 to 12 hours.", "VisibilityTimeout");
}

Result<void> CheckText(const Message& message, std::string_view subject) {
  // [aws 120]
  if (std::any_of(subject.begin(), subject.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; })) {
    return Fail(Code::kInvalidArgument, "A subject has no line breaks and no other control characters.");
  }
  bool text = IsUtf8(message.body) && IsUtf8(subject);
  for (const Attribute& attribute : message.attributes) {
    text = text && IsUtf8(attribute.name) && IsUtf8(attribute.type);
    if (!attribute.type.starts_with("Binary")) text = text && IsUtf8(attribute.value);
  }
  if (text) return {};
  return Fail(Code::kInvalidArgument,
              "What is published must be UTF-8 text. Put bytes into a Binary attribute, or send them to a queue.");
}

}  // namespace hub::core
