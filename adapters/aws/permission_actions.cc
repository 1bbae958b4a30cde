// AddPermission and RemovePermission, of queues and of topics [aws 3.7].
#include "adapters/aws/actions.h"
#include "adapters/aws/queue_url.h"
#include "adapters/aws/topic_arn.h"
#include "hub/core/command.h"

namespace adapters::aws {
namespace {

namespace core = hub::core;

std::vector<std::string> TextsIn(const Value& input, std::string_view name) {
  std::vector<std::string> texts;
  if (const Value* list = input.Find(name)) {
    for (const Value& item : list->items) texts.emplace_back(item.text);
  }
  return texts;
}

Result<Plan> PlanAddToQueue(Call& call) {
  auto arn = QueueArnOf(call);
  if (!arn) return tl::unexpected(arn.error());
  core::AddPermission add{.kind = hub::Kind::kQueue,
                          .resource = std::move(*arn),
                          .label = std::string(call.input().Text("Label")),
                          .accounts = TextsIn(call.input(), "AWSAccountIds"),
                          .actions = TextsIn(call.input(), "Actions")};
  if (add.label.empty()) return MissingParameter("Label");
  if (add.accounts.empty()) return MissingParameter("AWSAccountIds");
  if (add.actions.empty()) return MissingParameter("Actions");
  return Plan{.operation = std::move(add)};
}

Result<Plan> PlanRemoveFromQueue(Call& call) {
  auto arn = QueueArnOf(call);
  if (!arn) return tl::unexpected(arn.error());
  const std::string_view label = call.input().Text("Label");
  if (label.empty()) return MissingParameter("Label");
  return Plan{.operation = core::RemovePermission{
                  .kind = hub::Kind::kQueue, .resource = std::move(*arn), .label = std::string(label)}};
}

Result<Plan> PlanAddToTopic(Call& call) {
  auto arn = TopicArnIn(call, "TopicArn");
  if (!arn) return tl::unexpected(arn.error());
  core::AddPermission add{.kind = hub::Kind::kTopic,
                          .resource = std::move(*arn),
                          .label = std::string(call.input().Text("Label")),
                          .accounts = TextsIn(call.input(), "AWSAccountId"),
                          .actions = TextsIn(call.input(), "ActionName")};
  if (add.label.empty()) return InvalidParameter("Label");
  if (add.accounts.empty()) return InvalidParameter("AWSAccountId");
  if (add.actions.empty()) return InvalidParameter("ActionName");
  return Plan{.operation = std::move(add)};
}

Result<Plan> PlanRemoveFromTopic(Call& call) {
  auto arn = TopicArnIn(call, "TopicArn");
  if (!arn) return tl::unexpected(arn.error());
  return Plan{.operation = core::RemovePermission{.kind = hub::Kind::kTopic,
                                                  .resource = std::move(*arn),
                                                  .label = std::string(call.input().Text("Label"))},
              .forgive = hub::Code::kLabelUnknown};
}

constexpr Field kAddToQueueFields[] = {
    {.name = "QueueUrl"},
    {.name = "Label"},
    {.name = "AWSAccountIds", .type = Type::kTextList, .query = "AWSAccountId"},
    {.name = "Actions", .type = Type::kTextList, .query = "ActionName"},
};
constexpr Field kRemoveFromQueueFields[] = {{.name = "QueueUrl"}, {.name = "Label"}};
constexpr Field kAddToTopicFields[] = {
    {.name = "TopicArn"},
    {.name = "Label"},
    {.name = "AWSAccountId", .type = Type::kTextList, .query = "AWSAccountId.member"},
    {.name = "ActionName", .type = Type::kTextList, .query = "ActionName.member"},
};
constexpr Field kRemoveFromTopicFields[] = {{.name = "TopicArn"}, {.name = "Label"}};

constexpr Action kActions[] = {
    {"AddPermission", Service::kSqs, {kAddToQueueFields}, false, true, PlanAddToQueue},
    {"RemovePermission", Service::kSqs, {kRemoveFromQueueFields}, false, true, PlanRemoveFromQueue},
    {"AddPermission", Service::kSns, {kAddToTopicFields}, false, false, PlanAddToTopic},
    {"RemovePermission", Service::kSns, {kRemoveFromTopicFields}, false, false, PlanRemoveFromTopic},
};

}  // namespace

std::span<const Action> PermissionActions() { return kActions; }

}  // namespace adapters::aws
