// The key that notifications are signed with, and the certificate that shows it.
//
// Made when somebody first needs it and kept in the data directory, so that what was signed before a restart can still
// be verified. [aws 131]
//
// Threads: any.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "hub/base/result.h"

namespace adapters::wire::sns {

class Signer {
 public:
  // `directory` is to hold the key, in a file that only its owner may read.
  explicit Signer(std::string directory);
  ~Signer();

  Signer(const Signer&) = delete;
  Signer& operator=(const Signer&) = delete;

  // PEM. Fails with kStorage when the key can be neither read nor made.
  [[nodiscard]] hub::Result<std::string> Certificate();

  // Where the certificate is served below an endpoint: "/SimpleNotificationService-<its fingerprint>.pem". Fails
  // likewise.
  [[nodiscard]] hub::Result<std::string> CertificatePath();

  // RSA with SHA-1 (SignatureVersion 1) or SHA-256 (2), as base64. Fails likewise.
  [[nodiscard]] hub::Result<std::string> Sign(std::string_view text, bool sha256);

 private:
  class Key;
  [[nodiscard]] hub::Result<const Key*> Get();
  [[nodiscard]] static hub::Result<std::unique_ptr<Key>> ReadOrMake(const std::string& directory);

  const std::string directory_;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace adapters::wire::sns
