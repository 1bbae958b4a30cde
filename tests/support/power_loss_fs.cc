#include "tests/support/power_loss_fs.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <utility>

namespace tests {

using ::rocksdb::FileOptions;
using ::rocksdb::IODebugContext;
using ::rocksdb::IOOptions;
using ::rocksdb::IOStatus;
using ::rocksdb::Slice;

namespace {

std::string DirectoryOf(const std::string& path) {
  const std::size_t slash = path.find_last_not_of('/');
  const std::string trimmed = path.substr(0, slash + 1);
  return trimmed.substr(0, trimmed.rfind('/'));
}

std::string Trimmed(const std::string& path) { return path.substr(0, path.find_last_not_of('/') + 1); }

// RocksDB writes some paths with a doubled slash.
std::string Normal(const std::string& path) { return std::filesystem::path(path).lexically_normal().string(); }

}  // namespace

class TrackedFile final : public ::rocksdb::FSWritableFileOwnerWrapper {
 public:
  TrackedFile(PowerLossFs& disk, std::string path, PowerLossFs::FilePtr file,
              std::unique_ptr<::rocksdb::FSWritableFile> target)
      : FSWritableFileOwnerWrapper(std::move(target)), disk_(disk), path_(std::move(path)), file_(std::move(file)) {}

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* debug) override {
    return disk_.Append(*file_, data, options, *target(), debug);
  }
  IOStatus Append(const Slice& data, const IOOptions& options, const ::rocksdb::DataVerificationInfo&,
                  IODebugContext* debug) override {
    return disk_.Append(*file_, data, options, *target(), debug);
  }
  IOStatus Truncate(std::uint64_t size, const IOOptions&, IODebugContext*) override {
    return disk_.Shorten(*file_, path_, size, *target());
  }
  IOStatus Sync(const IOOptions&, IODebugContext*) override { return disk_.Sync(*file_); }
  IOStatus Fsync(const IOOptions&, IODebugContext*) override { return disk_.Sync(*file_); }
  IOStatus RangeSync(std::uint64_t, std::uint64_t, const IOOptions&, IODebugContext*) override {
    return IOStatus::OK();  // A hint to the kernel: it promises nothing.
  }
  IOStatus Allocate(std::uint64_t, std::uint64_t, const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }

 private:
  PowerLossFs& disk_;
  const std::string path_;
  PowerLossFs::FilePtr file_;
};

class TrackedDirectory final : public ::rocksdb::FSDirectoryWrapper {
 public:
  TrackedDirectory(PowerLossFs& disk, std::string path, std::unique_ptr<::rocksdb::FSDirectory> target)
      : FSDirectoryWrapper(std::move(target)), disk_(disk), path_(std::move(path)) {}

  IOStatus Fsync(const IOOptions&, IODebugContext*) override { return disk_.SyncDirectory(path_); }
  IOStatus FsyncWithDirOptions(const IOOptions&, IODebugContext*, const ::rocksdb::DirFsyncOptions&) override {
    return disk_.SyncDirectory(path_);
  }

 private:
  PowerLossFs& disk_;
  std::string path_;
};

class CountedSequentialFile final : public ::rocksdb::FSSequentialFileOwnerWrapper {
 public:
  CountedSequentialFile(PowerLossFs& disk, std::unique_ptr<::rocksdb::FSSequentialFile> target)
      : FSSequentialFileOwnerWrapper(std::move(target)), disk_(disk) {}

  IOStatus Read(std::size_t size, const IOOptions& options, Slice* result, char* scratch,
                IODebugContext* debug) override {
    const IOStatus admitted = disk_.Admit(PowerLossFs::Call::kRead);
    return admitted.ok() ? FSSequentialFileOwnerWrapper::Read(size, options, result, scratch, debug) : admitted;
  }

 private:
  PowerLossFs& disk_;
};

class CountedRandomAccessFile final : public ::rocksdb::FSRandomAccessFileOwnerWrapper {
 public:
  CountedRandomAccessFile(PowerLossFs& disk, std::unique_ptr<::rocksdb::FSRandomAccessFile> target)
      : FSRandomAccessFileOwnerWrapper(std::move(target)), disk_(disk) {}

