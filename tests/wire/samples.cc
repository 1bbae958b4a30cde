#include "tests/wire/samples.h"

#include "hub/base/limits.h"

namespace tests::wire {

namespace core = hub::core;
using namespace std::chrono_literals;

std::string_view Samples::Bytes() {
  const std::size_t size = random_.OneIn(50) ? 70'000 : random_.Below(41);
  std::string& bytes = kept_.emplace_back();
  for (std::size_t i = 0; i < size; ++i) bytes.push_back(static_cast<char>(random_.Next()));
  return bytes;
}

std::string_view Samples::Text() {
  std::string& text = kept_.emplace_back();
  for (std::size_t i = random_.Below(60); i > 0; --i) text.push_back(static_cast<char>('a' + random_.Below(26)));
  return text;
}

hub::Duration Samples::Millis(hub::Duration max) {
  return std::chrono::milliseconds(random_.Below(static_cast<std::uint64_t>(max.count()) / 1000 + 1));
}

hub::Message Samples::Message() {
  hub::Message message{.body = Bytes(), .attributes = {}};
  if (random_.OneIn(3)) AddOptions(message);
  if (random_.OneIn(2)) return message;
  for (std::size_t i = random_.Below(hub::kAttributesMax + 1); i > 0; --i) {
    const bool binary = random_.OneIn(2);
    kept_.push_back("attribute-" + std::to_string(i));
    const std::string_view name = kept_.back();
    message.attributes.push_back(
        {.name = name, .type = binary ? "Binary" : "String.label", .value = binary ? Bytes() : Text()});
  }
  return message;
}

void Samples::AddOptions(hub::Message& message) {
  if (random_.OneIn(2)) message.group = Text();
  if (random_.OneIn(2)) message.deduplication = Text();
  if (random_.OneIn(2)) message.delay = Millis(hub::kDelayMax);
  if (random_.OneIn(2)) message.trace = Text();
}

core::Attributes Samples::Attributes() {
  core::Attributes attributes;
  for (std::size_t i = random_.Below(6); i > 0; --i) attributes.insert_or_assign(std::string(Text()), Text());
  return attributes;
}

core::Operation Samples::Operation(std::size_t index) {
  const auto name = [this] { return std::string(Text()); };
  switch (index) {
    case 0: {
      core::Send send{name(), {}};
      for (std::size_t i = Few(); i > 0; --i) send.entries.push_back(Message());
      return send;
    }
    case 1: {
      core::Receive receive{name(), 1 + random_.Below(hub::kReceiveMax), {}, {}};
      if (random_.OneIn(2)) receive.visibility = Millis(hub::kVisibilityMax);
      if (random_.OneIn(2)) receive.wait = Millis(hub::kWaitMax);
      if (random_.OneIn(2)) receive.attempt = Text();
      return receive;
    }
    case 2: return core::Delete{name(), {Bytes(), Bytes()}};
    case 3: return core::ChangeVisibility{name(), {{Bytes(), Millis(hub::kVisibilityMax)}, {Bytes(), 0s}}};
    case 4: return core::Purge{name()};
    case 5: return core::CreateQueue{name(), Attributes(), Attributes()};
    case 6: return core::DeleteQueue{name()};
    case 7: return core::SetQueueAttributes{name(), Attributes()};
    case 8: return core::DescribeQueue{name()};
    case 9: return core::ListQueues{name()};
    case 10: {
      core::Publish publish{name(), {}};
      for (std::size_t i = Few(); i > 0; --i) publish.entries.push_back({Message(), random_.OneIn(2) ? Text() : ""});
      return publish;
    }
    case 11: return core::CreateTopic{name(), Attributes(), Attributes()};
    case 12: return core::DeleteTopic{name()};
    case 13: return core::SetTopicAttributes{name(), Attributes()};
    case 14: return core::DescribeTopic{name()};
    case 15: return core::ListTopics{name()};
    case 16: return core::Subscribe{name(), name(), Attributes()};
    case 17: return core::ConfirmSubscription{name(), name()};
    case 18: return core::Unsubscribe{name(), name()};
    case 19: return core::SetSubscriptionAttributes{name(), name(), Attributes()};
    case 20: return core::DescribeSubscription{name(), name()};
    case 21: return core::ListSubscriptions{name()};
    case 22: return core::ListDeadLetterSources{name()};
    case 23:
      return core::StartMoveTask{name(), name(), static_cast<std::uint32_t>(random_.Below(hub::kMoveRateMax + 1))};
    case 24: return core::CancelMoveTask{name()};
    case 25: return core::ListMoveTasks{name()};
    case 26: return core::TagQueue{name(), Attributes()};
    case 27: return core::UntagQueue{name(), {name(), name()}};
    case 28: return core::ListQueueTags{name()};
    case 29: return core::TagTopic{name(), Attributes()};
    case 30: return core::UntagTopic{name(), {name()}};
    case 31: return core::ListTopicTags{name()};
    case 32: {
      core::Consume consume{name(), 1 + random_.Below(hub::kCreditMax), {}};
      if (random_.OneIn(2)) consume.visibility = Millis(hub::kVisibilityMax);
      return consume;
    }
    case 33: return core::Export{.all = random_.OneIn(2)};
    case 34: return core::PlanReload{name()};
    case 35: return core::Cancel{random_.Next()};
    case 36: return core::MayFollow{name()};
    case 37: return core::FindQueue{name()};
    case 38: return core::AddPermission{Kind(), name(), name(), {name(), name()}, {name()}};
    case 39: return core::RemovePermission{Kind(), name(), name()};
    case 40: return core::PutDataProtectionPolicy{name(), name()};
    case 41: return core::GetDataProtectionPolicy{name()};
    case 42: return core::PeekMessages{.queue = name(), .max = 1 + random_.Below(core::kPeekMax), .after = name()};
    default: return core::DescribeHub{};
  }
}

core::Delivery Samples::Delivery() {
  core::Delivery delivery;
  for (unsigned char& byte : delivery.id.bytes) byte = static_cast<unsigned char>(random_.Next());
  for (char& byte : delivery.handle) byte = static_cast<char>(random_.Next());
  delivery.body = Bytes();
  if (random_.OneIn(3)) delivery.subject = Text();
  delivery.sent = hub::InstantOf(1'700'000'000'000'000) + Millis(hub::kRetentionMax);
  delivery.first_received = delivery.sent + Millis(hub::kRetentionMax);
  delivery.receive_count = static_cast<std::uint32_t>(random_.Next());
  delivery.sender = Text();
  if (random_.OneIn(3)) delivery.dead_letter_source = Text();
  if (random_.OneIn(3)) delivery.group = Text();
  if (random_.OneIn(3)) delivery.deduplication = Text();
  if (random_.OneIn(3)) delivery.sequence = random_.Next();
  if (random_.OneIn(3)) delivery.trace = Text();
  return delivery;
}

hub::core::MoveTasksReply Samples::MoveTasks() {
  core::MoveTaskDescription running;
  running.handle = Text();
  running.source = Text();
  running.rate = random_.Below(hub::kMoveRateMax + 1);
  running.started = hub::InstantOf(1'700'000'000'000'000) + Millis(hub::kRetentionMax);
  running.to_move = random_.Next();
  core::MoveTaskDescription failed = running;
  failed.destination = Text();
  failed.status = core::MoveStatus::kFailed;
  failed.failure = random_.OneIn(2) ? core::MoveFailure::kQueueGone : core::MoveFailure::kOriginUnknown;
  failed.reason = Text();
  failed.moved = random_.Next();
  return core::MoveTasksReply{{running, failed}};
}

hub::Result<core::Reply> Samples::Reply() {
  switch (random_.Below(16)) {
    case 0: return core::DoneReply{{std::string(Text()), std::string(Text())}};
    case 1: return core::CreatedReply{std::string(Text()), random_.OneIn(2), std::string(Text())};
    case 2: {
      core::SendReply reply;
      reply.ids.resize(Few());
      if (random_.OneIn(2)) {
        for (std::size_t i = 0; i < reply.ids.size(); ++i) reply.sequences.push_back(i == 0 ? 0 : random_.Next());
      }
      reply.failures.push_back({0, {hub::Code::kMessageTooLarge, std::string(Text())}});
      return reply;
    }
    case 3: return core::EntriesReply{3, {{2, {hub::Code::kNotInFlight, std::string(Text())}}}};
    case 4: {
      core::ReceiveReply reply;
      for (std::size_t i = random_.Below(4); i > 0; --i) reply.deliveries.push_back(Delivery());
      return reply;
    }
    case 5: {
      core::QueueDescription queue;
      queue.name = Text();
      queue.attributes = Attributes();
      queue.tags = Attributes();
      queue.created = hub::InstantOf(1'700'000'000'000'000) + Millis(hub::kRetentionMax);
      queue.modified = queue.created + Millis(hub::kRetentionMax);
      queue.visible = random_.Next();
      queue.noisy_groups = random_.Next();
      queue.oldest_age = Millis(hub::kRetentionMax);
      return core::QueuesReply{{queue, queue}};
    }
    case 6: {
      core::TopicDescription topic;
      topic.name = Text();
      topic.tags = Attributes();
      topic.effective_delivery_policy = Text();
      topic.subscriptions_confirmed = random_.Next();
      topic.subscriptions_deleted = random_.Next();
      topic.subscriptions.resize(Few());
      topic.subscriptions[0].attributes = Attributes();
      topic.subscriptions[0].denied = random_.Next();
      return core::TopicsReply{{topic}};
    }
    case 7: {
      core::SubscriptionDescription subscription;
      subscription.arn = Text();
      subscription.owner = Text();
      subscription.principal = Text();
      subscription.pattern = Text();
      subscription.is_pending = random_.OneIn(2);
      subscription.failed = random_.Next();
      subscription.dead_lettered = random_.Next();
      return core::SubscriptionsReply{{subscription}};
    }
    case 8: {
      core::HubReply hub;
      hub.flushes = random_.Next();
      hub.uptime = Millis(hub::kRetentionMax);
      hub.durability = Text();
      return hub;
    }
    case 9: return MoveTasks();
    case 10: return core::ArnsReply{{std::string(Text()), std::string(Text())}};
    case 11: return core::TagsReply{Attributes()};
    case 12: return core::TopologyReply{std::string(Text())};
    case 13: return core::TextReply{std::string(Text())};
    case 14: {
      core::PeekReply reply;
      for (std::size_t i = random_.Below(4); i > 0; --i) {
        core::Peeked& seen = reply.messages.emplace_back();
        seen.delivery = Delivery();
        seen.state = static_cast<core::MessageState>(random_.Below(3));
        if (seen.state != core::MessageState::kVisible) seen.until = seen.delivery.sent + Millis(hub::kVisibilityMax);
      }
      reply.next = Text();
      return reply;
    }
    default: return hub::Fail(hub::Code::kAccessDenied, std::string(Text()));
  }
}

}  // namespace tests::wire
