// An HTTP/1.1 server: connections in, requests out, responses back, one at a time for each connection and in order.
//
//   client ══▶ Connection ──Request──▶ Handler
//                  ▲                      │ now or later
//                  └────── Respond ◀──────┘
//
// One thread owns all connections. While a request is being answered its connection costs no buffer, so that thousands
// of long polls can be parked; a client that leaves meanwhile is told to the handler. What a stranger can make it hold,
// and for how long, is bounded (limits.h).
//
// Threads: Start, Drain and Stop by the owner; Wake and counters from any thread; Respond on the server's own, which is
// where every method of the Handler is called.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "adapters/wire/http/limits.h"
#include "adapters/wire/http/message.h"
#include "hub/base/result.h"

namespace adapters::wire::http {

struct Listener {
  std::string address;           // "http://127.0.0.1:4566", "https://[::1]:4566"; port 0 for one that is free.
  std::string certificate_file;  // https: PEM, with the chain.
  std::string key_file;          // https: PEM.
  bool private_only = false;     // Closes what connects from the internet (private_address.h), and counts it.
};

// Of one connection; never used again.
using ConnectionId = std::uint64_t;

class Handler {
 public:
  virtual ~Handler() = default;

  // A whole request. It must come to one Respond, now or later; until then the connection's next one waits.
  virtual void Handle(ConnectionId connection, Request request) = 0;

  // The client has left before it was answered. A Respond for it does nothing.
  virtual void Gone(ConnectionId connection) = 0;

  // The client sends nothing more: it has left, or it only waits for its answer, which nobody can tell apart. Whether
  // the answer comes soon and is harmlessly lost, so that it may be tried. If not, the client counts as gone.
  virtual bool AnswersSoon(ConnectionId /*connection*/) { return true; }

  // Further fields of a response by which the server itself refuses a request, each "Name: value\r\n": asked for each.
  virtual std::string FieldsOfRefusal() { return ""; }

  // After everything that was there has been handled, and after every Wake: time to pass on what was gathered.
  virtual void EndRound() = 0;
};

class Server {
 public:
  // `handler` outlives the server.
  Server(Handler& handler, Limits limits);
  ~Server();

  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Binds every listener, then serves. On failure nothing is left open. Once.
  [[nodiscard]] hub::Result<void> Start(const std::vector<Listener>& listeners);

  // Where it listens, one for each listener, with the port that the system chose. After Start.
  const std::vector<std::string>& addresses() const;

  void Respond(ConnectionId connection, const Response& response);

  // Makes EndRound be called soon.
  void Wake();

  // Accepts nothing more, closes connections that wait for nothing, and each other one after its answer.
  void Drain();

  // Waits a bounded time for responses to leave, then ends. Again is fine.
  void Stop();

  struct Counters {
    std::atomic<std::uint64_t> accepted = 0;
    std::atomic<std::uint64_t> turned_away = 0;  // There were too many connections, or it was not private.
    std::atomic<std::uint64_t> requests = 0;
    std::atomic<std::uint64_t> malformed = 0;
    std::atomic<std::uint64_t> timed_out = 0;
    std::atomic<std::uint64_t> connections = 0;  // Now.
    std::atomic<std::uint64_t> held_bytes = 0;   // Now, of Limits::held_bytes_max.
  };
  const Counters& counters() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace adapters::wire::http
