#include "hub/policy/quota.h"

#include <algorithm>
#include <string>
#include <unordered_set>
#include <vector>

#include "hub/policy/text.h"

namespace hub::policy {
namespace {

constexpr std::size_t kUnlimited = static_cast<std::size_t>(-1);

struct Quota {
  std::size_t bytes_max;
  std::size_t statements_max;
  std::size_t principals_max;
  std::size_t conditions_max;
  std::size_t statement_actions_max;
};

constexpr Quota kQueueQuota = {8192, 20, 50, 10, 7};
constexpr Quota kTopicQuota = {30 * 1024, 100, 200, kUnlimited, kUnlimited};

std::size_t CountValues(const Node* node) {
  if (node == nullptr) return 0;
  return node->IsList() ? node->items.size() : 1;
}

std::size_t CountPrincipals(const Node& statement) {
  std::size_t count = 0;
  for (const char* key : {"Principal", "NotPrincipal"}) {
    const Node* principal = statement.Find(key);
    if (principal == nullptr || !principal->IsMap()) {
      count += CountValues(principal);
      continue;
    }
    for (const Member& member : principal->members) count += CountValues(&member.value);
  }
  return count;
}

std::size_t CountConditions(const Node& statement) {
  std::size_t count = 0;
  if (const Node* condition = statement.Find("Condition")) {
    for (const Member& member : condition->members) count += member.value.members.size();
  }
  return count;
}

Result<void> CheckCount(std::size_t count, std::size_t max, std::string_view what) {
  if (count <= max) return {};
  return Fail(Code::kInvalidArgument, "The policy has " + std::to_string(count) + " " + std::string(what) +
                                          "; at most " + std::to_string(max) + " are allowed.");
}

Result<void> CheckTopicStatement(const Node& statement, std::string_view arn, std::unordered_set<std::string>& sids) {
  if (const Node* sid = statement.Find("Sid")) {
    const std::string& text = sid->IsList() && !sid->items.empty() ? sid->items[0].text : sid->text;
    if (!sids.insert(text).second) {
      return Fail(Code::kInvalidArgument, "Two statements have the Sid " + Quoted(text) + ". Give each its own.");
    }
  }
  const Node* resource = statement.Find("Resource");
  if (resource != nullptr && resource->IsList() && resource->items.size() == 1) resource = &resource->items[0];
  if (resource == nullptr || !resource->IsString() || resource->text != arn) {
    return Fail(Code::kInvalidArgument,
                "A statement of a topic's policy must have that topic as its only Resource: " + Quoted(arn) + ".");
  }
  return {};
}

}  // namespace

Result<void> CheckQuota(const Node& document, Kind kind, std::string_view arn) {
  const Quota& quota = kind == Kind::kQueue ? kQueueQuota : kTopicQuota;
  if (auto checked = CheckCount(ToJson(document).size(), quota.bytes_max, "bytes"); !checked) return checked;
  const Node* list = document.Find("Statement");
  std::vector<const Node*> statements;
  if (list != nullptr && list->IsList()) {
    for (const Node& statement : list->items) statements.push_back(&statement);
  } else if (list != nullptr) {
    statements.push_back(list);
  }
  if (auto checked = CheckCount(statements.size(), quota.statements_max, "statements"); !checked) return checked;
  std::size_t principals = 0;
  std::size_t conditions = 0;
  std::unordered_set<std::string> sids;
  for (const Node* statement : statements) {
    principals += CountPrincipals(*statement);
    conditions += CountConditions(*statement);
    const std::size_t actions = CountValues(statement->Find("Action")) + CountValues(statement->Find("NotAction"));
    if (auto checked = CheckCount(actions, quota.statement_actions_max, "actions in one statement"); !checked) {
      return checked;
    }
    if (kind == Kind::kTopic) {
      if (auto checked = CheckTopicStatement(*statement, arn, sids); !checked) return checked;
    }
  }
  if (auto checked = CheckCount(principals, quota.principals_max, "principals"); !checked) return checked;
  return CheckCount(conditions, quota.conditions_max, "conditions");
}

}  // namespace hub::policy
