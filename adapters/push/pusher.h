// Delivers to subscribers that are not queues: by HTTP to whoever subscribed a URL, and to functions.
//
//   engine ──answers──▶ Deliver ─▶ one request for each message ─▶ endpoint
//      ▲                                                             │ 2xx: taken; 4xx: refused; else failed
//      └──SettleDeliveries── Inbox ◀─────────────────────────────────┘
//
// What waits to be tried again waits in the hub (hub/core/deliveries.cc): here is only what is on its way.
//
// Threads: Start and Stop by the owner; Deliver from any thread; the rest on the client's.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "adapters/push/reach.h"
#include "adapters/push/request.h"
#include "adapters/wire/http/client.h"
#include "hub/base/result.h"
#include "hub/engine/inbox.h"
#include "hub/engine/replies.h"
#include "topics/cidr.h"

namespace adapters::push {

class Pusher final : public hub::engine::Replies {
 public:
  struct Settings {
    std::string base_url;  // How subscribers reach the HTTP endpoint: "http://localhost:4566".
    FunctionUrl function_url;
    Reach reach = Reach::kAnywhere;
    std::vector<topics::CidrBlock> allowed;  // May be reached in any case.
    std::string ca_file;                     // PEM: authorities to trust besides the system's.
  };

  // `number` is the endpoint's own in every Ticket. `inbox` and `signer` outlive it.
  Pusher(std::uint32_t number, hub::engine::Inbox& inbox, wire::sns::Signer& signer);
  ~Pusher() override;

  // From here on it delivers. Fails with kInvalidArgument when the authorities cannot be read.
  [[nodiscard]] hub::Result<void> Start(Settings settings);

  void Deliver(std::vector<hub::core::Answer> answers) override;

  // Gives up what is on its way: it is tried again when the hub is back. Again is fine.
  void Stop();

 private:
  using TargetPtr = std::shared_ptr<const hub::core::PushTarget>;

  // Of a subscription whose policy bounds how many it gets a second: when the next may leave.
  struct Pace {
    hub::Instant next{};
  };

  void Push(const TargetPtr& target, const hub::core::Delivery& delivery, std::shared_ptr<const void> block);
  void Send(const TargetPtr& target, const hub::core::Delivery& delivery);
  void Settle(const hub::core::PushTarget& target, const hub::core::Handle& handle,
              const wire::http::Client::Response& response);
  void Settle(const hub::core::PushTarget& target, hub::core::SettleDeliveries::Entry entry);
  void Tell();
  hub::Duration WaitFor(const hub::core::PushTarget& target);

  const std::uint32_t number_;
  hub::engine::Inbox& inbox_;
  wire::sns::Envelopes envelopes_;
  Settings settings_;
  wire::http::Client client_;
  std::atomic<bool> started_{false};

  // The client's thread only.
  std::unordered_map<std::uint64_t, Pace> paces_;                            // By subscription.
  std::unordered_map<std::uint64_t, hub::core::SettleDeliveries> outcomes_;  // Not told yet, by subscription.
  bool telling_ = false;
  std::uint64_t told_ = 0;
};

}  // namespace adapters::push
