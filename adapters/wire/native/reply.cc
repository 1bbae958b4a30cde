#include "adapters/wire/native/reply.h"

#include <string>
#include <utility>

#include "adapters/wire/native/deliveries_reader.h"
#include "adapters/wire/native/frame_writer.h"
#include "adapters/wire/native/request.h"
#include "hub/base/assert.h"

namespace adapters::wire::native {
namespace {

namespace core = hub::core;

// Estimates that save growing the buffer.
constexpr std::size_t kFrameOverheadBytes = 256;
constexpr std::size_t kDeliveryOverheadBytes = 128;  // Id, handle, numbers and the heads of all fields.
constexpr std::size_t kNumberBytes = 9;              // At most.

void WriteInstant(FrameWriter& out, hub::Instant instant) {
  out.Number(static_cast<std::uint64_t>(hub::MillisOf(instant)));
}

// [[index, "CodeName", "message"]...], or nil for none.
void WriteFailures(FrameWriter& out, const std::vector<core::EntryFailure>& failures) {
  if (failures.empty()) return out.Nil();
  out.Array(failures.size());
  for (const core::EntryFailure& failure : failures) {
    out.Array(3);
    out.Number(failure.index);
    out.Text(NameOf(failure.error.code));
    out.Text(failure.error.message);
  }
}

std::size_t Estimate(const core::Delivery& d) {
  return d.body.size() + d.encoded_attributes.size() + d.sender.size() + d.group.size() + d.deduplication.size() +
         d.trace.size() + kDeliveryOverheadBytes;
}

std::size_t Estimate(const core::Reply& reply) {
  std::size_t size = kFrameOverheadBytes;
  if (const auto* receive = std::get_if<core::ReceiveReply>(&reply)) {
    for (const core::Delivery& delivery : receive->deliveries) size += Estimate(delivery);
  }
  if (const auto* peek = std::get_if<core::PeekReply>(&reply)) {
    for (const core::Peeked& seen : peek->messages) size += Estimate(seen.delivery);
  }
  if (const auto* send = std::get_if<core::SendReply>(&reply)) {
    size += send->ids.size() * sizeof(core::MessageId) + send->sequences.size() * kNumberBytes;
  }
  if (const auto* topology = std::get_if<core::TopologyReply>(&reply)) size += topology->document.size();
  if (const auto* text = std::get_if<core::TextReply>(&reply)) size += text->text.size();
  return size;
}

class ResultWriter {
 public:
  explicit ResultWriter(FrameWriter& out) : out_(out) {}

  void operator()(const core::DoneReply& done) {
    out_.Array(done.notes.size());
    for (const std::string& note : done.notes) out_.Text(note);
  }

  void operator()(const core::CreatedReply& created) {
    if (!created.is_pending && created.note.empty()) return out_.Text(created.arn);
    out_.Array(created.note.empty() ? 2 : 3);
    out_.Text(created.arn);
    out_.Text(created.is_pending ? "pending" : "confirmed");
    if (!created.note.empty()) out_.Text(created.note);
  }

  void operator()(const core::SendReply& send) {
    static_assert(sizeof(core::MessageId) == 16, "ids go out as they lie in memory");
    out_.Array(3);
    out_.Bytes({reinterpret_cast<const char*>(send.ids.data()), send.ids.size() * sizeof(core::MessageId)});
    WriteFailures(out_, send.failures);
    if (send.sequences.empty()) return out_.Nil();
    out_.Array(send.sequences.size());
    for (const std::uint64_t sequence : send.sequences) out_.Number(sequence);
  }

  void operator()(const core::EntriesReply& entries) {
    out_.Array(2);
    out_.Number(entries.count);
    WriteFailures(out_, entries.failures);
  }

  void operator()(const core::ReceiveReply& receive) {
    out_.Array(receive.deliveries.size());
    for (const core::Delivery& delivery : receive.deliveries) Delivery(delivery);
  }

  void operator()(const core::PeekReply& reply) {
    out_.Array(2);
    out_.Array(reply.messages.size());
    for (const core::Peeked& seen : reply.messages) {
      out_.Array(3);
      out_.Text(core::NameOf(seen.state));
      seen.state == core::MessageState::kVisible ? out_.Nil() : WriteInstant(out_, seen.until);
      Delivery(seen.delivery);
    }
    out_.TextOrNil(reply.next);
  }

  void operator()(const core::QueuesReply& reply) {
    out_.Array(reply.queues.size());
    for (const core::QueueDescription& queue : reply.queues) Queue(queue);
  }

  void operator()(const core::TopicsReply& reply) {
    out_.Array(reply.topics.size());
    for (const core::TopicDescription& topic : reply.topics) Topic(topic);
  }

  void operator()(const core::MoveTasksReply& reply) {
    out_.Array(reply.tasks.size());
    for (const core::MoveTaskDescription& task : reply.tasks) MoveTask(task);
  }

  void operator()(const core::ArnsReply& reply) {
    out_.Array(reply.arns.size());
    for (const std::string& arn : reply.arns) out_.Text(arn);
  }

  void operator()(const core::TagsReply& reply) { out_.Pairs(reply.tags); }
  void operator()(const core::TopologyReply& topology) { out_.Text(topology.document); }
  void operator()(const core::TextReply& reply) { out_.Text(reply.text); }

  void operator()(const core::SubscriptionsReply& reply) {
    out_.Array(reply.subscriptions.size());
    for (const core::SubscriptionDescription& subscription : reply.subscriptions) Subscription(subscription);
  }

  void operator()(const core::TestReply&) { HUB_ASSERT(!"nobody asks for help with tests over a wire"); }
  void operator()(const core::StatisticsReply&) { HUB_ASSERT(!"nobody asks for statistics over a wire"); }

