// The order of a FIFO queue: which messages of which message group may be handed out.
//
// A group's messages go out in the order of their sequences, and none while an older one of the same group is in
// flight. So a group is ready when its oldest message is available. Ready groups take turns: one that becomes ready
// joins at the end. [aws 74 to 78]
//
// Knows sequences only. What state a message is in, its owner says (State), who calls Settle whenever that may have
// changed for a message of the group.
//
// Not thread-safe. The engine thread owns it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "queues/chunk.h"

namespace queues {

class Groups {
 public:
  using Id = std::uint32_t;
  static constexpr Id kNone = ~Id{0};

  enum class State : std::uint8_t { kAvailable, kInFlight, kGone };

  // Adds a message, with a sequence above all those of its group. Settle then.
  Id Add(std::string_view group, Sequence sequence);

  // Brings the group's place up to date; forgets it when nothing of it is left (settling it once more does nothing).
  // `state_of(Sequence)` is a State.
  template <typename StateOf>
  void Settle(Id id, StateOf&& state_of) {
    Group& group = groups_[id];
    if (group.name == nullptr) return;
    State front = State::kGone;
    while (group.head < group.waiting.size() && (front = state_of(group.waiting[group.head])) == State::kGone) {
      ++group.head;
    }
    if (group.head == group.waiting.size()) {
      Forget(id);
    } else if ((front == State::kAvailable) != group.ready) {
      front == State::kAvailable ? Link(id) : Unlink(id);
    }
  }

  // The ready groups in their order, each followed by Next; kNone at the end.
  Id First() const { return first_; }
  Id Next(Id id) const { return groups_[id].next; }
  // A ready group gives way to the others.
  void ToTheEnd(Id id) {
    Unlink(id);
    Link(id);
  }

  // Calls `visit(Sequence)` for the messages of a group, oldest first, gone ones perhaps among them, while it returns
  // true.
  template <typename Visit>
  void ForEach(Id id, Visit&& visit) const {
    const Group& group = groups_[id];
    for (std::size_t i = group.head; i < group.waiting.size(); ++i) {
      if (!visit(group.waiting[i])) return;
    }
  }

  std::size_t size() const { return numbers_.size(); }
  void Clear() { *this = {}; }

 private:
  struct Group {
    const std::string* name = nullptr;  // Null: free.
    std::vector<Sequence> waiting;      // Ascending, from `head` on.
    std::size_t head = 0;
    bool ready = false;
    Id previous = kNone;  // Among the ready ones.
    Id next = kNone;
  };
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  void Link(Id id);
  void Unlink(Id id);
  void Forget(Id id);

  std::vector<Group> groups_;
  std::vector<Id> free_;
  std::unordered_map<std::string, Id, Hash, std::equal_to<>> numbers_;
  Id first_ = kNone;
  Id last_ = kNone;
};

}  // namespace queues
