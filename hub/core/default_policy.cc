#include "hub/core/default_policy.h"

#include <utility>
#include <vector>

namespace hub::core {
namespace {

constexpr std::string_view kActions[] = {
    "SNS:GetTopicAttributes",
    "SNS:SetTopicAttributes",
    "SNS:AddPermission",
    "SNS:RemovePermission",
    "SNS:DeleteTopic",
    "SNS:Subscribe",
    "SNS:ListSubscriptionsByTopic",
    "SNS:Publish",
};

Member Pair(std::string key, Node value) { return {.key = std::move(key), .key_place = {}, .value = std::move(value)}; }
Member Pair(std::string key, std::string_view text) { return Pair(std::move(key), Node::String(text)); }

}  // namespace

Node DefaultTopicPolicy(const ResourceName& topic) {
  std::vector<Node> actions;
  for (const std::string_view action : kActions) actions.push_back(Node::String(action));
  Node owner = Node::Map({Pair("StringEquals", Node::Map({Pair("AWS:SourceOwner", topic.account)}))});
  Node statement =
      Node::Map({Pair("Sid", "__default_statement_ID"), Pair("Effect", "Allow"),
                 Pair("Principal", Node::Map({Pair("AWS", "*")})), Pair("Action", Node::List(std::move(actions))),
                 Pair("Resource", ArnOf(topic)), Pair("Condition", std::move(owner))});
  return Node::Map({Pair("Version", "2008-10-17"), Pair("Id", "__default_policy_ID"),
                    Pair("Statement", Node::List({std::move(statement)}))});
}

}  // namespace hub::core
