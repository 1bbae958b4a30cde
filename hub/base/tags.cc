#include "hub/base/tags.h"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "hub/base/json.h"
#include "hub/base/limits.h"
#include "hub/base/text.h"

namespace hub {
namespace {

constexpr std::string_view kReserved = "aws:";

bool IsReserved(std::string_view key) {
  return key.size() >= kReserved.size() &&
         std::equal(kReserved.begin(), kReserved.end(), key.begin(),
                    [](char a, char b) { return a == std::tolower(static_cast<unsigned char>(b)); });
}

bool IsPlain(std::string_view text) {
  return IsUtf8(text) && std::none_of(text.begin(), text.end(),
                                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

Result<void> CheckTag(const std::string& key, const std::string& value) {
  if (!IsPlain(key) || !IsPlain(value)) {
    return Fail(Code::kInvalidArgument, "The keys and values of tags must be text without control characters.");
  }
  if (key.empty() || CharactersIn(key) > kTagKeyCharactersMax) {
    return Fail(Code::kInvalidArgument,
                "The key of a tag must have 1 to " + std::to_string(kTagKeyCharactersMax) + " characters.");
  }
  if (IsReserved(key)) {
    return Fail(Code::kInvalidArgument, "The tag \"" + key + "\" begins with aws:, which is reserved.");
  }
  if (CharactersIn(value) > kTagValueCharactersMax) {
    return Fail(Code::kInvalidArgument, "The value of the tag \"" + key + "\" must have at most " +
                                            std::to_string(kTagValueCharactersMax) + " characters.");
  }
  return {};
}

}  // namespace

Result<void> CheckTags(const Tags& tags) {
  for (const auto& [key, value] : tags) {
    if (auto checked = CheckTag(key, value); !checked) return checked;
  }
  if (tags.size() <= kTagsMax) return {};
  return Fail(Code::kTooManyTags, "A queue or topic may have at most " + std::to_string(kTagsMax) + " tags, not " +
                                      std::to_string(tags.size()) + ".");
}

}  // namespace hub
