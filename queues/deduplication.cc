#include "queues/deduplication.h"

#include "hub/base/assert.h"
#include "hub/base/bytes.h"
#include "hub/base/limits.h"

namespace queues {

std::string Accepted::Encode() const {
  std::string out;
  hub::Writer writer(out);
  writer.Fixed(std::uint8_t{1});  // Version.
  writer.Fixed(std::uint8_t{0});  // Not sealed.
  writer.Fixed(hub::MicrosOf(at));
  writer.Varint(messages.size());
  for (const auto& [fingerprint, sequence] : messages) {
    writer.Fixed(fingerprint[0]);
    writer.Fixed(fingerprint[1]);
    writer.Varint(sequence);
  }
  return out;
}

hub::Result<Accepted> Accepted::Decode(std::string_view bytes) {
  hub::Reader reader(bytes);
  const bool known = reader.Fixed<std::uint8_t>() == 1 && reader.Fixed<std::uint8_t>() == 0;
  Accepted accepted;
  accepted.at = hub::InstantOf(reader.Fixed<std::int64_t>());
  for (std::uint64_t left = reader.Varint(); left > 0 && reader.ok(); --left) {
    const auto high = reader.Fixed<std::uint64_t>();
    const auto low = reader.Fixed<std::uint64_t>();
    accepted.messages.push_back({{high, low}, reader.Varint()});
  }
  if (!known || !reader.ok() || !reader.AtEnd()) {
    return hub::Fail(hub::Code::kStorage, "Stored deduplication ids cannot be read: they are damaged.");
  }
  return accepted;
}

std::optional<Sequence> Deduplication::Find(const Fingerprint& fingerprint) const {
  const auto found = sequences_.find(fingerprint);
  if (found == sequences_.end()) return std::nullopt;
  return found->second;
}

void Deduplication::Add(const Fingerprint& fingerprint, hub::Instant now) {
  const bool inserted = sequences_.emplace(fingerprint, 0).second;
  HUB_ASSERT(inserted);
  accepted_.emplace_back(fingerprint, now);
}

void Deduplication::Number(const Fingerprint& fingerprint, Sequence sequence) {
  const auto found = sequences_.find(fingerprint);
  HUB_ASSERT(found != sequences_.end() && found->second == 0);
  found->second = sequence;
  added_.emplace_back(fingerprint, sequence);
}

std::size_t Deduplication::Expire(hub::Instant now) {
  std::size_t expired = 0;
  for (; !accepted_.empty() && accepted_.front().second + hub::kDeduplicationWindow <= now; ++expired) {
    sequences_.erase(accepted_.front().first);
    accepted_.pop_front();
  }
  return expired;
}

void Deduplication::Clear() {
  sequences_.clear();
  accepted_.clear();
  added_.clear();
}

}  // namespace queues
