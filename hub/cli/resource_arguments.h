// What the commands about queues, topics and subscriptions share: their arguments, and how they show what comes back.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "hub/cli/app.h"
#include "hub/cli/output.h"

namespace hub::cli {

// What they read from the command line.
struct ResourceArguments {
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

// A subcommand that begins with the name of a queue or topic.
CLI::App* AddNamed(CLI::App& parent, const std::shared_ptr<ResourceArguments>& arguments, const std::string& command,
                   const std::string& argument, const std::string& help);

// What it sets: attributes, such as `examples`.
void AddPairs(CLI::App& command, const std::shared_ptr<ResourceArguments>& arguments, const std::string& examples);

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

void ShowCreated(Context& context, const Result<std::string>& arn);

// For operations that answer nothing but, perhaps, notes for a person.
void Do(Context& context, const core::Operation& operation);

// subscribe, confirm, unsubscribe and subscriptions.
void AddSubscriptions(CLI::App& app, Context& context);

}  // namespace hub::cli
