#include "adapters/rocksdb/crc32c.h"

#include <array>
#include <cstring>

namespace adapters::rocksdb {
namespace {

constexpr std::uint32_t kPolynomial = 0x82f63b78;  // Reversed.

using Table = std::array<std::uint32_t, 256>;

// Table k advances a byte that k further bytes follow, so that eight bytes take eight look-ups and no dependency.
constexpr std::array<Table, 8> MakeTables() {
  std::array<Table, 8> tables{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kPolynomial : 0);
    tables[0][i] = crc;
  }
  for (std::size_t k = 1; k < tables.size(); ++k) {
    for (std::size_t i = 0; i < 256; ++i) {
      tables[k][i] = (tables[k - 1][i] >> 8) ^ tables[0][tables[k - 1][i] & 0xff];
    }
  }
  return tables;
}

constexpr std::array<Table, 8> kTables = MakeTables();

std::uint32_t InSoftware(std::uint32_t crc, std::string_view bytes) {
  while (bytes.size() >= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), sizeof word);
    word ^= crc;
    crc = 0;
    for (std::size_t k = 0; k < 8; ++k) crc ^= kTables[7 - k][(word >> (8 * k)) & 0xff];
    bytes.remove_prefix(8);
  }
  for (const char c : bytes) crc = (crc >> 8) ^ kTables[0][(crc ^ static_cast<unsigned char>(c)) & 0xff];
  return crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t InHardware(std::uint32_t crc, std::string_view bytes) {
  std::uint64_t wide = crc;
  while (bytes.size() >= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), sizeof word);
    wide = __builtin_ia32_crc32di(wide, word);
    bytes.remove_prefix(8);
  }
  auto narrow = static_cast<std::uint32_t>(wide);
  for (const char c : bytes) narrow = __builtin_ia32_crc32qi(narrow, static_cast<unsigned char>(c));
  return narrow;
}

using Implementation = std::uint32_t (*)(std::uint32_t, std::string_view);

// Chosen at the first call, not before main: RocksDB may compute checksums while it is being loaded.
Implementation Best() {
  static const Implementation best = __builtin_cpu_supports("sse4.2") ? &InHardware : &InSoftware;
  return best;
}
#else
auto Best() { return &InSoftware; }
#endif

}  // namespace

std::uint32_t Crc32c(std::uint32_t crc, std::string_view bytes) { return ~Best()(~crc, bytes); }

std::uint32_t Crc32cInSoftware(std::uint32_t crc, std::string_view bytes) { return ~InSoftware(~crc, bytes); }

}  // namespace adapters::rocksdb

// Takes the place of RocksDB's own: the dynamic linker resolves the library's calls to the program's definition.
namespace rocksdb::crc32c {

std::uint32_t Extend(std::uint32_t crc, const char* bytes, std::size_t size);
std::uint32_t Extend(std::uint32_t crc, const char* bytes, std::size_t size) {
  return adapters::rocksdb::Crc32c(crc, {bytes, size});
}

}  // namespace rocksdb::crc32c
