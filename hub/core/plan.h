// What putting a configuration in force comes to, worked out before anything changes: by Core::MakePlan, for
// Core::Execute, or only to be told.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "hub/core/core.h"

namespace hub::core {

struct Core::Plan {
  struct Queue {
    const DeclaredQueue* declared;
    Attributes declaration;
    Attributes attributes;
    QueueSettings settings;
    Tags tags;
  };
  struct Topic {
    const DeclaredTopic* declared;
    Attributes declaration;
    Attributes attributes;
    TopicSettings settings;
    Tags tags;
  };
  struct Subscription {
    const DeclaredSubscription* declared;
    Attributes attributes;
    SubscriptionSettings settings;
  };

  std::shared_ptr<const Config> config;
  bool with_proofs = true;  // The configuration holds passwords and keys.

  std::vector<Queue> queues;
  std::vector<Topic> topics;
  std::vector<Subscription> subscriptions;
  std::vector<Subscription> patterns;  // Those by a pattern.
  std::set<ResourceName> declared_names;
  std::set<std::pair<std::string, std::string>> declared_subscriptions;  // ARNs of topic, or pattern, and queue.

  // What an earlier configuration declared and this one does not: deleted with `prune: true`, else kept and no longer
  // bound to the file.
  std::vector<QueueEntry*> released_queues;
  std::vector<TopicEntry*> released_topics;
  std::vector<SubscriptionEntry*> released_subscriptions;
  std::vector<PatternEntry*> released_patterns;

  std::vector<std::string> notes;  // What changes (changes.h); empty: nothing.
};

}  // namespace hub::core
