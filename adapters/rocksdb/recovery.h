// What must be known, and cut, before RocksDB may open a store.
//
// Records are numbered without a gap. The tables hold a prefix of them, up to `State::index`; the log files hold the
// rest. A gap, or bytes that cannot be read, is one of two things:
//
//   - Damage: a record behind it says that the missing one was on disk when it was written. Opening fails.
//   - A torn tail: nothing says so. The missing records were never flushed, nobody was told of them, and a power cut
//     may have kept any part of what was being written. The log is cut at the last record before the gap.
#pragma once

#include <rocksdb/env.h>
#include <rocksdb/options.h>

#include <cstdint>
#include <optional>
#include <string>

#include "hub/base/result.h"

namespace adapters::rocksdb {

// The one entry of the store's own, put by every batch after everything else and hidden from scans. Bump the version
// when the meaning of anything that this adapter writes changes; keys and values of the core have their own.
inline constexpr std::string_view kStateKey("\0format", 7);
inline constexpr std::uint32_t kFormatVersion = 1;

// A file that is made when creation is finished. With it, a directory without a state is damaged, not new.
inline constexpr std::string_view kCreatedName = "penstock-store";

struct State {
  std::uint32_t version = kFormatVersion;
  std::uint64_t salt = 0;   // See wal.h; drawn when the store is created.
  std::uint64_t index = 0;  // Of the last record.
  std::uint64_t turn = 0;   // Of the engine, in the last record.
};

std::string EncodeState(const State& state);
[[nodiscard]] hub::Result<State> DecodeState(std::string_view bytes);

// The error for a store that cannot be opened: what is wrong, in which file, and the remedy.
tl::unexpected<hub::Error> Refuse(const std::string& what);

// Reads the state that is in the tables and checks the log files against it; cuts a torn tail. Returns the state that
// opening must arrive at, or nothing if there is no store yet. To be called with the directory locked.
[[nodiscard]] hub::Result<std::optional<State>> PrepareToOpen(const ::rocksdb::Options& database,
                                                              const std::string& directory);

}  // namespace adapters::rocksdb
