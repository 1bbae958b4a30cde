#include "topics/delivery_policy.h"

#include <gtest/gtest.h>

#include <vector>

namespace topics {
namespace {

using hub::Duration;
using namespace std::chrono_literals;

std::vector<Duration> DelaysOf(const Retries& retries) {
  std::vector<Duration> delays;
  for (std::uint32_t retry = 1; retry <= retries.count; ++retry) delays.push_back(retries.DelayBefore(retry));
  return delays;
}

std::string Refusal(const std::string& json, bool of_topic = false) {
  const auto policy = of_topic ? ParseTopicDeliveryPolicy(json) : ParseSubscriptionDeliveryPolicy(json);
  if (policy) return "";
  EXPECT_EQ(policy.error().code, hub::Code::kInvalidArgument);
  EXPECT_EQ(policy.error().about, "DeliveryPolicy");
  return policy.error().message;
}

// rule: aws 132 the phases of a policy
TEST(DeliveryPolicyTest, RetriesGoThroughFourPhases) {
  // clang-format off
  const struct {
    const char* why;
    Retries retries;
    std::vector<Duration> delays;
  } cases[] = {
      {"the default",   {}, {20s, 20s, 20s}},
      {"none",          {.count = 0}, {}},
      {"all phases",    {.count = 8, .immediate = 2, .before_backoff = 1, .after_backoff = 2, .min_delay = 1s, .max_delay = 5s},
                        {0s, 0s, 1s, 1s, 3s, 5s, 5s, 5s}},
      {"no backoff",    {.count = 4, .immediate = 1, .before_backoff = 1, .after_backoff = 2, .min_delay = 1s, .max_delay = 9s},
                        {0s, 1s, 9s, 9s}},
      {"one backoff",   {.count = 3, .before_backoff = 1, .after_backoff = 1, .min_delay = 1s, .max_delay = 9s},
                        {1s, 1s, 9s}},
      {"linear",        {.count = 5, .min_delay = 1s, .max_delay = 81s, .backoff = Backoff::kLinear},
                        {1s, 21s, 41s, 61s, 81s}},
      {"arithmetic",    {.count = 5, .min_delay = 1s, .max_delay = 81s, .backoff = Backoff::kArithmetic},
                        {1s, 9s, 25s, 49s, 81s}},
      {"geometric",     {.count = 5, .min_delay = 1s, .max_delay = 81s, .backoff = Backoff::kGeometric},
                        {1s, 3s, 9s, 27s, 81s}},
      {"exponential",   {.count = 5, .min_delay = 1s, .max_delay = 61s, .backoff = Backoff::kExponential},
                        {1s, 5s, 13s, 29s, 61s}},
      {"no slope",      {.count = 3, .min_delay = 7s, .max_delay = 7s, .backoff = Backoff::kExponential}, {7s, 7s, 7s}},
  };
  // clang-format on
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    EXPECT_EQ(DelaysOf(c.retries), c.delays);
  }
}

// rule: aws 132 inside the service
TEST(DeliveryPolicyTest, InsideTheServiceThereAre100015TriesIn23Days) {
  const Retries inside = RetriesInside();
  EXPECT_EQ(inside.count, 100'015u);
  EXPECT_EQ(inside.DelayBefore(3), 0s);
  EXPECT_EQ(inside.DelayBefore(4), 1s);
  EXPECT_EQ(inside.DelayBefore(6), 1s);
  EXPECT_EQ(inside.DelayBefore(15), 20s);
  EXPECT_EQ(inside.DelayBefore(100'015), 20s);
  EXPECT_EQ(std::chrono::duration_cast<std::chrono::hours>(inside.Total()).count() / 24, 23);
}

// rule: aws 118 EffectiveDeliveryPolicy
TEST(DeliveryPolicyTest, WhatIsNotSetHasItsDefault) {
  const std::string defaults =
      R"({"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":20,"maxDelayTarget":20,"numRetries":3,)"
      R"("numMaxDelayRetries":0,"numNoDelayRetries":0,"numMinDelayRetries":0,"backoffFunction":"linear"},)"
      R"("disableSubscriptionOverrides":false,)"
      R"("defaultRequestPolicy":{"headerContentType":"text/plain; charset=UTF-8"}}})";
  EXPECT_EQ(DeliveryPolicy().TopicJson(), defaults);
  for (const char* json :
       {"{}", R"({"http":{}})", R"({"http":{"defaultHealthyRetryPolicy":null}})", defaults.c_str()}) {
    const auto policy = ParseTopicDeliveryPolicy(json);
    ASSERT_TRUE(policy) << policy.error().message;
    EXPECT_EQ(*policy, DeliveryPolicy()) << json;
  }
  EXPECT_EQ(
      DeliveryPolicy().SubscriptionJson(),
      R"({"healthyRetryPolicy":{"minDelayTarget":20,"maxDelayTarget":20,"numRetries":3,"numMaxDelayRetries":0,)"
      R"("numNoDelayRetries":0,"numMinDelayRetries":0,"backoffFunction":"linear"},"sicklyRetryPolicy":null,)"
      R"("throttlePolicy":null,"requestPolicy":{"headerContentType":"text/plain; charset=UTF-8"},"guaranteed":false})");
}

TEST(DeliveryPolicyTest, APolicyIsReadAndWrittenAgain) {
  const std::string json =
      R"({"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":1,"maxDelayTarget":60,"numRetries":50,)"
      R"("numMaxDelayRetries":35,"numNoDelayRetries":3,"numMinDelayRetries":2,"backoffFunction":"exponential"},)"
      R"("disableSubscriptionOverrides":true,"defaultThrottlePolicy":{"maxReceivesPerSecond":10},)"
      R"("defaultRequestPolicy":{"headerContentType":"application/json"}}})";
  const auto policy = ParseTopicDeliveryPolicy(json);
  ASSERT_TRUE(policy) << policy.error().message;
  EXPECT_EQ(policy->TopicJson(), json);
  EXPECT_EQ(policy->retries.immediate, 3u);
  EXPECT_EQ(policy->retries.backoff, Backoff::kExponential);
  EXPECT_EQ(policy->receives_per_second_max, 10u);
  EXPECT_LE(policy->retries.Total(), kRetriesTotalMax);
}

TEST(DeliveryPolicyTest, ASubscriptionSetsPartsAnewUnlessItsTopicForbidsIt) {
  DeliveryPolicy topic;
  topic.retries = {.count = 10, .immediate = 10};
  topic.content_type = "application/json";
  const std::string own = R"({"healthyRetryPolicy":{"numRetries":1},"throttlePolicy":{"maxReceivesPerSecond":7}})";
  auto policy = ParseSubscriptionDeliveryPolicy(own, topic);
  ASSERT_TRUE(policy) << policy.error().message;
  EXPECT_EQ(policy->retries, (Retries{.count = 1}));
  EXPECT_EQ(policy->receives_per_second_max, 7u);
  EXPECT_EQ(policy->content_type, "application/json");
  topic.overrides_disabled = true;
  EXPECT_EQ(ParseSubscriptionDeliveryPolicy(own, topic), topic);
}

TEST(DeliveryPolicyTest, MistakesAreRefused) {
  // clang-format off
  const struct {
    const char* json;
    const char* why;
  } cases[] = {
      {"{",                                                      "line 1:1: This is not JSON."},
      {"[]",                                                     "the document must be a JSON object"},
      {R"({"http":{}})",                                         "Unexpected JSON member: http"},
      {R"({"healthyRetryPolicy":7})",                            "healthyRetryPolicy must be a JSON object"},
      {R"({"healthyRetryPolicy":{"retries":1}})",                "Unexpected JSON member: healthyRetryPolicy.retries"},
      {R"({"healthyRetryPolicy":{"numRetries":101}})",           "healthyRetryPolicy.numRetries must be a whole number from 0 to 100"},
      {R"({"healthyRetryPolicy":{"numRetries":-1}})",            "healthyRetryPolicy.numRetries must be a whole number from 0 to 100"},
      {R"({"healthyRetryPolicy":{"numRetries":1.5}})",           "healthyRetryPolicy.numRetries must be a whole number from 0 to 100"},
      {R"({"healthyRetryPolicy":{"numRetries":[1]}})",           "healthyRetryPolicy.numRetries must be a whole number from 0 to 100"},
      {R"({"healthyRetryPolicy":{"numNoDelayRetries":-1}})",     "healthyRetryPolicy.numNoDelayRetries must be a whole number of at least 0"},
      {R"({"healthyRetryPolicy":{"minDelayTarget":0}})",         "healthyRetryPolicy.minDelayTarget must be a whole number from 1 to 3600"},
      {R"({"healthyRetryPolicy":{"maxDelayTarget":3601}})",      "healthyRetryPolicy.maxDelayTarget must be a whole number from 1 to 3600"},
      {R"({"healthyRetryPolicy":{"minDelayTarget":21}})",        "healthyRetryPolicy.maxDelayTarget must be at least minDelayTarget"},
      {R"({"healthyRetryPolicy":{"backoffFunction":"cubic"}})",  "healthyRetryPolicy.backoffFunction must be arithmetic, exponential, geometric or linear"},
      {R"({"healthyRetryPolicy":{"numNoDelayRetries":2,"numMaxDelayRetries":2}})",
       "healthyRetryPolicy.numRetries must be at least the sum of numNoDelayRetries, numMinDelayRetries and numMaxDelayRetries"},
      {R"({"healthyRetryPolicy":{"numRetries":100,"minDelayTarget":37,"maxDelayTarget":37}})",
       "healthyRetryPolicy takes 3700 seconds in all; at most 3600 are allowed"},
      {R"({"throttlePolicy":{"maxReceivesPerSecond":0}})",       "throttlePolicy.maxReceivesPerSecond must be a whole number of at least 1"},
      {R"({"requestPolicy":{"headerContentType":""}})",          "requestPolicy.headerContentType must be a content type"},
      {R"({"requestPolicy":{"headerContentType":"a/b\r\nX: y"}})", "requestPolicy.headerContentType must be a content type"},
      {R"({"disableSubscriptionOverrides":true})",               "Unexpected JSON member: disableSubscriptionOverrides"},
  };
  // clang-format on
  for (const auto& c : cases) {
    SCOPED_TRACE(c.json);
    EXPECT_EQ(Refusal(c.json), "DeliveryPolicy: " + std::string(c.why));
  }
  EXPECT_EQ(Refusal(R"({"healthyRetryPolicy":{}})", /*of_topic=*/true),
            "DeliveryPolicy: Unexpected JSON member: healthyRetryPolicy");
  EXPECT_EQ(Refusal(R"({"http":{"disableSubscriptionOverrides":"yes"}})", /*of_topic=*/true),
            "DeliveryPolicy: http.disableSubscriptionOverrides must be true or false");
  EXPECT_EQ(Refusal(R"({"http":{"defaultThrottlePolicy":{"maxReceivesPerSecond":"x"}}})", /*of_topic=*/true),
            "DeliveryPolicy: http.defaultThrottlePolicy.maxReceivesPerSecond must be a whole number of at least 1");
}

}  // namespace
}  // namespace topics
