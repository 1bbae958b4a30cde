#include "hub/engine/inbox.h"

#include <gtest/gtest.h>

#include <thread>

#include "hub/base/limits.h"
#include "tests/engine/support.h"

namespace hub::engine {
namespace {

std::vector<core::Command> Some(std::size_t count, std::size_t bytes = 0) {
  std::vector<core::Command> commands;
  for (std::size_t i = 0; i < count; ++i) commands.push_back(CommandOf(i, core::DescribeHub{}, bytes));
  return commands;
}

TEST(InboxTest, CommandsComeOutInTheOrderInWhichTheyWentIn) {
  Inbox inbox;
  auto commands = Some(3);
  ASSERT_TRUE(inbox.TryPush(commands));
  EXPECT_TRUE(commands.empty());
  const Inbox::Taken taken = inbox.Take(Duration::zero());
  ASSERT_EQ(taken.commands.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(taken.commands[i].ticket.request, i);
}

// rule: hardening R13 a full inbox refuses, whole, until there is room
TEST(InboxTest, AFullInboxTakesAllOfABatchOrNothing) {
  Inbox inbox;
  auto first = Some(8, kInboxBytesMax / 8 - 1);
  ASSERT_TRUE(inbox.TryPush(first));
  auto second = Some(2, 5);
  EXPECT_FALSE(inbox.TryPush(second));
  EXPECT_EQ(second.size(), 2u);
  EXPECT_EQ(inbox.Take(Duration::zero()).commands.size(), 2u);  // kTurnBytesMax of them.
  EXPECT_TRUE(inbox.TryPush(second));
}

TEST(InboxTest, AnEmptyInboxTakesACommandOfAnySize) {
  Inbox inbox;
  auto large = Some(1, 2 * kInboxBytesMax);
  EXPECT_TRUE(inbox.TryPush(large));
  auto next = Some(1, 1);
  EXPECT_FALSE(inbox.TryPush(next));
}

TEST(InboxTest, ATurnTakesSoManyCommandsAndBytesAtMost) {
  Inbox inbox;
  auto many = Some(kTurnCommandsMax + 10);
  ASSERT_TRUE(inbox.TryPush(many));
  EXPECT_EQ(inbox.Take(Duration::zero()).commands.size(), kTurnCommandsMax);
  EXPECT_EQ(inbox.Take(Duration::zero()).commands.size(), 10u);
  auto large = Some(10, kTurnBytesMax / 4);
  ASSERT_TRUE(inbox.TryPush(large));
  EXPECT_EQ(inbox.Take(Duration::zero()).commands.size(), 4u);
}

TEST(InboxTest, AWaitingTakeReturnsWhenSomethingHappens) {
  Inbox inbox;
  std::thread pusher([&] {
    auto commands = Some(1);
    EXPECT_TRUE(inbox.TryPush(commands));
  });
  EXPECT_EQ(inbox.Take(60s).commands.size(), 1u);
  pusher.join();

  std::thread ender([&] { inbox.EndSession(1, 2); });
  const Inbox::Taken taken = inbox.Take(60s);
  ender.join();
  ASSERT_EQ(taken.ended.size(), 1u);
  EXPECT_EQ(taken.ended[0].session, 2u);

  std::thread waker([&] { inbox.Wake(); });
  EXPECT_TRUE(inbox.Take(60s).commands.empty());
  waker.join();
}

TEST(InboxTest, CommandsOfManyThreadsAllArriveEachThreadsInOrder) {
  Inbox inbox;
  constexpr std::uint64_t kThreads = 4;
  constexpr std::uint64_t kEach = 500;
  std::vector<std::thread> threads;
  for (std::uint64_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&inbox, t] {
      for (std::uint64_t i = 0; i < kEach; ++i) {
        std::vector<core::Command> commands;
        commands.push_back(CommandOf(i, core::DescribeHub{}, 1, t));
        while (!inbox.TryPush(commands)) std::this_thread::yield();
      }
    });
  }
  std::vector<std::uint64_t> next(kThreads);
  for (std::uint64_t got = 0; got < kThreads * kEach;) {
    for (const core::Command& command : inbox.Take(1s).commands) {
      EXPECT_EQ(command.ticket.request, next.at(command.ticket.session)++);
      ++got;
    }
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace hub::engine
