#include "hub/core/attributes.h"

#include <algorithm>
#include <charconv>
#include <span>

#include "hub/base/json.h"
#include "hub/core/topic_attributes.h"
#include "hub/policy/dates.h"

namespace hub::core {
namespace {

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

// An attribute of FIFO queues or topics with two values.
struct ChoiceRule {
  std::string_view name;
  std::string_view no;
  std::string_view yes;
  bool FifoSettings::*choice;
};

constexpr std::string_view kFifoQueue = "FifoQueue";
constexpr std::string_view kByContent = "ContentBasedDeduplication";
constexpr std::string_view kKmsKey = "KmsMasterKeyId";
constexpr std::string_view kKmsReuse = "KmsDataKeyReusePeriodSeconds";
constexpr std::string_view kManagedSse = "SqsManagedSseEnabled";
constexpr std::string_view kFifoTopic = "FifoTopic";

const ChoiceRule kQueueChoices[] = {
    {kByContent, "false", "true", &FifoSettings::by_content},
    {"DeduplicationScope", "queue", "messageGroup", &FifoSettings::by_group},
    {"FifoThroughputLimit", "perQueue", "perMessageGroupId", &FifoSettings::high_throughput},
};
const ChoiceRule kTopicChoices[] = {
    {kByContent, "false", "true", &FifoSettings::by_content},
    {"FifoThroughputScope", "Topic", "MessageGroup", &FifoSettings::by_group},
};

// Whether `name` is an attribute of FIFO queues or topics; its value is set then. `kind` is the one that says so.
Result<bool> ReadFifo(std::string_view kind, std::span<const ChoiceRule> rules, const std::string& name,
                      const std::string& value, FifoSettings& fifo) {
  if (name == kind) {
    fifo.on = value == "true";
    if (fifo.on) return true;
    return Fail(Code::kInvalidArgument, name + " must be true, or left out where the order does not matter.");
  }
  for (const ChoiceRule& rule : rules) {
    if (rule.name != name) continue;
    if (value != rule.no && value != rule.yes) {
      return Fail(Code::kInvalidArgument, name + " must be " + std::string(rule.no) + " or " + std::string(rule.yes) +
                                              ", not \"" + value + "\".");
    }
    fifo.*rule.choice = value == rule.yes;
    return true;
  }
  return false;
}

// [aws 107] The name says which kind it is, and the attribute says it once more.
Result<void> CheckFifo(std::string_view kind, std::span<const ChoiceRule> rules, const Attributes& attributes,
                       const std::string& name, const FifoSettings& fifo) {
  if (fifo.on == IsFifoName(name)) {
    for (const ChoiceRule& rule : rules) {
      if (fifo.on || !attributes.contains(rule.name)) continue;
      return Fail(Code::kInvalidArgument, "You can specify the " + std::string(rule.name) + " only when " +
                                              std::string(kind) +
                                              " is set to true: it is for FIFO queues and topics only.");
    }
    return {};
  }
  return Fail(Code::kInvalidArgument,
              fifo.on ? std::string(kind) + " needs a name that ends in .fifo, unlike \"" + name + "\"."
                      : "\"" + name + "\" is a FIFO name: set " + std::string(kind) + " to true.");
}

Result<std::shared_ptr<const policy::Policy>> ReadPolicy(std::string_view text, const std::string& label) {
  auto document = ParseJson(text, "");
  if (!document) return tl::unexpected(document.error());
  return policy::ParsePolicy(*document, policy::Role::kResource, label);
}

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
  if ((allow.permission == RedriveAllow::Permission::kByQueue) != (sources != nullptr)) return wrong;
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

// Of a subscription: no receives are counted.
Result<std::string> ReadSubscriptionRedrive(const std::string& text) {
  auto document = ParseJson(text, "");
  if (!document) return tl::unexpected(document.error());
  const Node* target =
      document->IsMap() && document->members.size() == 1 ? document->Find("deadLetterTargetArn") : nullptr;
  if (target && target->IsString() && target->text.starts_with("arn:") &&
      ParseResourceName(Kind::kQueue, target->text, "", "")) {
    return target->text;
  }
  return Fail(Code::kInvalidArgument,
              "RedrivePolicy must be {\"deadLetterTargetArn\": the ARN of a queue}, not " + text + ".");
}

tl::unexpected<Error> Unknown(const std::string& name) {
  return Fail(Code::kAttributeUnknown, "Unknown attribute " + name + ".", name);
}

tl::unexpected<Error> About(const std::string& name, Error error) {
  if (error.about.empty()) error.about = name;
  return tl::unexpected(std::move(error));
}

tl::unexpected<Error> UnknownOfQueue(std::string_view name) {
  return Fail(Code::kAttributeUnknown, "Unknown Attribute " + std::string(name) + ".", std::string(name));
}

// [aws 20 to 22] The name says whether it is a FIFO queue, and the attribute says it once more.
Result<void> CheckQueueKind(const Attributes& attributes, const std::string& name, const FifoSettings& fifo) {
  if (fifo.on != IsFifoName(name)) {
    if (attributes.contains(kFifoQueue) && !fifo.on && !IsFifoName(name)) return UnknownOfQueue(kFifoQueue);
    return Fail(Code::kInvalidArgument,
                fifo.on ? "FifoQueue needs a name that ends in .fifo, unlike \"" + name + "\"."
                        : "\"" + name + "\" is a FIFO name: set FifoQueue to true.",
                "QueueName");
  }
  if (fifo.on) return {};
  if (attributes.contains(kFifoQueue)) return UnknownOfQueue(kFifoQueue);
  if (attributes.contains(kByContent)) return UnknownOfQueue(kByContent);
  for (const ChoiceRule& rule : kQueueChoices) {
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
  auto fifo = ReadFifo(kFifoQueue, kQueueChoices, name, value, settings.fifo);
  if (!fifo) return tl::unexpected(fifo.error());
  if (*fifo) return {};
  auto encryption = ReadEncryption(name, value);
  if (!encryption) return tl::unexpected(encryption.error());
  return *encryption ? Result<void>() : UnknownOfQueue(name);
}

}  // namespace

Result<QueueSettings> ReadQueueAttributes(const Attributes& attributes, std::size_t message_bytes_default,
                                          const std::string& name) {
  QueueSettings settings;
  settings.message_bytes_max = message_bytes_default;
  for (const auto& [attribute, value] : attributes) {
    auto read = ReadQueueAttribute(attribute, value, "queue " + name, settings);
    if (read) continue;
    if (read.error().code != Code::kInvalidArgument) return tl::unexpected(read.error());
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
  return Fail(Code::kAttributeInvalid,
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

Result<TopicSettings> ReadTopicAttributes(const Attributes& attributes, const std::string& name) {
  TopicSettings settings;
  for (const auto& [attribute, value] : attributes) {
    if (attribute == "Policy") {
      auto policy = ReadPolicy(value, "topic " + name);
      if (!policy) return About(attribute, std::move(policy.error()));
      settings.policy = std::move(*policy);
      continue;
    }
    auto known = ReadTopicAttribute(attribute, value, IsFifoName(name), settings);
    if (known && !*known) known = ReadFifo(kFifoTopic, kTopicChoices, attribute, value, settings.fifo);
    if (!known) return About(attribute, std::move(known.error()));
    if (!*known) return Unknown(attribute);
  }
  if (auto checked = CheckFifo(kFifoTopic, kTopicChoices, attributes, name, settings.fifo); !checked) {
    return tl::unexpected(checked.error());
  }
  return settings;
}

Result<void> CheckKinds(const ResourceName& topic, const ResourceName& queue) {
  if (IsFifoName(topic.name) || !IsFifoName(queue.name)) return {};
  return Fail(Code::kInvalidArgument,
              "The FIFO queue " + queue.name + " cannot be subscribed to the standard topic " + topic.name + ".");
}

namespace {

// Attributes of a subscription that mean nothing to one of a queue.
Result<void> CheckKept(const std::string& name, const std::string& value) {
  if (name == "DeliveryPolicy") {
    auto policy = topics::ParseSubscriptionDeliveryPolicy(value);
    return policy ? Result<void>() : tl::unexpected(policy.error());
  }
  if (name == "SubscriptionRoleArn") {
    if (IsRoleArn(value)) return {};
    return Fail(Code::kInvalidArgument, name + ": it must be the ARN of a role, not \"" + value + "\".", name);
  }
  return Unknown(name);
}

// "2026-03-01T12:00:00.123Z", its fraction left out or not.
std::optional<Instant> ReadInstant(const Node* node) {
  if (!node || !node->IsString() || !node->text.ends_with('Z')) return std::nullopt;
  return policy::ParseDate(node->text);
}

// [aws 149]
Result<ReplayRange> ReadReplay(const std::string& text) {
  const auto wrong = Fail(Code::kInvalidArgument,
                          R"(ReplayPolicy: it must be {"PointType": "Timestamp", "StartingPoint": a time such as )"
                          R"(2026-03-01T12:00:00.000Z}, with an EndingPoint or without.)",
                          "ReplayPolicy");
  const auto document = ParseJson(text, "");
  if (!document || !document->IsMap()) return wrong;
  ReplayRange range;
  const Node* type = document->Find("PointType");
  const auto from = ReadInstant(document->Find("StartingPoint"));
  if (!type || type->text != "Timestamp" || !from) return wrong;
  range.from = *from;
  const Node* ending = document->Find("EndingPoint");
  if (document->members.size() != (ending ? 3u : 2u)) return wrong;
  if (!ending) return range;
  const auto to = ReadInstant(ending);
  if (!to || *to < range.from) return wrong;
  range.to = *to;
  return range;
}

}  // namespace

Result<SubscriptionSettings> ReadSubscriptionAttributes(const Attributes& attributes) {
  SubscriptionSettings settings;
  if (const auto scope = attributes.find("FilterPolicyScope"); scope != attributes.end()) {
    auto parsed = topics::ParseFilterScope(scope->second);
    if (!parsed) return About(scope->first, std::move(parsed.error()));
    settings.scope = *parsed;
  }
  for (const auto& [name, value] : attributes) {
    if (name == "FilterPolicyScope") continue;
    if (name == "RawMessageDelivery") {
      if (value != "true" && value != "false") {
        return Fail(Code::kInvalidArgument, name + ": Invalid value [" + value + "]. Must be true or false.", name);
      }
      settings.raw = value == "true";
    } else if (name == "FilterPolicy") {
      auto document = ParseJson(value, "");
      if (!document) return Fail(Code::kFilterPolicyInvalid, document.error().message, name);
      auto filter = topics::ParseFilterPolicy(*document, settings.scope, value);
      if (!filter) return About(name, std::move(filter.error()));
      if (!filter->IsEmpty()) settings.filter = std::move(*filter);
    } else if (name == "RedrivePolicy") {
      auto target = ReadSubscriptionRedrive(value);
      if (!target) return About(name, std::move(target.error()));
      settings.dead_letter_queue = std::move(*target);
    } else if (name == "ReplayPolicy") {
      auto range = ReadReplay(value);
      if (!range) return About(name, std::move(range.error()));
      settings.replay = *range;
    } else if (auto known = CheckKept(name, value); !known) {
      return tl::unexpected(known.error());
    }
  }
  return settings;
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

Result<void> CheckDeadLetters(const SubscriptionSettings& settings, const ResourceName& queue,
                              const std::string& owner) {
  if (settings.dead_letter_queue.empty()) return {};
  auto target = ParseResourceName(Kind::kQueue, settings.dead_letter_queue, "", "");
  if (!target) return tl::unexpected(target.error());
  if (target->account != owner || target->region != queue.region || *target == queue) {
    return Fail(Code::kInvalidArgument, "RedrivePolicy: the dead-letter queue must be another one, of account " +
                                            owner + " in " + queue.region + ".");
  }
  if (IsFifoName(target->name) == IsFifoName(queue.name)) return {};
  return Fail(Code::kInvalidArgument, IsFifoName(queue.name)
                                          ? "RedrivePolicy: must use a FIFO queue as DLQ for a FIFO Subscription to a "
                                            "FIFO Topic."
                                          : "RedrivePolicy: the dead-letter queue of a standard queue's subscription "
                                            "must be a standard queue.");
}

Attributes WithoutEmptyFilter(Attributes attributes) {
  const auto filter = attributes.find("FilterPolicy");
  if (filter == attributes.end()) return attributes;
  const auto document = ParseJson(filter->second, "");
  if (document && document->IsMap() && document->members.empty()) attributes.erase(filter);
  return attributes;
}

bool IsSameDocument(const std::string& a, const std::string& b) {
  const auto first = ParseJson(a, "");
  const auto second = ParseJson(b, "");
  return first && second && !first->IsScalar() && ToJson(*first) == ToJson(*second);
}

bool HasAllOf(const Attributes& current, const Attributes& asked) {
  return std::all_of(asked.begin(), asked.end(), [&](const auto& attribute) {
    const auto& [name, value] = attribute;
    const auto found = current.find(name);
    if (found != current.end()) return found->second == value || IsSameDocument(found->second, value);
    return (name == "RawMessageDelivery" && value == "false") ||
           (name == "FilterPolicyScope" && value == "MessageAttributes");
  });
}

Attributes Merge(Attributes current, const Attributes& changes) {
  for (const auto& [name, value] : changes) {
    if (value.empty()) {
      current.erase(name);
    } else {
      current[name] = value;
    }
  }
  return current;
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
