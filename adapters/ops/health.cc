#include "adapters/ops/health.h"

#include "hub/base/document.h"

namespace adapters::ops {
namespace {

using wire::http::Response;

constexpr std::string_view kAll = "/health";
constexpr std::string_view kLive = "/health/live";
constexpr std::string_view kReady = "/health/ready";
constexpr std::string_view kLocalStack = "/_localstack/health";

// "" when it is ready.
std::string_view WhyNotReady(State state) {
  switch (state) {
    case State::kRecovering: return "recovering";
    case State::kReady: return "";
    case State::kNoSpace: return "no space";
    case State::kStopping: return "stopping";
  }
  return "";
}

// The words of LocalStack's clients for the state of a service.
std::string_view LocalStackState(State state) {
  switch (state) {
    case State::kRecovering: return "starting";
    case State::kReady: return "running";
    case State::kNoSpace: return "error";
    case State::kStopping: return "stopping";
  }
  return "";
}

std::string LocalStackBody(State state, const std::string& version) {
  const std::string word(LocalStackState(state));
  std::string body = R"({"services": {"sqs": ")" + word + R"(", "sns": ")" + word + R"("}, )";
  body.append(R"("edition": "penstock", "version": )");
  hub::AppendJsonString(body, version);
  return body.append("}");
}

std::string ReadyMembers(State state) {
  const std::string_view why = WhyNotReady(state);
  if (why.empty()) return "\"ready\": true";
  return "\"ready\": false, \"reason\": \"" + std::string(why) + "\"";
}

}  // namespace

bool IsHealthPath(std::string_view path) {
  return path == kAll || path == kLive || path == kReady || path == kLocalStack;
}

Response HealthAt(std::string_view path, State state, const std::string& version) {
  Response response{.content_type = "application/json", .fields = "Cache-Control: no-store\r\n", .body = ""};
  if (path == kLocalStack) {
    response.body = LocalStackBody(state, version);  // Its clients look at the body: the status is always 200.
    return response;
  }
  if (path == kLive) {
    response.body = "{\"live\": true}\n";
    return response;
  }
  if (state != State::kReady) response.status = 503;
  response.body =
      path == kReady ? "{" + ReadyMembers(state) + "}\n" : "{\"live\": true, " + ReadyMembers(state) + "}\n";
  return response;
}

}  // namespace adapters::ops
