// Statements of the policy of a queue or topic, added and taken away one by one, by their labels.

#include <algorithm>
#include <cctype>

#include "hub/base/arn.h"
#include "hub/base/json.h"
#include "hub/core/core.h"
#include "hub/core/default_policy.h"
#include "hub/policy/action.h"
#include "hub/policy/quota.h"

namespace hub::core {
namespace {

constexpr std::size_t kActionsMax = 7;  // [aws 97] That one request names, of a queue.
constexpr std::size_t kLabelBytesMax = 80;

// What may be allowed to others on a queue or a topic.
constexpr std::string_view kQueueActions[] = {
    "*",
    "AddPermission",
    "CancelMessageMoveTask",
    "ChangeMessageVisibility",
    "CreateQueue",
    "DeleteMessage",
    "DeleteQueue",
    "GetQueueAttributes",
    "GetQueueUrl",
    "ListDeadLetterSourceQueues",
    "ListMessageMoveTasks",
    "ListQueueTags",
    "ListQueues",
    "PurgeQueue",
    "ReceiveMessage",
    "RemovePermission",
    "SendMessage",
    "SetQueueAttributes",
    "StartMessageMoveTask",
    "TagQueue",
    "UntagQueue",
};
constexpr std::string_view kTopicActions[] = {
    "*",
    "AddPermission",
    "DeleteTopic",
    "GetDataProtectionPolicy",
    "GetTopicAttributes",
    "ListSubscriptionsByTopic",
    "ListTagsForResource",
    "Publish",
    "PutDataProtectionPolicy",
    "RemovePermission",
    "SetTopicAttributes",
    "Subscribe",
    "TagResource",
    "UntagResource",
};

bool IsLabel(std::string_view label) {
  return label.size() <= kLabelBytesMax && std::all_of(label.begin(), label.end(), [](unsigned char c) {
           return (std::isalnum(c) && c < 0x80) || c == '-' || c == '_';
         });
}

tl::unexpected<Error> WrongValue(const std::string& value, const std::string& parameter, const std::string& why) {
  return Fail(Code::kInvalidArgument, "Value " + value + " for parameter " + parameter + " is invalid. Reason: " + why,
              parameter);
}

Result<void> CheckAction(Kind kind, const std::string& action) {
  if (kind == Kind::kTopic) {
    if (std::ranges::find(kTopicActions, action) != std::end(kTopicActions)) return {};
    return Fail(Code::kInvalidArgument, "Policy statement action out of service scope!", action);
  }
  if (std::ranges::find(kQueueActions, action) == std::end(kQueueActions)) {
    return WrongValue("SQS:" + action, "ActionName",
                      "Please refer to the appropriate WSDL for a list of valid actions.");
  }
  if (!policy::WorksOnlyInOwnAccount("sqs:" + action)) return {};
  return WrongValue("SQS:" + action, "ActionName", "Only the queue owner is allowed to invoke this action.");
}

Result<void> CheckStatement(const AddPermission& add) {
  const auto missing = [](const std::string& parameter) {
    return Fail(Code::kMissingArgument, "The request must contain the parameter " + parameter + ".", parameter);
  };
  if (add.label.empty()) return missing("Label");
  if (add.accounts.empty()) return missing("AWSAccountId");
  if (add.actions.empty()) return missing("ActionName");
  if (!IsLabel(add.label)) {
    return WrongValue(add.label, "Label",
                      "Can only include alphanumeric characters, hyphens, or underscores. 1 to " +
                          std::to_string(kLabelBytesMax) + " in length.");
  }
  for (const std::string& account : add.accounts) {
    if (IsAccountId(account)) continue;
    if (add.kind == Kind::kTopic) return Fail(Code::kInvalidArgument, "A provided account ID is not valid");
    return WrongValue(account, "PrincipalId", "Unable to verify.");
  }
  for (const std::string& action : add.actions) {
    if (auto checked = CheckAction(add.kind, action); !checked) return checked;
  }
  if (add.kind == Kind::kTopic || add.actions.size() <= kActionsMax) return {};
  return Fail(Code::kOverLimit, std::to_string(add.actions.size()) + " Actions were found, maximum allowed is " +
                                    std::to_string(kActionsMax) + ".");
}

// One as itself, several as a list.
Node OneOrMany(const std::vector<std::string>& texts) {
  if (texts.size() == 1) return Node::String(texts[0]);
  std::vector<Node> nodes;
  nodes.reserve(texts.size());
  for (const std::string& text : texts) nodes.push_back(Node::String(text));
  return Node::List(std::move(nodes));
}

Member Pair(std::string key, Node value) { return {.key = std::move(key), .key_place = {}, .value = std::move(value)}; }

// [aws 95, 106]
Node StatementOf(const AddPermission& add, const std::string& arn) {
  std::vector<std::string> principals;
  for (const std::string& account : add.accounts) principals.push_back(AccountArn(account));
  std::vector<std::string> actions;
  for (const std::string& action : add.actions) {
    actions.push_back((add.kind == Kind::kQueue ? "SQS:" : "SNS:") + action);
  }
  return Node::Map({Pair("Sid", Node::String(add.label)), Pair("Effect", Node::String("Allow")),
                    Pair("Principal", Node::Map({Pair("AWS", OneOrMany(principals))})),
                    Pair("Action", OneOrMany(actions)), Pair("Resource", Node::String(arn))});
}

Node NewPolicy(const ResourceName& resource) {
  if (resource.kind == Kind::kTopic) return DefaultTopicPolicy(resource);
  return Node::Map({Pair("Version", Node::String("2008-10-17")),
                    Pair("Id", Node::String(ArnOf(resource) + "/SQSDefaultPolicy")),
                    Pair("Statement", Node::List({}))});
}

// The policy that a queue or topic has, or would begin with; its statements as a list.
Result<Node> PolicyOf(const ResourceRecord& record) {
  const auto policy = record.attributes.find("Policy");
  if (policy == record.attributes.end()) return NewPolicy(record.name);
  auto document = ParseJson(policy->second, "");
  if (!document) return document;
  for (Member& member : document->members) {
    if (member.key == "Statement" && !member.value.IsList()) member.value = Node::List({member.value});
  }
  return document;
}

std::vector<Node>& StatementsOf(Node& policy) {
  return std::ranges::find(policy.members, "Statement", &Member::key)->value.items;
}

auto FindStatement(std::vector<Node>& statements, std::string_view label) {
  return std::ranges::find_if(statements, [&](const Node& statement) {
    const Node* sid = statement.Find("Sid");
    return sid != nullptr && sid->text == label;
  });
}

tl::unexpected<Error> LabelTaken(const AddPermission& add) {
  if (add.kind == Kind::kTopic) return Fail(Code::kLabelTaken, "Statement already exists", add.label);
  return Fail(Code::kLabelTaken, "Value " + add.label + " for parameter Label is invalid. Reason: Already exists.",
              add.label);
}

}  // namespace

Result<Core::PolicyOwner> Core::PolicyOwnerFor(Kind kind, const std::string& resource, const Command& command,
                                               Turn& turn) {
  PolicyOwner owner;
  if (kind == Kind::kQueue) {
    auto queue = QueueFor(resource, command, turn);
    if (!queue) return tl::unexpected(queue.error());
    owner = {.queue = *queue, .topic = nullptr};
  } else {
    auto topic = TopicFor(resource, command, turn);
    if (!topic) return tl::unexpected(topic.error());
    owner = {.queue = nullptr, .topic = *topic};
  }
  const auto may = owner.queue ? MayChange(owner.queue->declared_at, owner.queue->label)
                               : MayChange(owner.topic->declared_at, owner.topic->label);
  if (!may) return tl::unexpected(may.error());
  return owner;
}

// `policy` is JSON, or "" for none.
Result<void> Core::SetPolicy(const PolicyOwner& owner, const std::string& policy, Turn& turn) {
  const Attributes changes = {{"Policy", policy}};
  if (owner.queue) return ChangeAttributes(*owner.queue, changes, turn);
  TopicEntry& topic = *owner.topic;
  Attributes attributes = Merge(topic.record.attributes, changes);
  auto settings = ReadTopicAttributes(attributes, topic.record.name.name);
  if (!settings) return tl::unexpected(settings.error());
  Apply(topic, std::move(attributes), std::move(*settings));
  Store(topic, turn);
  return {};
}

// [aws 95 to 97, 106]
Core::Outcome Core::Handle(AddPermission& add, Command& command, Turn& turn) {
  auto owner = PolicyOwnerFor(add.kind, add.resource, command, turn);
  if (!owner) return tl::unexpected(owner.error());
  if (auto checked = CheckStatement(add); !checked) return tl::unexpected(checked.error());
  const ResourceRecord& record = owner->record();
  auto policy = PolicyOf(record);
  if (!policy) return tl::unexpected(policy.error());
  std::vector<Node>& statements = StatementsOf(*policy);
  if (FindStatement(statements, add.label) != statements.end()) return LabelTaken(add);
  statements.push_back(StatementOf(add, ArnOf(record.name)));
  if (auto checked = policy::CheckQuota(*policy, add.kind, ArnOf(record.name)); !checked) {
    return Fail(Code::kOverLimit, checked.error().message, "Policy");
  }
  if (auto set = SetPolicy(*owner, ToJson(*policy), turn); !set) return tl::unexpected(set.error());
  return Reply(DoneReply());
}

// [aws 96] A policy without statements is none; nor is one that a topic has anyway.
Core::Outcome Core::Handle(RemovePermission& remove, Command& command, Turn& turn) {
  auto owner = PolicyOwnerFor(remove.kind, remove.resource, command, turn);
  if (!owner) return tl::unexpected(owner.error());
  const ResourceRecord& record = owner->record();
  auto policy = PolicyOf(record);
  if (!policy) return tl::unexpected(policy.error());
  std::vector<Node>& statements = StatementsOf(*policy);
  const auto found = FindStatement(statements, remove.label);
  if (found == statements.end()) {
    return Fail(Code::kLabelUnknown,
                "Value " + remove.label + " for parameter Label is invalid. Reason: can't find label.", remove.label);
  }
  statements.erase(found);
  const std::string left = ToJson(*policy);
  const bool none = statements.empty() || left == ToJson(NewPolicy(record.name));
  if (auto set = SetPolicy(*owner, none ? "" : left, turn); !set) return tl::unexpected(set.error());
  return Reply(DoneReply());
}

}  // namespace hub::core
