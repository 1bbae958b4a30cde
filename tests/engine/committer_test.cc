#include "hub/engine/committer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "hub/base/limits.h"
#include "tests/support/memory_store.h"

namespace hub::engine {
namespace {

using testing::ElementsAre;

// What happened, in order, over all ports: "write 1", "flush", "answer 7".
class Journal {
 public:
  void Add(std::string what) {
    {
      const std::lock_guard lock(mutex_);
      entries_.push_back(std::move(what));
    }
    changed_.notify_all();
  }
  std::vector<std::string> Entries() {
    const std::lock_guard lock(mutex_);
    return entries_;
  }
  // Waits for an entry, so many times; whether it came.
  bool WaitFor(const std::string& what, long times = 1) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(30),
                             [&] { return std::count(entries_.begin(), entries_.end(), what) >= times; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> entries_;
};

// A store that tells what it does, waits when told to, and fails when told to.
class ToldStore : public testing_support::MemoryStore {
 public:
  explicit ToldStore(Journal& journal) : journal_(journal) {}

  Result<void> Write(const core::Batch& batch) override {
    gate();
    if (fail_write) return Fail(Code::kStorage, "EIO");
    journal_.Add("write " + std::to_string(batch.turn));
    return MemoryStore::Write(batch);
  }
  Result<void> Flush() override {
    if (fail_flush) return Fail(Code::kStorage, "fsync failed");
    journal_.Add("flush");
    return MemoryStore::Flush();
  }

  std::function<void()> gate = [] {};
  bool fail_write = false;
  bool fail_flush = false;

 private:
  Journal& journal_;
};

class ToldReplies : public Replies {
 public:
  explicit ToldReplies(Journal& journal) : journal_(journal) {}
  void Deliver(std::vector<core::Answer> answers) override {
    for (const core::Answer& answer : answers) journal_.Add("answer " + std::to_string(answer.ticket.request));
  }

 private:
  Journal& journal_;
};

class ToldFeed : public Feed {
 public:
  explicit ToldFeed(Journal& journal) : journal_(journal) {}
  void Publish(core::FeedTurn turn) override {
    for (const core::FeedMessage& message : turn.messages) journal_.Add("feed " + message.body);
  }

 private:
  Journal& journal_;
};

core::Turn TurnOf(std::uint64_t index, bool flush, bool write = true, Instant now = InstantOf(1'000'000)) {
  core::Turn turn;
  turn.index = turn.batch.turn = index;
  turn.now = now;
  turn.batch.flush = flush;
  if (write) turn.batch.Put("k" + std::to_string(index), "v");
  turn.answers.push_back({{.endpoint = 0, .session = 1, .request = index}, core::Reply(core::DoneReply())});
  return turn;
}

void Never(const Error& error) { FAIL() << error.message; }

class CommitterTest : public testing::Test {
 protected:
  std::unique_ptr<ThreadedCommitter> Start(core::Durability durability = core::Durability::kFlush,
                                           Duration interval = 1h) {
    return std::make_unique<ThreadedCommitter>(
        store, std::vector<Replies*>{&replies},
        ThreadedCommitter::Options{.durability = durability, .flush_interval = interval},
        [this] { journal.Add("written"); }, Never);
  }
  std::vector<std::string> Without(const std::string& what) {
    std::vector<std::string> entries = journal.Entries();
    std::erase(entries, what);
    return entries;
  }

