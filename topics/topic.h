// A topic as a router: its subscriptions, and which of them a message reaches.
//
//   Route(message) ──┬── no filter ─────────────────▶ all of them, from a list that is kept ready
//                    ├── filter on attributes ──────▶ FilterIndex
//                    └── filter on the body ────────▶ FilterIndex; the body is parsed once, and only if there are any
//
// Nothing is allocated while routing once the buffers have grown to what the messages need. The order of what is
// reached depends only on the calls made before, so the same calls give the same order.
//
// Not thread-safe: routing uses buffers of the topic.
#pragma once

#include <cstddef>
#include <map>
#include <vector>

#include "hub/base/message.h"
#include "topics/filter_index.h"
#include "topics/message_reader.h"
#include "topics/subscription.h"

namespace topics {

class Topic {
 public:
  Topic() = default;
  Topic(Topic&&) = default;
  Topic& operator=(Topic&&) = default;

  // Adds the subscription, in place of the one with the same id if there is one.
  void Subscribe(Subscription subscription);

  // False when there is none.
  bool Unsubscribe(SubscriptionId id);

  // Null when there is none. Pointers stay valid until the subscription is replaced or removed.
  const Subscription* Find(SubscriptionId id) const;

  // Appends all subscriptions in the order of their ids.
  void List(std::vector<const Subscription*>& all) const;

  std::size_t Size() const { return held_.size(); }

  // Appends the subscriptions that the message reaches, each once.
  void Route(const hub::Message& message, std::vector<const Subscription*>& reached);

 private:
  struct Held {
    Subscription subscription;
    std::size_t position = 0;  // In unfiltered_, if it is there.
  };

  static bool IsFiltered(const Subscription& subscription);
  FilterIndex& IndexOf(FilterScope scope) { return scope == FilterScope::kMessageBody ? body_ : attributes_; }

  std::map<SubscriptionId, Held> held_;
  std::vector<const Subscription*> unfiltered_;
  FilterIndex attributes_;
  FilterIndex body_;
  MessageReader reader_;
};

}  // namespace topics
