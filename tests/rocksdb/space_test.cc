#include "adapters/rocksdb/space.h"

#include "tests/rocksdb/fixture.h"

namespace adapters::rocksdb {
namespace {

constexpr std::uint64_t kBallast = 100'000;
constexpr std::uint64_t kFloor = 30'000;

class SpaceTest : public testing::Test {
 protected:
  Space Make(std::chrono::milliseconds measured_for = std::chrono::milliseconds(0)) {
    return Space(disk_, scratch_ / "", kBallast, kFloor, measured_for);
  }
  bool HasBallast() const { return fs::exists(scratch_ / "ballast"); }

  ScratchDirectory scratch_;
  std::shared_ptr<tests::PowerLossFs> disk_ = std::make_shared<tests::PowerLossFs>();
};

// rule: hardening R5 space runs out, deletes go on from the ballast, and service resumes when there is room
TEST_F(SpaceTest, TheBallastIsReleasedBelowTheFloorAndTakenBackWhenThereIsRoom) {
  disk_->SetFreeSpace(10'000'000);
  Space space = Make();
  // clang-format off
  const struct {
    const char* why;
    std::uint64_t free_bytes;
    std::uint64_t left;
    bool ballast;
  } steps[] = {
      {"enough",                      10'000'000, 10'000'000, true},
      {"little, but above the floor", 30'000,     30'000,     true},
      {"below the floor",             29'999,     0,          false},
      {"the ballast is free now",     129'999,    29'999,     false},
      {"some more, still reserved",   1'999'999,  1'899'999,  false},
      {"twenty times the ballast",    2'000'000,  2'000'000,  true},
  };
  // clang-format on
  for (const auto& step : steps) {
    SCOPED_TRACE(step.why);
    disk_->SetFreeSpace(step.free_bytes);
    EXPECT_EQ(space.Left(), step.left);
    EXPECT_EQ(HasBallast(), step.ballast);
  }
}

TEST_F(SpaceTest, ABallastThatWouldTakeMoreThanATwentiethIsSkipped) {
  disk_->SetFreeSpace(kBallast * 20 - 1);
  Space space = Make();
  EXPECT_FALSE(HasBallast());
  EXPECT_EQ(space.Left(), kBallast * 20 - 1);
}

TEST_F(SpaceTest, AFailedWriteReleasesTheBallastAtOnce) {
  disk_->SetFreeSpace(10'000'000);
  Space space = Make();
  EXPECT_TRUE(HasBallast());
  space.Release();
  EXPECT_FALSE(HasBallast());
}

TEST_F(SpaceTest, AnOldBallastOfAnotherSizeIsReplaced) {
  WriteFile(scratch_ / "ballast", "short");
  disk_->SetFreeSpace(10'000'000);
  Space space = Make();
  EXPECT_EQ(fs::file_size(scratch_ / "ballast"), kBallast);
}

TEST_F(SpaceTest, AFigureServesForAWhile) {
  disk_->SetFreeSpace(10'000'000);
  Space space = Make(std::chrono::hours(1));
  disk_->SetFreeSpace(5'000'000);
  EXPECT_EQ(space.Left(), 10'000'000u);
}

}  // namespace
}  // namespace adapters::rocksdb
