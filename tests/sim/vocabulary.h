// What the simulation and its model talk about: messages, commands as they were issued, and what came of them.
#pragma once

#include <compare>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/limits.h"
#include "hub/core/command.h"
#include "hub/core/reply.h"

namespace sim {

using Serial = std::uint64_t;  // Of an entry that was ever sent or published.
using Uid = std::uint64_t;     // Of one life of a queue: the request that created it.

// One message in one queue. It keeps the queue that it first came to when it moves to a dead-letter queue.
struct Key {
  Serial serial = 0;
  Uid origin = 0;
  std::uint32_t copy = 0;  // Of what was published: a queue may get it more than once, for other queues that did not.

  friend auto operator<=>(const Key&, const Key&) = default;
};

// For reports.
std::string Name(const Key& key);

enum class CallerKind : std::uint8_t {
  kHub,       // May do everything.
  kOwner,     // A user whose own policy allows everything.
  kWorker,    // May use a queue while a grant says so.
  kStranger,  // May do nothing.
};

// What a configuration grants, by the names of queues.
struct Grants {
  std::set<std::string> delivering;  // Topics may send to them.
  std::set<std::string> working;     // The worker may use them.
};

// A handle that the hub gave out, and for what.
struct Given {
  hub::core::Handle handle{};
  std::string queue;
  Uid uid = 0;
  Key key;
  std::string way;  // By which the message had come to the queue.
  std::uint32_t receive = 0;
  hub::Instant received{};
  std::uint64_t boot = 0;
  bool is_forged = false;
};

// What clients have learnt from answers, the newest last.
struct Known {
  std::vector<Given> handles;
  std::vector<std::string> tasks;  // Handles of move tasks.
  struct Consumer {
    std::uint64_t session = 0;
    std::uint64_t request = 0;
  };
  std::vector<Consumer> consumers;  // That were opened; some have ended.
};

// What the operation's views point into.
struct Frame {
  std::deque<std::string> texts;
  std::deque<hub::core::Handle> handles;
};

struct Issued {
  std::uint64_t request = 0;
  std::uint64_t session = 0;  // 0: any.
  CallerKind caller = CallerKind::kHub;
  hub::core::Operation operation;
  std::vector<Serial> serials;  // Of the entries of a Send or Publish.
  std::vector<Given> handles;   // Of the entries of a Delete or ChangeVisibility.
  Grants grants;                // Of a Reload.
  std::uint64_t ends = 0;       // The session that ends after this command, the last one of its turn; 0: none.
  std::shared_ptr<const Frame> frame;
};

// An answer at the moment when its turn was decided.
struct Event {
  std::uint64_t turn = 0;
  std::uint64_t boot = 0;
  hub::Instant now{};
  bool is_space_low = false;
  bool is_stopping = false;
  bool is_contended = false;  // Another receive on the same queue waits: an empty answer says nothing.
  bool is_quiet = false;      // Nothing is under way: counts are exact.
  bool has_more = false;      // Further answers to the same command follow.
  bool has_deleted = false;   // Some message is gone for it.
  std::shared_ptr<const Issued> issued;
  std::shared_ptr<const hub::Result<hub::core::Reply>> reply;
};

// The body of a message: begins with its serial as far as there is room.
std::string BodyOf(Serial serial, std::size_t bytes);
std::size_t SmallestBytes(Serial serial);  // Of a body that no other message has.

// The serial at the beginning of a body, also of one in an envelope; 0 when it is too short to tell.
Serial SerialOf(std::string_view body);

inline bool IsDelay(hub::Duration delay) { return delay >= hub::Duration::zero() && delay <= hub::kDelayMax; }
inline bool IsVisibility(hub::Duration visibility) {
  return visibility >= hub::Duration::zero() && visibility <= hub::kVisibilityMax;
}
inline bool IsPattern(const std::string& topic) { return topic.find('*') != std::string::npos; }
inline bool IsFifo(const std::string& queue) { return queue.ends_with(".fifo"); }

std::string ArnOfQueue(const std::string& name);
std::string ArnOfTopic(const std::string& name);
std::string ArnOfCaller(CallerKind caller);

inline constexpr char kOwnerAccount[] = "111111111111";
inline constexpr char kDeadLetters[] = "111111111111/dead";
inline constexpr char kFifoQueue[] = "111111111111/e.fifo";
inline constexpr char kFifoDeadLetters[] = "111111111111/dead.fifo";
inline constexpr char kFifoTopic[] = "111111111111/feed.fifo";
// Which of the two it has, if any.
inline const char* DeadLettersOf(const std::string& queue) { return IsFifo(queue) ? kFifoDeadLetters : kDeadLetters; }
// Only these are, and they give up nothing themselves.
inline bool IsDeadLetterQueue(const std::string& queue) { return queue == kDeadLetters || queue == kFifoDeadLetters; }

inline constexpr std::size_t kTelltaleBytes = 24;  // A body of at least this size tells its serial.

// The attribute on which filters decide.
inline constexpr char kFilteredAttribute[] = "kind";

}  // namespace sim
