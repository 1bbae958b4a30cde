// An HTTP/1.1 client for many endpoints that others chose: what one of them can cost is bounded, whatever it does.
//
//   Post ─▶ waits for its turn, hosts one after the other ─▶ resolved, addresses asked of the guard ─▶ connected, sent,
//   read
//                                                                                                        │
//   Done ◀── status and body, or the problem ◀───────────────────────────────────────────────────────────┘
//
// Redirects are not followed. Connections are kept for a while for what goes to the same host next.
//
// Threads: one of its own, from Start on. Post and After there, Run and Stop from any; every callback runs there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "adapters/wire/http/url.h"
#include "hub/base/result.h"
#include "hub/base/time.h"

namespace adapters::wire::http {

using namespace std::chrono_literals;

class Client {
 public:
  struct Options {
    hub::Duration time_max = 15s;                // From connecting to the last byte of the response.
    hub::Duration queue_max = 30s;               // Waiting for its turn before that.
    hub::Duration keep_max = 20s;                // An idle connection.
    std::size_t response_bytes_max = 64 * 1024;  // Of a head and body: more is a problem.
    std::size_t per_host_max = 32;               // Requests at once to one host and port: fewer where many are busy,
    std::size_t requests_max = 2048;             // and to all of them.
    std::string ca_file;                         // PEM: authorities to trust besides the system's; "": none.
    // Whether an address, numeric, may be connected to. Null: every one.
    std::function<bool(const std::string& address)> guard;
  };

  struct Request {
    Url url;
    std::string fields;  // Besides Host and Content-Length, each "Name: value\r\n".
    std::string body;
    bool is_trusted = false;  // The guard is not asked.
  };

  struct Response {
    unsigned status = 0;  // 0: there was none, because of `problem`.
    std::string problem;  // For a person.
    std::string body;
    bool was_late = false;  // It had no turn in time: nothing was sent.
  };
  using Done = std::function<void(Response response)>;

  Client();
  ~Client();

  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Fails with kInvalidArgument when the authorities cannot be read. Once.
  [[nodiscard]] hub::Result<void> Start(Options options);

  // `done` is called once, later; not at all after Stop.
  void Post(Request request, Done done);
  void After(hub::Duration time, std::function<void()> run);
  void Run(std::function<void()> run);

  // Gives up what is under way and ends. Again is fine, and so without Start.
  void Stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace adapters::wire::http
