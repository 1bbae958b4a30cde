#include "queues/counters.h"

#include "hub/base/bytes.h"

namespace queues {
namespace {

constexpr std::uint8_t kHasReferences = 1;  // Flags of the stored counters.
constexpr std::uint8_t kUnordered = 2;

}  // namespace

std::string Counters::Encode() const {
  std::string out;
  hub::Writer writer(out);
  writer.Fixed(std::uint8_t{1});
  writer.Fixed(std::uint8_t{0});
  writer.Varint(next_sequence);
  writer.Varint(watermark);
  writer.Varint(live);
  writer.Varint(delayed);
  writer.Fixed(hub::MicrosOf(delayed_until));
  writer.Fixed(hub::MicrosOf(oldest));
  writer.Fixed(static_cast<std::uint8_t>((has_references ? kHasReferences : 0) | (unordered ? kUnordered : 0)));
  return out;
}

hub::Result<Counters> Counters::Decode(std::string_view bytes) {
  hub::Reader reader(bytes);
  const bool known = reader.Fixed<std::uint8_t>() == 1 && reader.Fixed<std::uint8_t>() == 0;
  Counters counters;
  counters.next_sequence = reader.Varint();
  counters.watermark = reader.Varint();
  counters.live = reader.Varint();
  counters.delayed = reader.Varint();
  counters.delayed_until = hub::InstantOf(reader.Fixed<std::int64_t>());
  counters.oldest = hub::InstantOf(reader.Fixed<std::int64_t>());
  const auto flags = reader.Fixed<std::uint8_t>();
  counters.has_references = flags & kHasReferences;
  counters.unordered = flags & kUnordered;
  if (!known || !reader.ok() || !reader.AtEnd() || counters.watermark > counters.next_sequence) {
    return hub::Fail(hub::Code::kStorage, "The stored counters of a queue cannot be read: they are damaged.");
  }
  return counters;
}

}  // namespace queues
