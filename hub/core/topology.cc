#include "hub/core/topology.h"

#include <charconv>
#include <utility>
#include <vector>

#include "hub/base/json.h"
#include "hub/base/limits.h"
#include "hub/core/command.h"

namespace hub::core {
namespace {

// --- Writing --------------------------------------------------------------------------------------------------------

Node Number(std::uint64_t number) {
  Node node;
  node.kind = Node::Kind::kNumber;
  node.text = std::to_string(number);
  return node;
}

Node Bool(bool value) {
  Node node;
  node.kind = Node::Kind::kBool;
  node.text = value ? "true" : "false";
  return node;
}

Member MemberOf(std::string_view key, Node value) {
  return {.key = std::string(key), .key_place = {}, .value = std::move(value)};
}
Member MemberOf(std::string_view key, const std::string& text) { return MemberOf(key, Node::String(text)); }

Node NodeOf(const Attributes& attributes, const std::optional<Node>& policy = std::nullopt) {
  std::vector<Member> members;
  for (const auto& [name, value] : attributes) members.push_back(MemberOf(name, value));
  if (policy) members.push_back(MemberOf("Policy", ToJson(*policy)));
  return Node::Map(std::move(members));
}

Node WithPlace(std::vector<Member> members, const Place& place) {
  if (place.line > 0) members.push_back(MemberOf("at", Node::List({Number(place.line), Number(place.column)})));
  return Node::Map(std::move(members));
}

// One list of the document: what `node_of` makes of each.
template <typename T, typename NodeFor>
Member ListOf(std::string_view key, const std::vector<T>& all, NodeFor node_of) {
  std::vector<Node> items;
  items.reserve(all.size());
  for (const T& one : all) items.push_back(node_of(one));
  return MemberOf(key, Node::List(std::move(items)));
}

Node ListenerNode(const Listener& listener) {
  return Node::Map({MemberOf("address", listener.address),
                    MemberOf("security", Number(static_cast<std::uint64_t>(listener.security))),
                    MemberOf("secret_key_file", listener.secret_key_file)});
}

Node SettingsOf(const Config& config) {
  return Node::Map({MemberOf("region", config.region), MemberOf("message_size", Number(config.message_bytes_default)),
                    MemberOf("policies", Number(static_cast<std::uint64_t>(config.policies))),
                    MemberOf("drift", Bool(config.drift)), MemberOf("prune", Bool(config.prune)),
                    MemberOf("durability", Number(static_cast<std::uint64_t>(config.durability))),
                    MemberOf("flush_interval_us", Number(static_cast<std::uint64_t>(config.flush_interval.count()))),
                    MemberOf("free_space_min", Number(config.space_left_min)),
                    ListOf("listeners", config.listeners, ListenerNode),
                    ListOf("feed_listeners", config.feed_listeners, ListenerNode)});
}

template <typename Declared>
Node ResourceNode(const Declared& declared) {
  std::vector<Member> members{MemberOf("arn", ArnOf(declared.name)),
                              MemberOf("attributes", NodeOf(declared.attributes, declared.policy))};
  if (!declared.tags.empty()) members.push_back(MemberOf("tags", NodeOf(declared.tags)));
  return WithPlace(std::move(members), declared.place);
}

// --- Reading --------------------------------------------------------------------------------------------------------

// Reads the document part by part; the first mistake is kept, and whatever is wrong reads as nothing.
class Reader {
 public:
  Reader(const Node& root, const Config& otherwise) : root_(root), config_(std::make_shared<Config>()) {
    *config_ = otherwise;
    config_->listeners.clear();
    config_->feed_listeners.clear();
    config_->accounts.clear();
    config_->users.clear();
    config_->queues.clear();
    config_->topics.clear();
    config_->subscriptions.clear();
    config_->grants.clear();
  }

  Result<std::shared_ptr<const Config>> Read(const Config& otherwise) {
    if (!root_.IsMap()) Wrong("the document");
    if (const Node* file = root_.Find("file")) {
      config_->file = Text(file, "file");
      file_ = std::make_shared<const std::string>(config_->file);
    }
    ReadSettings(otherwise);
    Each(root_, "accounts", [this](const Node& node) {
      config_->accounts.push_back(
          {.id = Text(node.Find("id"), "id"), .name = Text(node.Find("name"), "name"), .place = PlaceOf(node)});
      if (!IsAccountId(config_->accounts.back().id)) Wrong("the id of an account");
    });
    Each(root_, "queues", [this](const Node& node) { ReadResource(node, Kind::kQueue, config_->queues); });
    Each(root_, "topics", [this](const Node& node) { ReadResource(node, Kind::kTopic, config_->topics); });
    Each(root_, "subscriptions", [this](const Node& node) {
      DeclaredSubscription& subscription = config_->subscriptions.emplace_back();
      const Node* topic = node.Find("topic");
      const bool is_pattern = topic != nullptr && IsPattern(topic->text);
      subscription.topic = Name(topic, is_pattern ? Kind::kTopicPattern : Kind::kTopic);
      subscription.queue = Name(node.Find("queue"), Kind::kQueue);
      subscription.attributes = AttributesIn(node);
      subscription.place = PlaceOf(node);
    });
    Each(root_, "grants", [this](const Node& node) { ReadGrant(node); });
    Each(root_, "users", [this](const Node& node) { ReadUser(node); });
    if (!problem_.empty()) return Fail(Code::kInvalidArgument, problem_);
    return std::shared_ptr<const Config>(config_);
  }

