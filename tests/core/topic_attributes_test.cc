// Attributes of topics and subscriptions that are kept and told.

#include "hub/core/attributes.h"
#include "tests/core/support.h"

namespace hub::core {
namespace {

using testing::HasSubstr;

constexpr char kFifoTopic[] = "111111111111/events.fifo";

Error Refused(Attributes attributes, bool is_fifo = false) {
  if (is_fifo) attributes["FifoTopic"] = "true";
  const auto settings = ReadTopicAttributes(attributes, is_fifo ? "t.fifo" : "t");
  return settings ? Error{} : settings.error();
}

// rule: aws 118 the attributes of a topic
TEST(TopicAttributesTest, EachIsCheckedForItsForm) {
  const std::string role = "arn:aws:iam::111111111111:role/delivery";
  // clang-format off
  const struct {
    const char* name;
    Strings right;
    Strings wrong;
    bool fifo_only = false;
  } cases[] = {
      {"DisplayName",                 {"Events", std::string(1000, 'x')},            {}},
      {"DeliveryPolicy",              {"{}", R"({"http":{"defaultHealthyRetryPolicy":{"numRetries":5}}})"},
                                      {"x", "[]", R"({"healthyRetryPolicy":{}})"}},
      {"KmsMasterKeyId",              {"alias/aws/sns"},                             {std::string(2049, 'x')}},
      {"TracingConfig",               {"PassThrough", "Active"},                     {"active", "On"}},
      {"SignatureVersion",            {"1", "2"},                                    {"0", "3", "one"}},
      {"ArchivePolicy",               {"{}", R"({"MessageRetentionPeriod":1})", R"({"MessageRetentionPeriod":"365"})"},
                                      {"7", R"({"MessageRetentionPeriod":0})", R"({"MessageRetentionPeriod":366})", R"({"Days":1})",
                                       R"({"MessageRetentionPeriod":[1]})", R"({"MessageRetentionPeriod":1,"more":1})"}, true},
      {"ContentBasedDeduplication",   {"true", "false"},                             {"yes"}, true},
      {"FifoThroughputScope",         {"Topic", "MessageGroup"},                     {"Queue"}, true},
      {"HTTPSuccessFeedbackRoleArn",  {role},                                        {"role", "arn:aws:iam::111111111111:user/x"}},
      {"FirehoseFailureFeedbackRoleArn", {role},                                     {"role"}},
      {"SQSSuccessFeedbackSampleRate", {"0", "100"},                                 {"-1", "101", "1.5", "all"}},
      {"ApplicationSuccessFeedbackSampleRate", {"50"},                               {"101"}},
      {"LambdaFailureFeedbackRoleArn", {role},                                       {"x"}},
      {"DataProtectionPolicy",        {R"({"Name":"n","Version":"2021-06-01","Statement":[]})"},
                                      {"x", "{}", R"({"Name":"n","Version":"2012-10-17","Statement":[]})",
                                       R"({"Name":"n","Version":"2021-06-01","Statement":{}})",
                                       R"({"Name":")" + std::string(30'720, 'x') + R"(","Version":"2021-06-01","Statement":[]})"}},
  };
  // clang-format on
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    for (const std::string& value : c.right) EXPECT_EQ(Refused({{c.name, value}}, c.fifo_only).message, "") << value;
    for (const std::string& value : c.wrong) {
      const Error error = Refused({{c.name, value}}, c.fifo_only);
      EXPECT_EQ(error.code, Code::kInvalidArgument) << value;
      EXPECT_EQ(error.about, c.name) << value;
      EXPECT_THAT(error.message, HasSubstr(c.name)) << value;
    }
    if (c.fifo_only) {
      EXPECT_THAT(Refused({{c.name, c.right[0]}}).message, HasSubstr("for FIFO"));
    }
  }
  for (const char* unknown : {"Foobar", "SQSSuccessFeedback", "FTPSuccessFeedbackRoleArn", "TopicArn"}) {
    EXPECT_EQ(Refused({{unknown, "1"}}),
              (Error{Code::kAttributeUnknown, "Unknown attribute " + std::string(unknown) + ".", unknown}));
  }
  EXPECT_EQ(Refused({{"Policy", "{"}}).about, "Policy");
}

TEST(TopicAttributesTest, ADisplayNameThatACommandSetsHasAtMost100Characters) {
  Talk hub;
  std::string accents;
  for (int i = 0; i < 100; ++i) accents += "é";
  hub.Succeeds(CreateTopic{kTopic, {{"DisplayName", accents}}});
  for (const std::string& wrong : {accents + "e", std::string("\xff")}) {
    EXPECT_EQ(hub.Refusal(SetTopicAttributes{kTopic, {{"DisplayName", wrong}}}).about, "DisplayName");
    EXPECT_EQ(hub.Refusal(CreateTopic{"111111111111/other", {{"DisplayName", wrong}}}).about, "DisplayName");
  }
  hub.Configure("accounts: {shop: {id: \"111111111111\", topics: {long: {display_name: " + std::string(1000, 'x') +
                "}}}}\n");
  hub.Restart();
  EXPECT_EQ(hub.DescribeTopicNow().attributes.at("DisplayName"), accents);
}

// rule: aws 118 EffectiveDeliveryPolicy and the numbers of subscriptions
TEST(TopicAttributesTest, ATopicTellsWhatIsSetAndHowItsSubscriptionsStand) {
  Talk hub;
  hub.Succeeds(CreateTopic{kTopic, {}});
  EXPECT_THAT(hub.DescribeTopicNow().effective_delivery_policy, HasSubstr(R"("numRetries":3)"));
  const Attributes set = {{"DeliveryPolicy", R"({"http":{"defaultHealthyRetryPolicy":{"numRetries":9}}})"},
                          {"TracingConfig", "Active"}};
  hub.Succeeds(SetTopicAttributes{kTopic, set});
  for (const char* name : {"a", "b"}) {
    hub.Create("111111111111/" + std::string(name));
    hub.Succeeds(Subscribe{kTopic, "111111111111/" + std::string(name), {}});
  }
  hub.Succeeds(Unsubscribe{kTopic, "111111111111/a"});
  TopicDescription topic = hub.DescribeTopicNow();
  EXPECT_EQ(topic.attributes, set);
  EXPECT_THAT(topic.effective_delivery_policy, HasSubstr(R"("numRetries":9)"));
  EXPECT_EQ(topic.subscriptions_confirmed, 1u);
  EXPECT_EQ(topic.subscriptions_pending, 0u);
  EXPECT_EQ(topic.subscriptions_deleted, 1u);
  hub.Restart(/*power_loss=*/true);
  topic = hub.DescribeTopicNow();
  EXPECT_EQ(topic.attributes, set);
  EXPECT_THAT(topic.effective_delivery_policy, HasSubstr(R"("numRetries":9)"));
  EXPECT_EQ(topic.subscriptions_confirmed, 1u);
  EXPECT_EQ(topic.subscriptions_deleted, 0u);
}

// rule: aws 116 attributes of a subscription that a queue's does without
TEST(TopicAttributesTest, ASubscriptionKeepsWhatMeansNothingToAQueue) {
  Talk hub;
  const Attributes set = {{"DeliveryPolicy", R"({"healthyRetryPolicy":{"numRetries":1}})"},
                          {"SubscriptionRoleArn", "arn:aws:iam::111111111111:role/delivery"}};
  hub.CreateSubscribed(kQueue, set);
  EXPECT_EQ(hub.OnlySubscription().attributes, set);
  const auto refused = [](const Attributes& attributes) { return ReadSubscriptionAttributes(attributes).error(); };
  EXPECT_EQ(refused({{"DeliveryPolicy", R"({"http":{}})"}}).message, "DeliveryPolicy: Unexpected JSON member: http");
  EXPECT_EQ(refused({{"SubscriptionRoleArn", "me"}}).about, "SubscriptionRoleArn");
  EXPECT_EQ(refused({{"ReplayPolicy", "{}"}}).about, "ReplayPolicy");
  EXPECT_EQ(refused({{"Owner", "x"}}), (Error{Code::kAttributeUnknown, "Unknown attribute Owner.", "Owner"}));
}

// rule: aws 137 what a refused filter policy is told by
TEST(TopicAttributesTest, MistakesInAFilterPolicyHaveACodeOfTheirOwn) {
  const auto refused = [](const Attributes& attributes) { return ReadSubscriptionAttributes(attributes).error(); };
  EXPECT_EQ(refused({{"FilterPolicy", R"({"a":[]})"}}),
            (Error{Code::kFilterPolicyInvalid,
                   "Empty arrays are not allowed\n at [Source: (String)\"{\"a\":[]}\"; line: 1, column: 8]",
                   "FilterPolicy"}));
  EXPECT_EQ(refused({{"FilterPolicy", "{"}}).code, Code::kFilterPolicyInvalid);
  EXPECT_EQ(refused({{"FilterPolicy", R"({"a":{"b":[1]}})"}}),
            (Error{Code::kInvalidArgument,
                   "Filter policy scope MessageAttributes does not support nested filter policy", "FilterPolicy"}));
  EXPECT_EQ(refused({{"FilterPolicyScope", "x"}}),
            (Error{Code::kInvalidArgument,
                   "FilterPolicyScope: Invalid value [x]. Please use either MessageBody or MessageAttributes",
                   "FilterPolicyScope"}));
}

TEST(TopicAttributesTest, ADataProtectionPolicyIsKeptApart) {
  Talk hub;
  hub.Succeeds(CreateTopic{kTopic, {{"DisplayName", "Events"}}});
  const auto policy = [&] { return hub.Expect<TextReply>(GetDataProtectionPolicy{kTopic}).text; };
  EXPECT_EQ(policy(), "");
  const std::string text = R"({"Name":"n","Version":"2021-06-01","Statement":[{"Sid":"a"}]})";
  hub.Succeeds(PutDataProtectionPolicy{kTopic, text});
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(policy(), text);
    EXPECT_EQ(hub.DescribeTopicNow().attributes, (Attributes{{"DisplayName", "Events"}}));
    EXPECT_THAT(hub.Expect<TopologyReply>(Export{}).document, testing::Not(HasSubstr("2021-06-01")));
    hub.Succeeds(SetTopicAttributes{kTopic, {{"TracingConfig", ""}}});
    hub.Restart(/*power_loss=*/true);
  }
  EXPECT_EQ(hub.Refusal(PutDataProtectionPolicy{kTopic, "{}"}).about, "DataProtectionPolicy");
  EXPECT_EQ(hub.Refusal(SetTopicAttributes{kTopic, {{"DataProtectionPolicy", text}}}).code, Code::kInvalidArgument);
  EXPECT_EQ(policy(), text);
  hub.Succeeds(PutDataProtectionPolicy{kTopic, ""});
  EXPECT_EQ(policy(), "");
  EXPECT_EQ(hub.Refusal(GetDataProtectionPolicy{kFifoTopic}).code, Code::kTopicNotFound);
  hub.Succeeds(CreateTopic{"111111111111/other", {{"DataProtectionPolicy", text}}});
  EXPECT_EQ(hub.Expect<TextReply>(GetDataProtectionPolicy{"111111111111/other"}).text, text);
}

}  // namespace
}  // namespace hub::core
