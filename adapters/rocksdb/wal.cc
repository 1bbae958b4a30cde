#include "adapters/rocksdb/wal.h"

#include <algorithm>

#include "adapters/rocksdb/crc32c.h"
#include "hub/base/bytes.h"

namespace adapters::rocksdb {
namespace {

constexpr std::size_t kBlockBytes = 32 * 1024;
constexpr std::size_t kHeaderBytes = 7;

enum FragmentType { kWhole = 1, kFirst = 2, kMiddle = 3, kLast = 4 };

// A batch begins with its sequence number and count; then its entries, each with a tag.
constexpr std::size_t kBatchHeaderBytes = 12;
constexpr std::uint8_t kLogDataTag = 3;

// More than enough of a record to hold its mark, also when its first fragment is squeezed in at the end of a block.
constexpr std::size_t kBeginningBytes = 128;

// A checksum stored beside its data is masked, since a CRC over bytes that hold CRCs is weak.
constexpr std::uint32_t Mask(std::uint32_t crc) { return ((crc >> 15) | (crc << 17)) + 0xa282ead8u; }

constexpr std::uint32_t kMarkMagic = 0x6b72616d;  // "mark"

}  // namespace

std::string EncodeMark(const Mark& mark) {
  std::string bytes;
  hub::Writer writer(bytes);
  writer.Fixed(kMarkMagic);
  writer.Fixed(mark.salt);
  writer.Fixed(mark.index);
  writer.Fixed(mark.durable);
  writer.Fixed(mark.turn);
  writer.Fixed(Crc32c(0, bytes));
  return bytes;
}

std::optional<Mark> DecodeMark(std::string_view bytes) {
  hub::Reader reader(bytes);
  const auto magic = reader.Fixed<std::uint32_t>();
  Mark mark;
  mark.salt = reader.Fixed<std::uint64_t>();
  mark.index = reader.Fixed<std::uint64_t>();
  mark.durable = reader.Fixed<std::uint64_t>();
  mark.turn = reader.Fixed<std::uint64_t>();
  const std::size_t covered = bytes.size() - reader.Left();
  const auto checksum = reader.Fixed<std::uint32_t>();
  if (!reader.ok() || !reader.AtEnd() || magic != kMarkMagic) return std::nullopt;
  if (checksum != Crc32c(0, bytes.substr(0, covered))) return std::nullopt;
  return mark;
}

std::optional<WalReader::Fragment> WalReader::FragmentAt(std::size_t offset) const {
  const std::size_t block_end = std::min(bytes_.size(), (offset / kBlockBytes + 1) * kBlockBytes);
  if (block_end - offset < kHeaderBytes) return std::nullopt;
  hub::Reader header(bytes_.substr(offset, kHeaderBytes));
  const auto checksum = header.Fixed<std::uint32_t>();
  const std::size_t length = header.Fixed<std::uint16_t>();
  const int type = header.Fixed<std::uint8_t>();
  if (type < kWhole || type > kLast) return std::nullopt;
  if (length > block_end - offset - kHeaderBytes) return std::nullopt;
  // The checksum covers the type and the bytes, which lie next to each other.
  const std::string_view covered = bytes_.substr(offset + kHeaderBytes - 1, length + 1);
  if (Mask(Crc32c(0, covered)) != checksum) return std::nullopt;
  return Fragment{.type = type, .payload = covered.substr(1)};
}

// Behind damage every offset is tried: a length that was hit must not hide the records after it in the same block.
std::optional<WalReader::Fragment> WalReader::NextFragment() {
  while (offset_ < bytes_.size()) {
    const std::size_t left_in_block = kBlockBytes - offset_ % kBlockBytes;
    if (left_in_block < kHeaderBytes) {
      offset_ += left_in_block;
      continue;
    }
    if (const auto fragment = FragmentAt(offset_)) {
      offset_ += kHeaderBytes + fragment->payload.size();
      return fragment;
    }
    damaged_ = true;
    ++offset_;
  }
  return std::nullopt;
}

std::optional<Mark> WalReader::MarkOf(std::string_view payload) const {
  if (payload.size() < kBatchHeaderBytes) return std::nullopt;
  hub::Reader reader(payload.substr(kBatchHeaderBytes));
  if (reader.Fixed<std::uint8_t>() != kLogDataTag) return std::nullopt;
  const std::string_view blob = reader.String();
  if (!reader.ok()) return std::nullopt;
  const auto mark = DecodeMark(blob);
  return mark && mark->salt == salt_ ? mark : std::nullopt;
}

// Joins the fragments that follow a first one to `beginning`, as far as a mark can reach. False if the record is torn.
bool WalReader::FinishRecord(std::string& beginning) {
  const bool damaged_before = damaged_;
  while (const auto fragment = NextFragment()) {
    if (damaged_ != damaged_before || (fragment->type != kMiddle && fragment->type != kLast)) {
      offset_ -= kHeaderBytes + fragment->payload.size();  // It may be the start of a later record.
      break;
    }
    if (beginning.size() < kBeginningBytes) beginning += fragment->payload.substr(0, kBeginningBytes);
    if (fragment->type == kLast) return true;
  }
  damaged_ = true;
  return false;
}

std::optional<WalRecord> WalReader::Next() {
  while (const auto fragment = NextFragment()) {
    WalRecord record;
    record.after_damage = damaged_;
    if (fragment->type == kWhole || fragment->type == kFirst) {
      std::string beginning(fragment->payload.substr(0, kBeginningBytes));
      record.whole = fragment->type == kWhole || FinishRecord(beginning);
      record.end = offset_;
      if (const auto mark = MarkOf(beginning)) {
        record.mark = *mark;
        return record;
      }
    }
    damaged_ = true;  // Not a record that this store can have written, or one without its beginning.
  }
  return std::nullopt;
}

}  // namespace adapters::rocksdb
