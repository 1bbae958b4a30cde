#include "hub/cli/bench/scratch.h"

#include <sodium.h>

#include <array>
#include <utility>

#include "adapters/system/system.h"
#include "hub/cli/output.h"

namespace hub::cli::bench {
namespace {

// Long enough that no message comes back while a run is under way.
constexpr const char* kVisibilitySeconds = "43200";

}  // namespace

std::string PolicyFor(const std::string& topic) {
  Object source;
  source.Add("aws:SourceArn", topic);
  Object statement;
  statement.Add("Effect", "Allow")
      .Add("Principal", Object().Add("Service", "sns.amazonaws.com").node)
      .Add("Action", "sqs:SendMessage")
      .Add("Resource", "*")
      .Add("Condition", Object().Add("ArnEquals", std::move(source.node)).node);
  Object policy;
  policy.Add("Version", "2012-10-17").Add("Statement", Node::List({std::move(statement.node)}));
  return ToJson(policy.node);
}

// Not the process id: an interrupted run leaves its queues behind, and ids come back.
std::string RandomName() {
  std::array<unsigned char, 4> random{};
  adapters::system::FillRandom(random);
  std::array<char, 2 * random.size() + 1> text{};
  sodium_bin2hex(text.data(), text.size(), random.data(), random.size());
  return text.data();
}

Scratch::Scratch(adapters::client::Client& client) : client_(client), prefix_("bench-" + RandomName() + "-") {}

Scratch::~Scratch() {
  // A hub that is gone has been reported; what is left then is named bench-… and easily deleted by hand.
  const auto gone = [](const auto& answer) { return !answer && answer.error().code == Code::kUnavailable; };
  for (const std::string& topic : topics_) {
    if (gone(client_.Call(core::DeleteTopic{.topic = topic}))) return;
  }
  for (const std::string& queue : queues_) {
    if (gone(client_.Call(core::DeleteQueue{.queue = queue}))) return;
  }
}

std::string Scratch::NextName() { return prefix_ + std::to_string(++count_); }

Result<std::string> Scratch::Make(const std::string& name, core::Attributes attributes) {
  attributes.emplace("VisibilityTimeout", kVisibilitySeconds);
  Result<std::string> arn = client_.CreateQueue(name, std::move(attributes));
  if (arn) queues_.push_back(*arn);
  return arn;
}

Result<std::string> Scratch::NewQueue() { return Make(NextName(), {}); }

Result<std::string> Scratch::NewFifoQueue() { return Make(NextName() + ".fifo", {{"FifoQueue", "true"}}); }

Result<std::string> Scratch::NewTopic() {
  Result<std::string> arn = client_.CreateTopic(NextName());
  if (arn) topics_.push_back(*arn);
  return arn;
}

Result<std::string> Scratch::NewSubscribedQueue(const std::string& topic) {
  Result<std::string> queue = Make(NextName(), {{"Policy", PolicyFor(topic)}});
  if (!queue) return queue;
  const Result<core::CreatedReply> subscribed = client_.Subscribe(topic, *queue, {{"RawMessageDelivery", "true"}});
  if (!subscribed) return tl::unexpected(subscribed.error());
  return queue;
}

}  // namespace hub::cli::bench
