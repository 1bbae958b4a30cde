#include "topics/delivery_policy.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <utility>
#include <vector>

#include "hub/base/assert.h"
#include "hub/base/json.h"

namespace topics {
namespace {

using hub::Duration;
using hub::Member;
using hub::Node;
using hub::Result;

// By Backoff.
constexpr std::string_view kBackoffs[] = {"linear", "arithmetic", "geometric", "exponential"};

std::int64_t Seconds(Duration duration) { return duration / std::chrono::seconds(1); }

tl::unexpected<hub::Error> Refuse(std::string why) {
  return hub::Fail(hub::Code::kInvalidArgument, "DeliveryPolicy: " + std::move(why), "DeliveryPolicy");
}

// --- Reading --------------------------------------------------------------------------------------------------------

// One map of the document. The first mistake is kept; what is wrong or not there leaves its default.
class Part {
 public:
  Part(const Node& node, std::string path, std::string& problem)
      : node_(node), path_(std::move(path)), problem_(problem) {
    if (!node_.IsMap()) Wrong("", "must be a JSON object");
  }

  // Null is as good as nothing.
  const Node* Take(std::string_view key) {
    taken_.push_back(key);
    const Node* value = node_.Find(key);
    return value == nullptr || value->kind == Node::Kind::kNull ? nullptr : value;
  }

  void Number(std::string_view key, std::int64_t low, std::int64_t high, std::uint32_t& out) {
    const Node* value = Take(key);
    if (value == nullptr) return;
    const char* end = value->text.data() + value->text.size();
    std::int64_t number = 0;
    const auto [rest, error] = std::from_chars(value->text.data(), end, number);
    const bool is_number = value->IsScalar() && error == std::errc{} && rest == end;
    if (!is_number || number < low || number > high) {
      const bool has_end = high < std::int64_t{UINT32_MAX};
      Wrong(key, has_end ? "must be a whole number from " + std::to_string(low) + " to " + std::to_string(high)
                         : "must be a whole number of at least " + std::to_string(low));
    } else {
      out = static_cast<std::uint32_t>(number);
    }
  }

  void Delay(std::string_view key, Duration& out) {
    auto seconds = static_cast<std::uint32_t>(Seconds(out));
    Number(key, Seconds(kRetryDelayMin), Seconds(kRetryDelayMax), seconds);
    out = std::chrono::seconds(seconds);
  }

  void Bool(std::string_view key, bool& out) {
    const Node* value = Take(key);
    if (value == nullptr) return;
    if (value->kind != Node::Kind::kBool && value->text != "true" && value->text != "false") {
      Wrong(key, "must be true or false");
    }
    out = value->text == "true";
  }

  void Word(std::string_view key, Backoff& out) {
    const Node* value = Take(key);
    if (value == nullptr) return;
    const auto* const found = std::find(std::begin(kBackoffs), std::end(kBackoffs), value->text);
    if (found == std::end(kBackoffs)) return Wrong(key, "must be arithmetic, exponential, geometric or linear");
    out = static_cast<Backoff>(found - std::begin(kBackoffs));
  }

  std::string PathOf(std::string_view key) const {
    if (path_.empty() || key.empty()) return path_ + std::string(key);
    return path_ + "." + std::string(key);
  }

  void Wrong(std::string_view key, std::string_view why) {
    if (!problem_.empty()) return;
    const std::string path = PathOf(key);
    problem_ = (path.empty() ? "the document" : path) + " " + std::string(why);
  }

  // Once all has been taken.
  void RefuseOthers() {
    for (const Member& member : node_.members) {
      if (std::find(taken_.begin(), taken_.end(), member.key) != taken_.end() || !problem_.empty()) continue;
      problem_ = "Unexpected JSON member: " + PathOf(member.key);
    }
  }

