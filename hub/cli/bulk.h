// Sends or publishes many messages: frames of a few hundred, several of them on their way at a time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "adapters/client/client.h"
#include "hub/base/result.h"
#include "hub/cli/input.h"
#include "hub/core/reply.h"

namespace hub::cli {

class Bulk {
 public:
  enum class Kind : std::uint8_t { kSend, kPublish };

  // What the hub said so far. `failures` count messages from the first one given, not within a frame.
  struct Outcome {
    std::vector<core::MessageId> ids;      // Of the accepted messages, in the order of the answers.
    std::vector<std::uint64_t> sequences;  // One for each id when the queue is a FIFO queue, otherwise none.
    std::vector<core::EntryFailure> failures;
  };

  // `timeout` is for each answer. The client must outlive this.
  Bulk(adapters::client::Client& client, Kind kind, std::string target, Duration timeout)
      : client_(client), kind_(kind), target_(std::move(target)), timeout_(timeout) {}

  // Takes one message; sends a frame when enough have come together. Fails when the hub refuses a whole frame or cannot
  // be reached; then take no more and call Finish.
  [[nodiscard]] Result<void> Add(OwnedMessage message);

  // Sends what is left and waits for all answers. Returns the first failure, also one that Add has returned.
  [[nodiscard]] Result<void> Finish();

  const Outcome& outcome() const { return outcome_; }

  // How many messages the hub has answered for, accepted or not.
  std::uint64_t answered() const { return outcome_.ids.size() + outcome_.failures.size(); }

 private:
  [[nodiscard]] Result<void> PostFrame();
  [[nodiscard]] Result<void> TakeAnswer();

  struct Posted {
    std::uint64_t id;
    std::uint32_t first;  // The number of the frame's first message.
  };

  adapters::client::Client& client_;
  Kind kind_;
  std::string target_;
  Duration timeout_;
  std::vector<OwnedMessage> pending_;
  std::size_t pending_bytes_ = 0;
  std::uint32_t count_ = 0;  // Messages posted.
  std::vector<Posted> posted_;
  Outcome outcome_;
  Result<void> failure_;
};

}  // namespace hub::cli
