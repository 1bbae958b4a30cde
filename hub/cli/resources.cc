// queues, topics, subscribe, confirm, unsubscribe, subscriptions, describe and status.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "hub/base/names.h"
#include "hub/cli/app.h"
#include "hub/cli/input.h"
#include "hub/cli/output.h"

namespace hub::cli {
namespace {

using adapters::client::Client;

constexpr const char* kQueueHelp = "ARN, account/name, or a name in your own account";

// What the subcommands of this file read from the command line.
struct Arguments {
  std::string name;
  std::string queue;
  std::string token;
  std::string filter;
  std::string dead_letter;
  bool on_body = false;
  bool raw = false;
  std::vector<std::string> pairs;
  std::vector<std::string> tags;  // key=value, or keys alone.
  bool change = false;
  bool yes = false;
};

// Prints what `result` holds, as JSON or as text, or why there is nothing.
template <typename T, typename ToText>
void Show(Context& context, const Result<T>& result, const ToText& text) {
  if (!result) return context.Refused(result.error());
  context.json ? Print(ToNode(*result)) : Print(text(*result));
}

template <typename T>
void ShowList(Context& context, const Result<std::vector<T>>& result) {
  if (!result) return context.Refused(result.error());
  if (!context.json) return Print(ToTable(*result));
  std::vector<Node> items;
  for (const T& item : *result) items.push_back(ToNode(item));
  Print(Node::List(std::move(items)));
}

void ShowCreated(Context& context, const Result<std::string>& arn) {
  if (!arn) return context.Refused(arn.error());
  context.json ? Print(Object().Add("arn", *arn).node) : Print(*arn);
}

// For operations that answer nothing but, perhaps, notes for a person.
void Do(Context& context, const core::Operation& operation) {
  std::optional<Client> client = context.Connect();
  if (!client) return;
  const auto answer = client->Call(operation);
  if (!answer) return context.Refused(answer.error());
  const auto* done = std::get_if<core::DoneReply>(&*answer->body);
  std::vector<Node> notes;
  for (const std::string& note : done == nullptr ? std::vector<std::string>() : done->notes) {
    if (!context.json) Print(note);
    notes.push_back(Node::String(note));
  }
  if (context.json) Print(Object().Add("notes", Node::List(std::move(notes))).node);
}

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
  const auto arguments = std::make_shared<Arguments>();
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

// A subcommand that begins with the name of a queue or topic.
CLI::App* AddNamed(CLI::App& parent, const std::shared_ptr<Arguments>& arguments, const std::string& command,
                   const std::string& argument, const std::string& help) {
  CLI::App* added = parent.add_subcommand(command, help);
  added->add_option(argument, arguments->name, "ARN, account/name, or a name in your own account")->required();
  return added;
}

void AddPairs(CLI::App& command, const std::shared_ptr<Arguments>& arguments, const std::string& examples) {
  command.add_option("ATTRIBUTE", arguments->pairs,
                     "Name=value as SQS and SNS name them, such as " + examples + "; Name=@file reads the value");
}

void AddTagOption(CLI::App& command, const std::shared_ptr<Arguments>& arguments) {
  command.add_option("--tag", arguments->tags, "A tag, key=value; may be given several times")->allow_extra_args(false);
}

// The subcommands `tags`, `tag` and `untag` of queues or topics.
template <typename Tag, typename Untag, typename List>
void AddTags(CLI::App& parent, Context& context, const std::shared_ptr<Arguments>& arguments,
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

void AddSources(CLI::App& queues, Context& context, const std::shared_ptr<Arguments>& arguments) {
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
  const auto arguments = std::make_shared<Arguments>();
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
  const auto arguments = std::make_shared<Arguments>();
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

// The attributes of a subscription, from the options and the pairs. Nothing, with the status set, when they are wrong.
std::optional<core::Attributes> SubscriptionAttributes(Context& context, const Arguments& arguments) {
  std::vector<std::string> pairs = arguments.pairs;
  if (!arguments.filter.empty()) pairs.push_back("FilterPolicy=" + arguments.filter);
  if (arguments.on_body) pairs.emplace_back("FilterPolicyScope=MessageBody");
  if (arguments.raw) pairs.emplace_back("RawMessageDelivery=true");
  Result<core::Attributes> attributes = ParseResourceAttributes(pairs);
  if (attributes) return *std::move(attributes);
  context.Misused(attributes.error().message);
  return std::nullopt;
}

// What lets undeliverable messages go to the queue of that name, which only the hub knows by its ARN.
Result<std::string> RedriveTo(Client& client, const std::string& queue) {
  std::string arn = queue;
  if (!queue.starts_with("arn:")) {
    Result<core::QueueDescription> described = client.DescribeQueue(queue);
    if (!described) return tl::unexpected(described.error());
    arn = std::move(described->arn);
  }
  return ToJson(Object().Add("deadLetterTargetArn", arn).node);
}

void DoSubscribe(Context& context, const Arguments& arguments) {
  std::optional<core::Attributes> attributes = SubscriptionAttributes(context, arguments);
  if (!attributes) return;
  std::optional<Client> client = context.Connect();
  if (!client) return;
  if (!arguments.dead_letter.empty()) {
    Result<std::string> redrive = RedriveTo(*client, arguments.dead_letter);
    if (!redrive) return context.Refused(redrive.error());
    (*attributes)["RedrivePolicy"] = *std::move(redrive);
  }
  if (arguments.change) {
    return Do(context, core::SetSubscriptionAttributes{
                           .topic = arguments.name, .queue = arguments.queue, .attributes = *std::move(attributes)});
  }
  const Result<core::CreatedReply> created = client->Subscribe(arguments.name, arguments.queue, *std::move(attributes));
  if (!created) return context.Refused(created.error());
  const std::string state = created->is_pending ? "pending" : "confirmed";
  if (context.json) return Print(Object().Add("arn", created->arn).Add("state", state).node);
  Print(created->arn);
  if (!created->is_pending) return;
  std::fprintf(
      stderr,
      "It waits for confirmation: if the queue admits the topic, it was sent a token for 'penstock confirm'.\n");
}

void AddSubscribe(CLI::App& app, Context& context) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* subscribe = AddNamed(app, arguments, "subscribe", "TOPIC", "Let a topic deliver to a queue");
  subscribe->add_option("QUEUE", arguments->queue, kQueueHelp)->required();
  AddPairs(*subscribe, arguments, "RawMessageDelivery=true");
  subscribe->add_option("--filter", arguments->filter, "SNS filter policy: JSON, or @file");
  subscribe->add_flag("--on-body", arguments->on_body, "The filter looks at the body instead of the attributes");
  subscribe->add_flag("--raw", arguments->raw, "Deliver the body as published, without an envelope");
  subscribe->add_option("--dead-letter", arguments->dead_letter,
                        "Queue of your account for what cannot be delivered; its policy must admit the topic, too");
  subscribe->add_flag("--change", arguments->change, "Change the attributes of a subscription that is there");
  subscribe->footer(
      "The queue's policy must let the topic send to it: subscribing writes no policy. A queue of another account is\n"
      "sent a token, and gets nothing more until somebody who can read it confirms within 2 days.\n\n"
      "Examples:\n"
      "  penstock subscribe shop/orders billing/orders --filter '{\"event\": [\"order_placed\"]}'\n"
      "  penstock subscribe shop/orders billing/orders --raw --dead-letter billing/undelivered\n"
      "  penstock subscribe shop/orders billing/orders --change RawMessageDelivery=false");
  subscribe->callback([&context, arguments] { DoSubscribe(context, *arguments); });
}

void AddSubscriptions(CLI::App& app, Context& context) {
  AddSubscribe(app, context);
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* confirm = AddNamed(app, arguments, "confirm", "TOPIC", "Agree to what a topic wants to deliver");
  confirm->add_option("TOKEN", arguments->token, "As the message in the queue says")->required();
  confirm->callback([&context, arguments] {
    if (std::optional<Client> client = context.Connect()) {
      ShowCreated(context, client->ConfirmSubscription(arguments->name, arguments->token));
    }
  });

  CLI::App* unsubscribe = AddNamed(app, arguments, "unsubscribe", "TOPIC", "End a subscription");
  unsubscribe->add_option("QUEUE", arguments->queue, kQueueHelp);
  unsubscribe->footer("Instead of TOPIC and QUEUE, the ARN of the subscription will do.");
  unsubscribe->callback(
      [&context, arguments] { Do(context, core::Unsubscribe{.topic = arguments->name, .queue = arguments->queue}); });

  CLI::App* list = app.add_subcommand("subscriptions", "List what your account has subscribed to, with counts");
  list->add_option("PREFIX", arguments->name, "Only those of topics whose names begin so");
  list->callback([&context, arguments] {
    if (std::optional<Client> client = context.Connect()) ShowList(context, client->ListSubscriptions(arguments->name));
  });
}

void AddDescribe(CLI::App& app, Context& context) {
  const auto arguments = std::make_shared<Arguments>();
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
