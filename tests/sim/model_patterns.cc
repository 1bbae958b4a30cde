// The reference for subscriptions by a pattern of topic names: each makes one of every topic that matches, unless the
// queue has one there that is confirmed. The oldest pattern wins.

#include <algorithm>

#include "tests/sim/model.h"

namespace sim {
namespace {

// One * stands for anything.
bool Matches(const std::string& pattern, const std::string& topic) {
  const std::size_t star = pattern.find('*');
  return IsFifo(pattern) == IsFifo(topic) && topic.size() + 1 >= pattern.size() &&
         topic.starts_with(pattern.substr(0, star)) && topic.ends_with(pattern.substr(star + 1));
}

}  // namespace

Pattern* Model::FindPattern(const std::string& topics, const std::string& queue) {
  const auto found = std::ranges::find_if(
      patterns_, [&](const Pattern& pattern) { return pattern.topics == topics && pattern.queue == queue; });
  return found == patterns_.end() ? nullptr : &*found;
}

void Model::Join(const Pattern& pattern, const std::string& topic) {
  if (!Matches(pattern.topics, topic)) return;
  SubscriptionState* there = FindSubscription(topic, pattern.queue);
  if (there && !there->is_pending) return;
  topics_.at(topic).subscriptions[pattern.queue] = {
      .attributes = pattern.attributes, .pattern = pattern.topics, .owner = AccountOf(pattern.queue)};
}

// The topic is new, or has lost what a pattern made for the queue. "": all queues.
void Model::JoinPatterns(const std::string& topic, const std::string& queue) {
  for (const Pattern& pattern : patterns_) {
    if (queue.empty() || pattern.queue == queue) Join(pattern, topic);
  }
}

// Apart from what may be wrong with its queue or attributes.
void Model::SubscribeByPattern(const hub::core::Subscribe& subscribe, std::optional<Code> expected,
                               const Event& event) {
  const Pattern* there = FindPattern(subscribe.topic, subscribe.queue);
  if (!expected && there && !HasAll(there->attributes, subscribe.attributes)) expected = Code::kSubscriptionExists;
  if (!expected && !there && event.is_space_low) expected = Code::kNoSpace;
  if (Refused(event, expected) || there) return;
  patterns_.push_back({.topics = subscribe.topic, .queue = subscribe.queue, .attributes = subscribe.attributes});
  for (const auto& [name, topic] : topics_)
    Join(patterns_.back(), name);  // What went by hand stays away from the others.
}

void Model::UnsubscribePattern(const hub::core::Unsubscribe& unsubscribe, const Event& event) {
  if (Refused(event, std::nullopt)) return;
  std::erase_if(patterns_, [&](const Pattern& pattern) {
    return pattern.topics == unsubscribe.topic && pattern.queue == unsubscribe.queue;
  });
  for (auto& [name, topic] : topics_) {
    const auto made = topic.subscriptions.find(unsubscribe.queue);
    if (made == topic.subscriptions.end() || made->second.pattern != unsubscribe.topic) continue;
    topic.subscriptions.erase(made);
    JoinPatterns(name, unsubscribe.queue);
  }
}

void Model::SetPatternAttributes(const hub::core::SetSubscriptionAttributes& set, const Event& event) {
  Pattern* pattern = FindPattern(set.topic, set.queue);
  std::optional<Code> expected;
  if (!pattern) {
    expected = Code::kSubscriptionNotFound;
  } else if (IsWrong(set.queue, set.attributes, AccountOf(set.queue))) {
    expected = Code::kInvalidArgument;
  }
  if (Refused(event, expected)) return;
  pattern->attributes = Merge(pattern->attributes, set.attributes);
  for (auto& [name, topic] : topics_) {
    const auto made = topic.subscriptions.find(set.queue);
    if (made == topic.subscriptions.end() || made->second.pattern != set.topic) continue;
    made->second.attributes = pattern->attributes;
  }
}

}  // namespace sim
