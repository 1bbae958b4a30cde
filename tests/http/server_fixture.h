// A server on loopback whose handler does what the path of a request says.
//
//   /echo        answers with the body of the request
//   /big/N       answers with N bytes
//   /close       answers, and the connection ends
//   /park        answers nothing until Release
//   /park/N      the same, and then N bytes
//   /poll        the same, but counts as a long poll: a client that sends nothing more is gone
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "adapters/wire/http/server.h"
#include "tests/http/peer.h"

namespace tests::http {

using adapters::wire::http::ConnectionId;
using adapters::wire::http::Limits;
using adapters::wire::http::Listener;
using adapters::wire::http::Request;
using adapters::wire::http::Response;
using adapters::wire::http::Server;

class RunningServer final : private adapters::wire::http::Handler {
 public:
  explicit RunningServer(Limits limits = {}, const Listener& listener = {"http://127.0.0.1:0", "", ""});
  ~RunningServer() override { server.Stop(); }

  const std::string& address() const { return server.addresses().at(0); }

  // Answers everybody who is parked.
  void Release();

  // What refusals carry from now on, each "Name: value\r\n". Before anybody connects.
  void SupplyFields(std::string fields) { fields_of_refusal_ = std::move(fields); }

  std::size_t parked() const;
  // How many clients left before they were answered.
  std::size_t gone() const { return gone_; }
  // Every request so far.
  std::vector<Request> requests() const;
  std::uint64_t connections() const { return server.counters().connections; }
  std::uint64_t held() const { return server.counters().held_bytes; }

 private:
  void Handle(ConnectionId connection, Request request) override;
  void Gone(ConnectionId connection) override;
  bool AnswersSoon(ConnectionId connection) override;
  std::string FieldsOfRefusal() override { return fields_of_refusal_; }
  void EndRound() override;

  struct Parked {
    ConnectionId connection;
    bool is_poll;
    std::string answer;
  };

  mutable std::mutex mutex_;  // Guards the next two.
  std::vector<Request> requests_;
  std::vector<Parked> parked_;
  std::string fields_of_refusal_;
  std::atomic<bool> release_ = false;
  std::atomic<std::size_t> gone_ = 0;

 public:
  Server server;  // Last: its thread uses all of the above.
};

// "POST /echo", with a Host and the body's length.
std::string Post(std::string_view path, std::string_view body, std::string_view fields = "");
std::string Get(std::string_view path, std::string_view fields = "");

}  // namespace tests::http
