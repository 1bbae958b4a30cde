// An access policy: a document of statements in the grammar of IAM, parsed, checked and compiled.
//
// Immutable and shared; may be read from any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/document.h"
#include "hub/base/result.h"
#include "hub/policy/statement.h"

namespace hub::policy {

// What a document is attached to decides its grammar: statements of a resource's policy name principals, those of an
// identity's must not.
enum class Role : std::uint8_t { kIdentity, kResource };

class Policy {
 public:
  Role role() const { return role_; }
  const std::string& id() const { return id_; }            // "" when it has none.
  const std::string& version() const { return version_; }  // "2008-10-17" or "2012-10-17"
  const std::string& label() const { return *label_; }
  const std::vector<Statement>& statements() const { return statements_; }

 private:
  friend class PolicyReader;
  Policy() = default;

  Role role_ = Role::kIdentity;
  std::string id_;
  std::string version_;
  std::shared_ptr<const std::string> label_;
  std::vector<Statement> statements_;
};

// `label` names the document in explanations: "queue billing", "user shop/checkout". Fails with kInvalidArgument and
// the first mistake.
[[nodiscard]] Result<std::shared_ptr<const Policy>> ParsePolicy(const Node& document, Role role, std::string label);

// Every mistake in the document, each as "file:line:col: what is wrong and the remedy". Empty: it
// parses.
std::vector<Error> CheckPolicy(const Node& document, Role role);

}  // namespace hub::policy
