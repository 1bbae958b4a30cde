// Queues and topics of one run: made through the API, deleted at its end.
#pragma once

#include <string>
#include <vector>

#include "adapters/client/client.h"
#include "hub/base/result.h"

namespace hub::cli::bench {

class Scratch {
 public:
  // The client must outlive this.
  explicit Scratch(adapters::client::Client& client);
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  // A new queue "bench-<random>-<n>"; returns its ARN.
  [[nodiscard]] Result<std::string> NewQueue();

  // A new topic; returns its ARN.
  [[nodiscard]] Result<std::string> NewTopic();

  // A new queue subscribed raw to `topic`, with the policy that lets the topic send to it.
  [[nodiscard]] Result<std::string> NewSubscribedQueue(const std::string& topic);

 private:
  std::string NextName();
  Result<std::string> Make(core::Attributes attributes);

  adapters::client::Client& client_;
  std::string prefix_;
  std::size_t count_ = 0;
  std::vector<std::string> queues_;
  std::vector<std::string> topics_;
};

}  // namespace hub::cli::bench
