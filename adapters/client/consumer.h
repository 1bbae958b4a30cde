// A push consumer: the hub sends messages as they come, as long as there is credit, and acknowledgements travel
// together.
//
//   auto consumer = Consumer::Open({.login = "billing/worker", .password = secret}, "billing/invoices", {.credit =
//   500}); while (auto next = consumer->Next(1s)) {
//     if (!*next) continue;  // Nothing came in time.
//     Work((*next)->message.body);
//     consumer->Acknowledge((*next)->message);
//   }
//
// It has a connection of its own, and comes back by itself when that is lost or the hub restarts. What had been pushed
// but not handed out by Next is forgotten then, since the hub gives it out again; what was acknowledged is acknowledged
// again. So a message may come twice, as with every receive.
//
// Not thread-safe. Nothing throws.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "adapters/client/client.h"

namespace adapters::client {

// Views live as long as somebody holds `frame`.
struct Pushed {
  Received message;
  std::shared_ptr<const void> frame;
};

struct ConsumeOptions {
  std::size_t credit = 100;                      // Messages that may be in flight here at once.
  std::optional<hub::Duration> visibility = {};  // Nothing: the queue's own.

  // Acknowledgements wait for so many of them, and no longer than so.
  std::size_t batch = 100;
  hub::Duration batch_wait = std::chrono::milliseconds(5);
};

class Consumer {
 public:
  // Fails as Client::Connect does, and when the hub refuses.
  [[nodiscard]] static hub::Result<Consumer> Open(const Options& options, std::string queue,
                                                  const ConsumeOptions& consume = {});

  // The next message, or nothing when none comes in time. While the hub cannot be reached it tries again and again, for
  // as long. Fails when the hub refuses: this consumer is over then.
  [[nodiscard]] hub::Result<std::optional<Pushed>> Next(hub::Duration timeout);

  // Whether Next would return a message at once.
  bool Ready() const { return !ready_.empty(); }

  // The message is done: it will be deleted. Leaves with the batch, at the latest in the next call of Next or Flush.
  void Acknowledge(const Received& message);
  // The message is for others: it will be visible at once.
  void Release(const Received& message);

  // Sends what waits and waits for the answers. Fails with kUnavailable when none come.
  [[nodiscard]] hub::Result<void> Flush();

  // Flush, then the end: what was not acknowledged is visible to others at once. Not needed: without it the hub learns
  // of the end from the connection.
  [[nodiscard]] hub::Result<void> Close();

  // Whether there is a hub at the moment.
  bool connected() const { return client_.has_value(); }

  // Acknowledgements that the hub did not take, since they came too late: those messages come again.
  std::uint64_t late() const { return late_; }

 private:
  using Clock = std::chrono::steady_clock;

  // Messages that are settled in the same way, together.
  struct Batch {
    bool release = false;
    std::vector<std::string> handles;
    Clock::time_point since;
  };

  Consumer(const Options& options, std::string queue, const ConsumeOptions& consume)
      : options_(options), queue_(std::move(queue)), consume_(consume) {}

  hub::Result<void> Connect(hub::Duration timeout);
  hub::Result<void> Reconnect(Clock::time_point deadline);
  void Lose();
  void Add(Batch& batch, const Received& message);
  Clock::time_point Due(const Batch& batch) const;
  hub::Result<void> Post(Batch& batch);
  hub::Result<void> PostDue(Clock::time_point now);
  hub::Result<bool> Step(hub::Duration timeout);
  hub::Result<void> Take(Answer answer);
  hub::Result<void> TakeSettled(std::uint64_t id, const hub::Result<ReplyBody>& body);

  Options options_;
  std::string queue_;
  ConsumeOptions consume_;
  std::optional<Client> client_;  // Nothing while the connection is lost.
  std::uint64_t id_ = 0;          // Of the Consume.
  Clock::time_point heard_;       // When the hub last said something.
  Clock::time_point next_try_;
  std::deque<Pushed> ready_;
  Batch done_ = {.release = false, .handles = {}, .since = {}};
  Batch released_ = {.release = true, .handles = {}, .since = {}};
  std::unordered_map<std::uint64_t, Batch> posted_;  // Not yet answered.
  std::uint64_t late_ = 0;
};

}  // namespace adapters::client
