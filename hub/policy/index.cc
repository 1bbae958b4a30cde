#include "hub/policy/index.h"

#include <algorithm>
#include <bit>
#include <tuple>

namespace hub::policy {

StatementIndex::StatementIndex(const std::vector<std::shared_ptr<const Policy>>& policies, Role role) : role_(role) {
  std::vector<const Statement*> statements;
  for (const auto& policy : policies) {
    for (const Statement& statement : policy->statements()) statements.push_back(&statement);
  }
  if (statements.size() <= kScanMax) {
    for (const Statement* statement : statements) entries_.push_back(EntryOf(kEverybody, kAnyAction, *statement));
    return;
  }
  for (const Statement* statement : statements) {
    const auto scopes = role == Role::kIdentity ? ResourceScopesOf(*statement) : PrincipalScopesOf(*statement);
    const auto actions = ActionsOf(*statement);
    for (const std::uint64_t scope : scopes) {
      for (const std::uint64_t action : actions) entries_.push_back(EntryOf(scope, action, *statement));
    }
  }
  LinkPrefixes();
  FillSlots();
}

StatementIndex::Entry StatementIndex::EntryOf(std::uint64_t scope, std::uint64_t action, const Statement& statement) {
  Entry entry{.scope = scope, .action = action, .statement = &statement};
  entry.ahead[0] = statement.actions.data();
  entry.ahead[1] = statement.resources.data();
  if (!statement.principals.arns().empty()) {
    entry.ahead[2] = statement.principals.arns()[0].data();
  } else if (!statement.resources.empty()) {
    entry.ahead[2] = statement.resources[0].LiteralPrefix().data();
  }
  return entry;
}

void StatementIndex::FillSlots() {
  // Stable: of several statements that allow, the first written is the one that explanations name.
  std::stable_sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
    return std::tie(a.scope, a.action) < std::tie(b.scope, b.action);
  });
  std::size_t scopes = 0;
  for (std::size_t i = 0; i < entries_.size(); ++i) scopes += i == 0 || entries_[i].scope != entries_[i - 1].scope;
  slots_.resize(std::bit_ceil(2 * scopes + 1));
  for (std::size_t i = 0; i < entries_.size();) {
    const std::size_t begin = i;
    while (i < entries_.size() && entries_[i].scope == entries_[begin].scope) ++i;
    slots_[SlotOf(entries_[begin].scope)] = {.scope = entries_[begin].scope,
                                             .begin = static_cast<std::uint32_t>(begin),
                                             .end = static_cast<std::uint32_t>(i)};
  }
}

std::size_t StatementIndex::SlotOf(std::uint64_t scope) const {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = scope & mask;; i = (i + 1) & mask) {
    if (slots_[i].end == 0 || slots_[i].scope == scope) return i;
  }
}

std::vector<std::uint64_t> StatementIndex::ActionsOf(const Statement& statement) {
  std::vector<std::uint64_t> actions;
  if (statement.not_action || statement.actions.size() > kActionsMax) return {kAnyAction};
  for (const ActionPattern& pattern : statement.actions) {
    const auto hash = pattern.ExactHash();
    if (!hash) return {kAnyAction};
    actions.push_back(*hash);
  }
  return actions;
}

std::vector<std::uint64_t> StatementIndex::PrincipalScopesOf(const Statement& statement) {
  const PrincipalSet& principals = statement.principals;
  if (!statement.names_principals || principals.is_not_principal() || principals.everybody()) return {kEverybody};
  std::vector<std::uint64_t> scopes;
  for (const auto* names : {&principals.arns(), &principals.accounts(), &principals.services()}) {
    for (const std::string& name : *names) scopes.push_back(Hash(name));
  }
  return scopes;
}

std::vector<std::uint64_t> StatementIndex::ResourceScopesOf(const Statement& statement) {
  std::vector<std::uint64_t> scopes;
  const auto add_prefix = [&](std::string_view text) {
    scopes.push_back(PrefixScope(text));
    prefixes_.push_back({.text = std::string(text), .scope = scopes.back()});
  };
  if (statement.not_resource) {
    add_prefix("");
    return scopes;
  }
  for (const Pattern& resource : statement.resources) {
    if (resource.IsLiteral()) {
      scopes.push_back(Hash(resource.LiteralPrefix()));
    } else {
      add_prefix(resource.LiteralPrefix());
    }
  }
  std::sort(scopes.begin(), scopes.end());
  scopes.erase(std::unique(scopes.begin(), scopes.end()), scopes.end());
  return scopes;
}

void StatementIndex::LinkPrefixes() {
  const auto by_text = [](const Prefix& a, const Prefix& b) { return a.text < b.text; };
  const auto same_text = [](const Prefix& a, const Prefix& b) { return a.text == b.text; };
  std::sort(prefixes_.begin(), prefixes_.end(), by_text);
  prefixes_.erase(std::unique(prefixes_.begin(), prefixes_.end(), same_text), prefixes_.end());
  for (std::size_t i = 1; i < prefixes_.size(); ++i) {
    std::size_t parent = i - 1;
    while (parent != kNone && !prefixes_[i].text.starts_with(prefixes_[parent].text)) parent = prefixes_[parent].parent;
    prefixes_[i].parent = parent;
  }
}

// The greatest prefix that is not after `text` begins with the longest one sought, or is it: whatever sorts between a
// prefix of `text` and `text` begins with that prefix too.
std::size_t StatementIndex::LongestPrefix(std::string_view text) const {
  const auto after =
      std::upper_bound(prefixes_.begin(), prefixes_.end(), text,
                       [](std::string_view wanted, const Prefix& prefix) { return wanted < prefix.text; });
  if (after == prefixes_.begin()) return kNone;
  std::size_t i = static_cast<std::size_t>(after - prefixes_.begin()) - 1;
  while (i != kNone && !text.starts_with(prefixes_[i].text)) i = prefixes_[i].parent;
  return i;
}

}  // namespace hub::policy