  void operator()(const core::HubReply& hub) {
    out_.Map(7);
    Field("turns", hub.turns);
    Field("flushes", hub.flushes);
    Field("boot", hub.boot);
    Field("uptime_ms", hub.uptime);
    Field("queues", hub.queues);
    Field("topics", hub.topics);
    Field("durability", hub.durability);
  }

 private:
  void Delivery(const core::Delivery& d) {
    out_.Array(d.trace.empty() ? kDeliveryFields : kTracedDeliveryFields);
    out_.Bytes(BytesOf(d.id));
    out_.Bytes({d.handle.data(), d.handle.size()});
    if (d.envelope_topic.empty()) {
      out_.Bytes(d.body);
    } else {
      rendered_.clear();
      core::AppendBody(rendered_, d);
      out_.Bytes(rendered_);
    }
    out_.Number(d.receive_count);
    WriteInstant(out_, d.sent);
    WriteInstant(out_, d.first_received);
    if (d.encoded_attributes.empty()) {
      out_.Nil();
    } else {
      out_.MessageAttributes(core::AttributesOf(d));
    }
    out_.Text(d.sender);
    out_.TextOrNil(d.envelope_topic.empty() ? d.subject : std::string_view());
    out_.TextOrNil(d.dead_letter_source);
    out_.TextOrNil(d.group);
    out_.TextOrNil(d.deduplication);
    d.sequence == 0 ? out_.Nil() : out_.Number(d.sequence);
    if (!d.trace.empty()) out_.Text(d.trace);
  }

  void Queue(const core::QueueDescription& queue) {
    out_.Map(18);
    Field("arn", queue.arn);
    Field("account", queue.account);
    Field("name", queue.name);
    Field("attributes", queue.attributes);
    Field("tags", queue.tags);
    out_.Text("created_ms");
    WriteInstant(out_, queue.created);
    out_.Text("modified_ms");
    WriteInstant(out_, queue.modified);
    Field("visible", queue.visible);
    Field("in_flight", queue.in_flight);
    Field("delayed", queue.delayed);
    Field("noisy_groups", queue.noisy_groups);
    Field("oldest_age_ms", queue.oldest_age);
    Field("declared_at", queue.declared_at);
    Field("sent", queue.sent);
    Field("received", queue.received);
    Field("deleted", queue.deleted);
    Field("expired", queue.expired);
    Field("dead_lettered", queue.dead_lettered);
  }

  void Topic(const core::TopicDescription& topic) {
    out_.Map(12);
    Field("arn", topic.arn);
    Field("account", topic.account);
    Field("name", topic.name);
    Field("attributes", topic.attributes);
    Field("tags", topic.tags);
    Field("declared_at", topic.declared_at);
    Field("effective_delivery_policy", topic.effective_delivery_policy);
    Field("published", topic.published);
    Field("subscriptions_confirmed", topic.subscriptions_confirmed);
    Field("subscriptions_pending", topic.subscriptions_pending);
    Field("subscriptions_deleted", topic.subscriptions_deleted);
    out_.Text("subscriptions");
    out_.Array(topic.subscriptions.size());
    for (const core::SubscriptionDescription& subscription : topic.subscriptions) Subscription(subscription);
  }

  void Subscription(const core::SubscriptionDescription& subscription) {
    out_.Map(16);
    Field("arn", subscription.arn);
    Field("topic_arn", subscription.topic_arn);
    Field("protocol", std::string(core::NameOf(subscription.protocol)));
    Field("queue_arn", subscription.endpoint);
    Field("owner", subscription.owner);
    Field("principal", subscription.principal);
    Field("pattern", subscription.pattern);
    Field("state", std::string(subscription.is_pending ? "pending" : "confirmed"));
    Field("attributes", subscription.attributes);
    Field("declared_at", subscription.declared_at);
    Field("delivered", subscription.delivered);
    Field("filtered", subscription.filtered);
    Field("denied", subscription.denied);
    Field("failed", subscription.failed);
    Field("dead_lettered", subscription.dead_lettered);
    Field("last_denial", subscription.last_denial);
  }

  void MoveTask(const core::MoveTaskDescription& task) {
    out_.Map(10);
    Field("handle", task.handle);
    Field("source", task.source);
    Field("destination", task.destination);
    Field("rate", task.rate);
    Field("status", std::string(core::NameOf(task.status)));
    out_.Text("started_ms");
    WriteInstant(out_, task.started);
    Field("to_move", task.to_move);
    Field("moved", task.moved);
    Field("failure", std::string(core::NameOf(task.failure)));
    Field("reason", task.reason);
  }

  void Field(std::string_view name, const std::string& value) {
    out_.Text(name);
    out_.Text(value);
  }

  void Field(std::string_view name, std::uint64_t value) {
    out_.Text(name);
    out_.Number(value);
  }

  void Field(std::string_view name, hub::Duration value) {
    out_.Text(name);
    out_.Millis(value);
  }

  void Field(std::string_view name, const core::Attributes& value) {
    out_.Text(name);
    out_.Pairs(value);
  }

  FrameWriter& out_;
  std::string rendered_;  // Reused for every envelope of the reply.
};

}  // namespace

Buffer EncodeReply(std::uint64_t id, const hub::Result<core::Reply>& reply) {
  Buffer buffer(reply ? Estimate(*reply) : kFrameOverheadBytes);
  FrameWriter out(buffer);
  out.Array(4);
  out.Number(kProtocolVersion);
  out.Number(id);
  if (!reply) {
    out.Text(NameOf(reply.error().code));
    out.Text(reply.error().message);
    return buffer;
  }
  out.Text("ok");
  std::visit(ResultWriter(out), *reply);
  return buffer;
}

}  // namespace adapters::wire::native
