#include "hub/policy/action.h"
#include "tests/policy/support.h"

namespace hub::policy {
namespace {

bool ActionMatches(std::string_view pattern, std::string_view action) {
  const Principal nobody;
  const Context context;
  return ActionPattern(pattern).Matches({nobody, action, kBilling, kBank, context});
}

// rule: policies 1.2 actions: case-insensitive, wildcards in the name only, bare * is all
// rule: policies 1.2 malformed actions match nothing
TEST(PolicyMatchingTest, Actions) {
  const struct {
    std::string_view pattern;
    std::string_view action;
    bool matches;
  } cases[] = {
      {"*", "sqs:SendMessage", true},
      {"sqs:SendMessage", "sqs:SendMessage", true},
      {"SQS:sendmessage", "sqs:SendMessage", true},
      {"sqs:*", "sqs:SendMessage", true},
      {"sqs:*", "sns:Publish", false},
      {"sqs:Send*", "sqs:SendMessage", true},
      {"sqs:SEND*", "sqs:SendMessage", true},
      {"sqs:*Message", "sqs:SendMessage", true},
      {"sqs:*Message", "sqs:SendMessageBatch", false},
      {"sqs:?endMessage", "sqs:SendMessage", true},
      {"sqs:SendMessage?", "sqs:SendMessage", false},
      {"sqs:S*M*e", "sqs:SendMessage", true},
      {"s*:SendMessage", "sqs:SendMessage", false},
      {"*:SendMessage", "sqs:SendMessage", false},
      {"*:*", "sqs:SendMessage", false},
      {"sqs:", "sqs:SendMessage", false},
      {"sqs: ", "sqs:SendMessage", false},
      {"sqs:SendMessage ", "sqs:SendMessage", false},
      {"sqs:SendMessage,sqs:ReceiveMessage", "sqs:SendMessage", false},
      {"SendMessage", "sqs:SendMessage", false},
      {"", "sqs:SendMessage", false},
      {"sqs:*", "sqs:", false},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(ActionMatches(c.pattern, c.action), c.matches) << c.pattern << " and " << c.action;
  }
}

// rule: policies 1.2 resources: case-sensitive, wildcards within a segment, a * that ends one runs on
TEST(PolicyMatchingTest, Resources) {
  const struct {
    std::string_view pattern;
    std::string_view resource;
    bool matches;
  } cases[] = {
      {"*", kBilling, true},
      {"arn:aws:sqs:eu-central-1:222222222222:billing", kBilling, true},
      {"arn:aws:sqs:eu-central-1:222222222222:Billing", kBilling, false},
      {"arn:aws:SQS:eu-central-1:222222222222:billing", kBilling, false},
      {"arn:aws:sqs:eu-central-1:222222222222:bill*", kBilling, true},
      {"arn:aws:sqs:eu-central-1:222222222222:*ing", kBilling, true},
      {"arn:aws:sqs:eu-central-1:222222222222:b?lling", kBilling, true},
      {"arn:aws:sqs:eu-central-1:222222222222:b?illing", kBilling, false},
      {"arn:aws:sqs:eu-central-1:222222222222:billing?", kBilling, false},
      {"arn:aws:sqs:*:222222222222:billing", kBilling, true},
      {"arn:aws:sqs:eu-*:222222222222:billing", kBilling, true},
      {"arn:aws:sqs:us-*:222222222222:billing", kBilling, false},
      {"arn:aws:sqs:*-1:222222222222:billing", kBilling, true},
      {"arn:aws:sqs:*", kBilling, true},
      {"arn:aws:sqs:eu*", kBilling, true},
      {"arn:aws:sns:*", kBilling, false},
      {"arn:aws:sqs:*:billing", kBilling, true},  // Ends its segment: runs over the account.
      {"arn:aws:sqs:eu*1:222222222222:billing", kBilling, true},
      {"arn:aws:sqs:eu*2:billing:*", kBilling, false},  // Inside its segment: stays there.
      {"arn:aws:sqs:eu-central-1*222222222222:billing:*", kBilling, false},
      {"arn:aws:sqs:eu-central-1?222222222222:billing:*", kBilling, false},
      {"arn:aws:sqs:*:*:a*c", "arn:aws:sqs:r:1:ab:c", false},
      {"arn:aws:sqs:*:*:a*:c", "arn:aws:sqs:r:1:ab:x:c", true},
      {"arn:aws:sqs:*:b*d:e", "arn:aws:sqs:r:b:bd:bxd:e", true},  // Back from the inner * to the outer.
      {"arn:aws:sqs:*:*:team/*", "arn:aws:sqs:r:1:team/a/b", true},
      {"arn:aws:sqs:*:*:*-dlq", "arn:aws:sqs:r:1:orders-dlq", true},
      {"arn:aws:sqs:*:*:*-dlq", "arn:aws:sqs:r:1:orders-dlq-2", false},
  };
  for (const auto& c : cases) {
    const std::string statement =
        R"({"Effect":"Allow","Action":"sqs:SendMessage","Resource":")" + std::string(c.pattern) + "\"}";
    EXPECT_EQ(Allows(statement, "sqs:SendMessage", c.resource, {}), c.matches) << c.pattern << " and " << c.resource;
  }
}

// rule: policies 1.2 NotAction and NotResource match everything that is not listed
TEST(PolicyMatchingTest, NotActionAndNotResourceMatchTheRest) {
  const std::string not_action = R"({"Effect":"Allow","NotAction":["sqs:DeleteQueue","sqs:Tag*"],"Resource":"*"})";
  EXPECT_TRUE(Allows(not_action, "sqs:SendMessage", kBilling, {}));
  EXPECT_FALSE(Allows(not_action, "sqs:deletequeue", kBilling, {}));
  EXPECT_FALSE(Allows(not_action, "sqs:TagQueue", kBilling, {}));
  const std::string not_resource =
      R"({"Effect":"Allow","Action":"*","NotResource":["arn:aws:sqs:*:*:bill*","arn:aws:sns:*"]})";
  EXPECT_FALSE(Allows(not_resource, "sqs:SendMessage", kBilling, {}));
  EXPECT_TRUE(Allows(not_resource, "sqs:SendMessage", "arn:aws:sqs:eu-central-1:222222222222:orders", {}));
}

// rule: policies 1.2 principals: exact ARNs, accounts, everybody, services by exact host
TEST(PolicyMatchingTest, Principals) {
  const Principal alice = User(kBank, "alice");
  const Principal eve = User(kBank, "eve");
  const struct {
    const char* why;
    const char* principal;
    Principal caller;
    bool allowed;
  } cases[] = {
      {"everybody", R"("Principal":"*")", alice, true},
      {"everybody is anonymous too", R"("Principal":"*")", Anonymous(), true},
      {"everybody, long form", R"("Principal":{"AWS":"*"})", Anonymous(), true},
      {"everybody is services too", R"("Principal":{"AWS":"*"})", Service("sns.amazonaws.com"), true},
      {"exact user", R"("Principal":{"AWS":"arn:aws:iam::222222222222:user/alice"})", alice, true},
      {"another user", R"("Principal":{"AWS":"arn:aws:iam::222222222222:user/alice"})", eve, false},
      {"case counts", R"("Principal":{"AWS":"arn:aws:iam::222222222222:user/Alice"})", alice, false},
      {"one of several", R"("Principal":{"AWS":["arn:aws:iam::222222222222:user/eve","111111111111"]})", eve, true},
      {"account delegates only", R"("Principal":{"AWS":"222222222222"})", alice, false},
      {"root ARN delegates only", R"("Principal":{"AWS":"arn:aws:iam::222222222222:root"})", alice, false},
      {"account is not anonymous", R"("Principal":{"AWS":"222222222222"})", Anonymous(), false},
      {"number as account", R"("Principal":{"AWS":[222222222222]})", alice, false},
      {"service", R"("Principal":{"Service":"sns.amazonaws.com"})", Service("sns.amazonaws.com"), true},
      {"another service", R"("Principal":{"Service":"s3.amazonaws.com"})", Service("sns.amazonaws.com"), false},
      {"service is no user", R"("Principal":{"Service":"sns.amazonaws.com"})", alice, false},
      {"both kinds", R"("Principal":{"Service":"sns.amazonaws.com","AWS":"arn:aws:iam::222222222222:user/alice"})",
       alice, true},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    Policies policies;
    EXPECT_EQ(AskResource(c.principal, "Allow", c.caller, policies).allowed, c.allowed);
  }
}

// rule: policies 1.2 twelve digits and the root ARN mean the whole account: its own policies decide
TEST(PolicyMatchingTest, AnAccountAsPrincipalLeavesItToTheAccountsOwnPolicies) {
  const Principal alice = User(kBank, "alice");
  for (const char* account : {"222222222222", "arn:aws:iam::222222222222:root"}) {
    Policies policies;
    const std::string principal = R"("Principal":{"AWS":")" + std::string(account) + "\"}";
    EXPECT_EQ(AskResource(principal, "Allow", alice, policies).reason, Reason::kNoIdentityAllow);
    policies.SetIdentity(
        alice.arn, {PolicyFrom(Document(R"({"Effect":"Allow","Action":"sqs:*","Resource":"*"})"), Role::kIdentity)});
    EXPECT_EQ(AskResource(principal, "Allow", alice, policies).reason, Reason::kAllowedByIdentity);
    // A denial of the account strikes each of its principals.
    EXPECT_EQ(AskResource(principal, "Deny", alice, policies).reason, Reason::kExplicitDeny);
    EXPECT_EQ(AskResource(principal, "Deny", Root(kBank), policies).reason, Reason::kExplicitDeny);
  }
}

