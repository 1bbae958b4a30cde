#include "adapters/rocksdb/environment.h"

#include <rocksdb/system_clock.h>

#include <algorithm>
#include <string>
#include <utility>

namespace adapters::rocksdb {
namespace {

class DurableLogNames final : public ::rocksdb::FileSystemWrapper {
 public:
  using FileSystemWrapper::FileSystemWrapper;

  const char* Name() const override { return "DurableLogNames"; }

  ::rocksdb::IOStatus NewWritableFile(const std::string& path, const ::rocksdb::FileOptions& options,
                                      std::unique_ptr<::rocksdb::FSWritableFile>* file,
                                      ::rocksdb::IODebugContext* debug) override {
    auto status = FileSystemWrapper::NewWritableFile(path, options, file, debug);
    if (!status.ok() || !path.ends_with(".log")) return status;
    std::unique_ptr<::rocksdb::FSDirectory> directory;
    status = NewDirectory(path.substr(0, path.rfind('/')), {}, &directory, debug);
    if (status.ok()) status = directory->Fsync({}, debug);
    return status;
  }
};

// After an error RocksDB's threads wait a second before they go on. Here an error ends the process, which need not
// wait.
class ShortSleeps final : public ::rocksdb::SystemClockWrapper {
 public:
  ShortSleeps() : SystemClockWrapper(::rocksdb::SystemClock::Default()) {}

  const char* Name() const override { return "ShortSleeps"; }
  void SleepForMicroseconds(int micros) override { SystemClockWrapper::SleepForMicroseconds(std::min(micros, 10'000)); }
};

class Environment final : public ::rocksdb::EnvWrapper {
 public:
  explicit Environment(std::unique_ptr<::rocksdb::Env> target) : EnvWrapper(std::move(target)) {
    file_system_ = EnvWrapper::target()->GetFileSystem();
    system_clock_ = std::make_shared<ShortSleeps>();
  }
};

}  // namespace

std::unique_ptr<::rocksdb::Env> MakeEnvironment(const std::shared_ptr<::rocksdb::FileSystem>& file_system) {
  return std::make_unique<Environment>(::rocksdb::NewCompositeEnv(std::make_shared<DurableLogNames>(file_system)));
}

}  // namespace adapters::rocksdb
