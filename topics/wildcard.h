// Patterns in which * stands for any run of bytes, such as "orders/*/eu". A backslash takes the special meaning from *
// and from itself.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/result.h"

namespace topics {

inline constexpr std::size_t kWildcardStarsMax = 3;

class Wildcard {
 public:
  bool Matches(std::string_view text) const;

  std::size_t Stars() const { return pieces_.size() - 1; }

  friend auto operator<=>(const Wildcard&, const Wildcard&) = default;

 private:
  friend hub::Result<Wildcard> ParseWildcard(std::string_view text);

  std::vector<std::string> pieces_ = {""};  // What stands before, between and after the stars.
};

// Fails with kInvalidArgument, in SNS's words: it counts characters from 1.
[[nodiscard]] hub::Result<Wildcard> ParseWildcard(std::string_view text);

}  // namespace topics