  IOStatus Read(std::uint64_t offset, std::size_t size, const IOOptions& options, Slice* result, char* scratch,
                IODebugContext* debug) const override {
    const IOStatus admitted = disk_.Admit(PowerLossFs::Call::kRead);
    return admitted.ok() ? FSRandomAccessFileOwnerWrapper::Read(offset, size, options, result, scratch, debug)
                         : admitted;
  }

 private:
  PowerLossFs& disk_;
};

PowerLossFs::PowerLossFs(const std::shared_ptr<::rocksdb::FileSystem>& target) : FileSystemWrapper(target) {}

PowerLossFs::~PowerLossFs() {
  std::error_code ignored;
  if (!graveyard_.empty()) std::filesystem::remove_all(graveyard_, ignored);
}

void PowerLossFs::CutPower() {
  const std::lock_guard lock(mutex_);
  power_ = false;
}

void PowerLossFs::RestorePower(Survival survival) {
  const std::lock_guard lock(mutex_);
  while (changes_.size() > survival.names) {
    Undo(changes_.back());
    changes_.pop_back();
  }
  for (const auto& [path, file] : files_) DropUnsynced(path, *file, survival.sectors);
  files_.clear();
  changes_.clear();
  std::error_code ignored;
  if (!graveyard_.empty()) std::filesystem::remove_all(graveyard_, ignored);
  graveyard_.clear();
  power_ = true;
}

void PowerLossFs::FailCall(Call call, std::uint64_t nth, Failure failure, bool and_later) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t at = calls_[static_cast<std::size_t>(call)] + nth;
  fault_ = {.call = call, .at = at, .failure = failure, .and_later = and_later, .has_failed = false};
}

void PowerLossFs::StopFailing() {
  const std::lock_guard lock(mutex_);
  fault_.at = 0;
}

std::uint64_t PowerLossFs::Calls(Call call) const {
  const std::lock_guard lock(mutex_);
  return calls_[static_cast<std::size_t>(call)];
}

bool PowerLossFs::HasFailed() const {
  const std::lock_guard lock(mutex_);
  return fault_.has_failed;
}

void PowerLossFs::IgnoreSyncs(bool ignore) {
  const std::lock_guard lock(mutex_);
  ignore_syncs_ = ignore;
}

void PowerLossFs::SetFreeSpace(std::optional<std::uint64_t> bytes) {
  const std::lock_guard lock(mutex_);
  free_bytes_ = bytes;
}

IOStatus PowerLossFs::Admit(Call call) {
  const std::lock_guard lock(mutex_);
  if (!power_ && call != Call::kRead) return IOStatus::IOError("the power is off");
  ++calls_[static_cast<std::size_t>(call)];
  ++calls_[static_cast<std::size_t>(Call::kAny)];
  if (fault_.at == 0 || (fault_.call != call && fault_.call != Call::kAny)) return IOStatus::OK();
  const std::uint64_t count = calls_[static_cast<std::size_t>(fault_.call)];
  if (count != fault_.at && !(fault_.and_later && count > fault_.at)) return IOStatus::OK();
  fault_.has_failed = true;
  return fault_.failure == Failure::kNoSpace ? IOStatus::NoSpace("no space left, as the test asked")
                                             : IOStatus::IOError("input/output error, as the test asked");
}

IOStatus PowerLossFs::Append(File& file, const Slice& data, const IOOptions& options, ::rocksdb::FSWritableFile& target,
                             IODebugContext* debug) {
  IOStatus admitted = Admit(Call::kWrite);
  const std::lock_guard lock(mutex_);
  if (!admitted.ok() && !power_) return admitted;
  const Slice taken = admitted.ok() ? data : Slice(data.data(), data.size() / 2);
  IOStatus status = target.Append(taken, options, debug);
  if (status.ok()) file.size += taken.size();
  return admitted.ok() ? status : admitted;
}

