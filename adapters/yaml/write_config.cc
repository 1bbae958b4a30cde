#include "adapters/yaml/write_config.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "adapters/yaml/actions.h"
#include "adapters/yaml/config_file.h"
#include "adapters/yaml/emit.h"
#include "adapters/yaml/keys.h"
#include "adapters/yaml/policies.h"
#include "hub/base/arn.h"
#include "hub/base/json.h"

namespace adapters::yaml {
namespace {

using hub::Kind;
using hub::Member;
using hub::Node;

constexpr std::string_view kHead =
    "# Written by `penstock export`: what was there, as a configuration that declares it. `penstock check` and\n"
    "# `penstock serve` accept it. It does not hold users with their passwords, keys and policies, nor how the hub\n"
    "# listens and stores: add `listen`, users, and the other keys of `hub` before clients are to connect.\n";
constexpr std::size_t kBlockLevels = 4;  // The file, accounts, an account, its queues.

Member MemberOf(std::string_view key, Node value) {
  return {.key = std::string(key), .key_place = {}, .value = std::move(value)};
}
Member MemberOf(std::string_view key, std::string_view text) { return MemberOf(key, Node::String(text)); }

// The one statement of a compiled short form, or null.
const Node* OnlyStatement(const Node& document) {
  const Node* statements = document.Find("Statement");
  return statements != nullptr && statements->IsList() && statements->items.size() == 1 ? &statements->items[0]
                                                                                        : nullptr;
}

std::string TextAt(const Node* node, std::string_view key) {
  const Node* found = node == nullptr ? nullptr : node->Find(key);
  return found != nullptr && found->IsString() ? found->text : "";
}

std::vector<std::string> TextsOf(const Node* node) {
  std::vector<std::string> texts;
  if (node == nullptr) return texts;
  if (node->IsScalar()) return {node->text};
  for (const Node& item : node->items) texts.push_back(item.text);
  return texts;
}

// The actions from `at` on as the word that stands for most of them: how many it covers, without those in `seen`.
std::pair<std::string, std::size_t> LongestWord(const std::vector<std::string>& actions, std::size_t at, Kind kind) {
  std::pair<std::string, std::size_t> best{actions[at], 1};
  std::size_t best_size = 0;
  for (const ActionWord& word : ActionWords()) {
    if (word.kind != kind || word.actions.size() <= best_size) continue;
    std::size_t next = at;
    const bool covers = std::ranges::all_of(word.actions, [&](const std::string& action) {
      if (std::find(actions.begin(), actions.begin() + static_cast<std::ptrdiff_t>(next), action) !=
          actions.begin() + static_cast<std::ptrdiff_t>(next)) {
        return true;
      }
      return next < actions.size() && actions[next++] == action;
    });
    if (!covers || next == at) continue;
    best = {word.word, next - at};
    best_size = word.actions.size();
  }
  return best;
}

Node WordsFor(const std::vector<std::string>& actions, Kind kind) {
  std::vector<Node> words;
  for (std::size_t at = 0; at < actions.size();) {
    const auto [word, count] = LongestWord(actions, at, kind);
    words.push_back(Node::String(word));
    at += count;
  }
  return words.size() == 1 ? words[0] : Node::List(std::move(words));
}

class Writer {
 public:
  explicit Writer(const hub::core::Config& config) : config_(config) {
    for (const auto& account : config.accounts) names_.emplace(account.id, account.name);
    const auto declare = [this](const hub::ResourceName& name) {
      if (name.region == config_.region) declared_.insert(name);
      names_.try_emplace(name.account, "account-" + name.account);
    };
    for (const auto& queue : config.queues) declare(queue.name);
    for (const auto& topic : config.topics) declare(topic.name);
    for (const auto& subscription : config.subscriptions) {  // A pattern needs nothing but its account.
      if (subscription.topic.kind == Kind::kTopicPattern && declared_.contains(subscription.queue)) {
        declare(subscription.topic);
      }
    }
  }