 private:
  const Node& node_;
  std::string path_;
  std::string& problem_;
  std::vector<std::string_view> taken_;
};

void ReadRetries(const Node& node, std::string path, std::string& problem, Retries& retries) {
  Part part(node, std::move(path), problem);
  part.Number("numRetries", 0, kRetriesMax, retries.count);
  part.Number("numNoDelayRetries", 0, UINT32_MAX, retries.immediate);
  part.Number("numMinDelayRetries", 0, UINT32_MAX, retries.before_backoff);
  part.Number("numMaxDelayRetries", 0, UINT32_MAX, retries.after_backoff);
  part.Delay("minDelayTarget", retries.min_delay);
  part.Delay("maxDelayTarget", retries.max_delay);
  part.Word("backoffFunction", retries.backoff);
  part.RefuseOthers();
  const std::uint64_t phases = std::uint64_t{retries.immediate} + retries.before_backoff + retries.after_backoff;
  if (phases > retries.count) {
    part.Wrong("numRetries",
               "must be at least the sum of numNoDelayRetries, numMinDelayRetries and numMaxDelayRetries");
  } else if (retries.max_delay < retries.min_delay) {
    part.Wrong("maxDelayTarget", "must be at least minDelayTarget");
  } else if (retries.Total() > kRetriesTotalMax) {
    part.Wrong("", "takes " + std::to_string(Seconds(retries.Total())) + " seconds in all; at most " +
                       std::to_string(Seconds(kRetriesTotalMax)) + " are allowed");
  }
}

bool IsContentType(std::string_view text) {
  return !text.empty() && text.size() <= kContentTypeBytesMax && text.find('/') != std::string_view::npos &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

// What topics and subscriptions have in common, under names that begin with `prefix` where it is not "".
class PolicyReader {
 public:
  PolicyReader(bool of_topic, DeliveryPolicy& policy) : of_topic_(of_topic), policy_(policy) {}

  void Read(const Node& node, const std::string& path) {
    Part part(node, path, problem);
    const std::string retries = Name("healthyRetryPolicy");
    const std::string throttle = Name("throttlePolicy");
    const std::string request = Name("requestPolicy");
    const std::string sickly = Name("sicklyRetryPolicy");
    if (const Node* found = part.Take(retries)) {
      policy_.retries = {};
      ReadRetries(*found, part.PathOf(retries), problem, policy_.retries);
    }
    if (const Node* found = part.Take(throttle)) ReadThrottle(*found, part.PathOf(throttle));
    if (const Node* found = part.Take(request)) ReadRequest(*found, part.PathOf(request));
    if (of_topic_) part.Bool("disableSubscriptionOverrides", policy_.overrides_disabled);
    part.Take(sickly);  // Long without a meaning in SNS, and often copied along.
    part.Take("guaranteed");
    part.RefuseOthers();
  }

  std::string problem;

 private:
  std::string Name(std::string_view name) const {
    if (!of_topic_) return std::string(name);
    return "default" + std::string(1, static_cast<char>(name[0] - 'a' + 'A')) + std::string(name.substr(1));
  }

  void ReadThrottle(const Node& node, std::string path) {
    Part part(node, std::move(path), problem);
    std::uint32_t receives = 0;
    part.Number("maxReceivesPerSecond", 1, UINT32_MAX, receives);
    part.RefuseOthers();
    if (receives > 0) policy_.receives_per_second_max = receives;
  }

  void ReadRequest(const Node& node, std::string path) {
    Part part(node, std::move(path), problem);
    if (const Node* type = part.Take("headerContentType")) {
      if (!type->IsString() || !IsContentType(type->text)) part.Wrong("headerContentType", "must be a content type");
      policy_.content_type = type->text;
    }
    part.RefuseOthers();
  }

  bool of_topic_;
  DeliveryPolicy& policy_;
};

// --- Writing --------------------------------------------------------------------------------------------------------

Member Entry(std::string key, Node value) {
  return {.key = std::move(key), .key_place = {}, .value = std::move(value)};
}

Node Scalar(Node::Kind kind, std::string text = "") {
  Node node;
  node.kind = kind;
  node.text = std::move(text);
  return node;
}

Node Number(std::int64_t number) { return Scalar(Node::Kind::kNumber, std::to_string(number)); }
Node Bool(bool value) { return Scalar(Node::Kind::kBool, value ? "true" : "false"); }

Node NodeOf(const Retries& retries) {
  return Node::Map({Entry("minDelayTarget", Number(Seconds(retries.min_delay))),
                    Entry("maxDelayTarget", Number(Seconds(retries.max_delay))),
                    Entry("numRetries", Number(retries.count)),
                    Entry("numMaxDelayRetries", Number(retries.after_backoff)),
                    Entry("numNoDelayRetries", Number(retries.immediate)),
                    Entry("numMinDelayRetries", Number(retries.before_backoff)),
                    Entry("backoffFunction", Node::String(kBackoffs[static_cast<std::size_t>(retries.backoff)]))});
}

void AddThrottle(const std::string& key, const DeliveryPolicy& policy, std::vector<Member>& members) {
  if (!policy.receives_per_second_max) return;
  members.push_back(Entry(key, Node::Map({Entry("maxReceivesPerSecond", Number(*policy.receives_per_second_max))})));
}

Node RequestOf(const DeliveryPolicy& policy) {
  return Node::Map({Entry("headerContentType", Node::String(policy.content_type))});
}

}  // namespace

// --- Delays ---------------------------------------------------------------------------------------------------------

Duration Retries::DelayBefore(std::uint32_t retry) const {
  HUB_ASSERT(retry >= 1 && retry <= count);
  if (retry <= immediate) return Duration::zero();
  if (retry <= immediate + before_backoff) return min_delay;
  if (retry > count - after_backoff) return max_delay;
  // From 0, at min_delay, to `last`, at max_delay.
  const double step = retry - immediate - before_backoff - 1;
  const double last = count - immediate - before_backoff - after_backoff - 1;
  if (last == 0) return min_delay;
  const double low = static_cast<double>(min_delay.count());
  const double high = static_cast<double>(max_delay.count());
  double delay = low;
  switch (backoff) {
    case Backoff::kLinear: delay += (high - low) * step / last; break;
    case Backoff::kArithmetic: delay += (high - low) * step * (step + 1) / (last * (last + 1)); break;
    case Backoff::kGeometric: delay *= std::pow(high / low, step / last); break;
    case Backoff::kExponential: delay += (high - low) * std::expm1(step * M_LN2) / std::expm1(last * M_LN2); break;
  }
  const auto millis = std::chrono::milliseconds(std::llround(delay / 1000));
  return std::clamp<Duration>(millis, min_delay, max_delay);
}

Duration Retries::Total() const {
  Duration total{};
  for (std::uint32_t retry = 1; retry <= count; ++retry) total += DelayBefore(retry);
  return total;
}

Retries RetriesInside() {
  return {.count = 100'015,
          .immediate = 3,
          .before_backoff = 2,
          .after_backoff = 100'000,
          .min_delay = std::chrono::seconds(1),
          .max_delay = std::chrono::seconds(20),
          .backoff = Backoff::kExponential};
}

// --- Policies -------------------------------------------------------------------------------------------------------

std::string DeliveryPolicy::TopicJson() const {
  std::vector<Member> http{Entry("defaultHealthyRetryPolicy", NodeOf(retries)),
                           Entry("disableSubscriptionOverrides", Bool(overrides_disabled))};
  AddThrottle("defaultThrottlePolicy", *this, http);
  http.push_back(Entry("defaultRequestPolicy", RequestOf(*this)));
  return ToJson(Node::Map({Entry("http", Node::Map(std::move(http)))}));
}

std::string DeliveryPolicy::SubscriptionJson() const {
  std::vector<Member> members{Entry("healthyRetryPolicy", NodeOf(retries)),
                              Entry("sicklyRetryPolicy", Scalar(Node::Kind::kNull))};
  if (!receives_per_second_max) members.push_back(Entry("throttlePolicy", Scalar(Node::Kind::kNull)));
  AddThrottle("throttlePolicy", *this, members);
  members.push_back(Entry("requestPolicy", RequestOf(*this)));
  members.push_back(Entry("guaranteed", Bool(false)));
  return ToJson(Node::Map(std::move(members)));
}

Result<DeliveryPolicy> ParseTopicDeliveryPolicy(std::string_view json) {
  const auto document = hub::ParseJson(json, "");
  if (!document) return Refuse(document.error().message);
  DeliveryPolicy policy;
  PolicyReader reader(/*of_topic=*/true, policy);
  Part part(*document, "", reader.problem);
  if (const Node* http = part.Take("http")) reader.Read(*http, "http");
  part.RefuseOthers();
  if (!reader.problem.empty()) return Refuse(std::move(reader.problem));
  return policy;
}

Result<DeliveryPolicy> ParseSubscriptionDeliveryPolicy(std::string_view json, const DeliveryPolicy& topic) {
  const auto document = hub::ParseJson(json, "");
  if (!document) return Refuse(document.error().message);
  DeliveryPolicy policy = topic;
  PolicyReader reader(/*of_topic=*/false, policy);
  reader.Read(*document, "");
  if (!reader.problem.empty()) return Refuse(std::move(reader.problem));
  return topic.overrides_disabled ? topic : policy;
}

std::string WholeTopicDeliveryPolicy(std::string_view json) {
  const auto document = hub::ParseJson(json, "");
  const Node* http = document ? document->Find("http") : nullptr;
  if (!http || !http->IsMap()) return std::string(json);
  std::vector<Member> members;
  for (const char* name : {"defaultHealthyRetryPolicy", "defaultSicklyRetryPolicy", "disableSubscriptionOverrides",
                           "defaultThrottlePolicy", "defaultRequestPolicy"}) {
    const Node* part = http->Find(name);
    if (part && part->kind != Node::Kind::kNull) {
      members.push_back(Entry(name, *part));
    } else if (std::string_view(name) == "disableSubscriptionOverrides") {
      members.push_back(Entry(name, Bool(false)));
    }
  }
  return ToJson(Node::Map({Entry("http", Node::Map(std::move(members)))}));
}

std::string WholeSubscriptionDeliveryPolicy(std::string_view json) {
  const auto document = hub::ParseJson(json, "");
  if (!document || !document->IsMap()) return std::string(json);
  std::vector<Member> members;
  for (const char* name : {"healthyRetryPolicy", "sicklyRetryPolicy", "throttlePolicy", "requestPolicy"}) {
    const Node* part = document->Find(name);
    members.push_back(Entry(name, part ? *part : Scalar(Node::Kind::kNull)));
  }
  const Node* guaranteed = document->Find("guaranteed");
  members.push_back(Entry("guaranteed", guaranteed ? *guaranteed : Bool(false)));
  return ToJson(Node::Map(std::move(members)));
}

}  // namespace topics
