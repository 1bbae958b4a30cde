// StartMessageMoveTask, CancelMessageMoveTask, ListMessageMoveTasks [aws 90 to 94].
#include <charconv>
#include <cstdio>

#include "adapters/aws/actions.h"
#include "adapters/aws/base64.h"
#include "adapters/aws/message.h"
#include "hub/base/json.h"
#include "hub/base/limits.h"
#include "hub/base/names.h"
#include "hub/core/command.h"
#include "hub/core/reply.h"

namespace adapters::aws {
namespace {

namespace core = hub::core;

constexpr std::int64_t kListMax = 10;

// A task's handle as SQS has it: {"taskId": a UUID, "sourceArn": ...} in base64. The hub's own is the ARN, '#' and a
// number, which is what the UUID ends with.
constexpr std::string_view kTaskPrefix = "00000000-0000-4000-8000-";
constexpr std::size_t kTaskDigits = 12;

std::string SqsHandle(std::string_view own) {
  const std::size_t hash = own.rfind('#');
  std::uint64_t number = 0;
  std::from_chars(own.data() + hash + 1, own.data() + own.size(), number);
  char digits[kTaskDigits + 1];
  std::snprintf(digits, sizeof digits, "%012llx", static_cast<unsigned long long>(number & 0xffff'ffff'ffffULL));
  std::string json = "{\"taskId\":\"";
  json.append(kTaskPrefix).append(digits).append("\",\"sourceArn\":\"").append(own.substr(0, hash)).append("\"}");
  return ToBase64(json);
}

// [aws 94] A UUID of nobody's task is that of task 0, which there is not.
Result<std::string> OwnHandle(std::string_view handle) {
  const auto json = FromBase64(handle);
  const auto document = json ? hub::ParseJson(*json, "") : hub::Fail(hub::Code::kInvalidArgument, "");
  const hub::Node* task = document ? document->Find("taskId") : nullptr;
  const hub::Node* source = document ? document->Find("sourceArn") : nullptr;
  if (!task || !task->IsString() || !source || !source->IsString() || !source->text.starts_with("arn:") ||
      !hub::ParseResourceName(hub::Kind::kQueue, source->text, "", "")) {
    return Fail(kInvalidParameterValue, "Value for parameter TaskHandle is invalid.");
  }
  const std::string_view id = task->text;
  std::uint64_t number = 0;
  if (id.size() == kTaskPrefix.size() + kTaskDigits && id.starts_with(kTaskPrefix)) {
    std::from_chars(id.data() + kTaskPrefix.size(), id.data() + id.size(), number, 16);
  }
  return source->text + "#" + std::to_string(number);
}

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
                out.Text("TaskHandle", SqsHandle(std::get<core::CreatedReply>(reply).arn));
                return {};
              },
              .fail = WordStart};
}

Result<Plan> PlanCancel(Call& call) {
  const std::string_view handle = call.input().Text("TaskHandle");
  if (handle.empty()) return MissingParameter("TaskHandle");
  auto own = OwnHandle(handle);
  if (!own) return tl::unexpected(own.error());
  return Plan{.operation = core::CancelMoveTask{.handle = std::move(*own)},
              .finish = [](const Call&, core::Reply& reply, Writer& out) -> Result<void> {
                const auto& tasks = std::get<core::MoveTasksReply>(reply).tasks;
                out.Number("ApproximateNumberOfMessagesMoved", static_cast<std::int64_t>(tasks.front().moved));
                return {};
              },
              .fail = WordNotFound};
}

void WriteTask(const core::MoveTaskDescription& task, Writer& out) {
  out.BeginItem();
  if (!task.handle.empty()) out.Text("TaskHandle", SqsHandle(task.handle));  // [aws 93]
  out.Text("Status", core::NameOf(task.status));
  out.Text("SourceArn", task.source);
  if (!task.destination.empty()) out.Text("DestinationArn", task.destination);
  if (task.rate > 0) out.Number("MaxNumberOfMessagesPerSecond", static_cast<std::int64_t>(task.rate));
  out.Number("ApproximateNumberOfMessagesMoved", static_cast<std::int64_t>(task.moved));
  out.Number("ApproximateNumberOfMessagesToMove", static_cast<std::int64_t>(task.to_move));
  if (task.failure == core::MoveFailure::kQueueGone) {
    out.Text("FailureReason", kQueueDoesNotExist.code);
  } else if (task.failure == core::MoveFailure::kOriginUnknown) {
    out.Text("FailureReason", "CouldNotDetermineMessageSource");
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
