// One queue: which messages it holds, which of them are hidden, and until when.
//
//            Send                 Receive
//   (new) ─────────▶ available ───────────────▶ in flight ──Delete──▶ (gone)
//        └─▶ delayed ──┘▲                           │
//            due        └─────── deadline passes ───┘
//
// A queue is a log of chunks. What memory holds of it is a window at its head and whatever is in flight:
//
//    gone │ touched and ready chunks, with their slots │ tail: on disk only, known by counters
//         ▲ watermark                                  ▲ tail_from                            ▲ next_sequence
//
// A FIFO queue hands out by message group (groups.h). It knows the groups of the messages before tail_from, in their
// order, so its window is as many messages as SQS looks through for a group that is not locked.
//
// A Queue is pure. It reads no clock, draws no random number and touches no disk: `now` comes in as an argument, what
// must become durable is collected for the core to write at the end of the turn (TakeChanges), and what must be read it
// asks for (NextLoad) and gets later (AddLoaded). Delayed messages wait elsewhere (delayed.h) until they are appended.
//
// Not thread-safe. The engine thread owns every Queue.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <queue>
#include <set>
#include <utility>
#include <vector>

#include "hub/base/time.h"
#include "queues/chunk.h"
#include "queues/counters.h"
#include "queues/groups.h"
#include "queues/slots.h"
#include "queues/tenants.h"

namespace queues {

struct Chunk {
  Sequence first = 0;
  Slots slots;
  Content content;  // content.block is null while the bodies are only on disk.
  hub::Instant sent{};
  std::uint64_t id_base = 0;
  std::uint32_t bytes = 0;              // Of the bodies it gives access to, for the window's budget.
  std::uint64_t turn = 0;               // That appended it; until it is committed the bodies stay in memory.
  hub::Instant wake = hub::kNever;      // The deadline for which it stands in the queue's heap.
  bool has_state = false;               // A state value is stored.
  bool dirty = false;                   // It will be, at the end of this turn.
  bool ready = false;                   // Counted in ready_bytes: bodies in memory and something available.
  std::vector<Groups::Id> groups = {};  // FIFO: of each message that was live when the chunk came into the window.
  std::vector<Tenants::Tag> tags = {};  // Otherwise, of each message; empty when none has a group.
};

struct Position {
  Chunk* chunk = nullptr;
  std::uint32_t slot = 0;

  Sequence sequence() const { return chunk->first + slot; }
};

// What changed since the last TakeChanges.
struct Changes {
  struct Removed {
    Sequence first;
    bool had_state;
    std::shared_ptr<const Reference> reference;  // Whose topic chunk has one reference less; null for an own chunk.
  };
  std::vector<Chunk*> dirty;  // Their slots are to be stored.
  std::vector<Removed> removed;
};

enum class Order : std::uint8_t { kBestEffort, kFifo };

class Queue {
 public:
  // `tenants`, which must outlive it, counts the message groups of a queue that does not order by them.
  explicit Queue(Counters counters = {}, Order order = Order::kBestEffort, Tenants* tenants = nullptr);

  // --- Writing ---

  // The sequences of the next `count` messages, for chunks and for delayed messages, which get theirs when sent.
  Sequence Reserve(std::uint32_t count);

  // Adds a chunk written in `turn`. With `keep`, it stays in memory when nothing older waits on disk; whether it did.
  bool Append(Sequence first, const Content& content, std::uint64_t turn, bool keep);

  // --- Receiving ---

  // Of which tenants.
  enum class Whose : std::uint8_t { kAll, kQuiet, kNoisy };
  struct Limits {
    std::size_t messages = 0;
    std::size_t bytes = 0;
    std::size_t in_flight_max = 0;
    std::uint32_t receives_max = 0;  // A message received so often already goes to `exhausted`. 0: no limit.
    hub::Duration retention{};       // What is older is passed over: Tick will remove it.
    Whose whose = Whose::kAll;       // Others' messages are passed over, a bounded number of them.
    std::size_t skip = 0;            // Best effort: passes over so many at first, unless there are no others.
    bool whole = false;              // FIFO: nothing, if some of what would be handed out must be read first.
  };

  // Hands out available messages, oldest first, hidden until `until`, into `taken`; those that have been received too
  // often go into `exhausted`, still available, for the caller to move. Returns what is there, perhaps nothing. FIFO:
  // of each ready group as many as possible before the next.
  void Receive(const Limits& limits, hub::Instant now, hub::Instant until, std::vector<Position>& taken,
               std::vector<Position>& exhausted);

  // Looks for available messages with sequences below `before`, in the order in which a Receive would take them, for
  // the caller to move elsewhere: nothing changes. Of the limits, messages, bytes and retention count.
  void Peek(const Limits& limits, Sequence before, hub::Instant now, std::vector<Position>& found);
  // Whether a Peek that found nothing found so only because something must be read first.
  bool PeekWaitsForLoad(Sequence before) const;

