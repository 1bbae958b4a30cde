#include "adapters/ops/listener.h"

#include <utility>

#include "adapters/wire/http/host.h"

namespace adapters::ops {
namespace {

wire::http::Limits Limits() {
  wire::http::Limits limits;
  limits.connections_max = 256;
  limits.body_bytes_max = 64 * 1024;
  limits.held_bytes_max = 16 * 1024 * 1024;  // Metrics by queue are long.
  return limits;
}

}  // namespace

Listener::Listener(wire::http::Guest& pages) : pages_(pages), server_(*this, Limits()) { pages.Attach(server_); }

hub::Result<void> Listener::Start(const std::vector<std::string>& addresses, std::vector<std::string> hosts) {
  if (addresses.empty()) return {};
  hosts_ = std::move(hosts);
  std::vector<wire::http::Listener> listeners;
  for (const std::string& address : addresses) {
    listeners.push_back({.address = address, .certificate_file = "", .key_file = ""});
  }
  return server_.Start(listeners);
}

void Listener::Handle(wire::http::ConnectionId connection, wire::http::Request request) {
  const auto refuse = [&](unsigned status, std::string text) {
    server_.Respond(
        connection,
        {.status = status, .content_type = "text/plain; charset=utf-8", .fields = "", .body = std::move(text)});
  };
  if (!wire::http::IsHostAllowed(request.Field("Host"), hosts_)) {
    return refuse(421, "This is not the host that the request names.\n");
  }
  if (!pages_.Takes(request.Path())) return refuse(404, "There are /health and /metrics here.\n");
  pages_.Handle(connection, std::move(request));
}

}  // namespace adapters::ops