IOStatus PowerLossFs::Shorten(File& file, const std::string& path, std::uint64_t size,
                              ::rocksdb::FSWritableFile& target) {
  IOStatus admitted = Admit(Call::kWrite);
  if (!admitted.ok()) return admitted;
  const std::lock_guard lock(mutex_);
  if (size < file.durable) {
    std::ifstream in(path, std::ios::binary);
    std::string cut(file.durable - size, '\0');
    in.seekg(static_cast<std::streamoff>(size));
    in.read(cut.data(), static_cast<std::streamsize>(cut.size()));
    file.tail = cut + file.tail;
    file.durable = size;
  }
  file.size = std::min(file.size, size);
  return target.Truncate(size, {}, nullptr);
}

IOStatus PowerLossFs::Sync(File& file) {
  IOStatus admitted = Admit(Call::kSync);
  const std::lock_guard lock(mutex_);
  if (!admitted.ok()) {
    file.poisoned = true;
  } else if (!ignore_syncs_ && !file.poisoned) {
    file.durable = file.size;
    file.tail.clear();
  }
  return admitted;
}

IOStatus PowerLossFs::SyncDirectory(const std::string& directory) {
  IOStatus admitted = Admit(Call::kSync);
  const std::lock_guard lock(mutex_);
  if (!admitted.ok() || ignore_syncs_) return admitted;
  std::error_code ignored;
  for (const Change& change : changes_) {
    if (change.directory == directory && !change.kept.empty()) std::filesystem::remove(change.kept, ignored);
  }
  std::erase_if(changes_, [&](const Change& change) { return change.directory == directory; });
  return admitted;
}

// The state of a file that is there; one that this disk has not written to is durable as it is. Wants the lock.
PowerLossFs::FilePtr PowerLossFs::Track(const std::string& path) {
  FilePtr& file = files_[path];
  if (file) return file;
  file = std::make_shared<File>();
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (!error) file->size = file->durable = size;
  return file;
}

// Moves a file out of sight, to be brought back by Undo. Wants the lock.
IOStatus PowerLossFs::Remove(const std::string& path, Change& change) {
  if (graveyard_.empty()) {
    graveyard_ = DirectoryOf(path) + ".unsynced";
    std::error_code ignored;
    std::filesystem::create_directory(graveyard_, ignored);
  }
  change.replaced = path;
  change.kept_file = Track(path);
  change.kept = graveyard_ + "/" + std::to_string(++kept_count_);
  files_.erase(path);
  return target()->RenameFile(path, change.kept, {}, nullptr);
}

void PowerLossFs::Undo(const Change& change) {
  std::error_code ignored;
  if (!change.made.empty()) {
    if (change.from.empty()) {
      std::filesystem::remove(change.made, ignored);
    } else {
      std::filesystem::rename(change.made, change.from, ignored);
      files_[change.from] = files_[change.made];
    }
    files_.erase(change.made);
  }
  if (change.replaced.empty()) return;
  std::filesystem::rename(change.kept, change.replaced, ignored);
  files_[change.replaced] = change.kept_file;
}

void PowerLossFs::DropUnsynced(const std::string& path, const File& file, std::uint64_t sectors) const {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return;
  std::uint64_t keep = file.durable;
  if (sectors == kAll) {
    keep = file.size;
  } else if (sectors > 0) {
    keep = std::min(file.size, (file.durable / kSectorBytes + sectors) * kSectorBytes);
  }
  std::filesystem::resize_file(path, std::min(keep, file.size), error);
  if (keep == file.durable && !file.tail.empty()) std::ofstream(path, std::ios::app | std::ios::binary) << file.tail;
}

IOStatus PowerLossFs::NewSequentialFile(const std::string& path, const FileOptions& options,
                                        std::unique_ptr<::rocksdb::FSSequentialFile>* result, IODebugContext* debug) {
  IOStatus status = Admit(Call::kOpen);
  if (status.ok()) status = FileSystemWrapper::NewSequentialFile(path, options, result, debug);
  if (status.ok()) *result = std::make_unique<CountedSequentialFile>(*this, std::move(*result));
  return status;
}

