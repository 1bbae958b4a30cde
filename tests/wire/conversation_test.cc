#include "tests/wire/conversation.h"

#include <gtest/gtest.h>

#include <fstream>

#include "adapters/wire/native/reply.h"
#include "adapters/wire/native/request.h"
#include "tests/wire/fake_hub.h"

namespace tests::wire {
namespace {

using adapters::wire::native::Buffer;
using adapters::wire::native::DecodeRequest;
using adapters::wire::native::EncodeReply;
using adapters::wire::native::Request;

// The codec with a fake hub behind it: no sockets, no threads.
std::string AnswerBy(FakeHub& hub, const std::string& frame) {
  const Request request = DecodeRequest(frame);
  const Buffer reply = request.operation ? EncodeReply(request.id, hub.Answer(*request.operation))
                                         : EncodeReply(request.id, tl::unexpected(request.operation.error()));
  return {reply.data(), reply.size()};
}

class ConversationTest : public testing::TestWithParam<const char*> {};

TEST_P(ConversationTest, GoesAsWritten) {
  FakeHub hub;
  const std::string path = std::string(WIRE_CONVERSATIONS) + "/" + GetParam() + ".conv";
  EXPECT_EQ(Play(path, [&](const std::string& frame) { return AnswerBy(hub, frame); }), "");
}

INSTANTIATE_TEST_SUITE_P(Codec, ConversationTest,
                         testing::Values("lifecycle", "administration", "delay", "fifo", "push", "peek", "redrive",
                                         "tags", "permissions", "malformed"),
                         [](const auto& file) { return file.param; });

// The canary: a conversation that goes otherwise is noticed.
TEST(ConversationRunnerTest, AReplyThatDiffersIsReportedWithItsLine) {
  const std::string path = testing::TempDir() + "/canary.conv";
  std::ofstream(path) << "> [1, 1, \"describe_hub\"]\n< [1, 1, \"ok\", 5]\n";
  FakeHub hub;
  const std::string differences = Play(path, [&](const std::string& frame) { return AnswerBy(hub, frame); });
  EXPECT_TRUE(differences.starts_with(path + ":2: expected [1, 1, \"ok\", 5]\n  answered [1, 1, \"ok\", {"))
      << differences;
}

}  // namespace
}  // namespace tests::wire
