#include "adapters/wire/native/request.h"

#include <msgpack.hpp>
#include <utility>
#include <variant>

#include "adapters/wire/native/frame_writer.h"
#include "adapters/wire/native/request_reader.h"
#include "hub/base/assert.h"

namespace adapters::wire::native {
namespace {

namespace core = hub::core;

// Room for what surrounds one message, and for the head of a frame: estimates that save growing the buffer.
constexpr std::size_t kMessageOverheadBytes = 16;
constexpr std::size_t kOptionOverheadBytes = 18;
constexpr std::size_t kFrameOverheadBytes = 256;

std::size_t Estimate(const hub::Message& message) {
  std::size_t size = hub::SizeOf(message) + kMessageOverheadBytes;
  for (const MessageOption& option : kMessageOptions) {
    if (option.IsIn(message)) size += kOptionOverheadBytes;
    if (option.text != nullptr) size += (message.*option.text).size();
  }
  return size;
}

std::size_t Estimate(const core::Operation& operation) {
  std::size_t size = kFrameOverheadBytes;
  if (const auto* send = std::get_if<core::Send>(&operation)) {
    for (const hub::Message& message : send->entries) size += Estimate(message);
  } else if (const auto* publish = std::get_if<core::Publish>(&operation)) {
    for (const auto& entry : publish->entries) {
      size += Estimate(entry.message) + entry.subject.size();
    }
  } else if (const auto* erase = std::get_if<core::Delete>(&operation)) {
    for (const std::string_view handle : erase->handles) size += handle.size() + kMessageOverheadBytes;
  } else if (const auto* plan = std::get_if<core::PlanReload>(&operation)) {
    size += plan->topology.size();
  }
  return size;
}

// What is optional is written only where it is there.
std::size_t CountOf(const core::Operation& operation, const Signature& signature) {
  std::size_t left_out = 0;
  if (const auto* receive = std::get_if<core::Receive>(&operation)) left_out = receive->attempt.empty() ? 1 : 0;
  if (const auto* create = std::get_if<core::CreateQueue>(&operation)) left_out = create->tags.empty() ? 1 : 0;
  if (const auto* create = std::get_if<core::CreateTopic>(&operation)) left_out = create->tags.empty() ? 1 : 0;
  return signature.count - left_out;
}

// Writes the arguments of an operation. Counts are kept by the table in operations.cc.
class ArgumentWriter {
 public:
  explicit ArgumentWriter(FrameWriter& out) : out_(out) {}

  void operator()(const core::Send& send) {
    out_.Text(send.queue);
    out_.Array(send.entries.size());
    for (const hub::Message& message : send.entries) Message(message);
  }

  void operator()(const core::Publish& publish) {
    out_.Text(publish.topic);
    out_.Array(publish.entries.size());
    for (const auto& entry : publish.entries) Notification(entry);
  }

  void operator()(const core::Receive& receive) {
    out_.Text(receive.queue);
    out_.Number(receive.max);
    receive.visibility ? out_.Millis(*receive.visibility) : out_.Nil();
    receive.wait ? out_.Millis(*receive.wait) : out_.Nil();
    if (!receive.attempt.empty()) out_.Text(receive.attempt);
  }

  void operator()(const core::Consume& consume) {
    out_.Text(consume.queue);
    out_.Number(consume.credit);
    consume.visibility ? out_.Millis(*consume.visibility) : out_.Nil();
  }

  void operator()(const core::Cancel& cancel) { out_.Number(cancel.consumer); }

  void operator()(const core::Delete& erase) {
    out_.Text(erase.queue);
    out_.Array(erase.handles.size());
    for (const std::string_view handle : erase.handles) out_.Bytes(handle);
  }

  void operator()(const core::ChangeVisibility& change) {
    out_.Text(change.queue);
    out_.Array(change.entries.size());
    for (const auto& entry : change.entries) {
      out_.Array(2);
      out_.Bytes(entry.handle);
      out_.Millis(entry.visibility);
    }
  }

