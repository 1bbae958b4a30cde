// One statement of a policy, compiled. Immutable once its policy is parsed.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/document.h"
#include "hub/policy/action.h"
#include "hub/policy/condition.h"
#include "hub/policy/pattern.h"
#include "hub/policy/principal_set.h"
#include "hub/policy/request.h"

namespace hub::policy {

struct Statement {
  // What decides; together, since among thousands of statements it comes from far memory.
  Effect effect = Effect::kDeny;
  bool names_principals = false;  // Not in identity policies: those hold for whoever they are attached to.
  bool not_action = false;
  bool not_resource = false;
  bool tells_time = false;  // Time alone may change what it covers.
  std::vector<ActionPattern> actions;
  std::vector<Pattern> resources;
  std::vector<Condition> conditions;  // All must hold.
  PrincipalSet principals;

  // What explains.
  std::string sid;        // "" when it has none.
  std::size_t index = 0;  // In its document, from 0.
  Place place;
  std::shared_ptr<const std::string> label;  // Of its document: "queue billing".

  // `looked_at_time` becomes true when the answer may be another one a moment later.
  Match Covers(const Request& request, bool& looked_at_time) const;

  // `statement "NoBilling" of queue billing (config/hub.yaml:41)`
  std::string ToString() const;
};

// `text` as the ARN of resources with wildcards, or "*". Fails with kInvalidArgument and the remedy.
[[nodiscard]] Result<Pattern> ParseResource(std::string_view text, bool variables);

}  // namespace hub::policy
