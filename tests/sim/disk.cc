#include "tests/sim/disk.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "adapters/rocksdb/store.h"
#include "hub/base/assert.h"
#include "tests/support/memory_store.h"
#include "tests/support/power_loss_fs.h"

namespace sim {
namespace {

class MemoryDisk : public Disk {
 public:
  hub::engine::Store& store() override { return store_; }
  void Crash() override {}
  void LosePower(hub::Random& random) override {
    store_.LosePower(random.OneIn(2) ? 0 : random.Below(store_.Unflushed() + 1));
  }

 private:
  testing_support::MemoryStore store_;
};

class RocksDisk : public Disk {
 public:
  explicit RocksDisk(bool ignore_syncs) : files_(std::make_shared<tests::PowerLossFs>()) {
    std::string path = std::filesystem::temp_directory_path() / "simulation_XXXXXX";
    HUB_ASSERT(::mkdtemp(path.data()) != nullptr);
    directory_ = path;
    files_->IgnoreSyncs(ignore_syncs);
    Open();
  }

  ~RocksDisk() override {
    store_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }

  hub::engine::Store& store() override { return *store_; }

  void Crash() override {
    store_.reset();
    Open();
  }

  void LosePower(hub::Random& random) override {
    files_->CutPower();
    store_.reset();
    tests::PowerLossFs::Survival survival;
    if (random.OneIn(2)) survival.sectors = random.Below(8);
    if (random.OneIn(2)) survival.names = random.Below(4);
    files_->RestorePower(survival);
    Open();
  }

 private:
  void Open() {
    adapters::rocksdb::Options options;
    options.directory = directory_ + "/store";
    options.ballast_bytes = 0;
    options.file_system = files_;
    auto opened = adapters::rocksdb::Open(options);
    if (!opened) std::fprintf(stderr, "the store does not open: %s\n", opened.error().message.c_str());
    HUB_ASSERT(opened);  // Start-up succeeds after any power cut.
    store_ = std::move(*opened);
  }

  std::shared_ptr<tests::PowerLossFs> files_;
  std::string directory_;
  std::unique_ptr<hub::engine::Store> store_;
};

}  // namespace

std::unique_ptr<Disk> MakeDisk(const Options& options) {
  if (options.store == StoreKind::kRocksDb) return std::make_unique<RocksDisk>(options.ignore_syncs);
  return std::make_unique<MemoryDisk>();
}

}  // namespace sim
