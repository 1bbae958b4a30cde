// Damage to a store's files while it is closed: found and named, or harmless; never served.
#include <rocksdb/file_system.h>

#include "tests/rocksdb/fixture.h"

namespace adapters::rocksdb {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr std::uint64_t kTurns = 10;
std::size_t BytesOf(std::uint64_t turn) { return turn == 4 ? 40'000 : turn * 90; }

// Keeps log files that RocksDB is done with, to make stores whose log is spread over several files.
class HoardingFs final : public ::rocksdb::FileSystemWrapper {
 public:
  HoardingFs() : FileSystemWrapper(std::make_shared<tests::PowerLossFs>()) {}

  const char* Name() const override { return "HoardingFs"; }
  ::rocksdb::IOStatus DeleteFile(const std::string& path, const ::rocksdb::IOOptions& options,
                                 ::rocksdb::IODebugContext* debug) override {
    return path.ends_with(".log") ? ::rocksdb::IOStatus::OK() : FileSystemWrapper::DeleteFile(path, options, debug);
  }
};

class DamageTest : public testing::Test {
 protected:
  // A store of which all turns are flushed and in one log file.
  void MakeStore() {
    const auto store = MustOpen(good_);
    ends_.push_back(ReadFile(LogIn(good_)).size());
    for (std::uint64_t turn = 1; turn <= kTurns; ++turn) {
      ASSERT_TRUE(store->Write(TurnBatch(turn, BytesOf(turn))));
      ends_.push_back(ReadFile(LogIn(good_)).size());
      ASSERT_TRUE(store->Flush());
    }
  }

  // A store whose turns are in several log files, none of them in a table.
  void MakeStoreOfManyLogs() {
    Options options = OptionsFor(scratch_ / "hoard", std::make_shared<HoardingFs>());
    options.write_buffer_bytes = 64 * 1024;
    auto store = MustOpen(options);
    CopyStore(options.directory, good_.directory);
    for (std::uint64_t turn = 1; turn <= 60; ++turn) {
      ASSERT_TRUE(store->Write(TurnBatch(turn, 5000)));
      ASSERT_TRUE(store->Flush());
    }
    store.reset();
    for (const auto& name : Names(options.directory, ".log")) {
      fs::copy_file(options.directory + "/" + name, good_.directory + "/" + name, fs::copy_options::overwrite_existing);
    }
    ASSERT_GE(Names(good_.directory, ".log").size(), 4u);
  }

  static std::string LogIn(const Options& options) {
    return options.directory + "/" + Names(options.directory, ".log").back();
  }

  // A fresh copy to be damaged.
  const Options& Copy() {
    CopyStore(good_.directory, damaged_.directory);
    return damaged_;
  }

  void Flip(const std::string& path, std::size_t at) {
    std::string bytes = ReadFile(path);
    ASSERT_LT(at, bytes.size());
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << random_.Below(8)));
    WriteFile(path, bytes);
  }

  // Either refuses, naming something, or holds exactly `expected`.
  void ExpectFoundOrHarmless(const Contents& expected) {
    const auto store = Open(damaged_);
    if (!store) {
      EXPECT_EQ(store.error().code, hub::Code::kStorage);
      EXPECT_THAT(store.error().message, HasSubstr(damaged_.directory));
      return;
    }
    const Contents contents = Everything(**store);
    if (!contents.contains("error")) {
      EXPECT_EQ(contents, expected);
    }
  }

  ScratchDirectory scratch_;
  std::shared_ptr<tests::PowerLossFs> disk_ = std::make_shared<tests::PowerLossFs>();
  Options good_ = OptionsFor(scratch_ / "good", disk_);
  Options damaged_ = OptionsFor(scratch_ / "damaged", disk_);
  std::vector<std::size_t> ends_;  // In the log, of each turn's record; first of that which opening writes.
  hub::Random random_{44};
};

