// Attributes of a topic that are kept and told, and decide nothing about its queues: each is checked for its form.
#pragma once

#include <string>

#include "hub/base/result.h"
#include "hub/core/attributes.h"

namespace hub::core {

// Whether `name` is one of them. Fails with kInvalidArgument, about the attribute, when it cannot have this value;
// `is_fifo` says of what kind the topic is.
[[nodiscard]] Result<bool> ReadTopicAttribute(const std::string& name, const std::string& value, bool is_fifo,
                                              TopicSettings& settings);

// Of what a command sets: a configuration may say more, and so did commands once.
[[nodiscard]] Result<void> CheckDisplayName(const Attributes& changes);

// [aws 108] What an attribute that is not set amounts to; "" for most.
std::string_view DefaultOfTopic(std::string_view name);

}  // namespace hub::core
