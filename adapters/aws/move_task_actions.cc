// StartMessageMoveTask, CancelMessageMoveTask, ListMessageMoveTasks [aws 90 to 94].
#include "adapters/aws/actions.h"
#include "adapters/aws/message.h"
#include "hub/base/limits.h"
#include "hub/base/names.h"
#include "hub/core/command.h"
#include "hub/core/reply.h"

namespace adapters::aws {
namespace {

namespace core = hub::core;

constexpr std::int64_t kListMax = 10;

// A queue's ARN in a parameter.
Result<std::string> ReadArn(const Value& input, std::string_view parameter) {
  const std::string_view arn = input.Text(parameter);
  if (arn.empty()) return MissingParameter(parameter);
  const auto name = hub::ParseResourceName(hub::Kind::kQueue, arn, "", "");
  if (!name || !arn.starts_with("arn:")) {
    return Fail(kInvalidParameterValue, "You must use this format to specify the " + std::string(parameter) +
                                            ": arn:<partition>:<service>:<region>:<account-id>:<resource-id>");
  }
  return std::string(arn);
}

// [aws 90, 94] What is not there is a resource here, whatever it is.
Failure WordNotFound(const Call&, const hub::Error& error) {
  if (error.code == hub::Code::kQueueNotFound) {
    return {&kResourceNotFound, "The resource that you specified for the SourceArn parameter doesn't exist."};
  }
  return FailureOf(Service::kSqs, error);
}

Failure WordStart(const Call&, const hub::Error& error) {
  if (error.code == hub::Code::kQueueNotFound) {
    const bool is_destination = error.about == "DestinationArn";
    return {&kResourceNotFound, std::string("The resource that you specified for the ") +
                                    (is_destination ? "DestinationArn" : "SourceArn") + " parameter doesn't exist."};
  }
  return FailureOf(Service::kSqs, error);
}

Result<Plan> PlanStart(Call& call) {
  auto source = ReadArn(call.input(), "SourceArn");
  if (!source) return tl::unexpected(source.error());
  core::StartMoveTask start;
  start.source = std::move(*source);
  if (call.input().Find("DestinationArn")) {
    auto destination = ReadArn(call.input(), "DestinationArn");
    if (!destination) return tl::unexpected(destination.error());
    start.destination = std::move(*destination);
  }
  if (const auto rate = NumberIn(call.input(), "MaxNumberOfMessagesPerSecond")) {
    if (*rate < 1 || *rate > hub::kMoveRateMax) {
      return WrongValue(call.input().Text("MaxNumberOfMessagesPerSecond"), "MaxNumberOfMessagesPerSecond",
                        "Must be between 1 and 500, if provided.");
    }
    start.rate = static_cast<std::uint32_t>(*rate);
  }
  return Plan{.operation = std::move(start),
              .finish = [](const Call&, core::Reply& reply, Writer& out) -> Result<void> {
                out.Text("TaskHandle", std::get<core::CreatedReply>(reply).arn);
                return {};
              },
              .fail = WordStart};
}

Result<Plan> PlanCancel(Call& call) {
  const std::string_view handle = call.input().Text("TaskHandle");
  if (handle.empty()) return MissingParameter("TaskHandle");
  return Plan{.operation = core::CancelMoveTask{.handle = std::string(handle)},
              .finish = [](const Call&, core::Reply& reply, Writer& out) -> Result<void> {
                const auto& tasks = std::get<core::MoveTasksReply>(reply).tasks;
                out.Number("ApproximateNumberOfMessagesMoved", static_cast<std::int64_t>(tasks.front().moved));
                return {};
              }};
}

void WriteTask(const core::MoveTaskDescription& task, Writer& out) {
  out.BeginItem();
  if (!task.handle.empty()) out.Text("TaskHandle", task.handle);  // [aws 93]
  out.Text("Status", core::NameOf(task.status));
  out.Text("SourceArn", task.source);
  if (!task.destination.empty()) out.Text("DestinationArn", task.destination);
  if (task.rate > 0) out.Number("MaxNumberOfMessagesPerSecond", static_cast<std::int64_t>(task.rate));
  out.Number("ApproximateNumberOfMessagesMoved", static_cast<std::int64_t>(task.moved));
  out.Number("ApproximateNumberOfMessagesToMove", static_cast<std::int64_t>(task.to_move));
  if (task.failure == core::MoveFailure::kQueueGone) {
    out.Text("FailureReason", kQueueDoesNotExist.code);
  } else if (task.failure != core::MoveFailure::kNone) {
    out.Text("FailureReason", task.reason);
  }
  out.Number("StartedTimestamp", hub::MillisOf(task.started));
  out.EndItem();
}

Result<Plan> PlanList(Call& call) {
  auto source = ReadArn(call.input(), "SourceArn");
  if (!source) return tl::unexpected(source.error());
  const std::int64_t max = NumberIn(call.input(), "MaxResults").value_or(1);
  if (max < 1 || max > kListMax) {
    return WrongValue(call.input().Text("MaxResults"), "MaxResults", "Must be between 1 and 10, if provided.");
  }
  return Plan{.operation = core::ListMoveTasks{.source = std::move(*source)},
              .finish = [max](const Call&, core::Reply& reply, Writer& out) -> Result<void> {
                const auto& tasks = std::get<core::MoveTasksReply>(reply).tasks;
                if (tasks.empty()) return {};
                out.BeginList("Results", "ListMessageMoveTasksResultEntry");
                for (std::size_t i = 0; i < tasks.size() && i < static_cast<std::size_t>(max); ++i) {
                  WriteTask(tasks[i], out);
                }
                out.EndList();
                return {};
              },
              .fail = WordNotFound};
}

constexpr Field kStartFields[] = {{.name = "SourceArn"},
                                  {.name = "DestinationArn"},
                                  {.name = "MaxNumberOfMessagesPerSecond", .type = Type::kInteger}};
constexpr Field kCancelFields[] = {{.name = "TaskHandle"}};
constexpr Field kListFields[] = {{.name = "SourceArn"}, {.name = "MaxResults", .type = Type::kInteger}};

constexpr Action kActions[] = {
    {"StartMessageMoveTask", Service::kSqs, {kStartFields}, true, false, PlanStart},
    {"CancelMessageMoveTask", Service::kSqs, {kCancelFields}, true, false, PlanCancel},
    {"ListMessageMoveTasks", Service::kSqs, {kListFields}, true, false, PlanList},
};

}  // namespace

std::span<const Action> MoveTaskActions() { return kActions; }

}  // namespace adapters::aws
