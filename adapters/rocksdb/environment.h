// What RocksDB sees of the machine: the given file system, but the name of a new log file is durable at once, and its
// threads do not sleep off an error.
//
// RocksDB syncs a new log's directory with the log's first sync. Until then its tables may already say that older logs
// are not needed, and a power cut leaves no log at all: the same picture as when somebody has deleted it.
#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <memory>

namespace adapters::rocksdb {

std::unique_ptr<::rocksdb::Env> MakeEnvironment(const std::shared_ptr<::rocksdb::FileSystem>& file_system);

}  // namespace adapters::rocksdb
