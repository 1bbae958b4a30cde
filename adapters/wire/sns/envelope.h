// What SNS sends, signed: notifications, and what asks to confirm. [aws 125-131]
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "adapters/wire/sns/signer.h"
#include "hub/core/reply.h"

namespace adapters::wire::sns {

// Signs what an endpoint sends. Not thread-safe: each endpoint has its own, on its own thread.
class Envelopes {
 public:
  // `signer` outlives it.
  explicit Envelopes(Signer& signer) : signer_(signer) {}

  // The body of a delivery as its receiver sees it. `base_url` is how that reaches the HTTP endpoint:
  // "http://localhost:4566".
  void AppendBody(std::string& out, const hub::core::Delivery& delivery, const std::string& base_url);

  // The same as an event for a function. `subscription_arn` is of who gets it.
  void AppendLambdaEvent(std::string& out, const hub::core::Delivery& delivery, const hub::core::PushTarget& target,
                         const std::string& base_url);

  // What asks an endpoint to confirm, or tells it that its subscription has ended: the delivery's body is the token.
  void AppendConfirmation(std::string& out, const hub::core::Delivery& delivery, const hub::core::PushTarget& target,
                          const std::string& base_url);

 private:
  struct Signed {
    std::string text;  // "" when there is no key: then nothing is signed.
    std::string certificate_url;
  };
  Signed Sign(bool sha256, const std::string& text, const std::string& base_url);

  Signer& signer_;
  // By the digest of what was signed: a message is signed once, however many queues it is in.
  std::unordered_map<std::string, std::string> signatures_;
};

// What of a notification is signed, each name and value on a line of its own.
std::string StringToSign(const hub::core::Delivery& delivery, std::string_view topic_arn);

// "Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation"
std::string_view TypeOf(const hub::core::Delivery& delivery);

std::string UnsubscribeUrl(const std::string& base_url, std::string_view subscription_arn);

}  // namespace adapters::wire::sns
