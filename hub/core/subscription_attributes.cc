// The attributes of a subscription.

#include "hub/base/json.h"
#include "hub/core/attribute_rules.h"
#include "hub/policy/dates.h"

namespace hub::core {
namespace {

// No receives are counted.
Result<std::string> ReadRedrive(const std::string& text) {
  auto document = ParseJson(text, "");
  if (!document) {
    return Fail(Code::kInvalidArgument, "RedrivePolicy: failed to parse JSON. " + document.error().message);
  }
  const Node* target =
      document->IsMap() && document->members.size() == 1 ? document->Find("deadLetterTargetArn") : nullptr;
  if (target && target->IsString() && target->text.starts_with("arn:") &&
      ParseResourceName(Kind::kQueue, target->text, "", "")) {
    return target->text;
  }
  if (target && target->IsString()) {
    return Fail(Code::kInvalidArgument, "RedrivePolicy: deadLetterTargetArn is an invalid arn");
  }
  return Fail(Code::kInvalidArgument,
              "RedrivePolicy must be {\"deadLetterTargetArn\": the ARN of a queue}, not " + text + ".");
}

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
  return UnknownAttribute(name);
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

Result<void> CheckKinds(const ResourceName& topic, const ResourceName& queue) {
  if (IsFifoName(topic.name) || !IsFifoName(queue.name)) return {};
  return Fail(Code::kInvalidArgument,
              "The FIFO queue " + queue.name + " cannot be subscribed to the standard topic " + topic.name + ".");
}

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
      if (!document) {
        return Fail(Code::kFilterPolicyInvalid, "failed to parse JSON. " + document.error().message, name);
      }
      auto filter = topics::ParseFilterPolicy(*document, settings.scope);
      if (!filter) {  // [aws 137] Told is where it stands in the text without spaces.
        const std::string compact = ToJson(*document);
        const auto again = ParseJson(compact, "", compact.size());  // Escapes may make it longer.
        if (again) filter = topics::ParseFilterPolicy(*again, settings.scope, compact);
      }
      if (!filter) return About(name, std::move(filter.error()));
      if (!filter->IsEmpty()) settings.filter = std::move(*filter);
    } else if (name == "RedrivePolicy") {
      auto target = ReadRedrive(value);
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

}  // namespace hub::core
