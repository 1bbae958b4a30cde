// A handler that answers some of the paths of a server that is another handler's: what is on one port belongs to
// several.
#pragma once

#include <string_view>

#include "adapters/wire/http/server.h"

namespace adapters::wire::http {

class Guest {
 public:
  virtual ~Guest() = default;

  // Whether it answers requests for this path, which has no query. Any thread.
  virtual bool Takes(std::string_view path) const = 0;

  // It is to answer on `server`, which outlives what comes next. Once, before the server starts.
  virtual void Attach(Server& server) = 0;

  // As of a Handler, on the server's thread; the host of the request has been checked. Gone and EndRound come for every
  // connection and round, whoever has answered there.
  virtual void Handle(ConnectionId connection, Request request) = 0;
  virtual void Gone(ConnectionId connection) = 0;
  virtual void EndRound() = 0;
};

}  // namespace adapters::wire::http