 private:
  void Wrong(std::string_view what) {
    if (problem_.empty()) problem_ = "This is not a topology: " + std::string(what) + " is missing or wrong.";
  }

  std::string Text(const Node* node, std::string_view what) {
    if (node != nullptr && node->IsString()) return node->text;
    Wrong(what);
    return "";
  }

  template <typename Number>
  void ReadNumber(const Node& map, std::string_view key, Number& out, std::uint64_t max) {
    const Node* node = map.Find(key);
    if (node == nullptr) return;
    std::uint64_t value = 0;
    const char* end = node->text.data() + node->text.size();
    const auto [rest, error] = std::from_chars(node->text.data(), end, value);
    if (node->kind != Node::Kind::kNumber || error != std::errc{} || rest != end || value > max) return Wrong(key);
    out = static_cast<Number>(value);
  }

  void ReadBool(const Node& map, std::string_view key, bool& out) {
    const Node* node = map.Find(key);
    if (node == nullptr) return;
    if (node->kind != Node::Kind::kBool) return Wrong(key);
    out = node->text == "true";
  }

  template <typename Visit>
  void Each(const Node& map, std::string_view key, Visit visit) {
    const Node* list = map.Find(key);
    if (list == nullptr) return;
    if (!list->IsList()) return Wrong(key);
    for (const Node& item : list->items) item.IsMap() ? visit(item) : Wrong(key);
  }

  Place PlaceOf(const Node& node) {
    const Node* at = node.Find("at");
    Place place{.file = file_};
    if (at == nullptr) return place;
    if (!at->IsList() || at->items.size() != 2) {
      Wrong("at");
      return place;
    }
    const Node numbers = Node::Map({MemberOf("line", at->items[0]), MemberOf("column", at->items[1])});
    ReadNumber(numbers, "line", place.line, UINT32_MAX);
    ReadNumber(numbers, "column", place.column, UINT32_MAX);
    return place;
  }

  ResourceName Name(const Node* node, Kind kind) {
    const std::string text = Text(node, NameOf(kind));
    auto name = ParseResourceName(kind, text, "", "");
    if (name && text.starts_with("arn:")) return *std::move(name);
    Wrong("the ARN of a " + std::string(NameOf(kind)));
    return {};
  }

  Attributes AttributesIn(const Node& node, std::string_view key = "attributes") {
    Attributes attributes;
    const Node* map = node.Find(key);
    if (map == nullptr) return attributes;
    if (!map->IsMap()) Wrong(key);
    for (const Member& member : map->members) attributes[member.key] = Text(&member.value, member.key);
    return attributes;
  }

  void ReadSettings(const Config& otherwise) {
    static const Node kNothing = Node::Map({});
    const Node* found = root_.Find("hub");
    const Node& hub = found == nullptr ? kNothing : *found;
    if (const Node* region = hub.Find("region")) config_->region = Text(region, "region");
    ReadNumber(hub, "message_size", config_->message_bytes_default, kMessageBytesMax);
    ReadNumber(hub, "policies", config_->policies, static_cast<std::uint64_t>(PolicyMode::kLog));
    ReadBool(hub, "drift", config_->drift);
    ReadBool(hub, "prune", config_->prune);
    ReadNumber(hub, "durability", config_->durability, static_cast<std::uint64_t>(Durability::kMemory));
    std::uint64_t interval = static_cast<std::uint64_t>(config_->flush_interval.count());
    ReadNumber(hub, "flush_interval_us", interval, UINT32_MAX);
    config_->flush_interval = Duration(static_cast<std::int64_t>(interval));
    ReadNumber(hub, "free_space_min", config_->space_left_min, UINT64_MAX);
    ReadListeners(hub, "listeners", otherwise.listeners, config_->listeners);
    ReadListeners(hub, "feed_listeners", otherwise.feed_listeners, config_->feed_listeners);
  }

