#include "adapters/zmq/sessions.h"

#include <gtest/gtest.h>

namespace adapters::zmq {
namespace {

using namespace std::chrono_literals;

TEST(SessionsTest, RoutingIdsBelongToTheirListener) {
  Sessions sessions;
  const std::uint64_t first = sessions.Open(0, "peer").number;
  EXPECT_EQ(sessions.Find(1, "peer"), nullptr);
  const std::uint64_t second = sessions.Open(1, "peer").number;
  EXPECT_NE(first, second);
  EXPECT_EQ(sessions.Find(0, "peer")->number, first);
  EXPECT_EQ(sessions.Find(second)->listener, 1u);
}

TEST(SessionsTest, ANumberIsNeverUsedAgain) {
  Sessions sessions;
  const std::uint64_t first = sessions.Open(0, "peer").number;
  sessions.Close(first);
  EXPECT_EQ(sessions.Find(0, "peer"), nullptr);
  EXPECT_EQ(sessions.Find(first), nullptr);
  EXPECT_NE(sessions.Open(0, "peer").number, first);
}

TEST(SessionsTest, OnlyWhatIsIdleIsForgotten) {
  // clang-format off
  const struct {
    const char* why;
    hub::Duration last_heard;
    std::size_t outstanding;
    std::size_t unread;
    bool revoked;
    bool forgotten;
  } cases[] = {
      {"heard lately",                              11s, 0, 0, false, false},
      {"idle",                                      10s, 0, 0, false, true},
      {"waits for an answer",                       10s, 1, 0, false, false},
      {"has something to read",                     10s, 0, 5, false, false},
      {"waits for what will never be answered",     10s, 1, 0, true,  true},
  };
  // clang-format on
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    Sessions sessions;
    Session& session = sessions.Open(0, "peer");
    session.last_heard = c.last_heard;
    session.outstanding = c.outstanding;
    session.unread->bytes = c.unread;
    session.revoked = c.revoked;
    EXPECT_EQ(sessions.Forget(10s).size(), c.forgotten ? 1u : 0u);
    EXPECT_EQ(sessions.size(), c.forgotten ? 0u : 1u);
  }
}

}  // namespace
}  // namespace adapters::zmq
