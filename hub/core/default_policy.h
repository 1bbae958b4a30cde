// [aws 105] The policy that SNS tells of a topic that has none of its own. It admits the topic's own account, which its
// own policies do already: nothing decides by it until somebody adds a statement.
#pragma once

#include "hub/base/document.h"
#include "hub/base/names.h"

namespace hub::core {

Node DefaultTopicPolicy(const ResourceName& topic);

}  // namespace hub::core
