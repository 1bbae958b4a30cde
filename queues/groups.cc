#include "queues/groups.h"

#include "hub/base/assert.h"

namespace queues {
namespace {

// Passed sequences are dropped when there are so many, and at least as many as are left.
constexpr std::size_t kPassedMin = 32;

}  // namespace

Groups::Id Groups::Add(std::string_view name, Sequence sequence) {
  auto found = numbers_.find(name);
  if (found == numbers_.end()) {
    const Id id = free_.empty() ? static_cast<Id>(groups_.size()) : free_.back();
    if (free_.empty()) {
      groups_.emplace_back();
    } else {
      free_.pop_back();
    }
    found = numbers_.emplace(name, id).first;
    groups_[id].name = &found->first;
  }
  Group& group = groups_[found->second];
  if (group.head >= kPassedMin && group.head * 2 >= group.waiting.size()) {
    group.waiting.erase(group.waiting.begin(), group.waiting.begin() + static_cast<std::ptrdiff_t>(group.head));
    group.head = 0;
  }
  HUB_ASSERT(group.waiting.empty() || group.waiting.back() < sequence);
  group.waiting.push_back(sequence);
  return found->second;
}

void Groups::Link(Id id) {
  Group& group = groups_[id];
  group.ready = true;
  group.previous = last_;
  group.next = kNone;
  (last_ == kNone ? first_ : groups_[last_].next) = id;
  last_ = id;
}

void Groups::Unlink(Id id) {
  Group& group = groups_[id];
  group.ready = false;
  (group.previous == kNone ? first_ : groups_[group.previous].next) = group.next;
  (group.next == kNone ? last_ : groups_[group.next].previous) = group.previous;
  group.previous = group.next = kNone;
}

void Groups::Forget(Id id) {
  Group& group = groups_[id];
  if (group.ready) Unlink(id);
  numbers_.erase(numbers_.find(*group.name));
  group = {};
  free_.push_back(id);
}

}  // namespace queues
