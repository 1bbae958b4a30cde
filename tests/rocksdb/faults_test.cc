// Every call that the store makes to the disk fails once: nothing is acknowledged afterwards, nothing flushed is lost.
#include "tests/rocksdb/fixture.h"

namespace adapters::rocksdb {
namespace {

using Call = tests::PowerLossFs::Call;
using Failure = tests::PowerLossFs::Failure;
using testing::HasSubstr;

constexpr std::uint64_t kTurns = 14;
std::size_t BytesOf(std::uint64_t turn) { return turn % 4 == 0 ? 30'000 : 500; }

class FaultsTest : public testing::Test {
 protected:
  FaultsTest() { options_.write_buffer_bytes = 64 * 1024; }

  // Writes and flushes turns until something fails; returns the last one that was acknowledged.
  std::uint64_t RunUntilFailure(hub::engine::Store& store) {
    const std::uint64_t first = LastTurn(Everything(store)) + 1;
    std::uint64_t flushed = first - 1;
    for (std::uint64_t turn = first; turn <= kTurns; ++turn) {
      if (!store.Write(TurnBatch(turn, BytesOf(turn))) || !store.Flush()) {
        disk_->StopFailing();  // The disk is well again, but what it has lost nobody knows.
        EXPECT_FALSE(store.Write(TurnBatch(turn, BytesOf(turn))));
        EXPECT_FALSE(store.Flush());
        break;
      }
      flushed = turn;
    }
    return flushed;
  }

  // Lets the `nth` call fail during a run; false once there are fewer calls than that.
  bool FailNth(Call call, std::uint64_t nth, Failure failure, bool and_later) {
    disk_ = std::make_shared<tests::PowerLossFs>();
    options_ = OptionsFor(scratch_ / "store", disk_);
    options_.write_buffer_bytes = 64 * 1024;
    fs::remove_all(options_.directory);
    std::uint64_t flushed = 0;
    disk_->FailCall(call, nth, failure, and_later);
    if (auto store = Open(options_)) flushed = RunUntilFailure(**store);
    const bool failed = disk_->HasFailed();
    disk_->StopFailing();
    disk_->CutPower();
    disk_->RestorePower({.sectors = nth % 5, .names = nth % 3});
    auto store = MustOpen(options_);
    if (!store) return false;
    const Contents contents = Everything(*store);
    EXPECT_GE(LastTurn(contents), flushed);
    EXPECT_EQ(contents, ContentsAfter(LastTurn(contents), BytesOf));
    return failed;
  }

  ScratchDirectory scratch_;
  std::shared_ptr<tests::PowerLossFs> disk_ = std::make_shared<tests::PowerLossFs>();
  Options options_ = OptionsFor(scratch_ / "store", disk_);
};

// rule: hardening R5 ENOSPC, EIO, short writes and failed syncs at the N-th call, for N = 1 to all
// rule: hardening R2 nothing flushed is lost when no call after the N-th reaches the disk, for N = 1 to all
TEST_F(FaultsTest, AnyFailingCallLosesNothingAcknowledged) {
  const struct {
    const char* why;
    Call call;
    Failure failure;
    bool and_later;
  } cases[] = {
      {"a sync fails once", Call::kSync, Failure::kInputOutput, false},
      {"a write fails once", Call::kWrite, Failure::kInputOutput, false},
      {"the disk is full", Call::kWrite, Failure::kNoSpace, true},
      {"a file cannot be opened", Call::kOpen, Failure::kInputOutput, false},
      {"a read fails", Call::kRead, Failure::kInputOutput, false},
      {"a rename or removal fails", Call::kName, Failure::kInputOutput, false},
      {"the disk is gone", Call::kAny, Failure::kInputOutput, true},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    std::uint64_t nth = 1;
    while (!HasFailure() && FailNth(c.call, nth, c.failure, c.and_later)) ++nth;
    EXPECT_GT(nth, 3u);
    EXPECT_FALSE(HasFailure()) << "call " << nth;
  }
}

// rule: hardening R5 after a failed sync nothing is acknowledged any more
TEST_F(FaultsTest, AfterAFailedSyncNothingSucceeds) {
  const auto store = MustOpen(options_);
  ASSERT_TRUE(store->Write(TurnBatch(1, 100)));
  disk_->FailCall(Call::kSync, 1, Failure::kInputOutput);
  const auto flushed = store->Flush();
  ASSERT_FALSE(flushed);
  EXPECT_EQ(flushed.error().code, hub::Code::kStorage);
  EXPECT_THAT(flushed.error().message, HasSubstr("Cannot flush in " + options_.directory));
  EXPECT_EQ(store->Flush(), tl::unexpected(flushed.error()));
  EXPECT_EQ(store->Write(TurnBatch(2, 100)), tl::unexpected(flushed.error()));
  EXPECT_EQ(store->Flushes(), 0u);
}

// rule: hardening R5 a full disk: the ballast is given up, so that the next start has room
TEST_F(FaultsTest, AFullDiskReleasesTheBallast) {
  options_.ballast_bytes = 64 * 1024;
  const std::string ballast = options_.directory + "/ballast";
  const auto store = MustOpen(options_);
  EXPECT_EQ(fs::file_size(ballast), 64u * 1024);
  disk_->FailCall(Call::kWrite, 1, Failure::kNoSpace, true);
  const auto written = store->Write(TurnBatch(1, 100));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, hub::Code::kStorage);
  EXPECT_THAT(written.error().message, HasSubstr("Free some space on that disk and start again."));
  EXPECT_FALSE(fs::exists(ballast));
}

}  // namespace
}  // namespace adapters::rocksdb
