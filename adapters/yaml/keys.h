// The keys of queues, topics and subscriptions and the attributes that they stand for: one table, by which a file is
// read and written.
//
// A new attribute is a line here; one with a form of its own also needs a reader and a writer (write_config.cc). What
// has no line cannot be exported, and an export that meets it says so.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/yaml/section.h"
#include "hub/base/document.h"

namespace adapters::yaml {

using Attributes = std::map<std::string, std::string, std::less<>>;

enum class Form : std::uint8_t {
  kSeconds,       // "30s"; the attribute is a number.
  kSize,          // "256KiB"; the attribute is a number.
  kBool,          // true; the attribute is "true".
  kText,          // The attribute as it is.
  kWord,          // One of `words`.
  kPolicy,        // A policy, verbatim.
  kFilter,        // A filter policy, verbatim.
  kDeadLetter,    // {queue: NAME, after: COUNT}
  kRedriveAllow,  // all, none or a list of queues.
  kByName,        // No key: the name ends in .fifo, or does not.
};

struct Word {
  std::string_view word;   // In the file.
  std::string_view value;  // Of the attribute.
};

struct AttributeKey {
  std::string_view key;
  std::string_view attribute;
  Form form;
  std::uint64_t min = 0;  // Seconds or bytes.
  std::uint64_t max = 0;
  bool is_for_fifo = false;
  std::vector<Word> words = {};
};

enum class Owner : std::uint8_t { kQueue, kTopic, kSubscription };

std::span<const AttributeKey> KeysOf(Owner owner);

// The line of an attribute, or null.
const AttributeKey* FindKey(Owner owner, std::string_view attribute);

// Reads every key of the section that stands for an attribute by itself. Those with a form of their own (policies,
// filters, dead letters) are left to their readers. `name` is of the queue or topic, "" for a subscription: keys of
// FIFO queues and topics are mistakes elsewhere.
void ReadAttributes(Section& section, Owner owner, const std::string& name, Attributes& attributes);

// The value of such a key for the attribute's value; nothing when the file cannot say it.
std::optional<hub::Node> WriteAttribute(const AttributeKey& key, const std::string& value);

}  // namespace adapters::yaml
