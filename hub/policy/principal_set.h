// The principals that a statement of a resource policy names, or, as NotPrincipal, leaves out.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/result.h"
#include "hub/policy/principal.h"

namespace hub::policy {

enum class Effect : std::uint8_t { kAllow, kDeny };

// How a statement covers a request, from less to more.
enum class Match : std::uint8_t {
  kNo,
  kAccount,  // It names the caller's account, which only leaves the matter to that account's own policies.
  kDirect,
};

class PrincipalSet {
 public:
  // One value under AWS or Service. Fail with kInvalidArgument and the remedy.
  [[nodiscard]] Result<void> AddAws(std::string_view value);
  [[nodiscard]] Result<void> AddService(std::string_view value);
  void AddEverybody() { everybody_ = true; }

  // After the last Add: sorts, so that Find is quick.
  void Finish(bool is_not_principal);

  // NotPrincipal is taken in the safe sense: a Deny spares only a caller whose ARN and account are both listed; an
  // Allow admits only a caller neither of whose names is.
  Match Find(const Principal& principal, Effect effect) const;

  bool is_not_principal() const { return is_not_principal_; }
  bool everybody() const { return everybody_; }
  const std::vector<std::string>& arns() const { return arns_; }
  const std::vector<std::string>& accounts() const { return accounts_; }
  const std::vector<std::string>& services() const { return services_; }

 private:
  Match FindExcept(const Principal& principal, Effect effect) const;

  bool is_not_principal_ = false;
  bool everybody_ = false;
  std::vector<std::string> arns_;
  std::vector<std::string> accounts_;
  std::vector<std::string> services_;
};

}  // namespace hub::policy
