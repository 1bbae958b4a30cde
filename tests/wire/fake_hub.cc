#include "tests/wire/fake_hub.h"

#include <algorithm>
#include <cstring>
#include <utility>
#include <variant>
#include <vector>

#include "hub/base/names.h"

namespace tests::wire {
namespace {

namespace core = hub::core;

constexpr std::int64_t kSentMicros = 1'700'000'000'000'000;
constexpr char kSubscription[] = "arn:aws:sns:us-east-1:111111111111:events:1b671a64-40d5-491e-99b0-da01ff1f3341";
constexpr char kSender[] = "arn:aws:iam::111111111111:user/checkout";

core::Handle HandleOf(std::uint64_t id) {
  core::Handle handle{};
  std::memcpy(handle.data(), &id, sizeof id);
  return handle;
}

core::QueueDescription Describe(const std::string& queue, std::uint64_t visible) {
  core::QueueDescription description;
  description.arn = "arn:aws:sqs:us-east-1:111111111111:" + queue;
  description.account = "111111111111";
  description.name = queue;
  description.attributes = {{"VisibilityTimeout", "30"}};
  description.visible = visible;
  description.in_flight = 2;
  description.delayed = 3;
  description.noisy_groups = 9;
  description.sent = 4;
  description.received = 5;
  description.deleted = 6;
  description.expired = 7;
  description.dead_lettered = 8;
  description.oldest_age = std::chrono::milliseconds(1500);
  return description;
}

core::SubscriptionDescription DescribeSubscription(const std::string& arn) {
  core::SubscriptionDescription description;
  description.arn = arn;
  description.topic_arn = "arn:aws:sns:us-east-1:111111111111:events";
  description.endpoint = "arn:aws:sqs:us-east-1:222222222222:inbox";
  description.owner = "111111111111";
  description.principal = kSender;
  description.pattern = "arn:aws:sns:us-east-1:111111111111:ev*";
  description.is_pending = true;
  description.attributes = {{"RawMessageDelivery", "true"}};
  description.delivered = 1;
  description.filtered = 2;
  description.denied = 3;
  description.failed = 4;
  description.dead_lettered = 5;
  description.last_denial = "No.";
  return description;
}

}  // namespace

// Nothing for an operation of another kind; likewise below.
std::optional<hub::Result<core::Reply>> FakeHub::AnswerTagsOrTasks(const core::Operation& operation) {
  if (const auto* tag = std::get_if<core::TagQueue>(&operation)) {
    tags_ = tag->tags;
    return core::DoneReply{};
  }
  if (const auto* untag = std::get_if<core::UntagQueue>(&operation)) {
    for (const std::string& key : untag->keys) tags_.erase(key);
    return core::DoneReply{};
  }
  if (std::holds_alternative<core::ListQueueTags>(operation) ||
      std::holds_alternative<core::ListTopicTags>(operation)) {
    return core::TagsReply{tags_};
  }
  if (const auto* list = std::get_if<core::ListDeadLetterSources>(&operation)) {
    return core::ArnsReply{{Describe(list->queue, 0).arn}};
  }
  if (const auto* start = std::get_if<core::StartMoveTask>(&operation)) {
    task_.source = Describe(start->source, 0).arn;
    task_.handle = task_.source + "#1";
    task_.destination = start->destination;
    task_.rate = start->rate;
    task_.started = hub::InstantOf(kSentMicros);
    task_.to_move = 9;
    return core::CreatedReply{task_.handle};
  }
  if (const auto* cancel = std::get_if<core::CancelMoveTask>(&operation)) {
    if (cancel->handle != task_.handle) return hub::Fail(hub::Code::kTaskNotFound, "Task does not exist.");
    task_.handle.clear();
    task_.status = core::MoveStatus::kCancelled;
    return core::MoveTasksReply{{task_}};
  }
  if (std::holds_alternative<core::ListMoveTasks>(operation)) return core::MoveTasksReply{{task_}};
  return std::nullopt;
}

std::optional<hub::Result<core::Reply>> FakeHub::AnswerSubscriptions(const core::Operation& operation) {
  // Queues of other accounts wait for confirmation.
  if (const auto* subscribe = std::get_if<core::Subscribe>(&operation)) {
    return core::CreatedReply{kSubscription, subscribe->queue.find('/') != std::string::npos,
                              hub::IsPattern(subscribe->topic) ? "Subscribed to 2 topics." : ""};
  }
  if (std::holds_alternative<core::ConfirmSubscription>(operation)) return core::CreatedReply{kSubscription};
  if (const auto* describe = std::get_if<core::DescribeSubscription>(&operation)) {
    return core::SubscriptionsReply{{DescribeSubscription(describe->topic)}};
  }
  if (std::holds_alternative<core::ListSubscriptions>(operation)) return core::SubscriptionsReply{};
  return std::nullopt;
}

hub::Result<core::Reply> FakeHub::Answer(const core::Operation& operation) {
  if (const auto* send = std::get_if<core::Send>(&operation)) return Send(*send);
  if (const auto* publish = std::get_if<core::Publish>(&operation)) return Publish(*publish);
  if (const auto* receive = std::get_if<core::Receive>(&operation)) return Receive(*receive);
  if (const auto* consume = std::get_if<core::Consume>(&operation)) {
    return Receive({.queue = consume->queue, .max = consume->credit, .visibility = {}, .wait = {}});
  }
  if (const auto* peek = std::get_if<core::PeekMessages>(&operation)) return Peek(*peek);
  if (const auto* erase = std::get_if<core::Delete>(&operation)) return Delete(*erase);
  if (const auto* change = std::get_if<core::ChangeVisibility>(&operation)) {
    return core::EntriesReply{static_cast<std::uint32_t>(change->entries.size()), {}};
  }
  if (const auto* create = std::get_if<core::CreateQueue>(&operation)) {
    queues_[create->queue];
    return core::CreatedReply{Describe(create->queue, 0).arn};
  }
  if (const auto* may = std::get_if<core::MayFollow>(&operation)) {
    return core::CreatedReply{"arn:aws:sns:us-east-1:111111111111:" + may->topic};
  }
  if (const auto* find = std::get_if<core::FindQueue>(&operation)) {
    if (!queues_.contains(find->queue)) return hub::Fail(hub::Code::kQueueNotFound, "There is no such queue.");
    return core::CreatedReply{Describe(find->queue, 0).arn};
  }
  if (const auto* add = std::get_if<core::AddPermission>(&operation)) {
    std::string note(NameOf(add->kind));
    note += " " + add->resource + " " + add->label + ":";
    for (const std::string& account : add->accounts) note += " " + account;
    for (const std::string& action : add->actions) note += " " + action;
    return core::DoneReply{{note}};
  }
  if (const auto* remove = std::get_if<core::RemovePermission>(&operation)) {
    return hub::Fail(hub::Code::kLabelUnknown,
                     std::string(NameOf(remove->kind)) + " " + remove->resource + " " + remove->label);
  }
  if (const auto* list = std::get_if<core::ListQueues>(&operation)) {
    core::QueuesReply reply;
    for (const auto& [name, messages] : queues_) {
      if (name.starts_with(list->prefix)) reply.queues.push_back(Describe(name, messages.size()));
    }
    return reply;
  }
  if (std::holds_alternative<core::ListTopics>(operation) || std::holds_alternative<core::DescribeTopic>(operation)) {
    return core::TopicsReply{};
  }
  if (auto reply = AnswerTagsOrTasks(operation)) return *std::move(reply);
  if (auto reply = AnswerSubscriptions(operation)) return *std::move(reply);
  if (std::holds_alternative<core::DescribeHub>(operation)) {
    core::HubReply reply;
    reply.turns = 12;
    reply.uptime = std::chrono::seconds(3);
    reply.durability = "flush";
    return reply;
  }
  if (std::holds_alternative<core::Export>(operation)) {
    return core::TopologyReply{std::get<core::Export>(operation).all ? R"({"queues":[]})" : "{}"};
  }
  if (const auto* plan = std::get_if<core::PlanReload>(&operation)) return core::DoneReply{{"~ " + plan->topology}};
  return core::DoneReply{};
}

core::MessageId FakeHub::Store(const std::string& queue, std::string_view body, const hub::Message& message) {
  core::MessageId id;
  ++last_id_;
  for (int i = 0; i < 8; ++i) id.bytes[15 - i] = static_cast<unsigned char>(last_id_ >> (8 * i));
  queues_[queue][last_id_] = {
      .id = id,
      .body = std::string(body),
      .group = std::string(message.group),
      .deduplication = std::string(message.deduplication),
      .trace = std::string(message.trace),
      .in_flight = message.delay.value_or(hub::Duration::zero()) > hub::Duration::zero(),  // For ever.
  };
  return id;
}

hub::Result<core::Reply> FakeHub::Send(const core::Send& send) {
  if (send.queue == "missing") return hub::Fail(hub::Code::kQueueNotFound, "There is no queue \"missing\".");
  core::SendReply reply;
  for (std::size_t i = 0; i < send.entries.size(); ++i) {
    const hub::Message& message = send.entries[i];
    const bool refused = message.body == "refuse me";
    reply.ids.push_back(refused ? core::MessageId{} : Store(send.queue, message.body, message));
    if (hub::IsFifoName(send.queue)) reply.sequences.push_back(refused ? 0 : last_id_);
    if (refused) {
      reply.failures.push_back({static_cast<std::uint32_t>(i), {hub::Code::kInvalidArgument, "As you wish."}});
    }
  }
  return reply;
}

hub::Result<core::Reply> FakeHub::Publish(const core::Publish& publish) {
  core::SendReply reply;
  for (const auto& entry : publish.entries) {
    const std::string body = std::string(entry.subject) + "|" + std::string(entry.message.body);
    reply.ids.push_back(Store(publish.topic, body, entry.message));
  }
  return reply;
}

hub::Result<core::Reply> FakeHub::Receive(const core::Receive& receive) {
  core::ReceiveReply reply;
  const auto kept = std::make_shared<std::vector<Stored>>();
  kept->reserve(receive.max);
  const auto attempt = attempts_.find(receive.attempt);
  for (auto& [number, stored] : queues_[receive.queue]) {
    if (reply.deliveries.size() == receive.max) break;
    if (attempt != attempts_.end()) {
      if (!attempt->second.contains(number)) continue;
    } else if (std::exchange(stored.in_flight, true)) {
      continue;
    }
    if (!receive.attempt.empty()) attempts_[receive.attempt].insert(number);
    const Stored& copy = kept->emplace_back(stored);
    core::Delivery& delivery = reply.deliveries.emplace_back();
    delivery.id = copy.id;
    delivery.handle = HandleOf(number);
    delivery.body = copy.body;
    delivery.group = copy.group;
    delivery.deduplication = copy.deduplication;
    delivery.trace = copy.trace;
    if (hub::IsFifoName(receive.queue)) delivery.sequence = number;
    delivery.sent = hub::InstantOf(kSentMicros);
    delivery.first_received = hub::InstantOf(kSentMicros + 5000);
    delivery.receive_count = 1;
    delivery.sender = kSender;
  }
  reply.blocks.push_back(kept);
  return reply;
}

hub::Result<core::Reply> FakeHub::Peek(const core::PeekMessages& peek) {
  const auto from = peek.after.empty() ? core::PeekPlace() : core::ParsePeekPlace(peek.after);
  if (!from) return hub::Fail(hub::Code::kInvalidArgument, "That is not what a page ended with.");
  core::PeekReply reply;
  const auto kept = std::make_shared<std::vector<Stored>>();
  kept->reserve(peek.max);
  for (const auto& [number, stored] : queues_[peek.queue]) {
    if (number < from->sequence) continue;
    if (reply.messages.size() == peek.max) {
      reply.next = core::Format(core::PeekPlace{.sequence = number});
      break;
    }
    const Stored& copy = kept->emplace_back(stored);
    core::Peeked& seen = reply.messages.emplace_back();
    seen.delivery.id = copy.id;
    seen.delivery.body = copy.body;
    seen.delivery.sent = hub::InstantOf(kSentMicros);
    seen.delivery.sender = kSender;
    if (!copy.in_flight) continue;
    seen.state = core::MessageState::kInFlight;
    seen.until = hub::InstantOf(kSentMicros + 30'000'000);
  }
  reply.blocks.push_back(kept);
  return reply;
}

hub::Result<core::Reply> FakeHub::Delete(const core::Delete& erase) {
  core::EntriesReply reply{static_cast<std::uint32_t>(erase.handles.size()), {}};
  for (std::uint32_t i = 0; i < erase.handles.size(); ++i) {
    std::uint64_t number = 0;
    std::memcpy(&number, erase.handles[i].data(), std::min(sizeof number, erase.handles[i].size()));
    if (erase.handles[i].size() != core::kHandleBytes || queues_[erase.queue].erase(number) == 0) {
      reply.failures.push_back({i, {hub::Code::kReceiptHandleInvalid, "The handle is not valid."}});
    }
  }
  return reply;
}

}  // namespace tests::wire
