// The check command: what is wrong with a configuration, and which policies it puts in force.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "hub/cli/app.h"
#include "hub/cli/configuration.h"
#include "hub/cli/output.h"

namespace hub::cli {
namespace {

struct CheckOptions {
  std::string path;
  bool show_policies = false;
};

Node Strings(const std::vector<std::string>& texts) {
  std::vector<Node> items;
  items.reserve(texts.size());
  for (const std::string& text : texts) items.push_back(Node::String(text));
  return Node::List(std::move(items));
}

std::string TextOf(const Node& entry, std::string_view key) {
  const Node* value = entry.Find(key);
  return value == nullptr ? "" : value->text;
}

void PrintPolicies(const Node& policies) {
  for (const Node& entry : policies.items) {
    Print("\n" + TextOf(entry, "of") + "  (" + TextOf(entry, "at") + ")");
    if (const Node* policy = entry.Find("policy")) Print(ToPrettyJson(*policy));
  }
}

std::string Counted(std::size_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

void Check(Context& context, const CheckOptions& options) {
  const adapters::yaml::Checked checked = adapters::yaml::ReadConfig(options.path);
  if (checked.config == nullptr) context.status = kExitUsage;
  if (context.json) {
    Node node = ToNode(checked, options.path);
    if (options.show_policies) {
      node.members.push_back({.key = "policies", .key_place = {}, .value = adapters::yaml::PoliciesOf(checked)});
    }
    return Print(node);
  }
  PrintFindings(checked, options.path);
  if (checked.config == nullptr) return;
  const core::Config& config = *checked.config;
  Print(options.path + " is fine: " + Counted(config.accounts.size(), "account") + ", " +
        Counted(config.users.size(), "user") + ", " + Counted(config.topics.size(), "topic") + ", " +
        Counted(config.queues.size(), "queue") + ", " + Counted(config.subscriptions.size(), "subscription") + ", " +
        Counted(config.grants.size(), "grant"));
  if (options.show_policies) PrintPolicies(adapters::yaml::PoliciesOf(checked));
}

}  // namespace

Node ToNode(const adapters::yaml::Checked& checked, const std::string& path) {
  Node ok;
  ok.kind = Node::Kind::kBool;
  ok.text = checked.config == nullptr ? "false" : "true";
  Object object;
  object.Add("ok", std::move(ok))
      .Add("file", path)
      .Add("mistakes", Strings(checked.mistakes))
      .Add("warnings", Strings(checked.warnings));
  return std::move(object.node);
}

void PrintFindings(const adapters::yaml::Checked& checked, const std::string& path) {
  for (const std::string& warning : checked.warnings) std::fprintf(stderr, "warning: %s\n", warning.c_str());
  for (const std::string& mistake : checked.mistakes) std::fprintf(stderr, "%s\n", mistake.c_str());
  if (checked.config == nullptr) {
    std::fprintf(stderr, "error: %s has %s.\n", path.c_str(), Counted(checked.mistakes.size(), "mistake").c_str());
  }
}

void AddCheck(CLI::App& app, Context& context) {
  const auto options = std::make_shared<CheckOptions>();
  CLI::App* check = app.add_subcommand("check", "Report every mistake in a configuration");
  check->add_option("--config", options->path, "The YAML file")->required();
  check->add_flag("--show-policies", options->show_policies, "Print every policy in force, short forms written out");
  check->footer(
      "Changes nothing and needs no running hub. Exit status 2 when there are mistakes.\n\n"
      "Examples:\n"
      "  penstock check --config config/hub.yaml\n"
      "  penstock check --config config/hub.yaml --show-policies");
  check->callback([&context, options] { Check(context, *options); });
}

}  // namespace hub::cli
