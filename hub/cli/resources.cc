// queues, topics, purge, describe and status.
#include <unistd.h>

#include <cstdio>
#include <iostream>

#include "hub/base/names.h"
#include "hub/cli/input.h"
#include "hub/cli/resource_arguments.h"

namespace hub::cli {
namespace {

using adapters::client::Client;

void DescribeQueue(Context& context, const std::string& name) {
  if (std::optional<Client> client = context.Connect()) {
    Show(context, client->DescribeQueue(name), [](const auto& queue) { return ToText(queue); });
  }
}

void DescribeTopic(Context& context, const std::string& name) {
  if (std::optional<Client> client = context.Connect()) {
    Show(context, client->DescribeTopic(name), [](const auto& topic) { return ToText(topic); });
  }
}

void DescribeHub(Context& context) {
  if (std::optional<Client> client = context.Connect()) {
    Show(context, client->DescribeHub(), [](const auto& hub) { return ToText(hub); });
  }
}

// Asks whoever sits at a terminal; a script has meant what it says.
bool Confirmed(const std::string& question) {
  if (isatty(STDIN_FILENO) == 0) return true;
  std::fprintf(stderr, "%s [y/N] ", question.c_str());
  std::string answer;
  return std::getline(std::cin, answer) && (answer == "y" || answer == "yes");
}

void AddPurge(CLI::App& app, Context& context) {
  const auto arguments = std::make_shared<ResourceArguments>();
  app.add_option("QUEUE", arguments->name, "ARN, account/name, or a name in your own account")->required();
  app.add_flag("--yes", arguments->yes, "Do not ask, also at a terminal");
  app.footer(
      "Says how many messages went. Deletes those in flight and delayed ones, too; at a terminal it asks before.\n\n"
      "Example:\n  penstock purge billing/orders --yes");
  app.callback([&context, arguments] {
    if (!arguments->yes && !Confirmed("Delete every message of " + arguments->name + "?")) {
      return context.Misused("Nothing was deleted.");
    }
    Do(context, core::Purge{.queue = arguments->name});
  });
}

void AddTagOption(CLI::App& command, const std::shared_ptr<ResourceArguments>& arguments) {
  command.add_option("--tag", arguments->tags, "A tag, key=value; may be given several times")->allow_extra_args(false);
}

// The subcommands `tags`, `tag` and `untag` of queues or topics.
template <typename Tag, typename Untag, typename List>
void AddTags(CLI::App& parent, Context& context, const std::shared_ptr<ResourceArguments>& arguments,
             const std::string& argument, List list) {
  AddNamed(parent, arguments, "tags", argument, "List the tags")->callback([&context, arguments, list] {
    if (std::optional<Client> client = context.Connect()) {
      Show(context, list(*client, arguments->name), [](const Tags& tags) { return ToText(tags); });
    }
  });
  CLI::App* tag = AddNamed(parent, arguments, "tag", argument, "Add tags, or give them other values");
  tag->add_option("TAG", arguments->tags, "key=value, such as team=billing")->required();
  tag->callback([&context, arguments] {
    const Result<Tags> tags = ParseTags(arguments->tags);
    if (!tags) return context.Misused(tags.error().message);
    Do(context, Tag{arguments->name, *tags});
  });
  CLI::App* untag = AddNamed(parent, arguments, "untag", argument, "Take tags away; those that are not there are fine");
  untag->add_option("KEY", arguments->tags, "The key of a tag")->required();
  untag->callback([&context, arguments] { Do(context, Untag{arguments->name, arguments->tags}); });
}

void AddSources(CLI::App& queues, Context& context, const std::shared_ptr<ResourceArguments>& arguments) {
  AddNamed(queues, arguments, "sources", "QUEUE", "List the queues whose dead-letter queue this one is")
      ->callback([&context, arguments] {
        std::optional<Client> client = context.Connect();
        if (!client) return;
        const Result<std::vector<std::string>> arns = client->ListDeadLetterSources(arguments->name);
        if (!arns) return context.Refused(arns.error());
        std::vector<Node> items;
        for (const std::string& arn : *arns) {
          if (!context.json) Print(arn);
          items.push_back(Node::String(arn));
        }
        if (context.json) Print(Node::List(std::move(items)));
      });
}

void AddQueues(CLI::App& app, Context& context) {
  const auto arguments = std::make_shared<ResourceArguments>();
  CLI::App* queues = app.add_subcommand("queues", "List, describe, create, change, tag, purge and delete queues");
  queues->require_subcommand(0, 1);
  queues->footer(
      "Without a further word lists every queue that you may see.\n\n"
      "Examples:\n"
      "  penstock queues\n"
      "  penstock queues describe billing/orders\n"
      "  penstock queues create retries VisibilityTimeout=60 MessageRetentionPeriod=86400\n"
      "  penstock queues create orders.fifo ContentBasedDeduplication=true\n"
      "  penstock queues set retries Policy=@policy.json");

  const auto list = [&context, arguments] {
    if (std::optional<Client> client = context.Connect()) ShowList(context, client->ListQueues(arguments->name));
  };
  queues->callback([queues, list] {
    if (queues->get_subcommands().empty()) list();
  });
  CLI::App* filtered = queues->add_subcommand("list", "List queues");
  filtered->add_option("PREFIX", arguments->name, "Only queues whose names begin so");
  filtered->callback(list);

  AddNamed(*queues, arguments, "describe", "QUEUE", "Describe one queue")
      ->alias("show")
      ->callback([&context, arguments] { DescribeQueue(context, arguments->name); });
  CLI::App* create = AddNamed(*queues, arguments, "create", "QUEUE", "Create a queue");
  AddPairs(*create, arguments, "VisibilityTimeout=30");
  AddTagOption(*create, arguments);
  create->footer(
      "A name that ends in .fifo makes a FIFO queue (FifoQueue=true). It keeps the order within each message group,\n"
      "and takes a message with the same deduplication id once within 5m. Three attributes are for FIFO queues only:\n"
      "  ContentBasedDeduplication=true    the body stands for the id of a message that has none\n"
      "  DeduplicationScope=messageGroup   the same id in another group is another message\n"
      "  FifoThroughputLimit=perMessageGroupId, together with that scope\n\n"
      "Examples:\n"
      "  penstock queues create retries VisibilityTimeout=60 --tag team=billing\n"
      "  penstock queues create orders.fifo ContentBasedDeduplication=true");
  create->callback([&context, arguments] {
    Result<core::Attributes> attributes = ParseResourceAttributes(arguments->pairs);
    if (!attributes) return context.Misused(attributes.error().message);
    Result<Tags> tags = ParseTags(arguments->tags);
    if (!tags) return context.Misused(tags.error().message);
    if (IsFifoName(arguments->name)) attributes->emplace("FifoQueue", "true");  // Unless it is told otherwise.
    if (std::optional<Client> client = context.Connect()) {
      ShowCreated(context, client->CreateQueue(arguments->name, *std::move(attributes), *std::move(tags)));
    }
  });
  CLI::App* set = AddNamed(*queues, arguments, "set", "QUEUE", "Change attributes; an empty value removes one");
  AddPairs(*set, arguments, "VisibilityTimeout=30");
  set->callback([&context, arguments] {
    const Result<core::Attributes> attributes = ParseResourceAttributes(arguments->pairs);
    if (!attributes) return context.Misused(attributes.error().message);
    Do(context, core::SetQueueAttributes{.queue = arguments->name, .attributes = *attributes});
  });
  AddPurge(*queues->add_subcommand("purge", "Delete all messages of a queue"), context);
  AddNamed(*queues, arguments, "delete", "QUEUE", "Delete a queue and its messages")->callback([&context, arguments] {
    Do(context, core::DeleteQueue{.queue = arguments->name});
  });
  AddSources(*queues, context, arguments);
  AddTags<core::TagQueue, core::UntagQueue>(
      *queues, context, arguments, "QUEUE",
      [](Client& client, const std::string& name) { return client.ListQueueTags(name); });
}

void AddTopics(CLI::App& app, Context& context) {
  const auto arguments = std::make_shared<ResourceArguments>();
  CLI::App* topics = app.add_subcommand("topics", "List, describe, create, change, tag and delete topics");
  topics->require_subcommand(0, 1);
  topics->footer(
      "Without a further word lists every topic that you may see.\n\n"
      "Examples:\n"
      "  penstock topics\n"
      "  penstock topics describe shop/orders\n"
      "  penstock topics create orders");

  const auto list = [&context, arguments] {
    if (std::optional<Client> client = context.Connect()) ShowList(context, client->ListTopics(arguments->name));
  };
  topics->callback([topics, list] {
    if (topics->get_subcommands().empty()) list();
  });
  CLI::App* filtered = topics->add_subcommand("list", "List topics");
  filtered->add_option("PREFIX", arguments->name, "Only topics whose names begin so");
  filtered->callback(list);

  AddNamed(*topics, arguments, "describe", "TOPIC", "Describe a topic and its subscriptions")
      ->alias("show")
      ->callback([&context, arguments] { DescribeTopic(context, arguments->name); });
  CLI::App* create = AddNamed(*topics, arguments, "create", "TOPIC", "Create a topic");
  AddPairs(*create, arguments, "DisplayName=Orders");
  AddTagOption(*create, arguments);
  create->footer(
      "A name that ends in .fifo makes a FIFO topic (FifoTopic=true): every FIFO queue subscribed to it gets each\n"
      "message group in the order of publishing. ContentBasedDeduplication=true spares publishers the ids.");
  create->callback([&context, arguments] {
    Result<core::Attributes> attributes = ParseResourceAttributes(arguments->pairs);
    if (!attributes) return context.Misused(attributes.error().message);
    Result<Tags> tags = ParseTags(arguments->tags);
    if (!tags) return context.Misused(tags.error().message);
    if (IsFifoName(arguments->name)) attributes->emplace("FifoTopic", "true");  // Unless it is told otherwise.
    if (std::optional<Client> client = context.Connect()) {
      ShowCreated(context, client->CreateTopic(arguments->name, *std::move(attributes), *std::move(tags)));
    }
  });
  CLI::App* set = AddNamed(*topics, arguments, "set", "TOPIC", "Change attributes; an empty value removes one");
  AddPairs(*set, arguments, "Policy=@policy.json");
  set->callback([&context, arguments] {
    const Result<core::Attributes> attributes = ParseResourceAttributes(arguments->pairs);
    if (!attributes) return context.Misused(attributes.error().message);
    Do(context, core::SetTopicAttributes{.topic = arguments->name, .attributes = *attributes});
  });
  AddNamed(*topics, arguments, "delete", "TOPIC", "Delete a topic and its subscriptions")
      ->callback([&context, arguments] { Do(context, core::DeleteTopic{.topic = arguments->name}); });
  AddTags<core::TagTopic, core::UntagTopic>(
      *topics, context, arguments, "TOPIC",
      [](Client& client, const std::string& name) { return client.ListTopicTags(name); });
}

void AddDescribe(CLI::App& app, Context& context) {
  const auto arguments = std::make_shared<ResourceArguments>();
  CLI::App* describe = app.add_subcommand("describe", "Describe the hub, a queue or a topic");
  describe->require_subcommand(1);
  describe->footer(
      "Examples:\n"
      "  penstock describe hub\n"
      "  penstock describe queue billing/orders\n"
      "  penstock describe topic shop/orders --json");
  describe->add_subcommand("hub", "Uptime, turns, flushes, durability")->callback([&context] { DescribeHub(context); });
  AddNamed(*describe, arguments, "queue", "QUEUE", "Its messages, counters and attributes")
      ->callback([&context, arguments] { DescribeQueue(context, arguments->name); });
  AddNamed(*describe, arguments, "topic", "TOPIC", "Its attributes and subscriptions")->callback([&context, arguments] {
    DescribeTopic(context, arguments->name);
  });
}

}  // namespace

void AddResources(CLI::App& app, Context& context) {
  AddQueues(app, context);
  AddTopics(app, context);
  AddSubscriptions(app, context);
  AddPurge(*app.add_subcommand("purge", "Delete all messages of a queue"), context);
  AddDescribe(app, context);
  app.add_subcommand("status", "Ask the hub how it is: the same as 'describe hub'")->callback([&context] {
    DescribeHub(context);
  });
}

}  // namespace hub::cli
