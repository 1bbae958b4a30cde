#include "adapters/ops/metrics.h"

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <chrono>
#include <initializer_list>

namespace adapters::ops {
namespace {

using hub::core::QueueCounts;
using hub::core::QueueStatistics;
using hub::core::StatisticsReply;
using hub::engine::Histogram;
using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

double Seconds(hub::Duration duration) { return std::chrono::duration<double>(duration).count(); }

MetricFamily Family(const char* name, const char* help, MetricType type) {
  return {.name = name, .help = help, .type = type, .metric = {}};
}

void Add(MetricFamily& family, double value, Labels labels = {}) {
  ClientMetric metric;
  metric.label = std::move(labels);
  (family.type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
  family.metric.push_back(std::move(metric));
}

void Add(MetricFamily& family, std::uint64_t value, Labels labels = {}) {
  Add(family, static_cast<double>(value), std::move(labels));
}

void Add(MetricFamily& family, const Histogram::Snapshot& snapshot, Labels labels = {}) {
  ClientMetric metric;
  metric.label = std::move(labels);
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < snapshot.counts.size(); ++i) {
    count += snapshot.counts[i];
    if (i == Histogram::kBounds.size()) break;  // The serializer writes that of +Inf.
    metric.histogram.bucket.push_back({.cumulative_count = count, .upper_bound = Seconds(Histogram::kBounds[i])});
  }
  metric.histogram.sample_count = count;
  metric.histogram.sample_sum = Seconds(snapshot.sum);
  family.metric.push_back(std::move(metric));
}

// What each queue counts, and all together under names of their own.
struct QueueFamily {
  const char* total;
  const char* each;
  const char* help;
  std::uint64_t QueueCounts::*count;
};

constexpr QueueFamily kQueueCounters[] = {
    {"penstock_messages_sent_total", "penstock_queue_messages_sent_total", "Messages that queues took.",
     &QueueCounts::sent},
    {"penstock_messages_received_total", "penstock_queue_messages_received_total",
     "Messages handed out, each time counted.", &QueueCounts::received},
    {"penstock_messages_deleted_total", "penstock_queue_messages_deleted_total",
     "Messages deleted by who received them.", &QueueCounts::deleted},
    {"penstock_messages_expired_total", "penstock_queue_messages_expired_total",
     "Messages that outlived their retention.", &QueueCounts::expired},
    {"penstock_messages_dead_lettered_total", "penstock_queue_messages_dead_lettered_total",
     "Messages that queues gave up to their dead-letter queues.", &QueueCounts::dead_lettered},
};

Labels With(Labels labels, const char* name, const char* value) {
  labels.push_back({name, value});
  return labels;
}

void AddStates(MetricFamily& family, const QueueCounts& counts, const Labels& labels) {
  Add(family, counts.visible, With(labels, "state", "visible"));
  Add(family, counts.in_flight, With(labels, "state", "in_flight"));
  Add(family, counts.delayed, With(labels, "state", "delayed"));
}

// Everything, as the library wants it. Made for one page.
class Collected final : public prometheus::Collectable {
 public:
  Collected(const StatisticsReply& statistics, const Readings& readings, const std::string& version)
      : statistics_(statistics), readings_(readings), version_(version) {}

  std::vector<MetricFamily> Collect() const override {
    std::vector<MetricFamily> all;
    AddQueues(all);
    AddEachQueue(all);
    AddTopics(all);
    AddPolicies(all);
    AddHub(all);
    AddOutside(all);
    return all;
  }

 private:
  using All = std::vector<MetricFamily>;

  MetricFamily& Begin(All& all, const char* name, const char* help, MetricType type) const {
    return all.emplace_back(Family(name, help, type));
  }

  template <typename Value>
  void One(All& all, const char* name, const char* help, MetricType type, Value value) const {
    Add(Begin(all, name, help, type), value);
  }

  void AddQueues(All& all) const {
    const QueueCounts& counts = statistics_.all;
    AddStates(Begin(all, "penstock_messages", "Messages in all queues, by state.", MetricType::Gauge), counts, {});
    One(all, "penstock_oldest_message_age_seconds", "Age of the oldest message of all queues.", MetricType::Gauge,
        Seconds(counts.oldest_age));
    for (const QueueFamily& family : kQueueCounters) {
      One(all, family.total, family.help, MetricType::Counter, counts.*family.count);
    }
  }

  void AddEachQueue(All& all) const {
    if (statistics_.queues.empty()) return;
    MetricFamily messages = Family("penstock_queue_messages", "Messages of a queue, by state.", MetricType::Gauge);
    MetricFamily ages =
        Family("penstock_queue_oldest_message_age_seconds", "Age of a queue's oldest message.", MetricType::Gauge);
    All counters;
    for (const QueueFamily& family : kQueueCounters) Begin(counters, family.each, family.help, MetricType::Counter);
    for (const QueueStatistics& queue : statistics_.queues) {
      const Labels labels{{"account", queue.account}, {"region", queue.region}, {"queue", queue.name}};
      AddStates(messages, queue.counts, labels);
      Add(ages, Seconds(queue.counts.oldest_age), labels);
      for (std::size_t i = 0; i < counters.size(); ++i) Add(counters[i], queue.counts.*kQueueCounters[i].count, labels);
    }
    all.push_back(std::move(messages));
    all.push_back(std::move(ages));
    for (MetricFamily& family : counters) all.push_back(std::move(family));
  }

