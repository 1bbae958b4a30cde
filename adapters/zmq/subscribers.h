// Who is connected to one listener of the live feed, and what each has subscribed to.
//
// A Follow is one caller's admission to one topic, and one session of the core; all connections of that caller from the
// same address share it, so that a thousand of them are decided once. A refusal is nobody else's: the next who asks may
// find other policies. A connection is known by its descriptor: of two over the same one, the one with the greater
// number is the later, and the other is gone.
//
// Not thread-safe: the feed's thread owns it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "hub/core/command.h"

namespace adapters::zmq {

struct Follow {
  std::uint64_t session = 0;  // Of the core.
  std::string key;            // What its connections get.
  std::size_t connections = 0;
  std::string id;  // Caller, address and topic.
};

struct Subscriber {
  std::uint64_t number = 0;  // The authenticator's, of the connection.
  std::shared_ptr<const hub::core::Caller> caller;
  std::map<std::string, Follow*, std::less<>> follows;  // By what the peer wrote; null where it was refused.
  std::size_t beyond = 0;                               // Subscriptions beyond what it may have.
};

class Subscribers {
 public:
  // One that is new has no caller yet. Null when a later connection has its descriptor.
  Subscriber* Meet(int descriptor, std::uint64_t number);
  bool IsThere(int descriptor, std::uint64_t number) const;

  // Null when nobody of this caller follows the topic.
  Follow* Known(const hub::core::Caller& caller, const std::string& written);
  // To be held by somebody at once; there must be none that is Known.
  Follow& Admitted(const hub::core::Caller& caller, const std::string& written, std::uint64_t session, std::string key);

  // `follow` is null for a refusal, which counts as a subscription.
  void Hold(Subscriber& subscriber, const std::string& written, Follow* follow);
  void LetGo(Subscriber& subscriber, const std::string& written);
  void Leave(int descriptor);
  void Clear();

  // Sessions that no connection holds any more, since the last call.
  std::vector<std::uint64_t> TakeAbandoned();

  bool HasSession(std::uint64_t session) const;
  std::size_t subscriptions() const { return subscriptions_; }

  template <typename Visit>
  void ForEach(Visit visit) const {
    for (const auto& [descriptor, subscriber] : subscribers_) visit(subscriber);
  }

 private:
  void Release(Follow* follow);

  std::unordered_map<int, Subscriber> subscribers_;                   // By descriptor.
  std::unordered_map<std::string, std::unique_ptr<Follow>> follows_;  // By id.
  std::vector<std::uint64_t> abandoned_;
  std::size_t subscriptions_ = 0;
};

}  // namespace adapters::zmq