  hub::Result<Written> Write() {
    std::vector<Member> members;
    members.push_back(
        MemberOf("hub", Node::Map({MemberOf("region", config_.region),
                                   MemberOf("message_size", FormatSize(config_.message_bytes_default))})));
    if (Node accounts = Accounts(); !accounts.members.empty()) members.push_back(MemberOf("accounts", accounts));
    if (Node list = Subscriptions(); !list.items.empty()) members.push_back(MemberOf("subscriptions", list));
    if (Node list = Grants(); !list.items.empty()) members.push_back(MemberOf("grants", list));
    if (!problems_.empty()) return Refuse("This cannot be written as a configuration:", problems_);

    Written written{.text = std::string(kHead), .omissions = std::move(omissions_)};
    for (const std::string& omission : written.omissions) written.text += "# Left out: " + omission + "\n";
    for (const Member& member : members) written.text += "\n" + ToYaml(Node::Map({member}), kBlockLevels);
    const Checked checked = ReadConfigText(written.text, "export");
    if (!checked.mistakes.empty()) return Refuse("The configuration would be refused:", checked.mistakes);
    return written;
  }

 private:
  static tl::unexpected<hub::Error> Refuse(std::string text, const std::vector<std::string>& reasons) {
    for (const std::string& reason : reasons) text += "\n  " + reason;
    return hub::Fail(hub::Code::kInvalidArgument, std::move(text));
  }

  std::string ReferenceTo(const hub::ResourceName& name) const {
    const auto account = names_.find(name.account);
    return std::string(NameOf(name.kind)) + "/" + (account == names_.end() ? name.account : account->second) + "/" +
           name.name;
  }

  Node Accounts() {
    std::map<std::string, std::pair<std::vector<Member>, std::vector<Member>>> accounts;  // By name: topics, queues.
    std::map<std::string, std::string> ids;
    for (const auto& [id, name] : names_) ids[name] = id;
    for (const auto& topic : config_.topics) {
      if (!IsHere(topic.name)) continue;
      accounts[names_[topic.name.account]].first.push_back(
          MemberOf(topic.name.name, Resource(Owner::kTopic, topic.name, topic.attributes, topic.tags, topic.policy)));
    }
    for (const auto& queue : config_.queues) {
      if (!IsHere(queue.name)) continue;
      accounts[names_[queue.name.account]].second.push_back(
          MemberOf(queue.name.name, Resource(Owner::kQueue, queue.name, queue.attributes, queue.tags, queue.policy)));
    }
    std::vector<Member> members;
    for (const auto& [name, id] : ids) {
      std::vector<Member> account{MemberOf("id", id)};
      for (auto [key, list] :
           {std::pair("topics", &accounts[name].first), std::pair("queues", &accounts[name].second)}) {
        std::ranges::sort(*list, {}, &Member::key);
        if (!list->empty()) account.push_back(MemberOf(key, Node::Map(std::move(*list))));
      }
      members.push_back(MemberOf(name, Node::Map(std::move(account))));
    }
    return Node::Map(std::move(members));
  }

  // One region has its place in a file.
  bool IsHere(const hub::ResourceName& name) {
    if (name.region == config_.region) return true;
    omissions_.push_back(ArnOf(name) + ", which is of another region.");
    return false;
  }

  // In the order of the table, so that files look alike.
  Node Resource(Owner owner, const hub::ResourceName& name, const Attributes& attributes, const hub::Tags& tags,
                const std::optional<Node>& policy) {
    std::vector<Member> members = Simple(owner, ReferenceTo(name), attributes);
    if (const auto redrive = attributes.find("RedrivePolicy"); owner == Owner::kQueue && redrive != attributes.end()) {
      if (auto dead_letter = DeadLetter(name, redrive->second))
        members.push_back(MemberOf("dead_letter", *dead_letter));
    }
    if (const auto allow = attributes.find("RedriveAllowPolicy"); owner == Owner::kQueue && allow != attributes.end()) {
      if (auto allowed = RedriveAllow(name, allow->second)) members.push_back(MemberOf("redrive_allow", *allowed));
    }
    if (!tags.empty()) {
      std::vector<Member> named;
      for (const auto& [key, value] : tags) named.push_back(MemberOf(key, value));
      members.push_back(MemberOf("tags", Node::Map(std::move(named))));
    }
    if (policy) members.push_back(MemberOf("policy", *policy));
    return Node::Map(std::move(members));
  }

