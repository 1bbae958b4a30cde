#include "adapters/aws/text.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "hub/base/text.h"

namespace adapters::aws {

std::size_t CharacterBytes(std::string_view text) {
  const auto at = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const unsigned first = at(0);
  if (first < 0x80) return first >= 0x20 || first == '\t' || first == '\n' || first == '\r' ? 1 : 0;
  const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4) return 0;
  unsigned point = first & (0xffU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if ((at(i) & 0xc0U) != 0x80) return 0;
    point = point << 6 | (at(i) & 0x3fU);
  }
  const bool is_overlong = (size == 3 && point < 0x800) || (size == 4 && point < 0x10000);
  const bool is_surrogate = point >= 0xd800 && point < 0xe000;
  return is_overlong || is_surrogate || point > 0x10ffff || point == 0xfffe || point == 0xffff ? 0 : size;
}

std::string LowerBoolean(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  return lower == "true" || lower == "false" ? lower : std::string(text);
}

void CleanText(std::string& text) {
  if (hub::IsText(text)) return;
  const std::string_view all = text;
  std::string out;
  out.reserve(all.size());
  for (std::size_t i = 0; i < all.size();) {
    const std::size_t bytes = CharacterBytes(all.substr(i));
    out.append(bytes == 0 ? kReplacement : all.substr(i, bytes));
    i += bytes == 0 ? 1 : bytes;
  }
  text = std::move(out);
}

}  // namespace adapters::aws
