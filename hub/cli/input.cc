#include "hub/cli/input.h"

#include <sodium.h>

#include <fstream>
#include <sstream>

#include "hub/base/document.h"
#include "hub/base/duration.h"
#include "hub/base/json.h"
#include "hub/base/limits.h"

namespace hub::cli {
namespace {

// A Binary value is written as base64, everything else as it is.
Result<std::string> RawValue(std::string_view type, std::string_view text) {
  if (!type.starts_with("Binary")) return std::string(text);
  return FromBase64(text);
}

tl::unexpected<Error> BadAttribute(std::string_view name, const Node& value, std::string_view origin) {
  const std::string place = value.place.ToString();
  return Fail(Code::kInvalidArgument, (place.empty() ? std::string(origin) : place) + ": the attribute \"" +
                                          std::string(name) +
                                          "\" is neither text nor a number nor {\"type\", \"value\"}.");
}

Result<OwnedMessage::Attribute> ReadAttribute(const Member& member, std::string_view origin) {
  const Node& value = member.value;
  if (value.IsString()) return OwnedMessage::Attribute{member.key, "String", value.text};
  if (value.kind == Node::Kind::kNumber) return OwnedMessage::Attribute{member.key, "Number", value.text};
  const Node* type = value.Find("type");
  const Node* text = value.Find("value");
  if (!value.IsMap() || value.members.size() != 2 || type == nullptr || text == nullptr || !type->IsString() ||
      !text->IsScalar()) {
    return BadAttribute(member.key, value, origin);
  }
  Result<std::string> raw = RawValue(type->text, text->text);
  if (!raw) return tl::unexpected(raw.error());
  return OwnedMessage::Attribute{member.key, type->text, *std::move(raw)};
}

// The member of `message` that a key with a string for its value stands for, or null.
std::string* TextMember(std::string_view key, OwnedMessage& message) {
  if (key == "subject") return &message.subject;
  if (key == "group") return &message.group;
  if (key == "deduplication") return &message.deduplication;
  return nullptr;
}

}  // namespace

Message OwnedMessage::View() const {
  Message message{.body = body, .attributes = {}, .group = group, .deduplication = deduplication, .delay = delay};
  message.attributes.reserve(attributes.size());
  for (const Attribute& a : attributes) message.attributes.push_back({a.name, a.type, a.value});
  return message;
}

Result<OwnedMessage> ParseMessageLine(std::string_view line, std::string_view origin) {
  const Result<Node> document = ParseJson(line, origin);
  if (!document) return tl::unexpected(document.error());
  const auto fail = [&](std::string_view problem) {
    return Fail(Code::kInvalidArgument, std::string(origin) + ": " + std::string(problem));
  };
  if (!document->IsMap()) return fail("a line is an object: {\"body\": …, \"attributes\": {…}, \"subject\": \"…\"}.");

  OwnedMessage message;
  bool has_body = false;
  for (const Member& member : document->members) {
    if (member.key == "body") {
      has_body = true;
      message.body = member.value.IsString() ? member.value.text : ToJson(member.value);
    } else if (std::string* text = TextMember(member.key, message)) {
      if (!member.value.IsString()) return fail("\"" + member.key + "\" is not a string.");
      *text = member.value.text;
    } else if (member.key == "delay") {
      message.delay = member.value.IsString() ? ParseDuration(member.value.text) : std::nullopt;
      if (!message.delay) return fail("\"delay\" is not a duration, such as \"30s\".");
    } else if (member.key == "attributes") {
      if (!member.value.IsMap()) return fail("\"attributes\" is not an object.");
      for (const Member& attribute : member.value.members) {
        Result<OwnedMessage::Attribute> read = ReadAttribute(attribute, origin);
        if (!read) return tl::unexpected(read.error());
        message.attributes.push_back(*std::move(read));
      }
    } else {
      return fail("unknown key \"" + member.key +
                  "\". Known are body, attributes, subject, group, deduplication and delay.");
    }
  }
  if (!has_body) return fail("there is no \"body\".");
  return message;
}

Result<OwnedMessage::Attribute> ParseAttribute(std::string_view text) {
  const std::size_t equals = text.find('=');
  const std::string_view left = text.substr(0, equals);
  const std::size_t colon = left.find(':');
  const std::string_view name = left.substr(0, colon);
  if (equals == std::string_view::npos || name.empty()) {
    return Fail(Code::kInvalidArgument, "\"" + std::string(text) +
                                            "\" is not an attribute. Write name=value, or name:Number=5 to name the "
                                            "type.");
  }
  const std::string_view type = colon == std::string_view::npos ? "String" : left.substr(colon + 1);
  Result<std::string> value = RawValue(type, text.substr(equals + 1));
  if (!value) return tl::unexpected(value.error());
  return OwnedMessage::Attribute{std::string(name), std::string(type), *std::move(value)};
}

Result<core::Attributes> ParseResourceAttributes(std::span<const std::string> pairs) {
  core::Attributes attributes;
  for (const std::string& pair : pairs) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos || equals == 0) {
      return Fail(Code::kInvalidArgument,
                  "\"" + pair + "\" is not an attribute. Write Name=value, such as VisibilityTimeout=30.");
    }
    std::string value = pair.substr(equals + 1);
    if (value.starts_with('@')) {
      Result<std::string> text = ReadSmallFile(value.substr(1));
      if (!text) return tl::unexpected(text.error());
      value = *std::move(text);
    }
    if (!attributes.emplace(pair.substr(0, equals), std::move(value)).second) {
      return Fail(Code::kInvalidArgument, "The attribute " + pair.substr(0, equals) + " is given twice.");
    }
  }
  return attributes;
}

