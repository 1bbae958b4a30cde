#include "adapters/ops/test_help.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <ctime>
#include <optional>
#include <variant>
#include <vector>

#include "adapters/ops/iso_duration.h"
#include "hub/base/document.h"
#include "hub/base/json.h"
#include "hub/base/names.h"

namespace adapters::ops {
namespace {

namespace core = hub::core;
using hub::Node;
using wire::http::Request;
using wire::http::Response;
using Read = tl::expected<core::TestCommand, Refusal>;

constexpr std::string_view kPrefix = "/_penstock/";
constexpr std::string_view kClock = "/_penstock/clock";
constexpr std::string_view kReset = "/_penstock/reset";
constexpr std::string_view kQueues = "/_penstock/queues/";
constexpr std::string_view kMisbehaviour = "/misbehaviour";

tl::unexpected<Refusal> Refuse(unsigned status, std::string text) {
  return tl::unexpected<Refusal>({status, std::move(text)});
}

tl::unexpected<Refusal> WrongMethod(std::string_view allowed) {
  return Refuse(405, "This path answers to " + std::string(allowed) + ".");
}

// The body as a map with no other keys than these.
tl::expected<Node, Refusal> ReadMap(const Request& request, const std::vector<std::string_view>& keys) {
  auto body = hub::ParseJson(request.body, "");
  if (!body || !body->IsMap()) return Refuse(400, "The body is a JSON object.");
  for (const hub::Member& member : body->members) {
    if (std::ranges::find(keys, member.key) != keys.end()) continue;
    std::string known;
    for (const std::string_view key : keys) known.append(known.empty() ? "" : ", ").append(key);
    return Refuse(400, "\"" + member.key + "\" is not known here. Known: " + known + ".");
  }
  return std::move(*body);
}

Read ReadClock(const Request& request) {
  if (request.method == "GET") return core::TestCommand{core::AdvanceClock{}};
  if (request.method != "POST") return WrongMethod("GET and POST");
  auto body = ReadMap(request, {"advance"});
  if (!body) return tl::unexpected(body.error());
  const Node* advance = body->Find("advance");
  std::optional<hub::Duration> by;
  if (advance && advance->kind == Node::Kind::kNumber) by = ParseSeconds(advance->text);
  if (advance && advance->IsString()) by = ParseIsoDuration(advance->text);
  if (!by)
    return Refuse(400, R"("advance" is a number of seconds, or a duration such as "PT5M"; hub time never goes back.)");
  return core::TestCommand{core::AdvanceClock{.by = *by}};
}

tl::expected<double, Refusal> ReadNumber(const Node& body, std::string_view key) {
  const Node* found = body.Find(key);
  if (!found) return 0.0;
  const auto number = found->Number();
  if (!number) return Refuse(400, "\"" + std::string(key) + "\" is a number.");
  return *number;
}

tl::expected<core::Misbehaviour, Refusal> ReadMisbehaviour(const Request& request, std::uint64_t seed) {
  const auto body = ReadMap(request, {"duplicates", "reorder", "latency_ms", "throttle", "errors_5xx", "seed"});
  if (!body) return tl::unexpected(body.error());
  core::Misbehaviour wanted{.seed = seed};
  double millis = 0;
  for (const auto& [key, number] :
       {std::pair{"duplicates", &wanted.duplicates}, std::pair{"throttle", &wanted.throttle},
        std::pair{"errors_5xx", &wanted.errors}, std::pair{"latency_ms", &millis}}) {
    const auto read = ReadNumber(*body, key);
    if (!read) return tl::unexpected(read.error());
    *number = *read;
  }
  if (!(millis >= 0 && millis <= 60'000)) return Refuse(400, "\"latency_ms\" is from 0 to 60000.");
  wanted.latency = std::chrono::duration_cast<hub::Duration>(std::chrono::duration<double, std::milli>(millis));
  if (const Node* reorder = body->Find("reorder")) {
    if (reorder->kind != Node::Kind::kBool) return Refuse(400, "\"reorder\" is true or false.");
    wanted.reorder = reorder->text == "true";
  }
  if (const Node* given = body->Find("seed")) {
    const char* const end = given->text.data() + given->text.size();
    const auto [at, error] = std::from_chars(given->text.data(), end, wanted.seed);
    if (given->kind != Node::Kind::kNumber || error != std::errc{} || at != end) {
      return Refuse(400, "\"seed\" is a whole number from 0 on.");
    }
  }
  return wanted;
}

// The ARN in "ACCOUNT/REGION/NAME"; "" when it is not that.
std::string QueueIn(std::string_view names) {
  std::array<std::string_view, 3> parts;
  for (std::string_view& part : parts) {
    const std::size_t slash = std::min(names.find('/'), names.size());
    part = names.substr(0, slash);
    names.remove_prefix(std::min(slash + 1, names.size()));
  }
  if (!names.empty() || !hub::IsAccountId(parts[0]) || parts[1].empty()) return "";
  if (!hub::IsResourceName(hub::Kind::kQueue, parts[2])) return "";
  return "arn:aws:sqs:" + std::string(parts[1]) + ":" + std::string(parts[0]) + ":" + std::string(parts[2]);
}

Read ReadQueue(const Request& request, std::string_view names, std::uint64_t seed) {
  std::string queue = QueueIn(names);
  if (queue.empty()) return Refuse(404, "Write /_penstock/queues/ACCOUNT/REGION/NAME/misbehaviour.");
  if (request.method == "GET") return core::TestCommand{core::DescribeMisbehaviour{std::move(queue)}};
  if (request.method == "DELETE") return core::TestCommand{core::SetMisbehaviour{std::move(queue), std::nullopt}};
  if (request.method != "PUT") return WrongMethod("GET, PUT and DELETE");
  auto wanted = ReadMisbehaviour(request, seed);
  if (!wanted) return tl::unexpected(wanted.error());
  return core::TestCommand{core::SetMisbehaviour{std::move(queue), *wanted}};
}

// "2026-11-27T12:00:00.250Z"
std::string Iso8601(hub::Instant instant) {
  const std::int64_t millis = hub::MillisOf(instant);
  const std::time_t seconds = millis / 1000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::array<char, 8> fraction{};
  std::snprintf(fraction.data(), fraction.size(), ".%03dZ", static_cast<int>(millis % 1000));
  return std::string(text.data(), size) + fraction.data();
}

std::string Text(double number) {
  std::array<char, 32> text{};
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), number);
  return {text.data(), end};
}

std::string BodyOf(const core::Misbehaviour& rules) {
  const double millis = std::chrono::duration<double, std::milli>(rules.latency).count();
  return "{\"duplicates\": " + Text(rules.duplicates) + ", \"reorder\": " + (rules.reorder ? "true" : "false") +
         ", \"latency_ms\": " + Text(millis) + ", \"throttle\": " + Text(rules.throttle) +
         ", \"errors_5xx\": " + Text(rules.errors) + ", \"seed\": " + std::to_string(rules.seed) + "}\n";
}

Response Json(unsigned status, std::string body) {
  return {.status = status, .content_type = "application/json", .fields = "", .body = std::move(body)};
}

}  // namespace

bool IsTestPath(std::string_view path) { return path.starts_with(kPrefix); }

Read ReadTestRequest(const Request& request, std::uint64_t seed) {
  const std::string_view path = request.Path();
  if (path == kClock) return ReadClock(request);
  if (path == kReset) {
    if (request.method != "POST") return WrongMethod("POST");
    return core::TestCommand{core::Reset{}};
  }
  if (path.starts_with(kQueues) && path.ends_with(kMisbehaviour)) {
    const std::size_t size = path.size() - kQueues.size();
    const std::string_view rest = path.substr(kQueues.size());
    if (size > kMisbehaviour.size()) return ReadQueue(request, rest.substr(0, size - kMisbehaviour.size()), seed);
  }
  return Refuse(404,
                "There are /_penstock/clock, /_penstock/reset, /_penstock/outbox/SUBSCRIPTION-ARN and "
                "/_penstock/queues/ACCOUNT/REGION/NAME/misbehaviour.");
}

Response WriteTestReply(const core::Reply& reply) {
  if (const auto* done = std::get_if<core::DoneReply>(&reply)) {
    std::string body = "{\"notes\": [";
    for (const std::string& note : done->notes) {
      if (body.back() != '[') body.append(", ");
      hub::AppendJsonString(body, note);
    }
    return Json(200, body.append("]}\n"));
  }
  const auto& test = std::get<core::TestReply>(reply);
  if (test.misbehaviour) return Json(200, BodyOf(*test.misbehaviour));
  const double seconds = std::chrono::duration<double>(test.advanced).count();
  return Json(200, "{\"now\": \"" + Iso8601(test.now) + "\", \"advanced_seconds\": " + Text(seconds) + "}\n");
}

Response WriteRefusal(const Refusal& refusal) {
  std::string body = "{\"error\": ";
  hub::AppendJsonString(body, refusal.text);
  return Json(refusal.status, body.append("}\n"));
}

}  // namespace adapters::ops
