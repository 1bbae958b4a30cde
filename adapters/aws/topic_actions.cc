// Topics: created, listed, described, changed, tagged, deleted [aws 3.8].
#include <set>

#include "adapters/aws/actions.h"
#include "adapters/aws/page.h"
#include "adapters/aws/text.h"
#include "adapters/aws/topic_arn.h"
#include "hub/base/document.h"
#include "hub/base/names.h"
#include "hub/core/command.h"
#include "hub/core/default_policy.h"
#include "hub/core/reply.h"

namespace adapters::aws {
namespace {

namespace core = hub::core;

constexpr std::size_t kPageMax = 100;  // [aws 119]

std::string ReadAttribute(std::string_view name, std::string_view value) {
  const bool is_boolean = name == "FifoTopic" || name == "ContentBasedDeduplication";
  return is_boolean ? LowerBoolean(value) : std::string(value);
}

core::Attributes ReadTopicAttributes(const Value& input) {
  core::Attributes attributes;
  if (const Value* map = input.Find("Attributes")) {
    for (const auto& [name, value] : map->members) {
      attributes.insert_or_assign(std::string(name), ReadAttribute(name, value.text));
    }
  }
  return attributes;
}

Result<hub::Tags> ReadTags(const Value& input) {
  hub::Tags tags;
  const Value* list = input.Find("Tags");
  if (!list) return tags;
  for (const Value& tag : list->items) {
    if (!tags.emplace(tag.Text("Key"), tag.Text("Value")).second) {  // [aws 108]
      return InvalidParameter("Duplicated keys are not allowed.");
    }
  }
  return tags;
}

template <typename Operation>
Result<Plan> PlanOfTopic(const Call& call, std::string_view parameter, Operation operation = {}) {
  auto arn = TopicArnIn(call, parameter);
  if (!arn) return tl::unexpected(arn.error());
  operation.topic = std::move(*arn);
  return Plan{.operation = std::move(operation)};
}

Result<Plan> PlanCreate(Call& call) {
  const std::string_view name = call.input().Text("Name");
  core::Attributes attributes = ReadTopicAttributes(call.input());
  const auto fifo = attributes.find("FifoTopic");
  if (fifo != attributes.end() && fifo->second != "true" && fifo->second != "false") {
    return InvalidParameter("Attributes Reason: FifoTopic: Invalid value [" + fifo->second +
                            "]. Must be true or false.");
  }
  const bool wants_fifo = fifo != attributes.end() && fifo->second == "true";
  if (!hub::IsResourceName(hub::Kind::kTopic, name)) return InvalidParameter("Topic Name");  // [aws 107]
  if (wants_fifo != hub::IsFifoName(name)) {
    return InvalidParameter(wants_fifo ? "Fifo Topic names must end with .fifo and must be made up of only uppercase "
                                         "and lowercase ASCII letters, numbers, underscores, and hyphens, and must be "
                                         "between 1 and 256 characters long."
                                       : "Topic Name");
  }
  if (!wants_fifo && fifo != attributes.end()) attributes.erase(fifo);  // It says what is so.
  auto tags = ReadTags(call.input());
  if (!tags) return tl::unexpected(tags.error());
  if (const std::string_view policy = call.input().Text("DataProtectionPolicy"); !policy.empty()) {
    attributes.insert_or_assign("DataProtectionPolicy", std::string(policy));
  }
  return Plan{.operation =
                  core::CreateTopic{
                      .topic = TopicArn(call, name), .attributes = std::move(attributes), .tags = std::move(*tags)},
              .finish = [](const Call&, core::Reply& reply, Writer& out) -> Result<void> {
                out.Text("TopicArn", std::get<core::CreatedReply>(reply).arn);
                return {};
              }};
}

// [aws 109] There is nothing to delete: that is fine.
Result<Plan> PlanDelete(Call& call) {
  auto plan = PlanOfTopic<core::DeleteTopic>(call, "TopicArn");
  if (!plan) return plan;
  plan->forgive = hub::Code::kTopicNotFound;
  plan->fail = [](const Call&, const hub::Error& error) {
    if (error.about == "ArchivePolicy") return Failure{&kInvalidState, "Invalid state: " + error.message};
    return FailureOf(Service::kSns, error);
  };
  return plan;
}

Result<Plan> PlanList(Call& call) {
  std::string after;
  if (const std::string_view token = call.input().Text("NextToken"); !token.empty()) {
    auto name = ReadToken(token);
    if (!name) return InvalidParameter("NextToken Reason: The token is not valid");
    after = std::move(*name);
  }
  return Plan{.operation = core::ListTopics{.prefix = "", .region = call.region, .after = after, .max = kPageMax},
              .finish = [](const Call&, core::Reply& reply, Writer& out) -> Result<void> {
                const auto& listed = std::get<core::TopicsReply>(reply);
                out.BeginList("Topics", "");
                for (const core::TopicDescription& topic : listed.topics) {
                  out.BeginItem();
                  out.Text("TopicArn", topic.arn);
                  out.EndItem();
                }
                out.EndList();
                if (listed.more) out.Text("NextToken", NextToken(listed.topics.back().name));
                return {};
              }};
}

core::Attributes AllAttributes(const core::TopicDescription& topic) {
  core::Attributes all = topic.attributes;
  if (const auto policy = all.find("DeliveryPolicy"); policy != all.end()) {
    policy->second = topics::WholeTopicDeliveryPolicy(policy->second);
  }
  all["TopicArn"] = topic.arn;
  all["Owner"] = topic.account;
  all.emplace("DisplayName", "");  // [aws 118]
  if (!all.contains("Policy")) {
    const auto name = hub::ParseResourceName(hub::Kind::kTopic, topic.arn, "", "");
    if (name) all["Policy"] = hub::ToJson(core::DefaultTopicPolicy(*name));
  }
  all["SubscriptionsConfirmed"] = std::to_string(topic.subscriptions_confirmed);
  all["SubscriptionsPending"] = std::to_string(topic.subscriptions_pending);
  all["SubscriptionsDeleted"] = std::to_string(topic.subscriptions_deleted);
  all["EffectiveDeliveryPolicy"] = topic.effective_delivery_policy;
  if (topic.archive_begins != hub::kNever) {
    topics::AppendTimestamp(all["BeginningArchiveTime"], topic.archive_begins);
  }
  if (hub::IsFifoName(topic.name)) {
    all["FifoTopic"] = "true";
    all.emplace("ContentBasedDeduplication", "false");
  }
  return all;
}

Result<Plan> PlanGetAttributes(Call& call) {
  auto plan = PlanOfTopic<core::DescribeTopic>(call, "TopicArn");
  if (!plan) return plan;
  plan->finish = [](const Call&, core::Reply& reply, Writer& out) -> Result<void> {
    out.BeginMap("Attributes", "", "", "");
    for (const auto& [name, value] : AllAttributes(std::get<core::TopicsReply>(reply).topics.front())) {
      out.TextEntry(name, value);
    }
    out.EndMap();
    return {};
  };
  return plan;
}

Result<Plan> PlanSetAttributes(Call& call) {
  const std::string_view name = call.input().Text("AttributeName");
  if (name.empty() || name == "FifoTopic") return InvalidParameter("AttributeName");
  return PlanOfTopic(
      call, "TopicArn",
      core::SetTopicAttributes{
          .topic = {}, .attributes = {{std::string(name), ReadAttribute(name, call.input().Text("AttributeValue"))}}});
}

// --- Tags -----------------------------------------------------------------------------------------------------------

// Of what is tagged: it is not there.
Failure WordResource(const Call&, const hub::Error& error) {
  if (error.code == hub::Code::kTopicNotFound) return {&kSnsResourceNotFound, "Resource does not exist"};
  return FailureOf(Service::kSns, error);
}

Result<Plan> PlanTag(Call& call) {
  auto tags = ReadTags(call.input());
  if (!tags) return tl::unexpected(tags.error());
  auto plan = PlanOfTopic(call, "ResourceArn", core::TagTopic{.topic = {}, .tags = std::move(*tags)});
  if (plan) plan->fail = WordResource;
  return plan;
}

Result<Plan> PlanUntag(Call& call) {
  core::UntagTopic untag;
  if (const Value* keys = call.input().Find("TagKeys")) {
    for (const Value& key : keys->items) untag.keys.emplace_back(key.text);
  }
  auto plan = PlanOfTopic(call, "ResourceArn", std::move(untag));
  if (plan) plan->fail = WordResource;
  return plan;
}

Result<Plan> PlanListTags(Call& call) {
  auto plan = PlanOfTopic<core::ListTopicTags>(call, "ResourceArn");
  if (!plan) return plan;
  plan->fail = WordResource;
  plan->finish = [](const Call&, core::Reply& reply, Writer& out) -> Result<void> {
    out.BeginList("Tags", "");
    for (const auto& [key, value] : std::get<core::TagsReply>(reply).tags) {
      out.BeginItem();
      out.Text("Key", key);
      out.Text("Value", value);
      out.EndItem();
    }
    out.EndList();
    return {};
  };
  return plan;
}

// --- Data protection ------------------------------------------------------------------------------------------------

Result<Plan> PlanPutDataProtection(Call& call) {
  return PlanOfTopic(
      call, "ResourceArn",
      core::PutDataProtectionPolicy{.topic = {}, .policy = std::string(call.input().Text("DataProtectionPolicy"))});
}

Result<Plan> PlanGetDataProtection(Call& call) {
  auto plan = PlanOfTopic<core::GetDataProtectionPolicy>(call, "ResourceArn");
  if (!plan) return plan;
  plan->finish = [](const Call&, core::Reply& reply, Writer& out) -> Result<void> {
    out.Text("DataProtectionPolicy", std::get<core::TextReply>(reply).text);
    return {};
  };
  return plan;
}

// --- Shapes ---------------------------------------------------------------------------------------------------------

constexpr Field kTagFields[] = {{.name = "Key"}, {.name = "Value"}};
constexpr Shape kTag{kTagFields};
constexpr Field kTagsField{.name = "Tags", .type = Type::kStructList, .query = "Tags.member", .of = &kTag};

constexpr Field kCreateFields[] = {
    {.name = "Name"},
    {.name = "Attributes", .type = Type::kTextMap, .query = "Attributes.entry", .key = "key", .value = "value"},
    kTagsField,
    {.name = "DataProtectionPolicy"},
};
constexpr Field kTopicFields[] = {{.name = "TopicArn"}};
constexpr Field kListFields[] = {{.name = "NextToken"}};
constexpr Field kSetFields[] = {{.name = "TopicArn"}, {.name = "AttributeName"}, {.name = "AttributeValue"}};
constexpr Field kTagResourceFields[] = {{.name = "ResourceArn"}, kTagsField};
constexpr Field kUntagFields[] = {{.name = "ResourceArn"},
                                  {.name = "TagKeys", .type = Type::kTextList, .query = "TagKeys.member"}};
constexpr Field kResourceFields[] = {{.name = "ResourceArn"}};
constexpr Field kPutDataProtectionFields[] = {{.name = "ResourceArn"}, {.name = "DataProtectionPolicy"}};

constexpr Action kActions[] = {
    {"CreateTopic", Service::kSns, {kCreateFields}, true, false, PlanCreate},
    {"DeleteTopic", Service::kSns, {kTopicFields}, false, false, PlanDelete},
    {"GetTopicAttributes", Service::kSns, {kTopicFields}, true, false, PlanGetAttributes},
    {"ListTopics", Service::kSns, {kListFields}, true, false, PlanList},
    {"SetTopicAttributes", Service::kSns, {kSetFields}, false, false, PlanSetAttributes},
    {"TagResource", Service::kSns, {kTagResourceFields}, true, false, PlanTag},
    {"UntagResource", Service::kSns, {kUntagFields}, true, false, PlanUntag},
    {"ListTagsForResource", Service::kSns, {kResourceFields}, true, false, PlanListTags},
    {"PutDataProtectionPolicy", Service::kSns, {kPutDataProtectionFields}, false, false, PlanPutDataProtection},
    {"GetDataProtectionPolicy", Service::kSns, {kResourceFields}, true, false, PlanGetDataProtection},
};

}  // namespace

std::span<const Action> TopicActions() { return kActions; }

}  // namespace adapters::aws
