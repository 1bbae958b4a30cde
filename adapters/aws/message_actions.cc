// SendMessage, DeleteMessage, ChangeMessageVisibility, and their batches.
#include <algorithm>
#include <chrono>

#include "adapters/aws/actions.h"
#include "adapters/aws/base64.h"
#include "adapters/aws/batch.h"
#include "adapters/aws/md5.h"
#include "adapters/aws/message.h"
#include "adapters/aws/queue_url.h"
#include "hub/base/limits.h"
#include "hub/core/command.h"
#include "hub/core/reply.h"

namespace adapters::aws {
namespace {

namespace core = hub::core;

// What the answer to one sent message says of it. Checksums are of what the client sent [aws 59].
struct Receipted {
  std::string body;
  std::string attributes;  // "": there are none [aws 56].
  std::string system;
};

Receipted ChecksumsOf(const hub::Message& message, std::string body, const Value& from) {
  Receipted sums{.body = std::move(body), .attributes = {}, .system = {}};
  if (!message.attributes.empty()) sums.attributes = Md5(message.attributes);
  if (from.Find("MessageSystemAttributes") && !message.trace.empty()) {
    sums.system =
        Md5(std::vector<hub::Attribute>{{.name = "AWSTraceHeader", .type = "String", .value = message.trace}});
  }
  return sums;
}

void WriteSent(const Receipted& sums, const core::SendReply& reply, std::size_t index, Writer& out) {
  out.Text("MessageId", core::Format(reply.ids[index]));
  out.Text("MD5OfMessageBody", sums.body);
  const auto text = [&](std::string_view name, std::string_view value) {
    value.empty() ? out.Absent(name) : out.Text(name, value);
  };
  text("MD5OfMessageAttributes", sums.attributes);
  text("MD5OfMessageSystemAttributes", sums.system);
  text("SequenceNumber", reply.sequences.empty() ? "" : core::FormatSequence(reply.sequences[index]));
}

Result<Plan> PlanSend(Call& call) {
  auto arn = QueueArnOf(call);
  if (!arn) return tl::unexpected(arn.error());
  auto message = ReadMessage(call.input(), *arn, call);
  if (!message) return tl::unexpected(message.error());
  Receipted sums = ChecksumsOf(*message, Md5(message->body), call.input());
  core::Send send{.queue = std::move(*arn), .entries = {}, .as_sqs = true};
  send.entries.push_back(std::move(*message));
  return Plan{.operation = std::move(send),
              .finish = [sums = std::move(sums)](const Call&, core::Reply& reply, Writer& out) -> Result<void> {
                const auto& sent = std::get<core::SendReply>(reply);
                if (!sent.failures.empty()) {
                  return tl::unexpected(FailureOf(Service::kSqs, sent.failures[0].error));
                }
                WriteSent(sums, sent, 0, out);
                return {};
              }};
}

// [aws 44, 48] What one entry of a batch did wrong.
Failure EntryFailureOf(const hub::Error& error) {
  if (error.code == hub::Code::kMessageTooLarge) {
    return {&kInvalidParameterValue, "One or more parameters cannot be validated. Reason: " + error.message};
  }
  return FailureOf(Service::kSqs, error);
}

// What an entry that cannot be sent counts in its batch: its texts [aws 45].
std::size_t SizeIn(const Value& item) {
  std::size_t bytes = item.Text("MessageBody").size();
  const Value* attributes = item.Find("MessageAttributes");
  if (!attributes) return bytes;
  for (const auto& [name, value] : attributes->members) {
    bytes += name.size() + value.Text("DataType").size() + value.Text("StringValue").size();
  }
  return bytes;
}

// One for each item of the batch; those of items that have failed mean nothing.
std::vector<Receipted> ChecksumsOf(const std::vector<hub::Message>& messages,
                                   const std::vector<std::string_view>& bodies, const Batch& batch) {
  std::vector<std::string> each = Md5Each(bodies);
  std::vector<Receipted> sums(bodies.size());
  const std::vector<std::size_t> passed = batch.Passed();
  for (std::size_t i = 0; i < passed.size(); ++i) {
    sums[passed[i]] = ChecksumsOf(messages[i], std::move(each[passed[i]]), batch.items()[passed[i]]);
  }
  return sums;
}

Result<Plan> PlanSendBatch(Call& call) {
  auto arn = QueueArnOf(call);
  if (!arn) return tl::unexpected(arn.error());
  auto batch = Batch::Begin(call, "Entries", "SendMessageBatchRequestEntry");
  if (!batch) return tl::unexpected(batch.error());
  const bool has_groups = std::all_of(batch->items().begin(), batch->items().end(),
                                      [](const Value& item) { return item.Find("MessageGroupId") != nullptr; });
  if (hub::IsFifoName(*arn) && !has_groups) {  // [aws 48] It fails them all.
    return Fail(kInvalidParameterValue, MissingParameter("MessageGroupId").value().message);
  }
  core::Send send{.queue = *arn, .entries = {}, .as_sqs = true};
  std::vector<std::string_view> bodies;
  std::size_t bytes = 0;
  for (const Value& item : batch->items()) {
    auto message = ReadMessage(item, *arn, call);
    bodies.emplace_back();
    if (!message) {
      bytes += SizeIn(item);
      batch->Fail(std::move(message.error()));
      continue;
    }
    bytes += hub::SizeOf(*message);
    bodies.back() = message->body;
    batch->Pass();
    send.entries.push_back(std::move(*message));
  }
  if (bytes > hub::kMessageBytesMax) {  // [aws 45]
    return Fail(kBatchRequestTooLong, "Batch requests cannot be longer than " + std::to_string(hub::kMessageBytesMax) +
                                          " bytes. You have sent " + std::to_string(bytes) + " bytes.");
  }
  send.only_ask = send.entries.empty();
  std::vector<Receipted> sums = ChecksumsOf(send.entries, bodies, *batch);
  return Plan{.operation = std::move(send),
              .finish = [sums = std::move(sums), batch = std::move(*batch)](const Call&, core::Reply& reply,
                                                                            Writer& out) mutable -> Result<void> {
                const auto& sent = std::get<core::SendReply>(reply);
                const std::vector<std::size_t> passed = batch.Passed();
                batch.AddFailures(sent.failures, [](const hub::Error& e, std::size_t) { return EntryFailureOf(e); });
                std::vector<std::size_t> place(sums.size());
                for (std::size_t i = 0; i < passed.size(); ++i) place[passed[i]] = i;
                batch.WriteTo(out, "SendMessageBatchResultEntry", /*empty_lists=*/false,
                              [&](std::size_t i) { WriteSent(sums[i], sent, place[i], out); });
                return {};
              }};
}

// --- Handles --------------------------------------------------------------------------------------------------------

tl::unexpected<Failure> InvalidHandle(std::string_view handle) {  // [aws 65]
  return Fail(kReceiptHandleIsInvalid,
              "The input receipt handle \"" + std::string(handle) + "\" is not a valid receipt handle.");
}

Result<std::string_view> ReadHandle(const Value& from, Call& call) {
  const std::string_view text = from.Text("ReceiptHandle");
  if (text.empty()) return MissingParameter("ReceiptHandle");
  auto bytes = FromBase64(text);
  if (!bytes) return InvalidHandle(text);
  return std::string_view(call.decoded.emplace_back(std::move(*bytes)));
}

// A failure of the hub about a handle, which AWS names as the client wrote it [aws 65 to 67].
Failure HandleFailure(hub::Error error, std::string_view handle) {
  error.about = handle;
  if (error.code == hub::Code::kReceiptHandleInvalid) return InvalidHandle(handle).value();
  return FailureOf(Service::kSqs, error);
}

// The finish of a request with one handle.
Finish FinishOne(std::string handle) {
  return [handle = std::move(handle)](const Call&, core::Reply& reply, Writer&) -> Result<void> {
    auto& done = std::get<core::EntriesReply>(reply);
    if (done.failures.empty()) return {};
    return tl::unexpected(HandleFailure(std::move(done.failures[0].error), handle));
  };
}

// The finish of a batch of handles. The strings of the call live until then.
Finish FinishBatch(Batch batch, std::string_view flat) {
  return [batch = std::move(batch), flat](const Call&, core::Reply& reply, Writer& out) mutable -> Result<void> {
    const auto& done = std::get<core::EntriesReply>(reply);
    batch.AddFailures(done.failures, [&](const hub::Error& error, std::size_t item) {
      return HandleFailure(error, batch.items()[item].Text("ReceiptHandle"));
    });
    batch.WriteTo(out, flat, /*empty_lists=*/false, [](std::size_t) {});
    return {};
  };
}

Result<Plan> PlanDelete(Call& call) {
  auto arn = QueueArnOf(call);
  if (!arn) return tl::unexpected(arn.error());
  auto handle = ReadHandle(call.input(), call);
  if (!handle) return tl::unexpected(handle.error());
  return Plan{.operation = core::Delete{.queue = std::move(*arn), .handles = {*handle}},
              .finish = FinishOne(std::string(call.input().Text("ReceiptHandle")))};
}

Result<Plan> PlanDeleteBatch(Call& call) {
  auto arn = QueueArnOf(call);
  if (!arn) return tl::unexpected(arn.error());
  auto batch = Batch::Begin(call, "Entries", "DeleteMessageBatchRequestEntry");
  if (!batch) return tl::unexpected(batch.error());
  core::Delete erase{.queue = std::move(*arn), .handles = {}};
  for (const Value& item : batch->items()) {
    auto handle = ReadHandle(item, call);
    if (!handle) {
      batch->Fail(std::move(handle.error()));
      continue;
    }
    batch->Pass();
    erase.handles.push_back(*handle);
  }
  erase.only_ask = erase.handles.empty();
  return Plan{.operation = std::move(erase), .finish = FinishBatch(std::move(*batch), "DeleteMessageBatchResultEntry")};
}

Result<hub::Duration> ReadVisibility(const Value& from) {
  const auto seconds = NumberIn(from, "VisibilityTimeout");
  if (!seconds) return MissingParameter("VisibilityTimeout");
  if (*seconds < 0 || *seconds > std::chrono::duration_cast<std::chrono::seconds>(hub::kVisibilityMax).count()) {
    return WrongValue(from.Text("VisibilityTimeout"), "VisibilityTimeout",
                      "VisibilityTimeout must be an integer between 0 and 43200.");
  }
  return std::chrono::seconds(*seconds);
}

Result<core::ChangeVisibility::Entry> ReadChange(const Value& from, Call& call) {
  auto visibility = ReadVisibility(from);
  if (!visibility) return tl::unexpected(visibility.error());
  auto handle = ReadHandle(from, call);
  if (!handle) return tl::unexpected(handle.error());
  return core::ChangeVisibility::Entry{.handle = *handle, .visibility = *visibility};
}

Result<Plan> PlanChange(Call& call) {
  auto arn = QueueArnOf(call);
  if (!arn) return tl::unexpected(arn.error());
  auto entry = ReadChange(call.input(), call);
  if (!entry) return tl::unexpected(entry.error());
  return Plan{.operation = core::ChangeVisibility{.queue = std::move(*arn), .entries = {*entry}, .as_sqs = true},
              .finish = FinishOne(std::string(call.input().Text("ReceiptHandle")))};
}

Result<Plan> PlanChangeBatch(Call& call) {
  auto arn = QueueArnOf(call);
  if (!arn) return tl::unexpected(arn.error());
  auto batch = Batch::Begin(call, "Entries", "ChangeMessageVisibilityBatchRequestEntry");
  if (!batch) return tl::unexpected(batch.error());
  core::ChangeVisibility change{.queue = std::move(*arn), .entries = {}, .as_sqs = true};
  for (const Value& item : batch->items()) {
    auto entry = ReadChange(item, call);
    if (!entry) {
      batch->Fail(std::move(entry.error()));
      continue;
    }
    batch->Pass();
    change.entries.push_back(*entry);
  }
  change.only_ask = change.entries.empty();
  return Plan{.operation = std::move(change),
              .finish = FinishBatch(std::move(*batch), "ChangeMessageVisibilityBatchResultEntry")};
}

// --- Shapes ---------------------------------------------------------------------------------------------------------

constexpr Field kAttributesField{.name = "MessageAttributes",
                                 .type = Type::kStructMap,
                                 .query = "MessageAttribute",
                                 .of = &kAttributeValueShape,
                                 .key = "Name",
                                 .value = "Value"};
constexpr Field kSystemAttributesField{.name = "MessageSystemAttributes",
                                       .type = Type::kStructMap,
                                       .query = "MessageSystemAttribute",
                                       .of = &kAttributeValueShape,
                                       .key = "Name",
                                       .value = "Value"};

constexpr Field kSendFields[] = {
    {.name = "QueueUrl"},       {.name = "MessageBody"}, {.name = "DelaySeconds", .type = Type::kInteger},
    kAttributesField,           kSystemAttributesField,  {.name = "MessageDeduplicationId"},
    {.name = "MessageGroupId"},
};
constexpr Field kSendEntryFields[] = {
    {.name = "Id"},
    {.name = "MessageBody"},
    {.name = "DelaySeconds", .type = Type::kInteger},
    kAttributesField,
    kSystemAttributesField,
    {.name = "MessageDeduplicationId"},
    {.name = "MessageGroupId"},
};
constexpr Shape kSendEntry{kSendEntryFields};
constexpr Field kSendBatchFields[] = {
    {.name = "QueueUrl"},
    {.name = "Entries", .type = Type::kStructList, .query = "SendMessageBatchRequestEntry", .of = &kSendEntry},
};
constexpr Field kDeleteFields[] = {{.name = "QueueUrl"}, {.name = "ReceiptHandle"}};
constexpr Field kDeleteEntryFields[] = {{.name = "Id"}, {.name = "ReceiptHandle"}};
constexpr Shape kDeleteEntry{kDeleteEntryFields};
constexpr Field kDeleteBatchFields[] = {
    {.name = "QueueUrl"},
    {.name = "Entries", .type = Type::kStructList, .query = "DeleteMessageBatchRequestEntry", .of = &kDeleteEntry},
};
constexpr Field kChangeFields[] = {
    {.name = "QueueUrl"}, {.name = "ReceiptHandle"}, {.name = "VisibilityTimeout", .type = Type::kInteger}};
constexpr Field kChangeEntryFields[] = {
    {.name = "Id"}, {.name = "ReceiptHandle"}, {.name = "VisibilityTimeout", .type = Type::kInteger}};
constexpr Shape kChangeEntry{kChangeEntryFields};
constexpr Field kChangeBatchFields[] = {
    {.name = "QueueUrl"},
    {.name = "Entries",
     .type = Type::kStructList,
     .query = "ChangeMessageVisibilityBatchRequestEntry",
     .of = &kChangeEntry},
};

constexpr Action kActions[] = {
    {"SendMessage", Service::kSqs, {kSendFields}, true, true, PlanSend},
    {"SendMessageBatch", Service::kSqs, {kSendBatchFields}, true, true, PlanSendBatch},
    {"DeleteMessage", Service::kSqs, {kDeleteFields}, false, true, PlanDelete},
    {"DeleteMessageBatch", Service::kSqs, {kDeleteBatchFields}, true, true, PlanDeleteBatch},
    {"ChangeMessageVisibility", Service::kSqs, {kChangeFields}, false, true, PlanChange},
    {"ChangeMessageVisibilityBatch", Service::kSqs, {kChangeBatchFields}, true, true, PlanChangeBatch},
};

}  // namespace

std::span<const Action> MessageActions() { return kActions; }

}  // namespace adapters::aws
