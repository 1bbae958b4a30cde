#include "hub/core/receipt_handle.h"

#include <sodium.h>

#include <cstring>

namespace hub::core {
namespace {

constexpr std::uint32_t kVersion = 2;
constexpr std::size_t kMacBytes = 16;
constexpr std::uint64_t kMessageIdPurpose = 0x6469206567617373;  // Keeps ids apart from what else the secret seals.
constexpr std::size_t kSignedBytes = kHandleBytes - kMacBytes;

static_assert(crypto_shorthash_siphashx24_BYTES == kMacBytes);
static_assert(crypto_shorthash_siphashx24_KEYBYTES == kSecretBytes);

struct Layout {
  std::uint32_t version;
  std::uint32_t receive;
  std::uint64_t queue;
  std::uint64_t sequence;
  std::int64_t received;  // Microseconds.
  std::uint32_t boot;
};

void Mac(const Secret& secret, const char* handle, unsigned char* mac) {
  crypto_shorthash_siphashx24(mac, reinterpret_cast<const unsigned char*>(handle), kSignedBytes, secret.data());
}

// Without a branch on the bytes: how long it takes tells nothing.
bool SameMac(const unsigned char* mac, const char* other) {
  std::uint64_t a[2];
  std::uint64_t b[2];
  static_assert(sizeof a == kMacBytes);
  std::memcpy(a, mac, sizeof a);
  std::memcpy(b, other, sizeof b);
  return ((a[0] ^ b[0]) | (a[1] ^ b[1])) == 0;
}

}  // namespace

Handle SealReceipt(const Secret& secret, const Receipt& receipt) {
  Handle handle;
  const Layout layout{kVersion,    receipt.receive, receipt.queue, receipt.sequence, MicrosOf(receipt.received),
                      receipt.boot};
  std::memcpy(handle.data(), &layout, kSignedBytes);  // The layout has no padding before its end.
  Mac(secret, handle.data(), reinterpret_cast<unsigned char*>(handle.data() + kSignedBytes));
  return handle;
}

std::optional<Receipt> OpenReceipt(const Secret& secret, std::string_view handle) {
  if (handle.size() != kHandleBytes) return std::nullopt;
  unsigned char mac[kMacBytes];
  Mac(secret, handle.data(), mac);
  if (!SameMac(mac, handle.data() + kSignedBytes)) return std::nullopt;
  Layout layout{};
  std::memcpy(&layout, handle.data(), kSignedBytes);
  if (layout.version != kVersion) return std::nullopt;
  return Receipt{.queue = layout.queue,
                 .sequence = layout.sequence,
                 .receive = layout.receive,
                 .boot = layout.boot,
                 .received = InstantOf(layout.received)};
}

MessageId MessageIdOf(const Secret& secret, std::uint64_t owner, std::uint64_t number) {
  // Ids are told to everybody: a mixer that can be run backwards would tell the secret with them.
  const std::uint64_t numbers[] = {kMessageIdPurpose, owner, number};
  MessageId id;
  static_assert(sizeof id.bytes == kMacBytes);
  crypto_shorthash_siphashx24(id.bytes.data(), reinterpret_cast<const unsigned char*>(numbers), sizeof numbers,
                              secret.data());
  id.bytes[6] = static_cast<unsigned char>((id.bytes[6] & 0x0f) | 0x40);  // A version 4 UUID by its form.
  id.bytes[8] = static_cast<unsigned char>((id.bytes[8] & 0x3f) | 0x80);
  return id;
}

}  // namespace hub::core
