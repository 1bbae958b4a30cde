// The client library: what the command line and the load generator talk to a hub with.
//
//   auto client = Client::Connect({.login = "shop/checkout", .password = secret});
//   if (!client) …
//   auto sent = client->Send("billing/invoices", messages);
//
// Each operation has a function that waits for its answer. Programs that want throughput post several requests and poll
// for the answers; both forms mix. Errors are the hub's own, code and text; besides, kUnavailable means that no answer
// came (in time, or because the connection was lost), and the request may or may not have been carried out.
//
// Not thread-safe: one client per thread. Nothing throws.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "adapters/client/connection.h"
#include "adapters/client/options.h"
#include "adapters/wire/native/reply.h"
#include "hub/base/result.h"
#include "hub/core/command.h"
#include "hub/core/reply.h"

namespace adapters::client {

using wire::native::Received;
using wire::native::ReplyBody;

// One answer. What `body` points to lives as long as somebody holds `frame`.
struct Answer {
  std::uint64_t id = 0;
  hub::Result<ReplyBody> body;
  std::shared_ptr<const void> frame;
};

// Messages received together. Their views live as long as somebody holds `frame`, the client or not.
struct Messages {
  std::vector<Received> messages;
  std::shared_ptr<const void> frame;
};

// A page of messages that were looked at. Their views live as long as somebody holds `frame`, the client or not.
struct Looked {
  std::vector<wire::native::LookedAt> messages;
  std::string next;  // For the next page, or "".
  std::shared_ptr<const void> frame;
};

struct ReceiveOptions {
  std::size_t max = 10;
  std::optional<hub::Duration> visibility = {};  // Nothing: the queue's own.
  std::optional<hub::Duration> wait = {};        // Nothing: the queue's own.
  // FIFO only: asked once more with the same id, because no answer came, it gets the same messages
  // (hub/core/command.h).
  std::string attempt = {};
};

class Client {
 public:
  // Connects and logs in. Fails as Connection::Open does.
  [[nodiscard]] static hub::Result<Client> Connect(const Options& options);

  // --- Each waits for its answer ------------------------------------------------------------------------------------

  // A FIFO queue needs the `group` of each message, and its `deduplication` id unless it makes one from the body. In a
  // standard queue a message may have a `delay` of its own.
  [[nodiscard]] hub::Result<hub::core::SendReply> Send(std::string queue, std::vector<hub::Message> messages);
  [[nodiscard]] hub::Result<Messages> Receive(std::string queue, const ReceiveOptions& options = {});
  // Looks at up to `max` messages after the page that ended with `after`, and receives none.
  [[nodiscard]] hub::Result<Looked> Peek(std::string queue, std::size_t max, std::string after = "");
  [[nodiscard]] hub::Result<hub::core::EntriesReply> Delete(std::string queue, std::vector<std::string_view> handles);
  [[nodiscard]] hub::Result<hub::core::EntriesReply> ChangeVisibility(
      std::string queue, std::vector<hub::core::ChangeVisibility::Entry> entries);
  [[nodiscard]] hub::Result<hub::core::SendReply> Publish(std::string topic,
                                                          std::vector<hub::core::Publish::Entry> entries);

  // The ARN of what there is now.
  [[nodiscard]] hub::Result<std::string> CreateQueue(std::string queue, hub::core::Attributes attributes = {},
                                                     hub::Tags tags = {});
  [[nodiscard]] hub::Result<std::string> CreateTopic(std::string topic, hub::core::Attributes attributes = {},
                                                     hub::Tags tags = {});
  // The subscription has an ARN, and perhaps waits for confirmation. A topic with a * is a pattern; a note then says
  // how many match.
  [[nodiscard]] hub::Result<hub::core::CreatedReply> Subscribe(std::string topic, std::string queue,
                                                               hub::core::Attributes attributes = {});
  [[nodiscard]] hub::Result<std::string> ConfirmSubscription(std::string topic, std::string token);

