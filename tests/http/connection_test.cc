// The time that a connection has, by a clock that stands still: a test says when it goes on.
#include "adapters/wire/http/connection.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

namespace adapters::wire::http {
namespace {

class FakeHost final : public ConnectionHost {
 public:
  hub::Duration time = 1h;
  std::vector<Request> requests;

  const Limits& limits() const override { return limits_; }
  hub::Duration now() const override { return time; }
  std::string_view date() const override { return "now"; }
  bool draining() const override { return false; }
  bool MakeRoom(std::size_t) override { return true; }
  void Count(std::ptrdiff_t) override {}
  void OnRequest(ConnectionId, Request request) override { requests.push_back(std::move(request)); }
  void OnMalformed() override {}
  std::string FieldsOfRefusal() override { return ""; }
  void OnGone(ConnectionId) override {}
  bool AnswersSoon(ConnectionId) override { return true; }
  void OnClosed(ConnectionId) override {}

 private:
  const Limits limits_;
};

class FakeConnection final : public Connection {
 public:
  explicit FakeConnection(ConnectionHost& host) : Connection(1, host, "127.0.0.1", "80", /*secure=*/false) { OnOpen(); }
  void Open() override {}
  using Connection::OnData;
  using Connection::OnSent;

 private:
  void Read() override {}
  void Send(std::string) override {}
  void ShutDownSending() override {}
  void CloseTransport() override {}
};

constexpr std::size_t kMany = 4 * 1024 * 1024;  // As many as a body may have.

const std::string& HeadOf(bool is_chunked) {
  static const std::string plain =
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(kMany) + "\r\n\r\n";
  static const std::string chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  return is_chunked ? chunked : plain;
}

std::string Piece(bool is_chunked, std::size_t bytes) {
  std::string body(bytes, 'x');
  if (!is_chunked) return body;
  char size[20];
  std::snprintf(size, sizeof size, "%zx\r\n", bytes);
  return size + body + "\r\n";
}

// rule: hardening R13 a client that sends a byte now and then is cut, however much it announces
TEST(ConnectionTest, BodyThatTricklesHasTheTimeOfWhatHasCome) {
  for (const bool is_chunked : {false, true}) {
    SCOPED_TRACE(is_chunked);
    FakeHost host;
    const auto connection = std::make_shared<FakeConnection>(host);
    connection->OnData(HeadOf(is_chunked));
    const hub::Duration begin = host.time;
    for (const hub::Duration later : {5s, 10s}) {
      host.time = begin + later;
      ASSERT_FALSE(connection->EndIfDue(host.time));
      connection->OnData(Piece(is_chunked, 1));
    }
    EXPECT_TRUE(connection->EndIfDue(begin + 10s + 1ms));
  }
}

TEST(ConnectionTest, WhatHasComeAtOnceLastsAsLongAsItTakesAtTheLeastRate) {
  FakeHost host;
  const auto connection = std::make_shared<FakeConnection>(host);
  connection->OnData(HeadOf(false) + Piece(false, 20 * host.limits().bytes_per_second_min));
  EXPECT_FALSE(connection->EndIfDue(host.time + 30s - 1us));
  EXPECT_TRUE(connection->EndIfDue(host.time + 30s));
}

TEST(ConnectionTest, BodyIsCountedFromItsOwnBeginning) {
  FakeHost host;
  const auto connection = std::make_shared<FakeConnection>(host);
  const std::string& head = HeadOf(false);
  connection->OnData(head.substr(0, 10));
  host.time += 9s;
  connection->OnData(head.substr(10));
  EXPECT_FALSE(connection->EndIfDue(host.time + 10s - 1us));
  EXPECT_TRUE(connection->EndIfDue(host.time + 10s));
}

TEST(ConnectionTest, WhoSendsAtTheLeastRateIsNeverCut) {
  for (const bool is_chunked : {false, true}) {
    SCOPED_TRACE(is_chunked);
    FakeHost host;
    const auto connection = std::make_shared<FakeConnection>(host);
    connection->OnData(HeadOf(is_chunked));
    const std::size_t rate = host.limits().bytes_per_second_min;
    for (std::size_t sent = 0; sent < kMany; sent += rate) {
      host.time += 1s;
      ASSERT_FALSE(connection->EndIfDue(host.time)) << sent;
      connection->OnData(Piece(is_chunked, std::min(rate, kMany - sent)));
    }
    if (is_chunked) connection->OnData("0\r\n\r\n");
    ASSERT_EQ(host.requests.size(), 1u);
    EXPECT_EQ(host.requests[0].body.size(), kMany);
  }
}

// The time of one body is not that of the next.
TEST(ConnectionTest, NextRequestBeginsAnew) {
  FakeHost host;
  const auto connection = std::make_shared<FakeConnection>(host);
  connection->OnData(HeadOf(false) + Piece(false, kMany));
  ASSERT_EQ(host.requests.size(), 1u);
  connection->OnData(HeadOf(false));
  host.time += 1h;
  connection->Respond({.status = 200, .content_type = "", .fields = "", .body = ""});
  connection->OnSent();
  EXPECT_FALSE(connection->EndIfDue(host.time + 10s - 1us));
  EXPECT_TRUE(connection->EndIfDue(host.time + 10s));
}

}  // namespace
}  // namespace adapters::wire::http
