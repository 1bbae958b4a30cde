// What becomes of a decided turn: written, flushed, answered. The port, and the one that does it on a thread of its
// own.
//
// A reply leaves only when its own turn's writes and every earlier turn are durable. Several turns that wait share one
// flush; a turn that only hands messages out is written and not flushed.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "hub/core/config.h"
#include "hub/core/turn.h"
#include "hub/engine/feed.h"
#include "hub/engine/replies.h"
#include "hub/engine/store.h"

namespace hub::engine {

class Committer {
 public:
  virtual ~Committer() = default;

  // Takes a turn. Turns come in the order of their indices.
  virtual void Submit(core::Turn turn) = 0;

  // Every turn up to this one is in the store for a Scan to see, durable or not. Any thread.
  virtual std::uint64_t Written() const = 0;

  // Returns when there is room for one more turn in flight.
  virtual void WaitForRoom() = 0;
};

// Hands the answers of a turn to the endpoints that asked, in order. `endpoints[i]` is the one with number i.
void DeliverAnswers(std::vector<core::Answer> answers, const std::vector<Replies*>& endpoints);

class ThreadedCommitter : public Committer {
 public:
  struct Options {
    core::Durability durability = core::Durability::kFlush;
    Duration flush_interval = 100ms;
    Feed* feed = nullptr;  // Outlives the committer. Null: there is no live feed.
  };
  // Called on the committer's thread when a write or flush failed: nothing may be acknowledged any more. Must not
  // return.
  using Fatal = std::function<void(const Error&)>;

  // `written` is called when something has been written, on the committer's thread.
  ThreadedCommitter(Store& store, std::vector<Replies*> endpoints, Options options, std::function<void()> written,
                    Fatal fatal);
  ~ThreadedCommitter() override;

  void Submit(core::Turn turn) override;
  std::uint64_t Written() const override { return written_; }
  void WaitForRoom() override;

  // Commits what is there, flushes and ends the thread.
  void Stop();

 private:
  void Run();
  void Commit(std::vector<core::Turn> turns);
  void Flush();

  Store& store_;
  const std::vector<Replies*> endpoints_;
  const Options options_;
  const std::function<void()> on_written_;
  const Fatal fatal_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<core::Turn> waiting_;
  std::size_t in_flight_ = 0;  // Waiting, or being committed.
  bool stopping_ = false;
  // Only the thread looks at these.
  bool unflushed_ = false;
  Instant unflushed_since_{};  // Of the first turn that is not flushed.
  Instant last_turn_{};        // Of the last one written.
  std::atomic<std::uint64_t> written_{0};
  std::thread thread_;
};

}  // namespace hub::engine
