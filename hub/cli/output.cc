#include "hub/cli/output.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cinttypes>
#include <cstdio>
#include <ctime>

#include "adapters/yaml/section.h"
#include "hub/base/duration.h"
#include "hub/base/json.h"
#include "hub/base/names.h"
#include "hub/cli/input.h"

namespace hub::cli {
namespace {

constexpr std::size_t kNameWidth = 32;  // The longest name of an attribute, and some room.

Node Number(std::string text) {
  Node node;
  node.kind = Node::Kind::kNumber;
  node.text = std::move(text);
  return node;
}

// Lays rows out in columns; the first row is the heading. Numbers are as easily compared on the left.
template <std::size_t N>
std::string Table(const std::vector<std::array<std::string, N>>& rows) {
  std::array<std::size_t, N> widths{};
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < N; ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string out;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < N; ++i) {
      out += row[i];
      if (i + 1 < N) out.append(widths[i] - row[i].size() + 2, ' ');
    }
    out += '\n';
  }
  if (!out.empty()) out.pop_back();
  return out;
}

constexpr std::size_t kCounts = 6;

constexpr std::array<const char*, kCounts> kCountsHeading = {"STATE",  "DELIVERED", "FILTERED",
                                                             "DENIED", "FAILED",    "DEAD-LETTERED"};

std::string_view StateOf(const core::SubscriptionDescription& subscription) {
  if (IsPattern(subscription.topic_arn)) return "pattern";
  return subscription.is_pending ? "pending" : "confirmed";
}

// A row of `names`, then the state and counts of a subscription, or their headings.
template <std::size_t N>
std::array<std::string, N + kCounts> CountsRow(const std::array<std::string, N>& names,
                                               const core::SubscriptionDescription* subscription) {
  std::array<std::string, N + kCounts> row;
  std::copy(names.begin(), names.end(), row.begin());
  std::copy(kCountsHeading.begin(), kCountsHeading.end(), row.begin() + N);
  if (subscription == nullptr) return row;
  row[N] = StateOf(*subscription);
  const std::uint64_t counts[] = {subscription->delivered, subscription->filtered, subscription->denied,
                                  subscription->failed, subscription->dead_lettered};
  for (std::size_t i = 0; i < std::size(counts); ++i) row[N + 1 + i] = std::to_string(counts[i]);
  return row;
}

std::string Line(std::string_view name, std::string_view value) {
  std::string out = "  ";
  out += name;
  out.append(name.size() < kNameWidth ? kNameWidth - name.size() : 1, ' ');
  out += value;
  return out + "\n";
}

std::string Line(std::string_view name, std::uint64_t value) { return Line(name, std::to_string(value)); }

std::string Lines(const core::Attributes& attributes) {
  std::string out;
  for (const auto& [name, value] : attributes) out += Line(name, value);
  return out;
}

// An attribute of a queue with what its number means, documents over several lines.
std::string LineOfQueue(const std::string& name, const std::string& value) {
  if (value.starts_with('{')) {
    const auto document = ParseJson(value, "");
    if (!document) return Line(name, value);
    std::string text = ToPrettyJson(*document);
    for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 5) text.insert(at + 1, "    ");
    return "  " + name + "\n    " + text + "\n";
  }
  std::uint64_t number = 0;
  const auto [rest, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc{} || rest != value.data() + value.size()) return Line(name, value);
  if (name == "MaximumMessageSize") return Line(name, value + " (" + adapters::yaml::FormatSize(number) + ")");
  constexpr std::uint64_t kSecondsMax = 100'000'000;  // No attribute goes near it.
  if (number > kSecondsMax) return Line(name, value);
  return Line(name, value + " (" + Format(std::chrono::seconds(static_cast<std::int64_t>(number))) + ")");
}

std::string TagLines(const Tags& tags) {
  std::string out;
  for (const auto& [key, value] : tags) out += Line("tag", key + "=" + value);
  return out;
}

std::string Seconds(Duration duration) {
  return Format(std::chrono::duration_cast<Duration>(std::chrono::floor<std::chrono::seconds>(duration)));
}

}  // namespace

