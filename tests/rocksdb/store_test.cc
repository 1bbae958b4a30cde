#include "adapters/rocksdb/store.h"

#include <fcntl.h>
#include <rocksdb/db.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "adapters/rocksdb/recovery.h"
#include "tests/rocksdb/fixture.h"

namespace adapters::rocksdb {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

class StoreTest : public testing::Test {
 protected:
  ScratchDirectory scratch_;
  std::shared_ptr<tests::PowerLossFs> disk_ = std::make_shared<tests::PowerLossFs>();
  Options options_ = OptionsFor(scratch_ / "store", disk_);
};

TEST_F(StoreTest, ABatchIsAppliedInItsOrder) {
  const auto store = MustOpen(options_);
  hub::core::Batch first{.turn = 1, .flush = true, .writes = {}};
  first.Put("a", "1");
  first.Put("b", "2");
  first.Put("c", "3");
  first.DeleteRange("a", "c");
  first.Put("b", "again");
  first.Delete("c");
  ASSERT_TRUE(store->Write(first));
  EXPECT_THAT(Everything(*store), ElementsAre(Pair("b", "again")));
}

TEST_F(StoreTest, AnEmptyRangeDeletesNothing) {
  const auto store = MustOpen(options_);
  hub::core::Batch batch{.turn = 1, .flush = true, .writes = {}};
  batch.Put("a", "1");
  batch.DeleteRange("a", "a");
  batch.DeleteRange("b", "a");
  ASSERT_TRUE(store->Write(batch));
  EXPECT_THAT(Everything(*store), ElementsAre(Pair("a", "1")));
}

TEST_F(StoreTest, ADeletedRangeSparesItsEnd) {
  const auto store = MustOpen(options_);
  hub::core::Batch batch{.turn = 1, .flush = true, .writes = {}};
  for (const char* key : {"a", "b", "b\0", "c"}) batch.Put(key, key);
  ASSERT_TRUE(store->Write(batch));
  hub::core::Batch second{.turn = 2, .flush = true, .writes = {}};
  second.DeleteRange("", "c");
  ASSERT_TRUE(store->Write(second));
  EXPECT_THAT(Everything(*store), ElementsAre(Pair("c", "c")));
}

TEST_F(StoreTest, AScanVisitsItsRangeInOrderAndStopsWhenTold) {
  const auto store = MustOpen(options_);
  hub::core::Batch batch{.turn = 1, .flush = true, .writes = {}};
  for (const char* key : {"d", "a", "c", "\xf0", "b"}) batch.Put(key, "");
  ASSERT_TRUE(store->Write(batch));

  std::vector<std::string> seen;
  const auto visit = [&](std::string_view key, std::string_view) {
    seen.emplace_back(key);
    return seen.size() < 2;
  };
  ASSERT_TRUE(store->Scan("b", "d", visit));
  EXPECT_THAT(seen, ElementsAre("b", "c"));
  seen.clear();
  ASSERT_TRUE(store->Scan("a", "\xff", visit));
  EXPECT_THAT(seen, ElementsAre("a", "b"));
}

TEST_F(StoreTest, AScanIsOneViewWhateverIsWrittenMeanwhile) {
  const auto store = MustOpen(options_);
  hub::core::Batch batch{.turn = 1, .flush = true, .writes = {}};
  batch.Put("a", "1");
  batch.Put("b", "1");
  ASSERT_TRUE(store->Write(batch));
  hub::core::Batch later{.turn = 2, .flush = true, .writes = {}};
  later.Put("b", "2");
  later.Put("c", "2");

  Contents seen;
  ASSERT_TRUE(store->Scan("", "z", [&](std::string_view key, std::string_view value) {
    if (seen.empty()) {
      EXPECT_TRUE(store->Write(later));
    }
    return seen.emplace(key, value).second;
  }));
  EXPECT_THAT(seen, ElementsAre(Pair("a", "1"), Pair("b", "1")));
}

TEST_F(StoreTest, ReopeningFindsWhatWasWrittenFlushedOrNot) {
  const auto bytes_of = [](std::uint64_t turn) { return turn * 100; };
  for (std::uint64_t turn = 1; turn <= 20; ++turn) {
    const auto store = MustOpen(options_);
    EXPECT_EQ(Everything(*store), ContentsAfter(turn - 1, bytes_of));
    ASSERT_TRUE(store->Write(TurnBatch(turn, bytes_of(turn))));
    if (turn % 2 == 0) {
      ASSERT_TRUE(store->Flush());
    }
    EXPECT_EQ(store->Flushes(), turn % 2 == 0 ? 1u : 0u);
  }
}

TEST_F(StoreTest, MemoryDurabilityKeepsEverythingWhenClosedAndFlushesNothing) {
  options_.write_ahead_log = false;
  const auto bytes_of = [](std::uint64_t) { return 1000; };
  for (std::uint64_t turn = 1; turn <= 5; ++turn) {
    const auto store = MustOpen(options_);
    ASSERT_TRUE(store->Write(TurnBatch(turn, 1000)));
    ASSERT_TRUE(store->Flush());
    EXPECT_EQ(store->Flushes(), 0u);
  }
  options_.write_ahead_log = true;  // And the mode can be changed.
  const auto store = MustOpen(options_);
  EXPECT_EQ(Everything(*store), ContentsAfter(5, bytes_of));
}

TEST_F(StoreTest, AfterACrashMemoryDurabilityHoldsSomeEarlierTurn) {
  options_.write_ahead_log = false;
  options_.write_buffer_bytes = 64 * 1024;
  const auto bytes_of = [](std::uint64_t) { return 3000; };
  auto store = MustOpen(options_);
  for (std::uint64_t turn = 1; turn <= 100; ++turn) ASSERT_TRUE(store->Write(TurnBatch(turn, 3000)));
  disk_->CutPower();
  store.reset();
  disk_->RestorePower();
  store = MustOpen(options_);
  const Contents contents = Everything(*store);
  EXPECT_EQ(contents, ContentsAfter(LastTurn(contents), bytes_of));
}

// rule: hardening R16 an unknown format is refused
TEST_F(StoreTest, AnUnknownFormatVersionIsRefused) {
  MustOpen(options_).reset();
  ::rocksdb::DB* db = nullptr;
  ASSERT_TRUE(::rocksdb::DB::Open({}, options_.directory, &db).ok());
  const ::rocksdb::Slice key(kStateKey.data(), kStateKey.size());
  ASSERT_TRUE(db->Put({}, key, EncodeState({.version = 2, .salt = 1, .index = 1, .turn = 1})).ok());
  ASSERT_TRUE(db->Flush({}).ok());
  delete db;
  EXPECT_EQ(OpenError(options_),
            "The store has format version 2; this program knows version 1. Use the program that wrote it.");
}

TEST_F(StoreTest, AForeignDatabaseIsRefusedAndLeftAlone) {
  ::rocksdb::Options foreign;
  foreign.create_if_missing = true;
  ::rocksdb::DB* db = nullptr;
  ASSERT_TRUE(::rocksdb::DB::Open(foreign, options_.directory, &db).ok());
  ASSERT_TRUE(db->Put({}, "key", "value").ok());
  ASSERT_TRUE(db->Flush({}).ok());
  delete db;
  EXPECT_THAT(OpenError(options_), HasSubstr("that this program has not made"));
}

TEST_F(StoreTest, ASecondOpenIsRefused) {
  const auto store = MustOpen(options_);
  EXPECT_THAT(OpenError(options_), HasSubstr("Another process is using " + options_.directory));
}

TEST_F(StoreTest, ASecondProcessIsRefused) {
  MustOpen(options_).reset();
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const std::string path = options_.directory + "/penstock-lock";
  const pid_t other = ::fork();
  if (other == 0) {  // Only system calls here: other threads' locks may be held.
    const int file = ::open(path.c_str(), O_RDWR);
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    const char result = ::fcntl(file, F_SETLK, &lock) == 0 ? 'y' : 'n';
    if (::write(ready[1], &result, 1) != 1) ::_exit(1);
    while (true) ::pause();
  }
  char result = 0;
  ASSERT_EQ(::read(ready[0], &result, 1), 1);
  EXPECT_EQ(result, 'y');
  EXPECT_THAT(OpenError(options_), HasSubstr("Another process is using " + options_.directory));
  ::kill(other, SIGKILL);
  ::waitpid(other, nullptr, 0);
  ::close(ready[0]);
  ::close(ready[1]);
  EXPECT_EQ(ReopenedContents(options_), Contents{});
}

TEST_F(StoreTest, ADirectoryThatCannotBeMadeIsNamed) {
  WriteFile(scratch_ / "file", "");
  options_.directory = scratch_ / "file/store";
  EXPECT_THAT(OpenError(options_), HasSubstr("Cannot create " + options_.directory));
}

}  // namespace
}  // namespace adapters::rocksdb
