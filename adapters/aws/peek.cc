#include "adapters/aws/peek.h"

#include <algorithm>
#include <set>
#include <vector>

#include "adapters/aws/answer.h"
#include "adapters/aws/md5.h"
#include "adapters/aws/message.h"
#include "adapters/aws/queue_url.h"
#include "adapters/aws/reader.h"
#include "hub/base/names.h"

namespace adapters::aws {
namespace {

namespace core = hub::core;

constexpr std::string_view kPath = "/_aws/sqs/messages";
constexpr std::string_view kHandle = "SQS/BACKDOOR/ACCESS";  // As LocalStack has it; it is good for nothing.

struct Shown {
  bool invisible = false;
  bool delayed = false;
};

bool IsYes(std::string_view text) { return text == "1" || wire::http::EqualFold(text, "true"); }

void WriteMessage(const Call& call, const core::Peeked& seen, const Shown& shown, bool fifo, Writer& out) {
  static const std::set<std::string_view> kAll = {"All"};
  const std::string body = BodyOf(seen.delivery, call);
  out.BeginItem();
  out.Text("MessageId", core::Format(seen.delivery.id));
  out.Text("ReceiptHandle", kHandle);
  out.Text("MD5OfBody", Md5(body));
  out.Text("Body", body);
  out.BeginMap("Attributes", "Attribute", "Name", "Value");
  for (const auto& [name, value] : SystemAttributesOf(seen.delivery, kAll, fifo)) out.TextEntry(name, value);
  if (shown.invisible) {
    out.TextEntry("IsVisible", seen.state == core::MessageState::kInFlight ? "false" : "true");
  }
  if (shown.delayed) out.TextEntry("IsDelayed", seen.state == core::MessageState::kDelayed ? "true" : "false");
  out.EndMap();
  const std::vector<hub::Attribute> attributes = core::AttributesOf(seen.delivery);
  if (!attributes.empty()) {
    out.Text("MD5OfMessageAttributes", Md5(attributes));
    WriteAttributes(attributes, out);
  }
  out.EndItem();
}

// What of a FIFO queue is behind a message in flight of its group is as invisible.
std::vector<core::Peeked> Filter(std::vector<core::Peeked> messages, const Shown& shown) {
  if (shown.invisible) return messages;
  std::set<std::string_view> locked;
  std::erase_if(messages, [&](const core::Peeked& seen) {
    if (seen.state == core::MessageState::kInFlight) locked.insert(seen.delivery.group);
    return seen.state == core::MessageState::kInFlight || locked.contains(seen.delivery.group);
  });
  return messages;
}

Result<Plan> PlanPeek(Call& call) {
  auto arn = QueueArnOf(call);
  if (!arn) {
    if (arn.error().kind != &kMissingParameter) return tl::unexpected(arn.error());
    return Fail(kQueueDoesNotExist, "The specified queue does not exist.");
  }
  const Shown shown{.invisible = IsYes(call.input().Text("ShowInvisible")),
                    .delayed = IsYes(call.input().Text("ShowDelayed"))};
  const bool fifo = hub::IsFifoName(*arn);
  return Plan{.operation = core::PeekMessages{.queue = std::move(*arn),
                                              .max = core::kPeekMax,
                                              .in_flight = shown.invisible || fifo,
                                              .delayed = shown.delayed,
                                              .after = std::string(call.input().Text("NextToken"))},
              .finish = [shown, fifo](const Call& of, core::Reply& reply, Writer& out) -> Result<void> {
                auto& page = std::get<core::PeekReply>(reply);
                if (fifo) page.messages = Filter(std::move(page.messages), shown);
                if (!page.messages.empty()) {
                  out.BeginList("Messages", "Message");
                  for (const core::Peeked& seen : page.messages) WriteMessage(of, seen, shown, fifo, out);
                  out.EndList();
                }
                if (!page.next.empty()) out.Text("NextToken", page.next);
                return {};
              }};
}

// What an SDK sends with a ReceiveMessage beside these is not looked at: a look shows everything.
constexpr Field kFields[] = {
    {.name = "QueueUrl"}, {.name = "ShowInvisible"}, {.name = "ShowDelayed"}, {.name = "NextToken"}};

constexpr Action kPeek{"ReceiveMessage", Service::kSqs, {kFields}, true, true, PlanPeek};

// "/REGION/ACCOUNT/NAME" behind the path.
Result<void> TakeNames(std::string_view names, Call& call) {
  const std::size_t slash = std::min(names.find('/', 1), names.size());
  const std::string_view queue = names.substr(slash);
  if (std::count(queue.begin(), queue.end(), '/') != 2) {
    return Fail(kInvalidAddress, "Write " + std::string(kPath) + "/REGION/ACCOUNT/NAME.");
  }
  call.region = names.substr(1, slash - 1);
  call.path = queue;
  return {};
}

Result<Parameters> ReadAsked(const wire::http::Request& request, Call& call) {
  const auto only_receive = [] { return Fail(kInvalidRequest, "This endpoint only accepts ReceiveMessage calls"); };
  if (const std::string_view target = request.Field("X-Amz-Target"); !target.empty()) {
    call.protocol = Protocol::kJson;
    if (target != "AmazonSQS.ReceiveMessage") return only_receive();
    return ReadJson(request.body, kPeek.input);
  }
  const bool wants_json = request.Field("Accept").find("application/json") != std::string_view::npos;
  call.protocol = wants_json ? Protocol::kXmlAsJson : Protocol::kQuery;
  const std::size_t mark = std::min(request.target.find('?'), request.target.size());
  const std::string_view query = std::string_view(request.target).substr(std::min(mark + 1, request.target.size()));
  auto form = ReadForm(query, request.method == "POST" ? std::string_view(request.body) : std::string_view());
  if (!form) return tl::unexpected(form.error());
  const std::string_view action = form->Find("Action");
  if (!action.empty() && action != "ReceiveMessage") return only_receive();
  return ReadQuery(std::move(*form), kPeek.input);
}

}  // namespace

bool IsPeekPath(std::string_view path) {
  return path.starts_with(kPath) && (path.size() == kPath.size() || path[kPath.size()] == '/');
}

bool IsPeek(const Action* action) { return action == &kPeek; }

Result<void> TakePeek(const wire::http::Request& request, Call& call) {
  call.service = Service::kSqs;
  call.action = &kPeek;
  auto parameters = ReadAsked(request, call);
  if (!parameters) return tl::unexpected(parameters.error());
  call.parameters = std::move(*parameters);
  std::string names = call.path.substr(kPath.size());
  call.path.clear();
  while (names.ends_with('/')) names.pop_back();
  return names.empty() ? Result<void>() : TakeNames(names, call);
}

std::string PeekedAccount(const Call& call) {
  const auto arn = QueueArnOf(call);
  if (!arn) return "";
  const std::string before = arn->substr(0, arn->rfind(':'));
  return before.substr(before.rfind(':') + 1);
}

}  // namespace adapters::aws
