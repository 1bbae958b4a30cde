#include "hub/core/changes.h"

#include <algorithm>
#include <map>
#include <set>

#include "hub/base/duration.h"
#include "hub/base/json.h"

namespace hub::core {
namespace {

const DeclaredAccount* FindAccount(const Config& config, const std::string& id) {
  const auto found = std::ranges::find(config.accounts, id, &DeclaredAccount::id);
  return found == config.accounts.end() ? nullptr : &*found;
}

// Cut where a character begins.
std::string Cut(std::string text) {
  if (text.size() <= kNoteValueBytesMax) return text;
  std::size_t end = kNoteValueBytesMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

// Documents compact, so that how they are laid out makes no difference.
std::string Canonical(const std::string& value) {
  if (!value.starts_with('{') && !value.starts_with('[')) return value;
  const auto document = ParseJson(value, "");
  return document ? ToJson(*document) : value;
}

// One line whatever it holds: documents as they are, other text in quotes unless it is a plain word.
std::string Shown(const std::string& value) {
  const bool is_document = value.starts_with('{') || value.starts_with('[');
  const bool is_plain = !value.empty() && std::ranges::all_of(value, [&](unsigned char c) {
    return c >= 0x20 && c != 0x7f && (is_document || (c != ' ' && c < 0x80));
  });
  if (is_plain) return Cut(value);
  std::string quoted;
  AppendJsonString(quoted, Cut(value));
  std::erase(quoted, '\x7f');
  return quoted;
}

std::optional<std::string> ValueOf(const std::string& name, const Attributes& set, const Attributes& in_force) {
  if (const auto found = set.find(name); found != set.end()) return Canonical(found->second);
  const auto found = in_force.find(name);
  if (found == in_force.end()) return std::nullopt;
  return found->second;
}

std::string SizeText(std::uint64_t bytes) { return std::to_string(bytes) + " bytes"; }

std::string_view Text(Durability durability) {
  switch (durability) {
    case Durability::kFlush: return "flush";
    case Durability::kInterval: return "interval";
    case Durability::kMemory: return "memory";
  }
  return "";
}

std::string_view Text(Security security) {
  switch (security) {
    case Security::kNone: return "none";
    case Security::kPlain: return "plain";
    case Security::kCurve: return "curve";
  }
  return "";
}

std::string Text(const std::vector<Listener>& listeners) {
  std::string text;
  for (const Listener& listener : listeners) {
    text += (text.empty() ? "" : ", ") + listener.address + " (" + std::string(Text(listener.security)) +
            (listener.secret_key_file.empty() ? "" : ", " + listener.secret_key_file) + ")";
  }
  return text.empty() ? "none" : text;
}

std::string Text(const std::vector<HttpListener>& listeners) {
  std::string text;
  for (const HttpListener& listener : listeners) {
    text += (text.empty() ? "" : ", ") + listener.address +
            (listener.certificate_file.empty() ? "" : " (" + listener.certificate_file + ")");
  }
  return text.empty() ? "none" : text;
}

std::string Text(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text.empty() ? "none" : text;
}

std::string Text(const PushConfig& push) {
  std::vector<std::string> words;
  if (!push.url.empty()) words.push_back(WithoutUser(push.url));
  if (!push.function_url.empty()) words.push_back("functions at " + WithoutUser(push.function_url));
  if (!push.ca_file.empty()) words.push_back(push.ca_file);
  if (!push.allow.empty()) words.push_back(std::to_string(push.allow.size()) + " allowed blocks of addresses");
  return Text(words);
}

struct Setting {
  std::string_view name;
  bool at_next_start;
  std::string (*text)(const Config& config);
};

constexpr Setting kSettings[] = {
    {"hub.region", false, [](const Config& c) { return c.region; }},
    {"hub.policies", false,
     [](const Config& c) { return std::string(c.policies == PolicyMode::kEnforce ? "enforce" : "log"); }},
    {"hub.drift", false, [](const Config& c) { return std::string(c.drift ? "allow" : "refuse"); }},
    {"hub.sixty_second_rules", false, [](const Config& c) { return std::string(c.sixty_second_rules ? "on" : "off"); }},
    {"hub.prune", false, [](const Config& c) { return std::string(c.prune ? "true" : "false"); }},
    {"hub.message_size", false, [](const Config& c) { return SizeText(c.message_bytes_default); }},
    {"hub.data", true, [](const Config& c) { return c.data_directory; }},
    {"hub.durability", true, [](const Config& c) { return std::string(Text(c.durability)); }},
    {"hub.flush_interval", true, [](const Config& c) { return hub::Format(c.flush_interval); }},
    {"hub.free_space_min", true, [](const Config& c) { return SizeText(c.space_left_min); }},
    {"hub.mode", true, [](const Config& c) { return std::string(c.mode == Mode::kLocal ? "local" : "strict"); }},
    {"hub.local_open", true, [](const Config& c) { return std::string(c.local_open ? "true" : "false"); }},
    {"hub.hosts", true, [](const Config& c) { return Text(c.http_hosts); }},
    {"listen", true, [](const Config& c) { return Text(c.listeners); }},
    {"push", true, [](const Config& c) { return Text(c.push); }},
    {"listen.feed", true, [](const Config& c) { return Text(c.feed_listeners); }},
    {"listen.http", true, [](const Config& c) { return Text(c.http_listeners); }},
    {"listen.metrics", true, [](const Config& c) { return Text(c.metrics_listeners); }},
    {"metrics.per_queue", false, [](const Config& c) { return std::string(c.metrics_per_queue ? "true" : "false"); }},
};

void AddSettings(const Config& before, const Config& now, std::vector<std::string>& notes) {
  for (const Setting& setting : kSettings) {
    const std::string old = setting.text(before);
    const std::string text = setting.text(now);
    if (old == text) continue;
    notes.push_back("~ " + std::string(setting.name) + ": " + Cut(old) + " → " + Cut(text) +
                    (setting.at_next_start ? ", at the next start" : ""));
  }
}

std::vector<std::string> JsonOf(const std::vector<Node>& documents) {
  std::vector<std::string> texts;
  texts.reserve(documents.size());
  for (const Node& document : documents) texts.push_back(ToJson(document));
  return texts;
}

std::string DifferencesOfUser(const DeclaredUser& before, const DeclaredUser& now, bool with_proofs) {
  std::string names;
  const auto add = [&](bool differs, const char* name) {
    if (differs) names += (names.empty() ? "" : ", ") + std::string(name);
  };
  add(JsonOf(before.documents) != JsonOf(now.documents), "policies");
  if (!with_proofs) return names;
  const UserCredential& a = before.credential;
  const UserCredential& b = now.credential;
  add(a.password != b.password || a.password_hash != b.password_hash, "password");
  add(a.curve_key != b.curve_key, "key");
  return names;
}

void AddUsers(const Config& before, const Config& now, bool with_proofs, std::vector<std::string>& notes) {
  std::map<std::string, const DeclaredUser*> old;
  for (const DeclaredUser& user : before.users) old.emplace(user.credential.login, &user);
  for (const DeclaredUser& user : now.users) {
    const auto found = old.find(user.credential.login);
    if (found == old.end()) {
      notes.push_back("+ user " + user.credential.login);
      continue;
    }
    const std::string differences = DifferencesOfUser(*found->second, user, with_proofs);
    if (!differences.empty()) notes.push_back("~ user " + user.credential.login + ": " + differences);
    old.erase(found);
  }
  for (const auto& [login, user] : old) notes.push_back("- user " + login);
}

// A grant as one line: the statement that it adds.
std::string LineOf(const CompiledGrant& grant, const Labels& labels) {
  const Node* statement = grant.document.Find("Statement");
  if (statement != nullptr && statement->IsList() && statement->items.size() == 1) statement = &statement->items[0];
  return labels.Of(grant.resource) + ": " + Cut(ToJson(statement == nullptr ? grant.document : *statement));
}

void AddGrants(const Config& before, const Config& now, const Labels& labels, std::vector<std::string>& notes) {
  using Key = std::pair<ResourceName, std::string>;
  const auto key_of = [](const CompiledGrant& grant) { return Key(grant.resource, ToJson(grant.document)); };
  std::multiset<Key> old;
  for (const CompiledGrant& grant : before.grants) old.insert(key_of(grant));
  for (const CompiledGrant& grant : now.grants) {
    if (const auto found = old.find(key_of(grant)); found != old.end()) {
      old.erase(found);
    } else {
      notes.push_back("+ grant on " + LineOf(grant, labels));
    }
  }
  for (const CompiledGrant& grant : before.grants) {
    const auto found = old.find(key_of(grant));
    if (found == old.end()) continue;
    old.erase(found);
    notes.push_back("- grant on " + LineOf(grant, labels));
  }
}

}  // namespace

std::string Labels::Of(const ResourceName& resource) const {
  const DeclaredAccount* account = FindAccount(now_, resource.account);
  if (account == nullptr) account = FindAccount(before_, resource.account);
  return std::string(NameOf(resource.kind)) + " " + (account == nullptr ? resource.account : account->name) + "/" +
         resource.name + (resource.region == now_.region ? "" : " in " + resource.region);
}

std::string Labels::Of(const ResourceName& topic, const ResourceName& queue) const {
  return "subscription of " + Of(queue) + " to " + Of(topic);
}

std::string Differences(const Attributes& before, const Attributes& now, const Attributes& before_in_force,
                        const Attributes& now_in_force) {
  std::set<std::string> names;
  for (const auto& [name, value] : before) names.insert(name);
  for (const auto& [name, value] : now) names.insert(name);
  std::string out;
  for (const std::string& name : names) {
    const auto old = ValueOf(name, before, before_in_force);
    const auto value = ValueOf(name, now, now_in_force);
    if (old == value) continue;
    out += (out.empty() ? "" : ", ") + name + " " + (old ? Shown(*old) : "none") + " → " +
           (value ? Shown(*value) : "none");
  }
  return out;
}

std::vector<std::string> ChangesBeside(const Config& before, const Config& now, const Labels& labels,
                                       bool with_proofs) {
  std::vector<std::string> notes;
  AddUsers(before, now, with_proofs, notes);
  AddGrants(before, now, labels, notes);
  AddSettings(before, now, notes);
  return notes;
}

}  // namespace hub::core
