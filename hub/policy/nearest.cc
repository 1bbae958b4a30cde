#include "hub/policy/nearest.h"

#include <algorithm>
#include <vector>

#include "hub/policy/text.h"

namespace hub::policy {
namespace {

constexpr std::size_t kWordMax = 64;  // Longer words are nobody's slip; the cost of the distance is quadratic.

// How many letters to insert, drop or change (Levenshtein).
std::size_t Distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = diagonal + (Lower(a[i - 1]) == Lower(b[j - 1]) ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, changed});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string_view Nearest(std::string_view word, std::span<const std::string_view> known) {
  if (word.size() > kWordMax) return "";
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string_view candidate : known) {
    const std::size_t distance = Distance(word, candidate);
    if (distance < best_distance) best = candidate, best_distance = distance;
  }
  return best;
}

std::string Suggestion(std::string_view word, std::span<const std::string_view> known) {
  if (const std::string_view nearest = Nearest(word, known); !nearest.empty()) {
    return "Did you mean " + Quoted(nearest) + "?";
  }
  std::string text = "Write one of: ";
  for (std::size_t i = 0; i < known.size(); ++i) text.append(i == 0 ? "" : ", ").append(known[i]);
  return text + ".";
}

}  // namespace hub::policy
