#include "adapters/zmq/subscribers.h"

#include <algorithm>
#include <utility>

#include "hub/base/assert.h"

namespace adapters::zmq {
namespace {

std::string IdOf(const hub::core::Caller& caller, const std::string& written) {
  return caller.identity->principal().arn + '\n' + caller.source_ip + '\n' + written;
}

}  // namespace

Subscriber* Subscribers::Meet(int descriptor, std::uint64_t number) {
  const auto found = subscribers_.find(descriptor);
  if (found != subscribers_.end()) {
    if (found->second.number == number) return &found->second;
    if (found->second.number > number) return nullptr;
    Leave(descriptor);
  }
  Subscriber& subscriber = subscribers_[descriptor];
  subscriber.number = number;
  return &subscriber;
}

bool Subscribers::IsThere(int descriptor, std::uint64_t number) const {
  const auto found = subscribers_.find(descriptor);
  return found != subscribers_.end() && found->second.number == number;
}

Follow* Subscribers::Known(const hub::core::Caller& caller, const std::string& written) {
  const auto found = follows_.find(IdOf(caller, written));
  return found == follows_.end() ? nullptr : found->second.get();
}

Follow& Subscribers::Admitted(const hub::core::Caller& caller, const std::string& written, std::uint64_t session,
                              std::string key) {
  auto follow = std::make_unique<Follow>();
  follow->session = session;
  follow->key = std::move(key);
  follow->id = IdOf(caller, written);
  const auto [at, is_new] = follows_.emplace(follow->id, std::move(follow));
  HUB_ASSERT(is_new);
  return *at->second;
}

void Subscribers::Hold(Subscriber& subscriber, const std::string& written, Follow* follow) {
  if (follow != nullptr) ++follow->connections;  // First: it may be what is let go.
  LetGo(subscriber, written);
  subscriber.follows.emplace(written, follow);
  ++subscriptions_;
}

void Subscribers::LetGo(Subscriber& subscriber, const std::string& written) {
  const auto found = subscriber.follows.find(written);
  if (found == subscriber.follows.end()) return;
  Release(found->second);
  subscriber.follows.erase(found);
}

void Subscribers::Leave(int descriptor) {
  const auto found = subscribers_.find(descriptor);
  if (found == subscribers_.end()) return;
  for (const auto& [written, follow] : found->second.follows) Release(follow);
  subscribers_.erase(found);
}

void Subscribers::Clear() {
  while (!subscribers_.empty()) Leave(subscribers_.begin()->first);
  HUB_ASSERT(follows_.empty() && subscriptions_ == 0);
}

void Subscribers::Release(Follow* follow) {
  --subscriptions_;
  if (follow == nullptr || --follow->connections > 0) return;
  abandoned_.push_back(follow->session);
  follows_.erase(std::string(follow->id));
}

std::vector<std::uint64_t> Subscribers::TakeAbandoned() { return std::exchange(abandoned_, {}); }

bool Subscribers::HasSession(std::uint64_t session) const {
  return std::ranges::any_of(follows_, [session](const auto& entry) { return entry.second->session == session; });
}

}  // namespace adapters::zmq
