// Commands of the hub to itself: they go through the inbox as everybody's do, and the caller waits for the answer.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include "hub/base/result.h"
#include "hub/core/reply.h"
#include "hub/engine/inbox.h"
#include "hub/engine/replies.h"

namespace hub::cli {

class Control final : public engine::Replies {
 public:
  // `number` is the endpoint's own in every Ticket. `inbox` outlives this.
  Control(std::uint32_t number, engine::Inbox& inbox) : number_(number), inbox_(inbox) {}

  // Returns when the turn of the operation is durable. One caller at a time; the engine must be running.
  [[nodiscard]] Result<core::Reply> Ask(core::Operation operation);

  void Deliver(std::vector<core::Answer> answers) override;

 private:
  const std::uint32_t number_;
  engine::Inbox& inbox_;
  std::uint64_t asked_ = 0;

  std::mutex mutex_;  // Guards the answer.
  std::condition_variable arrived_;
  std::optional<core::Answer> answer_;
};

}  // namespace hub::cli
