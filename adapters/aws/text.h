// Text as SQS and XML have it, which is the same [aws 41].
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace adapters::aws {

inline constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

// How many bytes of `text`, which has some, are its first character, or 0 when that is none.
std::size_t CharacterBytes(std::string_view text);

// "True" and "FALSE" as "true" and "false": SQS and SNS take either. Any other text as it is.
std::string LowerBoolean(std::string_view text);

// Puts U+FFFD in the place of each byte that is not of a character: what native clients send may be any bytes.
void CleanText(std::string& text);

}  // namespace adapters::aws
