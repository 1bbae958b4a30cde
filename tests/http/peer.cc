#include "tests/http/peer.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <thread>

#include "adapters/wire/http/message.h"
#include "hub/base/assert.h"

namespace tests::http {
namespace {

// A write to a connection that the server has cut is an error, not a signal.
const auto kIgnored = std::signal(SIGPIPE, SIG_IGN);

template <typename T>
using Owned = std::unique_ptr<T, void (*)(T*)>;

std::string TemporaryPath() {
  std::string path = testing::TempDir() + "/penstock-XXXXXX";
  const int fd = mkstemp(path.data());
  HUB_ASSERT(fd >= 0);
  close(fd);
  return path;
}

sockaddr_in EndpointOf(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  const std::size_t slashes = address.find("//") + 2;
  sockaddr_in endpoint{};
  endpoint.sin_family = AF_INET;
  endpoint.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1))));
  HUB_ASSERT(inet_pton(AF_INET, address.substr(slashes, colon - slashes).c_str(), &endpoint.sin_addr) == 1);
  return endpoint;
}

}  // namespace

bool Eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

std::string Answer::Field(std::string_view name) const {
  for (std::size_t line = head.find("\r\n"); line != std::string::npos; line = head.find("\r\n", line + 2)) {
    const std::string_view rest = std::string_view(head).substr(line + 2);
    const std::size_t colon = rest.find(": ");
    if (colon == std::string_view::npos || !adapters::wire::http::EqualFold(rest.substr(0, colon), name)) continue;
    return std::string(rest.substr(colon + 2, rest.find("\r\n") - colon - 2));
  }
  return "";
}

// --- Peer -----------------------------------------------------------------------------------------------------------

struct Peer::Tls {
  Owned<SSL_CTX> context{SSL_CTX_new(TLS_client_method()), SSL_CTX_free};
  Owned<SSL> session{nullptr, SSL_free};
};

Peer::Peer(const std::string& address, Options options) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
  HUB_ASSERT(fd_ >= 0);
  const timeval patience{.tv_sec = kPatience / 1s, .tv_usec = 0};
  setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  const int bytes = options.receive_buffer_bytes;
  if (bytes > 0) setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  const sockaddr_in endpoint = EndpointOf(address);
  is_open_ = connect(fd_, reinterpret_cast<const sockaddr*>(&endpoint), sizeof endpoint) == 0;
  if (!options.tls || !is_open_) return;
  tls_ = std::make_unique<Tls>();
  tls_->session.reset(SSL_new(tls_->context.get()));
  SSL_set_fd(tls_->session.get(), fd_);
  is_open_ = SSL_connect(tls_->session.get()) == 1;
}

Peer::~Peer() {
  if (tls_ && is_open_) SSL_shutdown(tls_->session.get());
  close(fd_);
}

bool Peer::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = tls_ ? SSL_write(tls_->session.get(), bytes.data(), static_cast<int>(bytes.size()))
                           : ::send(fd_, bytes.data(), bytes.size(), 0);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void Peer::EndSending() {
  if (tls_) {
    SSL_shutdown(tls_->session.get());
  } else {
    shutdown(fd_, SHUT_WR);
  }
}

std::string Peer::Read() {
  if (!unread_.empty()) return std::exchange(unread_, "");
  std::array<char, 65536> buffer;
  errno = 0;
  const auto got =
      tls_ ? SSL_read(tls_->session.get(), buffer.data(), buffer.size()) : recv(fd_, buffer.data(), buffer.size(), 0);
  if (got > 0) return {buffer.data(), static_cast<std::size_t>(got)};
  EXPECT_NE(errno, EAGAIN) << "The server neither answers nor ends.";
  return "";
}

std::string Peer::ReadAll() {
  std::string all;
  for (std::string part = Read(); !part.empty(); part = Read()) all += part;
  return all;
}

Answer Peer::ReadAnswer(bool has_body) {
  std::string bytes;
  std::size_t end = std::string::npos;
  while ((end = bytes.find("\r\n\r\n")) == std::string::npos) {
    const std::string part = Read();
    if (part.empty()) return {};
    bytes += part;
  }
  Answer answer{.status = std::stoi(bytes.substr(9, 3)), .head = bytes.substr(0, end + 2), .body = ""};
  bytes.erase(0, end + 4);
  const std::string length = answer.Field("Content-Length");
  const std::size_t size = has_body && !length.empty() ? std::stoul(length) : 0;
  while (bytes.size() < size) {
    const std::string part = Read();
    if (part.empty()) return {};
    bytes += part;
  }
  answer.body = bytes.substr(0, size);
  unread_ = bytes.substr(size);
  return answer;
}

// --- Certificate ----------------------------------------------------------------------------------------------------

Certificate::Certificate(const std::string& password) : certificate_file_(TemporaryPath()), key_file_(TemporaryPath()) {
  const Owned<EVP_PKEY> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const Owned<X509> certificate(X509_new(), X509_free);
  HUB_ASSERT(key && certificate);
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* const name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  HUB_ASSERT(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0);
  using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;
  const File pem(std::fopen(certificate_file_.c_str(), "w"), std::fclose);
  HUB_ASSERT(PEM_write_X509(pem.get(), certificate.get()) == 1);
  const File key_pem(std::fopen(key_file_.c_str(), "w"), std::fclose);
  const EVP_CIPHER* const cipher = password.empty() ? nullptr : EVP_aes_256_cbc();
  HUB_ASSERT(PEM_write_PKCS8PrivateKey(key_pem.get(), key.get(), cipher, password.data(),
                                       static_cast<int>(password.size()), nullptr, nullptr) == 1);
}

Certificate::~Certificate() {
  unlink(certificate_file_.c_str());
  unlink(key_file_.c_str());
}

}  // namespace tests::http
