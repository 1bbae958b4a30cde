// The checksums by which SQS clients check what they get.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "hub/base/message.h"

namespace adapters::aws {

// 32 hexadecimal digits.
std::string Md5(std::string_view text);

// [aws 55] Of message attributes, in any order.
std::string Md5(std::vector<hub::Attribute> attributes);

}  // namespace adapters::aws
