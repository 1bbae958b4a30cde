// What a person or a file gives the command line: messages as JSON lines, attributes as name=value, handles as base64.
#pragma once

#include <istream>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/message.h"
#include "hub/base/result.h"
#include "hub/base/time.h"
#include "hub/core/command.h"

namespace hub::cli {

// A message that owns its bytes, unlike hub::Message.
struct OwnedMessage {
  struct Attribute {
    std::string name;
    std::string type;
    std::string value;  // Raw bytes, also of a Binary attribute.
  };

  std::string body;
  std::string subject;
  std::vector<Attribute> attributes;
  std::string group = {};
  std::string deduplication = {};
  std::optional<Duration> delay = {};

  // Valid as long as this message is neither changed nor moved.
  Message View() const;
};

// One line of a .jsonl file:
//
//   {"body": <any JSON>, "attributes": {"name": "text" | 5 | {"type": "Binary", "value": "<base64>"}}, "subject": "…",
//    "group": "…", "deduplication": "…", "delay": "30s"}
//
// All but the body may be missing. A body that is a string is sent as it is, anything else as compact JSON. `origin`
// names the line in messages.
[[nodiscard]] Result<OwnedMessage> ParseMessageLine(std::string_view line, std::string_view origin);

// "colour=red" is a String attribute, "amount:Number=5" names its type. A Binary value is base64.
[[nodiscard]] Result<OwnedMessage::Attribute> ParseAttribute(std::string_view text);

// "VisibilityTimeout=30" pairs as attributes of a resource. "Policy=@policy.json" takes the value from a file.
[[nodiscard]] Result<core::Attributes> ParseResourceAttributes(std::span<const std::string> pairs);

// "team=billing" pairs as tags; a key may be there once.
[[nodiscard]] Result<Tags> ParseTags(std::span<const std::string> pairs);

// Reads the messages of a .jsonl stream one by one. Empty lines are skipped; a bad line ends the reading.
class MessageLines {
 public:
  // `name` stands for the stream in messages. The stream must outlive this.
  MessageLines(std::istream& in, std::string name) : in_(in), name_(std::move(name)) {}

  // The next message, or nothing at the end.
  [[nodiscard]] Result<std::optional<OwnedMessage>> Next();

 private:
  std::istream& in_;
  std::string name_;
  std::size_t line_ = 0;
};

// The whole of a small file, such as a key, a password or a policy. At most kDocumentBytesMax.
[[nodiscard]] Result<std::string> ReadSmallFile(const std::string& path);

// ReadSmallFile without the line break at the end.
[[nodiscard]] Result<std::string> ReadSecretFile(const std::string& path);

// RFC 4648 with padding; never begins with '-', so that a handle can be an argument.
std::string ToBase64(std::string_view raw);
[[nodiscard]] Result<std::string> FromBase64(std::string_view text);

// "30s", "500ms".
[[nodiscard]] Result<Duration> ParseDurationOption(std::string_view option, std::string_view text);

}  // namespace hub::cli