Result<Tags> ParseTags(std::span<const std::string> pairs) {
  Tags tags;
  for (const std::string& pair : pairs) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos || equals == 0) {
      return Fail(Code::kInvalidArgument, "\"" + pair + "\" is not a tag. Write key=value, such as team=billing.");
    }
    if (!tags.emplace(pair.substr(0, equals), pair.substr(equals + 1)).second) {
      return Fail(Code::kInvalidArgument, "The tag " + pair.substr(0, equals) + " is given twice.");
    }
  }
  return tags;
}

Result<std::optional<OwnedMessage>> MessageLines::Next() {
  std::string line;
  while (std::getline(in_, line)) {
    ++line_;
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    Result<OwnedMessage> message = ParseMessageLine(line, name_ + ", line " + std::to_string(line_));
    if (!message) return tl::unexpected(message.error());
    return *std::move(message);
  }
  return std::nullopt;
}

Result<std::string> ReadSmallFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string text(kDocumentBytesMax + 1, '\0');
  if (in) in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!in.is_open() || in.bad()) return Fail(Code::kInvalidArgument, "Cannot read " + path + ".");
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > kDocumentBytesMax) return Fail(Code::kInvalidArgument, path + " is larger than 1 MiB.");
  return text;
}

Result<std::string> ReadSecretFile(const std::string& path) {
  Result<std::string> text = ReadSmallFile(path);
  if (!text) return text;
  while (!text->empty() && (text->back() == '\n' || text->back() == '\r')) text->pop_back();
  if (text->empty()) return Fail(Code::kInvalidArgument, path + " is empty.");
  return text;
}

std::string ToBase64(std::string_view raw) {
  std::string out(sodium_base64_ENCODED_LEN(raw.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(out.data(), out.size(), reinterpret_cast<const unsigned char*>(raw.data()), raw.size(),
                    sodium_base64_VARIANT_ORIGINAL);
  out.pop_back();  // The terminating zero.
  return out;
}

Result<std::string> FromBase64(std::string_view text) {
  std::string out(text.size() / 4 * 3 + 3, '\0');
  std::size_t size = 0;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(out.data()), out.size(), text.data(), text.size(), nullptr,
                        &size, nullptr, sodium_base64_VARIANT_ORIGINAL) != 0) {
    return Fail(Code::kInvalidArgument, "\"" + std::string(text) + "\" is not base64.");
  }
  out.resize(size);
  return out;
}

Result<Duration> ParseDurationOption(std::string_view option, std::string_view text) {
  if (const auto duration = ParseDuration(text)) return *duration;
  return Fail(Code::kInvalidArgument, std::string(option) + ": \"" + std::string(text) +
                                          "\" is not a duration. Write a whole number and a unit (ms, s, m, h, d), "
                                          "such as 30s.");
}

}  // namespace hub::cli
