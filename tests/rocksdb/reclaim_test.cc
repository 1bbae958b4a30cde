#include <chrono>
#include <thread>

#include "adapters/rocksdb/reclaimer.h"
#include "tests/rocksdb/fixture.h"

namespace adapters::rocksdb {
namespace {

std::string Key(std::uint64_t sequence) {
  std::string key(1, '\x06');
  hub::AppendBigEndian(key, 1);
  hub::AppendBigEndian(key, sequence);
  return key;
}

class ReclaimTest : public testing::Test {
 protected:
  static constexpr std::uint64_t kChunks = 600;

  void Fill(hub::engine::Store& store) {
    for (std::uint64_t i = 0; i < kChunks; ++i) {
      hub::core::Batch batch{.turn = ++turn_, .flush = false, .writes = {}};
      batch.Put(Key(i), std::string(10'000, static_cast<char>('a' + i % 26)));
      ASSERT_TRUE(store.Write(batch));
    }
  }

  void Delete(hub::engine::Store& store, std::uint64_t from, std::uint64_t to) {
    hub::core::Batch batch{.turn = ++turn_, .flush = false, .writes = {}};
    for (std::uint64_t i = from; i < to; ++i) batch.Delete(Key(i));
    ASSERT_TRUE(store.Write(batch));
  }

  std::uint64_t TableBytes() const {
    std::uint64_t bytes = 0;
    for (const auto& name : Names(options_.directory, ".sst")) {
      std::error_code gone;
      const auto size = fs::file_size(options_.directory + "/" + name, gone);
      if (!gone) bytes += size;
    }
    return bytes;
  }

  // Looks until the tables take less than `bytes`, or for too long.
  bool TablesShrinkBelow(std::uint64_t bytes, std::chrono::milliseconds patience = std::chrono::seconds(20)) const {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (std::chrono::steady_clock::now() < deadline) {
      if (TableBytes() < bytes) return true;
      std::this_thread::yield();
    }
    return false;
  }

  ScratchDirectory scratch_;
  Options options_ = [this] {
    Options options = OptionsFor(scratch_ / "store", std::make_shared<tests::PowerLossFs>());
    options.write_buffer_bytes = 128 * 1024;
    return options;
  }();
  std::uint64_t turn_ = 0;
};

TEST_F(ReclaimTest, DiskIsGivenBackWhileTheRestStays) {
  auto store = MustOpen(options_);
  Fill(*store);
  const std::uint64_t full = TableBytes();
  for (std::uint64_t i = 0; i < 500; i += 10) {
    Delete(*store, i, i + 10);
    store->Reclaim(Key(i), Key(i + 10));
  }
  EXPECT_TRUE(TablesShrinkBelow(full / 2));
  const auto check = [&] {
    const Contents contents = Everything(*store);
    ASSERT_EQ(contents.size(), kChunks - 500);
    EXPECT_EQ(contents.begin()->first, Key(500));
  };
  check();
  store.reset();
  store = MustOpen(options_);
  check();
}

TEST_F(ReclaimTest, AKeyThatIsPutAgainIsKept) {
  auto store = MustOpen(options_);
  Fill(*store);
  Delete(*store, 0, 500);
  store->Reclaim(Key(0), Key(300));
  for (std::uint64_t i = 0; i < 500; i += 25) {
    hub::core::Batch batch{.turn = ++turn_, .flush = true, .writes = {}};
    batch.Put(Key(i), "again");
    ASSERT_TRUE(store->Write(batch));
    store->Reclaim(Key(i + 1), Key(i + 25));
  }
  store.reset();
  store = MustOpen(options_);
  const Contents contents = Everything(*store);
  ASSERT_EQ(contents.size(), kChunks - 500 + 20);
  EXPECT_EQ(contents.begin()->second, "again");
}

// rule: hardening R3 space given back stays given back, and nothing comes to life again
TEST_F(ReclaimTest, APowerCutBringsNothingBackThatWasFlushedAsDeleted) {
  const auto disk = std::make_shared<tests::PowerLossFs>();
  options_.file_system = disk;
  hub::Random random(8);
  auto store = MustOpen(options_);
  Fill(*store);
  ASSERT_TRUE(store->Flush());
  for (std::uint64_t i = 0; i < kChunks; i += 50) {
    SCOPED_TRACE(i);
    Delete(*store, i, i + 50);
    ASSERT_TRUE(store->Flush());
    store->Reclaim(Key(random.OneIn(2) ? 0 : i), Key(i + 50));
    if (random.OneIn(2)) TablesShrinkBelow((kChunks - i - 50) * 10'000, std::chrono::milliseconds(50));
    disk->CutPower();
    store.reset();
    disk->RestorePower({.sectors = 0, .names = random.Below(5)});
    store = MustOpen(options_);
    ASSERT_TRUE(store);
    ASSERT_EQ(Everything(*store).size(), kChunks - i - 50);
  }
}

}  // namespace
}  // namespace adapters::rocksdb
