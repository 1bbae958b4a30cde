// A native endpoint with a fake hub behind it, and clients that speak to it over real sockets on loopback.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>
#include <zmq.hpp>

#include "adapters/zmq/endpoint.h"
#include "hub/core/identity.h"
#include "hub/engine/inbox.h"
#include "tests/wire/fake_hub.h"

namespace tests::zmq {

using namespace std::chrono_literals;

// Long enough for any machine; a test that waits this long has failed.
inline constexpr std::chrono::milliseconds kPatience = 20s;

// Asks again and again, giving way in between, until `condition` holds or patience ends.
bool Eventually(const std::function<bool()>& condition);

// A temporary file, removed with its owner.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& content);
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Takes commands from an inbox on its own thread and answers them as `FakeHub` does, or as `on_command` says.
class FakeEngine {
 public:
  using Replies = hub::engine::Replies;
  using OnCommand = std::function<hub::Result<hub::core::Reply>(const hub::core::Command&)>;

  FakeEngine();
  ~FakeEngine();
  FakeEngine(const FakeEngine&) = delete;
  FakeEngine& operator=(const FakeEngine&) = delete;

  hub::engine::Inbox& inbox() { return inbox_; }
  void Run(Replies& replies);

  void Answer(OnCommand on_command);  // Instead of the fake hub.
  void Hold(bool hold);               // While held nothing is taken from the inbox.
  void Park(bool park);               // Commands taken while parking are kept, not answered.

  std::vector<hub::core::Ticket> parked() const;
  std::vector<std::uint64_t> ended() const;
  std::vector<std::shared_ptr<const hub::core::Caller>> callers() const;  // Of every command, in order.

 private:
  void Turn(Replies& replies);

  hub::engine::Inbox inbox_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  wire::FakeHub fake_;
  OnCommand on_command_;
  bool hold_ = false;
  bool park_ = false;
  std::vector<hub::core::Ticket> parked_;
  std::vector<std::uint64_t> ended_;
  std::vector<std::shared_ptr<const hub::core::Caller>> callers_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

// A DEALER. Every call waits as long as patience lasts.
class Client {
 public:
  using Configure = std::function<void(::zmq::socket_t&)>;

  explicit Client(const std::string& address, const Configure& configure = {});

  void Send(const std::string& frame);
  // Empty when nothing came within `patience`.
  std::string Receive(std::chrono::milliseconds patience = kPatience);
  std::string Ask(const std::string& frame);
  ::zmq::socket_t& socket() { return socket_; }

 private:
  ::zmq::context_t context_;
  ::zmq::socket_t socket_;
};

// "accepted" or "refused": what the hub says to a client that connects like this.
std::string HandshakeOf(const std::string& address, const Client::Configure& configure);

// [1, id, "describe_hub"] and such, in the notation of tests/wire.
std::string FrameOf(const std::string& text);
std::string TextOf(const std::string& frame);

// Fake engine and endpoint, started with one listener.
struct RunningHub {
  explicit RunningHub(const hub::core::Listener& listener, const std::vector<hub::core::UserCredential>& users = {},
                      adapters::zmq::Limits limits = {});
  ~RunningHub();

  const std::string& address() const { return endpoint.addresses().at(0); }

  FakeEngine engine;
  adapters::zmq::Endpoint endpoint;
};

// Any free port on loopback.
hub::core::Listener Loopback(hub::core::Security security = hub::core::Security::kNone);

}  // namespace tests::zmq