Object& Object::Add(std::string_view key, Node value) {
  node.members.push_back({.key = std::string(key), .key_place = {}, .value = std::move(value)});
  return *this;
}

Object& Object::Add(std::string_view key, std::uint64_t number) { return Add(key, Number(std::to_string(number))); }

Object& Object::Add(std::string_view key, const std::vector<std::uint64_t>& numbers) {
  std::vector<Node> items;
  items.reserve(numbers.size());
  for (const std::uint64_t number : numbers) items.push_back(Number(std::to_string(number)));
  return Add(key, Node::List(std::move(items)));
}

Object& Object::Add(std::string_view key, double number) {
  char text[64];
  std::snprintf(text, sizeof text, "%.3f", number);
  return Add(key, Number(text));
}

std::string Iso8601(Instant instant) {
  const std::int64_t millis = MillisOf(instant);
  const auto seconds = static_cast<time_t>(millis / 1000);
  tm parts{};
  gmtime_r(&seconds, &parts);
  char date[32];
  std::strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &parts);
  char whole[64];
  std::snprintf(whole, sizeof whole, "%s.%03dZ", date, static_cast<int>(millis % 1000));
  return whole;
}

// Of attributes, too.
Node ToNode(const Tags& tags) {
  Object object;
  for (const auto& [name, value] : tags) object.Add(name, value);
  return std::move(object.node);
}

namespace {

Node ToNode(const std::vector<Attribute>& attributes) {
  Object object;
  for (const Attribute& a : attributes) {
    const bool binary = a.type.starts_with("Binary");
    Object value;
    value.Add("type", a.type).Add("value", binary ? ToBase64(a.value) : std::string(a.value));
    object.Add(a.name, std::move(value.node));
  }
  return std::move(object.node);
}

}  // namespace

Node ToNode(const adapters::client::Followed& message) {
  const adapters::wire::native::FeedAbout& about = message.about;
  Object object;
  object.Add("id", core::Format(about.id))
      .Add("topic", about.topic)
      .Add("body", message.body)
      .Add("attributes", ToNode(about.attributes))
      .Add("sent", Iso8601(about.sent))
      .Add("sender", about.sender);
  if (!about.subject.empty()) object.Add("subject", about.subject);
  if (!about.group.empty()) object.Add("group", about.group);
  if (about.sequence > 0) object.Add("sequence", about.sequence);
  return std::move(object.node);
}

Node ToNode(const adapters::client::Received& message) {
  Object object;
  object.Add("id", core::Format(message.id))
      .Add("body", message.body)
      .Add("attributes", ToNode(message.attributes))
      .Add("sent", Iso8601(message.sent))
      .Add("first_received", Iso8601(message.first_received))
      .Add("receive_count", std::uint64_t{message.receive_count})
      .Add("sender", message.sender);
  if (!message.subject.empty()) object.Add("subject", message.subject);
  if (!message.dead_letter_source.empty()) object.Add("dead_letter_source", message.dead_letter_source);
  if (!message.group.empty()) object.Add("group", message.group);
  if (!message.deduplication.empty()) object.Add("deduplication", message.deduplication);
  if (message.sequence > 0) object.Add("sequence", message.sequence);
  object.Add("handle", ToBase64(message.handle));
  return std::move(object.node);
}

Node ToNode(const adapters::wire::native::LookedAt& seen) {
  Object object{.node = ToNode(seen.message)};
  object.node.members.pop_back();  // The handle: there is none.
  object.Add("state", core::NameOf(seen.state));
  if (seen.state != core::MessageState::kVisible) object.Add("until", Iso8601(seen.until));
  return std::move(object.node);
}

Node ToNode(const core::QueueDescription& queue) {
  Object object;
  object.Add("arn", queue.arn)
      .Add("account", queue.account)
      .Add("name", queue.name)
      .Add("attributes", ToNode(queue.attributes))
      .Add("tags", ToNode(queue.tags))
      .Add("visible", queue.visible)
      .Add("in_flight", queue.in_flight)
      .Add("delayed", queue.delayed)
      .Add("noisy_groups", queue.noisy_groups)
      .Add("oldest_age_seconds", std::chrono::duration<double>(queue.oldest_age).count())
      .Add("declared_at", queue.declared_at)
      .Add("sent", queue.sent)
      .Add("received", queue.received)
      .Add("deleted", queue.deleted)
      .Add("expired", queue.expired)
      .Add("dead_lettered", queue.dead_lettered);
  return std::move(object.node);
}

