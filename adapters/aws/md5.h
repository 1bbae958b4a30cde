// The checksums by which SQS clients check what they get.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/message.h"

namespace adapters::aws {

// 32 hexadecimal digits.
std::string Md5(std::string_view text);

// The same of each text: of several, in a fraction of the time.
std::vector<std::string> Md5Each(const std::vector<std::string_view>& texts);

// [aws 55] Of message attributes, in any order.
std::string Md5(std::vector<hub::Attribute> attributes);

// Of at most kMd5Lanes texts at once, in about three times what the longest takes alone.
inline constexpr std::size_t kMd5Lanes = 16;
using Md5Sum = std::array<unsigned char, 16>;
void Md5SideBySide(std::span<const std::string_view> texts, std::span<Md5Sum> sums);

}  // namespace adapters::aws
