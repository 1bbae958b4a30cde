#include "hub/policy/principal_set.h"

#include <algorithm>

#include "hub/base/arn.h"
#include "hub/base/names.h"
#include "hub/policy/text.h"

namespace hub::policy {
namespace {

bool Holds(const std::vector<std::string>& sorted, std::string_view text) {
  return !text.empty() && std::binary_search(sorted.begin(), sorted.end(), text);
}

// Users, roles and federated users of IAM, and sessions of STS, each with a name.
bool IsPrincipalResource(const Arn& arn) {
  const std::string_view resource = arn.resource;
  const auto names = [&](std::string_view kind) { return resource.starts_with(kind) && resource.size() > kind.size(); };
  if (arn.service == "iam") return names("user/") || names("role/");
  return arn.service == "sts" && (names("assumed-role/") || names("federated-user/"));
}

}  // namespace

Result<void> PrincipalSet::AddAws(std::string_view value) {
  if (value == "*") {
    everybody_ = true;
    return {};
  }
  if (IsAccountId(value)) {
    accounts_.emplace_back(value);
    return {};
  }
  if (value.find_first_of("*?") != std::string_view::npos) {
    return Fail(Code::kInvalidArgument,
                Quoted(value) +
                    " has a wildcard, which a principal may not have. Name each principal, or write \"*\" alone and a "
                    "Condition with ArnLike on aws:PrincipalArn.");
  }
  const auto arn = ParseArn(value);
  if (arn && arn->region.empty() && IsAccountId(arn->account)) {
    if (arn->service == "iam" && arn->resource == "root") {
      accounts_.push_back(arn->account);
      return {};
    }
    if (arn->service == "iam" && arn->resource.starts_with("group/")) {
      return Fail(Code::kInvalidArgument, Quoted(value) + " is a group, which cannot be a principal. Name its users.");
    }
    if (IsPrincipalResource(*arn)) {
      arns_.emplace_back(value);
      return {};
    }
  }
  return Fail(
      Code::kInvalidArgument,
      Quoted(value) +
          " is not a principal. Write the ARN of a user (arn:aws:iam::111111111111:user/name), the twelve digits "
          "of an account, or \"*\".");
}

Result<void> PrincipalSet::AddService(std::string_view value) {
  const bool is_host = value.find('.') != std::string_view::npos && value.front() != '.' && value.back() != '.' &&
                       value.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-.") == std::string_view::npos;
  if (!is_host) {
    return Fail(Code::kInvalidArgument,
                Quoted(value) + " is not a service. Write its host, such as \"sns.amazonaws.com\".");
  }
  services_.emplace_back(value);
  return {};
}

void PrincipalSet::Finish(bool is_not_principal) {
  is_not_principal_ = is_not_principal;
  std::sort(arns_.begin(), arns_.end());
  std::sort(accounts_.begin(), accounts_.end());
  std::sort(services_.begin(), services_.end());
}

Match PrincipalSet::Find(const Principal& principal, Effect effect) const {
  if (is_not_principal_) return FindExcept(principal, effect);
  if (everybody_) return Match::kDirect;
  switch (principal.kind) {
    case Principal::Kind::kAnonymous: return Match::kNo;
    case Principal::Kind::kService: return Holds(services_, principal.service) ? Match::kDirect : Match::kNo;
    case Principal::Kind::kUser:
    case Principal::Kind::kAccountRoot: break;
  }
  if (Holds(arns_, principal.arn)) return Match::kDirect;
  return Holds(accounts_, principal.account) ? Match::kAccount : Match::kNo;
}

Match PrincipalSet::FindExcept(const Principal& principal, Effect effect) const {
  const bool has_account = Holds(accounts_, principal.account);
  bool has_name = false;
  switch (principal.kind) {
    case Principal::Kind::kAnonymous: return Match::kDirect;
    case Principal::Kind::kService: return Holds(services_, principal.service) ? Match::kNo : Match::kDirect;
    case Principal::Kind::kUser: has_name = Holds(arns_, principal.arn); break;
    case Principal::Kind::kAccountRoot: has_name = has_account; break;
  }
  const bool spared = effect == Effect::kDeny ? has_name && has_account : has_name || has_account;
  return spared ? Match::kNo : Match::kDirect;
}

}  // namespace hub::policy
