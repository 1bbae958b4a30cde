// Reading JSON into a Node.
//
// Duplicate keys, nesting deeper than kDocumentDepthMax and anything after the value are errors: a condition that
// silently disappeared would be a hole in a policy.
#pragma once

#include <string>
#include <string_view>

#include "hub/base/document.h"
#include "hub/base/limits.h"
#include "hub/base/result.h"

namespace hub {

// `origin` names the source in messages and in the places of the nodes ("" for text from a wire). Every node carries
// the line and column at which it begins. Fails with kInvalidArgument.
[[nodiscard]] Result<Node> ParseJson(std::string_view text, std::string_view origin,
                                     std::size_t bytes_max = kDocumentBytesMax);

// The same, where a key may come twice: the last one counts.
[[nodiscard]] Result<Node> ParseLenientJson(std::string_view text, std::size_t bytes_max);

// Whether `text` is UTF-8 throughout, as JSON demands.
bool IsUtf8(std::string_view text);

}  // namespace hub