  // The keys that stand for an attribute by themselves. What has no key at all is a problem of a queue, all of whose
  // attributes have one, and otherwise left out.
  std::vector<Member> Simple(Owner owner, const std::string& label, const Attributes& attributes) {
    std::vector<Member> members;
    for (const AttributeKey& key : KeysOf(owner)) {
      const auto found = attributes.find(key.attribute);
      if (found == attributes.end() || key.key.empty()) continue;
      if (auto value = WriteAttribute(key, found->second)) {
        members.push_back(MemberOf(key.key, *std::move(value)));
      } else if (key.form != Form::kPolicy && key.form != Form::kFilter && key.form != Form::kDeadLetter &&
                 key.form != Form::kRedriveAllow) {
        problems_.push_back(label + ": " + std::string(key.attribute) + " is \"" + found->second + "\", which " +
                            std::string(key.key) + " cannot say.");
      }
    }
    for (const auto& [attribute, value] : attributes) {
      if (FindKey(owner, attribute) != nullptr) continue;
      if (owner == Owner::kQueue) {
        problems_.push_back(label + " has the attribute " + attribute + ", for which there is no key.");
      } else {
        omissions_.push_back(attribute + " of " + label + ", for which there is no key.");
      }
    }
    return members;
  }

  std::optional<Node> DeadLetter(const hub::ResourceName& queue, const std::string& json) {
    const auto redrive = hub::ParseJson(json, "");
    const std::string target = redrive ? TextAt(&*redrive, "deadLetterTargetArn") : "";
    const Node* count = redrive ? redrive->Find("maxReceiveCount") : nullptr;
    if (count == nullptr || !count->IsScalar() || redrive->members.size() != 2) {
      problems_.push_back(ReferenceTo(queue) + ": RedrivePolicy is " + json + ", which dead_letter cannot say.");
      return std::nullopt;
    }
    const auto name = hub::ParseResourceName(Kind::kQueue, target, queue.account, queue.region);
    if (!name || !declared_.contains(*name)) {
      omissions_.push_back("the dead letters of " + ReferenceTo(queue) + ": the queue " + target +
                           ", where they go after " + count->text + " receives, is not in this file.");
      return std::nullopt;
    }
    Node after = *count;
    after.kind = Node::Kind::kNumber;
    return Node::Map({MemberOf("queue", name->name), MemberOf("after", std::move(after))});
  }

  // [aws 35] all, none, or the queues that are in this file.
  std::optional<Node> RedriveAllow(const hub::ResourceName& queue, const std::string& json) {
    const auto allow = hub::ParseJson(json, "");
    const std::string permission = allow ? TextAt(&*allow, "redrivePermission") : "";
    if (permission == "allowAll") return Node::String("all");
    if (permission == "denyAll") return Node::String("none");
    std::vector<Node> queues;
    for (const std::string& arn : TextsOf(allow ? allow->Find("sourceQueueArns") : nullptr)) {
      const auto name = hub::ParseResourceName(Kind::kQueue, arn, queue.account, queue.region);
      if (name && declared_.contains(*name)) {
        queues.push_back(Node::String(ReferenceTo(*name)));
      } else {
        omissions_.push_back("that " + ReferenceTo(queue) + " takes dead letters of " + arn +
                             ", which is not in this file.");
      }
    }
    // With none left the key must not say less than there was: nobody.
    return queues.empty() ? Node::String("none") : Node::List(std::move(queues));
  }

  Node Subscriptions() {
    std::vector<std::pair<std::string, Node>> sorted;
    for (const auto& subscription : config_.subscriptions) {
      const std::string from = ReferenceTo(subscription.topic);
      const std::string to = ReferenceTo(subscription.queue);
      const std::string label = "the subscription of " + to + " to " + from;
      if (!declared_.contains(subscription.topic) || !declared_.contains(subscription.queue)) {
        omissions_.push_back(label + ": one of the two is not in this file.");
        continue;
      }
      std::vector<Member> members{MemberOf("from", from), MemberOf("to", to)};
      AddFilter(label, subscription.attributes, members);
      sorted.emplace_back(from + " " + to, Node::Map(std::move(members)));
    }
    return SortedList(std::move(sorted));
  }

