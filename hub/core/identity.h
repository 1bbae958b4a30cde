// Who is calling: an identity that only the verifier can construct, and the credentials that it verifies against.
//
// An Identity is immutable and shared between threads. Credentials are built from the configuration and swapped in
// whole at a reload; Verify functions may be called from any thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "hub/policy/principal.h"

namespace hub::core {

class Identity {
 public:
  const policy::Principal& principal() const { return principal_; }

 private:
  friend class Credentials;
  explicit Identity(policy::Principal principal) : principal_(std::move(principal)) {}

  policy::Principal principal_;
};

using IdentityPtr = std::shared_ptr<const Identity>;

// What the configuration says of one user's proofs. Empty fields are proofs that the user does not have.
struct UserCredential {
  std::string account;        // Twelve digits.
  std::string user;           // "checkout"
  std::string login;          // "shop/checkout": account name and user name, the user name of PLAIN.
  std::string curve_key;      // Public key, Z85, 40 characters.
  std::string password;       // As written in the configuration; for loopback only.
  std::string password_hash;  // argon2id, "$argon2id$...", as `penstock hash-password` prints it.
};

class Credentials {
 public:
  explicit Credentials(const std::vector<UserCredential>& users);

  // A CURVE client key: the 32 bytes, already proven by the handshake. Null when no user has it.
  IdentityPtr VerifyCurve(std::string_view public_key) const;

  // Constant time in the password. Null when the user is unknown or the password wrong.
  IdentityPtr VerifyPassword(std::string_view login, std::string_view password) const;

  // A peer that proved nothing: only policies for everybody ("Principal": "*") let it do anything.
  static IdentityPtr Anonymous();

  // The account itself, of twelve digits, as its root: it may do everything within the account, and elsewhere what the
  // policies of resources admit. Nothing is proven; only for an endpoint whose peers may be whom they say they are.
  static IdentityPtr Local(std::string_view account);

  // Whether this identity still stands in these credentials: asked again after a reload.
  bool Knows(const Identity& identity) const;

 private:
  std::unordered_map<std::string, IdentityPtr> by_curve_key_;
  struct Secret {
    std::string password;
    std::string password_hash;
    IdentityPtr identity;
  };
  std::unordered_map<std::string, Secret> by_login_;
  std::unordered_set<std::string> known_;  // Principal ARNs.
};

}  // namespace hub::core