  // The ARN of the topic, if the live feed (follower.h) admits us to it.
  [[nodiscard]] hub::Result<std::string> MayFollow(std::string topic);

  [[nodiscard]] hub::Result<std::vector<hub::core::QueueDescription>> ListQueues(std::string prefix = "");
  [[nodiscard]] hub::Result<std::vector<hub::core::TopicDescription>> ListTopics(std::string prefix = "");
  [[nodiscard]] hub::Result<hub::core::QueueDescription> DescribeQueue(std::string queue);
  [[nodiscard]] hub::Result<hub::core::TopicDescription> DescribeTopic(std::string topic);
  [[nodiscard]] hub::Result<std::vector<hub::core::SubscriptionDescription>> ListSubscriptions(std::string prefix = "");
  // By topic and queue, or by its ARN alone.
  [[nodiscard]] hub::Result<hub::core::SubscriptionDescription> DescribeSubscription(std::string topic,
                                                                                     std::string queue = "");
  [[nodiscard]] hub::Result<hub::core::HubReply> DescribeHub();
  [[nodiscard]] hub::Result<hub::Tags> ListQueueTags(std::string queue);
  [[nodiscard]] hub::Result<hub::Tags> ListTopicTags(std::string topic);

  // The ARNs of the queues whose dead-letter queue this one is.
  [[nodiscard]] hub::Result<std::vector<std::string>> ListDeadLetterSources(std::string queue);
  // The handle of the task. Without a destination each message goes back to where it came from; rate 0 is no limit.
  [[nodiscard]] hub::Result<std::string> StartMoveTask(std::string source, std::string destination = "",
                                                       std::uint32_t rate = 0);
  [[nodiscard]] hub::Result<hub::core::MoveTaskDescription> CancelMoveTask(std::string handle);
  [[nodiscard]] hub::Result<std::vector<hub::core::MoveTaskDescription>> ListMoveTasks(std::string source);

  // What there is, as the JSON of hub/core/topology.h; `all`: of every account.
  [[nodiscard]] hub::Result<std::string> Export(bool all);

  // What a reload of this topology would change, a line each.
  [[nodiscard]] hub::Result<std::vector<std::string>> PlanReload(std::string topology);

  // Any operation but Reload; what has no function of its own is asked for with this. An error that the hub answered is
  // the result's own error, so that the body is always there.
  [[nodiscard]] hub::Result<Answer> Call(const hub::core::Operation& operation);

  // --- Pipelining ---------------------------------------------------------------------------------------------------

  // Sends a request and returns its id at once; the operation is not needed any more. A Consume is answered again and
  // again, until an error ends it or it is cancelled; consumer.h does all of that.
  [[nodiscard]] hub::Result<std::uint64_t> Post(const hub::core::Operation& operation);

  // The next answer to a posted request, in the order in which the hub answers; nothing when none comes in time. Fails
  // with kUnavailable when the connection was lost; then nothing is outstanding any more.
  [[nodiscard]] hub::Result<std::optional<Answer>> Poll(hub::Duration timeout);

  // Requests that were posted and not yet answered; a push consumer counts until it ends.
  std::size_t Outstanding() const { return outstanding_.size() + arrived_.size(); }

 private:
  explicit Client(Connection connection, const Options& options)
      : connection_(std::move(connection)), endpoint_(options.endpoint), timeout_(options.timeout) {}

  hub::Result<std::optional<Answer>> Next(hub::Duration timeout);

  Connection connection_;
  std::string endpoint_;
  hub::Duration timeout_;
  std::uint64_t next_id_ = 1;
  struct Asked {
    wire::native::ReplyKind kind;
    bool repeats;  // A push consumer's: answered until an error ends it.
  };
  std::unordered_map<std::uint64_t, Asked> outstanding_;
  std::deque<Answer> arrived_;  // Answers to posted requests that came while a Call waited for its own.
};

}  // namespace adapters::client