  void operator()(const core::CreateQueue& create) { Create(create.queue, create); }
  void operator()(const core::SetQueueAttributes& set) { NameAndPairs(set.queue, set.attributes); }
  void operator()(const core::CreateTopic& create) { Create(create.topic, create); }
  void operator()(const core::SetTopicAttributes& set) { NameAndPairs(set.topic, set.attributes); }

  void operator()(const core::PeekMessages& peek) {
    out_.Text(peek.queue);
    out_.Number(peek.max);
    out_.TextOrNil(peek.after);
  }
  void operator()(const core::Purge& purge) { out_.Text(purge.queue); }
  void operator()(const core::DeleteQueue& erase) { out_.Text(erase.queue); }
  void operator()(const core::DescribeQueue& describe) { out_.Text(describe.queue); }
  void operator()(const core::FindQueue& find) { out_.Text(find.queue); }
  void operator()(const core::ListQueues& list) { out_.Text(list.prefix); }
  void operator()(const core::DeleteTopic& erase) { out_.Text(erase.topic); }
  void operator()(const core::DescribeTopic& describe) { out_.Text(describe.topic); }
  void operator()(const core::ListTopics& list) { out_.Text(list.prefix); }
  void operator()(const core::PutDataProtectionPolicy& put) { TwoNames(put.topic, put.policy); }
  void operator()(const core::GetDataProtectionPolicy& get) { out_.Text(get.topic); }

  void operator()(const core::ListDeadLetterSources& list) { out_.Text(list.queue); }
  void operator()(const core::StartMoveTask& start) {
    out_.Text(start.source);
    out_.TextOrNil(start.destination);
    start.rate == 0 ? out_.Nil() : out_.Number(start.rate);
  }
  void operator()(const core::CancelMoveTask& cancel) { out_.Text(cancel.handle); }
  void operator()(const core::ListMoveTasks& list) { out_.Text(list.source); }

  void operator()(const core::TagQueue& tag) { NameAndPairs(tag.queue, tag.tags); }
  void operator()(const core::TagTopic& tag) { NameAndPairs(tag.topic, tag.tags); }
  void operator()(const core::UntagQueue& untag) { NameAndTexts(untag.queue, untag.keys); }
  void operator()(const core::UntagTopic& untag) { NameAndTexts(untag.topic, untag.keys); }
  void operator()(const core::ListQueueTags& list) { out_.Text(list.queue); }
  void operator()(const core::ListTopicTags& list) { out_.Text(list.topic); }

  void operator()(const core::Subscribe& subscribe) {
    out_.Text(subscribe.topic);
    NameAndPairs(subscribe.queue, subscribe.attributes);
  }

  void operator()(const core::SetSubscriptionAttributes& set) {
    out_.Text(set.topic);
    NameAndPairs(set.queue, set.attributes);
  }

  void operator()(const core::ConfirmSubscription& confirm) { TwoNames(confirm.topic, confirm.token); }
  void operator()(const core::Unsubscribe& unsubscribe) { TwoNames(unsubscribe.topic, unsubscribe.queue); }
  void operator()(const core::DescribeSubscription& describe) { TwoNames(describe.topic, describe.queue); }
  void operator()(const core::ListSubscriptions& list) { out_.Text(list.prefix); }

  void operator()(const core::AddPermission& add) {
    out_.Text(NameOf(add.kind));
    out_.Text(add.resource);
    NameAndTexts(add.label, add.accounts);
    Texts(add.actions);
  }
  void operator()(const core::RemovePermission& remove) {
    out_.Text(NameOf(remove.kind));
    TwoNames(remove.resource, remove.label);
  }

  void operator()(const core::MayFollow& may) { out_.Text(may.topic); }
  void operator()(const core::Follow&) { HUB_ASSERT(!"a Follow comes from the feed's endpoint, never over a wire"); }
  void operator()(const core::TakeDeliveries&) {
    HUB_ASSERT(!"a TakeDeliveries comes from the hub itself, never over a wire");
  }
  void operator()(const core::SettleDeliveries&) {
    HUB_ASSERT(!"what became of deliveries the hub itself says, never a wire");
  }
  void operator()(const core::DescribeHub&) {}
  void operator()(const core::Export&) {}
  void operator()(const core::PlanReload& plan) { out_.Text(plan.topology); }
  void operator()(const core::TestCommand&) { HUB_ASSERT(!"tests are helped by the hub's pages, never over a wire"); }
  void operator()(const core::Statistics&) { HUB_ASSERT(!"Statistics come from the hub's pages, never over a wire"); }
  void operator()(const core::Reload&) { HUB_ASSERT(!"a Reload comes from the hub itself, never over a wire"); }

