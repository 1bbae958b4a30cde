// The attributes of a topic.

#include <algorithm>
#include <charconv>
#include <utility>

#include "hub/base/arn.h"
#include "hub/base/json.h"
#include "hub/base/text.h"
#include "hub/core/attribute_rules.h"

namespace hub::core {
namespace {

constexpr std::string_view kFifoTopic = "FifoTopic";

const ChoiceRule kFifoChoices[] = {
    {kByContent, "false", "true", &FifoSettings::by_content},
    {"FifoThroughputScope", "Topic", "MessageGroup", &FifoSettings::by_group},
};

tl::unexpected<Error> Refuse(const std::string& name, const std::string& why) {
  return Fail(Code::kInvalidArgument, name + ": " + why, name);
}

bool IsNumber(std::string_view text, int low, int high) {
  int number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && rest == text.data() + text.size() && number >= low && number <= high;
}

// See CheckDisplayName.
Result<void> CheckNothing(const std::string&, const std::string&) { return {}; }

Result<void> CheckKey(const std::string& name, const std::string& value) {
  if (IsUtf8(value) && value.size() <= kKeyIdBytesMax) return {};
  return Refuse(name, "it must be the id, ARN or alias of a key.");
}

Result<void> CheckArchive(const std::string& name, const std::string& value) {
  const auto wrong = Refuse(name, R"(it must be {"MessageRetentionPeriod": a number of days from 1 to 365}.)");
  const auto document = ParseJson(value, "");
  if (!document || !document->IsMap()) return wrong;
  if (document->members.empty()) return {};
  const Node* days = document->Find("MessageRetentionPeriod");
  const bool is_only = days && days->IsScalar() && document->members.size() == 1;
  return is_only && IsNumber(days->text, 1, kArchiveDaysMax) ? Result<void>() : wrong;
}

// Of a policy that CheckArchive admits.
Duration ArchiveOf(const std::string& value) {
  const auto document = ParseJson(value, "");
  const Node* days = document ? document->Find("MessageRetentionPeriod") : nullptr;
  return days ? std::chrono::days(std::stoi(days->text)) : Duration::zero();
}

// A data protection policy. Its statements may say anything.
Result<void> CheckDataProtection(const std::string& name, const std::string& value) {
  if (CharactersIn(value) > kDataProtectionCharactersMax) {
    return Refuse(name, "it may have at most " + std::to_string(kDataProtectionCharactersMax) + " characters.");
  }
  const auto document = ParseJson(value, "");
  if (!document) return Refuse(name, document.error().message);
  const Node* title = document->Find("Name");
  const Node* version = document->Find("Version");
  const Node* statements = document->Find("Statement");
  if (document->IsMap() && title && title->IsString() && version && version->text == "2021-06-01" && statements &&
      statements->IsList()) {
    return {};
  }
  return Refuse(name, R"(it must be a JSON object with Name, Version "2021-06-01" and Statement, a list.)");
}

// What SNS would write of deliveries to whom, and as who.
Result<bool> ReadFeedback(const std::string& name, const std::string& value) {
  for (const std::string_view to : {"HTTP", "Firehose", "Lambda", "SQS", "Application"}) {
    if (!name.starts_with(to)) continue;
    const std::string_view rest = std::string_view(name).substr(to.size());
    if (rest == "SuccessFeedbackSampleRate") {
      if (IsNumber(value, 0, 100)) return true;
      return Refuse(name, value + " value provided is not an integer between 0-100");
    }
    if (rest == "SuccessFeedbackRoleArn" || rest == "FailureFeedbackRoleArn") {
      if (IsRoleArn(value)) return true;
      return Refuse(name, "it must be the ARN of a role, not \"" + value + "\".");
    }
  }
  return false;
}

// One of two values, kept and told.
struct KeptRule {
  std::string_view name;
  std::string_view usual;
  std::string_view other;
};

constexpr KeptRule kKept[] = {
    {"TracingConfig", "PassThrough", "Active"},
    {"SignatureVersion", "1", "2"},
};

struct CheckRule {
  std::string_view name;
  Result<void> (*check)(const std::string& name, const std::string& value);
  bool fifo_only = false;
};

const CheckRule kChecks[] = {
    {"DisplayName", CheckNothing},
    {"KmsMasterKeyId", CheckKey},
    {"ArchivePolicy", CheckArchive, /*fifo_only=*/true},
    {kDataProtectionPolicy, CheckDataProtection},
};

// Of those that decide nothing about its queues: whether `name` is one of them.
Result<bool> ReadKept(const std::string& name, const std::string& value, bool is_fifo, TopicSettings& settings) {
  if (name == "DeliveryPolicy") {
    auto policy = topics::ParseTopicDeliveryPolicy(value);
    if (!policy) return tl::unexpected(policy.error());
    settings.delivery = *std::move(policy);
    return true;
  }
  for (const KeptRule& rule : kKept) {
    if (rule.name != name) continue;
    if (name == "SignatureVersion") settings.signs_by_sha256 = value == "2";
    if (value == rule.usual || value == rule.other) return true;
    return Refuse(
        name, "it must be " + std::string(rule.usual) + " or " + std::string(rule.other) + ", not \"" + value + "\".");
  }
  for (const CheckRule& rule : kChecks) {
    if (rule.name != name) continue;
    if (rule.fifo_only && !is_fifo) return Refuse(name, "it is for FIFO topics only.");
    auto checked = rule.check(name, value);
    if (checked && name == "ArchivePolicy") settings.archive = ArchiveOf(value);
    return checked ? Result<bool>(true) : tl::unexpected(checked.error());
  }
  return ReadFeedback(name, value);
}

// [aws 107] The name says which kind it is, and the attribute says it once more.
Result<void> CheckKind(const Attributes& attributes, const std::string& name, const FifoSettings& fifo) {
  if (fifo.on == IsFifoName(name)) {
    for (const ChoiceRule& rule : kFifoChoices) {
      if (fifo.on || !attributes.contains(rule.name)) continue;
      return Fail(Code::kInvalidArgument, "You can specify the " + std::string(rule.name) + " only when " +
                                              std::string(kFifoTopic) +
                                              " is set to true: it is for FIFO queues and topics only.");
    }
    return {};
  }
  return Fail(Code::kInvalidArgument,
              fifo.on ? std::string(kFifoTopic) + " needs a name that ends in .fifo, unlike \"" + name + "\"."
                      : "\"" + name + "\" is a FIFO name: set " + std::string(kFifoTopic) + " to true.");
}

}  // namespace

bool IsRoleArn(std::string_view text) {
  const auto arn = ParseArn(text);
  return arn && arn->service == "iam" && arn->resource.starts_with("role/");
}

Result<TopicSettings> ReadTopicAttributes(const Attributes& attributes, const std::string& name) {
  TopicSettings settings;
  for (const auto& [attribute, value] : attributes) {
    if (attribute == "Policy") {
      auto policy = ReadPolicy(value, "topic " + name);
      if (!policy) return About(attribute, std::move(policy.error()));
      settings.policy = std::move(*policy);
      continue;
    }
    auto known = ReadKept(attribute, value, IsFifoName(name), settings);
    if (known && !*known) known = ReadFifo(kFifoTopic, kFifoChoices, attribute, value, settings.fifo);
    if (!known) return About(attribute, std::move(known.error()));
    if (!*known) return UnknownAttribute(attribute);
  }
  if (auto checked = CheckKind(attributes, name, settings.fifo); !checked) {
    return tl::unexpected(checked.error());
  }
  return settings;
}

Result<void> CheckDisplayName(const Attributes& changes) {
  const auto found = changes.find("DisplayName");
  if (found == changes.end()) return {};
  if (IsUtf8(found->second) && CharactersIn(found->second) <= kDisplayNameCharactersMax) return {};
  return Refuse(found->first,
                "it must be text of at most " + std::to_string(kDisplayNameCharactersMax) + " characters.");
}

std::string_view DefaultOfTopic(std::string_view name) {
  for (const KeptRule& rule : kKept) {
    if (rule.name == name) return rule.usual;
  }
  if (name == "FifoTopic" || name == "ContentBasedDeduplication") return "false";
  return name == "FifoThroughputScope" ? "Topic" : "";
}

}  // namespace hub::core
