#include "adapters/ops/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace adapters::ops {
namespace {

using hub::core::StatisticsReply;
using testing::HasSubstr;
using testing::Not;
using namespace std::chrono_literals;

TEST(MetricsTest, TotalsStandUnderTheirNames) {
  StatisticsReply statistics;
  statistics.all = {.visible = 3, .in_flight = 2, .delayed = 1, .oldest_age = 1500ms, .sent = 10};
  statistics.tally.delivered = 7;
  statistics.tally.refused = 4;
  statistics.tally.push_failed = 3;
  statistics.tally.push_lost = 2;
  statistics.waiting_pushes = 6;
  const std::string text = MetricsText(statistics, {.connections = {{"http", 5}}}, "1.2.3");
  for (const char* line :
       {"# TYPE penstock_messages gauge\n", "penstock_messages{state=\"visible\"} 3\n",
        "penstock_messages{state=\"in_flight\"} 2\n", "penstock_messages{state=\"delayed\"} 1\n",
        "penstock_oldest_message_age_seconds 1.5\n", "# TYPE penstock_messages_sent_total counter\n",
        "penstock_messages_sent_total 10\n", "penstock_deliveries_total{result=\"delivered\"} 7\n",
        "penstock_push_tries_total{result=\"failed\"} 3\n", "penstock_pushes_given_up_total{result=\"lost\"} 2\n",
        "penstock_waiting_pushes 6\n", "penstock_policy_decisions_total{decision=\"denied\"} 4\n",
        "penstock_connections{endpoint=\"http\"} 5\n", "penstock_build_info{version=\"1.2.3\"} 1\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
  EXPECT_THAT(text, Not(HasSubstr("penstock_queue_messages")));
  EXPECT_THAT(text, Not(HasSubstr("penstock_http_request_seconds")));  // Nobody has asked yet.
}

TEST(MetricsTest, QueuesHaveSeriesOfTheirOwn) {
  StatisticsReply statistics;
  statistics.queues.push_back(
      {.account = "111111111111", .region = "eu-west-1", .name = "orders", .counts = {.visible = 3, .sent = 4}});
  const std::string text = MetricsText(statistics, {}, "1.2.3");
  const std::string labels = R"({account="111111111111",region="eu-west-1",queue="orders")";
  EXPECT_THAT(text, HasSubstr("penstock_queue_messages" + labels + R"(,state="visible"} 3)"));
  EXPECT_THAT(text, HasSubstr("penstock_queue_messages_sent_total" + labels + "} 4"));
}

TEST(MetricsTest, BucketsOfAHistogramAddUp) {
  hub::engine::Histogram flushes;
  for (const hub::Duration took :
       {hub::Duration(50us), hub::Duration(100us), hub::Duration(3ms), hub::Duration(1min)}) {
    flushes.Observe(took);
  }
  hub::engine::Histograms requests;
  requests.Observe("send", 7ms);
  const std::string text = MetricsText({}, {.flushes = flushes.Look(), .requests = requests.Look()}, "1.2.3");
  for (const char* line :
       {"penstock_flush_seconds_count 4\n", "penstock_flush_seconds_bucket{le=\"0.0001\"} 2\n",
        "penstock_flush_seconds_bucket{le=\"0.0025\"} 2\n", "penstock_flush_seconds_bucket{le=\"0.005\"} 3\n",
        "penstock_flush_seconds_bucket{le=\"20\"} 3\n", "penstock_flush_seconds_bucket{le=\"+Inf\"} 4\n",
        "penstock_http_request_seconds_bucket{operation=\"send\",le=\"0.005\"} 0\n",
        "penstock_http_request_seconds_bucket{operation=\"send\",le=\"0.01\"} 1\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

}  // namespace
}  // namespace adapters::ops
