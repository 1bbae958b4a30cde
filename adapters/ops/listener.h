// A port of their own for health and metrics: nothing else is answered there.
//
// Threads: Start and Stop by the owner.
#pragma once

#include <string>
#include <vector>

#include "adapters/wire/http/guest.h"
#include "adapters/wire/http/server.h"
#include "hub/base/result.h"

namespace adapters::ops {

class Listener final : private wire::http::Handler {
 public:
  // `pages` outlives it.
  explicit Listener(wire::http::Guest& pages);
  ~Listener() override { server_.Stop(); }

  // Binds every address, then serves. `hosts` are names by which it may be called. Once.
  [[nodiscard]] hub::Result<void> Start(const std::vector<std::string>& addresses, std::vector<std::string> hosts);

  // Where it listens. After Start.
  const std::vector<std::string>& addresses() const { return server_.addresses(); }

  void Stop() { server_.Stop(); }

  const wire::http::Server::Counters& counters() const { return server_.counters(); }

 private:
  void Handle(wire::http::ConnectionId connection, wire::http::Request request) override;
  void Gone(wire::http::ConnectionId connection) override { pages_.Gone(connection); }
  void EndRound() override { pages_.EndRound(); }

  wire::http::Guest& pages_;
  std::vector<std::string> hosts_;
  wire::http::Server server_;
};

}  // namespace adapters::ops
