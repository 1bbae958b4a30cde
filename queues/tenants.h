// Fair queues: which message groups of a standard queue are noisy. [aws 150]
//
// A message group on a standard queue is a tenant; a message without one is a tenant of its own. A tenant is noisy
// while so many of the queue's messages are its own that others would wait behind them. What it sends then goes to a
// lane of its own kind (hub/core), and what it sent before is passed over (Queue::Receive), as long as there is
// anything else.
//
// Memory does not grow with the number of tenants: they are counted in a sketch, two counters to each, shared by
// chance. So a quiet tenant is taken for a noisy one about once in sixteen million; the other way round never.
//
// Not thread-safe. The engine thread owns it.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace queues {

class Tenants {
 public:
  using Tag = std::uint32_t;
  static constexpr Tag kNone = 0;  // Of a message without a group.
  // Tags are made with a secret, so that nobody can choose a group that looks like another's.
  using Secret = std::array<unsigned char, 16>;

  struct Rules {
    std::uint32_t messages_min = 30;       // With fewer messages in the queue nobody is noisy.
    std::uint32_t share_one_in = 10;       // Noisy with more than one in so many of all messages,
    std::uint32_t messages_alone = 1'000;  // or with so many, whatever the others have.
    std::uint32_t quiet_below = 10;        // Quiet again with fewer than this.
  };

  explicit Tenants(const Secret& secret, const Rules& rules) : secret_(secret), rules_(rules) {}

  Tag TagOf(std::string_view group) const;

  // One message more, or one less, in the queue: available or in flight.
  void Add(Tag tag);
  void Remove(Tag tag);
  void Clear();

  // Decides about those who have grown since the last time, in a queue of `messages`. Whether somebody became noisy.
  bool Judge(std::uint64_t messages);
  bool HasGrown() const { return !grown_.empty(); }

  bool IsNoisy(Tag tag) const { return !noisy_.empty() && tag != kNone && noisy_.contains(tag); }
  std::size_t noisy() const { return noisy_.size(); }
  std::vector<Tag> Noisy() const;
  // Whether the noisy ones are others than the last time.
  bool TakeChanged() { return std::exchange(changed_, false); }

  // After a restart: these were noisy. How much they have in the queue is not known until it has been read, so they
  // stay so until ForgetRestored.
  void Restore(const std::vector<Tag>& noisy);
  void ForgetRestored();

 private:
  static constexpr std::size_t kColumns = 4096;
  static constexpr std::size_t kNoisyMax = 1024;  // More are not told apart: they count as quiet.
  using Row = std::array<std::uint32_t, kColumns>;

  std::uint32_t CountOf(Tag tag) const;

  const Secret secret_;
  const Rules rules_;
  std::unique_ptr<std::array<Row, 2>> counts_;  // From the first message with a group on.
  std::map<Tag, bool> noisy_;                   // Whether restored.
  std::vector<Tag> grown_;
  bool changed_ = false;
};

}  // namespace queues
