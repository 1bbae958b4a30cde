// The key `users` of accounts: proofs of identity, and what a user may do.
#include <algorithm>
#include <array>
#include <cstdint>
#include <map>

#include "adapters/yaml/actions.h"
#include "adapters/yaml/draft.h"
#include "adapters/yaml/policies.h"
#include "adapters/yaml/references.h"
#include "adapters/yaml/section.h"

namespace adapters::yaml {
namespace {

using hub::Kind;
using hub::Node;

constexpr std::size_t kUserNameBytesMax = 64;
constexpr std::size_t kPasswordBytesMax = 255;  // What a PLAIN handshake can carry.
constexpr std::size_t kKeyBytes = 40;

bool IsUserName(std::string_view name) {
  return !name.empty() && name.size() <= kUserNameBytesMax && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_+=,.@-").find(c) != std::string_view::npos;
  });
}

// Five characters of Z85 (ZeroMQ RFC 32) stand for four bytes; not every five do.
bool IsZ85Key(std::string_view text) {
  constexpr std::string_view kAlphabet =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";
  if (text.size() != kKeyBytes) return false;
  for (std::size_t i = 0; i < text.size(); i += 5) {
    std::uint64_t value = 0;
    for (const char c : text.substr(i, 5)) {
      const std::size_t digit = kAlphabet.find(c);
      if (digit == std::string_view::npos) return false;
      value = value * kAlphabet.size() + digit;
    }
    if (value > UINT32_MAX) return false;
  }
  return true;
}

void ReadProofs(Section& section, hub::core::DeclaredUser& user, Draft& draft) {
  hub::core::UserCredential& credential = user.credential;
  if (const auto password = section.Text("password")) {
    credential.password = *password;
    if (password->empty() || password->size() > kPasswordBytesMax) {
      section.Wrong("password", " has " + std::to_string(password->size()) + " bytes. Write 1 to " +
                                    std::to_string(kPasswordBytesMax) + ".");
    }
  }
  if (const auto hash = section.Text("password_hash")) {
    credential.password_hash = *hash;
    if (!hash->starts_with("$argon2id$")) {
      section.Wrong("password_hash", " is not an argon2id hash. Write what `penstock hash-password` prints.");
    } else if (!credential.password.empty()) {
      section.Wrong("password_hash", " stands beside a password. Keep one of the two.");
    }
  }
  if (const auto key = section.Text("curve_key")) {
    credential.curve_key = *key;
    if (!IsZ85Key(*key)) {
      section.Wrong("curve_key",
                    " is not a public key: \"" + *key +
                        "\". Write the 40 characters (Z85) of a public key, as `penstock keys` prints it.");
    } else if (const auto [owner, is_new] = draft.curve_keys.emplace(*key, credential.login); !is_new) {
      section.Wrong("curve_key", " is the key of user " + owner->second + " as well: \"" + *key +
                                     "\". Give each user a key of its own.");
    }
  }
  const auto is_absent = [&](std::string_view key) { return section.Take(key) == nullptr; };
  if (is_absent("password") && is_absent("password_hash") && is_absent("curve_key")) {
    draft.report.Warning(user.place,
                         section.path() + " has no password, password_hash or curve_key: nobody can be this user.");
  }
}

// {do: [publish], on: topic/orders}: one statement per kind of resource.
void ReadMay(const Node& node, const std::string& path, std::vector<Allowance>& allowances, Draft& draft) {
  Section section(node, path, draft.report);
  const Node* words = section.Take("do");
  const Node* on = section.Take("on");
  section.RefuseUnknownKeys();
  if (words == nullptr) section.Missing("do", "do: [publish]");
  if (on == nullptr) section.Missing("on", "on: topic/NAME or queue/NAME");
  if (words == nullptr || on == nullptr) return;

  std::map<Kind, std::vector<std::string>> resources;
  for (const auto& [item, item_path] : ItemsOf(on, section.PathOf("on"))) {
    if (const auto name = Resolve(*item, item_path, std::nullopt, draft)) resources[name->kind].push_back(ArnOf(*name));
  }
  for (auto& [kind, arns] : resources) {
    std::vector<std::string> actions = ReadActions(words, section.PathOf("do"), kind, draft.report);
    if (!actions.empty())
      allowances.push_back({.principal = {}, .actions = actions, .resources = arns, .source_arn = ""});
  }
}

void ReadUser(const PendingUser& pending, Draft& draft) {
  const hub::core::DeclaredAccount& account = draft.config->accounts[pending.account];
  hub::core::DeclaredUser user;
  user.place = pending.place;
  user.credential.account = account.id;
  user.credential.user = pending.name;
  user.credential.login = account.name + "/" + pending.name;
  if (!IsUserName(pending.name)) {
    draft.report.Mistake(pending.place,
                         pending.path + " is not a name for a user. Use letters, digits and _+=,.@-, 1 to 64.");
  }
  Section section(*pending.node, pending.path, draft.report);
  ReadProofs(section, user, draft);

  const std::string label = "user " + user.credential.login;
  const auto add = [&](const Node& document, const std::string& path) {
    auto policy = CompilePolicy(document, hub::policy::Role::kIdentity, path, label, draft.report);
    if (!policy) return;
    user.policies.push_back(std::move(policy));
    user.documents.push_back(document);
    draft.user_documents.push_back({label, document});
  };
  for (const auto& [item, path] : ItemsOf(section.Take("policies"), section.PathOf("policies"))) add(*item, path);
  std::vector<Allowance> allowances;
  const Node* may = section.Take("may");
  for (const auto& [item, path] : ItemsOf(may, section.PathOf("may"))) ReadMay(*item, path, allowances, draft);
  if (!allowances.empty()) add(DocumentOf(allowances, may->place), section.PathOf("may"));
  section.RefuseUnknownKeys();
  draft.config->users.push_back(std::move(user));
}

}  // namespace

void ReadUsers(Draft& draft) {
  for (const PendingUser& pending : draft.pending_users) ReadUser(pending, draft);
}

}  // namespace adapters::yaml
