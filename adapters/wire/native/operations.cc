#include "adapters/wire/native/operations.h"

#include <string>
#include <utility>

namespace adapters::wire::native {
namespace {

namespace core = hub::core;
using core::Operation;

std::string Name(const Arguments& a, std::size_t i = 0) { return std::string(a.names[i]); }

// Operations whose only argument is a name.
template <typename T>
Operation Named(Arguments& a) {
  return T{Name(a)};
}

template <typename T>
Operation NamedWithAttributes(Arguments& a) {
  return T{Name(a), std::move(a.attributes)};
}

template <typename T>
Operation NamedWithAttributesAndTags(Arguments& a) {
  return T{Name(a), std::move(a.attributes), std::move(a.tags)};
}

template <typename T>
Operation NamedWithTags(Arguments& a) {
  return T{Name(a), std::move(a.tags)};
}

template <typename T>
Operation NamedWithTagKeys(Arguments& a) {
  return T{Name(a), std::move(a.tag_keys)};
}

template <typename T>
Operation TwoNames(Arguments& a) {
  return T{Name(a, 0), Name(a, 1)};
}

template <typename T>
Operation SubscriptionWithAttributes(Arguments& a) {
  return T{Name(a, 0), Name(a, 1), std::move(a.attributes)};
}

// clang-format off
constexpr Signature kSignatures[] = {
    {"send",    2, {Shape::kName, Shape::kMessages},
     [](Arguments& a) -> Operation { return core::Send{Name(a), std::move(a.messages)}; }},
    {"publish", 2, {Shape::kName, Shape::kNotifications},
     [](Arguments& a) -> Operation { return core::Publish{Name(a), std::move(a.notifications)}; }},
    {"receive", 5, {Shape::kName, Shape::kMax, Shape::kVisibility, Shape::kWait, Shape::kAttempt},
     [](Arguments& a) -> Operation {
       return core::Receive{Name(a), a.max, a.visibility, a.wait, std::string(a.attempt)};
     }, 1},
    {"consume", 3, {Shape::kName, Shape::kCredit, Shape::kVisibility},
     [](Arguments& a) -> Operation { return core::Consume{Name(a), a.max, a.visibility}; }},
    {"cancel",  1, {Shape::kConsumer}, [](Arguments& a) -> Operation { return core::Cancel{a.consumer}; }},
    {"delete",  2, {Shape::kName, Shape::kHandles},
     [](Arguments& a) -> Operation { return core::Delete{Name(a), std::move(a.handles)}; }},
    {"change_visibility", 2, {Shape::kName, Shape::kChanges},
     [](Arguments& a) -> Operation { return core::ChangeVisibility{Name(a), std::move(a.changes)}; }},
    {"peek",    3, {Shape::kName, Shape::kMax, Shape::kOtherName},
     [](Arguments& a) -> Operation { return core::PeekMessages{.queue = Name(a), .max = a.max, .after = Name(a, 1)}; }},
    {"purge",                       1, {Shape::kName},                     Named<core::Purge>},
    {"create_queue",                3, {Shape::kName, Shape::kAttributes, Shape::kTags},
     NamedWithAttributesAndTags<core::CreateQueue>, 1},
    {"delete_queue",                1, {Shape::kName},                     Named<core::DeleteQueue>},
    {"set_queue_attributes",        2, {Shape::kName, Shape::kAttributes}, NamedWithAttributes<core::SetQueueAttributes>},
    {"describe_queue",              1, {Shape::kName},                     Named<core::DescribeQueue>},
    {"find_queue",                  1, {Shape::kName},                     Named<core::FindQueue>},
    {"list_queues",                 1, {Shape::kName},                     Named<core::ListQueues>},
    {"list_dead_letter_sources",    1, {Shape::kName},                     Named<core::ListDeadLetterSources>},
    {"start_move_task",             3, {Shape::kName, Shape::kOtherName, Shape::kRate},
     [](Arguments& a) -> Operation { return core::StartMoveTask{Name(a, 0), Name(a, 1), a.rate}; }},
    {"cancel_move_task",            1, {Shape::kName},                     Named<core::CancelMoveTask>},
    {"list_move_tasks",             1, {Shape::kName},                     Named<core::ListMoveTasks>},
    {"tag_queue",                   2, {Shape::kName, Shape::kTags},       NamedWithTags<core::TagQueue>},
    {"untag_queue",                 2, {Shape::kName, Shape::kTagKeys},    NamedWithTagKeys<core::UntagQueue>},
    {"list_queue_tags",             1, {Shape::kName},                     Named<core::ListQueueTags>},
    {"create_topic",                3, {Shape::kName, Shape::kAttributes, Shape::kTags},
     NamedWithAttributesAndTags<core::CreateTopic>, 1},
    {"delete_topic",                1, {Shape::kName},                     Named<core::DeleteTopic>},
    {"set_topic_attributes",        2, {Shape::kName, Shape::kAttributes}, NamedWithAttributes<core::SetTopicAttributes>},
    {"describe_topic",              1, {Shape::kName},                     Named<core::DescribeTopic>},
    {"list_topics",                 1, {Shape::kName},                     Named<core::ListTopics>},
    {"put_data_protection_policy",  2, {Shape::kName, Shape::kName}, TwoNames<core::PutDataProtectionPolicy>},
    {"get_data_protection_policy",  1, {Shape::kName},                     Named<core::GetDataProtectionPolicy>},
    {"tag_topic",                   2, {Shape::kName, Shape::kTags},       NamedWithTags<core::TagTopic>},
    {"untag_topic",                 2, {Shape::kName, Shape::kTagKeys},    NamedWithTagKeys<core::UntagTopic>},
    {"list_topic_tags",             1, {Shape::kName},                     Named<core::ListTopicTags>},
    {"subscribe",                   3, {Shape::kName, Shape::kName, Shape::kAttributes},
     SubscriptionWithAttributes<core::Subscribe>},
    {"confirm_subscription",        2, {Shape::kName, Shape::kName}, TwoNames<core::ConfirmSubscription>},
    {"unsubscribe",                 2, {Shape::kName, Shape::kName}, TwoNames<core::Unsubscribe>},
    {"set_subscription_attributes", 3, {Shape::kName, Shape::kName, Shape::kAttributes},
     SubscriptionWithAttributes<core::SetSubscriptionAttributes>},
    {"describe_subscription",       2, {Shape::kName, Shape::kName}, TwoNames<core::DescribeSubscription>},
    {"list_subscriptions",          1, {Shape::kName},                     Named<core::ListSubscriptions>},
    {"add_permission",              5, {Shape::kKind, Shape::kName, Shape::kName, Shape::kAccounts, Shape::kActions},
     [](Arguments& a) -> Operation {
       return core::AddPermission{a.kind, Name(a, 0), Name(a, 1), std::move(a.accounts), std::move(a.actions)};
     }},
    {"remove_permission",           3, {Shape::kKind, Shape::kName, Shape::kName},
     [](Arguments& a) -> Operation { return core::RemovePermission{a.kind, Name(a, 0), Name(a, 1)}; }},
    {"may_follow",                  1, {Shape::kName},                     Named<core::MayFollow>},
    {"describe_hub",                0, {}, [](Arguments&) -> Operation { return core::DescribeHub{}; }},
    {"export",                      0, {}, [](Arguments&) -> Operation { return core::Export{.all = false}; }},
    {"export_all",                  0, {}, [](Arguments&) -> Operation { return core::Export{.all = true}; }},
    {"plan_reload",                 1, {Shape::kName},                     Named<core::PlanReload>},
};
// clang-format on

}  // namespace

std::string_view Describe(Shape shape) {
  switch (shape) {
    case Shape::kName: return "a string";
    case Shape::kMax:
    case Shape::kCredit:
    case Shape::kConsumer: return "a whole number";
    case Shape::kVisibility:
    case Shape::kWait: return "nil or a whole number of milliseconds";
    case Shape::kAttempt: return "nil or a string";
    case Shape::kMessages: return "a list of messages, each a body, [body, attributes] or [body, attributes, options]";
    case Shape::kNotifications:
      return "a list of messages, each a body, [body, attributes], [body, attributes, subject] or "
             "[body, attributes, subject, options]";
    case Shape::kHandles: return "a list of receipt handles";
    case Shape::kChanges: return "a list of [receipt handle, milliseconds]";
    case Shape::kAttributes:
    case Shape::kTags: return "a map from strings to strings";
    case Shape::kTagKeys:
    case Shape::kAccounts:
    case Shape::kActions: return "a list of strings";
    case Shape::kKind: return "\"queue\" or \"topic\"";
    case Shape::kOtherName: return "nil or a string";
    case Shape::kRate: return "nil or a whole number of messages a second";
  }
  return "";
}

const Signature* FindSignature(std::string_view name) {
  for (const Signature& signature : kSignatures) {
    if (signature.name == name) return &signature;
  }
  return nullptr;
}

}  // namespace adapters::wire::native