Node ToNode(const core::TopicDescription& topic) {
  std::vector<Node> subscriptions;
  for (const core::SubscriptionDescription& s : topic.subscriptions) subscriptions.push_back(ToNode(s));
  Object object;
  object.Add("arn", topic.arn)
      .Add("account", topic.account)
      .Add("name", topic.name)
      .Add("attributes", ToNode(topic.attributes))
      .Add("tags", ToNode(topic.tags))
      .Add("declared_at", topic.declared_at)
      .Add("published", topic.published)
      .Add("subscriptions", Node::List(std::move(subscriptions)));
  return std::move(object.node);
}

Node ToNode(const core::SubscriptionDescription& subscription) {
  Object object;
  object.Add("arn", subscription.arn)
      .Add("topic", subscription.topic_arn)
      .Add("queue", subscription.endpoint)
      .Add("owner", subscription.owner)
      .Add("principal", subscription.principal)
      .Add("pattern", subscription.pattern)
      .Add("state", Node::String(StateOf(subscription)))
      .Add("attributes", ToNode(subscription.attributes))
      .Add("declared_at", subscription.declared_at)
      .Add("delivered", subscription.delivered)
      .Add("filtered", subscription.filtered)
      .Add("denied", subscription.denied)
      .Add("failed", subscription.failed)
      .Add("dead_lettered", subscription.dead_lettered)
      .Add("last_denial", subscription.last_denial);
  return std::move(object.node);
}

Node ToNode(const core::HubReply& hub) {
  Object object;
  object.Add("uptime_seconds", std::chrono::duration<double>(hub.uptime).count())
      .Add("boot", hub.boot)
      .Add("turns", hub.turns)
      .Add("flushes", hub.flushes)
      .Add("durability", hub.durability)
      .Add("queues", hub.queues)
      .Add("topics", hub.topics);
  return std::move(object.node);
}

Node ToNode(const core::MoveTaskDescription& task) {
  Object object;
  object.Add("status", core::NameOf(task.status))
      .Add("source", task.source)
      .Add("started", Iso8601(task.started))
      .Add("to_move", task.to_move)
      .Add("moved", task.moved);
  if (!task.handle.empty()) object.Add("handle", task.handle);
  if (!task.destination.empty()) object.Add("destination", task.destination);
  if (task.rate > 0) object.Add("rate", task.rate);
  if (!task.reason.empty()) object.Add("failure", core::NameOf(task.failure)).Add("reason", task.reason);
  return std::move(object.node);
}

Node ToNode(const std::vector<core::EntryFailure>& failures) {
  std::vector<Node> items;
  for (const core::EntryFailure& failure : failures) {
    Object object;
    object.Add("index", std::uint64_t{failure.index})
        .Add("code", NameOf(failure.error.code))
        .Add("message", failure.error.message);
    items.push_back(std::move(object.node));
  }
  return Node::List(std::move(items));
}

std::string ToText(const core::QueueDescription& queue) {
  std::string out = queue.arn + "\n";
  if (!queue.declared_at.empty()) out += Line("declared at", queue.declared_at);
  out += Line("visible", queue.visible) + Line("in flight", queue.in_flight) + Line("delayed", queue.delayed);
  if (queue.noisy_groups > 0) out += Line("noisy groups", queue.noisy_groups);
  out += Line("oldest message", Seconds(queue.oldest_age) + " old");
  out +=
      Line("since the start", std::to_string(queue.sent) + " sent, " + std::to_string(queue.received) + " received, " +
                                  std::to_string(queue.deleted) + " deleted, " + std::to_string(queue.expired) +
                                  " expired, " + std::to_string(queue.dead_lettered) + " to the dead-letter queue");
  for (const auto& [name, value] : queue.attributes) out += LineOfQueue(name, value);
  out += TagLines(queue.tags);
  out.pop_back();
  return out;
}

