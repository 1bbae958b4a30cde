// The reference for the order within message groups of a FIFO queue.
//
// Where a message stands is known of those that came the same way. Of others, say a dead letter and what was sent
// straight to the dead-letter queue, when one came surely before the other.

#include <algorithm>

#include "tests/sim/model.h"

namespace sim {
namespace {

using Group = std::vector<const std::pair<const Key, Message>*>;

// The messages that are or may be there.
std::map<std::string, Group> GroupsOf(const QueueState& queue) {
  std::map<std::string, Group> groups;
  for (const auto& message : queue.messages) groups[message.second.content->group].push_back(&message);
  return groups;
}

// Whether `a` is surely before `b`.
bool IsBefore(const std::pair<const Key, Message>& a, const std::pair<const Key, Message>& b) {
  const bool is_same_way = a.second.way == b.second.way && a.second.instead_of == b.second.instead_of;
  if (is_same_way && !a.second.has_copies && !b.second.has_copies) return a.first < b.first;
  return a.second.sent_to < b.second.sent_from;
}

}  // namespace

// In each group the oldest messages come, in their order, or none. When nothing comes, no group could have given.
void Model::CheckGroups(const QueueState& queue, const std::vector<Key>& taken, const Event& event) {
  if (taken.empty()) return NoGroupReady(queue, event);
  std::map<std::string, Group> came;
  for (const Key& key : taken) {
    const auto at = queue.messages.find(key);
    Group& group = came[at->second.content->group];
    for (const auto* earlier : group) {
      if (IsBefore(*at, *earlier)) return Fail(event, Name(key) + " of a group came after " + Name(earlier->first));
    }
    group.push_back(&*at);
  }
  for (const auto& message : queue.messages) {
    const auto group = came.find(message.second.content->group);
    if (group == came.end() || !message.second.IsSure() || MayBeExpired(queue, message.second, event.now)) continue;
    if (std::ranges::find(group->second, &message) != group->second.end()) continue;
    for (const auto* each : group->second) {
      if (!IsBefore(message, *each)) continue;
      return Fail(event, Name(each->first) + " came, but " + Name(message.first) + " of its group is before it");
    }
  }
}

void Model::NoGroupReady(const QueueState& queue, const Event& event) {
  for (const auto& [name, group] : GroupsOf(queue)) {
    for (const auto* each : group) {
      const Message& message = each->second;
      const bool is_free = message.IsSure() && !message.may_wait && message.hidden_until <= event.now &&
                           !MayBeExpired(queue, message, event.now);
      const bool is_behind = std::ranges::any_of(group, [&](const auto* other) {
        return other != each && !IsExpired(queue, other->second, event.now) && !IsBefore(*each, *other);
      });
      if (!is_free || is_behind) continue;
      return Fail(event, "nothing was delivered though " + Name(each->first) + " is available");
    }
  }
}

// An empty answer has looked at the first of each group: if that was exhausted it has moved, and then the next one,
// too.
void Model::NobodyElseInGroups(QueueState& queue, const Event& event) {
  for (const auto& [name, group] : GroupsOf(queue)) {
    Group here = group;
    std::vector<Key> left;
    for (const auto* each : group) {
      const Message& message = each->second;
      const bool may_have_left = message.there != 0 || (message.may_be_gone && message.hidden_until <= event.now &&
                                                        !IsExhausted(queue, message));
      const bool has_left = may_have_left && !message.may_wait;
      const bool is_behind =
          std::ranges::any_of(here, [&](const auto* other) { return other != each && !IsBefore(*each, *other); });
      if (!has_left || is_behind) continue;
      std::erase(here, each);
      left.push_back(each->first);
    }
    for (const Key& key : left) {
      Message& message = queue.messages.at(key);
      if (MayBeExpired(queue, message, event.now)) message.may_be_gone = true;  // Before it could move.
      message.there == 0 ? Erase(queue, key) : Move(queue, key, event.now);
    }
  }
}

}  // namespace sim