  // Whether a Receive that found nothing found so only because bodies must be read first: the oldest message that is
  // available is on disk, and none is taken before its turn.
  bool WaitsForLoad() const;
  // The same of a Receive at `now`, which passes over what is past its retention.
  bool WaitsForLoad(hub::Instant now, hub::Duration retention) const;

  // --- Messages in flight ---

  enum class Where : std::uint8_t { kHere, kGone, kOnDisk, kNever };
  // Finds a message by its sequence. kOnDisk: load until `tail_from` has passed it, then ask again.
  Where Find(Sequence sequence, Position& position);

  void Delete(const Position& position);
  // `until <= now` makes it available at once.
  void ChangeVisibility(const Position& position, hub::Instant now, hub::Instant until);

  // Whether it is still as a receive, the how-manieth of this message, or a change of visibility left it.
  bool IsHiddenSince(const Position& position, std::uint32_t receive, hub::Instant until) const;
  // FIFO: whether the bodies of these, which are in flight, are in memory; if not, they are asked for (NextLoad) and
  // stay until ReleaseBodies.
  bool WantBodies(const std::vector<Position>& positions);
  void ReleaseBodies(const std::vector<Position>& positions);

  // --- Time ---

  struct Ticked {
    std::uint64_t shown = 0;    // Back from flight.
    std::uint64_t expired = 0;  // Past their retention, removed.
  };
  // Does what is due by `now`, at most `steps` chunks of it.
  Ticked Tick(hub::Instant now, hub::Duration retention, std::size_t steps);
  // When to call it again, or kNever; NextShown: for messages in flight alone.
  hub::Instant NextDue(hub::Duration retention) const;
  // The same for what is in memory alone: what expires on disk has to be read first.
  hub::Instant NextDueInMemory(hub::Duration retention) const;
  hub::Instant NextShown() const { return deadlines_.empty() ? hub::kNever : deadlines_.top().first; }

  // Forgets everything, in flight and on disk. The caller deletes [watermark, next_sequence) from the store.
  void Purge();

  // --- Disk ---

  struct Range {
    Sequence from;
    Sequence to;
  };
  // What should be read now, if anything: called when someone wants messages, and to find expired ones. With `tail`,
  // the head of the tail even when enough is ready.
  std::optional<Range> NextLoad(bool tail) const;
  // One stored chunk of a range that was asked for. Returns whether the queue did not have it in memory before.
  bool AddLoaded(Sequence first, const Content& content);
  // The chunk that begins at `first`, when most of it is deleted but its bodies, which are in memory, still take space
  // on disk; else null. Rewrite it then.
  Chunk* Sparse(Sequence first);
  // Replaces the bodies by an own block of as many records, written in `turn`.
  void Rewrite(Chunk& chunk, std::shared_ptr<const Block> block, std::uint64_t turn);
  // Everything of [from, to) has been added.
  void EndLoad(Sequence from, Sequence to);
  // At recovery: a chunk with stored state. Its bodies are not kept.
  void Restore(Sequence first, Slots slots, const Content& content);

  // The turn is in the store: up to `sequence` everything can be read back.
  void Committed(std::uint64_t turn, Sequence sequence);
  // Lets go of bodies until at most `bytes_max` bytes of them are ready.
  void Shrink(std::size_t bytes_max);

  Changes TakeChanges();

  // --- Counts ---

  std::uint64_t Visible() const { return live_ - in_flight_; }
  std::uint64_t InFlight() const { return in_flight_; }
  std::uint64_t Live() const { return live_; }
  hub::Instant Oldest() const;  // When the oldest message that is not deleted was sent, or kNever.
  // No message on disk only was sent before this; kNever when there is none.
  hub::Instant TailOldest() const { return HasTail() ? tail_oldest_ : hub::kNever; }
  // Bodies held in memory. Those of references belong to their topic and are counted there.
  std::size_t ResidentBytes() const { return resident_bytes_; }
  std::size_t ReadyBytes() const { return ready_bytes_; }
  Sequence Watermark() const;
  Sequence tail_from() const { return tail_from_; }
  Sequence next_sequence() const { return next_sequence_; }
  bool has_references() const { return has_references_; }
  // A delayed chunk, too, may refer to a topic's.
  void NoteReferences() { has_references_ = true; }
  Counters CountersNow(std::uint64_t delayed, hub::Instant delayed_until = {}) const;

 private:
  using Chunks = std::map<Sequence, Chunk>;

  static constexpr Sequence kNoSequence = ~Sequence{0};
  // Below this much ready to receive, more is read ahead.
  static constexpr std::size_t kReadAheadBytes = 2 * 1024 * 1024;

