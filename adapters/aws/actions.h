// The tables of actions, one for each family. FindAction looks through all of them.
#pragma once

#include <span>

#include "adapters/aws/call.h"

namespace adapters::aws {

std::span<const Action> MessageActions();       // SQS: send, delete, change visibility (message_actions.cc)
std::span<const Action> ReceiveActions();       // SQS (receive_action.cc)
std::span<const Action> QueueActions();         // SQS: the queues themselves (queue_actions.cc)
std::span<const Action> MoveTaskActions();      // SQS (move_task_actions.cc)
std::span<const Action> PermissionActions();    // Both (permission_actions.cc)
std::span<const Action> TopicActions();         // SNS: topics and their attributes and tags (topic_actions.cc)
std::span<const Action> SubscriptionActions();  // SNS (subscription_actions.cc)
std::span<const Action> PublishActions();       // SNS (publish_actions.cc)
std::span<const Action> OtherActions();         // STS, and what is not here yet (other_actions.cc)

}  // namespace adapters::aws
