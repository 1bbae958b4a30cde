// Messages of FIFO queues and topics: what they must carry, and knowing again what was accepted before.

#include <sodium.h>

#include "hub/core/core.h"
#include "hub/core/keys.h"

namespace hub::core {
namespace {

std::string Sha256Hex(std::string_view text) {
  unsigned char hash[crypto_hash_sha256_BYTES];
  crypto_hash_sha256(hash, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  std::string hex(2 * sizeof hash + 1, '\0');
  sodium_bin2hex(hex.data(), hex.size(), hash, sizeof hash);
  hex.pop_back();
  return hex;
}

}  // namespace

// [aws 48, 49, 52, 83, 124] Without a deduplication id of its own, the message gets that of its body; `content_id`
// holds it.
Result<void> Core::CheckOrder(const FifoSettings& fifo, Message& message, std::string& content_id) {
  if (!fifo.on) {
    if (message.deduplication.empty()) return {};
    return Fail(Code::kInvalidArgument, "MessageDeduplicationId is not valid for a standard queue or topic.",
                "MessageDeduplicationId");
  }
  if (message.group.empty()) {
    return Fail(Code::kGroupMissing, "The request must contain the parameter MessageGroupId.", "MessageGroupId");
  }
  if (!message.deduplication.empty()) return {};
  if (!fifo.by_content) {
    return Fail(Code::kDeduplicationMissing,
                "The queue or topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId "
                "provided explicitly",
                "MessageDeduplicationId");
  }
  content_id = Sha256Hex(message.body);
  message.deduplication = content_id;
  return {};
}

queues::Fingerprint Core::FingerprintOf(const Message& message, bool by_group) const {
  std::string text(message.deduplication);
  if (by_group) text.append(1, '\0').append(message.group);  // Neither contains a zero byte.
  queues::Fingerprint fingerprint;
  static_assert(sizeof fingerprint == crypto_shorthash_siphashx24_BYTES);
  crypto_shorthash_siphashx24(reinterpret_cast<unsigned char*>(fingerprint.data()),
                              reinterpret_cast<const unsigned char*>(text.data()), text.size(), hub_.secret.data());
  return fingerprint;
}

// The sequence that the same message got within the window. [aws 81] By group, what was accepted while all groups were
// the scope is known too; not the other way round.
std::optional<queues::Sequence> Core::FindAccepted(Deduplicator& deduplicator, std::uint64_t owner,
                                                   const Message& message, const FifoSettings& fifo, Turn& turn) {
  if (!fifo.on || !deduplicator.known) return std::nullopt;
  ForgetAccepted(deduplicator, owner, turn);
  if (const auto found = deduplicator.known->Find(FingerprintOf(message, false))) return found;
  if (!fifo.by_group) return std::nullopt;
  return deduplicator.known->Find(FingerprintOf(message, true));
}

Result<void> Core::HasRoomToAccept(const FifoSettings& fifo) const {
  if (!fifo.on || deduplication_ids_ < kDeduplicationIdsMax) return {};
  return Fail(Code::kOverloaded, "The hub remembers as many deduplication ids as it can hold. Try again later.");
}

queues::Fingerprint Core::NoteAccepted(Deduplicator& deduplicator, const Message& message, const FifoSettings& fifo,
                                       const Turn& turn) {
  if (!deduplicator.known) deduplicator.known = std::make_unique<queues::Deduplication>();
  const queues::Fingerprint fingerprint = FingerprintOf(message, fifo.by_group);
  deduplicator.known->Add(fingerprint, turn.now);
  ++deduplication_ids_;
  return fingerprint;
}

void Core::ForgetAccepted(Deduplicator& deduplicator, std::uint64_t owner, Turn& turn) {
  if (!deduplicator.known) return;
  deduplication_ids_ -= deduplicator.known->Expire(turn.now);
  const Instant kept = turn.now - kDeduplicationWindow;
  if (kept < deduplicator.stored_from + kDeduplicationSlack) return;
  turn.batch.DeleteRange(Key(KeyKind::kDeduplication, owner),
                         Key(KeyKind::kDeduplication, owner, static_cast<std::uint64_t>(MicrosOf(kept))));
  deduplicator.stored_from = kept;
}

// [aws 26, 79] A purge forgets them too.
void Core::ForgetAllAccepted(Deduplicator& deduplicator, std::uint64_t owner, Turn& turn) {
  if (!deduplicator.known) return;
  deduplication_ids_ -= deduplicator.known->size();
  deduplicator.known.reset();
  turn.batch.DeleteRange(Key(KeyKind::kDeduplication, owner), Key(KeyKind::kDeduplication, owner + 1));
}

void Core::WriteAccepted(Deduplicator& deduplicator, std::uint64_t owner, Turn& turn) {
  if (!deduplicator.known || !deduplicator.known->HasAdded()) return;
  const queues::Accepted added = deduplicator.known->TakeAdded(turn.now);
  turn.batch.Put(DeduplicationKey(owner, turn.now, added.messages.front().second), added.Encode());
}

}  // namespace hub::core