  void AddTopics(All& all) const {
    const hub::core::Tally& tally = statistics_.tally;
    One(all, "penstock_publishes_total", "Messages that topics took.", MetricType::Counter, tally.published);
    MetricFamily& deliveries =
        Begin(all, "penstock_deliveries_total",
              "Messages that a subscription's filter admits, by what became of them. Only delivered and dead_lettered "
              "ones are kept.",
              MetricType::Counter);
    Add(deliveries, tally.delivered, {{"result", "delivered"}});
    Add(deliveries, tally.dead_lettered, {{"result", "dead_lettered"}});
    Add(deliveries, tally.denied, {{"result", "denied"}});
    Add(deliveries, tally.failed, {{"result", "failed"}});
    MetricFamily& tries =
        Begin(all, "penstock_push_tries_total",
              "Tries to deliver to endpoints that are not queues, confirmations included.", MetricType::Counter);
    Add(tries, tally.push_taken, {{"result", "taken"}});
    Add(tries, tally.push_failed, {{"result", "failed"}});
    MetricFamily& given_up =
        Begin(all, "penstock_pushes_given_up_total",
              "Deliveries to endpoints that nobody tries again, by what became of them.", MetricType::Counter);
    Add(given_up, tally.push_dead_lettered, {{"result", "dead_lettered"}});
    Add(given_up, tally.push_lost, {{"result", "lost"}});
    One(all, "penstock_waiting_pushes", "Deliveries that have not been taken by their endpoints yet.",
        MetricType::Gauge, statistics_.waiting_pushes);
    One(all, "penstock_filtered_total", "Messages that a subscription's filter keeps away, for each subscription.",
        MetricType::Counter, tally.filtered);
  }

  void AddPolicies(All& all) const {
    const hub::core::Tally& tally = statistics_.tally;
    MetricFamily& decisions =
        Begin(all, "penstock_policy_decisions_total",
              "Decisions of the policies. logged: would have been denied, but for policies: log.", MetricType::Counter);
    Add(decisions, tally.allowed, {{"decision", "allowed"}});
    Add(decisions, tally.refused, {{"decision", "denied"}});
    Add(decisions, tally.logged, {{"decision", "logged"}});
  }

  void AddHub(All& all) const {
    Add(Begin(all, "penstock_build_info", "Always 1; the version is a label.", MetricType::Gauge), std::uint64_t{1},
        {{"version", version_}});
    One(all, "penstock_uptime_seconds", "Since the hub has started.", MetricType::Gauge, Seconds(statistics_.uptime));
    One(all, "penstock_queues", "Queues that there are.", MetricType::Gauge, statistics_.queue_count);
    One(all, "penstock_topics", "Topics that there are.", MetricType::Gauge, statistics_.topic_count);
    One(all, "penstock_subscriptions", "Subscriptions that there are.", MetricType::Gauge,
        statistics_.subscription_count);
    One(all, "penstock_waiting_receives", "Long polls that are parked.", MetricType::Gauge,
        statistics_.waiting_receives);
    One(all, "penstock_push_consumers", "Push consumers that are open.", MetricType::Gauge, statistics_.push_consumers);
    One(all, "penstock_window_bytes", "Message bodies in memory.", MetricType::Gauge, statistics_.window_bytes);
    One(all, "penstock_turns_total", "Turns of the engine that changed or answered something.", MetricType::Counter,
        statistics_.turns);
    One(all, "penstock_flushes_total", "Flushes of the store.", MetricType::Counter, statistics_.flushes);
  }

  void AddOutside(All& all) const {
    Add(Begin(all, "penstock_flush_seconds", "How long a flush of the store takes.", MetricType::Histogram),
        readings_.flushes);
    if (!readings_.requests.empty()) {
      MetricFamily& requests =
          Begin(all, "penstock_http_request_seconds",
                "From an HTTP request to its answer, by operation. A long poll waits in it.", MetricType::Histogram);
      for (const auto& [operation, times] : readings_.requests) {
        Add(requests, times, {{"operation", std::string(operation)}});
      }
    }
    MetricFamily& connections =
        Begin(all, "penstock_connections", "Connections or sessions that are open, by endpoint.", MetricType::Gauge);
    for (const auto& [endpoint, count] : readings_.connections) {
      Add(connections, count, {{"endpoint", std::string(endpoint)}});
    }
    MetricFamily& refused = Begin(all, "penstock_http_refused_total",
                                  "HTTP connections and requests that were not served, by why.", MetricType::Counter);
    for (const auto& [why, count] : readings_.http_refused) Add(refused, count, {{"reason", std::string(why)}});
    One(all, "process_resident_memory_bytes", "Memory of the process that is in use.", MetricType::Gauge,
        readings_.resident_bytes);
  }

  const StatisticsReply& statistics_;
  const Readings& readings_;
  const std::string& version_;
};

}  // namespace

std::string MetricsText(const StatisticsReply& statistics, const Readings& readings, const std::string& version) {
  return prometheus::TextSerializer().Serialize(Collected(statistics, readings, version).Collect());
}

}  // namespace adapters::ops
