#include "adapters/wire/sns/envelope.h"

#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <utility>

#include "hub/base/document.h"

namespace adapters::wire::sns {
namespace {

namespace core = hub::core;

constexpr std::size_t kSignaturesMax = 4096;

std::string Lines(std::initializer_list<std::pair<std::string_view, std::string_view>> lines) {
  std::string text;
  for (const auto& [name, value] : lines) {
    text.append(name).push_back('\n');
    text.append(value).push_back('\n');
  }
  return text;
}

std::string TimestampOf(hub::Instant instant) {
  std::string text;
  topics::AppendTimestamp(text, instant);
  return text;
}

// "http://localhost:4566/?Action=ConfirmSubscription&TopicArn=…&Token=…". ARNs need no escaping in a query.
std::string SubscribeUrl(const std::string& base_url, std::string_view topic_arn, std::string_view token) {
  return base_url + "/?Action=ConfirmSubscription&TopicArn=" + std::string(topic_arn) + "&Token=" + std::string(token);
}

std::string SubscriptionArnOf(const core::Delivery& delivery) {
  if (delivery.subscription == core::MessageId{}) return "";
  return std::string(delivery.envelope_topic) + ":" + core::Format(delivery.subscription);
}

void AppendMember(std::string& out, std::string_view name, std::string_view value) {
  if (out.back() != '{') out.push_back(',');
  hub::AppendJsonString(out, name);
  out.push_back(':');
  hub::AppendJsonString(out, value);
}

}  // namespace

std::string StringToSign(const core::Delivery& delivery, std::string_view topic_arn) {
  const std::string id = core::Format(delivery.notification);
  const std::string timestamp = TimestampOf(delivery.published);
  if (delivery.subject.empty()) {
    return Lines({{"Message", delivery.body},
                  {"MessageId", id},
                  {"Timestamp", timestamp},
                  {"TopicArn", topic_arn},
                  {"Type", "Notification"}});
  }
  return Lines({{"Message", delivery.body},
                {"MessageId", id},
                {"Subject", delivery.subject},
                {"Timestamp", timestamp},
                {"TopicArn", topic_arn},
                {"Type", "Notification"}});
}

std::string_view TypeOf(const core::Delivery& delivery) {
  switch (delivery.kind) {
    case core::DeliveryKind::kMessage: return "Notification";
    case core::DeliveryKind::kConfirmation: return "SubscriptionConfirmation";
    case core::DeliveryKind::kFarewell: return "UnsubscribeConfirmation";
  }
  return "";
}

std::string UnsubscribeUrl(const std::string& base_url, std::string_view subscription_arn) {
  return base_url + "/?Action=Unsubscribe&SubscriptionArn=" + std::string(subscription_arn);
}

Envelopes::Signed Envelopes::Sign(bool sha256, const std::string& text, const std::string& base_url) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  std::string key(reinterpret_cast<const char*>(digest.data()), digest.size());
  key.push_back(sha256 ? '2' : '1');
  auto path = signer_.CertificatePath();
  if (!path) return {};
  const std::string url = base_url + *path;
  if (const auto found = signatures_.find(key); found != signatures_.end()) return {found->second, url};
  auto signature = signer_.Sign(text, sha256);
  if (!signature) return {};
  if (signatures_.size() >= kSignaturesMax) signatures_.clear();
  return {signatures_[key] = *std::move(signature), url};
}

void Envelopes::AppendBody(std::string& out, const core::Delivery& delivery, const std::string& base_url) {
  if (delivery.envelope_topic.empty()) return core::AppendBody(out, delivery);
  core::EnvelopeLinks links;
  const std::string subscription = SubscriptionArnOf(delivery);
  const std::string unsubscribe = UnsubscribeUrl(base_url, subscription);
  if (!subscription.empty()) links.unsubscribe_url = unsubscribe;
  Signed made;
  if (delivery.notification_sequence == 0) {  // [aws 126] A FIFO topic's are not signed.
    made = Sign(delivery.signs_by_sha256, StringToSign(delivery, delivery.envelope_topic), base_url);
  }
  if (!made.text.empty()) {
    links.signature = {
        .version = delivery.signs_by_sha256 ? "2" : "1", .text = made.text, .certificate_url = made.certificate_url};
  }
  core::AppendBody(out, delivery, links);
}

// [aws 127] Lambda's own spelling of two of the names.
void Envelopes::AppendLambdaEvent(std::string& out, const core::Delivery& delivery, const core::PushTarget& target,
                                  const std::string& base_url) {
  const Signed made = Sign(target.signs_by_sha256, StringToSign(delivery, target.topic_arn), base_url);
  out.append(R"({"Records":[{"EventSource":"aws:sns","EventVersion":"1.0","EventSubscriptionArn":)");
  hub::AppendJsonString(out, target.arn);
  out.append(",\"Sns\":{");
  AppendMember(out, "Type", "Notification");
  AppendMember(out, "MessageId", core::Format(delivery.notification));
  AppendMember(out, "TopicArn", target.topic_arn);
  if (delivery.subject.empty()) {
    out.append(",\"Subject\":null");
  } else {
    AppendMember(out, "Subject", delivery.subject);
  }
  AppendMember(out, "Message", delivery.body);
  AppendMember(out, "Timestamp", TimestampOf(delivery.published));
  AppendMember(out, "SignatureVersion", target.signs_by_sha256 ? "2" : "1");
  AppendMember(out, "Signature", made.text);
  AppendMember(out, "SigningCertUrl", made.certificate_url);
  AppendMember(out, "UnsubscribeUrl", UnsubscribeUrl(base_url, target.arn));
  out.append(",\"MessageAttributes\":");
  topics::AppendAttributes(out, core::PublishedAttributesOf(delivery));
  out.append("}}]}");
}

void Envelopes::AppendConfirmation(std::string& out, const core::Delivery& delivery, const core::PushTarget& target,
                                   const std::string& base_url) {
  const bool ended = delivery.kind == core::DeliveryKind::kFarewell;
  const std::string id = core::Format(delivery.id);
  const std::string url = SubscribeUrl(base_url, target.topic_arn, delivery.body);
  const std::string message =
      ended ? "You have chosen to deactivate subscription " + target.arn + "."
            : "You have chosen to subscribe to the topic " + target.topic_arn +
                  ".\nTo confirm the subscription, visit the SubscribeURL included in this message.";
  const std::string_view type = TypeOf(delivery);
  const std::string text = Lines({{"Message", message},
                                  {"MessageId", id},
                                  {"SubscribeURL", url},
                                  {"Timestamp", TimestampOf(delivery.sent)},
                                  {"Token", delivery.body},
                                  {"TopicArn", target.topic_arn},
                                  {"Type", type}});
  const Signed made = Sign(target.signs_by_sha256, text, base_url);
  topics::Confirmation confirmation{.type = type,
                                    .message_id = id,
                                    .token = delivery.body,
                                    .topic_arn = target.topic_arn,
                                    .message = message,
                                    .subscribe_url = url,
                                    .timestamp = delivery.sent};
  if (!made.text.empty()) {
    confirmation.signature = {
        .version = target.signs_by_sha256 ? "2" : "1", .text = made.text, .certificate_url = made.certificate_url};
  }
  topics::AppendConfirmation(out, confirmation);
}

}  // namespace adapters::wire::sns
