// Messages of FIFO queues: what they must carry, and knowing again what was accepted before.

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

// [aws 48, 49, 52, 83] Without a deduplication id of its own, the message gets that of its body; `content_id` holds it.
Result<void> Core::CheckOrder(const QueueEntry& queue, Message& message, std::string& content_id) const {
  if (!queue.settings.fifo) {
    if (message.deduplication.empty()) return {};
    return Fail(Code::kInvalidArgument, "MessageDeduplicationId is not valid for a standard queue.");
  }
  if (message.group.empty()) {
    return Fail(Code::kMissingArgument, "The request must contain the parameter MessageGroupId.");
  }
  if (!message.deduplication.empty()) return {};
  if (!queue.settings.deduplicates_by_content) {
    return Fail(Code::kInvalidArgument,
                "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided "
                "explicitly");
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

// The sequence that the same message got within the window. [aws 81] By group, what was accepted while the whole queue
// was the scope is known too; not the other way round.
std::optional<queues::Sequence> Core::FindAccepted(QueueEntry& queue, const Message& message, Turn& turn) {
  if (!queue.settings.fifo || !queue.deduplicator.known) return std::nullopt;
  ForgetAccepted(queue, turn);
  const queues::Deduplication& known = *queue.deduplicator.known;
  if (const auto found = known.Find(FingerprintOf(message, false))) return found;
  if (!queue.settings.deduplicates_by_group) return std::nullopt;
  return known.Find(FingerprintOf(message, true));
}

void Core::NoteAccepted(QueueEntry& queue, const Message& message, queues::Sequence sequence, Turn& turn) {
  if (!queue.settings.fifo) return;
  auto& known = queue.deduplicator.known;
  if (!known) known = std::make_unique<queues::Deduplication>();
  known->Add(FingerprintOf(message, queue.settings.deduplicates_by_group), sequence, turn.now);
  ++deduplication_ids_;
}

void Core::ForgetAccepted(QueueEntry& queue, Turn& turn) {
  Deduplicator& deduplicator = queue.deduplicator;
  if (!deduplicator.known) return;
  deduplication_ids_ -= deduplicator.known->Expire(turn.now);
  const Instant kept = turn.now - kDeduplicationWindow;
  if (kept < deduplicator.stored_from + kDeduplicationSlack) return;
  turn.batch.DeleteRange(Key(KeyKind::kDeduplication, queue.id),
                         Key(KeyKind::kDeduplication, queue.id, static_cast<std::uint64_t>(MicrosOf(kept))));
  deduplicator.stored_from = kept;
}

// [aws 26, 79] A purge forgets them too.
void Core::ForgetAllAccepted(QueueEntry& queue, Turn& turn) {
  if (!queue.deduplicator.known) return;
  deduplication_ids_ -= queue.deduplicator.known->size();
  queue.deduplicator.known.reset();
  turn.batch.DeleteRange(Key(KeyKind::kDeduplication, queue.id), Key(KeyKind::kDeduplication, queue.id + 1));
}

void Core::WriteAccepted(QueueEntry& queue, Turn& turn) {
  if (!queue.deduplicator.known || !queue.deduplicator.known->HasAdded()) return;
  const queues::Accepted added = queue.deduplicator.known->TakeAdded(turn.now);
  turn.batch.Put(DeduplicationKey(queue.id, turn.now, added.messages.front().second), added.Encode());
}

}  // namespace hub::core
