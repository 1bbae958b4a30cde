// Permissions that are added and taken away one by one, and accounts themselves as callers.

#include "tests/core/support.h"

namespace hub::core {
namespace {

using testing::HasSubstr;

constexpr char kOther[] = "222222222222";
constexpr char kTopicArn[] = "arn:aws:sns:us-east-1:111111111111:events";

CallerPtr Root(std::string_view account) {
  Caller caller;
  caller.identity = Credentials::Local(account);
  return std::make_shared<const Caller>(std::move(caller));
}

class PermissionTest : public testing::Test {
 protected:
  PermissionTest() {
    hub.Create(kQueue);
    hub.Succeeds(CreateTopic{kTopic, {}});
  }

  static AddPermission OnQueue(const std::string& label, Strings accounts, Strings actions) {
    return {Kind::kQueue, kQueue, label, std::move(accounts), std::move(actions)};
  }
  static AddPermission OnTopic(const std::string& label, Strings accounts, Strings actions) {
    return {Kind::kTopic, kTopic, label, std::move(accounts), std::move(actions)};
  }
  // The policy that it has, or "".
  std::string QueuePolicy() { return PolicyIn(hub.Describe().attributes); }
  std::string TopicPolicy() { return PolicyIn(hub.DescribeTopicNow().attributes); }
  static std::string PolicyIn(const Attributes& attributes) {
    const auto policy = attributes.find("Policy");
    return policy == attributes.end() ? "" : policy->second;
  }

