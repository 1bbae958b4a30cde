// Tags: what people write on their queues and topics, for themselves and for conditions of policies.
#pragma once

#include <map>
#include <string>

#include "hub/base/result.h"

namespace hub {

using Tags = std::map<std::string, std::string, std::less<>>;

// [aws 38] Keys of 1 to kTagKeyCharactersMax characters that do not begin with aws:, values of up to
// kTagValueCharactersMax; text without control characters. Fails with kInvalidArgument, and with kTooManyTags beyond
// kTagsMax.
[[nodiscard]] Result<void> CheckTags(const Tags& tags);

}  // namespace hub
