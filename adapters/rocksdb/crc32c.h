// CRC-32C (Castagnoli), as RocksDB's log carries it, by the processor's instruction where there is one.
//
// Debian builds RocksDB for any x86-64, so that its own runs in software: a third of a commit of 256 KiB. Programs that
// link this library therefore define the function that RocksDB calls (crc32c.cc, at the end); without that, or with a
// release that calls another, it falls back to its own.
#pragma once

#include <cstdint>
#include <string_view>

namespace adapters::rocksdb {

// Continues `crc`, the checksum of what came before (0 at the start), over `bytes`.
std::uint32_t Crc32c(std::uint32_t crc, std::string_view bytes);

// The same without the instruction.
std::uint32_t Crc32cInSoftware(std::uint32_t crc, std::string_view bytes);

}  // namespace adapters::rocksdb