// rule: policies 1.2 NotPrincipal with Deny must list principal and account; with Allow it admits everybody else
TEST(PolicyMatchingTest, NotPrincipal) {
  const Principal alice = User(kBank, "alice");
  const Principal eve = User(kBank, "eve");
  const char* const user = R"("NotPrincipal":{"AWS":"arn:aws:iam::222222222222:user/alice"})";
  const char* const account = R"("NotPrincipal":{"AWS":"222222222222"})";
  const char* const both = R"("NotPrincipal":{"AWS":["arn:aws:iam::222222222222:user/alice","222222222222"]})";
  const char* const service = R"("NotPrincipal":{"Service":"sns.amazonaws.com"})";
  const struct {
    const char* why;
    const char* effect;
    const char* principal;
    Principal caller;
    bool covered;
  } cases[] = {
      {"user without its account", "Deny", user, alice, true},
      {"account without the user", "Deny", account, alice, true},
      {"user and account", "Deny", both, alice, false},
      {"another user of it", "Deny", both, eve, true},
      {"the root user", "Deny", both, Root(kBank), false},
      {"anonymous", "Deny", both, Anonymous(), true},
      {"the service", "Deny", service, Service("sns.amazonaws.com"), false},
      {"another service", "Deny", service, Service("s3.amazonaws.com"), true},
      {"the user itself", "Allow", user, alice, false},
      {"a user of the account", "Allow", account, alice, false},
      {"everybody else", "Allow", user, eve, true},
      {"anonymous too", "Allow", user, Anonymous(), true},
      {"services too", "Allow", user, Service("sns.amazonaws.com"), true},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    Policies policies;
    const Decision decision = AskResource(c.principal, c.effect, c.caller, policies);
    const bool covered =
        c.effect == std::string_view("Deny") ? decision.reason == Reason::kExplicitDeny : decision.allowed;
    EXPECT_EQ(covered, c.covered);
  }
}

