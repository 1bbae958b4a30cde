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
#include <variant>
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
  kHub,        // May do everything.
  kOwner,      // A user whose own policy allows everything.
  kWorker,     // May use a queue, and follow a topic, while a grant says so, and never confirm a subscription.
  kStranger,   // May do nothing.
  kNeighbour,  // Of the other account. May subscribe to a topic, and follow it, while a grant says so.
};

std::string AccountOf(CallerKind caller);  // "" for the hub.
// Of a queue or topic.
inline std::string AccountOf(const std::string& name) { return name.substr(0, 12); }

// What a configuration grants, by the names of queues and topics.
struct Grants {
  std::set<std::string> delivering;               // Topics may send to them.
  std::set<std::string> working;                  // The worker may use them.
  std::map<std::string, hub::Instant> following;  // The worker may follow them until then; kNever: for ever.
  std::set<std::string> neighbours;               // The neighbour may subscribe to them, and follow them.
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

// A token with which a subscription is confirmed, and which one.
struct GivenToken {
  std::string token;
  std::string topic;
  std::uint64_t subscription = 0;  // The request that made it; 0: none, it is forged.
};

// What clients have learnt from answers, the newest last.
struct Known {
  std::vector<Given> handles;
  std::vector<std::string> tasks;  // Handles of move tasks.
  struct Consumer {
    std::uint64_t session = 0;
    std::uint64_t request = 0;
  };
  std::vector<Consumer> consumers;       // That were opened; some have ended.
  std::vector<GivenToken> tokens;        // That were received.
  std::vector<std::uint64_t> followers;  // Sessions of the live feed that follow a topic; some no longer.
  hub::Instant wall{};                   // What time it is.
};

// What the operation's views point into.
struct Frame {
  std::deque<std::string> texts;
  std::deque<hub::core::Handle> handles;
};

// The endpoints of the hub.
inline constexpr std::uint32_t kClientEndpoint = 0;
inline constexpr std::uint32_t kFeedEndpoint = 1;

struct Issued {
  std::uint64_t request = 0;
  std::uint32_t endpoint = kClientEndpoint;
  std::uint64_t session = 0;  // 0: any, or on the live feed a new one.
  CallerKind caller = CallerKind::kHub;
  hub::core::Operation operation;
  std::vector<Serial> serials;  // Of the entries of a Send or Publish, or of what asks to confirm a Subscribe.
  std::vector<Given> handles;   // Of the entries of a Delete or ChangeVisibility.
  GivenToken token;             // Of a ConfirmSubscription.
  Grants grants;                // Of a Reload.
  std::uint64_t ends = 0;       // The session that ends after this command, the last one of its turn; 0: none.
  std::shared_ptr<const Frame> frame;
};

// Whether it subscribes another account's queue, which is asked to confirm that.
inline bool MustAsk(const Issued& issued) {
  const auto* subscribe = std::get_if<hub::core::Subscribe>(&issued.operation);
  const std::string account = AccountOf(issued.caller);
  return subscribe && !account.empty() && account != AccountOf(subscribe->queue);
}

// An answer at the moment when its turn was decided.
struct Event {
  std::uint64_t turn = 0;
  std::uint64_t boot = 0;
  hub::Instant now{};
  hub::Instant wall{};
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

// As messages and policies write it.
std::string Timestamp(hub::Instant instant);

inline constexpr char kOwnerAccount[] = "111111111111";
inline constexpr char kNeighbourAccount[] = "222222222222";
inline constexpr char kNeighbourQueue[] = "222222222222/d";
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