 private:
  void Message(const hub::Message& message) {
    const std::size_t options = CountOptions(message);
    if (message.attributes.empty() && options == 0) return out_.Bytes(message.body);
    out_.Array(options == 0 ? 2 : 3);
    out_.Bytes(message.body);
    out_.MessageAttributes(message.attributes);
    if (options > 0) Options(message, options);
  }

  void Notification(const core::Publish::Entry& entry) {
    const std::size_t options = CountOptions(entry.message);
    if (entry.subject.empty() && options == 0) return Message(entry.message);
    out_.Array(options == 0 ? 3 : 4);
    out_.Bytes(entry.message.body);
    out_.MessageAttributes(entry.message.attributes);
    out_.TextOrNil(entry.subject);
    if (options > 0) Options(entry.message, options);
  }

  static std::size_t CountOptions(const hub::Message& message) {
    std::size_t count = 0;
    for (const MessageOption& option : kMessageOptions) count += option.IsIn(message) ? 1 : 0;
    return count;
  }

  void Options(const hub::Message& message, std::size_t count) {
    out_.Map(count);
    for (const MessageOption& option : kMessageOptions) {
      if (!option.IsIn(message)) continue;
      out_.Text(option.name);
      option.text != nullptr ? out_.Text(message.*option.text) : out_.Millis(*(message.*option.millis));
    }
  }

  void TwoNames(const std::string& first, const std::string& second) {
    out_.Text(first);
    out_.Text(second);
  }

  void NameAndPairs(const std::string& name, const core::Attributes& attributes) {
    out_.Text(name);
    out_.Pairs(attributes);
  }

  void NameAndTexts(const std::string& name, const std::vector<std::string>& texts) {
    out_.Text(name);
    Texts(texts);
  }

  void Texts(const std::vector<std::string>& texts) {
    out_.Array(texts.size());
    for (const std::string& text : texts) out_.Text(text);
  }

  template <typename T>
  void Create(const std::string& name, const T& create) {
    NameAndPairs(name, create.attributes);
    if (!create.tags.empty()) out_.Pairs(create.tags);
  }

  FrameWriter& out_;
};

}  // namespace

Request DecodeRequest(std::string_view frame) {
  RequestReader reader;
  std::size_t end = 0;
  msgpack::parse(frame.data(), frame.size(), end, reader);

  Request request{.id = reader.id(), .operation = core::DescribeHub{}, .bytes = 0};
  if (reader.error()) {
    request.operation = tl::unexpected(*reader.error());
  } else if (!reader.done()) {
    request.operation = hub::Fail(hub::Code::kMalformed, "The frame is not msgpack, or ends too early.");
  } else if (end != frame.size()) {
    request.operation = hub::Fail(hub::Code::kMalformed, "There are bytes after the request.");
  } else {
    request.bytes = reader.bytes();
    request.operation = reader.Take();
  }
  return request;
}

bool HoldsViews(const core::Operation& operation) {
  return std::holds_alternative<core::Send>(operation) || std::holds_alternative<core::Publish>(operation) ||
         std::holds_alternative<core::Delete>(operation) || std::holds_alternative<core::ChangeVisibility>(operation);
}

Buffer EncodeRequest(std::uint64_t id, const core::Operation& operation) {
  const Signature* signature = FindSignature(core::NameOf(operation));
  HUB_ASSERT(signature != nullptr);
  Buffer buffer(Estimate(operation));
  FrameWriter out(buffer);
  out.Array(3 + CountOf(operation, *signature));
  out.Number(kProtocolVersion);
  out.Number(id);
  out.Text(signature->name);
  std::visit(ArgumentWriter(out), operation);
  return buffer;
}

}  // namespace adapters::wire::native
