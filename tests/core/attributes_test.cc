#include "hub/core/attributes.h"

#include <gtest/gtest.h>

#include "tests/core/support.h"

namespace hub::core {
namespace {

using testing::EndsWith;
using testing::StartsWith;

std::string ErrorOf(const Attributes& attributes) {
  const auto settings = ReadQueueAttributes(attributes, 5000, "q");
  return settings ? "" : settings.error().message;
}

// rule: aws 27 defaults of a queue
TEST(AttributesTest, WhatIsNotSetHasItsDefault) {
  const auto settings = ReadQueueAttributes({}, kMessageBytesMax, "q");
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->visibility_timeout, 30s);
  EXPECT_EQ(settings->retention, 345'600s);
  EXPECT_EQ(settings->delay, 0s);
  EXPECT_EQ(settings->wait, 0s);
  EXPECT_EQ(settings->message_bytes_max, 1'048'576u);
  EXPECT_EQ(settings->dead_letter_queue, "");
  EXPECT_EQ(settings->policy, nullptr);
}

// rule: aws 28 ranges of a queue's attributes
TEST(AttributesTest, Ranges) {
  const struct {
    const char* name;
    const char* low;
    const char* below;
    const char* high;
    const char* above;
    const char* range;
  } cases[] = {
      {"VisibilityTimeout", "0", "-1", "43200", "43201", "0 to 43200"},
      {"MessageRetentionPeriod", "60", "59", "1209600", "1209601", "60 to 1209600"},
      {"DelaySeconds", "0", "-1", "900", "901", "0 to 900"},
      {"ReceiveMessageWaitTimeSeconds", "0", "-1", "20", "21", "0 to 20"},
      {"MaximumMessageSize", "1024", "1023", "1048576", "1048577", "1024 to 1048576"},
      {"KmsDataKeyReusePeriodSeconds", "60", "59", "86400", "86401", "60 to 86400"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(ErrorOf({{c.name, c.low}}), "");
    EXPECT_EQ(ErrorOf({{c.name, c.high}}), "");
    for (const char* wrong : {c.below, c.above, "", "ten", "1.5", "10s", " 7", "99999999999999999999"}) {
      EXPECT_EQ(ErrorOf({{c.name, wrong}}),
                std::string(c.name) + " must be a whole number from " + c.range + ", not \"" + wrong + "\".");
    }
  }
}

// rule: aws 29 an unknown attribute is named
TEST(AttributesTest, AnUnknownNameIsRefused) {
  EXPECT_EQ(ReadQueueAttributes({{"Foobar", "1"}}, 5000, "q").error(),
            (Error{Code::kAttributeUnknown, "Unknown Attribute Foobar.", "Foobar"}));
  EXPECT_EQ(ReadTopicAttributes({{"Foobar", "1"}}, "t").error().message, "Unknown attribute Foobar.");
  EXPECT_EQ(ReadSubscriptionAttributes({{"Foobar", "1"}}).error().message, "Unknown attribute Foobar.");
}

TEST(AttributesTest, AWrongValueNamesItsAttribute) {
  const Attributes wrong = {{"DelaySeconds", "901"},
                            {"Policy", "{"},
                            {"RedrivePolicy", "7"},
                            {"RedriveAllowPolicy", "{}"},
                            {"SqsManagedSseEnabled", "yes"}};
  for (const auto& [name, value] : wrong) {
    const Error error = ReadQueueAttributes({{name, value}}, 5000, "q").error();
    EXPECT_EQ(error.code, Code::kAttributeInvalid) << name;
    EXPECT_EQ(error.about, name);
  }
}

// rule: aws 31 a key of its own is in place of SQS's; both at once are refused; without a key neither comes back by
// itself
TEST(AttributesTest, AQueueIsEncryptedByOneOfTwo) {
  Talk hub;
  hub.Create(kQueue);
  const auto state = [&] {
    const Attributes attributes = hub.Describe().attributes;
    std::string text;
    for (const char* name : {"KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds", "SqsManagedSseEnabled"}) {
      const auto found = attributes.find(name);
      text += (found == attributes.end() ? "-" : found->second) + " ";
    }
    return text;
  };
  EXPECT_EQ(state(), "- - true ");
  hub.SetAttributes(kQueue, {{"KmsMasterKeyId", "alias/a"}, {"KmsDataKeyReusePeriodSeconds", "600"}});
  EXPECT_EQ(state(), "alias/a 600 false ");
  hub.Restart();
  EXPECT_EQ(state(), "alias/a 600 false ");
  hub.SetAttributes(kQueue, {{"KmsMasterKeyId", ""}});
  EXPECT_EQ(state(), "- - false ");
  hub.SetAttributes(kQueue, {{"KmsMasterKeyId", "alias/b"}, {"SqsManagedSseEnabled", "false"}});
  EXPECT_EQ(state(), "alias/b - false ");
  hub.SetAttributes(kQueue, {{"SqsManagedSseEnabled", "true"}});
  EXPECT_EQ(state(), "- - true ");
  const Attributes both = {{"KmsMasterKeyId", "alias/a"}, {"SqsManagedSseEnabled", "true"}};
  const Error refusal = hub.Refusal(SetQueueAttributes{kQueue, both});
  EXPECT_EQ(refusal.code, Code::kAttributeUnknown);
  EXPECT_THAT(refusal.message, testing::HasSubstr("You can use one type of server-side encryption (SSE) at one time."));
  EXPECT_EQ(hub.Refusal(CreateQueue{kDead, both}), refusal);
  EXPECT_EQ(state(), "- - true ");
  hub.Create(kDead, {{"KmsMasterKeyId", "alias/a"}});
  hub.Create(kDead, {{"KmsMasterKeyId", "alias/a"}, {"SqsManagedSseEnabled", "false"}});
  EXPECT_EQ(hub.Refusal(CreateQueue{kDead, {{"SqsManagedSseEnabled", "true"}}}).about, "SqsManagedSseEnabled");
}

// rule: aws 33 maxReceiveCount is a number or a numeric text from 1 to 1000
TEST(AttributesTest, RedrivePolicy) {
  const std::string arn = R"("deadLetterTargetArn":"arn:aws:sqs:us-east-1:111111111111:dead")";
  for (const char* count : {"1", "1000", "\"7\""}) {
    EXPECT_EQ(ErrorOf({{"RedrivePolicy", "{" + arn + ",\"maxReceiveCount\":" + count + "}"}}), "") << count;
  }
  const std::string wrongs[] = {
      "{" + arn + "}",
      "{" + arn + ",\"maxReceiveCount\":0}",
      "{" + arn + ",\"maxReceiveCount\":1001}",
      "{" + arn + ",\"maxReceiveCount\":true}",
      "{" + arn + ",\"maxReceiveCount\":[1]}",
      R"({"maxReceiveCount":3})",
      R"({"deadLetterTargetArn":"dead","maxReceiveCount":3})",
      R"({"deadLetterTargetArn":"arn:aws:sns:us-east-1:111111111111:dead","maxReceiveCount":3})",
      "7",
  };
  for (const std::string& wrong : wrongs) {
    EXPECT_THAT(ErrorOf({{"RedrivePolicy", wrong}}),
                StartsWith("Value " + wrong + " for parameter RedrivePolicy is invalid. Reason: "));
  }
  const std::pair<std::string, const char*> reasons[] = {
      {"{" + arn + "}", "Redrive policy does not contain mandatory attribute: maxReceiveCount."},
      {R"({"deadLetterTargetArn":"dead","maxReceiveCount":3})", "Invalid value for deadLetterTargetArn."},
      {"{" + arn + ",\"maxReceiveCount\":0}",
       "Invalid value for maxReceiveCount: 0, valid values are from 1 to 1000 both inclusive."},
  };
  for (const auto& [wrong, reason] : reasons) EXPECT_THAT(ErrorOf({{"RedrivePolicy", wrong}}), EndsWith(reason));
  EXPECT_NE(ErrorOf({{"RedrivePolicy", "{"}}), "");
}

// rule: aws 33 maxReceiveCount is returned as a number, the text is otherwise kept
TEST(AttributesTest, ANumericTextInARedrivePolicyIsKeptAsANumber) {
  const std::string arn = R"("deadLetterTargetArn":"arn:aws:sqs:us-east-1:111111111111:dead")";
  const struct {
    std::string written;
    std::string kept;
  } cases[] = {
      {"{\"maxReceiveCount\":\"7\"," + arn + "}", "{\"maxReceiveCount\":7," + arn + "}"},
      {"{ " + arn + ",\n\"maxReceiveCount\" : \"7\" }", "{ " + arn + ",\n\"maxReceiveCount\" : 7 }"},
      {"{ " + arn + ", \"maxReceiveCount\": 7 }", "{ " + arn + ", \"maxReceiveCount\": 7 }"},
      {"{" + arn + ",\"maxReceiveCount\":\"x\"}", "{" + arn + ",\"maxReceiveCount\":\"x\"}"},
      {"{", "{"},
      {"", ""},
  };
  for (const auto& c : cases) {
    Attributes attributes = {{"RedrivePolicy", c.written}};
    NormaliseRedrive(attributes);
    EXPECT_EQ(attributes["RedrivePolicy"], c.kept);
  }
  Talk hub;
  hub.Create(kDead);
  hub.Create(kQueue, {{"RedrivePolicy", cases[0].written}});
  EXPECT_EQ(hub.Describe().attributes.at("RedrivePolicy"), cases[0].kept);
  hub.Create(kQueue, {{"RedrivePolicy", cases[0].written}});
  hub.SetAttributes(kQueue, {{"RedrivePolicy", cases[0].written}});
  EXPECT_EQ(hub.Describe().attributes.at("RedrivePolicy"), cases[0].kept);
}

// rule: aws 35 allowAll, denyAll, or byQueue with up to ten queues
TEST(AttributesTest, RedriveAllowPolicy) {
  const auto queues = [](int count) {
    std::string list;
    for (int i = 0; i < count; ++i) {
      list += (i == 0 ? "\"arn:aws:sqs:us-east-1:111111111111:q" : ",\"arn:aws:sqs:us-east-1:111111111111:q") +
              std::to_string(i) + "\"";
    }
    return "\"sourceQueueArns\":[" + list + "]";
  };
  const std::string by_queue = R"({"redrivePermission":"byQueue",)";
  for (const std::string& good :
       {std::string(R"({"redrivePermission":"allowAll"})"), std::string(R"({"redrivePermission":"denyAll"})"),
        by_queue + queues(1) + "}", by_queue + queues(10) + "}"}) {
    EXPECT_EQ(ErrorOf({{"RedriveAllowPolicy", good}}), "") << good;
  }
  const std::string wrongs[] = {
      "{}",
      "7",
      R"({"redrivePermission":"all"})",
      R"({"redrivePermission":7})",
      R"({"redrivePermission":"byQueue"})",
      R"({"redrivePermission":"allowAll",)" + queues(1) + "}",
      R"({"redrivePermission":"allowAll","more":1})",
      by_queue + queues(0) + "}",
      by_queue + queues(11) + "}",
      by_queue + R"("sourceQueueArns":"arn:aws:sqs:us-east-1:111111111111:q"})",
      by_queue + R"("sourceQueueArns":["q"]})",
      by_queue + R"("sourceQueueArns":[7]})",
      by_queue + R"("sourceQueueArns":["arn:aws:sns:us-east-1:111111111111:t"]})",
  };
  for (const std::string& wrong : wrongs) {
    EXPECT_EQ(ErrorOf({{"RedriveAllowPolicy", wrong}}),
              "RedriveAllowPolicy must be {\"redrivePermission\": allowAll, denyAll or byQueue}, with byQueue also "
              "\"sourceQueueArns\": a list of 1 to 10 ARNs of queues, not " +
                  wrong + ".");
  }
  EXPECT_NE(ErrorOf({{"RedriveAllowPolicy", "{"}}), "");
}

// rule: aws 116 RawMessageDelivery is true or false
TEST(AttributesTest, AttributesOfASubscription) {
  const auto settings = ReadSubscriptionAttributes(
      {{"RawMessageDelivery", "true"}, {"FilterPolicy", R"({"a":["b"]})"}, {"FilterPolicyScope", "MessageBody"}});
  ASSERT_TRUE(settings);
  EXPECT_TRUE(settings->raw);
  EXPECT_TRUE(settings->filter);
  EXPECT_EQ(settings->scope, topics::FilterScope::kMessageBody);
  EXPECT_EQ(ReadSubscriptionAttributes({{"RawMessageDelivery", "yes"}}).error().message,
            "RawMessageDelivery: Invalid value [yes]. Must be true or false.");
  EXPECT_FALSE(ReadSubscriptionAttributes({{"FilterPolicyScope", "Body"}}));
  EXPECT_FALSE(ReadSubscriptionAttributes({{"FilterPolicy", R"({"a":[{"unknown":1}]})"}}));
  EXPECT_FALSE(ReadSubscriptionAttributes({{"FilterPolicy", R"({"a":["b"],"a":["c"]})"}}));
}

// rule: aws 32 an empty value removes
TEST(AttributesTest, AnEmptyValueRemoves) {
  EXPECT_EQ(Merge({{"a", "1"}, {"b", "2"}}, {{"a", ""}, {"c", "3"}}), (Attributes{{"b", "2"}, {"c", "3"}}));
}

}  // namespace
}  // namespace hub::core
