// The client's side of reply.h: replies to a receive by visitor, everything else by way of msgpack's tree.
#include <cstring>
#include <limits>
#include <msgpack.hpp>
#include <optional>
#include <string>
#include <utility>

#include "adapters/wire/native/deliveries_reader.h"
#include "adapters/wire/native/descriptions_reader.h"
#include "adapters/wire/native/reply.h"
#include "adapters/wire/native/request.h"

namespace adapters::wire::native {
namespace {

namespace core = hub::core;
using msgpack::object;

// Deeper than any reply: topics, a topic, its subscriptions, one of them, its attributes.
constexpr std::size_t kDepthMax = 8;

constexpr std::uint32_t kReplyFields = 4;

constexpr std::string_view kConfirmed = "confirmed";

hub::Error NotAReply() { return {hub::Code::kMalformed, "The hub answered with something that is not a reply."}; }

hub::Result<ReplyBody> NotThisKind() {
  return hub::Fail(hub::Code::kMalformed, "The hub's reply does not fit the request.");
}

// --- Results --------------------------------------------------------------------------------------------------------

hub::Error ErrorOf(std::string_view code, std::string_view message) {
  for (int i = 0; i <= static_cast<int>(hub::kCodeLast); ++i) {
    if (hub::NameOf(static_cast<hub::Code>(i)) == code) return {static_cast<hub::Code>(i), std::string(message)};
  }
  return {hub::Code::kUnavailable, std::string(code) + ": " + std::string(message)};
}

std::optional<std::vector<core::EntryFailure>> FailuresOf(const object& o) {
  std::vector<core::EntryFailure> failures;
  if (o.is_nil()) return failures;
  if (!IsArray(o)) return std::nullopt;
  for (const object& item : o.via.array) {
    if (!IsArray(item) || item.via.array.size != 3) return std::nullopt;
    const auto index = NumberOf(item.via.array.ptr[0]);
    const auto code = TextOf(item.via.array.ptr[1]);
    const auto message = TextOf(item.via.array.ptr[2]);
    if (!index || *index > std::numeric_limits<std::uint32_t>::max() || !code || !message) return std::nullopt;
    failures.push_back({static_cast<std::uint32_t>(*index), ErrorOf(*code, *message)});
  }
  return failures;
}

std::optional<std::vector<std::uint64_t>> SequencesOf(const object& o) {
  std::vector<std::uint64_t> sequences;
  if (o.is_nil()) return sequences;
  if (!IsArray(o)) return std::nullopt;
  for (const object& item : o.via.array) {
    const auto sequence = NumberOf(item);
    if (!sequence) return std::nullopt;
    sequences.push_back(*sequence);
  }
  return sequences;
}

hub::Result<ReplyBody> SendOf(const object& o) {
  if (!IsArray(o) || o.via.array.size != 3 || o.via.array.ptr[0].type != msgpack::type::BIN) return NotThisKind();
  const msgpack::object_bin& raw = o.via.array.ptr[0].via.bin;
  auto failures = FailuresOf(o.via.array.ptr[1]);
  auto sequences = SequencesOf(o.via.array.ptr[2]);
  if (raw.size % sizeof(core::MessageId) != 0 || !failures || !sequences) return NotThisKind();
  core::SendReply reply;
  reply.ids.resize(raw.size / sizeof(core::MessageId));
  if (!sequences->empty() && sequences->size() != reply.ids.size()) return NotThisKind();
  if (raw.size > 0) std::memcpy(reply.ids.data(), raw.ptr, raw.size);
  for (const core::EntryFailure& failure : *failures) {
    if (failure.index >= reply.ids.size()) return NotThisKind();
  }
  reply.sequences = std::move(*sequences);
  reply.failures = std::move(*failures);
  return reply;
}

hub::Result<ReplyBody> EntriesOf(const object& o) {
  if (!IsArray(o) || o.via.array.size != 2) return NotThisKind();
  const auto count = NumberOf(o.via.array.ptr[0]);
  auto failures = FailuresOf(o.via.array.ptr[1]);
  if (!count || *count > std::numeric_limits<std::uint32_t>::max() || !failures) return NotThisKind();
  for (const core::EntryFailure& failure : *failures) {
    if (failure.index >= *count) return NotThisKind();
  }
  return core::EntriesReply{static_cast<std::uint32_t>(*count), std::move(*failures)};
}

std::optional<std::vector<hub::Attribute>> MessageAttributesOf(const object& o) {
  std::vector<hub::Attribute> attributes;
  if (o.is_nil()) return attributes;
  if (!IsMap(o)) return std::nullopt;
  for (const msgpack::object_kv& pair : o.via.map) {
    const auto name = TextOf(pair.key);
    if (!name || !IsArray(pair.val) || pair.val.via.array.size != 2) return std::nullopt;
    const auto type = TextOf(pair.val.via.array.ptr[0]);
    const auto value = BytesOf(pair.val.via.array.ptr[1]);
    if (!type || !value) return std::nullopt;
    attributes.push_back({.name = *name, .type = *type, .value = *value});
  }
  return attributes;
}

// A delivery as a receive has them, by way of the tree.
std::optional<Received> ReceivedOf(const object& o) {
  if (!IsArray(o)) return std::nullopt;
  const std::uint32_t size = o.via.array.size;
  if (size != kDeliveryFields && size != kTracedDeliveryFields) return std::nullopt;
  const auto field = [&](DeliveryField f) -> const object& { return o.via.array.ptr[static_cast<std::size_t>(f)]; };
  const auto id = BytesOf(field(DeliveryField::kId));
  const auto handle = BytesOf(field(DeliveryField::kHandle));
  const auto body = BytesOf(field(DeliveryField::kBody));
  const auto count = NumberOf(field(DeliveryField::kReceiveCount));
  auto attributes = MessageAttributesOf(field(DeliveryField::kAttributes));
  Received message;
  if (!id || id->size() != message.id.bytes.size() || !handle || !body || !attributes || !count ||
      *count > std::numeric_limits<std::uint32_t>::max()) {
    return std::nullopt;
  }
  std::memcpy(message.id.bytes.data(), id->data(), id->size());
  message.handle = *handle;
  message.body = *body;
  message.receive_count = static_cast<std::uint32_t>(*count);
  Read(field(DeliveryField::kSent), message.sent);
  Read(field(DeliveryField::kFirstReceived), message.first_received);
  message.attributes = std::move(*attributes);
  const auto text = [&](DeliveryField f) { return TextOf(field(f)).value_or(""); };
  message.sender = text(DeliveryField::kSender);
  message.subject = text(DeliveryField::kSubject);
  message.dead_letter_source = text(DeliveryField::kDeadLetterSource);
  message.group = text(DeliveryField::kGroup);
  message.deduplication = text(DeliveryField::kDeduplication);
  message.sequence = NumberOf(field(DeliveryField::kSequence)).value_or(0);
  if (size == kTracedDeliveryFields) message.trace = text(DeliveryField::kTrace);
  return message;
}

// [[[state, until, delivery]...], next]
hub::Result<ReplyBody> LookOf(const object& o) {
  if (!IsArray(o) || o.via.array.size != 2 || !IsArray(o.via.array.ptr[0])) return NotThisKind();
  Look look;
  for (const object& item : o.via.array.ptr[0].via.array) {
    if (!IsArray(item) || item.via.array.size != 3) return NotThisKind();
    auto message = ReceivedOf(item.via.array.ptr[2]);
    if (!message) return NotThisKind();
    LookedAt& seen = look.messages.emplace_back();
    seen.message = std::move(*message);
    Read(item.via.array.ptr[0], seen.state);
    if (!item.via.array.ptr[1].is_nil()) Read(item.via.array.ptr[1], seen.until);
  }
  Read(o.via.array.ptr[1], look.next);
  return look;
}

// An ARN, or [ARN, "pending" or "confirmed"], or that with a note.
hub::Result<ReplyBody> CreatedOf(const object& o) {
  const std::size_t parts = IsArray(o) ? o.via.array.size : 1;
  if (parts < 1 || parts > 3) return NotThisKind();
  const auto arn = TextOf(IsArray(o) ? o.via.array.ptr[0] : o);
  const auto state = parts > 1 ? TextOf(o.via.array.ptr[1]) : kConfirmed;
  const auto note = parts > 2 ? TextOf(o.via.array.ptr[2]) : "";
  if (!arn || !note || (state != kPending && state != kConfirmed)) return NotThisKind();
  return core::CreatedReply{std::string(*arn), state == kPending, std::string(*note)};
}

hub::Result<ReplyBody> ResultOf(const object& o, ReplyKind kind) {
  switch (kind) {
    case ReplyKind::kDone: {
      core::DoneReply done;
      if (!IsArray(o)) return NotThisKind();
      Read(o, done.notes);
      return done;
    }
    case ReplyKind::kCreated: return CreatedOf(o);
    case ReplyKind::kSend: return SendOf(o);
    case ReplyKind::kEntries: return EntriesOf(o);
    case ReplyKind::kReceive: return NotThisKind();  // Those that fit have been read by visitor.
    case ReplyKind::kQueues: {
      core::QueuesReply queues;
      if (!IsArray(o)) return NotThisKind();
      Read(o, queues.queues);
      return queues;
    }
    case ReplyKind::kTopics: {
      core::TopicsReply topics;
      if (!IsArray(o)) return NotThisKind();
      Read(o, topics.topics);
      return topics;
    }
    case ReplyKind::kSubscriptions: {
      core::SubscriptionsReply subscriptions;
      if (!IsArray(o)) return NotThisKind();
      Read(o, subscriptions.subscriptions);
      return subscriptions;
    }
    case ReplyKind::kMoveTasks: {
      core::MoveTasksReply tasks;
      if (!IsArray(o)) return NotThisKind();
      Read(o, tasks.tasks);
      return tasks;
    }
    case ReplyKind::kArns: {
      core::ArnsReply arns;
      if (!IsArray(o)) return NotThisKind();
      Read(o, arns.arns);
      return arns;
    }
    case ReplyKind::kTags: {
      core::TagsReply tags;
      if (!IsMap(o)) return NotThisKind();
      Read(o, tags.tags);
      return tags;
    }
    case ReplyKind::kHub: {
      core::HubReply hub;
      if (!IsMap(o)) return NotThisKind();
      Read(o, hub);
      return hub;
    }
    case ReplyKind::kTopology: {
      const auto document = TextOf(o);
      if (!document) return NotThisKind();
      return core::TopologyReply{std::string(*document)};
    }
    case ReplyKind::kText: {
      const auto text = TextOf(o);
      if (!text) return NotThisKind();
      return core::TextReply{std::string(*text)};
    }
    case ReplyKind::kPeek: return LookOf(o);
  }
  return NotThisKind();
}

hub::Result<ReplyBody> ReplyOf(const object& o, ReplyKind kind) {
  if (!IsArray(o) || o.via.array.size != kReplyFields) return tl::unexpected(NotAReply());
  const object* fields = o.via.array.ptr;
  const auto status = TextOf(fields[2]);
  if (NumberOf(fields[0]) != kProtocolVersion || !NumberOf(fields[1]) || !status) return tl::unexpected(NotAReply());
  if (*status == "ok") return ResultOf(fields[3], kind);
  const auto message = TextOf(fields[3]);
  if (!message) return tl::unexpected(NotAReply());
  return tl::unexpected(ErrorOf(*status, *message));
}

// Whether the frame is one msgpack value. Lengths are honest then: msgpack::unpack allocates by them.
bool IsWhole(std::string_view frame) {
  msgpack::null_visitor nothing;
  std::size_t end = 0;
  return msgpack::parse(frame.data(), frame.size(), end, nothing) && end == frame.size();
}

hub::Result<ReplyBody> DecodeByTree(std::string_view frame, ReplyKind kind) {
  if (!IsWhole(frame)) return tl::unexpected(NotAReply());
  const auto in_place = [](msgpack::type::object_type, std::size_t, void*) { return true; };
  const msgpack::unpack_limit limit(frame.size(), frame.size(), frame.size(), frame.size(), 0, kDepthMax);
  try {
    const msgpack::object_handle tree = msgpack::unpack(frame.data(), frame.size(), in_place, nullptr, limit);
    return ReplyOf(tree.get(), kind);
  } catch (const msgpack::unpack_error&) {
    return tl::unexpected(NotAReply());
  }
}

struct IdReader : msgpack::null_visitor {
  bool start_array(std::uint32_t count) { return read == 0 && count == kReplyFields; }
  bool visit_positive_integer(std::uint64_t value) {
    id = value;
    return read++ == 0 && value == kProtocolVersion;  // Stops at the id.
  }
  bool visit_nil() { return false; }
  bool visit_boolean(bool) { return false; }
  bool visit_negative_integer(
      std::int64_t value) {  // Also called for a number that is not negative in a signed encoding.
    return value >= 0 && visit_positive_integer(static_cast<std::uint64_t>(value));
  }
  bool visit_float32(float) { return false; }
  bool visit_float64(double) { return false; }
  bool visit_str(const char*, std::uint32_t) { return false; }
  bool visit_bin(const char*, std::uint32_t) { return false; }
  bool visit_ext(const char*, std::uint32_t) { return false; }
  bool start_map(std::uint32_t) { return false; }

