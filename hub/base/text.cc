#include "hub/base/text.h"

#include <algorithm>

#include "hub/base/json.h"

namespace hub {

bool IsText(std::string_view text) {
  if (!IsUtf8(text)) return false;  // Which has no surrogates.
  unsigned char lowest = 0xff;      // Of all: many bytes are compared at a time.
  for (const char c : text) lowest = std::min(lowest, static_cast<unsigned char>(c));
  const auto is_wrong = [](unsigned char c) { return c < 0x20 && c != '\t' && c != '\n' && c != '\r'; };
  if (lowest < 0x20 && std::any_of(text.begin(), text.end(), is_wrong)) return false;
  for (std::size_t at = text.find('\xef'); at != std::string_view::npos; at = text.find('\xef', at + 1)) {
    if (text.substr(at, 3) == "\xef\xbf\xbe" || text.substr(at, 3) == "\xef\xbf\xbf") return false;
  }
  return true;
}

// The bytes that do not continue a character.
std::size_t CharactersIn(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

}  // namespace hub
