#include "topics/topic.h"

#include <utility>

#include "hub/base/assert.h"

namespace topics {

bool Topic::IsFiltered(const Subscription& subscription) {
  return subscription.filter && !subscription.filter->IsEmpty();
}

void Topic::Subscribe(Subscription subscription) {
  HUB_ASSERT(!subscription.filter || subscription.filter->scope() == subscription.scope);
  Unsubscribe(subscription.id);
  const SubscriptionId id = subscription.id;
  Held& held = held_.emplace(id, Held{.subscription = std::move(subscription)}).first->second;
  if (IsFiltered(held.subscription)) {
    IndexOf(held.subscription.scope).Add(held.subscription);
  } else {
    held.position = unfiltered_.size();
    unfiltered_.push_back(&held.subscription);
  }
}

bool Topic::Unsubscribe(SubscriptionId id) {
  const auto at = held_.find(id);
  if (at == held_.end()) return false;
  const Held& held = at->second;
  if (IsFiltered(held.subscription)) {
    IndexOf(held.subscription.scope).Remove(id);
  } else {
    const Subscription* last = unfiltered_.back();
    unfiltered_[held.position] = last;
    held_.find(last->id)->second.position = held.position;
    unfiltered_.pop_back();
  }
  held_.erase(at);
  return true;
}

const Subscription* Topic::Find(SubscriptionId id) const {
  const auto at = held_.find(id);
  return at == held_.end() ? nullptr : &at->second.subscription;
}

void Topic::List(std::vector<const Subscription*>& all) const {
  for (const auto& [id, held] : held_) all.push_back(&held.subscription);
}

void Topic::Route(const hub::Message& message, std::vector<const Subscription*>& reached) {
  reached.insert(reached.end(), unfiltered_.begin(), unfiltered_.end());
  if (!attributes_.IsEmpty()) {
    attributes_.Begin();
    if (reader_.OfferAttributes(message.attributes, attributes_)) attributes_.Finish(reached);
  }
  if (!body_.IsEmpty()) {
    body_.Begin();
    if (reader_.OfferBody(message.body, body_)) body_.Finish(reached);
  }
}

}  // namespace topics
