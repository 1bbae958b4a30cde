#include "adapters/rocksdb/recovery.h"

#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <rocksdb/wal_filter.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <charconv>
#include <cstdarg>
#include <memory>
#include <string_view>
#include <vector>

#include "adapters/rocksdb/wal.h"
#include "hub/base/bytes.h"

namespace adapters::rocksdb {
namespace {

// Learns which log files RocksDB still needs, and keeps their records out, so that only the tables are read.
class TablesOnly final : public ::rocksdb::WalFilter {
 public:
  void ColumnFamilyLogNumberMap(const std::map<std::uint32_t, std::uint64_t>& needed_from,
                                const std::map<std::string, std::uint32_t>&) override {
    for (const auto& [family, number] : needed_from) needed_from_ = std::max(needed_from_, number);
  }

  WalProcessingOption LogRecordFound(unsigned long long, const std::string&, const ::rocksdb::WriteBatch&,
                                     ::rocksdb::WriteBatch*, bool*) override {
    return WalProcessingOption::kStopReplay;
  }

  const char* Name() const override { return "TablesOnly"; }

  std::uint64_t needed_from() const { return needed_from_; }

 private:
  std::uint64_t needed_from_ = 0;
};

class Silent final : public ::rocksdb::Logger {
 public:
  Silent() : Logger(::rocksdb::InfoLogLevel::FATAL_LEVEL) {}

  using Logger::Logv;
  void Logv(const char*, va_list) override {}
};

struct LogFile {
  std::uint64_t number = 0;
  std::string path;
};

struct Listing {
  bool current = false;       // The file that names the manifest.
  bool created = false;       // Creation was finished: there must be a state.
  std::vector<LogFile> logs;  // Ascending.
};

hub::Result<Listing> List(::rocksdb::FileSystem& files, const std::string& directory) {
  std::vector<std::string> names;
  const auto status = files.GetChildren(directory, {}, &names, nullptr);
  if (!status.ok()) return Refuse("Cannot list " + directory + ": " + status.ToString());
  Listing listing;
  for (const std::string& name : names) {
    if (name == "CURRENT") listing.current = true;
    if (name == kCreatedName) listing.created = true;
    if (!name.ends_with(".log")) continue;
    LogFile log{.path = directory + "/" + name};
    const char* const end = name.data() + name.size() - 4;
    if (std::from_chars(name.data(), end, log.number).ptr == end) listing.logs.push_back(std::move(log));
  }
  std::ranges::sort(listing.logs, {}, &LogFile::number);
  return listing;
}

hub::Result<std::string> ReadWhole(::rocksdb::FileSystem& files, const std::string& path) {
  std::unique_ptr<::rocksdb::FSSequentialFile> file;
  std::uint64_t size = 0;
  auto status = files.GetFileSize(path, {}, &size, nullptr);
  if (status.ok()) status = files.NewSequentialFile(path, {}, &file, nullptr);
  std::string bytes(status.ok() ? size : 0, '\0');
  std::size_t filled = 0;
  while (status.ok() && filled < bytes.size()) {
    ::rocksdb::Slice read;
    status = file->Read(bytes.size() - filled, {}, &read, bytes.data() + filled, nullptr);
    if (status.ok() && read.empty()) break;
    if (read.data() != bytes.data() + filled) std::copy_n(read.data(), read.size(), bytes.data() + filled);
    filled += read.size();
  }
  if (!status.ok()) return Refuse("Cannot read " + path + ": " + status.ToString());
  bytes.resize(filled);
  return bytes;
}

// Follows the numbering through the log files, in order.
class Chain {
 public:
  explicit Chain(const State& tables) : state_(tables) {}

  // Fails if a record of `log` proves that one before it is missing although it was flushed.
  [[nodiscard]] hub::Result<void> Follow(const LogFile& log, std::string_view bytes) {
    WalReader reader(bytes, state_.salt);
    std::uint64_t good_end = 0;
    while (const auto record = reader.Next()) {
      if (!torn_ && record->whole && !record->after_damage && Continues(record->mark.index)) {
        state_.index = std::max(state_.index, record->mark.index);
        state_.turn = record->mark.turn;
        expected_ = record->mark.index + 1;
        good_end = record->end;
        continue;
      }
      if (!torn_) Tear(log, good_end);
      if (record->mark.durable >= expected_) {
        return Refuse(torn_at_.path + " is damaged at byte " + std::to_string(torn_end_) + ": record " +
                      std::to_string(expected_) + " is missing or cannot be read, but it had been flushed and " +
                      log.path + " goes on with turn " + std::to_string(record->mark.turn));
      }
    }
    if (!torn_ && reader.damaged()) Tear(log, good_end);
    return {};
  }

  // The state after the last good record.
  const State& state() const { return state_; }

  bool torn() const { return torn_; }

  // How many bytes of `log` are good.
  std::uint64_t GoodBytes(const LogFile& log) const { return log.number == torn_at_.number ? torn_end_ : 0; }

  bool KeepsWhole(const LogFile& log) const { return !torn_ || log.number < torn_at_.number; }

 private:
  // The first record of the log may be one that the tables have already.
  bool Continues(std::uint64_t index) const { return expected_ == 0 ? index <= state_.index + 1 : index == expected_; }

  void Tear(const LogFile& log, std::uint64_t good_end) {
    torn_ = true;
    torn_at_ = log;
    torn_end_ = good_end;
    expected_ = state_.index + 1;
  }

