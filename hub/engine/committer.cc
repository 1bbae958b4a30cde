#include "hub/engine/committer.h"

#include <algorithm>
#include <utility>

#include "hub/base/assert.h"

namespace hub::engine {

void DeliverAnswers(std::vector<core::Answer> answers, const std::vector<Replies*>& endpoints) {
  for (std::size_t i = 0; i < endpoints.size() && !answers.empty(); ++i) {
    const bool all = std::all_of(answers.begin(), answers.end(),
                                 [&](const core::Answer& answer) { return answer.ticket.endpoint == i; });
    if (all) {
      endpoints[i]->Deliver(std::move(answers));
      return;
    }
    std::vector<core::Answer> own;
    std::vector<core::Answer> others;
    for (core::Answer& answer : answers) (answer.ticket.endpoint == i ? own : others).push_back(std::move(answer));
    if (!own.empty()) endpoints[i]->Deliver(std::move(own));
    answers = std::move(others);
  }
  HUB_ASSERT(answers.empty());  // Every ticket names an endpoint.
}

ThreadedCommitter::ThreadedCommitter(Store& store, std::vector<Replies*> endpoints, Options options,
                                     std::function<void()> written, Fatal fatal)
    : store_(store),
      endpoints_(std::move(endpoints)),
      options_(options),
      on_written_(std::move(written)),
      fatal_(std::move(fatal)),
      thread_([this] { Run(); }) {}

ThreadedCommitter::~ThreadedCommitter() { Stop(); }

void ThreadedCommitter::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void ThreadedCommitter::Submit(core::Turn turn) {
  {
    const std::lock_guard lock(mutex_);
    ++in_flight_;
    waiting_.push_back(std::move(turn));
  }
  changed_.notify_all();
}

void ThreadedCommitter::WaitForRoom() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return in_flight_ < kTurnsInFlightMax; });
}

void ThreadedCommitter::Run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    const auto awake = [this] { return stopping_ || !waiting_.empty(); };
    if (unflushed_ && options_.durability == core::Durability::kInterval) {
      if (!changed_.wait_for(lock, options_.flush_interval - (last_turn_ - unflushed_since_), awake)) {
        lock.unlock();
        Flush();
        lock.lock();
        continue;
      }
    } else {
      changed_.wait(lock, awake);
    }
    if (waiting_.empty()) break;
    std::vector<core::Turn> turns(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(waiting_.end()));
    waiting_.clear();
    lock.unlock();
    const std::size_t count = turns.size();
    Commit(std::move(turns));
    lock.lock();
    in_flight_ -= count;
    changed_.notify_all();
  }
  lock.unlock();
  if (unflushed_ && options_.durability != core::Durability::kMemory) Flush();
}

void ThreadedCommitter::Commit(std::vector<core::Turn> turns) {
  bool flush = false;
  bool wrote = false;
  for (const core::Turn& turn : turns) {
    if (!turn.batch.writes.empty()) {
      if (auto done = store_.Write(turn.batch); !done) fatal_(done.error());
      if (!unflushed_) unflushed_since_ = turn.now;
      last_turn_ = turn.now;
      unflushed_ = wrote = true;
    }
    flush = flush || turn.batch.flush;
    written_ = turn.index;
  }
  if (wrote) on_written_();
  if (flush && options_.durability == core::Durability::kFlush) Flush();
  // Under steady load nobody waits for the interval to end, so that the turns' own time tells.
  const bool overdue = unflushed_ && last_turn_ - unflushed_since_ >= options_.flush_interval;
  if (overdue && options_.durability == core::Durability::kInterval) Flush();
  for (core::Turn& turn : turns) {
    DeliverAnswers(std::move(turn.answers), endpoints_);
    if (options_.feed && !turn.feed.empty()) options_.feed->Publish(std::move(turn.feed));
    for (const auto& [from, to] : turn.reclaims) store_.Reclaim(from, to);
  }
}

void ThreadedCommitter::Flush() {
  if (auto done = store_.Flush(); !done) fatal_(done.error());
  unflushed_ = false;
}

}  // namespace hub::engine
