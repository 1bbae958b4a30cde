#include "adapters/ops/outbox.h"

#include <algorithm>

#include "hub/base/document.h"

namespace adapters::ops {
namespace {

namespace core = hub::core;

constexpr std::string_view kPrefix = "/_penstock/outbox/";

void AppendMember(std::string& out, std::string_view name, std::string_view value) {
  if (out.back() != '{') out.append(", ");
  hub::AppendJsonString(out, name);
  out.append(": ");
  hub::AppendJsonString(out, value);
}

// A topic's ARN, and one part more.
bool IsSubscriptionArn(std::string_view text) {
  return text.starts_with("arn:aws:sns:") && std::count(text.begin(), text.end(), ':') == 6 &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) { return c > 0x20 && c < 0x7f && c != '"'; });
}

void AppendMessage(std::string& out, const core::Delivery& delivery, const core::PushTarget& target,
                   const std::string& base_url, wire::sns::Envelopes& envelopes) {
  const bool is_confirmation = delivery.kind == core::DeliveryKind::kConfirmation;
  std::string body;
  if (is_confirmation) {
    envelopes.AppendConfirmation(body, delivery, target, base_url);
  } else {
    envelopes.AppendBody(body, delivery, base_url);
  }
  out.push_back('{');
  AppendMember(out, "Type", wire::sns::TypeOf(delivery));
  AppendMember(out, "MessageId", core::Format(is_confirmation ? delivery.id : delivery.notification));
  std::string timestamp;
  topics::AppendTimestamp(timestamp, delivery.sent);
  AppendMember(out, "Timestamp", timestamp);
  if (!delivery.subject.empty()) AppendMember(out, "Subject", delivery.subject);
  AppendMember(out, is_confirmation ? "Token" : "Message", delivery.body);
  AppendMember(out, "Body", body);
  out.push_back('}');
}

}  // namespace

bool IsOutboxPath(std::string_view path) { return path.starts_with(kPrefix); }

std::optional<core::PeekMessages> ReadOutboxRequest(const wire::http::Request& request) {
  const std::string_view arn = request.Path().substr(kPrefix.size());
  if (!IsSubscriptionArn(arn)) return std::nullopt;
  core::PeekMessages peek{.queue = std::string(arn), .max = core::kPeekMax};
  constexpr std::string_view kAfter = "?after=";
  const std::string_view query = std::string_view(request.target).substr(request.Path().size());
  if (query.starts_with(kAfter)) peek.after = query.substr(kAfter.size());
  return peek;
}

wire::http::Response WriteOutbox(const core::PeekReply& reply, const std::string& arn, const std::string& base_url,
                                 wire::sns::Envelopes& envelopes) {
  core::PushTarget target;
  target.arn = arn;
  target.topic_arn = arn.substr(0, arn.rfind(':'));
  std::string body = "{\"Messages\": [";
  for (const core::Peeked& peeked : reply.messages) {
    if (body.back() != '[') body.append(", ");
    AppendMessage(body, peeked.delivery, target, base_url, envelopes);
  }
  body.push_back(']');
  if (!reply.next.empty()) {
    body.append(", \"Next\": ");
    hub::AppendJsonString(body, reply.next);
  }
  return {.status = 200,
          .content_type = "application/json",
          .fields = "Cache-Control: no-store\r\n",
          .body = body.append("}\n")};
}

}  // namespace adapters::ops