  int read = 0;
  std::uint64_t id = 0;
};

}  // namespace

ReplyKind KindOf(const core::Operation& operation) {
  struct Kinds {
    ReplyKind operator()(const core::Send&) { return ReplyKind::kSend; }
    ReplyKind operator()(const core::Receive&) { return ReplyKind::kReceive; }
    ReplyKind operator()(const core::Consume&) { return ReplyKind::kReceive; }
    ReplyKind operator()(const core::Cancel&) { return ReplyKind::kDone; }
    ReplyKind operator()(const core::Delete&) { return ReplyKind::kEntries; }
    ReplyKind operator()(const core::ChangeVisibility&) { return ReplyKind::kEntries; }
    ReplyKind operator()(const core::PeekMessages&) { return ReplyKind::kPeek; }
    ReplyKind operator()(const core::Purge&) { return ReplyKind::kDone; }
    ReplyKind operator()(const core::CreateQueue&) { return ReplyKind::kCreated; }
    ReplyKind operator()(const core::DeleteQueue&) { return ReplyKind::kDone; }
    ReplyKind operator()(const core::SetQueueAttributes&) { return ReplyKind::kDone; }
    ReplyKind operator()(const core::DescribeQueue&) { return ReplyKind::kQueues; }
    ReplyKind operator()(const core::FindQueue&) { return ReplyKind::kCreated; }
    ReplyKind operator()(const core::ListQueues&) { return ReplyKind::kQueues; }
    ReplyKind operator()(const core::Publish&) { return ReplyKind::kSend; }
    ReplyKind operator()(const core::CreateTopic&) { return ReplyKind::kCreated; }
    ReplyKind operator()(const core::DeleteTopic&) { return ReplyKind::kDone; }
    ReplyKind operator()(const core::SetTopicAttributes&) { return ReplyKind::kDone; }
    ReplyKind operator()(const core::DescribeTopic&) { return ReplyKind::kTopics; }
    ReplyKind operator()(const core::ListTopics&) { return ReplyKind::kTopics; }
    ReplyKind operator()(const core::PutDataProtectionPolicy&) { return ReplyKind::kDone; }
    ReplyKind operator()(const core::GetDataProtectionPolicy&) { return ReplyKind::kText; }
    ReplyKind operator()(const core::ListDeadLetterSources&) { return ReplyKind::kArns; }
    ReplyKind operator()(const core::StartMoveTask&) { return ReplyKind::kCreated; }
    ReplyKind operator()(const core::CancelMoveTask&) { return ReplyKind::kMoveTasks; }
    ReplyKind operator()(const core::ListMoveTasks&) { return ReplyKind::kMoveTasks; }
    ReplyKind operator()(const core::TagQueue&) { return ReplyKind::kDone; }
    ReplyKind operator()(const core::UntagQueue&) { return ReplyKind::kDone; }
    ReplyKind operator()(const core::ListQueueTags&) { return ReplyKind::kTags; }
    ReplyKind operator()(const core::TagTopic&) { return ReplyKind::kDone; }
    ReplyKind operator()(const core::UntagTopic&) { return ReplyKind::kDone; }
    ReplyKind operator()(const core::ListTopicTags&) { return ReplyKind::kTags; }
    ReplyKind operator()(const core::Subscribe&) { return ReplyKind::kCreated; }
    ReplyKind operator()(const core::ConfirmSubscription&) { return ReplyKind::kCreated; }
    ReplyKind operator()(const core::Unsubscribe&) { return ReplyKind::kDone; }
    ReplyKind operator()(const core::SetSubscriptionAttributes&) { return ReplyKind::kDone; }
    ReplyKind operator()(const core::DescribeSubscription&) { return ReplyKind::kSubscriptions; }
    ReplyKind operator()(const core::ListSubscriptions&) { return ReplyKind::kSubscriptions; }
    ReplyKind operator()(const core::AddPermission&) { return ReplyKind::kDone; }
    ReplyKind operator()(const core::RemovePermission&) { return ReplyKind::kDone; }
    ReplyKind operator()(const core::MayFollow&) { return ReplyKind::kCreated; }
    ReplyKind operator()(const core::Follow&) { return ReplyKind::kCreated; }
    ReplyKind operator()(const core::TakeDeliveries&) { return ReplyKind::kDone; }
    ReplyKind operator()(const core::SettleDeliveries&) { return ReplyKind::kDone; }
    ReplyKind operator()(const core::DescribeHub&) { return ReplyKind::kHub; }
    ReplyKind operator()(const core::Export&) { return ReplyKind::kTopology; }
    ReplyKind operator()(const core::PlanReload&) { return ReplyKind::kDone; }
    ReplyKind operator()(const core::TestCommand&) { return ReplyKind::kDone; }  // Nor this.
    ReplyKind operator()(const core::Statistics&) { return ReplyKind::kHub; }    // Never: see EncodeRequest.
    ReplyKind operator()(const core::Reload&) { return ReplyKind::kDone; }
  };
  return std::visit(Kinds{}, operation);
}

hub::Result<std::uint64_t> ReplyId(std::string_view frame) {
  IdReader reader;
  msgpack::parse(frame.data(), frame.size(), reader);
  if (reader.read != 2) return tl::unexpected(NotAReply());
  return reader.id;
}

hub::Result<ReplyBody> DecodeReply(std::string_view frame, ReplyKind kind) {
  if (kind == ReplyKind::kReceive) {
    DeliveriesReader reader;
    std::size_t end = 0;
    msgpack::parse(frame.data(), frame.size(), end, reader);
    if (reader.done() && end == frame.size()) return std::move(reader.deliveries());
  }
  return DecodeByTree(frame, kind);  // Also an error that answers a receive.
}

}  // namespace adapters::wire::native
