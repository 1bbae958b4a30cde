// RocksDB's write-ahead log as it lies on disk, read far enough to tell a torn tail from damage.
//
//   file   = 32 KiB blocks; a rest shorter than a header at the end of a block is padding
//   block  = fragments: masked CRC-32C (4), length (2), type (1: whole, 2: first, 3: middle, 4: last), bytes
//   record = its fragments joined: sequence number (8), count (4), entries; our first entry is the mark
//
// RocksDB's own recovery cannot be used to find damage: its tolerant modes skip what they cannot read, its strict ones
// refuse a tail that a power cut merely tore. So each record carries a mark, and recovery.h reads the marks first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace adapters::rocksdb {

// The first entry of every batch.
struct Mark {
  std::uint64_t salt = 0;     // Of this store: a message body that holds a log's bytes is not taken for one of ours.
  std::uint64_t index = 0;    // Consecutive over the life of the store.
  std::uint64_t durable = 0;  // The last record that was known to be on disk when this one was written.
  std::uint64_t turn = 0;     // Of the engine, for people.

  friend bool operator==(const Mark&, const Mark&) = default;
};

std::string EncodeMark(const Mark& mark);

// Nothing if `bytes` are not a mark.
std::optional<Mark> DecodeMark(std::string_view bytes);

struct WalRecord {
  Mark mark;
  std::uint64_t end = 0;      // Offset of the byte after it.
  bool whole = false;         // Every fragment is there. A first fragment alone still proves that it was written.
  bool after_damage = false;  // Bytes that are no record lie somewhere before it.
};

// Reads one log file's bytes, whatever they are. Not thread-safe; `bytes` must outlive it.
class WalReader {
 public:
  WalReader(std::string_view bytes, std::uint64_t salt) : bytes_(bytes), salt_(salt) {}

  // The next record that bears this store's mark. Damage is stepped over, so that what lies behind it is seen.
  std::optional<WalRecord> Next();

  // Whether bytes were met, up to here, that are neither a record nor padding.
  bool damaged() const { return damaged_; }

 private:
  struct Fragment {
    int type = 0;
    std::string_view payload;
  };

  std::optional<Fragment> FragmentAt(std::size_t offset) const;
  std::optional<Fragment> NextFragment();
  bool FinishRecord(std::string& beginning);
  std::optional<Mark> MarkOf(std::string_view payload) const;

  std::string_view bytes_;
  std::uint64_t salt_;
  std::size_t offset_ = 0;
  bool damaged_ = false;
};

}  // namespace adapters::rocksdb