  Talk hub;
};

// rule: aws 95 one account and one action as themselves, several as lists
TEST_F(PermissionTest, AStatementIsAddedToThePolicyOfAQueue) {
  hub.Succeeds(OnQueue("send-1", {kOther}, {"SendMessage"}));
  const std::string head =
      R"({"Version":"2008-10-17","Id":"arn:aws:sqs:us-east-1:111111111111:orders/SQSDefaultPolicy","Statement":[)";
  const std::string first = R"({"Sid":"send-1","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::222222222222:root"},)"
                            R"("Action":"SQS:SendMessage","Resource":"arn:aws:sqs:us-east-1:111111111111:orders"})";
  EXPECT_EQ(QueuePolicy(), head + first + "]}");
  hub.Succeeds(OnQueue("all", {kOther, "333333333333"}, {"*", "ReceiveMessage"}));
  const std::string both = head + first +
                           R"(,{"Sid":"all","Effect":"Allow","Principal":{"AWS":["arn:aws:iam::222222222222:root",)"
                           R"("arn:aws:iam::333333333333:root"]},"Action":["SQS:*","SQS:ReceiveMessage"],)"
                           R"("Resource":"arn:aws:sqs:us-east-1:111111111111:orders"}]})";
  EXPECT_EQ(QueuePolicy(), both);
  hub.Restart();
  EXPECT_EQ(QueuePolicy(), both);
}

TEST_F(PermissionTest, ItHoldsAtOnceAndUntilItIsTakenAway) {
  const auto send = [] { return Send{.queue = kQueue, .entries = {}, .only_ask = true}; };
  hub.as = Root(kOther);
  EXPECT_EQ(hub.Refusal(send()).code, Code::kAccessDenied);
  hub.as = Root("111111111111");
  hub.Succeeds(OnQueue("send", {kOther}, {"SendMessage"}));
  hub.as = Root(kOther);
  hub.Succeeds(send());
  EXPECT_EQ(hub.Refusal(Delete{.queue = kQueue, .handles = {}, .only_ask = true}).code, Code::kAccessDenied);
  hub.as = Root("111111111111");
  hub.Succeeds(RemovePermission{Kind::kQueue, kQueue, "send"});
  hub.as = Root(kOther);
  EXPECT_EQ(hub.Refusal(send()).code, Code::kAccessDenied);
}

TEST_F(PermissionTest, AStatementJoinsThoseOfAPolicyThatWasWrittenAsAWhole) {
  hub.SetAttributes(kQueue, AdmitTopics());
  hub.Succeeds(OnQueue("send", {kOther}, {"SendMessage"}));
  EXPECT_THAT(QueuePolicy(), HasSubstr("sns.amazonaws.com"));
  EXPECT_THAT(QueuePolicy(), HasSubstr(R"("Version":"2012-10-17","Statement":[{)"));
  EXPECT_THAT(QueuePolicy(), HasSubstr(R"({"Sid":"send",)"));
  hub.Succeeds(RemovePermission{Kind::kQueue, kQueue, "send"});
  EXPECT_THAT(QueuePolicy(), HasSubstr("sns.amazonaws.com"));
}

// rule: aws 96 a label is there once; the last one takes the policy with it
TEST_F(PermissionTest, Labels) {
  hub.Succeeds(OnQueue("a", {kOther}, {"SendMessage"}));
  hub.Succeeds(OnQueue("b", {kOther}, {"SendMessage"}));
  EXPECT_EQ(hub.Refusal(OnQueue("a", {kOther}, {"ReceiveMessage"})),
            (Error{Code::kLabelTaken, "Value a for parameter Label is invalid. Reason: Already exists.", "a"}));
  EXPECT_EQ(hub.Refusal(RemovePermission{Kind::kQueue, kQueue, "c"}),
            (Error{Code::kLabelUnknown, "Value c for parameter Label is invalid. Reason: can't find label.", "c"}));
  hub.Succeeds(RemovePermission{Kind::kQueue, kQueue, "a"});
  EXPECT_NE(QueuePolicy(), "");
  hub.Succeeds(RemovePermission{Kind::kQueue, kQueue, "b"});
  EXPECT_EQ(QueuePolicy(), "");
  EXPECT_EQ(hub.Refusal(RemovePermission{Kind::kQueue, kQueue, "b"}).code, Code::kLabelUnknown);
}

TEST_F(PermissionTest, WhatIsWrongIsRefusedAndChangesNothing) {
  const struct {
    const char* why;
    AddPermission add;
    Code code;
    const char* about;
  } cases[] = {
      // clang-format off
      {"no label",              OnQueue("", {kOther}, {"SendMessage"}),             Code::kMissingArgument, "Label"},
      {"no account",            OnQueue("a", {}, {"SendMessage"}),                  Code::kMissingArgument, "AWSAccountId"},
      {"no action",             OnQueue("a", {kOther}, {}),                         Code::kMissingArgument, "ActionName"},
      {"a label with a space",  OnQueue("a b", {kOther}, {"SendMessage"}),          Code::kInvalidArgument, "Label"},
      {"a long label",          OnQueue(std::string(81, 'a'), {kOther}, {"SendMessage"}), Code::kInvalidArgument, "Label"},
      {"no account's id",       OnQueue("a", {"22222222222"}, {"SendMessage"}),     Code::kInvalidArgument, "PrincipalId"},
      {"no such action",        OnQueue("a", {kOther}, {"Publish"}),                Code::kInvalidArgument, "ActionName"},
      {"an owner's action",     OnQueue("a", {kOther}, {"DeleteQueue"}),            Code::kInvalidArgument, "ActionName"},
      {"too many actions",      OnQueue("a", {kOther}, Strings(8, "SendMessage")),  Code::kOverLimit,       ""},
      {"too many principals",   OnQueue("a", Strings(51, kOther), {"SendMessage"}), Code::kOverLimit,       "Policy"},
      // clang-format on
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    const Error refusal = hub.Refusal(c.add);
    EXPECT_EQ(refusal.code, c.code);
    EXPECT_EQ(refusal.about, c.about);
  }
  EXPECT_EQ(QueuePolicy(), "");
}

// rule: aws 97 twenty statements of a queue's policy, and seven actions of each, however they come there
TEST_F(PermissionTest, APolicyHasItsLimits) {
  for (int i = 0; i < 20; ++i) hub.Succeeds(OnQueue("s" + std::to_string(i), {kOther}, {"SendMessage"}));
  EXPECT_EQ(hub.Refusal(OnQueue("s20", {kOther}, {"SendMessage"})).code, Code::kOverLimit);
  hub.Succeeds(RemovePermission{Kind::kQueue, kQueue, "s7"});
  hub.Succeeds(OnQueue("s20", {kOther}, Strings(7, "SendMessage")));
  const Attributes large = {{"Policy", R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*",)"
                                       R"("Action":"sqs:SendMessage","Resource":"*","Sid":")" +
                                           std::string(8192, 'x') + "\"}}"}};
  EXPECT_EQ(hub.Refusal(SetQueueAttributes{kQueue, large}).code, Code::kOverLimit);
  EXPECT_EQ(hub.Refusal(CreateQueue{kDead, large}).code, Code::kOverLimit);
}

// rule: aws 105 a topic begins with the policy that SNS gives it
// rule: aws 106 a label is there once, and actions are the topic's
TEST_F(PermissionTest, PermissionsOnATopic) {
  EXPECT_EQ(TopicPolicy(), "");
  hub.Succeeds(OnTopic("publish", {kOther}, {"Publish"}));
  const std::string default_statement =
      R"({"Sid":"__default_statement_ID","Effect":"Allow","Principal":{"AWS":"*"},"Action":["SNS:GetTopicAttributes",)"
      R"("SNS:SetTopicAttributes","SNS:AddPermission","SNS:RemovePermission","SNS:DeleteTopic","SNS:Subscribe",)"
      R"("SNS:ListSubscriptionsByTopic","SNS:Publish"],"Resource":"arn:aws:sns:us-east-1:111111111111:events",)"
      R"("Condition":{"StringEquals":{"AWS:SourceOwner":"111111111111"}}})";
  EXPECT_EQ(TopicPolicy(),
            R"({"Version":"2008-10-17","Id":"__default_policy_ID","Statement":[)" + default_statement +
                R"(,{"Sid":"publish","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::222222222222:root"},)"
                R"("Action":"SNS:Publish","Resource":"arn:aws:sns:us-east-1:111111111111:events"}]})");
  EXPECT_EQ(hub.Refusal(OnTopic("publish", {kOther}, {"Subscribe"})),
            (Error{Code::kLabelTaken, "Statement already exists", "publish"}));
  EXPECT_EQ(hub.Refusal(OnTopic("more", {kOther}, {"SendMessage"})),
            (Error{Code::kInvalidArgument, "Policy statement action out of service scope!", "SendMessage"}));
  const auto publish = [] { return Publish{.topic = kTopicArn, .entries = {}, .only_ask = true}; };
  hub.as = Root(kOther);
  hub.Succeeds(publish());
  EXPECT_EQ(hub.Refusal(DeleteTopic{kTopicArn}).code, Code::kAccessDenied) << "the default policy admits nobody else";
  hub.as = nullptr;
  hub.Succeeds(RemovePermission{Kind::kTopic, kTopic, "publish"});
  EXPECT_EQ(TopicPolicy(), "");
  EXPECT_EQ(hub.Refusal(RemovePermission{Kind::kTopic, kTopic, "publish"}).code, Code::kLabelUnknown);
  hub.as = Root(kOther);
  EXPECT_EQ(hub.Refusal(publish()).code, Code::kAccessDenied);
}

TEST_F(PermissionTest, WhatAFileDeclaresIsChangedThere) {
  hub.Configure(R"(accounts: {shop: {id: "111111111111", queues: {orders: {}}, topics: {events: {}}}})");
  EXPECT_EQ(hub.Refusal(OnQueue("a", {kOther}, {"SendMessage"})).code, Code::kDeclaredInYaml);
  EXPECT_EQ(hub.Refusal(RemovePermission{Kind::kTopic, kTopic, "a"}).code, Code::kDeclaredInYaml);
}

// rule: aws 99 nobody adds permissions in another account
TEST_F(PermissionTest, NobodyElseMayAddThem) {
  hub.Succeeds(OnQueue("all", {kOther}, {"*"}));
  hub.as = Root(kOther);
  EXPECT_EQ(hub.Refusal(OnQueue("a", {kOther}, {"SendMessage"})).code, Code::kAccessDenied);
  EXPECT_EQ(hub.Refusal(RemovePermission{Kind::kQueue, kQueue, "all"}).code, Code::kAccessDenied);
}

// rule: aws 98 an account itself may everything that is its own, unless a policy denies it; elsewhere what it is given
TEST_F(PermissionTest, AnAccountItselfMayDoEverythingWithItsOwn) {
  hub.as = Root("111111111111");
  hub.Send({"a"});
  EXPECT_EQ(Bodies(hub.Receive()), Strings{"a"});
  hub.Create(kDead);
  hub.Succeeds(DeleteQueue{kDead});
  EXPECT_EQ(hub.Refusal(DescribeQueue{"222222222222/theirs"}).code, Code::kAccessDenied);
  hub.SetAttributes(kQueue, {{"Policy", R"({"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*",)"
                                        R"("Action":"sqs:PurgeQueue","Resource":"*"}})"}});
  EXPECT_EQ(hub.Refusal(Purge{kQueue}).code, Code::kAccessDenied);
}

TEST(LocalIdentityTest, AnAccountItselfIsKnownWhateverTheCredentials) {
  const IdentityPtr root = Credentials::Local("111111111111");
  EXPECT_EQ(root->principal().kind, policy::Principal::Kind::kAccountRoot);
  EXPECT_EQ(root->principal().arn, "arn:aws:iam::111111111111:root");
  EXPECT_EQ(root->principal().account, "111111111111");
  EXPECT_TRUE(Credentials({}).Knows(*root));
}

}  // namespace
}  // namespace hub::core
