// The engine's ports as the simulation fills them: time stands still unless told, a turn is written, flushed and
// answered in steps of their own, and a load is read and delivered some turns later.
//
// Everything runs on one thread: a seed decides what happens between two turns.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "hub/base/random.h"
#include "hub/engine/clock.h"
#include "hub/engine/committer.h"
#include "hub/engine/loader.h"
#include "tests/sim/disk.h"
#include "tests/sim/options.h"

namespace sim {

class SimClock : public hub::engine::Clock {
 public:
  hub::Duration Steady() override { return steady; }
  hub::Instant Wall() override { return wall; }

  hub::Duration steady{};
  hub::Instant wall = hub::InstantOf(1'700'000'000'000'000);
};

// The disk's store as the hub sees it. Each batch also notes the turn that it is, over all runs of the hub, so that
// after a power cut the simulation knows which turns happened.
class SimStore : public hub::engine::Store {
 public:
  SimStore(Disk& disk, Variant variant) : disk_(disk), variant_(variant) {}

  // Of the turns in the store; 0 when there is none.
  std::uint64_t LastTurn();
  void set_turn(std::uint64_t turn) { turn_ = turn; }
  void set_space_low(bool low) { space_low_ = low; }
  bool space_low() const { return space_low_; }

  hub::Result<void> Write(const hub::core::Batch& batch) override;
  hub::Result<void> Flush() override { return disk_.store().Flush(); }
  hub::Result<void> Scan(std::string_view from, std::string_view to, const Visit& visit) override {
    return disk_.store().Scan(from, to, visit);
  }
  void Reclaim(std::string_view from, std::string_view to) override { disk_.store().Reclaim(from, to); }
  std::uint64_t SpaceLeft() const override { return space_low_ ? 0 : std::uint64_t{1} << 40; }
  std::uint64_t Flushes() const override { return disk_.store().Flushes(); }

 private:
  Disk& disk_;
  const Variant variant_;
  std::uint64_t turn_ = 0;
  bool space_low_ = false;
};

class SimCommitter : public hub::engine::Committer {
 public:
  struct Events {
    std::function<void(const hub::core::Turn&, std::uint64_t turn)> decided;
    std::function<void(std::uint64_t turn)> flushed;                               // It and all before.
    std::function<void(std::uint64_t turn)> answered;                              // Its answers have left.
    std::function<void(const hub::core::FeedTurn& feed, std::uint64_t turn)> fed;  // And so has what it gives the feed.
  };

  // `first_turn` is the number of its first turn, counted over all runs of the hub.
  SimCommitter(SimStore& store, Events events, Variant variant, std::uint64_t first_turn)
      : store_(store), events_(std::move(events)), variant_(variant), next_turn_(first_turn) {}

  void Submit(hub::core::Turn turn) override;
  std::uint64_t Written() const override { return written_; }
  void WaitForRoom() override;

  // One step for some turn, if there is anything to do.
  bool Step();
  void Finish() {
    while (Step()) {
    }
  }
  bool WriteNext();
  bool Idle() const { return in_flight_.empty(); }
  std::uint64_t next_turn() const { return next_turn_; }

 private:
  struct InFlight {
    hub::core::Turn turn;
    std::uint64_t number = 0;
    bool written = false;
    bool flushed = false;
  };
  bool FlushWritten();
  bool AnswerFirst();
  void Break(hub::core::FeedTurn& feed);

  SimStore& store_;
  const Events events_;
  const Variant variant_;
  std::deque<InFlight> in_flight_;
  std::uint64_t next_turn_;
  std::uint64_t written_ = 0;
  std::set<std::string> keys_;  // That any message on the feed ever had,
  std::uint64_t messages_ = 0;  // and how many there were: for a feed that is broken.
};

class SimLoader : public hub::engine::Loader {
 public:
  SimLoader(SimStore& store, SimCommitter& committer, hub::Random& random)
      : store_(store), committer_(committer), random_(random) {}

  void Submit(hub::core::Load load) override { waiting_.push_back(std::move(load)); }
  std::vector<hub::core::Loaded> Take() override { return std::exchange(done_, {}); }

  // Reads the next one. The committer may write a turn between two of its scans, as it does beside the loader's thread.
  bool Step();
  bool Idle() const { return waiting_.empty() && done_.empty(); }

 private:
  SimStore& store_;
  SimCommitter& committer_;
  hub::Random& random_;
  std::deque<hub::core::Load> waiting_;
  std::vector<hub::core::Loaded> done_;
};

}  // namespace sim