// rule: policies 1.2 names of condition keys are case-insensitive, but the key of a tag is taken as given
TEST(PolicyMatchingTest, NamesOfConditionKeysIgnoreCaseButKeysOfTagsDoNot) {
  EXPECT_TRUE(Holds(R"({"StringEquals":{"AWS:sourcearn":"x"}})", ContextOf({{"aws:SourceArn", "x"}})));
  EXPECT_TRUE(Holds(R"({"StringEquals":{"AWS:requesttag/Team":"x"}})", ContextOf({{"aws:RequestTag/Team", "x"}})));
  EXPECT_FALSE(Holds(R"({"StringEquals":{"aws:RequestTag/team":"x"}})", ContextOf({{"aws:RequestTag/Team", "x"}})));
}

TEST(PolicyMatchingTest, WildcardsDoNotExplode) {
  const std::string text(400, 'a');
  std::string pattern = "arn:aws:sqs:r:1:";
  for (int i = 0; i < 200; ++i) pattern += "*a";
  const std::string statement = R"({"Effect":"Allow","Action":"*","Resource":")" + pattern + "b\"}";
  EXPECT_FALSE(Allows(statement, "sqs:SendMessage", "arn:aws:sqs:r:1:" + text, {}));
  EXPECT_TRUE(Allows(statement, "sqs:SendMessage", "arn:aws:sqs:r:1:" + text + "b", {}));
}

}  // namespace
}  // namespace hub::policy
