// Queues and topics of one run: made through the API, deleted at its end.
#pragma once

#include <string>
#include <vector>

#include "adapters/client/client.h"
#include "hub/base/result.h"

namespace hub::cli::bench {

// The policy of a queue that lets the topic with this ARN send to it.
std::string PolicyFor(const std::string& topic);

// Eight hexadecimal digits that no other run has.
std::string RandomName();

class Scratch {
 public:
  // The client must outlive this.
  explicit Scratch(adapters::client::Client& client);
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  // A new queue "bench-<random>-<n>"; returns its ARN.
  [[nodiscard]] Result<std::string> NewQueue();

  // A new queue "bench-<random>-<n>.fifo"; returns its ARN.
  [[nodiscard]] Result<std::string> NewFifoQueue();

  // A new topic; returns its ARN.
  [[nodiscard]] Result<std::string> NewTopic();

  // A new queue subscribed raw to `topic`, with the policy that lets the topic send to it.
  [[nodiscard]] Result<std::string> NewSubscribedQueue(const std::string& topic);

 private:
  std::string NextName();
  Result<std::string> Make(const std::string& name, core::Attributes attributes);

  adapters::client::Client& client_;
  std::string prefix_;
  std::size_t count_ = 0;
  std::vector<std::string> queues_;
  std::vector<std::string> topics_;
};

}  // namespace hub::cli::bench
