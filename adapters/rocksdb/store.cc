#include "adapters/rocksdb/store.h"

#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/write_batch.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <random>
#include <utility>

#include "adapters/rocksdb/environment.h"
#include "adapters/rocksdb/options.h"
#include "adapters/rocksdb/reclaimer.h"
#include "adapters/rocksdb/recovery.h"
#include "adapters/rocksdb/space.h"
#include "adapters/rocksdb/wal.h"
#include "hub/base/assert.h"

namespace adapters::rocksdb {
namespace {

// A batch's buffer is kept for the next one unless a rare large turn has blown it up.
constexpr std::size_t kKeptBytesMax = 4 * 1024 * 1024;
constexpr std::chrono::milliseconds kSpaceMeasuredFor(50);

::rocksdb::Slice SliceOf(std::string_view bytes) { return {bytes.data(), bytes.size()}; }
std::string_view ViewOf(const ::rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

// Holds a directory against other processes, and against this one.
class DirectoryLock {
 public:
  DirectoryLock(std::shared_ptr<::rocksdb::FileSystem> files, ::rocksdb::FileLock* lock)
      : files_(std::move(files)), lock_(lock) {}
  ~DirectoryLock() { files_->UnlockFile(lock_, {}, nullptr).PermitUncheckedError(); }

  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;

  [[nodiscard]] static hub::Result<std::unique_ptr<DirectoryLock>> Take(
      const std::shared_ptr<::rocksdb::FileSystem>& files, const std::string& directory) {
    auto status = files->CreateDirIfMissing(directory, {}, nullptr);
    if (!status.ok()) {
      return hub::Fail(hub::Code::kStorage, "Cannot create " + directory + ": " + status.ToString() +
                                                ". Create it, or give this user the right to.");
    }
    ::rocksdb::FileLock* lock = nullptr;
    status = files->LockFile(directory + "/penstock-lock", {}, &lock, nullptr);
    if (!status.ok()) {
      return hub::Fail(hub::Code::kStorage, "Another process is using " + directory + " (" + status.ToString() +
                                                "). Stop it, or give each process a directory of its own.");
    }
    return std::make_unique<DirectoryLock>(files, lock);
  }

 private:
  std::shared_ptr<::rocksdb::FileSystem> files_;
  ::rocksdb::FileLock* lock_;
};

class RocksStore final : public hub::engine::Store {
 public:
  RocksStore(const Options& options, std::shared_ptr<::rocksdb::FileSystem> files, std::unique_ptr<DirectoryLock> lock)
      : options_(options),
        files_(std::move(files)),
        lock_(std::move(lock)),
        environment_(MakeEnvironment(files_)),
        compactions_(std::make_shared<CompactionCounter>()),
        space_(files_, options.directory, options.ballast_bytes, options.space_floor_bytes, kSpaceMeasuredFor) {}

  [[nodiscard]] hub::Result<void> Start();

  hub::Result<void> Write(const hub::core::Batch& batch) override;
  hub::Result<void> Flush() override;
  hub::Result<void> Scan(std::string_view from, std::string_view to, const Visit& visit) override;
  void Reclaim(std::string_view from, std::string_view to) override { reclaimer_->Add(from, to); }
  std::uint64_t SpaceLeft() const override { return space_.Left(); }
  std::uint64_t Flushes() const override { return flushes_; }

 private:
  [[nodiscard]] hub::Result<void> Create();
  [[nodiscard]] hub::Result<void> MarkCreated();
  [[nodiscard]] hub::Result<void> NoteOpening();
  [[nodiscard]] hub::Result<void> CheckState(const State& expected);
  void BeginRecord(std::uint64_t turn);
  [[nodiscard]] hub::Result<void> CommitRecord();
  [[nodiscard]] hub::Result<void> Sync();
  bool EraseRange(const std::string& from, const std::string& to, const std::function<bool()>& still_wanted);
  tl::unexpected<hub::Error> Failed(const char* action, const ::rocksdb::Status& status);

  const Options options_;
  const std::shared_ptr<::rocksdb::FileSystem> files_;
  const std::unique_ptr<DirectoryLock> lock_;
  const std::unique_ptr<::rocksdb::Env> environment_;
  const std::shared_ptr<CompactionCounter> compactions_;
  mutable Space space_;  // Measures, and keeps the ballast, when it is asked.
  std::unique_ptr<::rocksdb::DB> db_;

  std::mutex writing_;  // The committer's, but for the moments when the reclaimer writes a tombstone.
  ::rocksdb::WriteBatch batch_;
  State state_;
  std::atomic<std::uint64_t> durable_ = 0;  // Index of the last record known to be on disk.
  std::atomic<std::uint64_t> flushes_ = 0;

  std::mutex failing_;
  std::optional<hub::Error> failure_;  // The first one: after it nothing succeeds any more.
  std::atomic<bool> failed_ = false;

  std::unique_ptr<Reclaimer> reclaimer_;  // Last: its thread uses all of the above.
};

hub::Result<void> RocksStore::Start() {
  ::rocksdb::Options database = DatabaseOptions(options_, environment_.get());
  const auto expected = PrepareToOpen(database, options_.directory);
  if (!expected) return tl::unexpected(expected.error());

  database.listeners.push_back(compactions_);
  ::rocksdb::DB* opened = nullptr;
  const auto status = ::rocksdb::DB::Open(database, options_.directory, &opened);
  db_.reset(opened);
  if (!status.ok()) return Refuse("The store in " + options_.directory + " cannot be opened: " + status.ToString());

  auto ready = *expected ? CheckState(**expected) : Create();
  if (!ready) return ready;
  if (auto marked = MarkCreated(); !marked) return marked;
  durable_ = state_.index;  // Opening has moved everything into tables.
  if (auto noted = NoteOpening(); !noted) return noted;
  reclaimer_ = std::make_unique<Reclaimer>(
      *db_, *compactions_,
      [this](const std::string& from, const std::string& to, const std::function<bool()>& still_wanted) {
        return EraseRange(from, to, still_wanted);
      });
  return {};
}

// The format entry goes straight to a table, so that it is always there to be read before the log is.
hub::Result<void> RocksStore::Create() {
  std::random_device entropy;
  state_.salt = std::uint64_t{entropy()} << 32 | entropy();
  ::rocksdb::WriteOptions unlogged;
  unlogged.disableWAL = true;
  auto status = db_->Put(unlogged, SliceOf(kStateKey), EncodeState(state_));
  if (status.ok()) status = db_->Flush({});
  if (!status.ok()) return Failed("create the store", status);
  return {};
}

hub::Result<void> RocksStore::MarkCreated() {
  const std::string path = options_.directory + "/" + std::string(kCreatedName);
  if (files_->FileExists(path, {}, nullptr).ok()) return {};
  std::unique_ptr<::rocksdb::FSWritableFile> file;
  auto status = files_->NewWritableFile(path, {}, &file, nullptr);
  if (status.ok()) status = file->Fsync({}, nullptr);
  if (status.ok()) status = file->Close({}, nullptr);
  std::unique_ptr<::rocksdb::FSDirectory> directory;
  if (status.ok()) status = files_->NewDirectory(options_.directory, {}, &directory, nullptr);
  if (status.ok()) status = directory->Fsync({}, nullptr);
  if (!status.ok()) return Failed("create the store", status);
  return {};
}

// What RocksDB has recovered must be exactly what the log and the tables were seen to hold.
hub::Result<void> RocksStore::CheckState(const State& expected) {
  std::string value;
  const auto status = db_->Get({}, db_->DefaultColumnFamily(), SliceOf(kStateKey), &value);
  if (!status.ok()) return Refuse("The format entry in " + options_.directory + " is lost: " + status.ToString());
  const auto found = DecodeState(value);
  if (!found) return tl::unexpected(found.error());
  if (found->index != expected.index || found->salt != expected.salt) {
    return Refuse("Recovery of " + options_.directory + " arrived at record " + std::to_string(found->index) +
                  " instead of " + std::to_string(expected.index));
  }
  state_ = *found;
  return {};
}

// A first record in the new log, which says up to where the tables go: should the tables ever be put back to an earlier
// state, by a damaged manifest, this record no longer follows and the next opening refuses.
hub::Result<void> RocksStore::NoteOpening() {
  if (!options_.write_ahead_log) return {};
  BeginRecord(state_.turn);
  if (auto committed = CommitRecord(); !committed) return committed;
  return Sync();
}

void RocksStore::BeginRecord(std::uint64_t turn) {
  ++state_.index;
  state_.turn = turn;
  batch_.Clear();
  const Mark mark{.salt = state_.salt, .index = state_.index, .durable = durable_, .turn = turn};
  const auto status = batch_.PutLogData(EncodeMark(mark));
  HUB_ASSERT(status.ok());  // Fails only for a batch with a size limit.
}

hub::Result<void> RocksStore::CommitRecord() {
  auto status = batch_.Put(SliceOf(kStateKey), EncodeState(state_));
  ::rocksdb::WriteOptions how;
  how.disableWAL = !options_.write_ahead_log;
  if (status.ok()) status = db_->Write(how, &batch_);
  if (batch_.GetDataSize() > kKeptBytesMax) batch_ = ::rocksdb::WriteBatch();
  if (!status.ok()) return Failed("write", status);
  return {};
}

hub::Result<void> RocksStore::Write(const hub::core::Batch& batch) {
  const std::lock_guard lock(writing_);
  if (failed_) return Failed("write", {});
  BeginRecord(batch.turn);
  for (const hub::core::Write& write : batch.writes) {
    ::rocksdb::Status status;
    switch (write.kind) {
      case hub::core::Write::Kind::kPut:
        reclaimer_->Keep(write.key);
        status = batch_.Put(write.key, SliceOf(write.Value()));
        break;
      case hub::core::Write::Kind::kDelete: status = batch_.Delete(write.key); break;
      case hub::core::Write::Kind::kDeleteRange:
        if (write.key < write.Value()) status = batch_.DeleteRange(write.key, SliceOf(write.Value()));
        break;
    }
    if (!status.ok()) return Failed("write", status);
  }
  return CommitRecord();
}

hub::Result<void> RocksStore::Flush() {
  if (!options_.write_ahead_log) return {};
  auto synced = Sync();
  if (synced) ++flushes_;
  return synced;
}

hub::Result<void> RocksStore::Sync() {
  std::uint64_t written = 0;
  {
    const std::lock_guard lock(writing_);
    written = state_.index;
  }
  if (failed_) return Failed("flush", {});
  const auto status = db_->SyncWAL();
  if (!status.ok()) return Failed("flush", status);
  std::uint64_t known = durable_;
  while (known < written && !durable_.compare_exchange_weak(known, written)) {
  }
  return {};
}

hub::Result<void> RocksStore::Scan(std::string_view from, std::string_view to, const Visit& visit) {
  const ::rocksdb::Slice end = SliceOf(to);
  const std::unique_ptr<::rocksdb::Iterator> at(db_->NewIterator(ScanOptions(&end)));
  for (at->Seek(SliceOf(from)); at->Valid(); at->Next()) {
    const std::string_view key = ViewOf(at->key());
    if (key != kStateKey && !visit(key, ViewOf(at->value()))) break;
  }
  if (!at->status().ok())
    return Refuse("The store in " + options_.directory + " cannot be read: " + at->status().ToString());
  return {};
}

bool RocksStore::EraseRange(const std::string& from, const std::string& to, const std::function<bool()>& still_wanted) {
  {
    const std::lock_guard lock(writing_);
    if (failed_ || !still_wanted()) return false;
    BeginRecord(state_.turn);
    const auto status = batch_.DeleteRange(from, to);
    HUB_ASSERT(status.ok());
    if (!CommitRecord()) return false;  // Remembered: the next Write of the committer fails.
  }
  // Without a log, a table is what makes the deletes in this range outlive a crash as the dropped files do.
  if (options_.write_ahead_log) return Sync().has_value();
  return db_->Flush({}).ok();
}

// Gives the ballast up if space is what was missing, so that the next start has room to recover. `status` is ok when
// an earlier failure is only repeated.
tl::unexpected<hub::Error> RocksStore::Failed(const char* action, const ::rocksdb::Status& status) {
  const std::lock_guard lock(failing_);
  if (status.IsNoSpace()) space_.Release();
  if (!failure_) {
    const std::string remedy = status.IsNoSpace() ? "Free some space on that disk and start again."
                                                  : "Check the disk; starting again recovers what was flushed.";
    failure_ = hub::Error{hub::Code::kStorage, "Cannot " + std::string(action) + " in " + options_.directory + ": " +
                                                   status.ToString() + ". " + remedy};
    failed_ = true;
  }
  return tl::unexpected(*failure_);
}

}  // namespace

hub::Result<std::unique_ptr<hub::engine::Store>> Open(const Options& options) {
  auto files = options.file_system ? options.file_system : ::rocksdb::FileSystem::Default();
  auto lock = DirectoryLock::Take(files, options.directory);
  if (!lock) return tl::unexpected(lock.error());
  auto store = std::make_unique<RocksStore>(options, std::move(files), *std::move(lock));
  if (const auto started = store->Start(); !started) return tl::unexpected(started.error());
  return store;
}

}  // namespace adapters::rocksdb
