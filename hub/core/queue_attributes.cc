// The attributes of a queue.

#include <algorithm>
#include <charconv>

#include "hub/base/json.h"
#include "hub/core/attribute_rules.h"

namespace hub::core {
namespace {

constexpr std::string_view kFifoQueue = "FifoQueue";
constexpr std::string_view kKmsKey = "KmsMasterKeyId";
constexpr std::string_view kKmsReuse = "KmsDataKeyReusePeriodSeconds";
constexpr std::string_view kManagedSse = "SqsManagedSseEnabled";

Result<std::int64_t> ReadNumber(std::string_view name, std::string_view text, std::int64_t low, std::int64_t high) {
  std::int64_t value = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || rest != text.data() + text.size() || value < low || value > high) {
    return Fail(Code::kInvalidArgument, std::string(name) + " must be a whole number from " + std::to_string(low) +
                                            " to " + std::to_string(high) + ", not \"" + std::string(text) + "\".");
  }
  return value;
}

std::int64_t Seconds(Duration duration) { return std::chrono::duration_cast<std::chrono::seconds>(duration).count(); }

// One numeric attribute: where it goes and how far it may go. A null target is a size in bytes.
struct NumberRule {
  std::string_view name;
  std::int64_t low;
  std::int64_t high;
  Duration QueueSettings::*seconds;
};

const NumberRule kNumberRules[] = {
    {"VisibilityTimeout", 0, Seconds(kVisibilityMax), &QueueSettings::visibility_timeout},
    {"MessageRetentionPeriod", Seconds(kRetentionMin), Seconds(kRetentionMax), &QueueSettings::retention},
    {"DelaySeconds", 0, Seconds(kDelayMax), &QueueSettings::delay},
    {"ReceiveMessageWaitTimeSeconds", 0, Seconds(kWaitMax), &QueueSettings::wait},
    {"MaximumMessageSize", kMessageBytesMin, kMessageBytesMax, nullptr},
};

const ChoiceRule kChoices[] = {
    {kByContent, "false", "true", &FifoSettings::by_content},
    {"DeduplicationScope", "queue", "messageGroup", &FifoSettings::by_group},
    {"FifoThroughputLimit", "perQueue", "perMessageGroupId", &FifoSettings::high_throughput},
};

// In SQS's words.
tl::unexpected<Error> WrongRedrive(std::string_view text, const std::string& reason) {
  return Fail(Code::kInvalidArgument,
              "Value " + std::string(text) + " for parameter RedrivePolicy is invalid. Reason: " + reason);
}

Result<void> ReadRedrive(std::string_view text, QueueSettings& settings) {
  auto document = ParseJson(text, "");
  if (!document) return tl::unexpected(document.error());
  if (!document->IsMap()) return WrongRedrive(text, "Redrive policy is not a valid JSON map.");
  const Node* target = document->Find("deadLetterTargetArn");
  const Node* count = document->Find("maxReceiveCount");
  for (const auto& [name, node] : {std::pair("deadLetterTargetArn", target), std::pair("maxReceiveCount", count)}) {
    if (!node) {
      return WrongRedrive(text, std::string("Redrive policy does not contain mandatory attribute: ") + name + ".");
    }
  }
  if (!target->IsString() || !target->text.starts_with("arn:") ||
      !ParseResourceName(Kind::kQueue, target->text, "", "")) {
    return WrongRedrive(text, "Invalid value for deadLetterTargetArn.");
  }
  auto receives = count->IsScalar() ? ReadNumber("maxReceiveCount", count->text, 1, kReceivesBeforeDeadLetterMax)
                                    : Fail(Code::kInvalidArgument, "");
  if (!receives) {
    return WrongRedrive(text, "Invalid value for maxReceiveCount: " + (count->IsScalar() ? count->text : "it") +
                                  ", valid values are from 1 to " + std::to_string(kReceivesBeforeDeadLetterMax) +
                                  " both inclusive.");
  }
  settings.dead_letter_queue = target->text;
  settings.receives_max = static_cast<std::uint32_t>(*receives);
  return {};
}

constexpr const char* kPermissions[] = {"allowAll", "denyAll", "byQueue"};  // By RedriveAllow::Permission.

Result<void> ReadRedriveAllow(std::string_view text, QueueSettings& settings) {
  const auto wrong = Fail(Code::kInvalidArgument,
                          "RedriveAllowPolicy must be {\"redrivePermission\": allowAll, denyAll or byQueue}, with "
                          "byQueue also \"sourceQueueArns\": a list of 1 to " +
                              std::to_string(kRedriveSourcesMax) + " ARNs of queues, not " + std::string(text) + ".");
  auto document = ParseJson(text, "");
  if (!document) return tl::unexpected(document.error());
  const Node* permission = document->Find("redrivePermission");
  const Node* sources = document->Find("sourceQueueArns");
  if (!document->IsMap() || !permission || !permission->IsString()) return wrong;
  const auto* const known = std::find(std::begin(kPermissions), std::end(kPermissions), permission->text);
  if (known == std::end(kPermissions) || document->members.size() != (sources ? 2u : 1u)) return wrong;
  RedriveAllow allow;
  allow.permission = static_cast<RedriveAllow::Permission>(known - std::begin(kPermissions));
  if ((allow.permission == RedriveAllow::Permission::kByQueue) != (sources != nullptr)) {
    return Fail(Code::kInvalidArgument, wrong.value().message, "RedriveAllowPolicy");
  }
  if (sources && (!sources->IsList() || sources->items.empty() || sources->items.size() > kRedriveSourcesMax)) {
    return wrong;
  }
  for (const Node& source : sources ? sources->items : std::vector<Node>()) {
    if (!source.IsString() || !source.text.starts_with("arn:")) return wrong;
    if (!ParseResourceName(Kind::kQueue, source.text, "", "")) return wrong;
    allow.queues.push_back(source.text);
  }
  settings.redrive_allow = std::move(allow);
  return {};
}

tl::unexpected<Error> Unknown(std::string_view name) {
  return Fail(Code::kAttributeUnknown, "Unknown Attribute " + std::string(name) + ".", std::string(name));
}

// [aws 20 to 22] The name says whether it is a FIFO queue, and the attribute says it once more.
Result<void> CheckQueueKind(const Attributes& attributes, const std::string& name, const FifoSettings& fifo) {
  if (fifo.on != IsFifoName(name)) {
    if (attributes.contains(kFifoQueue) && !fifo.on && !IsFifoName(name)) return Unknown(kFifoQueue);
    return Fail(Code::kInvalidArgument,
                fifo.on ? "FifoQueue needs a name that ends in .fifo, unlike \"" + name + "\"."
                        : "\"" + name + "\" is a FIFO name: set FifoQueue to true.",
                "QueueName");
  }
  if (fifo.on) return {};
  if (attributes.contains(kFifoQueue)) return Unknown(kFifoQueue);
  if (attributes.contains(kByContent)) return Unknown(kByContent);
  for (const ChoiceRule& rule : kChoices) {
    if (!attributes.contains(rule.name)) continue;
    const std::string attribute(rule.name);
    return Fail(Code::kAttributeUnknown, "You can specify the " + attribute + " only when FifoQueue is set to true.",
                attribute);
  }
  return {};
}

// [aws 31] Who keeps the keys that a queue is encrypted with. Kept and told; the hub itself goes by none of it.
Result<bool> ReadEncryption(const std::string& name, const std::string& value) {
  if (name == kKmsReuse) {
    auto seconds = ReadNumber(name, value, Seconds(kKmsReuseMin), Seconds(kKmsReuseMax));
    if (!seconds) return tl::unexpected(seconds.error());
  } else if (name == kManagedSse && value != "true" && value != "false") {
    return Fail(Code::kInvalidArgument, name + " must be true or false, not \"" + value + "\".");
  }
  return name == kKmsKey || name == kKmsReuse || name == kManagedSse;
}

Result<void> CheckEncryption(const Attributes& attributes) {
  const auto managed = attributes.find(kManagedSse);
  if (!attributes.contains(kKmsKey) || managed == attributes.end() || managed->second != "true") return {};
  return Fail(Code::kAttributeUnknown,
              "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS "
              "SSE.",
              std::string(kManagedSse));
}

Result<void> ReadQueueAttribute(const std::string& name, const std::string& value, const std::string& label,
                                QueueSettings& settings) {
  for (const NumberRule& rule : kNumberRules) {
    if (rule.name != name) continue;
    auto number = ReadNumber(name, value, rule.low, rule.high);
    if (!number) return tl::unexpected(number.error());
    if (rule.seconds) {
      settings.*rule.seconds = std::chrono::seconds(*number);
    } else {
      settings.message_bytes_max = static_cast<std::size_t>(*number);
    }
    return {};
  }
  if (name == "RedrivePolicy") return ReadRedrive(value, settings);
  if (name == "RedriveAllowPolicy") return ReadRedriveAllow(value, settings);
  if (name == "Policy") {
    auto policy = ReadPolicy(value, label);
    if (!policy) return tl::unexpected(policy.error());
    settings.policy = std::move(*policy);
    return {};
  }
  if (name == kFifoQueue && value == "false") return {};  // See CheckQueueKind.
  auto fifo = ReadFifo(kFifoQueue, kChoices, name, value, settings.fifo);
  if (!fifo) return tl::unexpected(fifo.error());
  if (*fifo) return {};
  auto encryption = ReadEncryption(name, value);
  if (!encryption) return tl::unexpected(encryption.error());
  return *encryption ? Result<void>() : Unknown(name);
}

}  // namespace

