// ReceiveMessage [aws 3.4].
#include <algorithm>
#include <chrono>
#include <cstring>
#include <set>

#include "adapters/aws/actions.h"
#include "adapters/aws/base64.h"
#include "adapters/aws/md5.h"
#include "adapters/aws/message.h"
#include "adapters/aws/queue_url.h"
#include "hub/base/limits.h"
#include "hub/core/command.h"
#include "hub/core/reply.h"

namespace adapters::aws {
namespace {

namespace core = hub::core;

constexpr std::int64_t kMessagesMax = 10;

constexpr std::string_view kSystemAttributes[] = {"All",
                                                  "SenderId",
                                                  "SentTimestamp",
                                                  "ApproximateReceiveCount",
                                                  "ApproximateFirstReceiveTimestamp",
                                                  "SequenceNumber",
                                                  "MessageDeduplicationId",
                                                  "MessageGroupId",
                                                  "AWSTraceHeader",
                                                  "DeadLetterQueueSourceArn"};

// What the client wants to see of each message [aws 72].
struct Wanted {
  std::set<std::string_view> system;
  std::vector<std::string_view> names;  // Of message attributes: "All", "*", "prefix.*", or exact.

  bool Attribute(std::string_view name) const {
    return std::any_of(names.begin(), names.end(), [&](std::string_view wanted) {
      if (wanted == "All" || wanted == "*") return true;
      if (wanted.ends_with(".*")) return name.starts_with(wanted.substr(0, wanted.size() - 2));
      return wanted == name;
    });
  }
};

// [aws 72] In Query the older name counts alone where both are given.
Result<Wanted> ReadWanted(const Call& call) {
  const Value& input = call.input();
  Wanted wanted;
  for (const std::string_view member : {"AttributeNames", "MessageSystemAttributeNames"}) {
    const Value* names = input.Find(member);
    if (!names || (!wanted.system.empty() && call.protocol != Protocol::kJson)) continue;
    for (const Value& name : names->items) {
      if (std::find(std::begin(kSystemAttributes), std::end(kSystemAttributes), name.text) ==
          std::end(kSystemAttributes)) {
        return Fail(kInvalidAttributeName, "Unknown Attribute " + std::string(name.text) + ".");
      }
      wanted.system.insert(name.text);
    }
  }
  if (const Value* names = input.Find("MessageAttributeNames")) {
    for (const Value& name : names->items) wanted.names.push_back(name.text);
  }
  return wanted;
}

void WriteMessage(const core::Delivery& delivery, std::string_view body, std::string_view checksum,
                  const Wanted& wanted, bool fifo, Writer& out) {
  out.BeginItem();
  out.Text("MessageId", core::Format(delivery.id));
  out.Text("ReceiptHandle", ToBase64({delivery.handle.data(), delivery.handle.size()}));
  out.Text("MD5OfBody", checksum);
  out.Text("Body", body);
  if (const auto system = SystemAttributesOf(delivery, wanted.system, fifo); !system.empty()) {
    out.BeginMap("Attributes", "Attribute", "Name", "Value");
    for (const auto& [name, value] : system) out.TextEntry(name, value);
    out.EndMap();
  } else {
    out.Absent("Attributes");
  }
  std::vector<hub::Attribute> attributes;
  if (!wanted.names.empty()) attributes = core::AttributesOf(delivery);
  std::erase_if(attributes, [&](const hub::Attribute& attribute) { return !wanted.Attribute(attribute.name); });
  if (!attributes.empty()) {
    out.Text("MD5OfMessageAttributes", Md5(attributes));  // [aws 57] Of those alone.
    WriteAttributes(attributes, out);
  } else {
    out.Absent("MD5OfMessageAttributes");
    out.Absent("MessageAttributes");
  }
  out.EndItem();
}

Result<void> ReadNumbers(const Value& input, core::Receive& receive) {
  const auto max = NumberIn(input, "MaxNumberOfMessages");
  if (max && (*max < 1 || *max > kMessagesMax)) {  // [aws 60]
    return WrongValue(input.Text("MaxNumberOfMessages"), "MaxNumberOfMessages",
                      "Must be between 1 and 10, if provided.");
  }
  receive.max = static_cast<std::size_t>(max.value_or(1));
  if (const auto wait = NumberIn(input, "WaitTimeSeconds")) {
    if (*wait < 0 || *wait > SecondsOf(hub::kWaitMax)) {  // [aws 61]
      return WrongValue(input.Text("WaitTimeSeconds"), "WaitTimeSeconds", "Must be >= 0 and <= 20, if provided.");
    }
    receive.wait = std::chrono::seconds(*wait);
  }
  if (const auto visibility = NumberIn(input, "VisibilityTimeout")) {
    if (*visibility < 0 || *visibility > SecondsOf(hub::kVisibilityMax)) {
      return WrongValue(input.Text("VisibilityTimeout"), "VisibilityTimeout",
                        "Must be between 0 and 43200, if provided.");
    }
    receive.visibility = std::chrono::seconds(*visibility);
  }
  return {};
}

Result<Plan> PlanReceive(Call& call) {
  auto arn = QueueArnOf(call);
  if (!arn) return tl::unexpected(arn.error());
  const bool fifo = hub::IsFifoName(*arn);
  core::Receive receive;
  receive.queue = std::move(*arn);
  if (auto read = ReadNumbers(call.input(), receive); !read) return tl::unexpected(read.error());
  auto wanted = ReadWanted(call);
  if (!wanted) return tl::unexpected(wanted.error());
  const std::string_view attempt = call.input().Text("ReceiveRequestAttemptId");
  if (!attempt.empty() && fifo) {  // A standard queue knows no attempts.
    if (auto checked = CheckId(attempt, "ReceiveRequestAttemptId"); !checked) return tl::unexpected(checked.error());
  }
  if (fifo) receive.attempt = attempt;
  return Plan{
      .operation = std::move(receive),
      .finish = [wanted = std::move(*wanted), fifo](const Call& of, core::Reply& reply, Writer& out) -> Result<void> {
        const auto& received = std::get<core::ReceiveReply>(reply);
        if (received.deliveries.empty()) {
          out.Absent("Messages");
          return {};
        }
        out.BeginList("Messages", "Message");
        std::vector<std::string> bodies;
        for (const core::Delivery& delivery : received.deliveries) bodies.push_back(BodyOf(delivery, of));
        const std::vector<std::string> checksums = Md5Each({bodies.begin(), bodies.end()});
        for (std::size_t i = 0; i < bodies.size(); ++i) {
          WriteMessage(received.deliveries[i], bodies[i], checksums[i], wanted, fifo, out);
        }
        out.EndList();
        return {};
      }};
}

constexpr Field kFields[] = {
    {.name = "QueueUrl"},
    {.name = "AttributeNames", .type = Type::kTextList, .query = "AttributeName"},
    {.name = "MessageSystemAttributeNames", .type = Type::kTextList, .query = "MessageSystemAttributeName"},
    {.name = "MessageAttributeNames", .type = Type::kTextList, .query = "MessageAttributeName"},
    {.name = "MaxNumberOfMessages", .type = Type::kInteger},
    {.name = "VisibilityTimeout", .type = Type::kInteger},
    {.name = "WaitTimeSeconds", .type = Type::kInteger},
    {.name = "ReceiveRequestAttemptId"},
};

constexpr Action kActions[] = {{"ReceiveMessage", Service::kSqs, {kFields}, true, true, PlanReceive}};

}  // namespace

std::span<const Action> ReceiveActions() { return kActions; }

}  // namespace adapters::aws
