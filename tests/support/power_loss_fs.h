// A disk that loses power, runs full and fails, for tests: a RocksDB file system that keeps account of what was synced.
//
// Files lie where they would without it. What no sync has covered is dropped when the power returns: bytes appended,
// and files made, renamed and deleted whose directory was not synced. After a sync that failed, later ones on the same
// file do not bring back what it lost, as on a real system.
//
//   auto disk = std::make_shared<tests::PowerLossFs>();
//   auto store = adapters::rocksdb::Open({.directory = directory, .file_system = disk});
//   … Write, Flush, Write …
//   disk->CutPower();        // From here on nothing changes on disk; whatever the store still tries fails.
//   store->reset();
//   disk->RestorePower();    // Drops what was not synced; RestorePower({.sectors = 3}) keeps a torn write.
//   store = adapters::rocksdb::Open({.directory = directory, .file_system = disk});
//
// Thread-safe, except that RestorePower wants every file closed.
#pragma once

#include <rocksdb/file_system.h>

#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace tests {

class PowerLossFs final : public ::rocksdb::FileSystemWrapper {
 public:
  enum class Call : std::uint8_t {
    kOpen,  // Opening or creating any file.
    kRead,
    kWrite,  // Appending; half of the bytes are written before it fails.
    kSync,   // Of a file or a directory.
    kName,   // Renaming, deleting, truncating.
    kAny,
  };
  enum class Failure : std::uint8_t { kNoSpace, kInputOutput };

  // What outlives a power cut besides what was synced.
  struct Survival {
    std::uint64_t sectors = 0;  // Of each file: unsynced bytes up to this many ends of 512-byte sectors.
    std::uint64_t names = 0;    // The first so many unsynced changes of names, in their order.
  };
  static constexpr std::uint64_t kAll = std::numeric_limits<std::uint64_t>::max();
  static constexpr std::uint64_t kSectorBytes = 512;

  explicit PowerLossFs(const std::shared_ptr<::rocksdb::FileSystem>& target = ::rocksdb::FileSystem::Default());
  ~PowerLossFs() override;

  void CutPower();
  void RestorePower(Survival survival);
  void RestorePower() { RestorePower(Survival{}); }

  // Lets the `nth` call of a kind from now on fail (1: the next), and with `and_later` all that follow it.
  void FailCall(Call call, std::uint64_t nth, Failure failure, bool and_later = false);
  void StopFailing();

  // How many calls of a kind there have been.
  std::uint64_t Calls(Call call) const;

  // Whether a call has failed as FailCall asked.
  bool HasFailed() const;

  // Syncs succeed and do nothing: a store that seems to keep its promises on this disk is not being tested.
  void IgnoreSyncs(bool ignore);

  // What GetFreeSpace says; nothing: the truth.
  void SetFreeSpace(std::optional<std::uint64_t> bytes);

  // The part that RocksDB calls.
  const char* Name() const override { return "PowerLossFs"; }
  ::rocksdb::IOStatus NewSequentialFile(const std::string& path, const ::rocksdb::FileOptions& options,
                                        std::unique_ptr<::rocksdb::FSSequentialFile>* result,
                                        ::rocksdb::IODebugContext* debug) override;
  ::rocksdb::IOStatus NewRandomAccessFile(const std::string& path, const ::rocksdb::FileOptions& options,
                                          std::unique_ptr<::rocksdb::FSRandomAccessFile>* result,
                                          ::rocksdb::IODebugContext* debug) override;
  ::rocksdb::IOStatus NewWritableFile(const std::string& path, const ::rocksdb::FileOptions& options,
                                      std::unique_ptr<::rocksdb::FSWritableFile>* result,
                                      ::rocksdb::IODebugContext* debug) override;
  ::rocksdb::IOStatus ReopenWritableFile(const std::string& path, const ::rocksdb::FileOptions& options,
                                         std::unique_ptr<::rocksdb::FSWritableFile>* result,
                                         ::rocksdb::IODebugContext* debug) override;
  ::rocksdb::IOStatus NewDirectory(const std::string& path, const ::rocksdb::IOOptions& options,
                                   std::unique_ptr<::rocksdb::FSDirectory>* result,
                                   ::rocksdb::IODebugContext* debug) override;
  ::rocksdb::IOStatus DeleteFile(const std::string& path, const ::rocksdb::IOOptions& options,
                                 ::rocksdb::IODebugContext* debug) override;
  ::rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to, const ::rocksdb::IOOptions& options,
                                 ::rocksdb::IODebugContext* debug) override;
  ::rocksdb::IOStatus GetFreeSpace(const std::string& path, const ::rocksdb::IOOptions& options, std::uint64_t* bytes,
                                   ::rocksdb::IODebugContext* debug) override;

 private:
  friend class TrackedFile;
  friend class TrackedDirectory;
  friend class CountedSequentialFile;
  friend class CountedRandomAccessFile;

  // What a power cut would leave of a file: its first `durable` bytes, then `tail`.
  struct File {
    std::uint64_t size = 0;
    std::uint64_t durable = 0;
    std::string tail;       // Cut off by a truncation that was not synced.
    bool poisoned = false;  // A sync has failed: its pages count as clean, and no later sync writes them.
  };
  using FilePtr = std::shared_ptr<File>;

  // A change of names that a power cut undoes.
  struct Change {
    std::string directory;
    std::string made;      // This name appeared…
    std::string from;      // …and was this one before, if any.
    std::string replaced;  // This name went away, with its file kept as `kept`.
    std::string kept;
    FilePtr kept_file;
  };

  ::rocksdb::IOStatus Admit(Call call);  // Counts; fails if it is to fail, or if the power is off.
  ::rocksdb::IOStatus Append(File& file, const ::rocksdb::Slice& data, const ::rocksdb::IOOptions& options,
                             ::rocksdb::FSWritableFile& target, ::rocksdb::IODebugContext* debug);
  ::rocksdb::IOStatus Shorten(File& file, const std::string& path, std::uint64_t size,
                              ::rocksdb::FSWritableFile& target);
  ::rocksdb::IOStatus Sync(File& file);
  ::rocksdb::IOStatus SyncDirectory(const std::string& directory);
  ::rocksdb::IOStatus Remove(const std::string& path, Change& change);
  FilePtr Track(const std::string& path);
  void Undo(const Change& change);
  void DropUnsynced(const std::string& path, const File& file, std::uint64_t sectors) const;

  mutable std::mutex mutex_;
  bool power_ = true;
  bool ignore_syncs_ = false;
  std::optional<std::uint64_t> free_bytes_;
  std::array<std::uint64_t, 6> calls_{};
  struct {
    Call call = Call::kAny;
    std::uint64_t at = 0;  // 0: never.
    Failure failure = Failure::kInputOutput;
    bool and_later = false;
    bool has_failed = false;
  } fault_;
  std::map<std::string, FilePtr> files_;
  std::vector<Change> changes_;  // In their order.
  std::uint64_t kept_count_ = 0;
  std::string graveyard_;  // A directory beside the store's; made when it is needed.
};

}  // namespace tests
