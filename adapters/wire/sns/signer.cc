#include "adapters/wire/sns/signer.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <mutex>
#include <optional>
#include <sstream>
#include <utility>

namespace adapters::wire::sns {
namespace {

using hub::Code;
using hub::Fail;

constexpr const char* kFile = "notification-key.pem";
constexpr unsigned kBits = 2048;
constexpr long kValidSeconds = 20L * 365 * 24 * 3600;

template <auto Free>
struct Freeing {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
using PkeyPtr = std::unique_ptr<EVP_PKEY, Freeing<EVP_PKEY_free>>;
using X509Ptr = std::unique_ptr<X509, Freeing<X509_free>>;
using BioPtr = std::unique_ptr<BIO, Freeing<BIO_free>>;
using ContextPtr = std::unique_ptr<EVP_MD_CTX, Freeing<EVP_MD_CTX_free>>;

std::string Contents(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

X509Ptr MakeCertificate(EVP_PKEY* key) {
  X509Ptr certificate(X509_new());
  if (!certificate) return nullptr;
  X509* x509 = certificate.get();
  ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
  X509_set_version(x509, 2);
  X509_gmtime_adj(X509_getm_notBefore(x509), -24 * 3600);
  X509_gmtime_adj(X509_getm_notAfter(x509), kValidSeconds);
  X509_NAME* name = X509_get_subject_name(x509);
  const auto* common = reinterpret_cast<const unsigned char*>("sns.amazonaws.com");
  if (X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common, -1, -1, 0) != 1 ||
      X509_set_issuer_name(x509, name) != 1 || X509_set_pubkey(x509, key) != 1 ||
      X509_sign(x509, key, EVP_sha256()) == 0) {
    return nullptr;
  }
  return certificate;
}

// Whole or not at all: a crash leaves no half a key.
bool WriteFile(const std::string& path, const std::string& contents) {
  const std::string fresh = path + ".new";
  const int file = open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return false;
  const bool written = write(file, contents.data(), contents.size()) == static_cast<ssize_t>(contents.size());
  const bool synced = written && fsync(file) == 0;
  close(file);
  if (!synced || std::rename(fresh.c_str(), path.c_str()) != 0) return false;
  const std::string directory = path.substr(0, path.rfind('/'));
  const int folder = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return false;
  const bool kept = fsync(folder) == 0;
  close(folder);
  return kept;
}

}  // namespace

class Signer::Key {
 public:
  static std::unique_ptr<Key> Parse(const std::string& pem) {
    const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    auto key = std::make_unique<Key>();
    key->key_.reset(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
    key->certificate_.reset(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    if (!key->key_ || !key->certificate_) return nullptr;
    return key;
  }

  static std::unique_ptr<Key> Make() {
    auto key = std::make_unique<Key>();
    key->key_.reset(EVP_RSA_gen(kBits));
    if (key->key_) key->certificate_ = MakeCertificate(key->key_.get());
    return key->certificate_ ? std::move(key) : nullptr;
  }

  std::string Pem() const {
    const BioPtr bio(BIO_new(BIO_s_mem()));
    if (PEM_write_bio_PrivateKey(bio.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1 ||
        PEM_write_bio_X509(bio.get(), certificate_.get()) != 1) {
      return "";
    }
    return Contents(bio.get());
  }

  std::string CertificatePem() const {
    const BioPtr bio(BIO_new(BIO_s_mem()));
    return PEM_write_bio_X509(bio.get(), certificate_.get()) == 1 ? Contents(bio.get()) : "";
  }

  std::string Fingerprint() const {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    X509_digest(certificate_.get(), EVP_sha256(), digest.data(), &size);
    static constexpr char kHex[] = "0123456789abcdef";
    std::string text;
    for (unsigned i = 0; i < 16 && i < size; ++i) {
      text.push_back(kHex[digest[i] >> 4]);
      text.push_back(kHex[digest[i] & 15]);
    }
    return text;
  }

  std::string Sign(std::string_view text, bool sha256) const {
    const ContextPtr context(EVP_MD_CTX_new());
    std::size_t size = 0;
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    std::array<unsigned char, kBits / 8> signature{};
    size = signature.size();
    if (EVP_DigestSignInit(context.get(), nullptr, sha256 ? EVP_sha256() : EVP_sha1(), nullptr, key_.get()) != 1 ||
        EVP_DigestSign(context.get(), signature.data(), &size, bytes, text.size()) != 1) {
      return "";
    }
    std::array<unsigned char, (kBits / 8 + 2) / 3 * 4 + 1> encoded{};
    const int length = EVP_EncodeBlock(encoded.data(), signature.data(), static_cast<int>(size));
    return {reinterpret_cast<const char*>(encoded.data()), static_cast<std::size_t>(length)};
  }

 private:
  PkeyPtr key_;
  X509Ptr certificate_;
};

struct Signer::State {
  std::mutex mutex;
  std::unique_ptr<Key> key;
  std::optional<hub::Error> problem;
};

Signer::Signer(std::string directory) : directory_(std::move(directory)), state_(std::make_unique<State>()) {}
Signer::~Signer() = default;

hub::Result<const Signer::Key*> Signer::Get() {
  const std::lock_guard lock(state_->mutex);
  if (state_->key) return state_->key.get();
  if (state_->problem) return tl::unexpected(*state_->problem);  // Until the next start: trying again would cost dear.
  auto key = ReadOrMake(directory_);
  if (key) {
    state_->key = *std::move(key);
    return state_->key.get();
  }
  state_->problem = key.error();
  return tl::unexpected(key.error());
}

// One that cannot be kept is used all the same: what is signed with it is verified while the hub runs.
hub::Result<std::unique_ptr<Signer::Key>> Signer::ReadOrMake(const std::string& directory) {
  const std::string path = directory + "/" + kFile;
  if (access(path.c_str(), F_OK) == 0 || errno != ENOENT) {
    std::ifstream file(path, std::ios::binary);
    std::stringstream contents;
    contents << file.rdbuf();
    std::unique_ptr<Key> key = Key::Parse(contents.str());
    if (key) return key;
    return Fail(Code::kStorage,
                path + " holds no key and certificate that can be read. Remove it, and another is made.");
  }
  std::unique_ptr<Key> key = Key::Make();
  if (!key) return Fail(Code::kStorage, "No key for notifications can be made.");
  (void)WriteFile(path, key->Pem());
  return key;
}

hub::Result<std::string> Signer::Certificate() {
  auto key = Get();
  if (!key) return tl::unexpected(key.error());
  return (*key)->CertificatePem();
}

hub::Result<std::string> Signer::CertificatePath() {
  auto key = Get();
  if (!key) return tl::unexpected(key.error());
  return "/SimpleNotificationService-" + (*key)->Fingerprint() + ".pem";
}

hub::Result<std::string> Signer::Sign(std::string_view text, bool sha256) {
  auto key = Get();
  if (!key) return tl::unexpected(key.error());
  std::string signature = (*key)->Sign(text, sha256);
  if (signature.empty()) return Fail(Code::kStorage, "The key for notifications does not sign.");
  return signature;
}

}  // namespace adapters::wire::sns
