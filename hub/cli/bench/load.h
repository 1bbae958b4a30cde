// What every benchmark is made of: bodies that can be verified, a pipelined producer and a pipelined consumer.
//
// One thread per Client; a Tally belongs to one thread too.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/client/client.h"
#include "hub/base/result.h"

namespace hub::cli::bench {

using Clock = std::chrono::steady_clock;

inline double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// The body of message n: its number as 16 hexadecimal digits, then a slice of a pattern that depends on the number and
// the seed. Plain ASCII, so that every protocol and every check lets it through.
class Bodies {
 public:
  static constexpr std::size_t kSizeMin = 16;

  Bodies(std::size_t size, std::uint64_t seed);

  std::size_t size() const { return size_; }

  // Writes size() bytes.
  void Write(std::uint64_t number, char* out) const;

  // The number of the message whose body this is. Fails when a single byte differs from what Write wrote.
  [[nodiscard]] Result<std::uint64_t> Verify(std::string_view body) const;

 private:
  const char* Fill(std::uint64_t number) const;

  std::size_t size_;
  std::string pattern_;
};

// Which of the messages [0, count) have come. Each must come once.
class Tally {
 public:
  explicit Tally(std::uint64_t count) : seen_(count), left_(count) {}

  // More were sent: now there are `count`.
  void GrowTo(std::uint64_t count);

  // Fails on a number that was never sent or has come before.
  [[nodiscard]] Result<void> Add(std::uint64_t number);

  std::uint64_t left() const { return left_; }

 private:
  std::vector<bool> seen_;
  std::uint64_t left_;
};

// The message groups of a run on a FIFO queue: message n is in group n modulo their number.
class Groups {
 public:
  explicit Groups(std::size_t count);

  std::size_t size() const { return names_.size(); }
  const std::string& NameOf(std::uint64_t number) const { return names_[number % names_.size()]; }

 private:
  std::vector<std::string> names_;
};

// Whether the messages of each group come in the order of their numbers, which is that of sending them.
class Order {
 public:
  // `groups` must outlive this.
  explicit Order(const Groups& groups);

  // Fails unless `number` is the next one of its group, and came with that group's name.
  [[nodiscard]] Result<void> Add(std::uint64_t number, std::string_view group);

 private:
  const Groups* groups_;
  std::vector<std::uint64_t> next_;  // By group.
};

// How hard to push.
struct Pace {
  std::size_t batch = 200;                      // Messages in a frame.
  std::size_t window = 16;                      // Requests on their way at a time.
  Duration timeout = std::chrono::seconds(30);  // Without an answer for so long, the run fails.
};

struct Target {
  std::string name;
  bool topic = false;
  const Groups* groups = nullptr;  // Of a FIFO queue.
  std::string_view group = {};     // On a standard queue: the group of every message.
};

struct Range {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
};

// Called now and then with the number of messages done.
using Watch = std::function<void(std::uint64_t)>;

// Sends or publishes the messages of `range` and waits until each is acknowledged.
[[nodiscard]] Result<void> Produce(adapters::client::Client& client, const Target& target, const Bodies& bodies,
                                   Range range, const Pace& pace, const Watch& watch);

// One queue to be emptied and what it must hold.
struct Source {
  std::string queue;
  Tally tally;
  std::optional<Order> order = {};  // Of a FIFO queue.
};

// Receives, verifies and deletes until every tally is complete and every delete acknowledged. The sources take turns.
[[nodiscard]] Result<void> Drain(adapters::client::Client& client, std::vector<Source>& sources, const Bodies& bodies,
                                 const Pace& pace, const Watch& watch);

}  // namespace hub::cli::bench