std::string ToText(const core::TopicDescription& topic) {
  std::string out = topic.arn + "\n";
  if (!topic.declared_at.empty()) out += Line("declared at", topic.declared_at);
  out += Line("published", topic.published) + Lines(topic.attributes) + TagLines(topic.tags);
  std::vector<std::array<std::string, 1 + kCounts>> rows = {CountsRow<1>({"QUEUE"}, nullptr)};
  for (const core::SubscriptionDescription& s : topic.subscriptions) rows.push_back(CountsRow<1>({s.endpoint}, &s));
  if (!topic.subscriptions.empty()) out += "\nsubscriptions, since the start\n" + Table(rows) + "\n\n";
  for (const core::SubscriptionDescription& s : topic.subscriptions) {
    out += "  -> " + s.endpoint + "\n" + "  " + Line("subscription", s.arn);
    if (!s.pattern.empty()) out += "  " + Line("by the pattern", s.pattern);
    if (!s.declared_at.empty()) out += "  " + Line("declared at", s.declared_at);
    out += "  " + Line("owner", s.owner + (s.principal.empty() ? "" : ", by " + s.principal));
    if (!s.last_denial.empty()) out += "  " + Line("last denial", s.last_denial);
    for (const auto& [name, value] : s.attributes) out += "  " + Line(name, value);
  }
  out.pop_back();
  return out;
}

std::string ToText(const core::HubReply& hub) {
  std::string out = "hub\n";
  out += Line("up for", Seconds(hub.uptime)) + Line("durability", hub.durability);
  out += Line("queues", hub.queues) + Line("topics", hub.topics);
  out += Line("turns", hub.turns) + Line("flushes", hub.flushes) + Line("boot", hub.boot);
  out.pop_back();
  return out;
}

std::string ToText(const Tags& tags) {
  std::string out;
  for (const auto& [key, value] : tags) out += (out.empty() ? "" : "\n") + key + "=" + value;
  return out;
}

std::string ToTable(const std::vector<core::MoveTaskDescription>& tasks) {
  std::vector<std::array<std::string, 6>> rows = {{"STARTED", "STATUS", "MOVED", "OF ABOUT", "TO", "REASON"}};
  for (const core::MoveTaskDescription& t : tasks) {
    rows.push_back({Iso8601(t.started), std::string(core::NameOf(t.status)), std::to_string(t.moved),
                    std::to_string(t.to_move), t.destination.empty() ? "where each came from" : t.destination,
                    t.reason});
  }
  return Table(rows);
}

std::string ToTable(const std::vector<core::QueueDescription>& queues) {
  std::vector<std::array<std::string, 5>> rows = {{"QUEUE", "VISIBLE", "IN FLIGHT", "DELAYED", "OLDEST"}};
  for (const core::QueueDescription& q : queues) {
    rows.push_back({q.arn, std::to_string(q.visible), std::to_string(q.in_flight), std::to_string(q.delayed),
                    Seconds(q.oldest_age)});
  }
  return Table(rows);
}

std::string ToTable(const std::vector<core::TopicDescription>& topics) {
  std::vector<std::array<std::string, 3>> rows = {{"TOPIC", "PUBLISHED", "SUBSCRIPTIONS"}};
  for (const core::TopicDescription& t : topics) {
    rows.push_back({t.arn, std::to_string(t.published), std::to_string(t.subscriptions.size())});
  }
  return Table(rows);
}

std::string ToTable(const std::vector<core::SubscriptionDescription>& subscriptions) {
  std::vector<std::array<std::string, 2 + kCounts>> rows = {CountsRow<2>({"TOPIC", "QUEUE"}, nullptr)};
  for (const core::SubscriptionDescription& s : subscriptions) {
    rows.push_back(CountsRow<2>({s.topic_arn, s.endpoint}, &s));
  }
  return Table(rows);
}

void Print(std::string_view line) {
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fputc('\n', stdout);
}

void Print(const Node& node) { Print(ToJson(node)); }

}  // namespace hub::cli
