#include "hub/core/command.h"

#include "hub/base/one_of_members.h"

template class hub::OneOf<hub::core::Operations>;

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
  Words operator()(const Consume&) const { return {"consume", "sqs:ReceiveMessage"}; }
  Words operator()(const Cancel&) const { return {"cancel", ""}; }
  Words operator()(const Delete&) const { return {"delete", "sqs:DeleteMessage"}; }
  Words operator()(const ChangeVisibility&) const { return {"change_visibility", "sqs:ChangeMessageVisibility"}; }
  Words operator()(const PeekMessages&) const { return {"peek", "sqs:ReceiveMessage"}; }  // It shows as much.
  Words operator()(const Purge&) const { return {"purge", "sqs:PurgeQueue"}; }
  Words operator()(const CreateQueue&) const { return {"create_queue", "sqs:CreateQueue"}; }
  Words operator()(const DeleteQueue&) const { return {"delete_queue", "sqs:DeleteQueue"}; }
  Words operator()(const SetQueueAttributes&) const { return {"set_queue_attributes", "sqs:SetQueueAttributes"}; }
  Words operator()(const DescribeQueue&) const { return {"describe_queue", "sqs:GetQueueAttributes"}; }
  Words operator()(const FindQueue&) const { return {"find_queue", "sqs:GetQueueUrl"}; }
  Words operator()(const ListQueues&) const { return {"list_queues", "sqs:ListQueues"}; }
  Words operator()(const ListDeadLetterSources&) const {
    return {"list_dead_letter_sources", "sqs:ListDeadLetterSourceQueues"};
  }
  Words operator()(const StartMoveTask&) const { return {"start_move_task", "sqs:StartMessageMoveTask"}; }
  Words operator()(const CancelMoveTask&) const { return {"cancel_move_task", "sqs:CancelMessageMoveTask"}; }
  Words operator()(const ListMoveTasks&) const { return {"list_move_tasks", "sqs:ListMessageMoveTasks"}; }
  Words operator()(const TagQueue&) const { return {"tag_queue", "sqs:TagQueue"}; }
  Words operator()(const UntagQueue&) const { return {"untag_queue", "sqs:UntagQueue"}; }
  Words operator()(const ListQueueTags&) const { return {"list_queue_tags", "sqs:ListQueueTags"}; }
  Words operator()(const Publish&) const { return {"publish", "sns:Publish"}; }
  Words operator()(const CreateTopic&) const { return {"create_topic", "sns:CreateTopic"}; }
  Words operator()(const DeleteTopic&) const { return {"delete_topic", "sns:DeleteTopic"}; }
  Words operator()(const SetTopicAttributes&) const { return {"set_topic_attributes", "sns:SetTopicAttributes"}; }
  Words operator()(const DescribeTopic&) const { return {"describe_topic", "sns:GetTopicAttributes"}; }
  Words operator()(const ListTopics&) const { return {"list_topics", "sns:ListTopics"}; }
  Words operator()(const TagTopic&) const { return {"tag_topic", "sns:TagResource"}; }
  Words operator()(const UntagTopic&) const { return {"untag_topic", "sns:UntagResource"}; }
  Words operator()(const ListTopicTags&) const { return {"list_topic_tags", "sns:ListTagsForResource"}; }
  Words operator()(const Subscribe&) const { return {"subscribe", "sns:Subscribe"}; }
  Words operator()(const ConfirmSubscription&) const { return {"confirm_subscription", "sns:ConfirmSubscription"}; }
  Words operator()(const Unsubscribe&) const { return {"unsubscribe", "sns:Unsubscribe"}; }
  Words operator()(const SetSubscriptionAttributes&) const {
    return {"set_subscription_attributes", "sns:SetSubscriptionAttributes"};
  }
  Words operator()(const DescribeSubscription&) const {
    return {"describe_subscription", "sns:GetSubscriptionAttributes"};
  }
  Words operator()(const AddPermission& add) const {
    return {"add_permission", add.kind == Kind::kQueue ? "sqs:AddPermission" : "sns:AddPermission"};
  }
  Words operator()(const RemovePermission& remove) const {
    return {"remove_permission", remove.kind == Kind::kQueue ? "sqs:RemovePermission" : "sns:RemovePermission"};
  }
  Words operator()(const ListSubscriptions& list) const {
    return {"list_subscriptions", list.topic.empty() ? "sns:ListSubscriptions" : "sns:ListSubscriptionsByTopic"};
  }
  Words operator()(const PutDataProtectionPolicy&) const {
    return {"put_data_protection_policy", "sns:PutDataProtectionPolicy"};
  }
  Words operator()(const GetDataProtectionPolicy&) const {
    return {"get_data_protection_policy", "sns:GetDataProtectionPolicy"};
  }
  Words operator()(const TakeDeliveries&) const { return {"take_deliveries", ""}; }
  Words operator()(const SettleDeliveries&) const { return {"settle_deliveries", ""}; }
  Words operator()(const MayFollow&) const { return {"may_follow", "sns:Subscribe"}; }
  Words operator()(const Follow&) const { return {"follow", "sns:Subscribe"}; }
  Words operator()(const DescribeHub&) const { return {"describe_hub", ""}; }
  Words operator()(const Export& e) const {
    return e.all ? Words{"export_all", "hub:Export"} : Words{"export", "sqs:ListQueues"};  // And sns:ListTopics.
  }
  Words operator()(const TestCommand&) const { return {"test_command", ""}; }
  Words operator()(const Statistics&) const { return {"statistics", "hub:Statistics"}; }
  Words operator()(const PlanReload&) const { return {"plan_reload", "hub:PlanReload"}; }
  Words operator()(const Reload&) const { return {"reload", ""}; }
};

}  // namespace

bool IsOfHub(const Command& command) { return !command.caller || !command.caller->identity; }

std::string AccountOf(const Command& command) {
  return IsOfHub(command) ? "" : command.caller->identity->principal().account;
}

std::string_view ActionOf(const Operation& operation) { return std::visit(Describe(), operation).action; }

std::string_view NameOf(const Operation& operation) { return std::visit(Describe(), operation).name; }

}  // namespace hub::core
