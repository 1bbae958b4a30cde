// What receives of a FIFO queue got that carried an attempt id: asked once more with the same id, because the answer
// was lost, they get the same messages. [aws 84]
//
// In memory only: after a restart every attempt id is new, and the messages come back when their visibility ends.
// Bounded by the messages that all attempts name together; the oldest attempts are forgotten first.
//
// Not thread-safe. The engine thread owns it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "hub/base/time.h"
#include "queues/chunk.h"

namespace queues {

// One receive. It can be repeated as long as all its messages are as it left them.
struct Attempt {
  struct Message {
    Sequence sequence = 0;
    std::uint32_t receive = 0;  // The how-manieth of the message it was.
  };
  hub::Instant at{};              // Of the first time.
  hub::Instant until{};           // Its messages are hidden until then.
  std::vector<Message> messages;  // None: something has happened to them since.
};

class Attempts {
 public:
  // Null when there was none with this id within the window. Valid until the next call of anything else.
  Attempt* Find(std::string_view id, hub::Instant now);

  // Remembers one that Find does not know, unless it names more messages than may be remembered.
  void Add(std::string id, Attempt attempt);

  // The messages are no longer as it left them. The id is known on, for the rest of the window.
  void Spoil(Attempt& attempt);

  // Forgets what is past the window.
  void Expire(hub::Instant now);
  // When something should be forgotten, though nobody receives; or kNever.
  hub::Instant ForgetDue() const;

  void Clear();
  std::size_t size() const { return by_age_.size(); }

 private:
  struct Entry {
    std::string id;
    Attempt attempt;
  };

  void ForgetOldest();

  std::list<Entry> by_age_;
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_id_;  // Views of the entries' ids.
  std::size_t messages_ = 0;  // Of all attempts, each counted as one more.
};

}  // namespace queues
