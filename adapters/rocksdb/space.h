// Free space, and a ballast file that keeps some of it for the day when there is none.
#pragma once

#include <rocksdb/file_system.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

namespace adapters::rocksdb {

// Thread-safe.
class Space {
 public:
  // The ballast lies in `directory`; it is not made when it would take more than a twentieth of what is free.
  Space(std::shared_ptr<::rocksdb::FileSystem> file_system, std::string directory, std::uint64_t ballast_bytes,
        std::uint64_t floor_bytes, std::chrono::milliseconds measured_for);

  // Bytes that can still be written, the ballast not counted; a figure serves for `measured_for`. Releases the ballast
  // when less than the floor is left, and takes it back when there is room.
  std::uint64_t Left();

  // A write has just failed for want of space: gives the ballast up at once.
  void Release();

 private:
  void ReleaseLocked();
  void RestoreLocked(std::uint64_t free_bytes);
  std::uint64_t FreeLocked();

  const std::shared_ptr<::rocksdb::FileSystem> file_system_;
  const std::string directory_;
  const std::string ballast_path_;
  const std::uint64_t ballast_bytes_;
  const std::uint64_t floor_bytes_;
  const std::chrono::milliseconds measured_for_;

  std::mutex mutex_;
  bool held_ = false;
  bool released_ = false;  // For want of space, and not yet taken back.
  bool measured_ = false;
  std::uint64_t left_ = 0;
  std::chrono::steady_clock::time_point measured_at_;
};

}  // namespace adapters::rocksdb
