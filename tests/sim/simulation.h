// One run: a hub, a disk and a model from a seed, several hundred commands, power cuts in between, and everything
// drained and compared at the end.
//
//   generator ──▶ inbox ──▶ Engine, Core ──▶ SimCommitter ──▶ SimStore ──▶ Disk        the hub under test
//                                                 │ decided   │ flushed
//                                                 ▼           ▼
//                                              current     durable                       two models
//
// `current` follows what the hub has decided, `durable` what is flushed. When the power goes, current starts again from
// durable, with the turns that the store still holds and every effect that a client has been told of: if the hub's
// recovery and this disagree, a later answer will show it.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "hub/core/core.h"
#include "hub/engine/engine.h"
#include "tests/sim/generator.h"
#include "tests/sim/model.h"
#include "tests/sim/model_feed.h"
#include "tests/sim/ports.h"

namespace sim {

// How often each kind of command was answered, and each kind of ending happened, by name.
using Counts = std::map<std::string, std::uint64_t, std::less<>>;

class Simulation {
 public:
  explicit Simulation(const Options& options);

  // What went wrong, or "".
  std::string Run();

  const Counts& counts() const { return counts_; }
  const Options& options() const { return options_; }
  // The last steps, one a line.
  std::string Trace() const;

 private:
  static constexpr std::size_t kClients = 4;

  enum class Ending : std::uint8_t { kPowerCut, kKill, kStop };

  struct TurnRecord {
    std::uint64_t number = 0;
    std::vector<Event> events;
    Known known;                               // What its answers tell.
    std::vector<FeedModel::Sessions> reached;  // Who gets each message that it gives to the feed.
    bool is_answered = false;
    bool is_durable = false;
  };

  void Start();
  void End(Ending ending);
  void Rebuild(std::uint64_t last_turn);

  void Step();
  void Post(Issued issued);
  void PostNext();
  void Break(hub::core::Operation& operation);
  void Turn();
  void Progress();
  void Advance(hub::Duration by);
  void Disconnect(std::size_t client);
  void LeaveFeed();
  void EndSession(std::uint32_t endpoint, std::uint64_t session);
  // Runs turns until nothing is left to do at this instant.
  void Settle();
  void CompareCounts();
  void Drain();
  bool DrainOnce();
  bool DrainQueue(const std::string& name);
  void CheckKeys();
  void CheckAnswered();

  // What the committer tells.
  void Decided(const hub::core::Turn& turn, std::uint64_t number);
  void Flushed(std::uint64_t number);
  void Answered(std::uint64_t number);
  void Fed(const hub::core::FeedTurn& feed, std::uint64_t number);
  bool IsContended(const Issued& issued) const;
  void ForgetDone();

  void Fail(const std::string& what);
  bool Failed() const { return !failure_.empty(); }
  void Note(std::string step);
  void NoteFeed(const hub::core::FeedTurn& feed);
  void NoteAnswer(const Event& event, const TurnRecord& record, std::size_t handles_before);

  const Options options_;
  hub::Random random_;
  std::unique_ptr<Disk> disk_;
  SimStore store_;
  SimClock clock_;
  Generator generator_;
  const std::size_t window_bytes_max_;

  std::unique_ptr<hub::engine::Inbox> inbox_;
  std::unique_ptr<hub::core::Core> core_;
  std::unique_ptr<SimCommitter> committer_;
  std::unique_ptr<SimLoader> loader_;
  std::unique_ptr<hub::engine::Engine> engine_;

  Model current_;
  Model durable_;
  FeedModel feed_;
  std::deque<TurnRecord> records_;
  std::map<std::uint64_t, std::shared_ptr<const Issued>> outstanding_;  // By request.
  std::set<std::uint64_t> forgotten_;  // Requests whose client has gone: perhaps never answered.
  Known known_;                        // To clients.
  std::array<std::uint64_t, kClients> sessions_{1, 2, 3, 4};
  std::set<std::uint64_t> peers_;                   // Sessions of the feed that are there,
  std::map<std::uint64_t, std::string> listeners_;  // and what those get that were admitted.
  std::uint64_t last_peer_ = 0;
  std::uint64_t requests_ = 0;
  std::uint64_t boot_ = 0;
  std::uint64_t next_turn_ = 1;
  bool is_stopping_ = false;
  bool is_quiet_ = false;

  std::string failure_;
  Counts counts_;
  std::deque<std::string> trace_;
};

}  // namespace sim
