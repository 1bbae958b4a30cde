// Arbitrary filter policies against arbitrary messages: nothing may crash, and a policy's JSON is that policy again.
//
// Input: the policy, a zero byte, then the body, which is also the value of one attribute of each type. Without a zero
// byte the policy is its own message.
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "hub/base/assert.h"
#include "hub/base/json.h"
#include "topics/topic.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t zero = input.find('\0');
  const std::string_view body = zero == std::string_view::npos ? input : input.substr(zero + 1);
  const auto policy = hub::ParseJson(input.substr(0, zero), "");
  if (!policy) return 0;

  const hub::Message message{.body = body,
                             .attributes = {{"a", "String", body},
                                            {"b", "Number", body},
                                            {"c", "String.Array", body},
                                            {"d", "Number.Array", body},
                                            {"e", "Binary", body}}};
  for (const topics::FilterScope scope : {topics::FilterScope::kMessageAttributes, topics::FilterScope::kMessageBody}) {
    const auto filter = topics::ParseFilterPolicy(*policy, scope);
    if (!filter) {
      HUB_ASSERT(!filter.error().message.empty());
      continue;
    }
    const auto reread = hub::ParseJson(filter->Json(), "");
    HUB_ASSERT(reread);
    const auto again = topics::ParseFilterPolicy(*reread, scope);
    HUB_ASSERT(again && again->Json() == filter->Json());

    topics::Topic topic;
    topic.Subscribe({.id = 1, .raw = false, .filter = *filter, .scope = scope, .arn = {}});
    topic.Subscribe({.id = 2, .raw = false, .filter = *again, .scope = scope, .arn = {}});
    std::vector<const topics::Subscription*> reached;
    topic.Route(message, reached);
    HUB_ASSERT(reached.empty() || reached.size() == 2);  // Equal filters, equal answers.
    const std::size_t count = reached.size();
    topic.Route(message, reached);
    HUB_ASSERT(reached.size() == 2 * count);
  }
  return 0;
}