  Journal journal;
  ToldStore store{journal};
  ToldReplies replies{journal};
};

// An acknowledgement means flushed to disk.
TEST_F(CommitterTest, AReplyLeavesOnlyAfterItsTurnIsWrittenAndFlushed) {
  const auto committer = Start();
  committer->Submit(TurnOf(1, /*flush=*/true));
  ASSERT_TRUE(journal.WaitFor("answer 1"));
  EXPECT_THAT(journal.Entries(), ElementsAre("write 1", "written", "flush", "answer 1"));
  EXPECT_EQ(committer->Written(), 1u);
}

TEST_F(CommitterTest, TheFeedGetsWhatIsDurableAfterTheAnswersAndInOrder) {
  ToldFeed feed(journal);
  ThreadedCommitter committer(
      store, {&replies}, {.feed = &feed}, [] {}, Never);
  for (std::uint64_t i = 1; i <= 2; ++i) {
    core::Turn turn = TurnOf(i, /*flush=*/true);
    turn.feed.messages.emplace_back().body = std::to_string(i);
    committer.Submit(std::move(turn));
    ASSERT_TRUE(journal.WaitFor("feed " + std::to_string(i)));
  }
  EXPECT_THAT(journal.Entries(),
              ElementsAre("write 1", "flush", "answer 1", "feed 1", "write 2", "flush", "answer 2", "feed 2"));
}

TEST_F(CommitterTest, ATurnThatOnlyHandsOutIsWrittenAndNotFlushed) {
  const auto committer = Start();
  committer->Submit(TurnOf(1, /*flush=*/false));
  ASSERT_TRUE(journal.WaitFor("answer 1"));
  EXPECT_THAT(Without("written"), ElementsAre("write 1", "answer 1"));
}

TEST_F(CommitterTest, ATurnThatChangesNothingIsAnsweredInItsPlace) {
  const auto committer = Start();
  committer->Submit(TurnOf(1, true));
  committer->Submit(TurnOf(2, false, /*write=*/false));
  ASSERT_TRUE(journal.WaitFor("answer 2"));
  EXPECT_THAT(Without("written"), ElementsAre("write 1", "flush", "answer 1", "answer 2"));
}

TEST_F(CommitterTest, TurnsThatWaitShareOneFlushAndAreAnsweredInOrder) {
  std::mutex mutex;
  std::condition_variable changed;
  bool open = false;
  store.gate = [&] {
    journal.Add("at the gate");
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return open; });
  };
  const auto committer = Start();
  committer->Submit(TurnOf(1, true));
  ASSERT_TRUE(journal.WaitFor("at the gate"));
  for (std::uint64_t i = 2; i <= 4; ++i) committer->Submit(TurnOf(i, i != 3));
  {
    const std::lock_guard lock(mutex);
    open = true;
  }
  changed.notify_all();
  ASSERT_TRUE(journal.WaitFor("answer 4"));
  std::vector<std::string> entries = Without("written");
  std::erase(entries, "at the gate");
  EXPECT_THAT(entries, ElementsAre("write 1", "flush", "answer 1", "write 2", "write 3", "write 4", "flush", "answer 2",
                                   "answer 3", "answer 4"));
}

TEST_F(CommitterTest, NoMoreThanSoManyTurnsAreInFlight) {
  std::mutex mutex;
  std::condition_variable changed;
  bool open = false;
  store.gate = [&] {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return open; });
  };
  const auto committer = Start();
  for (std::uint64_t i = 1; i <= kTurnsInFlightMax; ++i) {
    committer->WaitForRoom();
    committer->Submit(TurnOf(i, true));
  }
  std::thread engine([&] {
    committer->WaitForRoom();
    journal.Add("room");
  });
  {
    const std::lock_guard lock(mutex);
    journal.Add("opened");
    open = true;
  }
  changed.notify_all();
  engine.join();
  const std::vector<std::string> entries = journal.Entries();
  EXPECT_EQ(entries.front(), "opened");
  EXPECT_TRUE(journal.WaitFor("room"));
}

TEST_F(CommitterTest, StopCommitsAndFlushesWhatIsThere) {
  const auto committer = Start();
  for (std::uint64_t i = 1; i <= 5; ++i) committer->Submit(TurnOf(i, i % 2 == 0));
  committer->Stop();
  EXPECT_EQ(store.Unflushed(), 0u);
  EXPECT_EQ(store.Size(), 5u);
  EXPECT_TRUE(journal.WaitFor("answer 5"));
}

// --- Durability -----------------------------------------------------------------------------------------------------