Result<QueueSettings> ReadQueueAttributes(const Attributes& attributes, std::size_t message_bytes_default,
                                          const std::string& name) {
  QueueSettings settings;
  settings.message_bytes_max = message_bytes_default;
  for (const auto& [attribute, value] : attributes) {
    auto read = ReadQueueAttribute(attribute, value, "queue " + name, settings);
    if (read) continue;
    // SQS tells a value that is none from one that does not go with another.
    if (read.error().code != Code::kInvalidArgument || !read.error().about.empty()) return tl::unexpected(read.error());
    return Fail(Code::kAttributeInvalid, std::move(read.error().message), attribute);
  }
  if (auto checked = CheckQueueKind(attributes, name, settings.fifo); !checked) {
    return tl::unexpected(checked.error());
  }
  if (settings.fifo.high_throughput && !settings.fifo.by_group) {
    return Fail(Code::kAttributeInvalid, "FifoThroughputLimit perMessageGroupId needs DeduplicationScope messageGroup.",
                "FifoThroughputLimit");
  }
  if (auto checked = CheckEncryption(attributes); !checked) return tl::unexpected(checked.error());
  return settings;
}

Result<void> CheckRedriveAllowed(const RedriveAllow& allow, const std::string& dead_letter_queue,
                                 const std::string& source) {
  if (allow.permission == RedriveAllow::Permission::kAll) return {};
  const bool listed = std::find(allow.queues.begin(), allow.queues.end(), source) != allow.queues.end();
  if (allow.permission == RedriveAllow::Permission::kByQueue && listed) return {};
  return Fail(Code::kInvalidArgument,
              "The RedriveAllowPolicy of " + dead_letter_queue + " does not let " + source +
                  " have it as its dead-letter queue.",
              "RedrivePolicy");
}

