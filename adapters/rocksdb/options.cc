#include "adapters/rocksdb/options.h"

#include <rocksdb/cache.h>
#include <rocksdb/sst_partitioner.h>
#include <rocksdb/table.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>
#include <string_view>

namespace adapters::rocksdb {
namespace {

// What RocksDB warns about goes to the hub's log; the rest, and its LOG files beside the data, are left out.
class LogToSpdlog final : public ::rocksdb::Logger {
 public:
  LogToSpdlog() : Logger(::rocksdb::InfoLogLevel::WARN_LEVEL) {}

  using Logger::Logv;
  void Logv(const char* format, va_list arguments) override {
    std::array<char, 1024> line{};
    const int size = std::vsnprintf(line.data(), line.size(), format, arguments);
    if (size <= 0) return;
    spdlog::warn("rocksdb: {}", std::string_view(line.data(), std::min<std::size_t>(size, line.size() - 1)));
  }
};

::rocksdb::BlockBasedTableOptions TableOptions(const Options& options) {
  ::rocksdb::BlockBasedTableOptions table;
  table.block_cache = ::rocksdb::NewLRUCache(options.block_cache_bytes, /*num_shard_bits=*/2);
  table.cache_index_and_filter_blocks = true;  // Memory stays bounded however many files there are.
  table.block_size = 16 * 1024;
  table.format_version = 5;
  return table;
}

// Ends a table file where the kind of key changes (the first byte) and, once it is worth a file, where the queue does
// (the eight bytes after it), so that a file rarely holds more than a stretch of one queue.
class ByQueue final : public ::rocksdb::SstPartitionerFactory, public ::rocksdb::SstPartitioner {
 public:
  std::unique_ptr<::rocksdb::SstPartitioner> CreatePartitioner(const Context&) const override {
    return std::make_unique<ByQueue>();
  }

  ::rocksdb::PartitionerResult ShouldPartition(const ::rocksdb::PartitionerRequest& request) override {
    const ::rocksdb::Slice& before = *request.prev_user_key;
    const ::rocksdb::Slice& key = *request.current_user_key;
    const std::size_t compared = request.current_output_file_size < kWorthAFile ? kKindBytes : kQueueBytes;
    return Prefix(before, compared) == Prefix(key, compared) ? ::rocksdb::kNotRequired : ::rocksdb::kRequired;
  }

  // A file as it was flushed holds every kind: moved down unchanged, it would overlap everything there.
  bool CanDoTrivialMove(const ::rocksdb::Slice& smallest, const ::rocksdb::Slice& largest) override {
    return Prefix(smallest, kKindBytes) == Prefix(largest, kKindBytes);
  }

  const char* Name() const override { return "ByQueue"; }

 private:
  static constexpr std::size_t kKindBytes = 1;
  static constexpr std::size_t kQueueBytes = 9;
  static constexpr std::uint64_t kWorthAFile = 1024 * 1024;

  static std::string_view Prefix(const ::rocksdb::Slice& key, std::size_t size) {
    return std::string_view(key.data(), key.size()).substr(0, size);
  }
};

void SetCompaction(const Options& options, ::rocksdb::Options& db) {
  // A queue is written at its end and dropped from its front. So its files of level 1 do not overlap those below and
  // are moved down as they are, if no file holds other keys that do: ByQueue sees to that. What is consumed while it is
  // in the newest level was never rewritten: that level may hold a spike. Level 1 is its measure, too.
  db.level0_file_num_compaction_trigger = 16;
  db.level0_slowdown_writes_trigger = 40;
  db.level0_stop_writes_trigger = 64;
  db.sst_partitioner_factory = std::make_shared<ByQueue>();
  db.max_bytes_for_level_base = 16 * options.write_buffer_bytes;
  db.target_file_size_base = options.write_buffer_bytes;
  db.target_file_size_multiplier = 2;
  db.soft_pending_compaction_bytes_limit = 0;  // Backpressure is the engine's business, by free space and memory.
  db.hard_pending_compaction_bytes_limit = 0;
  db.ttl = 0;
  db.periodic_compaction_seconds = 0;
  db.compression = ::rocksdb::kNoCompression;  // Values are sealed or random as often as not.
  db.max_background_jobs = 2;
  db.max_subcompactions = 1;
  db.compaction_readahead_size = 1024 * 1024;
}

void SetWriting(const Options& options, ::rocksdb::Options& db) {
  db.write_buffer_size = options.write_buffer_bytes;
  db.max_write_buffer_number = options.write_buffers_max;
  db.min_write_buffer_number_to_merge = 1;
  db.allow_concurrent_memtable_write = false;  // One writer.
  db.enable_write_thread_adaptive_yield = false;
  db.enable_pipelined_write = false;
  db.unordered_write = false;
  db.manual_wal_flush = false;  // kill -9 keeps what was written, flushed or not.
  db.recycle_log_file_num = 0;  // A reused log has old records behind its end.
  db.max_total_wal_size = 4 * options.write_buffer_bytes;
  db.wal_recovery_mode = ::rocksdb::WALRecoveryMode::kAbsoluteConsistency;  // recovery.h has cut the torn tail.
  db.avoid_flush_during_shutdown = options.write_ahead_log;                 // Otherwise closing is what saves.
  db.bytes_per_sync = 1024 * 1024;  // Table files reach the disk as they grow, not in one burst.
  db.use_fsync = false;
}

}  // namespace

::rocksdb::Options DatabaseOptions(const Options& options, ::rocksdb::Env* environment) {
  ::rocksdb::Options db;
  db.env = environment;
  db.create_if_missing = true;
  db.paranoid_checks = true;
  db.max_bgerror_resume_count = 0;  // After an error the process ends; recovery decides.
  db.force_consistency_checks = true;
  db.verify_sst_unique_id_in_manifest = true;
  db.max_open_files = options.open_files_max;
  db.allow_mmap_reads = false;
  db.stats_dump_period_sec = 0;
  db.stats_persist_period_sec = 0;
  db.info_log = std::make_shared<LogToSpdlog>();
  db.table_factory.reset(::rocksdb::NewBlockBasedTableFactory(TableOptions(options)));
  SetWriting(options, db);
  SetCompaction(options, db);
  return db;
}

::rocksdb::ReadOptions ScanOptions(const ::rocksdb::Slice* to) {
  ::rocksdb::ReadOptions read;
  read.verify_checksums = true;
  read.total_order_seek = true;
  read.fill_cache = false;
  read.adaptive_readahead = true;
  read.background_purge_on_iterator_cleanup = true;
  read.iterate_upper_bound = to;
  return read;
}

}  // namespace adapters::rocksdb
