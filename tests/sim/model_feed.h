// The reference for the live feed: who follows what, what each turn gives to whom, and who may no longer follow.
//
// Nothing of it is stored: it begins anew with each run of the hub, and there is one, not two as of the other model.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "hub/core/turn.h"
#include "tests/sim/model.h"

namespace sim {

class FeedModel {
 public:
  using Sessions = std::set<std::uint64_t>;

  // Takes an answer that the model has just taken.
  void Apply(const Event& event, const Model& model);

  // Takes what the turn, all of whose answers it has taken, gives to the feed. Returns for each message who gets it.
  std::vector<Sessions> EndTurn(const hub::core::Turn& turn, const Model& model);

  // The hub has ended.
  void Clear();

  // The first thing that was wrong, or "".
  const std::string& failure() const { return failure_; }

 private:
  struct Follower {
    CallerKind caller = CallerKind::kHub;
    std::string written;
    std::string key;
    Uid topic = 0;  // Its life.
  };
  struct Published {
    std::shared_ptr<const Issued> issued;
    std::shared_ptr<const hub::Result<hub::core::Reply>> reply;
    std::size_t entry = 0;
    std::set<std::string> keys;
  };

  void Fail(const hub::core::Turn& turn, const std::string& what);
  void Publish(const Event& event, const Model& model);
  void CheckMessage(const Published& published, const hub::core::FeedMessage& message, const hub::core::Turn& turn);
  void CheckEnded(const hub::core::Turn& turn, const Model& model);

  std::map<std::uint64_t, Follower> followers_;  // By session.
  std::vector<Published> published_;             // In this turn, to topics that somebody follows.
  std::string failure_;
};

}  // namespace sim