// [aws 33] A count that is written as a string becomes a number; the text stays as it is otherwise.
void NormaliseRedrive(Attributes& attributes) {
  const auto redrive = attributes.find("RedrivePolicy");
  if (redrive == attributes.end() || redrive->second.empty()) return;
  std::string& text = redrive->second;
  const auto document = ParseJson(text, "");
  const Node* count = document && document->IsMap() ? document->Find("maxReceiveCount") : nullptr;
  if (!count || !count->IsString()) return;  // ReadQueueAttributes says what is wrong with it.
  if (!ReadNumber("maxReceiveCount", count->text, 1, kReceivesBeforeDeadLetterMax)) return;
  constexpr std::string_view kKey = "\"maxReceiveCount\"";
  constexpr const char* kSpace = " \t\r\n";
  const std::size_t key = text.find(kKey);
  const std::size_t colon = key == std::string::npos ? key : text.find_first_not_of(kSpace, key + kKey.size());
  const std::size_t from = colon == std::string::npos ? colon : text.find_first_not_of(kSpace, colon + 1);
  const std::string quoted = '"' + count->text + '"';
  if (from == std::string::npos || text[colon] != ':' || text.compare(from, quoted.size(), quoted) != 0) return;
  text.replace(from, quoted.size(), count->text);
}

Attributes InForce(Attributes attributes, const QueueSettings& settings) {
  const auto seconds = [](Duration duration) { return std::to_string(Seconds(duration)); };
  attributes.emplace("VisibilityTimeout", seconds(settings.visibility_timeout));
  attributes.emplace("MessageRetentionPeriod", seconds(settings.retention));
  attributes.emplace("DelaySeconds", seconds(settings.delay));
  attributes.emplace("ReceiveMessageWaitTimeSeconds", seconds(settings.wait));
  attributes.emplace("MaximumMessageSize", std::to_string(settings.message_bytes_max));
  attributes.emplace(kManagedSse, attributes.contains(kKmsKey) ? "false" : "true");
  if (settings.fifo.on) {
    attributes.emplace(kByContent, "false");
    attributes.emplace("DeduplicationScope", "queue");
    attributes.emplace("FifoThroughputLimit", "perQueue");
  }
  return attributes;
}

Attributes MergeOfQueue(Attributes current, const Attributes& changes) {
  current = Merge(std::move(current), changes);
  const auto key = changes.find(kKmsKey);
  const auto managed = changes.find(kManagedSse);
  if (key != changes.end() && key->second.empty()) {
    current.erase(std::string(kKmsReuse));
  } else if (key != changes.end() && managed == changes.end()) {
    current.insert_or_assign(std::string(kManagedSse), "false");
  } else if (key == changes.end() && managed != changes.end() && managed->second == "true") {
    current.erase(std::string(kKmsKey));
    current.erase(std::string(kKmsReuse));
  }
  return current;
}

}  // namespace hub::core
