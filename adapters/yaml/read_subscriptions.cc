// The top-level key `subscriptions`: which queues get the messages of a topic, and which of them.
#include <map>
#include <utility>

#include "adapters/yaml/draft.h"
#include "adapters/yaml/keys.h"
#include "adapters/yaml/references.h"
#include "adapters/yaml/section.h"
#include "topics/filter_policy.h"

namespace adapters::yaml {
namespace {

using hub::Kind;
using hub::Node;

// `filter` depends on `filter_on`, so that all attributes are read here.
void ReadFilter(Section& section, hub::core::DeclaredSubscription& subscription, Draft& draft) {
  const Node* filter = section.Take("filter");
  ReadAttributes(section, Owner::kSubscription, "", subscription.attributes);
  const auto scope = subscription.attributes.find("FilterPolicyScope");
  const bool has_scope = scope != subscription.attributes.end();
  const bool names_scope = section.Take("filter_on") != nullptr;
  if (filter == nullptr) {
    if (names_scope) section.Wrong("filter_on", " is of no use without a filter. Write one, or take it away.");
    return;
  }
  const bool on_body = has_scope && scope->second == NameOf(topics::FilterScope::kMessageBody);
  const auto kind = on_body ? topics::FilterScope::kMessageBody : topics::FilterScope::kMessageAttributes;
  if (!filter->IsMap()) {
    section.Wrong("filter", " is not a map: " + Describe(*filter) +
                                ". Write keys, each with a list of what it may be, " + "such as {region: [eu]}.");
    return;
  }
  if (names_scope && !has_scope) return;  // The same filter may be right for one scope and wrong for the other.
  if (const auto parsed = topics::ParseFilterPolicy(*filter, kind); !parsed) {
    draft.report.Mistake(filter->place, section.PathOf("filter") + " is refused: " + parsed.error().message +
                                            (parsed.error().message.ends_with('.') ? "" : ".") +
                                            " Write each key with a list, such as {region: [eu, {prefix: us-}]}.");
    return;
  }
  subscription.attributes["FilterPolicy"] = ToJson(*filter);
}

// Where messages go that the queue does not get.
void ReadDeadLetter(Section& section, hub::core::DeclaredSubscription& subscription, Draft& draft) {
  const Node* node = section.Take("dead_letter");
  if (node == nullptr) return;
  const auto target = Resolve(*node, section.PathOf("dead_letter"), Kind::kQueue, draft);
  if (!target) return;
  const hub::ResourceName& queue = subscription.queue;
  const std::string account = draft.account_names.at(queue.account);
  if (target->account != queue.account) {
    section.Wrong("dead_letter", " is a queue of another account: " + Describe(*node) +
                                     ". Declare a queue for dead letters under accounts." + account + ".queues.");
  } else if (*target == queue) {
    section.Wrong("dead_letter",
                  " is the queue itself: " + Describe(*node) + ". Name another queue of the same account.");
  } else if (const bool is_fifo = hub::IsFifoName(queue.name); is_fifo != hub::IsFifoName(target->name)) {
    section.Wrong("dead_letter", std::string(" is a ") + (is_fifo ? "standard" : "FIFO") + " queue, unlike " +
                                     queue.name + ": " + Describe(*node) + ". Name a " +
                                     (is_fifo ? "FIFO" : "standard") + " queue of the same account.");
  } else {
    subscription.dead_letters = *target;
    subscription.attributes["RedrivePolicy"] =
        ToJson(Node::Map({{.key = "deadLetterTargetArn", .key_place = {}, .value = Node::String(ArnOf(*target))}}));
  }
}

using Seen = std::map<std::pair<std::string, std::string>, std::pair<std::string, hub::Place>>;

void ReadSubscription(const Node& node, const std::string& path, Seen& seen, Draft& draft) {
  Section section(node, path, draft.report);
  hub::core::DeclaredSubscription subscription;
  subscription.place = node.place;
  const Node* from = section.Take("from");
  const Node* to = section.Take("to");
  if (from == nullptr) section.Missing("from", "from: topic/NAME");
  if (to == nullptr) section.Missing("to", "to: queue/NAME");
  const auto topic = from ? ResolveTopics(*from, section.PathOf("from"), draft) : std::nullopt;
  const auto queue = to ? Resolve(*to, section.PathOf("to"), Kind::kQueue, draft) : std::nullopt;
  ReadFilter(section, subscription, draft);
  if (queue) subscription.queue = *queue;
  if (queue) ReadDeadLetter(section, subscription, draft);
  section.Take("dead_letter");  // Known, also where there is no telling what it should be.
  section.RefuseUnknownKeys();
  if (!topic || !queue) return;
  if (hub::IsFifoName(queue->name) && !hub::IsFifoName(topic->name)) {
    section.Wrong("to",
                  " is a FIFO queue, and " + ReferenceTo(*topic, draft) +
                      (topic->kind == Kind::kTopic ? " is a standard topic: " : " matches standard topics only: ") +
                      Describe(*to) + ". Name a standard queue.");
    return;
  }

  subscription.topic = *topic;
  const auto [first, is_new] = seen.try_emplace({ArnOf(*topic), ArnOf(*queue)}, path, node.place);
  if (!is_new) {
    draft.report.Mistake(node.place, path + " repeats " + first->second.first + " at " +
                                         first->second.second.ToString() + ": " + ReferenceTo(*topic, draft) + " to " +
                                         ReferenceTo(*queue, draft) + ". Keep one of them.");
    return;
  }
  draft.config->subscriptions.push_back(std::move(subscription));
}

}  // namespace

void ReadSubscriptions(const Node* node, Draft& draft) {
  Seen seen;
  for (const auto& [item, path] : ItemsOf(node, "subscriptions")) ReadSubscription(*item, path, seen, draft);
}

}  // namespace adapters::yaml
