// What the tests of policies share: documents from JSON, a few principals, and a question asked in one line.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hub/base/arn.h"
#include "hub/base/json.h"
#include "hub/policy/policies.h"

namespace hub::policy {

inline constexpr std::string_view kShop = "111111111111";
inline constexpr std::string_view kBank = "222222222222";
inline constexpr std::string_view kBilling = "arn:aws:sqs:eu-central-1:222222222222:billing";
inline constexpr std::string_view kOrders = "arn:aws:sns:eu-central-1:111111111111:orders";

inline Principal User(std::string_view account, std::string_view name) {
  return {.kind = Principal::Kind::kUser,
          .account = std::string(account),
          .arn = UserArn(account, name),
          .service = "",
          .name = std::string(name)};
}

inline Principal Root(std::string_view account) {
  return {.kind = Principal::Kind::kAccountRoot,
          .account = std::string(account),
          .arn = AccountArn(account),
          .service = "",
          .name = ""};
}

inline Principal Service(std::string_view host) {
  return {.kind = Principal::Kind::kService, .account = "", .arn = "", .service = std::string(host), .name = ""};
}

inline Principal Anonymous() { return {}; }

inline Node Json(std::string_view text, std::string_view origin = "") {
  auto node = ParseJson(text, origin);
  if (!node) {
    ADD_FAILURE() << node.error().message << " in " << text;
    return {};
  }
  return *node;
}

inline std::shared_ptr<const Policy> PolicyFrom(std::string_view json, Role role, std::string label = "queue billing",
                                                std::string_view origin = "") {
  auto policy = ParsePolicy(Json(json, origin), role, std::move(label));
  if (!policy) {
    ADD_FAILURE() << policy.error().message << " in " << json;
    return ParsePolicy(Json(R"({"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}})"), Role::kIdentity, "")
        .value_or(nullptr);
  }
  return *policy;
}

// A document of the current version around statements.
inline std::string Document(std::string_view statements, std::string_view version = "2012-10-17") {
  return R"({"Version":")" + std::string(version) + R"(","Statement":[)" + std::string(statements) + "]}";
}

using Pairs = std::vector<std::pair<std::string_view, std::string_view>>;

inline Context ContextOf(const Pairs& pairs) {
  Context context;
  for (const auto& [key, value] : pairs) context.Set(key, value);
  return context;
}

// A user of account 222222222222, alice, with one statement as her policy; the queue billing is of the same account.
inline bool Allows(std::string_view statement, std::string_view action, std::string_view resource,
                   const Context& context, std::string_view version = "2012-10-17") {
  const Principal alice = User(kBank, "alice");
  Policies policies;
  policies.SetIdentity(alice.arn, {PolicyFrom(Document(statement, version), Role::kIdentity, "user bank/alice")});
  return policies.Decide({alice, action, resource, kBank, context}).allowed;
}

// The same with a condition alone: `{"StringEquals":{...}}`.
inline bool Holds(std::string_view condition, const Context& context, std::string_view version = "2012-10-17") {
  return Allows(R"({"Effect":"Allow","Action":"*","Resource":"*","Condition":)" + std::string(condition) + "}",
                "sqs:SendMessage", kBilling, context, version);
}

// What the policy of billing alone decides: its one statement gets the missing fields of a plain permission.
inline Decision AskResource(std::string_view principal_member, std::string_view effect, const Principal& caller,
                            Policies& policies, const Context& context = {}) {
  policies.SetResource(
      kBilling, {PolicyFrom(Document(R"({"Effect":")" + std::string(effect) + R"(",)" + std::string(principal_member) +
                                     R"(,"Action":"sqs:SendMessage","Resource":"*"})"),
                            Role::kResource)});
  return policies.Decide({caller, "sqs:SendMessage", kBilling, kBank, context});
}

}  // namespace hub::policy
