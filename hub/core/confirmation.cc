#include "hub/core/confirmation.h"

#include <sodium.h>

#include <array>

#include "hub/base/bytes.h"

namespace hub::core {
namespace {

constexpr std::size_t kIdBytes = 8;
constexpr std::size_t kTokenBytes = kIdBytes + crypto_shorthash_siphashx24_BYTES;

// Tells these apart from all else that is sealed with the same secret.
constexpr std::string_view kPurpose = "confirm subscription ";

std::string Sealed(const Secret& secret, std::uint64_t subscription) {
  std::string sealed;
  AppendBigEndian(sealed, subscription);
  const std::string signed_text = std::string(kPurpose) + sealed;
  unsigned char mac[crypto_shorthash_siphashx24_BYTES];
  crypto_shorthash_siphashx24(mac, reinterpret_cast<const unsigned char*>(signed_text.data()), signed_text.size(),
                              secret.data());
  return sealed.append(reinterpret_cast<const char*>(mac), sizeof mac);
}

}  // namespace

std::string SealConfirmation(const Secret& secret, std::uint64_t subscription) {
  const std::string sealed = Sealed(secret, subscription);
  std::string token(2 * kTokenBytes + 1, '\0');
  sodium_bin2hex(token.data(), token.size(), reinterpret_cast<const unsigned char*>(sealed.data()), sealed.size());
  token.pop_back();
  return token;
}

std::optional<std::uint64_t> OpenConfirmation(const Secret& secret, std::string_view token) {
  std::array<unsigned char, kTokenBytes> bytes;
  std::size_t size = 0;
  if (token.size() != 2 * kTokenBytes ||
      sodium_hex2bin(bytes.data(), bytes.size(), token.data(), token.size(), nullptr, &size, nullptr) != 0 ||
      size != kTokenBytes) {
    return std::nullopt;
  }
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const std::uint64_t subscription = ReadBigEndian(text);
  const std::string expected = Sealed(secret, subscription);
  if (sodium_memcmp(expected.data(), bytes.data(), kTokenBytes) != 0) return std::nullopt;
  return subscription;
}

}  // namespace hub::core
