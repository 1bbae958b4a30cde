#include "tests/zmq/hub_fixture.h"

#include <unistd.h>
#include <zmq.h>

#include <cstdlib>
#include <cstring>
#include <utility>

#include "hub/base/assert.h"
#include "tests/wire/value.h"

namespace tests::zmq {

namespace core = hub::core;

bool Eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

TemporaryFile::TemporaryFile(const std::string& content) : path_(testing::TempDir() + "/penstock-XXXXXX") {
  const int fd = mkstemp(path_.data());
  HUB_ASSERT(fd >= 0);
  const ssize_t written = write(fd, content.data(), content.size());
  HUB_ASSERT(written == static_cast<ssize_t>(content.size()));
  close(fd);
}

TemporaryFile::~TemporaryFile() { unlink(path_.c_str()); }

// --- FakeEngine -----------------------------------------------------------------------------------------------------

FakeEngine::FakeEngine() {
  on_command_ = [this](const core::Command& command) { return fake_.Answer(command.operation); };
}

FakeEngine::~FakeEngine() {
  stopping_ = true;
  Hold(false);
  inbox_.Wake();
  if (thread_.joinable()) thread_.join();
}

void FakeEngine::Run(Replies& replies) {
  thread_ = std::thread([this, &replies] {
    while (!stopping_) Turn(replies);
  });
}

void FakeEngine::Turn(Replies& replies) {
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !hold_; });
  }
  hub::engine::Inbox::Taken taken = inbox_.Take(std::chrono::hours(1));
  std::vector<core::Answer> answers;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& ended : taken.ended) ended_.push_back(ended.session);
    for (const core::Command& command : taken.commands) {
      callers_.push_back(command.caller);
      if (park_) {
        parked_.push_back(command.ticket);
      } else {
        answers.push_back({command.ticket, on_command_(command)});
      }
    }
  }
  if (!answers.empty()) replies.Deliver(std::move(answers));
}

void FakeEngine::Answer(OnCommand on_command) {
  const std::lock_guard lock(mutex_);
  on_command_ = std::move(on_command);
}

void FakeEngine::Hold(bool hold) {
  {
    const std::lock_guard lock(mutex_);
    hold_ = hold;
  }
  changed_.notify_all();
  inbox_.Wake();
}

void FakeEngine::Park(bool park) {
  const std::lock_guard lock(mutex_);
  park_ = park;
}

std::vector<core::Ticket> FakeEngine::parked() const {
  const std::lock_guard lock(mutex_);
  return parked_;
}

std::vector<std::uint64_t> FakeEngine::ended() const {
  const std::lock_guard lock(mutex_);
  return ended_;
}

std::vector<std::shared_ptr<const core::Caller>> FakeEngine::callers() const {
  const std::lock_guard lock(mutex_);
  return callers_;
}

// --- Client ---------------------------------------------------------------------------------------------------------

Client::Client(const std::string& address, const Configure& configure) : socket_(context_, ::zmq::socket_type::dealer) {
  socket_.set(::zmq::sockopt::linger, 0);
  socket_.set(::zmq::sockopt::sndtimeo, static_cast<int>(kPatience.count()));
  if (configure) configure(socket_);
  socket_.connect(address);
}

void Client::Send(const std::string& frame) {
  const auto sent = socket_.send(::zmq::buffer(frame));
  HUB_ASSERT(sent.has_value());
}

std::string Client::Receive(std::chrono::milliseconds patience) {
  socket_.set(::zmq::sockopt::rcvtimeo, static_cast<int>(patience.count()));
  ::zmq::message_t message;
  if (!socket_.recv(message)) return "";
  return message.to_string();
}

std::string Client::Ask(const std::string& frame) {
  Send(frame);
  return Receive();
}

std::string HandshakeOf(const std::string& address, const Client::Configure& configure) {
  ::zmq::context_t context;
  ::zmq::socket_t client(context, ::zmq::socket_type::dealer);
  client.set(::zmq::sockopt::linger, 0);
  configure(client);
  constexpr char kMonitor[] = "inproc://handshake";
  zmq_socket_monitor(client.handle(), kMonitor,
                     ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |
                         ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL);
  ::zmq::socket_t monitor(context, ::zmq::socket_type::pair);
  monitor.set(::zmq::sockopt::linger, 0);
  monitor.set(::zmq::sockopt::rcvtimeo, static_cast<int>(kPatience.count()));
  monitor.connect(kMonitor);
  client.connect(address);
  ::zmq::message_t event;
  if (!monitor.recv(event)) return "nothing";
  std::uint16_t number = 0;
  std::memcpy(&number, event.data(), sizeof number);
  zmq_socket_monitor(client.handle(), nullptr, 0);
  return number == ZMQ_EVENT_HANDSHAKE_SUCCEEDED ? "accepted" : "refused";
}

std::string FrameOf(const std::string& text) {
  const auto value = wire::ParseValue(text);
  HUB_ASSERT(value.has_value());
  return wire::Pack(*value, {});
}

std::string TextOf(const std::string& frame) { return wire::ToText(wire::Unpack(frame)); }

// --- RunningHub -----------------------------------------------------------------------------------------------------

RunningHub::RunningHub(const core::Listener& listener, const std::vector<core::UserCredential>& users,
                       adapters::zmq::Limits limits)
    : endpoint(1, engine.inbox(), limits) {
  const hub::Result<void> started = endpoint.Start({listener}, std::make_shared<core::Credentials>(users));
  EXPECT_TRUE(started) << started.error().message;
  engine.Run(endpoint);
}

RunningHub::~RunningHub() { endpoint.Stop(); }

core::Listener Loopback(core::Security security) {
  core::Listener listener;
  listener.address = "tcp://127.0.0.1:*";
  listener.security = security;
  return listener;
}

}  // namespace tests::zmq
