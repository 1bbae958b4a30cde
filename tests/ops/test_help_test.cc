#include "adapters/ops/test_help.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace adapters::ops {
namespace {

namespace core = hub::core;
using testing::HasSubstr;
using namespace std::chrono_literals;

constexpr char kQueue[] = "/_penstock/queues/111111111111/eu-west-1/orders/misbehaviour";
constexpr char kQueueArn[] = "arn:aws:sqs:eu-west-1:111111111111:orders";

wire::http::Request Asked(std::string method, std::string target, std::string body = "") {
  wire::http::Request request;
  request.method = std::move(method);
  request.target = std::move(target);
  request.body = std::move(body);
  return request;
}

TEST(TestHelpTest, TheClockIsTurnedOnByADurationOrSeconds) {
  for (const char* body : {R"({"advance": "PT1M30S"})", R"({"advance": 90})", R"({"advance": 90.0})"}) {
    const auto read = ReadTestRequest(Asked("POST", "/_penstock/clock", body), 0);
    ASSERT_TRUE(read) << read.error().text;
    EXPECT_EQ(std::get<core::AdvanceClock>(read->what).by, 90s);
  }
  EXPECT_EQ(std::get<core::AdvanceClock>(ReadTestRequest(Asked("GET", "/_penstock/clock?x"), 0)->what).by, 0s);
}

TEST(TestHelpTest, AMisbehaviourIsReadAndWhatIsNotSaidIsNone) {
  const auto read = ReadTestRequest(
      Asked(
          "PUT", kQueue,
          R"({"duplicates": 0.2, "reorder": true, "latency_ms": 50.5, "throttle": 1, "errors_5xx": 5e-2, "seed": 7})"),
      3);
  ASSERT_TRUE(read) << read.error().text;
  const auto& set = std::get<core::SetMisbehaviour>(read->what);
  EXPECT_EQ(set.queue, kQueueArn);
  EXPECT_EQ(set.misbehaviour,
            (core::Misbehaviour{
                .duplicates = 0.2, .reorder = true, .latency = 50'500us, .throttle = 1, .errors = 0.05, .seed = 7}));
  const auto none = ReadTestRequest(Asked("PUT", kQueue, "{}"), 3);
  EXPECT_EQ(std::get<core::SetMisbehaviour>(none->what).misbehaviour, core::Misbehaviour{.seed = 3});
  EXPECT_EQ(std::get<core::SetMisbehaviour>(ReadTestRequest(Asked("DELETE", kQueue), 3)->what).misbehaviour,
            std::nullopt);
  EXPECT_EQ(std::get<core::DescribeMisbehaviour>(ReadTestRequest(Asked("GET", kQueue), 3)->what).queue, kQueueArn);
}

TEST(TestHelpTest, WhatIsAnsweredCanBePutAgain) {
  const core::Misbehaviour rules{
      .duplicates = 0.2, .reorder = true, .latency = 50ms, .throttle = 0.1, .errors = 0.05, .seed = 7};
  const std::string body = WriteTestReply(core::TestReply{.misbehaviour = rules}).body;
  EXPECT_EQ(body,
            "{\"duplicates\": 0.2, \"reorder\": true, \"latency_ms\": 50, \"throttle\": 0.1, \"errors_5xx\": 0.05, "
            "\"seed\": 7}\n");
  EXPECT_EQ(std::get<core::SetMisbehaviour>(ReadTestRequest(Asked("PUT", kQueue, body), 0)->what).misbehaviour, rules);
}

TEST(TestHelpTest, TimeIsToldAsPeopleWriteIt) {
  const core::TestReply reply{.now = hub::InstantOf(1'700'000'000'250'000), .advanced = 90s, .misbehaviour = {}};
  EXPECT_EQ(WriteTestReply(reply).body, "{\"now\": \"2023-11-14T22:13:20.250Z\", \"advanced_seconds\": 90}\n");
}

TEST(TestHelpTest, MistakesAreNamed) {
  // clang-format off
  const struct {
    const char* method;
    const char* target;
    const char* body;
    unsigned status;
    const char* says;
  } cases[] = {
      {"POST", "/_penstock/clock", "",                      400, "The body is a JSON object."},
      {"POST", "/_penstock/clock", "[]",                    400, "The body is a JSON object."},
      {"POST", "/_penstock/clock", "{}",                    400, "\"advance\" is a number of seconds"},
      {"POST", "/_penstock/clock", R"({"advance": -5})",    400, "hub time never goes back"},
      {"POST", "/_penstock/clock", R"({"advance": "5m"})",  400, "\"advance\" is"},
      {"POST", "/_penstock/clock", R"({"advance": true})",  400, "\"advance\" is"},
      {"POST", "/_penstock/clock", R"({"advnce": 1})",      400, "\"advnce\" is not known here. Known: advance."},
      {"PUT",  "/_penstock/clock", "{}",                    405, "GET and POST"},
      {"GET",  "/_penstock/reset", "",                      405, "POST"},
      {"PUT",  kQueue, R"({"duplicates": "often"})",        400, "\"duplicates\" is a number."},
      {"PUT",  kQueue, R"({"reorder": 1})",                 400, "\"reorder\" is true or false."},
      {"PUT",  kQueue, R"({"latency_ms": 60001})",          400, "\"latency_ms\" is from 0 to 60000."},
      {"PUT",  kQueue, R"({"latency_ms": -1})",             400, "\"latency_ms\" is from 0 to 60000."},
      {"PUT",  kQueue, R"({"seed": -1})",                   400, "\"seed\" is a whole number"},
      {"PUT",  kQueue, R"({"seed": "7"})",                  400, "\"seed\" is a whole number"},
      {"POST", kQueue, "{}",                                405, "GET, PUT and DELETE"},
      {"GET",  "/_penstock/queues/111/eu-west-1/orders/misbehaviour",            "", 404, "ACCOUNT/REGION/NAME"},
      {"GET",  "/_penstock/queues/111111111111/eu-west-1/orders/x/misbehaviour", "", 404, "ACCOUNT/REGION/NAME"},
      {"GET",  "/_penstock/queues/misbehaviour",            "", 404, "There are"},
      {"GET",  "/_penstock/queues//misbehaviour",           "", 404, "ACCOUNT/REGION/NAME"},
      {"GET",  "/_penstock/",                               "", 404, "There are"},
  };
  // clang-format on
  for (const auto& c : cases) {
    SCOPED_TRACE(std::string(c.method) + " " + c.target + " " + c.body);
    const auto read = ReadTestRequest(Asked(c.method, c.target, c.body), 0);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().status, c.status);
    EXPECT_THAT(read.error().text, HasSubstr(c.says));
  }
}

}  // namespace
}  // namespace adapters::ops
