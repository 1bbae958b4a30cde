#include "hub/core/command.h"

namespace hub::core {
namespace {

// One overload for each operation and no default: a new operation without a line here does not compile.
struct Words {
  std::string_view name;
  std::string_view action;
};

struct Describe {
  Words operator()(const Send&) const { return {"send", "sqs:SendMessage"}; }
  Words operator()(const Receive&) const { return {"receive", "sqs:ReceiveMessage"}; }
  Words operator()(const Delete&) const { return {"delete", "sqs:DeleteMessage"}; }
  Words operator()(const ChangeVisibility&) const { return {"change_visibility", "sqs:ChangeMessageVisibility"}; }
  Words operator()(const Purge&) const { return {"purge", "sqs:PurgeQueue"}; }
  Words operator()(const CreateQueue&) const { return {"create_queue", "sqs:CreateQueue"}; }
  Words operator()(const DeleteQueue&) const { return {"delete_queue", "sqs:DeleteQueue"}; }
  Words operator()(const SetQueueAttributes&) const { return {"set_queue_attributes", "sqs:SetQueueAttributes"}; }
  Words operator()(const DescribeQueue&) const { return {"describe_queue", "sqs:GetQueueAttributes"}; }
  Words operator()(const ListQueues&) const { return {"list_queues", "sqs:ListQueues"}; }
  Words operator()(const Publish&) const { return {"publish", "sns:Publish"}; }
  Words operator()(const CreateTopic&) const { return {"create_topic", "sns:CreateTopic"}; }
  Words operator()(const DeleteTopic&) const { return {"delete_topic", "sns:DeleteTopic"}; }
  Words operator()(const SetTopicAttributes&) const { return {"set_topic_attributes", "sns:SetTopicAttributes"}; }
  Words operator()(const DescribeTopic&) const { return {"describe_topic", "sns:GetTopicAttributes"}; }
  Words operator()(const ListTopics&) const { return {"list_topics", "sns:ListTopics"}; }
  Words operator()(const Subscribe&) const { return {"subscribe", "sns:Subscribe"}; }
  Words operator()(const Unsubscribe&) const { return {"unsubscribe", "sns:Unsubscribe"}; }
  Words operator()(const SetSubscriptionAttributes&) const {
    return {"set_subscription_attributes", "sns:SetSubscriptionAttributes"};
  }
  Words operator()(const MayFollow&) const { return {"may_follow", "sns:Subscribe"}; }
  Words operator()(const Follow&) const { return {"follow", "sns:Subscribe"}; }
  Words operator()(const DescribeHub&) const { return {"describe_hub", ""}; }
  Words operator()(const Reload&) const { return {"reload", ""}; }
};

}  // namespace

std::string_view ActionOf(const Operation& operation) { return std::visit(Describe(), operation).action; }

std::string_view NameOf(const Operation& operation) { return std::visit(Describe(), operation).name; }

}  // namespace hub::core
