// send, publish, receive and delete.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "hub/base/limits.h"
#include "hub/cli/app.h"
#include "hub/cli/bulk.h"
#include "hub/cli/input.h"
#include "hub/cli/output.h"
#include "hub/cli/progress.h"

namespace hub::cli {
namespace {

using adapters::client::Client;
using adapters::client::Messages;
using adapters::client::Received;

// --- send and publish -----------------------------------------------------------------------------------------------

struct Outgoing {
  std::string target;
  std::optional<std::string> body;
  std::string file;
  std::string subject;
  std::vector<std::string> attributes;
  std::string group;
  std::string deduplication;
  std::string delay;

  bool DescribesBody() const {
    return !attributes.empty() || !group.empty() || !deduplication.empty() || !delay.empty();
  }
};

// Hands every message of the command line or the file to `bulk`. Fails when they are not messages; what the hub thinks
// of them Bulk::Finish tells.
Result<void> Feed(const Outgoing& outgoing, Bulk& bulk, Progress& progress) {
  if (outgoing.file.empty()) {
    OwnedMessage message{.body = *outgoing.body,
                         .subject = outgoing.subject,
                         .attributes = {},
                         .group = outgoing.group,
                         .deduplication = outgoing.deduplication};
    if (!outgoing.delay.empty()) {
      const Result<Duration> delay = ParseDurationOption("--delay", outgoing.delay);
      if (!delay) return tl::unexpected(delay.error());
      message.delay = *delay;
    }
    for (const std::string& text : outgoing.attributes) {
      Result<OwnedMessage::Attribute> attribute = ParseAttribute(text);
      if (!attribute) return tl::unexpected(attribute.error());
      message.attributes.push_back(*std::move(attribute));
    }
    (void)bulk.Add(std::move(message));
    return {};
  }
  std::ifstream file;
  if (outgoing.file != "-") {
    file.open(outgoing.file, std::ios::binary);
    if (!file) return Fail(Code::kInvalidArgument, "Cannot read " + outgoing.file + ".");
  }
  MessageLines lines(outgoing.file == "-" ? std::cin : file, outgoing.file == "-" ? "stdin" : outgoing.file);
  for (;;) {
    Result<std::optional<OwnedMessage>> message = lines.Next();
    if (!message) return tl::unexpected(message.error());
    if (!*message) return {};
    if (!bulk.Add(**std::move(message))) return {};
    progress.Set(bulk.answered());
  }
}

void Report(Context& context, const Bulk::Outcome& outcome) {
  if (context.json) {
    std::vector<Node> ids;
    for (const core::MessageId& id : outcome.ids) ids.push_back(Node::String(core::Format(id)));
    Object object;
    object.Add("accepted", std::uint64_t{outcome.ids.size()}).Add("ids", Node::List(std::move(ids)));
    if (!outcome.sequences.empty()) object.Add("sequences", outcome.sequences);
    Print(object.Add("failures", ToNode(outcome.failures)).node);
  } else if (outcome.ids.size() == 1) {
    Print(core::Format(outcome.ids.front()));
  } else {
    Print("accepted " + std::to_string(outcome.ids.size()) + " messages");
  }
  for (const core::EntryFailure& failure : outcome.failures) {
    context.Refused({failure.error.code,
                     "message " + std::to_string(std::uint64_t{failure.index} + 1) + ": " + failure.error.message});
  }
}

void SendAll(Context& context, const Outgoing& outgoing, Bulk::Kind kind) {
  if (outgoing.body.has_value() == !outgoing.file.empty()) {
    return context.Misused("Give either a BODY or --file, one of them.");
  }
  if (!outgoing.file.empty() && outgoing.DescribesBody()) {
    return context.Misused(
        "--attribute, --group, --deduplication-id and --delay go with a BODY; the lines of a file carry their own.");
  }
  const Result<Duration> timeout = ParseDurationOption("--timeout", context.timeout);
  if (!timeout) return context.Misused(timeout.error().message);
  std::optional<Client> client = context.Connect();
  if (!client) return;
  Bulk bulk(*client, kind, outgoing.target, *timeout);
  Progress progress(kind == Bulk::Kind::kSend ? "sent" : "published");
  const Result<void> fed = Feed(outgoing, bulk, progress);
  // What has been sent is answered, also when a later line is bad.
  const Result<void> finished = bulk.Finish();
  progress.Clear();
  Report(context, bulk.outcome());
  if (!finished) return context.Refused(finished.error());
  if (!fed) return context.Misused(fed.error().message);
}

void AddOutgoing(CLI::App& command, const std::shared_ptr<Outgoing>& outgoing, const char* target,
                 const char* group_help) {
  command.add_option(target, outgoing->target, "ARN, account/name, or a name in your own account")->required();
  command.add_option("BODY", outgoing->body, "The message");
  command.add_option("--file", outgoing->file, "Messages as JSON lines; - is stdin");
  command.add_option("--attribute", outgoing->attributes, "name=value or name:Number=5; may be repeated")
      ->type_size(1)
      ->allow_extra_args(false);
  command.add_option("--group", outgoing->group, group_help);
  command.add_option("--deduplication-id", outgoing->deduplication,
                     "Within 5m a FIFO queue or topic takes one message with this id");
}

constexpr const char* kLines =
    "A line of a file is {\"body\": ..., \"attributes\": {\"name\": \"text\" | 5 | {\"type\": ..., \"value\": "
    "...}}}.\n"
    "A body that is a string is sent as it is, other JSON as compact text; a Binary value is base64.\n";

// --- receive and delete ---------------------------------------------------------------------------------------------

struct Incoming {
  std::string queue;
  std::size_t max = kReceiveDefault;
  std::string wait;
  std::string visibility;
  std::string attempt;
  bool remove = false;
  std::vector<std::string> handles;
};

// What only some messages have: a group, a deduplication id, a sequence; ", " before each.
std::string Order(const Received& message) {
  std::string out;
  if (!message.group.empty()) out += ", group " + std::string(message.group);
  if (!message.deduplication.empty()) out += ", deduplication id " + std::string(message.deduplication);
  if (message.sequence > 0) out += ", sequence " + std::to_string(message.sequence);
  return out;
}

void PrintMessage(const Received& message, bool with_handle) {
  Print(message.body);
  if (!with_handle) return;
  std::string about = "  " + core::Format(message.id) + ", sent " + Iso8601(message.sent) + ", received " +
                      std::to_string(message.receive_count) + (message.receive_count == 1 ? " time" : " times") +
                      Order(message);
  for (const Attribute& a : message.attributes) {
    about +=
        ", " + std::string(a.name) + "=" + (a.type.starts_with("Binary") ? ToBase64(a.value) : std::string(a.value));
  }
  Print(about);
  Print("  handle " + ToBase64(message.handle));
}

// Deletes up to kEntriesMax handles and reports those that were not.
void DeleteHandles(Context& context, Client& client, const std::string& queue, std::vector<std::string_view> handles) {
  const Result<core::EntriesReply> reply = client.Delete(queue, std::move(handles));
  if (!reply) return context.Refused(reply.error());
  for (const core::EntryFailure& failure : reply->failures) {
    context.Refused({failure.error.code,
                     "handle " + std::to_string(std::uint64_t{failure.index} + 1) + ": " + failure.error.message});
  }
}

void ReceiveAll(Context& context, const Incoming& incoming) {
  adapters::client::ReceiveOptions options;
  if (!incoming.wait.empty()) {
    const Result<Duration> wait = ParseDurationOption("--wait", incoming.wait);
    if (!wait) return context.Misused(wait.error().message);
    options.wait = *wait;
  }
  if (!incoming.visibility.empty()) {
    const Result<Duration> visibility = ParseDurationOption("--visibility", incoming.visibility);
    if (!visibility) return context.Misused(visibility.error().message);
    options.visibility = *visibility;
  }
  options.attempt = incoming.attempt;
  if (!options.attempt.empty() && incoming.max > kReceiveMax) {
    return context.Misused("--attempt-id goes with a --max of " + std::to_string(kReceiveMax) +
                           " at most: it stands for one request.");
  }
  std::optional<Client> client = context.Connect();
  std::size_t left = incoming.max;
  std::optional<Progress> progress;
  if (isatty(STDOUT_FILENO) == 0) progress.emplace("received", incoming.max);  // The messages themselves show it else.
  while (client && left > 0 && context.status == kExitOk) {
    options.max = std::min(left, kReceiveMax);
    const Result<Messages> received = client->Receive(incoming.queue, options);
    if (!received) return context.Refused(received.error());
    if (received->messages.empty()) return;
    std::vector<std::string_view> handles;
    for (const Received& message : received->messages) {
      context.json ? Print(ToNode(message)) : PrintMessage(message, !incoming.remove);
      handles.push_back(message.handle);
    }
    left -= options.attempt.empty() ? std::min(left, received->messages.size()) : left;
    if (progress) progress->Set(incoming.max - left);
    options.wait = Duration{};  // Only the first request waits; the others fetch what more there is.
    if (!incoming.remove) continue;
    // Only what has been handed over is deleted: a reader that went away leaves the messages to others.
    if (std::fflush(stdout) != 0) return context.Misused("Cannot write the messages; they stay in the queue.");
    DeleteHandles(context, *client, incoming.queue, std::move(handles));
  }
}

void DeleteGiven(Context& context, const Incoming& incoming) {
  std::vector<std::string> raw;
  for (const std::string& handle : incoming.handles) {
    Result<std::string> decoded = FromBase64(handle);
    if (!decoded) return context.Misused(decoded.error().message);
    raw.push_back(*std::move(decoded));
  }
  std::optional<Client> client = context.Connect();
  for (std::size_t i = 0; client && i < raw.size(); i += kEntriesMax) {
    const std::size_t end = std::min(raw.size(), i + kEntriesMax);
    DeleteHandles(context, *client, incoming.queue,
                  {raw.begin() + static_cast<std::ptrdiff_t>(i), raw.begin() + static_cast<std::ptrdiff_t>(end)});
    if (context.status == kExitUnreachable) return;
  }
  if (context.json && context.status == kExitOk) Print(Object().Add("deleted", std::uint64_t{raw.size()}).node);
}

void AddReceive(CLI::App& app, Context& context) {
  const auto incoming = std::make_shared<Incoming>();
  CLI::App* receive = app.add_subcommand("receive", "Receive messages from a queue");
  receive->add_option("QUEUE", incoming->queue, "ARN, account/name, or a name in your own account")->required();
  receive->add_option("--max", incoming->max, "How many at most")->check(CLI::PositiveNumber)->capture_default_str();
  receive->add_option("--wait", incoming->wait,
                      "Wait so long for a first message, 20s at most (else as the queue says)");
  receive->add_option("--visibility", incoming->visibility, "Hide them so long from others (else as the queue says)");
  receive->add_option("--attempt-id", incoming->attempt,
                      "FIFO queues: asked once more with the same id within 5m, get the same messages");
  receive->add_flag("--delete", incoming->remove, "Delete them once they are printed");
  receive->footer(
      "A message that is not deleted comes back when its visibility ends. With --json: one object per line.\n"
      "A FIFO queue hands out no more of a message group until what was received of it is deleted or has come back.\n\n"
      "Examples:\n"
      "  penstock receive billing/orders --wait 5s\n"
      "  penstock receive billing/orders --max 100000 --delete --json > drained.jsonl\n"
      "  penstock receive billing/orders.fifo --attempt-id worker-3/17");
  receive->callback([&context, incoming] { ReceiveAll(context, *incoming); });

  const auto outdated = std::make_shared<Incoming>();
  CLI::App* remove = app.add_subcommand("delete", "Delete received messages by their handles");
  remove->add_option("QUEUE", outdated->queue, "ARN, account/name, or a name in your own account")->required();
  remove->add_option("HANDLE", outdated->handles, "As 'penstock receive' prints it")->required();
  remove->footer("Example:\n  penstock delete billing/orders AAECAwQFBgcICQoLDA0ODw==");
  remove->callback([&context, outdated] { DeleteGiven(context, *outdated); });
}

}  // namespace

void AddMessages(CLI::App& app, Context& context) {
  const auto sending = std::make_shared<Outgoing>();
  CLI::App* send = app.add_subcommand("send", "Send messages to a queue");
  AddOutgoing(*send, sending, "QUEUE", "Message group: within it a FIFO queue keeps the order");
  send->add_option("--delay", sending->delay, "Hide it so long at first, 15m at most (else as the queue says)");
  send->footer(
      std::string(kLines) +
      "A line may also have a \"group\", a \"deduplication\" id and a \"delay\", such as \"30s\".\n"
      "\nA queue whose name ends in .fifo is a FIFO queue. It needs the group of each message, and its deduplication "
      "id\n"
      "unless its ContentBasedDeduplication is true. What it knows already is answered as before, and not kept twice.\n"
      "\nExamples:\n"
      "  penstock send retries 'try again' --attribute reason=timeout\n"
      "  penstock send reminders 'pay by noon' --delay 10m\n"
      "  penstock send orders.fifo '{\"order\": 7}' --group customer-3 --deduplication-id order-7\n"
      "  penstock send retries --file messages.jsonl");
  send->callback([&context, sending] { SendAll(context, *sending, Bulk::Kind::kSend); });

  const auto publishing = std::make_shared<Outgoing>();
  CLI::App* publish = app.add_subcommand("publish", "Publish messages to a topic");
  AddOutgoing(*publish, publishing, "TOPIC", "Message group, passed on to the queues; a FIFO topic keeps its order");
  publish->add_option("--subject", publishing->subject, "Subject of the notification");
  publish->footer(
      std::string(kLines) +
      "A published line may also have a \"subject\", a \"group\" and a \"deduplication\" id.\n"
      "\nA topic whose name ends in .fifo is a FIFO topic: it needs the group of each message, and its deduplication "
      "id\n"
      "unless its ContentBasedDeduplication is true.\n"
      "\nExamples:\n"
      "  penstock publish shop/orders '{\"id\": 7}' --attribute event=order_placed --attribute amount:Number=12\n"
      "  penstock publish shop/orders --file orders.jsonl");
  publish->callback([&context, publishing] { SendAll(context, *publishing, Bulk::Kind::kPublish); });

  AddReceive(app, context);
}

}  // namespace hub::cli
