// A configuration written as the file that declares it: accounts, queues, topics, subscriptions, grants. The opposite
// of ReadConfigText, for what a running hub exports.
//
// Users are not written, nor the hub's settings beyond the region and the default message size, nor `listen`: the text
// begins with a comment that says so.
#pragma once

#include <string>
#include <vector>

#include "hub/base/result.h"
#include "hub/core/config.h"

namespace adapters::yaml {

struct Written {
  std::string text;                    // The same configuration always gives the same bytes.
  std::vector<std::string> omissions;  // What the file cannot hold, whole sentences; they stand in it as comments, too.
};

// Fails with kInvalidArgument and names everything that no key of the file can say, such as an attribute, and whatever
// the reader would refuse: what is written can be served.
[[nodiscard]] hub::Result<Written> WriteConfig(const hub::core::Config& config);

}  // namespace adapters::yaml
