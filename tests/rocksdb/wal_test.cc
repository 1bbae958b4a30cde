#include "adapters/rocksdb/wal.h"

#include "adapters/rocksdb/crc32c.h"
#include "tests/rocksdb/fixture.h"

namespace adapters::rocksdb {
namespace {

TEST(Crc32cTest, MatchesTheKnownValues) {
  EXPECT_EQ(Crc32c(0, ""), 0u);
  EXPECT_EQ(Crc32c(0, "123456789"), 0xe3069283u);
  EXPECT_EQ(Crc32c(0, std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(Crc32c(Crc32c(0, "1234"), "56789"), 0xe3069283u);
}

TEST(Crc32cTest, TheInstructionAndTheTablesAgree) {
  hub::Random random(1);
  std::string bytes;
  for (int i = 0; i < 100; ++i) {
    const auto crc = static_cast<std::uint32_t>(random.Next());
    EXPECT_EQ(Crc32c(crc, bytes), Crc32cInSoftware(crc, bytes)) << i;
    bytes.push_back(static_cast<char>(random.Next()));
  }
}

TEST(MarkTest, IsReadBackAndAnyOtherBytesAreNot) {
  const Mark mark{.salt = 1, .index = 2, .durable = 3, .turn = 4};
  const std::string bytes = EncodeMark(mark);
  EXPECT_EQ(DecodeMark(bytes), mark);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(DecodeMark(changed)) << i;
    EXPECT_FALSE(DecodeMark(bytes.substr(0, i))) << i;
  }
  EXPECT_FALSE(DecodeMark(bytes + "x"));
}

// A log that RocksDB has written, of records of many sizes; one is larger than a block.
class WalReaderTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto options = OptionsFor(scratch_ / "store", std::make_shared<tests::PowerLossFs>());
    const auto store = MustOpen(options);
    for (std::uint64_t turn = 1; turn <= 12; ++turn) {
      ASSERT_TRUE(store->Write(TurnBatch(turn, turn == 5 ? 70'000 : turn * turn * 40)));
      ASSERT_TRUE(store->Flush());
    }
    bytes_ = ReadFile(options.directory + "/" + Names(options.directory, ".log").back());
    // The first mark tells the salt: after a fragment's header, a batch's, a tag and a length.
    salt_ = DecodeMark(std::string_view(bytes_).substr(7 + 12 + 2, EncodeMark({}).size())).value_or(Mark{}).salt;
  }

  std::vector<WalRecord> Records(std::string_view bytes) const {
    std::vector<WalRecord> records;
    WalReader reader(bytes, salt_);
    while (const auto record = reader.Next()) records.push_back(*record);
    return records;
  }

  static constexpr std::uint64_t kRecords = 13;  // Twelve turns, after the one that opening writes.

  ScratchDirectory scratch_;
  std::string bytes_;
  std::uint64_t salt_ = 0;
};

TEST_F(WalReaderTest, ReadsEveryRecordThatRocksDbWrote) {
  const auto records = Records(bytes_);
  ASSERT_EQ(records.size(), kRecords);
  for (std::uint64_t i = 0; i < kRecords; ++i) {
    EXPECT_EQ(records[i].mark, (Mark{.salt = salt_, .index = i + 1, .durable = i, .turn = i}));
    EXPECT_TRUE(records[i].whole);
    EXPECT_FALSE(records[i].after_damage);
  }
  EXPECT_EQ(records.back().end, bytes_.size());
}

TEST_F(WalReaderTest, ARecordOfAnotherStoreIsDamage) {
  WalReader reader(bytes_, salt_ + 1);
  EXPECT_FALSE(reader.Next());
  EXPECT_TRUE(reader.damaged());
}

// rule: hardening R4 a flipped byte hides its own record and no other
TEST_F(WalReaderTest, AnyFlippedByteHidesExactlyItsOwnRecord) {
  const auto whole = Records(bytes_);
  hub::Random random(4);
  for (std::size_t at = 0; at < bytes_.size(); at += at < 3000 ? 1 : 1 + random.Below(200)) {
    SCOPED_TRACE(at);
    std::string damaged = bytes_;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << random.Below(8)));
    const auto hit = static_cast<std::size_t>(
        std::ranges::find_if(whole, [&](const WalRecord& record) { return at < record.end; }) - whole.begin());
    std::vector<std::uint64_t> good;
    for (const WalRecord& record : Records(damaged)) {
      if (record.whole) good.push_back(record.mark.index);
      if (record.mark.index > hit + 1) {
        EXPECT_TRUE(record.after_damage);
      }
    }
    std::vector<std::uint64_t> expected;
    for (std::uint64_t i = 0; i < kRecords; ++i) {
      if (i != hit) expected.push_back(i + 1);
    }
    ASSERT_EQ(good, expected);
  }
}

TEST_F(WalReaderTest, ATruncatedLogHoldsTheRecordsBeforeItsEnd) {
  const auto whole = Records(bytes_);
  for (std::size_t size = 0; size < bytes_.size(); size += 97) {
    const auto records = Records(std::string_view(bytes_).substr(0, size));
    const auto ended = std::ranges::count_if(whole, [&](const WalRecord& record) { return record.end <= size; });
    EXPECT_EQ(std::ranges::count_if(records, &WalRecord::whole), ended) << size;
  }
}

TEST_F(WalReaderTest, ALogInsideAMessageOfAnotherStoreIsNotReadAsRecords) {
  const auto options = OptionsFor(scratch_ / "other", std::make_shared<tests::PowerLossFs>());
  const auto store = MustOpen(options);
  const std::size_t begin = ReadFile(options.directory + "/" + Names(options.directory, ".log").back()).size();
  hub::core::Batch batch{.turn = 1, .flush = true, .writes = {}};
  batch.Put("message", bytes_.substr(0, 20'000));
  ASSERT_TRUE(store->Write(batch));
  std::string log = ReadFile(options.directory + "/" + Names(options.directory, ".log").back());
  EXPECT_EQ(Records(log).size(), 0u);
  log[begin] = static_cast<char>(log[begin] ^ 1);  // Now the bytes of the message are searched for records.
  EXPECT_GT(Records(log).size(), 2u);              // With the salt of the store that made them, they would be found.
  salt_ = ~salt_;
  EXPECT_EQ(Records(log).size(), 0u);
}

}  // namespace
}  // namespace adapters::rocksdb
