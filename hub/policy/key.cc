#include "hub/policy/key.h"

#include "hub/policy/text.h"

namespace hub::policy {
namespace {

struct Derived {
  std::string_view name;
  Key::Source source;
};

constexpr Derived kDerived[] = {
    {"aws:PrincipalAccount", Key::Source::kPrincipalAccount},
    {"aws:PrincipalArn", Key::Source::kPrincipalArn},
    {"aws:PrincipalIsAWSService", Key::Source::kPrincipalIsAwsService},
    {"aws:PrincipalServiceName", Key::Source::kPrincipalServiceName},
    {"aws:PrincipalServiceNamesList", Key::Source::kPrincipalServiceNamesList},
    {"aws:PrincipalType", Key::Source::kPrincipalType},
    {"aws:RequestedRegion", Key::Source::kRequestedRegion},
    {"aws:ResourceAccount", Key::Source::kResourceAccount},
    {"aws:userid", Key::Source::kUserId},
    {"aws:username", Key::Source::kUserName},
    {"aws:ViaAWSService", Key::Source::kViaAwsService},
};

constexpr std::string_view kTellTime[] = {"aws:CurrentTime", "aws:EpochTime", "aws:MultiFactorAuthAge", "aws:TokenAge"};

}  // namespace

std::optional<Key> ParseKey(std::string_view name) {
  const std::size_t colon = name.find(':');
  if (colon == 0 || colon == std::string_view::npos || colon + 1 == name.size()) return std::nullopt;
  // A tag's key, after the slash, may hold spaces.
  if (name.substr(0, name.find('/')).find_first_of(" \t\r\n,'{}$") != std::string_view::npos) return std::nullopt;
  Key key{.name = std::string(name)};
  for (const Derived& derived : kDerived) {
    if (IsSameKey(derived.name, name)) key.source = derived.source;
  }
  for (const std::string_view tells_time : kTellTime) key.tells_time |= IsSameKey(tells_time, name);
  return key;
}

bool IsSameKey(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  bool exact = false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (exact ? a[i] != b[i] : Lower(a[i]) != Lower(b[i])) return false;
    exact |= a[i] == '/';
  }
  return true;
}

}  // namespace hub::policy
