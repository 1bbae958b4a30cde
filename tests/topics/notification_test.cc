#include "topics/notification.h"

#include <gtest/gtest.h>

#include <vector>

#include "hub/base/json.h"

namespace topics {
namespace {

constexpr hub::Instant kAt = hub::InstantOf(1'772'366'400'123'456);  // 2026-03-01T12:00:00.123456Z

Notification Plain() {
  return {.message_id = "id-1",
          .sequence_number = {},
          .topic_arn = "arn:aws:sns:eu-central-1:111111111111:orders",
          .subject = {},
          .message = "hello",
          .timestamp = kAt,
          .signature = {},
          .unsubscribe_url = {},
          .attributes = {}};
}

std::string Envelope(const Notification& notification) {
  std::string out;
  AppendEnvelope(out, notification);
  EXPECT_TRUE(hub::ParseJson(out, "")) << out;
  return out;
}

// rule: aws 125 what is not set is absent
TEST(NotificationTest, AnEnvelopeHasOnlyWhatIsSet) {
  EXPECT_EQ(Envelope(Plain()),
            R"({"Type":"Notification","MessageId":"id-1","TopicArn":"arn:aws:sns:eu-central-1:111111111111:orders",)"
            R"("Message":"hello","Timestamp":"2026-03-01T12:00:00.123Z"})");
}

// rule: aws 125 order of fields, attributes
TEST(NotificationTest, AnEnvelopeHasItsFieldsInOrder) {
  const std::vector<hub::Attribute> attributes = {{"store", "String.Array", R"(["eu"])"},
                                                  {"price", "Number", "10.5"},
                                                  {"raw", "Binary.png", std::string_view("\0\xff", 2)}};
  Notification notification = Plain();
  notification.subject = "new \"order\"";
  notification.message = "a\nb\x01";
  notification.signature = {.version = "2", .text = "c2ln", .certificate_url = "https://hub/cert.pem"};
  notification.unsubscribe_url = "https://hub/?Action=Unsubscribe";
  notification.attributes = attributes;
  EXPECT_EQ(Envelope(notification),
            R"({"Type":"Notification","MessageId":"id-1","TopicArn":"arn:aws:sns:eu-central-1:111111111111:orders",)"
            R"("Subject":"new \"order\"","Message":"a\nb\u0001","Timestamp":"2026-03-01T12:00:00.123Z",)"
            R"("SignatureVersion":"2","Signature":"c2ln","SigningCertURL":"https://hub/cert.pem",)"
            R"("UnsubscribeURL":"https://hub/?Action=Unsubscribe","MessageAttributes":{)"
            R"("store":{"Type":"String.Array","Value":"[\"eu\"]"},"price":{"Type":"Number","Value":"10.5"},)"
            R"("raw":{"Type":"Binary.png","Value":"AP8="}}})");
}

// rule: aws 41 what a message of a queue cannot hold is escaped, in the time that the text takes
TEST(NotificationTest, WhatIsNoCharacterOfAQueuesMessageIsEscaped) {
  const struct {
    std::string_view message;
    const char* written;
  } cases[] = {
      {"\xef\xbf\xbe", R"("\ufffe")"},
      {"a\xef\xbf\xbf\xef\xbf\xbe\"b", R"("a\uffff\ufffe\"b")"},
      {"\xef\xbf\xbd", "\"\xef\xbf\xbd\""},  // U+FFFD is one.
      {"x\xef\xbf\xbe", R"("x\ufffe")"},
  };
  Notification notification = Plain();
  for (const auto& c : cases) {
    notification.message = c.message;
    EXPECT_NE(Envelope(notification).find(std::string(R"("Message":)") + c.written + ","), std::string::npos);
  }
  std::string full;
  for (int i = 0; i < 349'525; ++i) full += "\xef\xbf\xbe";
  notification.message = full;
  std::string out;
  AppendEnvelope(out, notification);  // Quadratic, this would take many seconds.
  EXPECT_GT(out.size(), 349'525u * 6);
}

// rule: aws 126 FIFO envelope
TEST(NotificationTest, AFifoEnvelopeHasItsSequenceNumberAfterTheMessageId) {
  Notification notification = Plain();
  notification.sequence_number = "10000000000000000001";
  EXPECT_NE(Envelope(notification).find(R"("MessageId":"id-1","SequenceNumber":"10000000000000000001","TopicArn":)"),
            std::string::npos);
}

TEST(NotificationTest, AConfirmationNamesTopicAndToken) {
  std::string out;
  AppendConfirmation(out, {.message_id = "id-1",
                           .token = "00ff",
                           .topic_arn = "arn:aws:sns:eu-central-1:111111111111:orders",
                           .message = "Do \"you\"?",
                           .timestamp = kAt});
  EXPECT_EQ(out, R"({"Type":"SubscriptionConfirmation","MessageId":"id-1","Token":"00ff",)"
                 R"("TopicArn":"arn:aws:sns:eu-central-1:111111111111:orders","Message":"Do \"you\"?",)"
                 R"("Timestamp":"2026-03-01T12:00:00.123Z"})");
}

TEST(NotificationTest, TimestampsAreCalendarTimesInMilliseconds) {
  const struct {
    std::int64_t micros;
    const char* text;
  } cases[] = {
      {0, "1970-01-01T00:00:00.000Z"},
      {999, "1970-01-01T00:00:00.000Z"},
      {1'709'251'199'999'999, "2024-02-29T23:59:59.999Z"},
      {4'107'542'400'001'000, "2100-03-01T00:00:00.001Z"},
  };
  for (const auto& c : cases) {
    std::string text;
    AppendTimestamp(text, hub::InstantOf(c.micros));
    EXPECT_EQ(text, c.text);
  }
}

TEST(NotificationTest, Base64PadsToFours) {
  const std::pair<const char*, const char*> cases[] = {
      {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="},
  };
  for (const auto& [bytes, text] : cases) {
    std::string out;
    AppendBase64(out, bytes);
    EXPECT_EQ(out, text);
  }
}

}  // namespace
}  // namespace topics
