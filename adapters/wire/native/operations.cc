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
Operation SubscriptionWithAttributes(Arguments& a) {
  return T{Name(a, 0), Name(a, 1), std::move(a.attributes)};
}

// clang-format off
constexpr Signature kSignatures[] = {
    {"send",    2, {Shape::kName, Shape::kMessages},
     [](Arguments& a) -> Operation { return core::Send{Name(a), std::move(a.messages)}; }},
    {"publish", 2, {Shape::kName, Shape::kNotifications},
     [](Arguments& a) -> Operation { return core::Publish{Name(a), std::move(a.notifications)}; }},
    {"receive", 4, {Shape::kName, Shape::kMax, Shape::kVisibility, Shape::kWait},
     [](Arguments& a) -> Operation { return core::Receive{Name(a), a.max, a.visibility, a.wait}; }},
    {"delete",  2, {Shape::kName, Shape::kHandles},
     [](Arguments& a) -> Operation { return core::Delete{Name(a), std::move(a.handles)}; }},
    {"change_visibility", 2, {Shape::kName, Shape::kChanges},
     [](Arguments& a) -> Operation { return core::ChangeVisibility{Name(a), std::move(a.changes)}; }},
    {"purge",                       1, {Shape::kName},                     Named<core::Purge>},
    {"create_queue",                2, {Shape::kName, Shape::kAttributes}, NamedWithAttributes<core::CreateQueue>},
    {"delete_queue",                1, {Shape::kName},                     Named<core::DeleteQueue>},
    {"set_queue_attributes",        2, {Shape::kName, Shape::kAttributes}, NamedWithAttributes<core::SetQueueAttributes>},
    {"describe_queue",              1, {Shape::kName},                     Named<core::DescribeQueue>},
    {"list_queues",                 1, {Shape::kName},                     Named<core::ListQueues>},
    {"create_topic",                2, {Shape::kName, Shape::kAttributes}, NamedWithAttributes<core::CreateTopic>},
    {"delete_topic",                1, {Shape::kName},                     Named<core::DeleteTopic>},
    {"set_topic_attributes",        2, {Shape::kName, Shape::kAttributes}, NamedWithAttributes<core::SetTopicAttributes>},
    {"describe_topic",              1, {Shape::kName},                     Named<core::DescribeTopic>},
    {"list_topics",                 1, {Shape::kName},                     Named<core::ListTopics>},
    {"subscribe",                   3, {Shape::kName, Shape::kName, Shape::kAttributes},
     SubscriptionWithAttributes<core::Subscribe>},
    {"unsubscribe",                 2, {Shape::kName, Shape::kName},
     [](Arguments& a) -> Operation { return core::Unsubscribe{Name(a, 0), Name(a, 1)}; }},
    {"set_subscription_attributes", 3, {Shape::kName, Shape::kName, Shape::kAttributes},
     SubscriptionWithAttributes<core::SetSubscriptionAttributes>},
    {"may_follow",                  1, {Shape::kName},                     Named<core::MayFollow>},
    {"describe_hub",                0, {}, [](Arguments&) -> Operation { return core::DescribeHub{}; }},
};
// clang-format on

}  // namespace

std::string_view Describe(Shape shape) {
  switch (shape) {
    case Shape::kName: return "a string";
    case Shape::kMax: return "a whole number";
    case Shape::kVisibility:
    case Shape::kWait: return "nil or a whole number of milliseconds";
    case Shape::kMessages: return "a list of messages, each a body, [body, attributes] or [body, attributes, options]";
    case Shape::kNotifications:
      return "a list of messages, each a body, [body, attributes], [body, attributes, subject] or "
             "[body, attributes, subject, options]";
    case Shape::kHandles: return "a list of receipt handles";
    case Shape::kChanges: return "a list of [receipt handle, milliseconds]";
    case Shape::kAttributes: return "a map from strings to strings";
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
