// The name of a condition key, such as aws:SourceArn or aws:RequestTag/Team.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hub::policy {

struct Key {
  // What follows from the verified principal and the resource is never read from a context, so that no endpoint can get
  // it wrong and no client can forge it.
  enum class Source : std::uint8_t {
    kContext,
    kPrincipalAccount,
    kPrincipalArn,
    kPrincipalIsAwsService,
    kPrincipalServiceName,
    kPrincipalServiceNamesList,
    kPrincipalType,
    kRequestedRegion,
    kResourceAccount,
    kUserId,
    kUserName,
    kViaAwsService,
  };

  std::string name;  // As written.
  Source source = Source::kContext;
  bool tells_time = false;  // Its value changes by itself: a decision that looked at it must not be kept.
};

// Nothing unless `name` has the form prefix:name without spaces.
std::optional<Key> ParseKey(std::string_view name);

// Names of keys are compared without regard to case, but what follows a slash (the key of a tag) exactly.
bool IsSameKey(std::string_view a, std::string_view b);

}  // namespace hub::policy
