// The word that somebody probably meant.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace hub::policy {

// The known word closest to `word`, ignoring case, or "" when none is close enough to be a slip of the pen.
std::string_view Nearest(std::string_view word, std::span<const std::string_view> known);

// `Did you mean "Resource"?`, or `Write one of: ...` when no known word is near.
std::string Suggestion(std::string_view word, std::span<const std::string_view> known);

}  // namespace hub::policy