  // Those of `otherwise` where the document says nothing of them.
  void ReadListeners(const Node& hub, std::string_view key, const std::vector<Listener>& otherwise,
                     std::vector<Listener>& out) {
    if (hub.Find(key) == nullptr) out = otherwise;
    Each(hub, key, [&](const Node& node) {
      Listener& listener = out.emplace_back();
      listener.address = Text(node.Find("address"), "address");
      ReadNumber(node, "security", listener.security, static_cast<std::uint64_t>(Security::kCurve));
      listener.secret_key_file = Text(node.Find("secret_key_file"), "secret_key_file");
    });
  }

  template <typename Declared>
  void ReadResource(const Node& node, Kind kind, std::vector<Declared>& out) {
    Declared& declared = out.emplace_back();
    declared.name = Name(node.Find("arn"), kind);
    declared.attributes = AttributesIn(node);
    declared.tags = AttributesIn(node, "tags");
    declared.place = PlaceOf(node);
    const auto policy = declared.attributes.find("Policy");
    if (policy == declared.attributes.end()) return;
    auto document = ParseJson(policy->second, "");
    if (!document) return Wrong("the policy of " + declared.name.name);
    declared.policy = *std::move(document);
    declared.attributes.erase(policy);
  }

  std::shared_ptr<const policy::Policy> PolicyIn(const Node* document, policy::Role role, const std::string& of) {
    auto policy =
        document == nullptr ? Fail(Code::kInvalidArgument, "There is none.") : policy::ParsePolicy(*document, role, of);
    if (policy) return *std::move(policy);
    Wrong("a policy of " + of + " (" + policy.error().message + ")");
    return nullptr;
  }

  void ReadGrant(const Node& node) {
    const std::string arn = Text(node.Find("resource"), "resource");
    const Node* document = node.Find("policy");
    const Kind kind = arn.starts_with("arn:aws:sns:") ? Kind::kTopic : Kind::kQueue;
    config_->grants.push_back({.resource = Name(node.Find("resource"), kind),
                               .document = document == nullptr ? Node() : *document,
                               .policy = PolicyIn(document, policy::Role::kResource, arn),
                               .place = PlaceOf(node)});
  }

  void ReadUser(const Node& node) {
    DeclaredUser& user = config_->users.emplace_back();
    user.credential.account = Text(node.Find("account"), "account");
    user.credential.user = Text(node.Find("user"), "user");
    user.credential.login = Text(node.Find("login"), "login");
    user.place = PlaceOf(node);
    Each(node, "policies", [&](const Node& document) {
      user.documents.push_back(document);
      user.policies.push_back(PolicyIn(&document, policy::Role::kIdentity, "user " + user.credential.login));
    });
  }

  const Node& root_;
  std::shared_ptr<Config> config_;
  std::shared_ptr<const std::string> file_;
  std::string problem_;
};

}  // namespace

std::string WriteTopology(const Config& config) {
  return ToJson(Node::Map(
      {MemberOf("file", config.file), MemberOf("hub", SettingsOf(config)),
       ListOf("accounts", config.accounts,
              [](const DeclaredAccount& account) {
                return WithPlace({MemberOf("id", account.id), MemberOf("name", account.name)}, account.place);
              }),
       ListOf("queues", config.queues, [](const DeclaredQueue& queue) { return ResourceNode(queue); }),
       ListOf("topics", config.topics, [](const DeclaredTopic& topic) { return ResourceNode(topic); }),
       ListOf("subscriptions", config.subscriptions,
              [](const DeclaredSubscription& s) {
                return WithPlace({MemberOf("topic", ArnOf(s.topic)), MemberOf("queue", ArnOf(s.queue)),
                                  MemberOf("attributes", NodeOf(s.attributes))},
                                 s.place);
              }),
       ListOf("grants", config.grants,
              [](const CompiledGrant& grant) {
                return WithPlace({MemberOf("resource", ArnOf(grant.resource)), MemberOf("policy", grant.document)},
                                 grant.place);
              }),
       ListOf("users", config.users, [](const DeclaredUser& user) {
         return WithPlace({MemberOf("account", user.credential.account), MemberOf("user", user.credential.user),
                           MemberOf("login", user.credential.login), MemberOf("policies", Node::List(user.documents))},
                          user.place);
       })}));
}

Result<std::shared_ptr<const Config>> ReadTopology(std::string_view document, const Config& otherwise) {
  const auto root = ParseJson(document, "", kTopologyBytesMax);
  if (!root) return tl::unexpected(root.error());
  return Reader(*root, otherwise).Read(otherwise);
}

}  // namespace hub::core
