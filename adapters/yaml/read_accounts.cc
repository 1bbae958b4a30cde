// The top-level key `accounts`: ids, topics and queues. Users and dead letters follow once everything is declared.
#include <algorithm>

#include "adapters/yaml/draft.h"
#include "adapters/yaml/keys.h"
#include "adapters/yaml/policies.h"
#include "adapters/yaml/section.h"
#include "hub/base/limits.h"
#include "hub/base/tags.h"

namespace adapters::yaml {
namespace {

using hub::Kind;
using hub::Node;

constexpr std::size_t kAccountNameBytesMax = 64;

bool IsAccountName(std::string_view name) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto is_known = [&](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
  };
  return !name.empty() && name.size() <= kAccountNameBytesMax && std::all_of(name.begin(), name.end(), is_known) &&
         !std::all_of(name.begin(), name.end(), is_digit);
}

void CheckName(const hub::Member& member, const std::string& path, Kind kind, Report& report) {
  const std::string word(NameOf(kind));
  if (!hub::IsResourceName(kind, member.key)) {
    report.Mistake(member.key_place, path + " is not a name for a " + word + ". Use letters, digits, hyphens and " +
                                         "underscores, " + (kind == Kind::kQueue ? "1 to 80." : "1 to 256."));
  }
}

void Declare(const hub::ResourceName& name, const std::string& account_name, const hub::Place& place, Draft& draft) {
  draft.resources[std::string(NameOf(name.kind)) + "/" + name.name].push_back({name, account_name, place});
}

// High throughput needs the scope that it works within.
void CheckThroughput(Section& section, const Attributes& attributes) {
  const auto is = [&](std::string_view name, std::string_view value) {
    const auto found = attributes.find(name);
    return found != attributes.end() && found->second == value;
  };
  const bool scope_is_wrong =  // And has been reported.
      !attributes.contains("DeduplicationScope") && section.Take("deduplication_scope") != nullptr;
  if (!is("FifoThroughputLimit", "perMessageGroupId") || is("DeduplicationScope", "messageGroup") || scope_is_wrong) {
    return;
  }
  section.Wrong("fifo_throughput_limit",
                " is message_group without deduplication_scope: message_group. Write that as well, or "
                "fifo_throughput_limit: queue.");
}

void ReadTags(Section& section, hub::Tags& tags) {
  const Node* node = section.Take("tags");
  if (node == nullptr) return;
  const Section named(*node, section.PathOf("tags"), section.report());
  for (const hub::Member& member : named.Members()) {
    const auto value = TextOf(member.value, named.PathOf(member.key), section.report());
    if (!value) continue;
    if (const auto checked = hub::CheckTags({{member.key, *value}}); !checked) {
      section.report().Mistake(member.key_place,
                               named.PathOf(member.key) + " is not a tag: " + checked.error().message);
    }
    tags.emplace(member.key, *value);
  }
  if (tags.size() > hub::kTagsMax) {
    section.Wrong("tags",
                  " are " + std::to_string(tags.size()) + ". Write " + std::to_string(hub::kTagsMax) + " at most.");
  }
}

void ReadQueue(const hub::Member& member, const std::string& path, const hub::core::DeclaredAccount& account,
               Draft& draft) {
  CheckName(member, path, Kind::kQueue, draft.report);
  hub::core::DeclaredQueue queue;
  queue.name = {account.id, draft.config->region, Kind::kQueue, member.key};
  queue.place = member.key_place;

  Section section(member.value, path, draft.report);
  ReadAttributes(section, Owner::kQueue, member.key, queue.attributes);
  CheckThroughput(section, queue.attributes);
  ReadTags(section, queue.tags);
  const Node* dead_letter = section.Take("dead_letter");
  const Node* redrive_allow = section.Take("redrive_allow");
  if (const Node* policy = section.Take("policy")) {
    queue.policy = *policy;
    CheckResourcePolicy(*policy, queue.name, section.PathOf("policy"), draft.report);
  }
  section.RefuseUnknownKeys();

  Declare(queue.name, account.name, member.key_place, draft);
  if (dead_letter != nullptr) {
    draft.pending_dead_letters.push_back(
        {draft.config->queues.size(), account.name, dead_letter, section.PathOf("dead_letter")});
  }
  if (redrive_allow != nullptr) {
    draft.pending_redrive_allows.push_back(
        {draft.config->queues.size(), redrive_allow, section.PathOf("redrive_allow")});
  }
  draft.config->queues.push_back(std::move(queue));
}

void ReadTopic(const hub::Member& member, const std::string& path, const hub::core::DeclaredAccount& account,
               Draft& draft) {
  CheckName(member, path, Kind::kTopic, draft.report);
  hub::core::DeclaredTopic topic;
  topic.name = {account.id, draft.config->region, Kind::kTopic, member.key};
  topic.place = member.key_place;
  Section section(member.value, path, draft.report);
  ReadAttributes(section, Owner::kTopic, member.key, topic.attributes);
  ReadTags(section, topic.tags);
  if (const Node* policy = section.Take("policy")) {
    topic.policy = *policy;
    CheckResourcePolicy(*policy, topic.name, section.PathOf("policy"), draft.report);
  }
  section.RefuseUnknownKeys();
  Declare(topic.name, account.name, member.key_place, draft);
  draft.config->topics.push_back(std::move(topic));
}

std::string ReadAccountId(Section& section, const std::string& name, Draft& draft) {
  constexpr std::string_view kExample = "id: \"111111111111\"";
  const Node* node = section.Take("id");
  if (node == nullptr) {
    section.Missing("id", std::string(kExample) + ", with twelve digits of its own");
    return "";
  }
  if (!node->IsScalar() || !hub::IsAccountId(node->text)) {
    section.Wrong("id", " is not an account id: " + Describe(*node) + ". Write twelve digits in quotes, such as " +
                            std::string(kExample) + ".");
    return "";
  }
  const auto [owner, is_new] = draft.account_names.emplace(node->text, name);
  if (!is_new) {
    section.Wrong("id", " is the id of accounts." + owner->second + " as well: \"" + node->text +
                            "\". Give each account its own.");
  }
  return node->text;
}

void ReadAccount(const hub::Member& member, Draft& draft) {
  const std::string path = "accounts." + member.key;
  if (!IsAccountName(member.key)) {
    draft.report.Mistake(member.key_place, path +
                                               " is not a name for an account. Use letters, digits, hyphens and "
                                               "underscores, 1 to 64, and not digits alone.");
  }
  Section section(member.value, path, draft.report);
  const hub::core::DeclaredAccount account{
      .id = ReadAccountId(section, member.key, draft), .name = member.key, .place = member.key_place};
  const std::size_t index = draft.config->accounts.size();
  draft.config->accounts.push_back(account);
  draft.accounts.emplace(account.name, index);

  const auto each = [&](std::string_view key, const auto& read) {
    const Node* node = section.Take(key);
    if (node == nullptr) return;
    const Section named(*node, section.PathOf(key), draft.report);
    for (const hub::Member& entry : named.Members()) read(entry, named.PathOf(entry.key));
  };
  each("users", [&](const hub::Member& user, const std::string& user_path) {
    draft.users.insert(account.name + "/" + user.key);
    draft.pending_users.push_back({index, user.key, &user.value, user_path, user.key_place});
  });
  each("topics",
       [&](const hub::Member& topic, const std::string& topic_path) { ReadTopic(topic, topic_path, account, draft); });
  each("queues",
       [&](const hub::Member& queue, const std::string& queue_path) { ReadQueue(queue, queue_path, account, draft); });
  section.RefuseUnknownKeys();
}

}  // namespace

void ReadAccounts(const Node* node, Draft& draft) {
  if (node == nullptr) return;
  const Section section(*node, "accounts", draft.report);
  for (const hub::Member& member : section.Members()) ReadAccount(member, draft);
}

}  // namespace adapters::yaml
