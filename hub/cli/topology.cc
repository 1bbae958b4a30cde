// export and diff: what there is as a configuration, and what a configuration would change.
#include "hub/core/topology.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "adapters/yaml/write_config.h"
#include "hub/base/limits.h"
#include "hub/cli/app.h"
#include "hub/cli/configuration.h"
#include "hub/cli/output.h"

namespace hub::cli {
namespace {

using adapters::client::Client;

// As diff(1): 0 the same, 1 different, 2 trouble.
constexpr int kExitDiffers = 1;
constexpr int kExitTrouble = 2;

void ExportAll(Context& context, bool all) {
  std::optional<Client> client = context.Connect();
  if (!client) return;
  const Result<std::string> document = client->Export(all);
  if (!document) return context.Refused(document.error());
  if (context.json) return Print(*document);
  const auto config = core::ReadTopology(*document, {});
  if (!config) return context.Refused(config.error());
  const Result<adapters::yaml::Written> written = adapters::yaml::WriteConfig(**config);
  if (!written) return context.Refused(written.error());
  for (const std::string& omission : written->omissions) {
    std::fprintf(stderr, "warning: left out: %s\n", omission.c_str());
  }
  std::fwrite(written->text.data(), 1, written->text.size(), stdout);
}

void Diff(Context& context, const std::string& path) {
  const adapters::yaml::Checked checked = adapters::yaml::ReadConfig(path);
  if (checked.config == nullptr) {
    PrintFindings(checked, path);
    context.status = kExitUsage;
    return;
  }
  std::string topology = core::WriteTopology(*checked.config);
  if (topology.size() > kTopologyBytesMax) {
    return context.Misused(path + " becomes " + std::to_string(topology.size()) +
                           " bytes with its grants written out; " + std::to_string(kTopologyBytesMax) +
                           " can be asked about.");
  }
  std::optional<Client> client = context.Connect();
  if (!client) return;
  const Result<std::vector<std::string>> changes = client->PlanReload(std::move(topology));
  if (!changes) {
    context.Refused(changes.error());
    if (context.status == kExitRefused) context.status = kExitTrouble;  // 1 means something else here.
    return;
  }
  context.status = changes->empty() ? kExitOk : kExitDiffers;
  if (context.json) {
    std::vector<Node> items;
    for (const std::string& change : *changes) items.push_back(Node::String(change));
    return Print(Object().Add("changes", Node::List(std::move(items))).node);
  }
  for (const std::string& change : *changes) Print(change);
  if (changes->empty()) Print("Nothing would change.");
}

}  // namespace

void AddTopology(CLI::App& app, Context& context) {
  const auto all = std::make_shared<bool>(false);
  CLI::App* exported = app.add_subcommand("export", "Write what there is as a configuration");
  exported->add_flag("--all", *all, "Everything, of every account; needs the permission hub:Export");
  exported->footer(
      "Queues, topics, subscriptions and grants of your account, and of others whatever you may see the attributes "
      "of,\n"
      "as YAML that 'penstock check' and 'penstock serve' accept. Needs sqs:ListQueues and sns:ListTopics. Users, "
      "their\n"
      "passwords and keys are not written. The same topology gives the same bytes. What the file cannot hold is named "
      "in\n"
      "it and on stderr; an attribute that has no key ends the export with 1. With --json: the hub's own answer.\n\n"
      "Examples:\n"
      "  penstock export > topology.yaml\n"
      "  penstock export --all | penstock check --config /dev/stdin");
  exported->callback([&context, all] { ExportAll(context, *all); });

  const auto path = std::make_shared<std::string>();
  CLI::App* diff = app.add_subcommand("diff", "Show what a reload of a configuration would change");
  diff->add_option("--config", *path, "The YAML file")->required();
  diff->footer(
      "Asks the running hub, which plans the reload as SIGHUP would and does nothing; needs the permission\n"
      "hub:PlanReload. Passwords and keys are neither sent nor compared.\n\n"
      "  +  comes to be            ~  changes, old → new values\n"
      "  -  is deleted (prune)     =  is kept, though no longer declared\n\n"
      "Exit status: 0 nothing would change, 1 something would, 2 the file has mistakes or the hub refused, 3 no hub "
      "answers.\n\n"
      "Example:\n  penstock diff --config config/hub.yaml && echo in force");
  diff->callback([&context, path] { Diff(context, *path); });
}

}  // namespace hub::cli
