#include "hub/core/identity.h"

#include <sodium.h>

#include "hub/base/arn.h"
#include "hub/base/assert.h"
#include "hub/base/names.h"

namespace hub::core {
namespace {

constexpr std::size_t kCurveKeyBytes = 32;

// Z85: five characters carry four bytes (ZeroMQ RFC 32). Empty when the text is not a key.
std::string DecodeCurveKey(std::string_view z85) {
  static constexpr std::string_view kAlphabet =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";
  std::string bytes;
  if (z85.size() != kCurveKeyBytes / 4 * 5) return bytes;
  for (std::size_t i = 0; i < z85.size(); i += 5) {
    std::uint64_t value = 0;
    for (const char c : z85.substr(i, 5)) {
      const std::size_t digit = kAlphabet.find(c);
      if (digit == std::string_view::npos) return {};
      value = value * 85 + digit;
    }
    if (value > 0xffffffff) return {};
    for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(value >> shift));
  }
  return bytes;
}

bool SamePassword(std::string_view a, std::string_view b) {
  unsigned char digest_a[crypto_generichash_BYTES];
  unsigned char digest_b[crypto_generichash_BYTES];
  crypto_generichash(digest_a, sizeof digest_a, reinterpret_cast<const unsigned char*>(a.data()), a.size(), nullptr, 0);
  crypto_generichash(digest_b, sizeof digest_b, reinterpret_cast<const unsigned char*>(b.data()), b.size(), nullptr, 0);
  return sodium_memcmp(digest_a, digest_b, sizeof digest_a) == 0;
}

}  // namespace

Credentials::Credentials(const std::vector<UserCredential>& users) {
  for (const UserCredential& user : users) {
    const IdentityPtr identity(new Identity(policy::Principal{.kind = policy::Principal::Kind::kUser,
                                                              .account = user.account,
                                                              .arn = UserArn(user.account, user.user),
                                                              .service = "",
                                                              .name = user.user}));
    if (const std::string key = DecodeCurveKey(user.curve_key); !key.empty()) by_curve_key_[key] = identity;
    if (!user.password.empty() || !user.password_hash.empty()) {
      by_login_[user.login] = {user.password, user.password_hash, identity};
    }
    known_.insert(UserArn(user.account, user.user));
  }
}

IdentityPtr Credentials::VerifyCurve(std::string_view public_key) const {
  const auto found = by_curve_key_.find(std::string(public_key));
  return found == by_curve_key_.end() ? nullptr : found->second;
}

IdentityPtr Credentials::VerifyPassword(std::string_view login, std::string_view password) const {
  const auto found = by_login_.find(std::string(login));
  if (found == by_login_.end() || password.empty()) return nullptr;
  const Secret& secret = found->second;
  if (!secret.password_hash.empty()) {
    const bool right = crypto_pwhash_str_verify(secret.password_hash.c_str(), password.data(), password.size()) == 0;
    return right ? secret.identity : nullptr;
  }
  return SamePassword(secret.password, password) ? secret.identity : nullptr;
}

IdentityPtr Credentials::Anonymous() {
  static const IdentityPtr anonymous(new Identity(policy::Principal{}));
  return anonymous;
}

IdentityPtr Credentials::Local(std::string_view account) {
  HUB_ASSERT(IsAccountId(account));
  return IdentityPtr(new Identity(policy::Principal{.kind = policy::Principal::Kind::kAccountRoot,
                                                    .account = std::string(account),
                                                    .arn = AccountArn(account),
                                                    .service = "",
                                                    .name = ""}));
}

bool Credentials::Knows(const Identity& identity) const {
  using Kind = policy::Principal::Kind;
  const policy::Principal& principal = identity.principal();
  return principal.kind == Kind::kAnonymous || principal.kind == Kind::kAccountRoot || known_.contains(principal.arn);
}

}  // namespace hub::core
