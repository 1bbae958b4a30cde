#include "hub/core/attributes.h"

#include <algorithm>

#include "hub/base/json.h"
#include "hub/core/attribute_rules.h"

namespace hub::core {

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

Result<std::shared_ptr<const policy::Policy>> ReadPolicy(std::string_view text, const std::string& label) {
  auto document = ParseJson(text, "");
  if (!document) return tl::unexpected(document.error());
  return policy::ParsePolicy(*document, policy::Role::kResource, label);
}

tl::unexpected<Error> UnknownAttribute(const std::string& name) {
  return Fail(Code::kAttributeUnknown, "Unknown attribute " + name + ".", name);
}

tl::unexpected<Error> About(const std::string& name, Error error) {
  if (error.about.empty()) error.about = name;
  return tl::unexpected(std::move(error));
}

bool IsSameDocument(const std::string& a, const std::string& b) {
  const auto first = ParseJson(a, "");
  const auto second = ParseJson(b, "");
  return first && second && !first->IsScalar() && ToJson(*first) == ToJson(*second);
}

bool IsSameValue(std::string_view name, const std::string& a, const std::string& b) {
  if (a == b || IsSameDocument(a, b)) return true;
  if (name != "DeliveryPolicy") return false;
  return topics::WholeTopicDeliveryPolicy(a) == topics::WholeTopicDeliveryPolicy(b) ||
         IsSameDocument(topics::WholeSubscriptionDeliveryPolicy(a), b);
}

bool HasAllOf(const Attributes& current, const Attributes& asked) {
  return std::all_of(asked.begin(), asked.end(), [&](const auto& attribute) {
    const auto& [name, value] = attribute;
    const auto found = current.find(name);
    if (found != current.end()) return IsSameValue(name, found->second, value);
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

}  // namespace hub::core
