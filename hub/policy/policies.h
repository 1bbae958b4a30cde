// All policies in force, and the decision.
//
//   explicit deny anywhere ──▶ denied
//   own account:    resource's policy names the caller ──▶ allowed; else the caller's own policies must allow it
//   other account:  the resource's policy and the caller's own must both allow it
//   root user:      all of its own account
//   service, anonymous:  the resource's policy alone
//   else ──▶ denied
//
// Decide allocates nothing and, through the indexes, does not slow down with the number of statements. Not thread-safe:
// the engine thread owns it. Copies are cheap and share what they hold.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "hub/policy/decision.h"
#include "hub/policy/index.h"
#include "hub/policy/policy.h"
#include "hub/policy/request.h"

namespace hub::policy {

class Policies {
 public:
  // Attaches policies to a user, replacing those before; none removes. On the ARN of an account's root user only their
  // denials count, and only for the root user: what it may do needs no policy. All must have Role::kIdentity.
  void SetIdentity(std::string_view principal_arn, PolicyList policies);

  // Attaches policies to a resource, replacing those before; none removes. All must have Role::kResource.
  void SetResource(std::string_view resource_arn, PolicyList policies);

  // Puts another set in force as a whole; the generation moves on.
  void Replace(Policies next);

  Decision Decide(const Request& request) const;

  // Grows with each change, for caches of decisions.
  std::uint64_t generation() const { return generation_; }

 private:
  struct Attached {
    std::string arn;
    StatementIndex index;
    PolicyList policies;
  };

  // What one side says of a request.
  struct Side {
    const Statement* deny = nullptr;
    const Statement* allow = nullptr;
    Match match = Match::kNo;  // Of `allow`.
  };

  // By the hash of the ARN, which Attached repeats: looking up then reads one key, not a whole chain of them.
  using Map = std::unordered_multimap<std::uint64_t, std::shared_ptr<const Attached>>;

  static void Set(Map& map, std::string_view arn, PolicyList policies, Role role);
  static const Attached* Find(const Map& map, std::string_view arn);
  static Side Examine(const Attached* attached, const Request& request, bool& looked_at_time);
  static void Weigh(const Request& request, const Side& resource, const Side& identity, Decision& decision);

  Map identities_;
  Map resources_;
  std::uint64_t generation_ = 0;
};

}  // namespace hub::policy
