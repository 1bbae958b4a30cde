#include "queues/attempts.h"

#include <gtest/gtest.h>

#include "hub/base/limits.h"
#include "tests/queues/support.h"

namespace queues {
namespace {

using namespace std::chrono_literals;

Attempt MadeAt(hub::Instant at, std::size_t messages) {
  return {.at = at, .until = at + 30s, .messages = std::vector<Attempt::Message>(messages)};
}

TEST(AttemptsTest, AnAttemptIsKnownForFiveMinutes) {
  Attempts attempts;
  EXPECT_EQ(attempts.ForgetDue(), hub::kNever);
  attempts.Add("a", MadeAt(kStart, 1));
  attempts.Add("b", MadeAt(kStart + 1s, 2));
  EXPECT_EQ(attempts.ForgetDue(), kStart + 300s);
  ASSERT_NE(attempts.Find("a", kStart + 299s), nullptr);
  EXPECT_EQ(attempts.Find("c", kStart + 299s), nullptr);
  EXPECT_EQ(attempts.Find("a", kStart + 300s), nullptr);
  ASSERT_NE(attempts.Find("b", kStart + 300s), nullptr);
  EXPECT_EQ(attempts.Find("b", kStart + 300s)->messages.size(), 2u);
  attempts.Clear();
  EXPECT_EQ(attempts.Find("b", kStart + 300s), nullptr);
}

TEST(AttemptsTest, OfTooManyMessagesTheOldestAttemptsAreForgotten) {
  Attempts attempts;
  const std::size_t third = hub::kAttemptMessagesMax / 3 - 1;
  for (const char* id : {"a", "b", "c"}) attempts.Add(id, MadeAt(kStart, third));
  EXPECT_EQ(attempts.size(), 3u);
  attempts.Add("d", MadeAt(kStart, third));
  EXPECT_EQ(attempts.Find("a", kStart), nullptr);
  EXPECT_EQ(attempts.size(), 3u);
  attempts.Spoil(*attempts.Find("b", kStart));  // Makes room, and is known on.
  attempts.Add("e", MadeAt(kStart, third));
  EXPECT_EQ(attempts.size(), 4u);
  ASSERT_NE(attempts.Find("b", kStart), nullptr);
  EXPECT_TRUE(attempts.Find("b", kStart)->messages.empty());
  attempts.Add("f", MadeAt(kStart, hub::kAttemptMessagesMax));  // Never.
  EXPECT_EQ(attempts.Find("f", kStart), nullptr);
  EXPECT_EQ(attempts.size(), 4u);
}

// Ids alone are bounded, too: however often an attempt is spoiled.
TEST(AttemptsTest, SpoiltAttemptsCountAsWell) {
  Attempts attempts;
  for (std::size_t i = 0; i < hub::kAttemptMessagesMax + 10; ++i) {
    attempts.Add(std::to_string(i), MadeAt(kStart, 1));
    attempts.Spoil(*attempts.Find(std::to_string(i), kStart));
  }
  EXPECT_LE(attempts.size(), hub::kAttemptMessagesMax);
}

}  // namespace
}  // namespace queues
