// The pages for those who run the hub, on whichever server they are a guest of (README.md lists them).
//
//   http::Server ──Request──▶ Pages ──command──▶ Inbox ─▶ engine
//        ▲                      │ ▲                          │
//        └───────Response───────┘ └───── answers ◀───────────┘
//
// Threads: Deliver from any thread; everything else on the server's own, as a Guest.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "adapters/ops/sources.h"
#include "adapters/wire/http/guest.h"
#include "adapters/wire/sns/envelope.h"
#include "hub/core/command.h"
#include "hub/core/reply.h"
#include "hub/engine/inbox.h"
#include "hub/engine/replies.h"

namespace adapters::ops {

class Pages final : public wire::http::Guest, public hub::engine::Replies {
 public:
  struct Options {
    bool metrics = false;                 // Whether /metrics may be read here.
    bool test_paths = false;              // Whether the paths for tests are here at all,
    bool help_tests = false;              // and do something.
    wire::sns::Signer* signer = nullptr;  // Of what is in the outbox; outlives the pages.
  };

  // `number` is the endpoint's own in every Ticket. `inbox` outlives the pages.
  Pages(std::uint32_t number, hub::engine::Inbox& inbox, Sources sources, Options options)
      : number_(number), inbox_(inbox), sources_(std::move(sources)), options_(options) {
    if (options_.signer) envelopes_.emplace(*options_.signer);
  }

  bool Takes(std::string_view path) const override;
  void Attach(wire::http::Server& server) override { server_ = &server; }
  void Handle(wire::http::ConnectionId connection, wire::http::Request request) override;
  void Gone(wire::http::ConnectionId connection) override;
  void EndRound() override;

  void Deliver(std::vector<hub::core::Answer> answers) override;

 private:
  using Write = std::function<wire::http::Response(hub::core::Reply& reply)>;

  // A request that waits for the hub.
  struct Pending {
    wire::http::ConnectionId connection = 0;
    Write write;
  };

  wire::http::Response Metrics(hub::core::Reply& reply) const;
  void HelpTest(wire::http::ConnectionId connection, const wire::http::Request& request);
  void ReadOutbox(wire::http::ConnectionId connection, const wire::http::Request& request);
  void Ask(wire::http::ConnectionId connection, hub::core::Operation operation, Write write);

  const std::uint32_t number_;
  hub::engine::Inbox& inbox_;
  const Sources sources_;
  const Options options_;

  std::optional<wire::sns::Envelopes> envelopes_;

  wire::http::Server* server_ = nullptr;
  std::uint64_t last_request_ = 0;
  std::unordered_map<std::uint64_t, Pending> pending_;  // By the request of their tickets.

  std::mutex mutex_;  // Guards the next.
  std::vector<hub::core::Answer> answers_;
};

}  // namespace adapters::ops
