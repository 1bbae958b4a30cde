#include "adapters/ops/health.h"

#include <gtest/gtest.h>

namespace adapters::ops {
namespace {

// clang-format off
TEST(HealthTest, EachStateAsEachPageTellsIt) {
  const struct {
    std::string_view path;
    State state;
    unsigned status;
    std::string_view body;
  } cases[] = {
      {"/health",       State::kReady,      200, "{\"live\": true, \"ready\": true}\n"},
      {"/health",       State::kStopping,   503, "{\"live\": true, \"ready\": false, \"reason\": \"stopping\"}\n"},
      {"/health/live",  State::kReady,      200, "{\"live\": true}\n"},
      {"/health/live",  State::kRecovering, 200, "{\"live\": true}\n"},
      {"/health/live",  State::kStopping,   200, "{\"live\": true}\n"},
      {"/health/ready", State::kReady,      200, "{\"ready\": true}\n"},
      {"/health/ready", State::kRecovering, 503, "{\"ready\": false, \"reason\": \"recovering\"}\n"},
      {"/health/ready", State::kNoSpace,    503, "{\"ready\": false, \"reason\": \"no space\"}\n"},
      {"/health/ready", State::kStopping,   503, "{\"ready\": false, \"reason\": \"stopping\"}\n"},
      {"/_localstack/health", State::kReady, 200,
       R"({"services": {"sqs": "running", "sns": "running"}, "edition": "penstock", "version": "1.2.3"})"},
      {"/_localstack/health", State::kRecovering, 200,
       R"({"services": {"sqs": "starting", "sns": "starting"}, "edition": "penstock", "version": "1.2.3"})"},
      {"/_localstack/health", State::kNoSpace, 200,
       R"({"services": {"sqs": "error", "sns": "error"}, "edition": "penstock", "version": "1.2.3"})"},
  };
  // clang-format on
  for (const auto& c : cases) {
    SCOPED_TRACE(c.path);
    ASSERT_TRUE(IsHealthPath(c.path));
    const wire::http::Response response = HealthAt(c.path, c.state, "1.2.3");
    EXPECT_EQ(response.status, c.status);
    EXPECT_EQ(response.body, c.body);
    EXPECT_EQ(response.content_type, "application/json");
  }
}

TEST(HealthTest, OtherPathsAreNone) {
  for (const std::string_view path :
       {"/", "/healthy", "/health/", "/health/other", "/_localstack/", "/000000000000/health"}) {
    EXPECT_FALSE(IsHealthPath(path)) << path;
  }
}

}  // namespace
}  // namespace adapters::ops
