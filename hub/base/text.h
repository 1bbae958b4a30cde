// What counts as text in a message.
#pragma once

#include <cstddef>
#include <string_view>

namespace hub {

// [aws 41] UTF-8 without control characters other than tab, line feed and carriage return, and without U+FFFE and
// U+FFFF.
bool IsText(std::string_view text);

// Of UTF-8.
std::size_t CharactersIn(std::string_view text);

}  // namespace hub
