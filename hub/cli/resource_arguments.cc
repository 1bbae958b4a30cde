#include "hub/cli/resource_arguments.h"

#include <optional>
#include <variant>

namespace hub::cli {

using adapters::client::Client;

CLI::App* AddNamed(CLI::App& parent, const std::shared_ptr<ResourceArguments>& arguments, const std::string& command,
                   const std::string& argument, const std::string& help) {
  CLI::App* added = parent.add_subcommand(command, help);
  added->add_option(argument, arguments->name, "ARN, account/name, or a name in your own account")->required();
  return added;
}

void AddPairs(CLI::App& command, const std::shared_ptr<ResourceArguments>& arguments, const std::string& examples) {
  command.add_option("ATTRIBUTE", arguments->pairs,
                     "Name=value as SQS and SNS name them, such as " + examples + "; Name=@file reads the value");
}

void ShowCreated(Context& context, const Result<std::string>& arn) {
  if (!arn) return context.Refused(arn.error());
  context.json ? Print(Object().Add("arn", *arn).node) : Print(*arn);
}

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

}  // namespace hub::cli
