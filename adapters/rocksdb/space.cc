#include "adapters/rocksdb/space.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

namespace adapters::rocksdb {
namespace {

// The ballast must not be what fills the disk.
constexpr std::uint64_t kShareOfFree = 20;

}  // namespace

Space::Space(std::shared_ptr<::rocksdb::FileSystem> file_system, std::string directory, std::uint64_t ballast_bytes,
             std::uint64_t floor_bytes, std::chrono::milliseconds measured_for)
    : file_system_(std::move(file_system)),
      directory_(std::move(directory)),
      ballast_path_(directory_ + "/ballast"),
      ballast_bytes_(ballast_bytes),
      floor_bytes_(floor_bytes),
      measured_for_(measured_for) {
  struct stat found {};
  const bool found_one = ::stat(ballast_path_.c_str(), &found) == 0;
  held_ = found_one && static_cast<std::uint64_t>(found.st_size) == ballast_bytes_;
  if (found_one && !held_) ::unlink(ballast_path_.c_str());
  Left();
}

std::uint64_t Space::Left() {
  const std::lock_guard lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  if (measured_ && now - measured_at_ < measured_for_) return left_;
  measured_ = true;
  measured_at_ = now;

  std::uint64_t free_bytes = FreeLocked();
  if (held_ && free_bytes < floor_bytes_) {
    ReleaseLocked();
    free_bytes = FreeLocked();
  } else if (!held_) {
    RestoreLocked(free_bytes);
    free_bytes = FreeLocked();
  }
  // What was released must be refilled before it can be spent, or the next shortage would find no ballast.
  const std::uint64_t reserved = released_ ? ballast_bytes_ : 0;
  left_ = free_bytes > reserved ? free_bytes - reserved : 0;
  return left_;
}

void Space::Release() {
  const std::lock_guard lock(mutex_);
  if (held_) ReleaseLocked();
}

std::uint64_t Space::FreeLocked() {
  std::uint64_t free_bytes = 0;
  const auto status = file_system_->GetFreeSpace(directory_, {}, &free_bytes, nullptr);
  if (!status.ok()) spdlog::warn("Cannot tell how much space is left in {}: {}", directory_, status.ToString());
  return free_bytes;
}

void Space::ReleaseLocked() {
  ::unlink(ballast_path_.c_str());
  held_ = false;
  released_ = true;
  spdlog::warn("Space is short in {}: the ballast of {} bytes is released.", directory_, ballast_bytes_);
}

void Space::RestoreLocked(std::uint64_t free_bytes) {
  if (ballast_bytes_ == 0 || ballast_bytes_ > free_bytes / kShareOfFree) return;
  const int file = ::open(ballast_path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return;
  held_ = ::posix_fallocate(file, 0, static_cast<off_t>(ballast_bytes_)) == 0;
  ::close(file);
  if (held_) {
    released_ = false;
  } else {
    ::unlink(ballast_path_.c_str());
  }
}

}  // namespace adapters::rocksdb
