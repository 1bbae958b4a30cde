// What a message of the live feed says about itself, there and back.
#include "adapters/wire/native/feed.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "hub/base/random.h"
#include "queues/chunk.h"
#include "tests/wire/value.h"

namespace tests::wire {
namespace {

using adapters::wire::native::Buffer;
using adapters::wire::native::DecodeFeed;
using adapters::wire::native::EncodeFeed;
using adapters::wire::native::FeedAbout;
using adapters::wire::native::ViewOf;

hub::core::FeedMessage Sample() {
  hub::core::FeedMessage message;
  message.topic = "arn:aws:sns:us-east-1:111111111111:events";
  message.id.bytes.fill(7);
  message.sent = hub::InstantOf(1'700'000'000'123'000);
  queues::EncodeAttributes(message.encoded_attributes, {{"region", "String", "eu"}, {"key", "Binary", "\x01\x02"}});
  message.sender = "arn:aws:iam::111111111111:user/checkout";
  message.subject = "news";
  message.group = "customer-7";
  message.sequence = 5;
  return message;
}

TEST(FeedWireTest, WhatIsEncodedIsDecoded) {
  const hub::core::FeedMessage message = Sample();
  const Buffer frame = EncodeFeed(message);
  const auto about = DecodeFeed(ViewOf(frame));
  ASSERT_TRUE(about);
  EXPECT_EQ(about->id, message.id);
  EXPECT_EQ(about->topic, message.topic);
  EXPECT_EQ(about->sent, message.sent);
  EXPECT_EQ(about->attributes, queues::DecodeAttributes(message.encoded_attributes));
  EXPECT_EQ(about->sender, message.sender);
  EXPECT_EQ(about->subject, message.subject);
  EXPECT_EQ(about->group, message.group);
  EXPECT_EQ(about->sequence, message.sequence);
}

TEST(FeedWireTest, TheFormIsTheDocumentedOne) {
  hub::core::FeedMessage message;
  message.id.bytes.fill('i');
  message.topic = "arn";
  message.sender = "me";
  message.sent = hub::InstantOf(1000);
  EXPECT_EQ(ToText(Unpack(std::string(ViewOf(EncodeFeed(message))))),
            "[1, b\"iiiiiiiiiiiiiiii\", \"arn\", 1, nil, \"me\", nil, nil, nil]");
}

// clang-format off
TEST(FeedWireTest, WhatIsNotOfTheFeedIsRefused) {
  const struct {
    const char* why;
    std::string text;
    bool accepted;
  } cases[] = {
      {"whole",              R"([1, b"0123456789abcdef", "t", 1, nil, "s", nil, nil, nil])",          true},
      {"of a later hub",     R"([1, b"0123456789abcdef", "t", 1, nil, "s", nil, nil, nil, "new"])",   true},
      {"another version",    R"([2, b"0123456789abcdef", "t", 1, nil, "s", nil, nil, nil])",          false},
      {"too short",          R"([1, b"0123456789abcdef", "t", 1, nil, "s", nil, nil])",               false},
      {"a short id",         R"([1, b"0123456789", "t", 1, nil, "s", nil, nil, nil])",                false},
      {"a time beyond time", R"([1, b"0123456789abcdef", "t", 18446744073709551615, nil, "s", nil, nil, nil])", false},
      {"a topic of number",  R"([1, b"0123456789abcdef", 5, 1, nil, "s", nil, nil, nil])",            false},
      {"untyped attributes", R"([1, b"0123456789abcdef", "t", 1, {"a": "b"}, "s", nil, nil, nil])",   false},
      {"a map",              R"({"a": 1})",                                                           false},
  };
  // clang-format on
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    const auto value = ParseValue(c.text);
    ASSERT_TRUE(value);
    EXPECT_EQ(DecodeFeed(Pack(*value, {})).has_value(), c.accepted);
  }
}

TEST(FeedWireTest, TruncatedOrFlippedPartsNeverReadBeyondTheFrame) {
  const Buffer buffer = EncodeFeed(Sample());
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    hub::Random random(seed);
    std::string frame(ViewOf(buffer));
    if (seed % 2 == 0) frame.resize(random.Below(frame.size()));
    for (std::uint64_t flips = seed % 2 * (1 + random.Below(4)); flips > 0; --flips) {
      frame[random.Below(frame.size())] = static_cast<char>(random.Next());
    }
    const std::unique_ptr<char[]> exact(new char[frame.size()]);
    frame.copy(exact.get(), frame.size());
    DecodeFeed({exact.get(), frame.size()}).has_value();
  }
}

}  // namespace
}  // namespace tests::wire
