// The work of `penstock bench` p1 and p2 against another broker: the same bodies, all published, then all consumed,
// each verified. What differs between brokers is a Broker; everything else is here.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "hub/cli/bench/load.h"

namespace tests::bench {

struct YardstickOptions {
  int port = 0;
  std::size_t size = 1024;  // Of a body.
  std::uint64_t messages = 300'000;
  std::size_t queues = 1;   // Each gets every message.
  std::size_t clients = 8;  // Connections that publish, and later consume, each on a thread of its own.
  std::size_t batch = 200;  // Messages sent, or acknowledged, at a time.
};

// What every queue still has to hand out. Any thread may call these.
class Expected {
 public:
  explicit Expected(const YardstickOptions& options);

  // Throws unless this is the first time that the message comes from the queue, and its body is as it was sent.
  void Add(std::size_t queue, std::string_view body);

  bool Done(std::size_t queue) const { return left_[queue] == 0; }

 private:
  hub::cli::bench::Bodies bodies_;
  std::uint64_t messages_;
  std::vector<std::atomic<bool>> seen_;  // By queue, then message.
  std::vector<std::atomic<std::uint64_t>> left_;
};

// One connection, used by one thread. Everything throws std::runtime_error when the broker does not do as it should.
class Broker {
 public:
  virtual ~Broker() = default;

  // Makes the queues, durable, and whatever lets one publication reach all of them.
  virtual void Prepare() = 0;

  // Publishes the bodies of `range` to every queue and returns when the broker has acknowledged each.
  virtual void Publish(const hub::cli::bench::Bodies& bodies, hub::cli::bench::Range range) = 0;

  // Consumes from `queue`, perhaps beside others, until it is done, and returns when every removal is acknowledged.
  virtual void Drain(std::size_t queue, Expected& expected) = 0;
};

using Connect = std::function<std::unique_ptr<Broker>(const YardstickOptions&)>;

// Reads the options (--port N --messages N …), does the work and prints the figures as JSON. Returns the exit status.
int RunYardstick(int argc, char** argv, const Connect& connect);

}  // namespace tests::bench
