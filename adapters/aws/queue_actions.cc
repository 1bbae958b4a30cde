// The queues themselves: created, listed, described, changed, tagged, purged, deleted [aws 3.2].
#include <algorithm>
#include <chrono>
#include <map>
#include <set>

#include "adapters/aws/actions.h"
#include "adapters/aws/message.h"
#include "adapters/aws/page.h"
#include "adapters/aws/queue_url.h"
#include "adapters/aws/text.h"
#include "hub/core/command.h"
#include "hub/core/reply.h"

namespace adapters::aws {
namespace {

namespace core = hub::core;

constexpr std::int64_t kPageMax = 1000;

// What SQS calls the attributes of a queue [aws 4.1].
constexpr std::string_view kAttributeNames[] = {"All",
                                                "Policy",
                                                "VisibilityTimeout",
                                                "MaximumMessageSize",
                                                "MessageRetentionPeriod",
                                                "ApproximateNumberOfMessages",
                                                "ApproximateNumberOfMessagesNotVisible",
                                                "CreatedTimestamp",
                                                "LastModifiedTimestamp",
                                                "QueueArn",
                                                "ApproximateNumberOfMessagesDelayed",
                                                "DelaySeconds",
                                                "ReceiveMessageWaitTimeSeconds",
                                                "RedrivePolicy",
                                                "FifoQueue",
                                                "ContentBasedDeduplication",
                                                "KmsMasterKeyId",
                                                "KmsDataKeyReusePeriodSeconds",
                                                "DeduplicationScope",
                                                "FifoThroughputLimit",
                                                "RedriveAllowPolicy",
                                                "SqsManagedSseEnabled"};

// Those that an empty value removes [aws 31, 32]. Of any other it is a wrong value.
constexpr std::string_view kRemovable[] = {"Policy", "RedrivePolicy", "RedriveAllowPolicy", "KmsMasterKeyId"};

constexpr std::string_view kBooleans[] = {"FifoQueue", "ContentBasedDeduplication", "SqsManagedSseEnabled"};

template <typename List>
bool Contains(const List& list, std::string_view name) {
  return std::find(std::begin(list), std::end(list), name) != std::end(list);
}

Result<core::Attributes> ReadQueueAttributes(const Value& input) {
  core::Attributes attributes;
  const Value* map = input.Find("Attributes");
  if (!map) return attributes;
  for (const auto& [name, value] : map->members) {
    if (value.text.empty() && !Contains(kRemovable, name)) {
      return Fail(kInvalidAttributeValue, "Invalid value for the parameter " + std::string(name) + ".");
    }
    attributes.insert_or_assign(std::string(name),
                                Contains(kBooleans, name) ? LowerBoolean(value.text) : std::string(value.text));
  }
  return attributes;
}

hub::Tags ReadTags(const Value* map) {
  hub::Tags tags;
  if (!map) return tags;
  for (const auto& [key, value] : map->members) tags.insert_or_assign(std::string(key), std::string(value.text));
  return tags;
}

// A plan for what is asked of the call's queue and answered with nothing.
template <typename Operation>
Result<Plan> PlanOfQueue(const Call& call, Operation operation = {}) {
  auto arn = QueueArnOf(call);
  if (!arn) return tl::unexpected(arn.error());
  operation.queue = std::move(*arn);
  return Plan{.operation = std::move(operation)};
}

Result<void> WriteQueueUrl(const Call& call, core::Reply& reply, Writer& out) {
  out.Text("QueueUrl", QueueUrlOf(call, std::get<core::CreatedReply>(reply).arn));
  return {};
}

Result<Plan> PlanCreate(Call& call) {
  const std::string_view name = call.input().Text("QueueName");
  if (name.empty()) return WrongValue("", "QueueName", "Must specify a queue name.");
  auto attributes = ReadQueueAttributes(call.input());
  if (!attributes) return tl::unexpected(attributes.error());
  const auto fifo = attributes->find("FifoQueue");
  const bool wants_fifo = fifo != attributes->end() && fifo->second == "true";
  if (!hub::IsResourceName(hub::Kind::kQueue, name) || hub::IsFifoName(name) != wants_fifo) {  // [aws 19, 20]
    return Fail(kInvalidParameterValue,
                "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length");
  }
  return Plan{.operation = core::CreateQueue{.queue = QueueArn(call, call.account, name),
                                             .attributes = std::move(*attributes),
                                             .tags = ReadTags(call.input().Find("tags"))},
              .finish = WriteQueueUrl};
}

Result<Plan> PlanGetUrl(Call& call) {
  const std::string_view name = call.input().Text("QueueName");
  if (name.empty()) return WrongValue("", "QueueName", "Must specify a queue name.");
  const std::string_view owner = call.input().Text("QueueOwnerAWSAccountId");
  if (!hub::IsResourceName(hub::Kind::kQueue, name) || (!owner.empty() && !hub::IsAccountId(owner))) {
    return Fail(kQueueDoesNotExist, "The specified queue does not exist.");
  }
  const std::string_view account = owner.empty() ? std::string_view(call.account) : owner;
  return Plan{.operation = core::FindQueue{.queue = QueueArn(call, account, name)}, .finish = WriteQueueUrl};
}

// How many of a list are asked for, and from where on [aws 36].
struct Page {
  std::string after;
  std::size_t max = kPageMax;
  bool with_token = false;
};

Result<Page> ReadPage(const Value& input) {
  Page page;
  if (const auto max = NumberIn(input, "MaxResults")) {
    if (*max < 1 || *max > kPageMax) {
      return WrongValue(input.Text("MaxResults"), "MaxResults", "Must be between 1 and 1000, if provided.");
    }
    page.max = static_cast<std::size_t>(*max);
    page.with_token = true;
  }
  if (const std::string_view token = input.Text("NextToken"); !token.empty()) {
    auto after = ReadToken(token);
    if (!after) return WrongValue(token, "NextToken", "Invalid or expired next token.");
    page.after = std::move(*after);
  }
  return page;
}

Result<Plan> PlanList(Call& call) {
  auto page = ReadPage(call.input());
  if (!page) return tl::unexpected(page.error());
  return Plan{
      .operation = core::ListQueues{.prefix = std::string(call.input().Text("QueueNamePrefix")),
                                    .region = call.region,
                                    .after = page->after,
                                    .max = page->max},
      .finish = [with_token = page->with_token](const Call& asked, core::Reply& reply, Writer& out) -> Result<void> {
        const auto& listed = std::get<core::QueuesReply>(reply);
        if (listed.queues.empty()) return {};
        out.BeginList("QueueUrls", "QueueUrl");
        for (const core::QueueDescription& queue : listed.queues) out.TextItem(QueueUrlOf(asked, queue.arn));
        out.EndList();
        if (with_token && listed.more) out.Text("NextToken", NextToken(listed.queues.back().name));
        return {};
      }};
}

Result<Plan> PlanListSources(Call& call) {
  auto page = ReadPage(call.input());
  if (!page) return tl::unexpected(page.error());
  auto arn = QueueArnOf(call);
  if (!arn) return tl::unexpected(arn.error());
  return Plan{
      .operation = core::ListDeadLetterSources{.queue = std::move(*arn), .after = page->after, .max = page->max},
      .finish = [with_token = page->with_token](const Call& asked, core::Reply& reply, Writer& out) -> Result<void> {
        const auto& listed = std::get<core::ArnsReply>(reply);
        out.BeginList("queueUrls", "QueueUrl");  // [aws 15]
        for (const std::string& source : listed.arns) out.TextItem(QueueUrlOf(asked, source));
        out.EndList();
        if (with_token && listed.more) out.Text("NextToken", NextToken(listed.arns.back()));
        return {};
      }};
}

// --- Attributes -----------------------------------------------------------------------------------------------------

std::string Seconds(hub::Instant instant) { return std::to_string(hub::MillisOf(instant) / 1000); }

core::Attributes AllAttributes(const core::QueueDescription& queue) {
  core::Attributes all = queue.attributes;
  all["QueueArn"] = queue.arn;
  all["ApproximateNumberOfMessages"] = std::to_string(queue.visible);
  all["ApproximateNumberOfMessagesNotVisible"] = std::to_string(queue.in_flight);
  all["ApproximateNumberOfMessagesDelayed"] = std::to_string(queue.delayed);
  all["CreatedTimestamp"] = Seconds(queue.created);  // [aws 18]
  all["LastModifiedTimestamp"] = Seconds(queue.modified);
  return all;
}

Result<Plan> PlanGetAttributes(Call& call) {
  std::set<std::string, std::less<>> wanted;
  if (const Value* names = call.input().Find("AttributeNames")) {
    for (const Value& name : names->items) {
      if (!Contains(kAttributeNames, name.text)) {  // [aws 29]
        return Fail(kInvalidAttributeName, "Unknown Attribute " + std::string(name.text) + ".");
      }
      wanted.emplace(name.text);
    }
  }
  auto plan = PlanOfQueue<core::DescribeQueue>(call);
  if (!plan) return plan;
  plan->finish = [wanted = std::move(wanted)](const Call&, core::Reply& reply, Writer& out) -> Result<void> {
    core::Attributes chosen = AllAttributes(std::get<core::QueuesReply>(reply).queues.front());
    if (!wanted.contains("All")) {
      std::erase_if(chosen, [&](const auto& attribute) { return !wanted.contains(attribute.first); });
    }
    if (chosen.empty()) return {};  // [aws 17]
    out.BeginMap("Attributes", "Attribute", "Name", "Value");
    for (const auto& [name, value] : chosen) out.TextEntry(name, value);
    out.EndMap();
    return {};
  };
  return plan;
}

Result<Plan> PlanSetAttributes(Call& call) {
  auto attributes = ReadQueueAttributes(call.input());
  if (!attributes) return tl::unexpected(attributes.error());
  if (attributes->empty()) return MissingParameter("Attribute.Name");
  return PlanOfQueue(call, core::SetQueueAttributes{.queue = {}, .attributes = std::move(*attributes)});
}

// --- Tags -----------------------------------------------------------------------------------------------------------

Result<Plan> PlanTag(Call& call) {
  hub::Tags tags = ReadTags(call.input().Find("Tags"));
  if (tags.empty()) return MissingParameter("Tags");
  return PlanOfQueue(call, core::TagQueue{.queue = {}, .tags = std::move(tags)});
}

Result<Plan> PlanUntag(Call& call) {
  const Value* keys = call.input().Find("TagKeys");
  if (!keys || keys->items.empty()) return MissingParameter("TagKeys");
  core::UntagQueue untag;
  for (const Value& key : keys->items) untag.keys.emplace_back(key.text);
  return PlanOfQueue(call, std::move(untag));
}

Result<Plan> PlanListTags(Call& call) {
  auto plan = PlanOfQueue<core::ListQueueTags>(call);
  if (!plan) return plan;
  plan->finish = [](const Call&, core::Reply& reply, Writer& out) -> Result<void> {
    const hub::Tags& tags = std::get<core::TagsReply>(reply).tags;
    if (tags.empty()) return {};  // [aws 17]
    out.BeginMap("Tags", "Tag", "Key", "Value");
    for (const auto& [key, value] : tags) out.TextEntry(key, value);
    out.EndMap();
    return {};
  };
  return plan;
}

Result<Plan> PlanPurge(Call& call) { return PlanOfQueue<core::Purge>(call); }
Result<Plan> PlanDeleteQueue(Call& call) { return PlanOfQueue<core::DeleteQueue>(call); }

// --- Shapes ---------------------------------------------------------------------------------------------------------

constexpr Field kAttributesField{
    .name = "Attributes", .type = Type::kTextMap, .query = "Attribute", .key = "Name", .value = "Value"};

constexpr Field kQueueFields[] = {{.name = "QueueUrl"}};
constexpr Field kCreateFields[] = {
    {.name = "QueueName"},
    kAttributesField,
    {.name = "tags", .type = Type::kTextMap, .query = "Tag", .key = "Key", .value = "Value"},
};
constexpr Field kGetUrlFields[] = {{.name = "QueueName"}, {.name = "QueueOwnerAWSAccountId"}};
constexpr Field kListFields[] = {
    {.name = "QueueNamePrefix"}, {.name = "NextToken"}, {.name = "MaxResults", .type = Type::kInteger}};
constexpr Field kListSourcesFields[] = {
    {.name = "QueueUrl"}, {.name = "NextToken"}, {.name = "MaxResults", .type = Type::kInteger}};
constexpr Field kGetAttributesFields[] = {
    {.name = "QueueUrl"}, {.name = "AttributeNames", .type = Type::kTextList, .query = "AttributeName"}};
constexpr Field kSetAttributesFields[] = {{.name = "QueueUrl"}, kAttributesField};
constexpr Field kTagFields[] = {
    {.name = "QueueUrl"}, {.name = "Tags", .type = Type::kTextMap, .query = "Tag", .key = "Key", .value = "Value"}};
constexpr Field kUntagFields[] = {{.name = "QueueUrl"},
                                  {.name = "TagKeys", .type = Type::kTextList, .query = "TagKey"}};

constexpr Action kActions[] = {
    {"CreateQueue", Service::kSqs, {kCreateFields}, true, false, PlanCreate},
    {"DeleteQueue", Service::kSqs, {kQueueFields}, false, true, PlanDeleteQueue},
    {"GetQueueAttributes", Service::kSqs, {kGetAttributesFields}, true, true, PlanGetAttributes},
    {"GetQueueUrl", Service::kSqs, {kGetUrlFields}, true, true, PlanGetUrl},
    {"ListDeadLetterSourceQueues", Service::kSqs, {kListSourcesFields}, true, true, PlanListSources},
    {"ListQueues", Service::kSqs, {kListFields}, true, false, PlanList},
    {"ListQueueTags", Service::kSqs, {kQueueFields}, true, true, PlanListTags},
    {"PurgeQueue", Service::kSqs, {kQueueFields}, false, true, PlanPurge},
    {"SetQueueAttributes", Service::kSqs, {kSetAttributesFields}, false, true, PlanSetAttributes},
    {"TagQueue", Service::kSqs, {kTagFields}, false, true, PlanTag},
    {"UntagQueue", Service::kSqs, {kUntagFields}, false, true, PlanUntag},
};

}  // namespace

std::span<const Action> QueueActions() { return kActions; }

}  // namespace adapters::aws
