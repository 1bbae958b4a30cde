#include "hub/core/waiters.h"

#include <gtest/gtest.h>

namespace hub::core {
namespace {

constexpr Instant kStart = InstantOf(1'000'000);

Waiter WaiterOf(std::uint64_t request, std::uint64_t queue, Instant deadline, std::uint64_t session = 1,
                bool only_load = false) {
  Waiter waiter;
  waiter.ticket = {.endpoint = 0, .session = session, .request = request};
  waiter.queue = queue;
  waiter.deadline = deadline;
  waiter.only_load = only_load;
  return waiter;
}

std::vector<std::uint64_t> Requests(const std::vector<Waiter>& waiters) {
  std::vector<std::uint64_t> requests;
  for (const Waiter& waiter : waiters) requests.push_back(waiter.ticket.request);
  return requests;
}

using Numbers = std::vector<std::uint64_t>;

TEST(WaitersTest, TheLongestWaitingComesFirstInItsQueue) {
  Waiters waiters;
  waiters.Add(WaiterOf(1, 7, kStart + 20s));
  waiters.Add(WaiterOf(2, 8, kStart + 5s));
  waiters.Add(WaiterOf(3, 7, kStart + 10s));
  ASSERT_TRUE(waiters.First(7));
  EXPECT_EQ(waiters.First(7)->ticket.request, 1u);
  waiters.RemoveFirst(7);
  EXPECT_EQ(waiters.First(7)->ticket.request, 3u);
  EXPECT_EQ(waiters.First(9), nullptr);
}

TEST(WaitersTest, DeadlinesComeInTheirOrder) {
  Waiters waiters;
  waiters.Add(WaiterOf(1, 7, kStart + 20s));
  waiters.Add(WaiterOf(2, 8, kStart + 5s));
  EXPECT_EQ(waiters.NextDue(), kStart + 5s);
  EXPECT_TRUE(waiters.TakeDue(kStart + 4s).empty());
  EXPECT_EQ(Requests(waiters.TakeDue(kStart + 20s)), (Numbers{2, 1}));
  EXPECT_EQ(waiters.NextDue(), kNever);
  EXPECT_EQ(waiters.size(), 0u);
}

// rule: hardening R12 what waits for a session goes with it
TEST(WaitersTest, AnEndedSessionTakesOnlyItsOwn) {
  Waiters waiters;
  waiters.Add(WaiterOf(1, 7, kStart, 1));
  waiters.Add(WaiterOf(2, 7, kStart, 2));
  waiters.Add(WaiterOf(3, 8, kStart, 1));
  waiters.DropSession(0, 1);
  waiters.DropSession(1, 2);  // The session of another endpoint.
  EXPECT_EQ(waiters.size(), 1u);
  EXPECT_EQ(waiters.First(7)->ticket.request, 2u);
  EXPECT_FALSE(waiters.Any(8));
}

TEST(WaitersTest, AQueueTakesAllItsWaitersOldestFirst) {
  Waiters waiters;
  for (std::uint64_t i = 1; i <= 5; ++i) waiters.Add(WaiterOf(i, i % 2, kStart, 1, i == 3));
  EXPECT_EQ(Requests(waiters.TakeOnlyLoad(1)), (Numbers{3}));
  EXPECT_EQ(Requests(waiters.TakeQueue(1)), (Numbers{1, 5}));
  EXPECT_FALSE(waiters.Any(1));
  EXPECT_EQ(Requests(waiters.TakeAll()), (Numbers{2, 4}));
}

}  // namespace
}  // namespace hub::core
