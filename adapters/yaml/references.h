// What one part of the file calls another by: queue/NAME, topic/NAME, or with the account between when several accounts
// declare that name.
#pragma once

#include <optional>
#include <string>

#include "adapters/yaml/draft.h"
#include "hub/base/document.h"
#include "hub/base/names.h"

namespace adapters::yaml {

// What `node` refers to; nothing, with a mistake reported, when that is not declared, ambiguous or not of `kind`.
std::optional<hub::ResourceName> Resolve(const hub::Node& node, const std::string& path, std::optional<hub::Kind> kind,
                                         Draft& draft);

// The topic that `node` refers to, which is declared, or a pattern of topics: topic/ACCOUNT/orders-*, or topic/orders-*
// in a file with one account. Nothing, with a mistake reported, when it is neither.
std::optional<hub::ResourceName> ResolveTopics(const hub::Node& node, const std::string& path, Draft& draft);

// The account of that name, or nothing with a mistake reported.
const hub::core::DeclaredAccount* ResolveAccount(const hub::Node& node, const std::string& path, Draft& draft);

// The ARN of the user that "shop/checkout" names, or nothing with a mistake reported.
std::optional<std::string> ResolveUser(const hub::Node& node, const std::string& path, Draft& draft);

// "queue/billing/orders": the full reference, with the account's name.
std::string ReferenceTo(const hub::ResourceName& name, const Draft& draft);

}  // namespace adapters::yaml
