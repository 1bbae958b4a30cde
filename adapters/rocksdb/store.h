// The storage port on RocksDB, the embedded default.
//
// One turn is one RocksDB batch: atomic, in the log, found again by recovery or not at all. Opening never guesses: a
// tail torn by a power cut is cut off, any other damage is an error that names the file.
#pragma once

#include <rocksdb/file_system.h>

#include <cstdint>
#include <memory>
#include <string>

#include "hub/base/result.h"
#include "hub/engine/store.h"

namespace adapters::rocksdb {

struct Options {
  std::string directory;
  bool write_ahead_log = true;  // Off for `durability: memory`: Flush does nothing, a crash loses the newest turns.

  // Kept allocated, so that deletes can be written when the disk is full; released by itself when less than
  // `space_floor_bytes` is left, taken back when there is room again. 0: none.
  std::uint64_t ballast_bytes = 64 * 1024 * 1024;
  std::uint64_t space_floor_bytes = 16 * 1024 * 1024;

  // Memory: at most write_buffers_max * write_buffer_bytes + block_cache_bytes, and what a scan holds.
  std::uint64_t write_buffer_bytes = 16 * 1024 * 1024;
  int write_buffers_max = 3;
  std::uint64_t block_cache_bytes = 16 * 1024 * 1024;
  int open_files_max = 256;

  // Where tests cut the power and fill the disk; null is the machine's own.
  std::shared_ptr<::rocksdb::FileSystem> file_system;
};

// Opens or creates the store in `options.directory`. Fails with kStorage and a message that names the file and says
// what to do about it. One process at a time may have a directory open.
[[nodiscard]] hub::Result<std::unique_ptr<hub::engine::Store>> Open(const Options& options);

}  // namespace adapters::rocksdb
