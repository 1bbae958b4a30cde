// The bytes that the store reads by itself: a log file, the marks in it, and the format entry.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "adapters/rocksdb/recovery.h"
#include "adapters/rocksdb/wal.h"
#include "hub/base/assert.h"
#include "hub/base/bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);

  // The first eight bytes are the salt, so that marks in the rest can match it.
  const auto salt = hub::Reader(bytes).Fixed<std::uint64_t>();
  const std::string_view log = bytes.substr(std::min<std::size_t>(size, 8));
  adapters::rocksdb::WalReader reader(log, salt);
  std::uint64_t end = 0;
  while (const auto record = reader.Next()) {
    HUB_ASSERT(record->mark.salt == salt);
    HUB_ASSERT(record->end > end && record->end <= log.size());
    HUB_ASSERT(reader.damaged() || (record->whole && !record->after_damage));
    end = record->end;
  }

  if (const auto mark = adapters::rocksdb::DecodeMark(bytes)) {
    HUB_ASSERT(adapters::rocksdb::EncodeMark(*mark) == bytes);
  }
  if (const auto state = adapters::rocksdb::DecodeState(bytes)) {
    HUB_ASSERT(adapters::rocksdb::EncodeState(*state) == bytes);
  }
  return 0;
}
