// What counts as text in a message.
#pragma once

#include <string_view>

namespace hub {

// [aws 41] UTF-8 without control characters other than tab, line feed and carriage return, and without U+FFFE and
// U+FFFF.
bool IsText(std::string_view text);

}  // namespace hub
