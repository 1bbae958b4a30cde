// subscribe, confirm, unsubscribe and subscriptions.
#include <cstdio>
#include <optional>
#include <utility>

#include "hub/cli/input.h"
#include "hub/cli/resource_arguments.h"

namespace hub::cli {
namespace {

using adapters::client::Client;

constexpr const char* kQueueHelp = "ARN, account/name, or a name in your own account";

// The attributes of a subscription, from the options and the pairs. Nothing, with the status set, when they are wrong.
std::optional<core::Attributes> SubscriptionAttributes(Context& context, const ResourceArguments& arguments) {
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

void DoSubscribe(Context& context, const ResourceArguments& arguments) {
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
  if (context.json) {
    Object object;
    object.Add("arn", created->arn).Add("state", state);
    if (!created->note.empty()) object.Add("note", created->note);
    return Print(object.node);
  }
  Print(created->arn);
  if (!created->note.empty()) std::fprintf(stderr, "%s\n", created->note.c_str());
  if (!created->is_pending) return;
  std::fprintf(
      stderr,
      "It waits for confirmation: if the queue admits the topic, it was sent a token for 'penstock confirm'.\n");
}

void AddSubscribe(CLI::App& app, Context& context) {
  const auto arguments = std::make_shared<ResourceArguments>();
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
      "A topic with a * is a pattern: a queue of your account is subscribed to every topic that matches and that you\n"
      "may subscribe to, also to those that come later. FIFO topics match only a pattern that ends in .fifo.\n\n"
      "Examples:\n"
      "  penstock subscribe shop/orders billing/orders --filter '{\"event\": [\"order_placed\"]}'\n"
      "  penstock subscribe shop/orders billing/orders --raw --dead-letter billing/undelivered\n"
      "  penstock subscribe shop/orders billing/orders --change RawMessageDelivery=false\n"
      "  penstock subscribe 'shop/orders-*' everything --raw");
  subscribe->callback([&context, arguments] { DoSubscribe(context, *arguments); });
}

}  // namespace

void AddSubscriptions(CLI::App& app, Context& context) {
  AddSubscribe(app, context);
  const auto arguments = std::make_shared<ResourceArguments>();
  CLI::App* confirm = AddNamed(app, arguments, "confirm", "TOPIC", "Agree to what a topic wants to deliver");
  confirm->add_option("TOKEN", arguments->token, "As the message in the queue says")->required();
  confirm->callback([&context, arguments] {
    if (std::optional<Client> client = context.Connect()) {
      ShowCreated(context, client->ConfirmSubscription(arguments->name, arguments->token));
    }
  });

  CLI::App* unsubscribe = AddNamed(app, arguments, "unsubscribe", "TOPIC", "End a subscription");
  unsubscribe->add_option("QUEUE", arguments->queue, kQueueHelp);
  unsubscribe->footer(
      "Instead of TOPIC and QUEUE, the ARN of the subscription will do. A pattern ends with all that it made.");
  unsubscribe->callback(
      [&context, arguments] { Do(context, core::Unsubscribe{.topic = arguments->name, .queue = arguments->queue}); });

  CLI::App* list = app.add_subcommand("subscriptions", "List what your account has subscribed to, with counts");
  list->add_option("PREFIX", arguments->name, "Only those of topics whose names begin so");
  list->callback([&context, arguments] {
    if (std::optional<Client> client = context.Connect()) ShowList(context, client->ListSubscriptions(arguments->name));
  });
}

}  // namespace hub::cli