  void AddFilter(const std::string& label, Attributes attributes, std::vector<Member>& members) {
    const auto filter = attributes.find("FilterPolicy");
    if (filter != attributes.end()) {
      if (auto document = hub::ParseJson(filter->second, "")) members.push_back(MemberOf("filter", *document));
    } else if (attributes.erase("FilterPolicyScope") > 0) {
      omissions_.push_back("FilterPolicyScope of " + label + ", which says nothing without a filter.");
    }
    for (Member& member : Simple(Owner::kSubscription, label, attributes)) members.push_back(std::move(member));
    const auto redrive = attributes.find("RedrivePolicy");
    if (redrive == attributes.end()) return;
    const auto policy = hub::ParseJson(redrive->second, "");
    const std::string target = policy ? TextAt(&*policy, "deadLetterTargetArn") : "";
    const auto name = hub::ParseResourceName(Kind::kQueue, target, "", "");
    if (name && declared_.contains(*name)) {
      members.push_back(MemberOf("dead_letter", ReferenceTo(*name)));
    } else {
      omissions_.push_back("the dead letters of " + label + ": the queue " + target +
                           ", where they go, is not in this file.");
    }
  }

  Node Grants() {
    std::vector<std::pair<std::string, Node>> sorted;
    for (const auto& grant : config_.grants) {
      if (!declared_.contains(grant.resource)) {
        omissions_.push_back("a grant on " + ReferenceTo(grant.resource) + ", which is not in this file.");
        continue;
      }
      Node node = Grant(grant);
      sorted.emplace_back(ReferenceTo(grant.resource) + " " + ToJson(node), std::move(node));
    }
    return SortedList(std::move(sorted));
  }

  // The short form that becomes just this document, or else the document itself.
  Node Grant(const hub::core::CompiledGrant& grant) const {
    const Node* statement = OnlyStatement(grant.document);
    const Node* principal = statement == nullptr ? nullptr : statement->Find("Principal");
    const std::string on = ReferenceTo(grant.resource);
    Allowance allowance{.principal = principal == nullptr ? Node() : *principal,
                        .actions = TextsOf(statement == nullptr ? nullptr : statement->Find("Action")),
                        .resources = {ArnOf(grant.resource)},
                        .source_arn = ""};
    Node form;
    if (TextAt(principal, "Service") == "sns.amazonaws.com" && grant.resource.kind == Kind::kQueue) {
      const Node* condition = statement->Find("Condition");
      allowance.source_arn = TextAt(condition == nullptr ? nullptr : condition->Find("ArnEquals"), "aws:SourceArn");
      const auto topic = hub::ParseResourceName(Kind::kTopic, allowance.source_arn, "", "");
      if (allowance.actions == std::vector<std::string>{"sqs:SendMessage"} && topic && declared_.contains(*topic)) {
        form = Node::Map({MemberOf("from", ReferenceTo(*topic)), MemberOf("to", on)});
      }
    } else if (const auto arn = hub::ParseArn(TextAt(principal, "AWS")); arn && !allowance.actions.empty()) {
      const auto account = names_.find(arn->account);
      if (account != names_.end() && hub::AccountArn(arn->account) == TextAt(principal, "AWS")) {
        form = Node::Map({MemberOf("account", account->second),
                          MemberOf("may", WordsFor(allowance.actions, grant.resource.kind)), MemberOf("on", on)});
      }
    }
    if (form.IsMap() && ToJson(DocumentOf({allowance}, {})) == ToJson(grant.document)) return form;
    return Node::Map({MemberOf("policy", grant.document), MemberOf("on", on)});
  }

  static Node SortedList(std::vector<std::pair<std::string, Node>> sorted) {
    std::ranges::sort(sorted, {}, &std::pair<std::string, Node>::first);
    std::vector<Node> items;
    items.reserve(sorted.size());
    for (auto& [key, node] : sorted) items.push_back(std::move(node));
    return Node::List(std::move(items));
  }

  const hub::core::Config& config_;
  std::map<std::string, std::string, std::less<>> names_;  // Of accounts, by id.
  std::set<hub::ResourceName> declared_;                   // What the file holds.
  std::vector<std::string> problems_;
  std::vector<std::string> omissions_;
};

}  // namespace

hub::Result<Written> WriteConfig(const hub::core::Config& config) { return Writer(config).Write(); }

}  // namespace adapters::yaml
