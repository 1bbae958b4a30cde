// What the attributes of queues, topics and subscriptions have in common: how one is read, and how it is refused.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "hub/base/result.h"
#include "hub/core/attributes.h"
#include "hub/policy/policy.h"

namespace hub::core {

// An attribute of FIFO queues or topics with two values.
struct ChoiceRule {
  std::string_view name;
  std::string_view no;
  std::string_view yes;
  bool FifoSettings::*choice;
};

inline constexpr std::string_view kByContent = "ContentBasedDeduplication";

// Whether `name` is an attribute of FIFO queues or topics; its value is set then. `kind` is the one that says so.
[[nodiscard]] Result<bool> ReadFifo(std::string_view kind, std::span<const ChoiceRule> rules, const std::string& name,
                                    const std::string& value, FifoSettings& fifo);

// `label` names the resource, for explanations.
[[nodiscard]] Result<std::shared_ptr<const policy::Policy>> ReadPolicy(std::string_view text, const std::string& label);

tl::unexpected<Error> UnknownAttribute(const std::string& name);

// The error, about that attribute unless it is about another.
tl::unexpected<Error> About(const std::string& name, Error error);

}  // namespace hub::core
