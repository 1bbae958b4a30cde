#include "topics/wildcard.h"

namespace topics {

bool Wildcard::Matches(std::string_view text) const {
  if (Stars() == 0) return text == pieces_.front();
  if (!text.starts_with(pieces_.front())) return false;
  text.remove_prefix(pieces_.front().size());
  if (!text.ends_with(pieces_.back())) return false;
  text.remove_suffix(pieces_.back().size());
  // Each inner piece at its first occurrence: that leaves the most for those after it.
  for (std::size_t i = 1; i + 1 < pieces_.size(); ++i) {
    const std::size_t at = text.find(pieces_[i]);
    if (at == std::string_view::npos) return false;
    text.remove_prefix(at + pieces_[i].size());
  }
  return true;
}

hub::Result<Wildcard> ParseWildcard(std::string_view text) {
  const auto refuse = [](std::string why) { return hub::Fail(hub::Code::kInvalidArgument, std::move(why)); };
  Wildcard wildcard;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '*') {
      if (i > 0 && wildcard.Stars() > 0 && wildcard.pieces_.back().empty()) {
        return refuse("Consecutive wildcard characters at pos " + std::to_string(i));  // Of the first.
      }
      wildcard.pieces_.emplace_back();
      continue;
    }
    if (text[i] == '\\') {
      ++i;
      if (i == text.size() || (text[i] != '*' && text[i] != '\\')) {
        return refuse("Invalid escape character at pos " + std::to_string(i));
      }
    }
    wildcard.pieces_.back().push_back(text[i]);
  }
  if (wildcard.Stars() > kWildcardStarsMax) {
    return refuse("wildcard match pattern can not have more than " + std::to_string(kWildcardStarsMax) +
                  " wildcard characters");
  }
  return wildcard;
}

}  // namespace topics
