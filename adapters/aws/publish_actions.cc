// Publish and PublishBatch [aws 3.9].
#include <algorithm>
#include <map>

#include "adapters/aws/actions.h"
#include "adapters/aws/batch.h"
#include "adapters/aws/message.h"
#include "adapters/aws/topic_arn.h"
#include "hub/base/json.h"
#include "hub/base/limits.h"
#include "hub/base/names.h"
#include "hub/base/text.h"
#include "hub/core/command.h"
#include "hub/core/reply.h"

namespace adapters::aws {
namespace {

namespace core = hub::core;

constexpr std::size_t kMessageBytesMax = 256 * 1024;  // [aws 120]

// [aws 123] A message that says something else to each protocol: the body is what queues get.
Result<void> ReadStructure(core::Publish::Entry& entry, Call& call) {
  const std::string_view text = entry.message.body;
  const auto document = hub::ParseLenientJson(text, kMessageBytesMax);
  if (!document || !document->IsMap()) {
    return InvalidParameter("Message Structure - JSON message body failed to parse");
  }
  const hub::Node* chosen = document->Find("default");
  if (!chosen || !chosen->IsString()) {
    return InvalidParameter("Message Structure - No default entry in JSON message body");
  }
  std::vector<std::pair<core::Protocol, std::string_view>> bodies;
  std::string_view body = chosen->text;
  for (const hub::Member& member : document->members) {
    const auto protocol = core::ParseProtocol(member.key);
    if (!protocol || !member.value.IsString()) continue;
    if (*protocol == core::Protocol::kSqs) {
      body = member.value.text;
    } else {
      bodies.emplace_back(*protocol, member.value.text);
    }
  }
  if (!bodies.empty() || body != chosen->text) {
    entry.message.bodies = call.decoded.emplace_back(core::EncodeBodies(bodies, chosen->text));
  }
  entry.message.body = call.decoded.emplace_back(body);
  return {};
}

Result<void> CheckSubject(std::string_view subject) {
  const bool fine = !subject.empty() && hub::CharactersIn(subject) < hub::kSubjectCharactersMax &&
                    std::none_of(subject.begin(), subject.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  return fine ? Result<void>() : InvalidParameter("Subject");
}

// [aws 122] `path` is where they stand in the request.
Result<std::vector<hub::Attribute>> ReadMessageAttributes(const Value& from, const std::string& path, Call& call) {
  const Value* map = from.Find("MessageAttributes");
  if (map) {
    for (const auto& [name, value] : map->members) {
      if (value.Find("DataType")) continue;
      return Fail(kValidationError, "1 validation error detected: Value null at '" + path + "messageAttributes." +
                                        std::string(name) +
                                        ".member.dataType' failed to satisfy constraint: Member must not be null");
    }
  }
  return ReadAttributes(map, kParameterValueInvalid, call);
}

// [aws 124] What only a FIFO topic has. What it needs, the hub asks for.
Result<void> CheckOrder(const Value& from, bool fifo) {
  if (!fifo && from.Find("MessageDeduplicationId")) {
    return InvalidParameter(
        "MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for "
        "this topic type");
  }
  return {};
}

Result<core::Publish::Entry> ReadEntry(const Value& from, bool fifo, const std::string& path, Call& call) {
  core::Publish::Entry entry;
  if (!from.Find("Message")) {
    return Fail(kValidationError, "1 validation error detected: Value null at '" + path +
                                      "message' failed to satisfy constraint: Member must not be null");
  }
  entry.message.body = from.Text("Message");
  if (entry.message.body.empty()) return InvalidParameter("Empty message");
  auto attributes = ReadMessageAttributes(from, path, call);
  if (!attributes) return tl::unexpected(attributes.error());
  entry.message.attributes = std::move(*attributes);
  if (hub::SizeOf(entry.message) > kMessageBytesMax) return InvalidParameter("Message too long");
  if (from.Find("Subject")) {
    entry.subject = from.Text("Subject");
    if (auto checked = CheckSubject(entry.subject); !checked) return tl::unexpected(checked.error());
  }
  if (auto checked = CheckOrder(from, fifo); !checked) return tl::unexpected(checked.error());
  const std::string_view structure = from.Text("MessageStructure");
  if (structure == "json") {
    if (auto read = ReadStructure(entry, call); !read) return tl::unexpected(read.error());
  } else if (!structure.empty()) {
    return InvalidParameter("MessageStructure");
  }
  entry.message.group = from.Text("MessageGroupId");
  entry.message.deduplication = from.Text("MessageDeduplicationId");
  entry.message.trace = call.trace;
  return entry;
}

void WritePublished(const core::SendReply& reply, std::size_t index, Writer& out) {
  out.Text("MessageId", core::Format(reply.ids[index]));
  if (!reply.sequences.empty()) out.Text("SequenceNumber", core::FormatSequence(reply.sequences[index]));
}

Result<Plan> PlanPublish(Call& call) {
  std::string_view parameter = "TopicArn";
  if (!call.input().Find("TopicArn")) {
    if (call.input().Find("PhoneNumber")) return InvalidParameter("PhoneNumber Reason: This hub sends no SMS");
    if (!call.input().Find("TargetArn")) {
      return InvalidParameter("TopicArn or TargetArn Reason: no value for required parameter");
    }
    parameter = "TargetArn";
    if (call.input().Text("TargetArn").find(":endpoint/") != std::string_view::npos) {
      return InvalidParameter("TargetArn Reason: No endpoint found for the target arn specified");
    }
  }
  auto topic = TopicArnIn(call, parameter);
  if (!topic) return tl::unexpected(topic.error());
  auto entry = ReadEntry(call.input(), hub::IsFifoName(*topic), "", call);
  if (!entry) return tl::unexpected(entry.error());
  core::Publish publish{.topic = std::move(*topic), .entries = {}};
  publish.entries.push_back(std::move(*entry));
  return Plan{.operation = std::move(publish),
              .finish = [](const Call&, core::Reply& reply, Writer& out) -> Result<void> {
                const auto& sent = std::get<core::SendReply>(reply);
                if (!sent.failures.empty()) return tl::unexpected(FailureOf(Service::kSns, sent.failures[0].error));
                WritePublished(sent, 0, out);
                return {};
              }};
}

// [aws 121, 122] SNS refuses a batch as a whole for the attributes or the structure of one message.
bool RefusesAll(const Failure& failure) {
  return failure.kind == &kParameterValueInvalid || failure.kind == &kValidationError ||
         failure.message.starts_with("Invalid parameter: Message Structure");
}

Result<Plan> PlanPublishBatch(Call& call) {
  auto topic = TopicArnIn(call, "TopicArn");
  if (!topic) return tl::unexpected(topic.error());
  auto batch = Batch::Begin(call, "PublishBatchRequestEntries", "");
  if (!batch) return tl::unexpected(batch.error());
  core::Publish publish{.topic = *topic, .entries = {}, .as_sns = true};
  std::size_t bytes = 0;
  std::size_t number = 0;
  for (const Value& item : batch->items()) {
    const std::string path = "publishBatchRequestEntries." + std::to_string(++number) + ".member.";
    auto entry = ReadEntry(item, hub::IsFifoName(*topic), path, call);
    if (!entry && RefusesAll(entry.error())) return tl::unexpected(entry.error());
    if (!entry) {
      bytes += item.Text("Message").size();
      batch->Fail(std::move(entry.error()));
      continue;
    }
    bytes += hub::SizeOf(entry->message);
    batch->Pass();
    publish.entries.push_back(std::move(*entry));
  }
  if (bytes > kMessageBytesMax) {  // [aws 121]
    return Fail(kSnsBatchRequestTooLong, "The length of all the messages put together is more than the limit.");
  }
  publish.only_ask = publish.entries.empty();
  return Plan{
      .operation = std::move(publish),
      .finish = [batch = std::move(*batch)](const Call&, core::Reply& reply, Writer& out) mutable -> Result<void> {
        const auto& sent = std::get<core::SendReply>(reply);
        std::map<std::size_t, std::size_t> place;
        for (const std::size_t item : batch.Passed()) place.emplace(item, place.size());
        batch.AddFailures(sent.failures, [](const hub::Error& e, std::size_t) { return FailureOf(Service::kSns, e); });
        batch.WriteTo(out, "", /*empty_lists=*/true, [&](std::size_t i) { WritePublished(sent, place[i], out); });
        return {};
      }};
}

// --- Shapes ---------------------------------------------------------------------------------------------------------

constexpr Field kAttributesField{.name = "MessageAttributes",
                                 .type = Type::kStructMap,
                                 .query = "MessageAttributes.entry",
                                 .of = &kAttributeValueShape,
                                 .key = "Name",
                                 .value = "Value"};
constexpr Field kPublishFields[] = {
    {.name = "TopicArn"}, {.name = "TargetArn"},      {.name = "PhoneNumber"},
    {.name = "Message"},  {.name = "Subject"},        {.name = "MessageStructure"},
    kAttributesField,     {.name = "MessageGroupId"}, {.name = "MessageDeduplicationId"},
};
constexpr Field kEntryFields[] = {
    {.name = "Id"},
    {.name = "Message"},
    {.name = "Subject"},
    {.name = "MessageStructure"},
    kAttributesField,
    {.name = "MessageGroupId"},
    {.name = "MessageDeduplicationId"},
};
constexpr Shape kEntry{kEntryFields};
constexpr Field kPublishBatchFields[] = {
    {.name = "TopicArn"},
    {.name = "PublishBatchRequestEntries",
     .type = Type::kStructList,
     .query = "PublishBatchRequestEntries.member",
     .of = &kEntry},
};

constexpr Action kActions[] = {
    {"Publish", Service::kSns, {kPublishFields}, true, false, PlanPublish},
    {"PublishBatch", Service::kSns, {kPublishBatchFields}, true, false, PlanPublishBatch},
};

}  // namespace

std::span<const Action> PublishActions() { return kActions; }

}  // namespace adapters::aws