// rule: hardening R4 a flipped byte with later turns behind it refuses and names the file
TEST_F(DamageTest, AFlippedByteBeforeLaterTurnsRefusesAndNamesTheFile) {
  MakeStore();
  const std::size_t last_begin = ends_[kTurns - 1];
  for (std::size_t at = 0; at < last_begin; at += 1 + random_.Below(at < 1000 ? 8 : 400)) {
    SCOPED_TRACE(at);
    const std::string log = LogIn(Copy());
    Flip(log, at);
    const auto hit = std::ranges::upper_bound(ends_, at) - ends_.begin();
    EXPECT_THAT(OpenError(damaged_),
                AllOf(HasSubstr(log + " is damaged at byte " + std::to_string(hit == 0 ? 0 : ends_[hit - 1]) + ":"),
                      HasSubstr("Restore the directory from a backup")));
  }
}

// rule: hardening R4 a flipped byte with nothing behind it is a torn tail
TEST_F(DamageTest, AFlippedByteInTheLastTurnIsCutOff) {
  MakeStore();
  const Contents before = ContentsAfter(kTurns - 1, BytesOf);
  for (std::size_t at = ends_[kTurns - 1]; at < ends_[kTurns]; at += 1 + random_.Below(12)) {
    SCOPED_TRACE(at);
    Flip(LogIn(Copy()), at);
    EXPECT_EQ(ReopenedContents(damaged_), before);
  }
}

// rule: hardening R4 truncation at any byte
TEST_F(DamageTest, ATruncatedLogHoldsTheTurnsBeforeItsEnd) {
  MakeStore();
  for (std::size_t size = 0; size < ends_.back(); size += 1 + random_.Below(size < 1000 ? 20 : 900)) {
    SCOPED_TRACE(size);
    fs::resize_file(LogIn(Copy()), size);
    const auto records = static_cast<std::uint64_t>(std::ranges::upper_bound(ends_, size) - ends_.begin());
    const std::uint64_t turns = records == 0 ? 0 : records - 1;
    EXPECT_EQ(ReopenedContents(damaged_), ContentsAfter(turns, BytesOf));
  }
}

// rule: hardening R4 a zeroed page
TEST_F(DamageTest, AZeroedPageIsFoundUnlessItIsTheTail) {
  MakeStore();
  std::string bytes = ReadFile(LogIn(good_));
  for (std::size_t page = 0; page < bytes.size(); page += 4096) {
    SCOPED_TRACE(page);
    const std::string log = LogIn(Copy());
    std::string zeroed = bytes;
    const std::size_t end = std::min(zeroed.size(), page + 4096);
    std::fill(zeroed.begin() + static_cast<std::ptrdiff_t>(page), zeroed.begin() + static_cast<std::ptrdiff_t>(end),
              '\0');
    WriteFile(log, zeroed);
    if (end <= ends_[kTurns - 1]) {
      EXPECT_THAT(OpenError(damaged_), HasSubstr(log + " is damaged at byte "));
    } else {
      MustOpen(damaged_).reset();
    }
  }
}

