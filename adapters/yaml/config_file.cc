#include "adapters/yaml/config_file.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include "adapters/yaml/draft.h"
#include "adapters/yaml/references.h"
#include "adapters/yaml/section.h"
#include "adapters/yaml/yaml.h"
#include "hub/base/limits.h"

namespace adapters::yaml {
namespace {

using hub::Node;

Checked Mistaken(std::string mistake) {
  return {.config = nullptr, .mistakes = {std::move(mistake)}, .warnings = {}, .policies = Node::List({})};
}

Node Entry(const std::string& of, const Node& document) {
  return Node::Map({{.key = "of", .key_place = {}, .value = Node::String(of)},
                    {.key = "at", .key_place = {}, .value = Node::String(document.place.ToString())},
                    {.key = "policy", .key_place = {}, .value = document}});
}

// "queue billing/orders"
std::string LabelOf(const hub::ResourceName& resource, const Draft& draft) {
  std::string label = ReferenceTo(resource, draft);
  label[label.find('/')] = ' ';
  return label;
}

Node AllPolicies(const Draft& draft) {
  std::vector<Node> entries;
  const hub::core::Config& config = *draft.config;
  for (const PolicyDocument& user : draft.user_documents) entries.push_back(Entry(user.label, user.document));
  for (const auto& topic : config.topics) {
    if (topic.policy) entries.push_back(Entry(LabelOf(topic.name, draft), *topic.policy));
  }
  for (const auto& queue : config.queues) {
    if (queue.policy) entries.push_back(Entry(LabelOf(queue.name, draft), *queue.policy));
  }
  for (const auto& grant : config.grants) entries.push_back(Entry(LabelOf(grant.resource, draft), grant.document));
  return Node::List(std::move(entries));
}

}  // namespace

Checked ReadConfig(const std::string& path) {
  std::string text(hub::kDocumentBytesMax + 1, '\0');
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (file) file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file && !file.eof()) {
    const std::string why = errno != 0 ? std::strerror(errno) : "it is not a file";
    return Mistaken(path + ": This cannot be read: " + why + ". Name a configuration file, such as config/hub.yaml.");
  }
  text.resize(static_cast<std::size_t>(file.gcount()));
  return ReadConfigText(text, path);
}

Checked ReadConfigText(std::string_view text, std::string origin) {
  const auto root = ParseYaml(text, origin);
  if (!root) return Mistaken(root.error().message);
  Draft draft;
  draft.config->file = std::move(origin);
  Section section(*root, "", draft.report);
  ReadHub(section.Take("hub"), draft);
  ReadListen(section.Take("listen"), draft);
  ReadPush(section.Take("push"), draft);
  ReadMetrics(section.Take("metrics"), draft);
  ReadAccounts(section.Take("accounts"), draft);
  ReadDeadLetters(draft);
  ReadUsers(draft);
  ReadSubscriptions(section.Take("subscriptions"), draft);
  ReadGrants(section.Take("grants"), draft);
  section.RefuseUnknownKeys();
  if (draft.report.HasMistakes()) {
    return {.config = nullptr,
            .mistakes = draft.report.Mistakes(),
            .warnings = draft.report.Warnings(),
            .policies = Node::List({})};
  }
  WarnOfDenials(draft);
  return {.config = draft.config, .mistakes = {}, .warnings = draft.report.Warnings(), .policies = AllPolicies(draft)};
}

const Node& PoliciesOf(const Checked& checked) { return checked.policies; }

}  // namespace adapters::yaml
