#include "adapters/client/client.h"

#include <chrono>
#include <utility>

#include "adapters/wire/native/request.h"
#include "hub/base/duration.h"
#include "hub/base/limits.h"

namespace adapters::client {
namespace {

namespace native = wire::native;

using hub::Code;
using hub::Duration;
using hub::Fail;
using hub::Result;
using Clock = std::chrono::steady_clock;

// What the hub itself may wait before it answers.
Duration WaitOf(const hub::core::Operation& operation) {
  const auto* receive = std::get_if<hub::core::Receive>(&operation);
  return receive == nullptr ? Duration{} : receive->wait.value_or(hub::kWaitMax);
}

// The alternative is the right one: DecodeReply decodes as the kind that the operation has, and Call returns no failure
// inside an answer.
template <typename T>
Result<T> Take(Result<Answer>&& answer) {
  if (!answer) return tl::unexpected(answer.error());
  return std::get<T>(*std::move(answer->body));
}

template <typename T>
Result<T> Only(Result<std::vector<T>>&& found) {
  if (!found) return tl::unexpected(found.error());
  if (found->size() != 1) return Fail(Code::kMalformed, "The hub described several things where one was asked for.");
  return std::move(found->front());
}

}  // namespace

Result<Client> Client::Connect(const Options& options) {
  Result<Connection> connection = Connection::Open(options);
  if (!connection) return tl::unexpected(connection.error());
  return Client(*std::move(connection), options);
}

Result<std::uint64_t> Client::Post(const hub::core::Operation& operation) {
  const std::uint64_t id = next_id_++;
  native::Buffer frame = native::EncodeRequest(id, operation);
  if (frame.size() > hub::kFrameBytesMax) {
    return Fail(Code::kBatchTooLarge, "The request has " + std::to_string(frame.size()) + " bytes; a frame holds " +
                                          std::to_string(hub::kFrameBytesMax) + " at most.");
  }
  if (const Result<void> sent = connection_.Send(std::move(frame)); !sent) return tl::unexpected(sent.error());
  outstanding_.emplace(
      id, Asked{native::KindOf(operation), /*repeats=*/std::holds_alternative<hub::core::Consume>(operation)});
  // What is still on its way to the consumer is released by the hub.
  if (const auto* cancel = std::get_if<hub::core::Cancel>(&operation)) outstanding_.erase(cancel->consumer);
  return id;
}

// The next answer from the wire. Answers that nobody waits for any more are dropped.
Result<std::optional<Answer>> Client::Next(Duration timeout) {
  const auto deadline = Clock::now() + timeout;
  for (;;) {
    const auto left = std::chrono::duration_cast<Duration>(deadline - Clock::now());
    Result<std::optional<Frame>> frame = connection_.Receive(std::max(left, Duration{}));
    if (!frame) {
      outstanding_.clear();
      return tl::unexpected(frame.error());
    }
    if (!*frame) return std::nullopt;
    const std::string_view bytes = (*frame)->bytes;
    const Result<std::uint64_t> id = native::ReplyId(bytes);
    if (!id) return tl::unexpected(id.error());
    const auto asked = outstanding_.find(*id);
    if (asked == outstanding_.end()) continue;
    const Asked what = asked->second;
    Answer answer{.id = *id, .body = native::DecodeReply(bytes, what.kind), .frame = std::move((*frame)->owner)};
    if (!what.repeats || !answer.body) outstanding_.erase(*id);
    return answer;
  }
}

Result<std::optional<Answer>> Client::Poll(Duration timeout) {
  if (arrived_.empty()) return Next(timeout);
  Answer first = std::move(arrived_.front());
  arrived_.pop_front();
  return first;
}

Result<Answer> Client::Call(const hub::core::Operation& operation) {
  const Result<std::uint64_t> id = Post(operation);
  if (!id) return tl::unexpected(id.error());
  const Duration patience = timeout_ + WaitOf(operation);
  const auto deadline = Clock::now() + patience;
  for (;;) {
    const auto left = std::chrono::duration_cast<Duration>(deadline - Clock::now());
    Result<std::optional<Answer>> answer = Next(std::max(left, Duration{}));
    if (!answer) return tl::unexpected(answer.error());
    if (!*answer) {
      outstanding_.erase(*id);
      return Fail(Code::kUnavailable,
                  "The hub at " + endpoint_ + " did not answer within " + hub::Format(patience) + ".");
    }
    if ((*answer)->id == *id) {
      if (!(*answer)->body) return tl::unexpected((*answer)->body.error());
      return std::move(**answer);
    }
    arrived_.push_back(std::move(**answer));
  }
}

Result<hub::core::SendReply> Client::Send(std::string queue, std::vector<hub::Message> messages) {
  return Take<hub::core::SendReply>(Call(hub::core::Send{.queue = std::move(queue), .entries = std::move(messages)}));
}

Result<Messages> Client::Receive(std::string queue, const ReceiveOptions& options) {
  Result<Answer> answer = Call(hub::core::Receive{.queue = std::move(queue),
                                                  .max = options.max,
                                                  .visibility = options.visibility,
                                                  .wait = options.wait,
                                                  .attempt = options.attempt});
  if (!answer) return tl::unexpected(answer.error());
  std::shared_ptr<const void> frame = std::move(answer->frame);
  Result<std::vector<Received>> messages = Take<std::vector<Received>>(std::move(answer));
  if (!messages) return tl::unexpected(messages.error());
  return Messages{.messages = *std::move(messages), .frame = std::move(frame)};
}

Result<Looked> Client::Peek(std::string queue, std::size_t max, std::string after) {
  Result<Answer> answer =
      Call(hub::core::PeekMessages{.queue = std::move(queue), .max = max, .after = std::move(after)});
  if (!answer) return tl::unexpected(answer.error());
  std::shared_ptr<const void> frame = std::move(answer->frame);
  Result<wire::native::Look> look = Take<wire::native::Look>(std::move(answer));
  if (!look) return tl::unexpected(look.error());
  return Looked{.messages = std::move(look->messages), .next = std::move(look->next), .frame = std::move(frame)};
}

Result<hub::core::EntriesReply> Client::Delete(std::string queue, std::vector<std::string_view> handles) {
  return Take<hub::core::EntriesReply>(
      Call(hub::core::Delete{.queue = std::move(queue), .handles = std::move(handles)}));
}

Result<hub::core::EntriesReply> Client::ChangeVisibility(std::string queue,
                                                         std::vector<hub::core::ChangeVisibility::Entry> entries) {
  return Take<hub::core::EntriesReply>(
      Call(hub::core::ChangeVisibility{.queue = std::move(queue), .entries = std::move(entries)}));
}

Result<hub::core::SendReply> Client::Publish(std::string topic, std::vector<hub::core::Publish::Entry> entries) {
  return Take<hub::core::SendReply>(Call(hub::core::Publish{.topic = std::move(topic), .entries = std::move(entries)}));
}

namespace {

Result<std::string> ArnOf(Result<Answer>&& answer) {
  Result<hub::core::CreatedReply> created = Take<hub::core::CreatedReply>(std::move(answer));
  if (!created) return tl::unexpected(created.error());
  return std::move(created->arn);
}

Result<std::vector<hub::core::QueueDescription>> QueuesOf(Result<Answer>&& answer) {
  Result<hub::core::QueuesReply> reply = Take<hub::core::QueuesReply>(std::move(answer));
  if (!reply) return tl::unexpected(reply.error());
  return std::move(reply->queues);
}

Result<std::vector<hub::core::TopicDescription>> TopicsOf(Result<Answer>&& answer) {
  Result<hub::core::TopicsReply> reply = Take<hub::core::TopicsReply>(std::move(answer));
  if (!reply) return tl::unexpected(reply.error());
  return std::move(reply->topics);
}

Result<std::vector<hub::core::SubscriptionDescription>> SubscriptionsOf(Result<Answer>&& answer) {
  Result<hub::core::SubscriptionsReply> reply = Take<hub::core::SubscriptionsReply>(std::move(answer));
  if (!reply) return tl::unexpected(reply.error());
  return std::move(reply->subscriptions);
}

}  // namespace

Result<std::string> Client::CreateQueue(std::string queue, hub::core::Attributes attributes, hub::Tags tags) {
  return ArnOf(Call(
      hub::core::CreateQueue{.queue = std::move(queue), .attributes = std::move(attributes), .tags = std::move(tags)}));
}

Result<std::string> Client::CreateTopic(std::string topic, hub::core::Attributes attributes, hub::Tags tags) {
  return ArnOf(Call(
      hub::core::CreateTopic{.topic = std::move(topic), .attributes = std::move(attributes), .tags = std::move(tags)}));
}

Result<hub::core::CreatedReply> Client::Subscribe(std::string topic, std::string queue,
                                                  hub::core::Attributes attributes) {
  return Take<hub::core::CreatedReply>(Call(
      hub::core::Subscribe{.topic = std::move(topic), .queue = std::move(queue), .attributes = std::move(attributes)}));
}

Result<std::string> Client::ConfirmSubscription(std::string topic, std::string token) {
  return ArnOf(Call(hub::core::ConfirmSubscription{.topic = std::move(topic), .token = std::move(token)}));
}

Result<std::string> Client::MayFollow(std::string topic) {
  return ArnOf(Call(hub::core::MayFollow{.topic = std::move(topic)}));
}

Result<std::vector<hub::core::QueueDescription>> Client::ListQueues(std::string prefix) {
  return QueuesOf(Call(hub::core::ListQueues{.prefix = std::move(prefix)}));
}

Result<std::vector<hub::core::TopicDescription>> Client::ListTopics(std::string prefix) {
  return TopicsOf(Call(hub::core::ListTopics{.prefix = std::move(prefix)}));
}

Result<hub::core::QueueDescription> Client::DescribeQueue(std::string queue) {
  return Only(QueuesOf(Call(hub::core::DescribeQueue{.queue = std::move(queue)})));
}

Result<hub::core::TopicDescription> Client::DescribeTopic(std::string topic) {
  return Only(TopicsOf(Call(hub::core::DescribeTopic{.topic = std::move(topic)})));
}

namespace {

Result<hub::Tags> TagsOf(Result<Answer>&& answer) {
  Result<hub::core::TagsReply> reply = Take<hub::core::TagsReply>(std::move(answer));
  if (!reply) return tl::unexpected(reply.error());
  return std::move(reply->tags);
}

Result<std::vector<hub::core::MoveTaskDescription>> TasksOf(Result<Answer>&& answer) {
  Result<hub::core::MoveTasksReply> reply = Take<hub::core::MoveTasksReply>(std::move(answer));
  if (!reply) return tl::unexpected(reply.error());
  return std::move(reply->tasks);
}

}  // namespace

Result<hub::Tags> Client::ListQueueTags(std::string queue) {
  return TagsOf(Call(hub::core::ListQueueTags{.queue = std::move(queue)}));
}

Result<hub::Tags> Client::ListTopicTags(std::string topic) {
  return TagsOf(Call(hub::core::ListTopicTags{.topic = std::move(topic)}));
}

Result<std::vector<std::string>> Client::ListDeadLetterSources(std::string queue) {
  auto reply = Take<hub::core::ArnsReply>(Call(hub::core::ListDeadLetterSources{.queue = std::move(queue)}));
  if (!reply) return tl::unexpected(reply.error());
  return std::move(reply->arns);
}

Result<std::string> Client::StartMoveTask(std::string source, std::string destination, std::uint32_t rate) {
  return ArnOf(
      Call(hub::core::StartMoveTask{.source = std::move(source), .destination = std::move(destination), .rate = rate}));
}

Result<hub::core::MoveTaskDescription> Client::CancelMoveTask(std::string handle) {
  return Only(TasksOf(Call(hub::core::CancelMoveTask{.handle = std::move(handle)})));
}

Result<std::vector<hub::core::MoveTaskDescription>> Client::ListMoveTasks(std::string source) {
  return TasksOf(Call(hub::core::ListMoveTasks{.source = std::move(source)}));
}

Result<std::vector<hub::core::SubscriptionDescription>> Client::ListSubscriptions(std::string prefix) {
  return SubscriptionsOf(Call(hub::core::ListSubscriptions{.prefix = std::move(prefix)}));
}

Result<hub::core::SubscriptionDescription> Client::DescribeSubscription(std::string topic, std::string queue) {
  return Only(
      SubscriptionsOf(Call(hub::core::DescribeSubscription{.topic = std::move(topic), .queue = std::move(queue)})));
}

Result<hub::core::HubReply> Client::DescribeHub() { return Take<hub::core::HubReply>(Call(hub::core::DescribeHub{})); }

Result<std::string> Client::Export(bool all) {
  Result<hub::core::TopologyReply> reply = Take<hub::core::TopologyReply>(Call(hub::core::Export{.all = all}));
  if (!reply) return tl::unexpected(reply.error());
  return std::move(reply->document);
}

Result<std::vector<std::string>> Client::PlanReload(std::string topology) {
  Result<hub::core::DoneReply> reply =
      Take<hub::core::DoneReply>(Call(hub::core::PlanReload{.topology = std::move(topology)}));
  if (!reply) return tl::unexpected(reply.error());
  return std::move(reply->notes);
}

}  // namespace adapters::client
