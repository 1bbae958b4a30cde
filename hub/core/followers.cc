#include "hub/core/followers.h"

namespace hub::core {

void Followers::Add(Follower follower) {
  Remove(follower.ticket.endpoint, follower.ticket.session);
  Topic& topic = topics_[follower.topic];
  if (topic.followers_of[follower.key]++ == 0) Refresh(follower.topic, topic);
  const std::pair session(follower.ticket.endpoint, follower.ticket.session);
  followers_.emplace(session, std::move(follower));
}

void Followers::Remove(std::uint32_t endpoint, std::uint64_t session) {
  const auto found = followers_.find({endpoint, session});
  if (found == followers_.end()) return;
  const Follower& follower = found->second;
  Topic& topic = topics_.at(follower.topic);
  const auto count = topic.followers_of.find(follower.key);
  if (--count->second == 0) {
    topic.followers_of.erase(count);
    Refresh(follower.topic, topic);
  }
  followers_.erase(found);
}

Followers::Keys Followers::KeysOf(std::uint64_t topic) const {
  const auto found = topics_.find(topic);
  return found == topics_.end() ? nullptr : found->second.keys;
}

// Messages under way keep the list that they were given.
void Followers::Refresh(std::uint64_t id, Topic& topic) {
  if (topic.followers_of.empty()) {
    topics_.erase(id);
    return;
  }
  std::vector<std::string> keys;
  for (const auto& [key, followers] : topic.followers_of) keys.push_back(key);
  topic.keys = std::make_shared<const std::vector<std::string>>(std::move(keys));
}

}  // namespace hub::core