TEST_F(CommitterTest, WithIntervalAReplyDoesNotWaitForTheFlushThatComesByItself) {
  const auto committer = Start(core::Durability::kInterval, 1ms);
  committer->Submit(TurnOf(1, true));
  ASSERT_TRUE(journal.WaitFor("flush"));
  EXPECT_THAT(Without("written"), ElementsAre("write 1", "answer 1", "flush"));
}

// A power loss takes up to one interval, also when turns come without a pause.
TEST_F(CommitterTest, WithIntervalAFlushComesUnderSteadyLoadToo) {
  std::mutex mutex;
  std::condition_variable changed;
  std::uint64_t begun = 0;
  std::uint64_t allowed = 0;
  store.gate = [&] {
    std::unique_lock lock(mutex);
    ++begun;
    changed.notify_all();
    changed.wait(lock, [&] { return allowed >= begun; });
  };
  const auto committer = Start(core::Durability::kInterval, 100s);
  for (std::uint64_t i = 1; i <= 50; ++i) {
    committer->Submit(TurnOf(i, true, true, InstantOf(0) + i * 10s));
    std::unique_lock lock(mutex);
    allowed = i - 1;  // No turn is done before the next one waits.
    changed.notify_all();
    changed.wait(lock, [&] { return begun == i; });
  }
  {
    const std::lock_guard lock(mutex);
    allowed = 50;
  }
  changed.notify_all();
  ASSERT_TRUE(journal.WaitFor("answer 50"));
  EXPECT_GE(store.Flushes(), 4u);
  EXPECT_LE(store.Flushes(), 5u);
}

TEST_F(CommitterTest, WithIntervalAStopFlushesWhatIsThere) {
  const auto committer = Start(core::Durability::kInterval, 100s);
  committer->Submit(TurnOf(1, true));
  committer->Stop();
  EXPECT_THAT(Without("written"), ElementsAre("write 1", "answer 1", "flush"));
  EXPECT_EQ(store.Unflushed(), 0u);
}

TEST_F(CommitterTest, WithMemoryNothingIsFlushed) {
  auto committer = Start(core::Durability::kMemory);
  committer->Submit(TurnOf(1, true));
  ASSERT_TRUE(journal.WaitFor("answer 1"));
  committer->Stop();
  EXPECT_THAT(Without("written"), ElementsAre("write 1", "answer 1"));
}

// --- Failure --------------------------------------------------------------------------------------------------------

// rule: hardening R5 a failed write or flush ends the process, and nothing of it is acknowledged
TEST(CommitterDeathTest, AFailedWriteOrFlushIsFatalAndNothingIsAcknowledged) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  for (const bool write : {true, false}) {
    EXPECT_EXIT(
        {
          Journal journal;
          ToldStore store(journal);
          (write ? store.fail_write : store.fail_flush) = true;
          ToldReplies replies(journal);
          ThreadedCommitter committer(
              store, {&replies}, {}, [] {},
              [&](const Error& error) {
                std::size_t answers = 0;
                for (const std::string& entry : journal.Entries()) answers += entry.starts_with("answer");
                std::fprintf(stderr, "%zu answers before: %s\n", answers, error.message.c_str());
                std::_Exit(3);
              });
          committer.Submit(TurnOf(1, true));
          committer.Stop();
        },
        testing::ExitedWithCode(3), write ? "0 answers before: EIO" : "0 answers before: fsync failed");
  }
}

TEST(DeliverAnswersTest, EachEndpointGetsItsOwnInOrder) {
  Journal first;
  Journal second;
  ToldReplies one(first);
  ToldReplies two(second);
  std::vector<core::Answer> answers;
  for (std::uint64_t i = 1; i <= 5; ++i) {
    answers.push_back(
        {{.endpoint = static_cast<std::uint32_t>(i % 2), .session = 1, .request = i}, core::Reply(core::DoneReply())});
  }
  DeliverAnswers(std::move(answers), {&one, &two});
  EXPECT_THAT(first.Entries(), ElementsAre("answer 2", "answer 4"));
  EXPECT_THAT(second.Entries(), ElementsAre("answer 1", "answer 3", "answer 5"));
}

}  // namespace
}  // namespace hub::engine
