// Who follows which topic on the live feed. Nobody as a rule, and then it costs a publish one look.
//
// Not thread-safe. The engine thread owns it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "hub/core/command.h"

namespace hub::core {

class Followers {
 public:
  using Keys = std::shared_ptr<const std::vector<std::string>>;

  struct Follower {
    Ticket ticket;
    std::shared_ptr<const Caller> caller;
    std::string written;      // The topic, as the subscriber wrote it.
    std::string arn;          // What that means.
    std::string key;          // feed.h.
    std::uint64_t topic = 0;  // Its id: a topic that is made anew is another one.
    bool depends_on_time = false;
  };

  bool Any() const { return !followers_.empty(); }
  std::size_t size() const { return followers_.size(); }

  // One for each session of an endpoint: a second replaces the first.
  void Add(Follower follower);
  void Remove(std::uint32_t endpoint, std::uint64_t session);

  // The keys of those who follow the topic, once each; null for nobody.
  Keys KeysOf(std::uint64_t topic) const;

  // May change what the policies say of a follower, and nothing else.
  template <typename Visit>
  void ForEach(Visit visit) {
    for (auto& [session, follower] : followers_) visit(follower);
  }

 private:
  struct Topic {
    std::map<std::string, std::size_t> followers_of;  // By key.
    Keys keys;
  };
  void Refresh(std::uint64_t id, Topic& topic);

  std::map<std::pair<std::uint32_t, std::uint64_t>, Follower> followers_;  // By endpoint and session.
  std::unordered_map<std::uint64_t, Topic> topics_;                        // Those that somebody follows.
};

}  // namespace hub::core
