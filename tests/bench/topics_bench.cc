// Routing one publish through many subscriptions.
//
// The world of the filtered ones: eight attributes with fifty values each; every subscription asks for one to three of
// them, most by exact values, some by a prefix, a range or an exclusion; every message carries three.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "hub/base/json.h"
#include "hub/base/random.h"
#include "topics/notification.h"
#include "topics/topic.h"

namespace topics {
namespace {

constexpr std::size_t kNames = 8;
constexpr std::size_t kValues = 50;
constexpr std::size_t kMessages = 256;  // A different one each time, so that nothing is learnt by heart.

std::string NameOfAttribute(std::size_t i) { return "attribute" + std::to_string(i); }
std::string ValueOfAttribute(std::size_t i) { return "value" + std::to_string(i); }

std::string Pattern(hub::Random& random) {
  const std::string value = ValueOfAttribute(random.Below(kValues));
  switch (random.Below(20)) {
    case 0: return R"({"prefix":")" + value + "\"}";
    case 1: return R"({"anything-but":")" + value + "\"}";
    default: return '"' + value + '"';
  }
}

std::string Policy(hub::Random& random) {
  const std::size_t first = random.Below(kNames);
  const std::size_t keys = 1 + random.Below(3);
  std::string text = "{";
  for (std::size_t i = 0; i < keys; ++i) {
    text += (i > 0 ? ",\"" : "\"") + NameOfAttribute((first + i) % kNames) + "\":[" + Pattern(random) + "]";
  }
  return text + "}";
}

void Fill(Topic& topic, std::int64_t subscriptions, FilterScope scope, hub::Random& random) {
  for (std::int64_t id = 0; id < subscriptions; ++id) {
    const auto policy = hub::ParseJson(Policy(random), "");
    const auto filter = ParseFilterPolicy(*policy, scope);
    topic.Subscribe({.id = static_cast<SubscriptionId>(id), .raw = true, .filter = *filter, .scope = scope, .arn = {}});
  }
}

struct Text {
  std::string names[3];
  std::string values[3];
  std::string body = "{";
};

std::vector<Text> Texts(hub::Random& random) {
  std::vector<Text> texts(kMessages);
  for (Text& text : texts) {
    const std::size_t first = random.Below(kNames);
    for (std::size_t i = 0; i < 3; ++i) {
      text.names[i] = NameOfAttribute((first + i) % kNames);
      text.values[i] = ValueOfAttribute(random.Below(kValues));
      text.body += (i > 0 ? ",\"" : "\"") + text.names[i] + "\":\"" + text.values[i] + "\"";
    }
    text.body += "}";
  }
  return texts;
}

std::vector<hub::Message> Messages(const std::vector<Text>& texts) {
  std::vector<hub::Message> messages;
  for (const Text& text : texts) {
    hub::Message message{.body = text.body, .attributes = {}};
    for (std::size_t i = 0; i < 3; ++i) message.attributes.push_back({text.names[i], "String", text.values[i]});
    messages.push_back(std::move(message));
  }
  return messages;
}

void RouteAll(benchmark::State& state, Topic& topic, const std::vector<hub::Message>& messages) {
  std::vector<const Subscription*> reached;
  for (const hub::Message& message : messages) {
    reached.clear();
    topic.Route(message, reached);
  }
  std::size_t next = 0;
  std::size_t total = 0;
  for (auto _ : state) {
    reached.clear();
    topic.Route(messages[next++ % kMessages], reached);
    benchmark::DoNotOptimize(reached.data());
    total += reached.size();
  }
  state.counters["reached"] = benchmark::Counter(static_cast<double>(total), benchmark::Counter::kAvgIterations);
}

void RouteFiltered(benchmark::State& state, FilterScope scope) {
  hub::Random random(1);
  Topic topic;
  Fill(topic, state.range(0), scope, random);
  const std::vector<Text> texts = Texts(random);
  RouteAll(state, topic, Messages(texts));
}

void RouteByAttributes(benchmark::State& state) { RouteFiltered(state, FilterScope::kMessageAttributes); }
BENCHMARK(RouteByAttributes)->Arg(200)->Arg(10'000)->Arg(100'000);

void RouteByBody(benchmark::State& state) { RouteFiltered(state, FilterScope::kMessageBody); }
BENCHMARK(RouteByBody)->Arg(200)->Arg(10'000)->Arg(100'000);

void RouteWithoutFilters(benchmark::State& state) {
  Topic topic;
  for (std::int64_t id = 0; id < state.range(0); ++id) {
    topic.Subscribe({.id = static_cast<SubscriptionId>(id),
                     .raw = true,
                     .filter = {},
                     .scope = FilterScope::kMessageAttributes,
                     .arn = {}});
  }
  hub::Random random(1);
  const std::vector<Text> texts = Texts(random);
  RouteAll(state, topic, Messages(texts));
}
BENCHMARK(RouteWithoutFilters)->Arg(1)->Arg(10)->Arg(200);

// Loading them all, parsing included; and the first message after it.
void SubscribeMany(benchmark::State& state) {
  for (auto _ : state) {
    hub::Random random(1);
    Topic topic;
    Fill(topic, state.range(0), FilterScope::kMessageAttributes, random);
    benchmark::DoNotOptimize(topic.Size());
  }
}
BENCHMARK(SubscribeMany)->Arg(1'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

void Envelope(benchmark::State& state) {
  const std::string body(static_cast<std::size_t>(state.range(0)), 'x');
  const std::vector<hub::Attribute> attributes = {{"store", "String", "eu"}, {"price", "Number", "10"}};
  std::string out;
  for (auto _ : state) {
    out.clear();
    AppendEnvelope(out, {.message_id = "5f2b3c4d-0000-4000-8000-000000000001",
                         .sequence_number = {},
                         .topic_arn = "arn:aws:sns:eu-central-1:111111111111:orders",
                         .subject = {},
                         .message = body,
                         .timestamp = hub::InstantOf(1'772'366'400'123'456),
                         .signature = {},
                         .unsubscribe_url = {},
                         .attributes = attributes});
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(Envelope)->Arg(100)->Arg(1024);

}  // namespace
}  // namespace topics
