#include "adapters/push/request.h"

#include "topics/notification.h"

namespace adapters::push {
namespace {

namespace core = hub::core;
using hub::Code;
using hub::Fail;

bool IsNotification(const core::Delivery& delivery) { return delivery.kind == core::DeliveryKind::kMessage; }

std::string Field(std::string_view name, std::string_view value) {
  return std::string(name) + ": " + std::string(value) + "\r\n";
}

std::string CredentialsField(const wire::http::Url& url) {
  if (url.user.empty()) return "";
  std::string encoded;
  topics::AppendBase64(encoded, wire::http::PercentDecoded(url.user));
  return Field("Authorization", "Basic " + encoded);
}

std::string FieldsFor(const core::PushTarget& target, const core::Delivery& delivery) {
  const bool is_notification = IsNotification(delivery);
  std::string fields =
      Field("x-amz-sns-message-type", wire::sns::TypeOf(delivery)) +
      Field("x-amz-sns-message-id", core::Format(is_notification ? delivery.notification : delivery.id)) +
      Field("x-amz-sns-topic-arn", target.topic_arn) + Field("Content-Type", target.policy.content_type) +
      Field("User-Agent", "Amazon Simple Notification Service Agent") + Field("Accept-Encoding", "gzip,deflate");
  if (delivery.kind != core::DeliveryKind::kConfirmation) fields += Field("x-amz-sns-subscription-arn", target.arn);
  if (is_notification && delivery.envelope_topic.empty()) fields += Field("x-amz-sns-rawdelivery", "true");
  return fields;
}

// "arn:aws:lambda:eu-west-1:000000000000:function:thumbnails" -> "thumbnails"
std::string FunctionOf(std::string_view arn) {
  constexpr std::string_view kBefore = ":function:";
  return std::string(arn.substr(arn.find(kBefore) + kBefore.size()));
}

hub::Result<wire::http::Client::Request> RequestForFunction(const core::PushTarget& target,
                                                            const core::Delivery& delivery, const std::string& base_url,
                                                            const FunctionUrl& function_url,
                                                            wire::sns::Envelopes& envelopes) {
  constexpr std::string_view kName = "{function}";
  std::string text = function_url;
  if (text.empty()) return Fail(Code::kInvalidArgument, "No function_url is configured: nobody can be invoked.");
  if (const std::size_t at = text.find(kName); at != std::string::npos) {
    text.replace(at, kName.size(), FunctionOf(target.endpoint));
  }
  auto url = wire::http::ParseUrl(text);
  if (!url) return Fail(Code::kInvalidArgument, "\"" + text + "\" is no URL to invoke a function by.");
  wire::http::Client::Request request{.url = *std::move(url), .fields = {}, .body = {}};
  request.is_trusted = true;  // Whoever configured it knows where it leads.
  request.fields = Field("Content-Type", "application/json") + Field("X-Amz-Invocation-Type", "Event") +
                   Field("User-Agent", "Amazon Simple Notification Service Agent") + CredentialsField(request.url);
  envelopes.AppendLambdaEvent(request.body, delivery, target, base_url);
  return request;
}

}  // namespace

hub::Result<wire::http::Client::Request> RequestFor(const core::PushTarget& target, const core::Delivery& delivery,
                                                    const std::string& base_url, const FunctionUrl& function_url,
                                                    wire::sns::Envelopes& envelopes) {
  if (target.protocol == core::Protocol::kLambda) {
    return RequestForFunction(target, delivery, base_url, function_url, envelopes);
  }
  auto url = wire::http::ParseUrl(target.endpoint);
  if (!url) return Fail(Code::kInvalidArgument, "\"" + target.endpoint + "\" is not a URL.");
  wire::http::Client::Request request{.url = *std::move(url), .fields = {}, .body = {}};
  request.fields = FieldsFor(target, delivery) + CredentialsField(request.url);
  if (IsNotification(delivery)) {
    envelopes.AppendBody(request.body, delivery, base_url);
  } else {
    envelopes.AppendConfirmation(request.body, delivery, target, base_url);
  }
  return request;
}

}  // namespace adapters::push