IOStatus PowerLossFs::NewRandomAccessFile(const std::string& path, const FileOptions& options,
                                          std::unique_ptr<::rocksdb::FSRandomAccessFile>* result,
                                          IODebugContext* debug) {
  IOStatus status = Admit(Call::kOpen);
  if (status.ok()) status = FileSystemWrapper::NewRandomAccessFile(path, options, result, debug);
  if (status.ok()) *result = std::make_unique<CountedRandomAccessFile>(*this, std::move(*result));
  return status;
}

IOStatus PowerLossFs::NewWritableFile(const std::string& path, const FileOptions& options,
                                      std::unique_ptr<::rocksdb::FSWritableFile>* result, IODebugContext* debug) {
  IOStatus status = Admit(Call::kOpen);
  if (!status.ok()) return status;
  const std::lock_guard lock(mutex_);
  const std::string name = Normal(path);
  Change change{.directory = DirectoryOf(name), .made = name, .from = {}, .replaced = {}, .kept = {}, .kept_file = {}};
  if (target()->FileExists(name, {}, nullptr).ok()) status = Remove(name, change);
  if (status.ok()) status = FileSystemWrapper::NewWritableFile(path, options, result, debug);
  if (!status.ok()) return status;
  changes_.push_back(std::move(change));
  *result = std::make_unique<TrackedFile>(*this, name, Track(name), std::move(*result));
  return status;
}

IOStatus PowerLossFs::ReopenWritableFile(const std::string& path, const FileOptions& options,
                                         std::unique_ptr<::rocksdb::FSWritableFile>* result, IODebugContext* debug) {
  if (!FileSystemWrapper::FileExists(path, {}, nullptr).ok()) return NewWritableFile(path, options, result, debug);
  IOStatus status = Admit(Call::kOpen);
  if (status.ok()) status = FileSystemWrapper::ReopenWritableFile(path, options, result, debug);
  if (!status.ok()) return status;
  const std::lock_guard lock(mutex_);
  *result = std::make_unique<TrackedFile>(*this, path, Track(Normal(path)), std::move(*result));
  return status;
}

IOStatus PowerLossFs::NewDirectory(const std::string& path, const IOOptions& options,
                                   std::unique_ptr<::rocksdb::FSDirectory>* result, IODebugContext* debug) {
  const IOStatus status = FileSystemWrapper::NewDirectory(path, options, result, debug);
  if (status.ok()) *result = std::make_unique<TrackedDirectory>(*this, Trimmed(Normal(path)), std::move(*result));
  return status;
}

IOStatus PowerLossFs::DeleteFile(const std::string& path, const IOOptions&, IODebugContext*) {
  IOStatus status = Admit(Call::kName);
  if (!status.ok()) return status;
  const std::lock_guard lock(mutex_);
  const std::string name = Normal(path);
  status = target()->FileExists(name, {}, nullptr);
  if (!status.ok()) return status;
  Change change;
  change.directory = DirectoryOf(name);
  status = Remove(name, change);
  if (status.ok()) changes_.push_back(std::move(change));
  return status;
}

IOStatus PowerLossFs::RenameFile(const std::string& from, const std::string& to, const IOOptions& options,
                                 IODebugContext* debug) {
  IOStatus status = Admit(Call::kName);
  if (!status.ok()) return status;
  const std::lock_guard lock(mutex_);
  Change change;
  change.directory = DirectoryOf(Normal(to));
  change.made = Normal(to);
  change.from = Normal(from);
  if (target()->FileExists(to, {}, nullptr).ok()) status = Remove(change.made, change);
  if (status.ok()) status = FileSystemWrapper::RenameFile(from, to, options, debug);
  if (!status.ok()) return status;
  files_[change.made] = Track(change.from);
  files_.erase(change.from);
  changes_.push_back(std::move(change));
  return status;
}

IOStatus PowerLossFs::GetFreeSpace(const std::string& path, const IOOptions& options, std::uint64_t* bytes,
                                   IODebugContext* debug) {
  {
    const std::lock_guard lock(mutex_);
    if (free_bytes_) {
      *bytes = *free_bytes_;
      return IOStatus::OK();
    }
  }
  return FileSystemWrapper::GetFreeSpace(path, options, bytes, debug);
}

}  // namespace tests
