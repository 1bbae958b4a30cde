// Power cuts: what was flushed is there afterwards, whatever else is, and it is the effect of whole turns in order.
#include "tests/rocksdb/fixture.h"

namespace adapters::rocksdb {
namespace {

using testing::HasSubstr;

// Of very different sizes: within a sector, over several blocks of the log, more than a write buffer.
std::size_t BytesOf(std::uint64_t turn) {
  hub::Random random(turn * 7919);
  return std::size_t{1} << random.Below(17);
}

class PowerCutTest : public testing::Test {
 protected:
  PowerCutTest() { options_.write_buffer_bytes = 64 * 1024; }

  // Writes turns until `last`, flushing some; returns the last one flushed.
  std::uint64_t Run(hub::engine::Store& store, std::uint64_t first, std::uint64_t last, hub::Random& random) {
    std::uint64_t flushed = 0;
    for (std::uint64_t turn = first; turn <= last; ++turn) {
      EXPECT_TRUE(store.Write(TurnBatch(turn, BytesOf(turn))));
      if (!random.OneIn(2)) continue;
      EXPECT_TRUE(store.Flush());
      flushed = turn;
    }
    return flushed;
  }

  void CutPower(StorePtr& store, tests::PowerLossFs::Survival survival) {
    disk_->CutPower();
    store.reset();
    disk_->RestorePower(survival);
  }

  ScratchDirectory scratch_;
  std::shared_ptr<tests::PowerLossFs> disk_ = std::make_shared<tests::PowerLossFs>();
  Options options_ = OptionsFor(scratch_ / "store", disk_);
};

// rule: hardening R3 two hundred power cuts lose nothing that was flushed
TEST_F(PowerCutTest, TwoHundredCutsLoseNothingFlushed) {
  hub::Random random(3);
  std::uint64_t turn = 0;
  for (int cut = 0; cut < 200; ++cut) {
    SCOPED_TRACE(cut);
    auto store = MustOpen(options_);
    ASSERT_TRUE(store);
    ASSERT_EQ(Everything(*store), ContentsAfter(turn, BytesOf));
    const std::uint64_t flushed = std::max(turn, Run(*store, turn + 1, turn + random.Below(12), random));
    CutPower(store, {.sectors = random.OneIn(3) ? random.Below(200) : 0, .names = random.Below(4)});
    if (store = MustOpen(options_); !store) return;
    const std::uint64_t found = LastTurn(Everything(*store));
    ASSERT_GE(found, flushed);
    turn = found;
  }
  EXPECT_GT(turn, 200u);
}

// rule: hardening R3 the canary: without syncs the same cuts do lose what was flushed
TEST_F(PowerCutTest, WithoutSyncsFlushedTurnsAreLost) {
  MustOpen(options_).reset();
  disk_->IgnoreSyncs(true);
  auto store = MustOpen(options_);
  hub::Random random(5);
  const std::uint64_t flushed = Run(*store, 1, 20, random);
  ASSERT_GT(flushed, 0u);
  CutPower(store, {});
  const auto reopened = Open(options_);
  if (reopened) {
    EXPECT_LT(LastTurn(Everything(**reopened)), flushed);
  }
}

// rule: hardening R3 a power cut while the store is created, at every call
TEST_F(PowerCutTest, ACutDuringCreationLeavesADirectoryThatOpens) {
  for (std::uint64_t nth = 1;; ++nth) {
    SCOPED_TRACE(nth);
    const Options options = OptionsFor(scratch_ / std::to_string(nth), disk_);
    for (const std::uint64_t names : {std::uint64_t{0}, std::uint64_t{2}, tests::PowerLossFs::kAll}) {
      disk_->FailCall(tests::PowerLossFs::Call::kAny, nth, tests::PowerLossFs::Failure::kInputOutput, true);
      auto store = Open(options);
      const bool failed = disk_->HasFailed();
      disk_->StopFailing();
      disk_->CutPower();
      if (store) store->reset();
      disk_->RestorePower({.sectors = 0, .names = names});
      if (!failed && names == 0) return;
    }
    auto store = MustOpen(options);
    ASSERT_TRUE(store);
    EXPECT_EQ(Everything(*store), Contents{});
  }
}

// rule: hardening R3 the last write torn at every 512-byte boundary
TEST_F(PowerCutTest, AWriteTornAtAnySectorIsThereWholeOrNotAtAll) {
  options_.write_buffer_bytes = 16 * 1024 * 1024;
  const auto bytes_of = [](std::uint64_t) { return 20'000; };
  std::uint64_t turn = 0;
  bool whole = false;
  for (std::uint64_t sectors = 0; !whole; ++sectors) {
    SCOPED_TRACE(sectors);
    auto store = MustOpen(options_);
    ASSERT_TRUE(store->Write(TurnBatch(turn + 1, 20'000)));
    ASSERT_TRUE(store->Flush());
    ASSERT_TRUE(store->Write(TurnBatch(turn + 2, 20'000)));
    CutPower(store, {.sectors = sectors, .names = 0});
    ASSERT_LT(sectors, 50u);
    store = MustOpen(options_);
    ASSERT_TRUE(store);
    whole = LastTurn(Everything(*store)) == turn + 2;
    turn += whole ? 2 : 1;
    ASSERT_EQ(Everything(*store), ContentsAfter(turn, bytes_of));
    EXPECT_EQ(whole, sectors >= 40);
  }
}

// rule: hardening R3 the disk may keep a later unflushed write and lose an earlier one
TEST_F(PowerCutTest, AnUnflushedTurnLostBeforeAnotherIsATornTail) {
  options_.write_buffer_bytes = 16 * 1024 * 1024;
  const auto bytes_of = [](std::uint64_t) { return 5000; };
  auto store = MustOpen(options_);
  for (std::uint64_t turn = 1; turn <= 6; ++turn) {
    ASSERT_TRUE(store->Write(TurnBatch(turn, 5000)));
    if (turn == 3) {
      ASSERT_TRUE(store->Flush());
    }
  }
  CutPower(store, {.sectors = tests::PowerLossFs::kAll, .names = tests::PowerLossFs::kAll});
  const std::string log = options_.directory + "/" + Names(options_.directory, ".log").back();
  std::string bytes = ReadFile(log);
  std::fill_n(bytes.begin() + 16'000, 512, '\0');  // In the fourth turn.
  WriteFile(log, bytes);
  store = MustOpen(options_);
  EXPECT_EQ(Everything(*store), ContentsAfter(3, bytes_of));
}

}  // namespace
}  // namespace adapters::rocksdb
