// How RocksDB is set up for this load, in one place. README.md has the reasons and the figures.
#pragma once

#include <rocksdb/env.h>
#include <rocksdb/options.h>

#include <memory>

#include "adapters/rocksdb/store.h"

namespace adapters::rocksdb {

// `environment` must outlive the database.
::rocksdb::Options DatabaseOptions(const Options& options, ::rocksdb::Env* environment);

// For scans of [.., to): checked, in order, and not filling the cache with what is read once. `to` must outlive them.
::rocksdb::ReadOptions ScanOptions(const ::rocksdb::Slice* to);

}  // namespace adapters::rocksdb
