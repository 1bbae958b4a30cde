#include "hub/engine/engine.h"

#include <algorithm>
#include <utility>

namespace hub::engine {
namespace {

// Looks around this often even when nothing happens: for space on disk, and in case a wake-up was lost.
constexpr Duration kIdle = 1s;

// A stop takes no longer than so many turns, whatever has arrived.
constexpr std::size_t kLastTurnsMax = 64;

}  // namespace

Engine::Engine(core::Core& core, Ports ports, std::uint64_t space_left_min)
    : core_(core), ports_(std::move(ports)), space_left_min_(space_left_min), steady_at_start_(ports_.clock.Steady()) {}

Instant Engine::Now() { return core_.start_time() + core_.advanced() + (ports_.clock.Steady() - steady_at_start_); }

void Engine::RunTurn(Duration wait) {
  ports_.committer.WaitForRoom();
  // While the last turn's rest is left over, nothing is taken on top: it waits in the inbox, which is bounded.
  Inbox::Taken taken =
      left_over_.empty() ? ports_.inbox.Take(wait) : ports_.inbox.Take(Duration::zero(), /*commands_max=*/0);
  if (const std::uint64_t written = ports_.committer.Written(); written > committed_) {
    committed_ = written;
    core_.Committed(written);
  }
  core_.SetSpaceLow(ports_.store.SpaceLeft() < space_left_min_);

  core::Turn turn;
  turn.index = turns_ + 1;
  turn.now = Now();
  turn.wall = ports_.clock.Wall();
  turn.flushes = ports_.store.Flushes();
  core_.BeginTurn(turn);
  for (core::Loaded& loaded : ports_.loader.Take()) core_.AddLoaded(std::move(loaded), turn);
  ApplyCommands(std::move(taken.commands), turn);
  // After their last commands, so that nothing of theirs is left waiting.
  for (const Inbox::Ended& ended : taken.ended) core_.EndSession(ended.endpoint, ended.session, turn);
  core_.ServeWaiters(turn);
  core_.EndTurn(turn);
  Finish(std::move(turn));
}

void Engine::ApplyCommands(std::vector<core::Command> commands, core::Turn& turn) {
  for (core::Command& command : commands) left_over_.push_back(std::move(command));
  while (!left_over_.empty() && turn.deliveries < kTurnDeliveriesMax) {
    core_.Apply(std::move(left_over_.front()), turn);
    left_over_.pop_front();
  }
}

void Engine::Finish(core::Turn turn) {
  for (const core::LogLine& line : turn.log) ports_.log(line);
  for (core::Load& load : turn.loads) ports_.loader.Submit(std::move(load));
  if (turn.batch.writes.empty() && turn.answers.empty() && turn.reclaims.empty() && turn.feed.empty())
    return;  // Its index is used again.
  turns_ = turn.index;
  ports_.committer.Submit(std::move(turn));
}

void Engine::Run() {
  while (!stopping_) {
    const Instant due = core_.NextDue();
    const Instant now = Now();
    const Duration wait = due <= now ? Duration::zero() : std::min<Duration>(kIdle, due - now);
    RunTurn(wait);
  }
  // What has arrived is still done; the endpoints let nothing more in.
  std::size_t turns = 0;
  do {
    RunTurn(Duration::zero());
  } while (!left_over_.empty() && ++turns < kLastTurnsMax);
  core::Turn turn;
  turn.index = turns_ + 1;
  turn.now = Now();
  turn.wall = ports_.clock.Wall();
  core_.BeginTurn(turn);
  ApplyCommands(ports_.inbox.Take(Duration::zero()).commands, turn);
  core_.AnswerAllWaiters(turn);
  core_.EndTurn(turn);
  Finish(std::move(turn));
}

void Engine::Stop() {
  stopping_ = true;
  ports_.inbox.Wake();
}

}  // namespace hub::engine