  State state_;
  std::uint64_t expected_ = 0;  // The next record; 0 before the first.
  bool torn_ = false;
  LogFile torn_at_;
  std::uint64_t torn_end_ = 0;
};

hub::Result<void> Cut(::rocksdb::FileSystem& files, const Chain& chain, const std::vector<LogFile>& logs) {
  for (const LogFile& log : logs) {
    if (chain.KeepsWhole(log)) continue;
    const std::uint64_t good = chain.GoodBytes(log);
    // Not synced: until the tables hold what is before the cut, the next start finds the same and cuts again.
    std::unique_ptr<::rocksdb::FSWritableFile> file;
    auto status = files.ReopenWritableFile(log.path, {}, &file, nullptr);
    if (status.ok()) status = file->Truncate(good, {}, nullptr);
    if (status.ok()) status = file->Close({}, nullptr);
    if (!status.ok()) return Refuse("Cannot cut " + log.path + ": " + status.ToString());
    spdlog::warn("{} ends in records that were never flushed and cannot be read: cut to {} bytes.", log.path, good);
  }
  return {};
}

// What the tables hold, and the first log file that they do not cover; no state if creation was not finished.
struct Tables {
  std::optional<State> state;
  bool empty = true;
  std::uint64_t needed_from = 0;
};

hub::Result<Tables> ReadTables(const ::rocksdb::Options& database, const std::string& directory) {
  TablesOnly filter;
  ::rocksdb::Options options = database;
  options.wal_filter = &filter;
  options.info_log = std::make_shared<Silent>();  // It would warn of damage that is still to be judged.
  options.wal_recovery_mode = ::rocksdb::WALRecoveryMode::kSkipAnyCorruptedRecords;  // No record is used.
  std::unique_ptr<::rocksdb::DB> db;
  ::rocksdb::DB* opened = nullptr;
  auto status = ::rocksdb::DB::OpenForReadOnly(options, directory, &opened);
  if (!status.ok()) return Refuse("The tables in " + directory + " cannot be opened: " + status.ToString());
  db.reset(opened);

  Tables tables{.state = std::nullopt, .empty = true, .needed_from = filter.needed_from()};
  std::string value;
  status = db->Get({}, db->DefaultColumnFamily(), ::rocksdb::Slice(kStateKey.data(), kStateKey.size()), &value);
  if (status.ok()) {
    const auto state = DecodeState(value);
    if (!state) return tl::unexpected(state.error());
    tables.state = *state;
  } else if (!status.IsNotFound()) {
    return Refuse("The tables in " + directory + " cannot be read: " + status.ToString());
  }
  const std::unique_ptr<::rocksdb::Iterator> any(db->NewIterator({}));
  any->SeekToFirst();
  tables.empty = any->status().ok() && !any->Valid();
  return tables;
}

}  // namespace

std::string EncodeState(const State& state) {
  std::string bytes;
  hub::Writer writer(bytes);
  writer.Fixed(state.version);
  writer.Fixed(state.salt);
  writer.Fixed(state.index);
  writer.Fixed(state.turn);
  return bytes;
}

hub::Result<State> DecodeState(std::string_view bytes) {
  hub::Reader reader(bytes);
  State state;
  state.version = reader.Fixed<std::uint32_t>();
  if (reader.ok() && state.version != kFormatVersion) {
    return hub::Fail(hub::Code::kStorage, "The store has format version " + std::to_string(state.version) +
                                              "; this program knows version " + std::to_string(kFormatVersion) +
                                              ". Use the program that wrote it.");
  }
  state.salt = reader.Fixed<std::uint64_t>();
  state.index = reader.Fixed<std::uint64_t>();
  state.turn = reader.Fixed<std::uint64_t>();
  if (!reader.ok() || !reader.AtEnd()) return Refuse("The store's format entry is malformed");
  return state;
}

tl::unexpected<hub::Error> Refuse(const std::string& what) {
  return hub::Fail(hub::Code::kStorage,
                   what + ". Restore the directory from a backup, or move it away to start with an empty store.");
}

hub::Result<std::optional<State>> PrepareToOpen(const ::rocksdb::Options& database, const std::string& directory) {
  const auto file_system = database.env->GetFileSystem();
  const auto listing = List(*file_system, directory);
  if (!listing) return tl::unexpected(listing.error());
  if (!listing->current) {
    if (listing->created) return Refuse(directory + "/CURRENT is missing");
    return std::nullopt;
  }
  const auto tables = ReadTables(database, directory);
  if (!tables) return tl::unexpected(tables.error());
  if (!tables->state) {
    if (listing->created) return Refuse("The tables in " + directory + " have lost the store's format entry");
    if (!tables->empty) return Refuse(directory + " holds a RocksDB database that this program has not made");
    return std::nullopt;
  }

  std::vector<LogFile> logs = listing->logs;
  std::erase_if(logs, [&](const LogFile& log) { return log.number < tables->needed_from; });
  if (logs.empty()) {
    return Refuse("The log file that goes on where the tables end is missing from " + directory);
  }
  Chain chain(*tables->state);
  for (const LogFile& log : logs) {
    const auto bytes = ReadWhole(*file_system, log.path);
    if (!bytes) return tl::unexpected(bytes.error());
    if (const auto followed = chain.Follow(log, *bytes); !followed) return tl::unexpected(followed.error());
  }
  if (chain.torn()) {
    if (const auto cut = Cut(*file_system, chain, logs); !cut) return tl::unexpected(cut.error());
  }
  return chain.state();
}

}  // namespace adapters::rocksdb
