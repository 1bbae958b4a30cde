#include "adapters/zmq/authenticator.h"

#include <sys/random.h>
#include <zmq.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <utility>

#include "adapters/zmq/listener.h"
#include "hub/base/assert.h"

namespace adapters::zmq {
namespace {

using hub::core::Credentials;
using hub::core::IdentityPtr;
using hub::core::Security;

constexpr char kAddress[] = "inproc://zeromq.zap.01";
constexpr std::string_view kVersion = "1.0";

// Where a ZAP request has what.
constexpr std::size_t kVersionFrame = 0;
constexpr std::size_t kRequestFrame = 1;
constexpr std::size_t kDomainFrame = 2;
constexpr std::size_t kAddressFrame = 3;
constexpr std::size_t kMechanismFrame = 5;
constexpr std::size_t kCredentialFrame = 6;

constexpr std::size_t kFramesMax = 16;
constexpr std::size_t kTokenBytes = 16;
constexpr char kSeparator = '-';
constexpr std::size_t kBarredMax = 1024;

std::string BarredKey(const hub::core::Identity& identity, std::string_view address) {
  return (identity.principal().arn + ' ').append(address);
}

std::string NewToken() {
  std::array<unsigned char, kTokenBytes> raw{};
  const ssize_t filled = getrandom(raw.data(), raw.size(), 0);
  HUB_ASSERT(filled == static_cast<ssize_t>(raw.size()));  // Requests of up to 256 bytes are not interrupted.
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string token;
  for (const unsigned char byte : raw) {
    token.push_back(kDigits[byte >> 4]);
    token.push_back(kDigits[byte & 15]);
  }
  return token;
}

// Waits for the next request. False when the context is being shut down.
bool Receive(::zmq::socket_t& socket, std::vector<std::string>& request) {
  request.clear();
  ::zmq::message_t frame;
  do {
    while (zmq_msg_recv(frame.handle(), socket.handle(), 0) < 0) {
      if (zmq_errno() != EINTR) return false;
    }
    if (request.size() < kFramesMax) request.push_back(frame.to_string());
  } while (frame.more());
  return true;
}

void Send(::zmq::socket_t& socket, std::span<const std::string_view> frames) {
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const int flags = i + 1 < frames.size() ? ZMQ_SNDMORE : 0;
    while (zmq_send(socket.handle(), frames[i].data(), frames[i].size(), flags) < 0) {
      if (zmq_errno() != EINTR) return;  // The context is being shut down.
    }
  }
}

}  // namespace

Authenticator::Authenticator(std::shared_ptr<const Credentials> credentials) : credentials_(std::move(credentials)) {}

hub::Result<void> Authenticator::Start(::zmq::context_t& context) {
  try {
    ::zmq::socket_t socket(context, ::zmq::socket_type::rep);
    socket.set(::zmq::sockopt::linger, 0);
    socket.bind(kAddress);
    thread_ = std::thread([this, moved = std::move(socket)]() mutable { Run(std::move(moved)); });
    return {};
  } catch (const ::zmq::error_t& error) {
    return hub::Fail(hub::Code::kUnavailable, std::string("Cannot authenticate ZeroMQ clients: ") + error.what() + ".");
  }
}

void Authenticator::Join() {
  if (thread_.joinable()) thread_.join();
}

void Authenticator::Run(::zmq::socket_t socket) {
  Frames request;
  while (Receive(socket, request)) Reply(socket, request);
}

void Authenticator::Reply(::zmq::socket_t& socket, const Frames& request) {
  IdentityPtr identity = Verify(request);
  if (identity != nullptr && IsBarred(*identity, request[kAddressFrame])) identity = nullptr;
  const std::string user_id = identity == nullptr ? std::string() : NameConnection(identity);
  const std::string request_id = request.size() > kRequestFrame ? request[kRequestFrame] : std::string();
  const bool accepted = identity != nullptr;
  const std::array<std::string_view, 6> reply = {
      kVersion, request_id, accepted ? "200" : "400", accepted ? "OK" : "refused", user_id, "",
  };
  Send(socket, reply);
}

IdentityPtr Authenticator::Verify(const Frames& request) const {
  if (request.size() <= kMechanismFrame || request[kVersionFrame] != kVersion) return nullptr;
  std::shared_ptr<const Credentials> credentials;
  {
    const std::lock_guard lock(mutex_);
    credentials = credentials_;
  }
  // The domain says what the listener demands; the mechanism, what the peer did. They always agree, and must.
  const std::string& domain = request[kDomainFrame];
  const std::string& mechanism = request[kMechanismFrame];
  const std::size_t proofs = request.size() - kCredentialFrame;
  if (domain == DomainOf(Security::kNone) && mechanism == "NULL") return Credentials::Anonymous();
  if (domain == DomainOf(Security::kPlain) && mechanism == "PLAIN" && proofs == 2) {
    return credentials->VerifyPassword(request[kCredentialFrame], request[kCredentialFrame + 1]);
  }
  if (domain == DomainOf(Security::kCurve) && mechanism == "CURVE" && proofs == 1) {
    return credentials->VerifyCurve(request[kCredentialFrame]);
  }
  return nullptr;
}

bool Authenticator::IsBarred(const hub::core::Identity& identity, const std::string& address) const {
  const std::lock_guard lock(mutex_);
  const auto found = barred_.find(BarredKey(identity, address));
  return found != barred_.end() && std::chrono::steady_clock::now() < found->second;
}

void Authenticator::Bar(std::string_view user_id, std::string_view address, std::chrono::milliseconds duration) {
  const IdentityPtr identity = IdentityOf(user_id);
  if (identity == nullptr) return;
  const auto now = std::chrono::steady_clock::now();
  const std::lock_guard lock(mutex_);
  std::erase_if(barred_, [now](const auto& entry) { return entry.second <= now; });
  if (barred_.size() < kBarredMax) barred_.insert_or_assign(BarredKey(*identity, address), now + duration);
}

std::uint64_t Authenticator::NumberOf(std::string_view user_id) {
  std::uint64_t number = 0;
  const std::string_view digits = user_id.substr(std::min(user_id.find(kSeparator), user_id.size() - 1) + 1);
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

std::string Authenticator::NameConnection(const IdentityPtr& identity) {
  const std::lock_guard lock(mutex_);
  const auto [known, is_new] = token_of_.try_emplace(identity->principal().arn);
  if (is_new) known->second = NewToken();
  by_token_.insert_or_assign(known->second, identity);
  return known->second + kSeparator + std::to_string(++connections_);
}

void Authenticator::SetCredentials(std::shared_ptr<const Credentials> credentials) {
  const std::lock_guard lock(mutex_);
  credentials_ = std::move(credentials);
  std::erase_if(by_token_, [this](const auto& entry) {
    if (credentials_->Knows(*entry.second)) return false;
    token_of_.erase(entry.second->principal().arn);
    return true;
  });
}

IdentityPtr Authenticator::IdentityOf(std::string_view user_id) const {
  const std::lock_guard lock(mutex_);
  const auto found = by_token_.find(std::string(user_id.substr(0, user_id.find(kSeparator))));
  return found == by_token_.end() ? nullptr : found->second;
}

}  // namespace adapters::zmq
