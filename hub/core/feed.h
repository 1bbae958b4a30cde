// What a turn gives to the live feed: messages as they were published, for whoever listens at that moment. Nothing of
// it is stored. It leaves after the turn is durable and after the turn's answers.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/time.h"
#include "hub/core/reply.h"

namespace hub::core {

// What a message is addressed by on the feed: what its subscribers wrote, NUL, and the account that owns the topic. No
// key is the beginning of another, so that "orders" gets nothing of "orders-eu", and neither of a namesake elsewhere.
std::string FeedKey(std::string_view written, std::string_view account);

struct FeedMessage {
  std::shared_ptr<const std::vector<std::string>> keys;  // Of everybody who follows the topic: once each.
  std::string topic;                                     // ARN.
  MessageId id;
  Instant sent{};
  std::string body;
  std::string encoded_attributes;  // See AttributesOf. Empty: none.
  std::string sender;              // Principal ARN.
  std::string subject;             // "" for none.
  std::string group;               // Its message group, or "".
  std::uint64_t sequence = 0;      // Of a FIFO topic.

  std::size_t bytes() const { return body.size() + encoded_attributes.size() + sizeof(FeedMessage); }
};

std::vector<Attribute> AttributesOf(const FeedMessage& message);

struct FeedTurn {
  std::vector<Ticket> ended;  // Of Follow: may not follow any longer. They come before the messages.
  std::vector<FeedMessage> messages;

  bool empty() const { return ended.empty() && messages.empty(); }
};

}  // namespace hub::core