TEST_F(DamageTest, ZeroesBehindTheLogAreATornTail) {
  MakeStore();
  const std::string log = LogIn(Copy());
  WriteFile(log, ReadFile(log) + std::string(100'000, '\0'));
  EXPECT_EQ(ReopenedContents(damaged_), ContentsAfter(kTurns, BytesOf));
}

// rule: hardening R4 a missing log file, first, in the middle, or the only one
TEST_F(DamageTest, AMissingLogFileIsRefused) {
  MakeStoreOfManyLogs();
  const auto logs = Names(good_.directory, ".log");
  for (std::size_t i = 0; i + 1 < logs.size(); ++i) {
    SCOPED_TRACE(logs[i]);
    fs::remove(Copy().directory + "/" + logs[i]);
    EXPECT_THAT(OpenError(damaged_), AnyOf(HasSubstr("is missing"), HasSubstr("had been flushed")));
  }
  Copy();
  for (const auto& log : logs) fs::remove(damaged_.directory + "/" + log);
  EXPECT_THAT(OpenError(damaged_), HasSubstr("is missing"));
}

// rule: hardening R4 damage in one of several log files
TEST_F(DamageTest, TheCheckGoesOnAcrossLogFiles) {
  MakeStoreOfManyLogs();
  const auto bytes_of = [](std::uint64_t) { return 5000; };
  EXPECT_EQ(ReopenedContents(Copy()), ContentsAfter(60, bytes_of));
  const auto logs = Names(good_.directory, ".log");
  for (std::size_t i = 0; i + 1 < logs.size(); ++i) {
    const std::string log = Copy().directory + "/" + logs[i];
    for (const double part : {0.0, 0.5, 0.999}) {
      SCOPED_TRACE(log + " " + std::to_string(part));
      Copy();
      Flip(log, static_cast<std::size_t>(part * static_cast<double>(fs::file_size(log))));
      EXPECT_THAT(OpenError(damaged_), HasSubstr(log + " is damaged at byte "));
    }
  }
  const std::string last = Copy().directory + "/" + logs.back();
  Flip(last, fs::file_size(last) - 1);
  EXPECT_EQ(ReopenedContents(damaged_), ContentsAfter(59, bytes_of));
}

TEST_F(DamageTest, LogFilesWhoseTurnsAreInTablesDoNotMatter) {
  Options options = OptionsFor(scratch_ / "hoard", std::make_shared<HoardingFs>());
  options.write_buffer_bytes = 64 * 1024;
  auto store = MustOpen(options);
  const std::string first = LogIn(options);
  for (std::uint64_t turn = 1; turn <= 60; ++turn) ASSERT_TRUE(store->Write(TurnBatch(turn, 5000)));
  store.reset();
  ASSERT_GE(Names(options.directory, ".log").size(), 4u);
  Flip(first, 1000);
  EXPECT_EQ(ReopenedContents(options), ContentsAfter(60, [](std::uint64_t) { return 5000; }));
}

// rule: hardening R4 a flipped byte in any other kind of file
TEST_F(DamageTest, AFlippedByteInAnyOtherFileIsFoundOrHarmless) {
  MakeStore();
  MustOpen(good_).reset();  // Recovery has moved the turns into a table.
  const Contents expected = ContentsAfter(kTurns, BytesOf);
  for (const auto& entry : fs::directory_iterator(good_.directory)) {
    const std::string name = entry.path().filename();
    if (name.ends_with(".log") || entry.file_size() == 0) continue;
    const std::size_t size = entry.file_size();
    const std::size_t step = std::max<std::size_t>(1, size / 60);
    for (std::size_t at = random_.Below(step); at < size; at += step) {
      SCOPED_TRACE(name + " " + std::to_string(at));
      Flip(Copy().directory + "/" + name, at);
      ExpectFoundOrHarmless(expected);
    }
  }
}

// rule: hardening R4 any other file is truncated or missing
TEST_F(DamageTest, ATruncatedOrMissingFileIsFoundOrHarmless) {
  MakeStore();
  MustOpen(good_).reset();
  const Contents expected = ContentsAfter(kTurns, BytesOf);
  for (const auto& entry : fs::directory_iterator(good_.directory)) {
    const std::string name = entry.path().filename();
    if (name.ends_with(".log")) continue;
    for (const double part : {0.0, 0.3, 0.9}) {
      SCOPED_TRACE(name + " " + std::to_string(part));
      const std::string path = Copy().directory + "/" + name;
      fs::resize_file(path, static_cast<std::uintmax_t>(part * static_cast<double>(entry.file_size())));
      ExpectFoundOrHarmless(expected);
    }
    SCOPED_TRACE(name + " missing");
    fs::remove(Copy().directory + "/" + name);
    ExpectFoundOrHarmless(expected);
  }
}

}  // namespace
}  // namespace adapters::rocksdb
