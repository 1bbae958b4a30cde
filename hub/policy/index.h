// Finds the few statements that may cover a request among thousands.
//
// Only a sieve: it may bring statements that do not cover the request, never leaves out one that does. Whoever asks
// checks each with Statement::Covers. Keys are hashes, so that looking up allocates nothing.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "hub/policy/policy.h"
#include "hub/policy/text.h"

namespace hub::policy {

class StatementIndex {
 public:
  // Identity policies of one principal are sought by resource, the policies of one resource by principal; both also by
  // action. The statements must outlive the index.
  StatementIndex(const std::vector<std::shared_ptr<const Policy>>& policies, Role role);

  // Calls `visit(const Statement&)` until it returns false; perhaps twice for the same statement.
  template <typename Visitor>
  void Visit(const Request& request, Visitor&& visit) const;

 private:
  static constexpr std::size_t kScanMax = 8;  // So few statements are quicker looked at one by one.
  static constexpr std::size_t kRunMax = 16;  // Longer runs are searched by halving.
  static constexpr std::size_t kActionsMax = 64;
  static constexpr std::uint64_t kAnyAction = 0;
  static constexpr std::uint64_t kEverybody = 1;  // The scope of statements that every principal may concern.
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  // Resources with wildcards hang on their text before the first wildcard. Sorted by text; `parent` is the longest
  // other prefix that this one begins with, so that all prefixes of a text lie on one chain.
  struct Prefix {
    std::string text;
    std::uint64_t scope = 0;
    std::size_t parent = kNone;
  };

  // A statement under one scope and one action (or kAnyAction).
  struct Entry {
    std::uint64_t scope = 0;
    std::uint64_t action = kAnyAction;
    const Statement* statement = nullptr;
    // What the statement will read, fetched side by side: among thousands each lies in far memory.
    std::array<const void*, 3> ahead{};

    void Prefetch() const {
      __builtin_prefetch(statement);
      for (const void* address : ahead) __builtin_prefetch(address);
    }
  };

  // Where in `entries_` the run of a scope lies; `end` 0: a free slot.
  struct Slot {
    std::uint64_t scope = 0;
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
  };

  static std::uint64_t Hash(std::string_view text) { return std::hash<std::string_view>()(text); }
  static std::uint64_t PrefixScope(std::string_view prefix) { return Hash(prefix) * 0x9e3779b97f4a7c15u + 2; }

  static Entry EntryOf(std::uint64_t scope, std::uint64_t action, const Statement& statement);
  static std::vector<std::uint64_t> ActionsOf(const Statement& statement);
  static std::vector<std::uint64_t> PrincipalScopesOf(const Statement& statement);
  std::vector<std::uint64_t> ResourceScopesOf(const Statement& statement);
  void LinkPrefixes();
  void FillSlots();
  std::size_t SlotOf(std::uint64_t scope) const;  // Its slot, or the free one where it would lie.
  std::size_t LongestPrefix(std::string_view text) const;

  // Whether to go on.
  template <typename Visitor>
  bool VisitScope(std::uint64_t scope, std::uint64_t action, Visitor&& visit) const;
  template <typename Visitor>
  bool VisitRun(const Entry* begin, const Entry* end, std::uint64_t action, Visitor&& visit) const;

  Role role_;
  std::vector<Entry> entries_;  // Sorted by scope and action; few: one for each statement, as written.
  std::vector<Slot> slots_;     // Open addressing; a power of two, at least twice as many as scopes.
  std::vector<Prefix> prefixes_;
};

template <typename Visitor>
void StatementIndex::Visit(const Request& request, Visitor&& visit) const {
  if (slots_.empty()) {
    for (const Entry& entry : entries_) {
      entry.Prefetch();
      if (!visit(*entry.statement)) return;
    }
    return;
  }
  const std::uint64_t action = HashIgnoreCase(request.action);
  if (role_ == Role::kIdentity) {
    if (!VisitScope(Hash(request.resource), action, visit)) return;
    for (std::size_t i = LongestPrefix(request.resource); i != kNone; i = prefixes_[i].parent) {
      if (!VisitScope(prefixes_[i].scope, action, visit)) return;
    }
    return;
  }
  const Principal& principal = request.principal;
  if (!VisitScope(kEverybody, action, visit)) return;
  for (const std::string* name : {&principal.arn, &principal.account, &principal.service}) {
    if (!name->empty() && !VisitScope(Hash(*name), action, visit)) return;
  }
}

template <typename Visitor>
bool StatementIndex::VisitScope(std::uint64_t scope, std::uint64_t action, Visitor&& visit) const {
  const Slot& slot = slots_[SlotOf(scope)];
  if (slot.end == 0) return true;
  const Entry* const begin = entries_.data() + slot.begin;
  const Entry* const end = entries_.data() + slot.end;
  if (slot.end - slot.begin <= kRunMax) {
    for (const Entry* entry = begin; entry != end; ++entry) {
      if (entry->action != action && entry->action != kAnyAction) continue;
      entry->Prefetch();
      if (!visit(*entry->statement)) return false;
    }
    return true;
  }
  return VisitRun(begin, end, action, visit) && VisitRun(begin, end, kAnyAction, visit);
}

template <typename Visitor>
bool StatementIndex::VisitRun(const Entry* begin, const Entry* end, std::uint64_t action, Visitor&& visit) const {
  const auto before = [](const Entry& entry, std::uint64_t wanted) { return entry.action < wanted; };
  for (const Entry* entry = std::lower_bound(begin, end, action, before); entry != end && entry->action == action;
       ++entry) {
    entry->Prefetch();
    if (!visit(*entry->statement)) return false;
  }
  return true;
}

}  // namespace hub::policy
