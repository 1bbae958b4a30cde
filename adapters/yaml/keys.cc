#include "adapters/yaml/keys.h"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "hub/base/duration.h"
#include "hub/base/limits.h"
#include "hub/base/names.h"

namespace adapters::yaml {
namespace {

using hub::Node;

constexpr std::uint64_t Seconds(hub::Duration duration) {
  return static_cast<std::uint64_t>(duration / std::chrono::seconds(1));
}

// clang-format off
const std::vector<AttributeKey>& QueueKeys() {
  static const std::vector<AttributeKey> kKeys = {
      {"visibility",   "VisibilityTimeout",             Form::kSeconds, 0, Seconds(hub::kVisibilityMax)},
      {"retention",    "MessageRetentionPeriod",        Form::kSeconds, Seconds(hub::kRetentionMin), Seconds(hub::kRetentionMax)},
      {"delay",        "DelaySeconds",                  Form::kSeconds, 0, Seconds(hub::kDelayMax)},
      {"wait",         "ReceiveMessageWaitTimeSeconds", Form::kSeconds, 0, Seconds(hub::kWaitMax)},
      {"message_size", "MaximumMessageSize",            Form::kSize, hub::kMessageBytesMin, hub::kMessageBytesMax},
      {"",             "FifoQueue",                     Form::kByName},
      {"content_based_deduplication", "ContentBasedDeduplication", Form::kBool, 0, 0, true},
      {"deduplication_scope",   "DeduplicationScope",   Form::kWord, 0, 0, true,
       {{"queue", "queue"}, {"message_group", "messageGroup"}}},
      {"fifo_throughput_limit", "FifoThroughputLimit",  Form::kWord, 0, 0, true,
       {{"queue", "perQueue"}, {"message_group", "perMessageGroupId"}}},
      {"dead_letter",  "RedrivePolicy",                 Form::kDeadLetter},
      {"redrive_allow", "RedriveAllowPolicy",           Form::kRedriveAllow},
      {"kms_key",       "KmsMasterKeyId",               Form::kText},
      {"kms_key_reuse", "KmsDataKeyReusePeriodSeconds", Form::kSeconds, Seconds(hub::kKmsReuseMin), Seconds(hub::kKmsReuseMax)},
      {"managed_sse",   "SqsManagedSseEnabled",         Form::kBool},
      {"policy",       "Policy",                        Form::kPolicy},
  };
  return kKeys;
}

const std::vector<AttributeKey>& TopicKeys() {
  static const std::vector<AttributeKey> kKeys = {
      {"display_name", "DisplayName", Form::kText},
      {"",             "FifoTopic",   Form::kByName},
      {"content_based_deduplication", "ContentBasedDeduplication", Form::kBool, 0, 0, true},
      {"deduplication_scope", "FifoThroughputScope", Form::kWord, 0, 0, true,
       {{"topic", "Topic"}, {"message_group", "MessageGroup"}}},
      {"policy",       "Policy",      Form::kPolicy},
  };
  return kKeys;
}

const std::vector<AttributeKey>& SubscriptionKeys() {
  static const std::vector<AttributeKey> kKeys = {
      {"filter",    "FilterPolicy",       Form::kFilter},
      {"filter_on", "FilterPolicyScope",  Form::kWord, 0, 0, false,
       {{"attributes", "MessageAttributes"}, {"body", "MessageBody"}}},
      {"raw",       "RawMessageDelivery", Form::kBool},
      {"dead_letter", "RedrivePolicy",    Form::kDeadLetter},
  };
  return kKeys;
}
// clang-format on

void RefuseForStandard(Section& section, const AttributeKey& key, Owner owner, const std::string& name) {
  if (section.Take(key.key) == nullptr) return;
  const std::string word = owner == Owner::kQueue ? "queue" : "topic";
  section.Wrong(key.key, " is for FIFO " + word + "s only, whose names end in .fifo. Take it away, or name the " +
                             word + " " + name + ".fifo.");
}

std::optional<std::string> ReadAttribute(Section& section, const AttributeKey& key) {
  switch (key.form) {
    case Form::kSeconds: {
      const auto duration = section.WholeSeconds(key.key, std::chrono::seconds(key.min), std::chrono::seconds(key.max));
      if (duration) return std::to_string(*duration / std::chrono::seconds(1));
      return std::nullopt;
    }
    case Form::kSize: {
      const auto size = section.Size(key.key, key.min, key.max);
      if (size) return std::to_string(*size);
      return std::nullopt;
    }
    case Form::kBool: {
      const auto value = section.Bool(key.key);
      if (value) return *value ? "true" : "false";
      return std::nullopt;
    }
    case Form::kText: return section.Text(key.key);
    case Form::kWord: {
      std::vector<std::string> words;
      for (const Word& word : key.words) words.emplace_back(word.word);
      const auto index = section.Word(key.key, words);
      if (index) return std::string(key.words[*index].value);
      return std::nullopt;
    }
    case Form::kPolicy:
    case Form::kFilter:
    case Form::kDeadLetter:
    case Form::kRedriveAllow:
    case Form::kByName: return std::nullopt;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> WholeNumber(const std::string& text) {
  std::uint64_t number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || rest != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

std::span<const AttributeKey> KeysOf(Owner owner) {
  switch (owner) {
    case Owner::kQueue: return QueueKeys();
    case Owner::kTopic: return TopicKeys();
    case Owner::kSubscription: return SubscriptionKeys();
  }
  return {};
}

const AttributeKey* FindKey(Owner owner, std::string_view attribute) {
  const auto keys = KeysOf(owner);
  const auto found = std::ranges::find(keys, attribute, &AttributeKey::attribute);
  return found == keys.end() ? nullptr : &*found;
}

void ReadAttributes(Section& section, Owner owner, const std::string& name, Attributes& attributes) {
  const bool is_fifo = hub::IsFifoName(name);
  for (const AttributeKey& key : KeysOf(owner)) {
    if (key.is_for_fifo && !is_fifo) {
      RefuseForStandard(section, key, owner, name);
    } else if (key.form == Form::kByName) {
      if (is_fifo) attributes[std::string(key.attribute)] = "true";
    } else if (auto value = ReadAttribute(section, key)) {
      attributes[std::string(key.attribute)] = *std::move(value);
    }
  }
}

std::optional<Node> WriteAttribute(const AttributeKey& key, const std::string& value) {
  switch (key.form) {
    case Form::kSeconds:
    case Form::kSize: {
      const auto number = WholeNumber(value);
      if (!number || *number < key.min || *number > key.max) return std::nullopt;
      if (key.form == Form::kSize) return Node::String(FormatSize(*number));
      return Node::String(hub::Format(std::chrono::seconds(*number)));
    }
    case Form::kBool: {
      if (value != "true" && value != "false") return std::nullopt;
      Node node;
      node.kind = Node::Kind::kBool;
      node.text = value;
      return node;
    }
    case Form::kText: return Node::String(value);
    case Form::kWord: {
      const auto word = std::ranges::find(key.words, value, &Word::value);
      if (word == key.words.end()) return std::nullopt;
      return Node::String(word->word);
    }
    case Form::kPolicy:
    case Form::kFilter:
    case Form::kDeadLetter:
    case Form::kRedriveAllow:
    case Form::kByName: return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace adapters::yaml