  bool fifo() const { return order_ == Order::kFifo; }
  bool HasTail() const { return tail_live_ > 0 || ungrouped_ > 0; }
  // Where the first messages may lie that are available and on disk only.
  Sequence FirstUnread() const {
    const Sequence unready = unready_.empty() ? kNoSequence : *unready_.begin();
    return HasTail() ? std::min(unready, tail_from_) : unready;
  }
  const Chunk* ChunkOf(Sequence sequence) const;
  Chunk& Insert(Sequence first, Slots slots, const Content& content);
  void Remove(Chunks::iterator at);
  void Touch(Chunk& chunk);
  void Refresh(Chunk& chunk);
  void SetBlock(Chunk& chunk, std::shared_ptr<const Block> block);
  void Watch(Chunk& chunk, hub::Instant deadline);
  // A receive under way.
  struct Receiving {
    const Limits& limits;
    hub::Instant now;
    hub::Instant until;
    std::vector<Position>& taken;
    std::vector<Position>& exhausted;
    std::size_t bytes = 0;
    std::size_t passed_over = 0;  // Of other tenants.
    std::size_t skipped = 0;
    std::optional<Sequence> peek_before = {};  // A Peek; what it finds goes to `exhausted`.
    bool misses_bodies = false;                // FIFO: of something that would be handed out.
  };
  enum class Taken : std::uint8_t { kTaken, kPassed, kFull };
  void Go(Receiving& receiving);
  Taken TakeOne(const Position& position, Receiving& receiving);
  static Taken PeekOne(const Position& position, Receiving& receiving);
  void EndTake(Chunk& chunk, const Receiving& receiving);
  bool ReceiveFrom(Chunk& chunk, Receiving& receiving);
  bool IsPassedOver(const Position& position, Receiving& receiving) const;
  std::vector<Tenants::Tag> TagsOf(const Content& content) const;
  void CountTenants(const Chunk& chunk);
  void Forget(const Chunk& chunk, std::uint32_t slot) {
    if (!chunk.tags.empty()) tenants_->Remove(chunk.tags[slot]);
  }

  // FIFO (fifo.cc).
  void ReceiveInOrder(Receiving& receiving);
  bool MissesBodies(const Receiving& receiving);
  bool ReceiveFromGroup(Groups::Id group, Receiving& receiving);
  bool WantsWindow() const;
  bool AnyReady(hub::Instant now, hub::Duration retention) const;
  std::optional<Range> NextLoadInOrder() const;
  void JoinGroups(Chunk& chunk, const Content& content);
  std::vector<Groups::Id> LeaveGroups(Chunk& chunk);
  void Settle(Groups::Id group);
  void SettleAvailable(const Chunk& chunk);
  Groups::Id GroupOf(const Position& position) const {
    return position.chunk->groups.empty() ? Groups::kNone : position.chunk->groups[position.slot];
  }

  Order order_;
  Chunks chunks_;
  std::set<Sequence> ready_;    // Chunks from which a receive can take now.
  std::set<Sequence> unready_;  // Chunks with something available whose bodies are on disk.
  std::set<std::pair<hub::Instant, Sequence>> by_age_;
  std::set<std::pair<hub::Instant, Sequence>> untouched_by_age_;  // Without state: after a restart they are tail.
  using Deadline = std::pair<hub::Instant, Sequence>;
  std::priority_queue<Deadline, std::vector<Deadline>, std::greater<>> deadlines_;
  std::vector<Sequence> dirty_;
  std::vector<Changes::Removed> removed_;
  std::vector<Sequence> drop_when_committed_;
  std::set<Sequence> gone_ahead_;  // Removed though beyond tail_from_: a load under way may still bring them.

  Tenants* tenants_;
  Sequence counted_from_;  // Messages before it are counted among the tenants when they come into memory.

  // FIFO.
  Groups groups_;
  std::uint64_t grouped_live_ = 0;  // Messages in chunks that have joined their groups.
  std::uint64_t ungrouped_ = 0;     // Chunks in memory, beyond tail_from_, that have not.
  std::set<Sequence> wanted_;       // Chunks whose bodies a ready group, or a repeated receive, waits for.

  Sequence next_sequence_;
  Sequence tail_from_;  // Every chunk that begins before it is in chunks_.
  Sequence durable_;    // Everything before it can be read from the store.
  std::uint64_t committed_turn_ = 0;
  std::uint64_t live_;
  std::uint64_t tail_live_;  // Of live_, those in chunks that are not in chunks_.
  std::uint64_t in_flight_ = 0;
  std::size_t ready_bytes_ = 0;
  std::size_t resident_bytes_ = 0;
  hub::Instant tail_oldest_;  // No message of the tail was sent before this.
  hub::Instant newest_;       // No message was sent after this.
  bool unordered_;            // Dead letters come in the order in which they were given up, not sent.
  bool has_references_;
};

}  // namespace queues
