#include "hub/base/random.h"
#include "tests/policy/support.h"

namespace hub::policy {
namespace {

constexpr const char* kAllowSend = R"({"Effect":"Allow","Action":"sqs:SendMessage","Resource":"*"})";
constexpr const char* kDenySend = R"({"Effect":"Deny","Action":"sqs:SendMessage","Resource":"*"})";

std::string Grant(std::string_view principal, std::string_view effect = "Allow") {
  return R"({"Effect":")" + std::string(effect) + R"(","Principal":)" + std::string(principal) +
         R"(,"Action":"sqs:*","Resource":"*"})";
}

struct Case {
  const char* why;
  Principal caller;
  std::string resource_policy;  // "" for none
  std::string identity_policy;
  bool allowed;
  Reason reason;
  const char* action = "sqs:SendMessage";
};

void Expect(const Case& c) {
  SCOPED_TRACE(c.why);
  Policies policies;
  if (!c.resource_policy.empty()) {
    policies.SetResource(kBilling, {PolicyFrom(Document(c.resource_policy), Role::kResource)});
  }
  if (!c.identity_policy.empty()) {
    policies.SetIdentity(c.caller.arn, {PolicyFrom(Document(c.identity_policy), Role::kIdentity, "user x")});
  }
  const Context context;
  const Decision decision = policies.Decide({c.caller, c.action, kBilling, kBank, context});
  EXPECT_EQ(decision.allowed, c.allowed);
  EXPECT_EQ(NameOf(decision.reason), NameOf(c.reason));
  const bool needs_statement = c.reason == Reason::kExplicitDeny || c.reason == Reason::kAllowedByBoth ||
                               c.reason == Reason::kAllowedByResource || c.reason == Reason::kAllowedByIdentity;
  EXPECT_TRUE(!needs_statement || decision.statement != nullptr);
}

// rule: policies 1.4 an explicit deny anywhere decides
// rule: policies 1.4 same account: the resource's policy or the identity's; a grant to the account only delegates
// rule: policies 1.4 default deny; principals of the owning account need no queue policy
// rule: aws 98 within an account either side is enough, and a deny decides
TEST(PolicyDecisionTest, WithinOneAccount) {
  const Principal alice = User(kBank, "alice");
  const std::string to_alice = Grant(R"({"AWS":"arn:aws:iam::222222222222:user/alice"})");
  const std::string to_account = Grant(R"({"AWS":"222222222222"})");
  const std::string to_all = Grant(R"("*")");
  const std::string not_eve =
      R"({"Effect":"Allow","NotPrincipal":{"AWS":"arn:aws:iam::222222222222:user/eve"},"Action":"*","Resource":"*"})";
  const Case cases[] = {
      {"nothing at all", alice, "", "", false, Reason::kNoAllow},
      {"identity alone", alice, "", kAllowSend, true, Reason::kAllowedByIdentity},
      {"resource names the user", alice, to_alice, "", true, Reason::kAllowedByResource},
      {"both", alice, to_alice, kAllowSend, true, Reason::kAllowedByBoth},
      {"everybody is a grant", alice, to_all, "", true, Reason::kAllowedByResource},
      {"not eve is a grant", alice, not_eve, "", true, Reason::kAllowedByResource},
      {"account delegates", alice, to_account, "", false, Reason::kNoIdentityAllow},
      {"account and identity", alice, to_account, kAllowSend, true, Reason::kAllowedByIdentity},
      {"both grants: the direct one counts", alice, to_account + "," + to_alice, "", true, Reason::kAllowedByResource},
      {"identity denies", alice, to_alice, kDenySend, false, Reason::kExplicitDeny},
      {"resource denies", alice, Grant(R"("*")", "Deny"), kAllowSend, false, Reason::kExplicitDeny},
      {"deny after allow in one policy", alice, to_all + "," + Grant(R"({"AWS":"222222222222"})", "Deny"), kAllowSend,
       false, Reason::kExplicitDeny},
      {"another action", alice, "", kAllowSend, false, Reason::kNoAllow, "sqs:ReceiveMessage"},
      {"another user's grant", User(kBank, "eve"), to_alice, "", false, Reason::kNoAllow},
      {"delete in one's own account", alice, to_alice, "", true, Reason::kAllowedByResource, "sqs:DeleteQueue"},
  };
  for (const Case& c : cases) Expect(c);
}

// rule: policies 1.4 cross account: resource and identity must both allow
// rule: policies 1.1 actions that never work cross-account
// rule: aws 98 across accounts both sides must allow, and a deny decides
// rule: aws 99 what is for the own account only, whatever both sides allow
TEST(PolicyDecisionTest, AcrossAccounts) {
  const Principal checkout = User(kShop, "checkout");
  const std::string to_user = Grant(R"({"AWS":"arn:aws:iam::111111111111:user/checkout"})");
  const std::string to_account = Grant(R"({"AWS":"111111111111"})");
  const std::string allow_all = R"({"Effect":"Allow","Action":"*","Resource":"*"})";
  const Case cases[] = {
      {"nothing", checkout, "", "", false, Reason::kNoAllow},
      {"identity alone", checkout, "", kAllowSend, false, Reason::kNoResourceAllow},
      {"resource alone", checkout, to_user, "", false, Reason::kNoIdentityAllow},
      {"everybody alone", checkout, Grant(R"("*")"), "", false, Reason::kNoIdentityAllow},
      {"both", checkout, to_user, kAllowSend, true, Reason::kAllowedByBoth},
      {"account and identity", checkout, to_account, kAllowSend, true, Reason::kAllowedByBoth},
      {"everybody and identity", checkout, Grant(R"("*")"), kAllowSend, true, Reason::kAllowedByBoth},
      {"the owner's account is not the caller's", checkout, Grant(R"({"AWS":"222222222222"})"), kAllowSend, false,
       Reason::kNoResourceAllow},
      {"identity denies", checkout, to_user, kDenySend, false, Reason::kExplicitDeny},
      {"resource denies", checkout, to_user + "," + Grant(R"({"AWS":"111111111111"})", "Deny"), kAllowSend, false,
       Reason::kExplicitDeny},
      {"another user of the account", User(kShop, "eve"), to_user, kAllowSend, false, Reason::kNoResourceAllow},
  };
  for (const Case& c : cases) Expect(c);
  for (const char* action : {"AddPermission", "CreateQueue", "DeleteQueue", "ListQueues", "ListQueueTags",
                             "RemovePermission", "SetQueueAttributes", "TagQueue", "UntagQueue", "StartMessageMoveTask",
                             "CancelMessageMoveTask", "ListMessageMoveTasks"}) {
    const std::string name = "sqs:" + std::string(action);
    Expect({action, checkout, to_user, allow_all, false, Reason::kOwnAccountOnly, name.c_str()});
    Expect({action, Root(kShop), to_account, "", false, Reason::kOwnAccountOnly, name.c_str()});
    Expect({action, Anonymous(), Grant(R"("*")"), "", false, Reason::kOwnAccountOnly, name.c_str()});
    Expect({action, User(kBank, "alice"), "", allow_all, true, Reason::kAllowedByIdentity, name.c_str()});
  }
}

// rule: policies 1.4 the root user may do everything in its own account unless explicitly denied
// rule: policies 1.4 sts:GetCallerIdentity is always allowed
TEST(PolicyDecisionTest, RootUsers) {
  const std::string deny_all = Grant(R"("*")", "Deny");
  const Case cases[] = {
      {"own account", Root(kBank), "", "", true, Reason::kAllowedToRoot},
      {"own account, any action", Root(kBank), "", "", true, Reason::kAllowedToRoot, "sqs:DeleteQueue"},
      {"denied by the resource", Root(kBank), deny_all, "", false, Reason::kExplicitDeny},
      {"denied by a guard", Root(kBank), "", kDenySend, false, Reason::kExplicitDeny},
      {"other account", Root(kShop), "", "", false, Reason::kNoResourceAllow},
      {"other account, own policy grants nothing", Root(kShop), "", kAllowSend, false, Reason::kNoResourceAllow},
      {"other account that delegates", Root(kShop), Grant(R"({"AWS":"111111111111"})"), "", true,
       Reason::kAllowedByResource},
      {"identity of the caller", User(kShop, "x"), deny_all, kDenySend, true, Reason::kAllowedToAnyone,
       "sts:GetCallerIdentity"},
      {"nobody has no identity", Anonymous(), "", "", false, Reason::kNoAllow, "sts:GetCallerIdentity"},
  };
  for (const Case& c : cases) Expect(c);
}

// rule: policies 1.4 anonymous callers: the resource's policy alone, with "*" or a NotPrincipal
TEST(PolicyDecisionTest, AnonymousCallers) {
  const Case cases[] = {
      {"no policy", Anonymous(), "", "", false, Reason::kNoAllow},
      {"everybody", Anonymous(), Grant(R"("*")"), "", true, Reason::kAllowedByResource},
      {"everybody, long form", Anonymous(), Grant(R"({"AWS":"*"})"), "", true, Reason::kAllowedByResource},
      {"the account", Anonymous(), Grant(R"({"AWS":"222222222222"})"), "", false, Reason::kNoAllow},
      {"denied", Anonymous(), Grant(R"("*")") + "," + Grant(R"("*")", "Deny"), "", false, Reason::kExplicitDeny},
      {"all but one", Anonymous(),
       R"({"Effect":"Allow","NotPrincipal":{"AWS":"111111111111"},"Action":"*","Resource":"*"})", "", true,
       Reason::kAllowedByResource},
  };
  for (const Case& c : cases) Expect(c);
}

// rule: policies 1.4 service principals: the queue's policy alone; ArnEquals aws:SourceArn guards; the legacy form
// works
// rule: aws 98 a service has the resource's policy alone
TEST(PolicyDecisionTest, DeliveriesOfATopic) {
  const auto statement = [](std::string_view principal, std::string_view condition) {
    return R"({"Effect":"Allow","Principal":)" + std::string(principal) +
           R"(,"Action":"SQS:SendMessage","Resource":")" + std::string(kBilling) + R"(","Condition":)" +
           std::string(condition) + "}";
  };
  const std::string service = R"({"Service":"sns.amazonaws.com"})";
  const std::string source = R"({"ArnEquals":{"aws:SourceArn":")" + std::string(kOrders) + "\"}}";
  const struct {
    const char* why;
    std::string policy;
    bool allowed;
  } cases[] = {
      {"the classic", statement(service, source), true},
      {"no condition", statement(service, "{}"), true},
      {"ArnLike", statement(service, R"({"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:111111111111:*"}})"), true},
      {"another topic", statement(service, R"({"ArnEquals":{"aws:SourceArn":"arn:aws:sns:*:*:other"}})"), false},
      {"source account", statement(service, R"({"StringEquals":{"aws:SourceAccount":"111111111111"}})"), true},
      {"another account", statement(service, R"({"StringEquals":{"aws:SourceAccount":"222222222222"}})"), false},
      {"legacy", statement(R"({"AWS":"*"})", source), true},
      {"legacy, another topic", statement(R"({"AWS":"*"})", R"({"ArnEquals":{"aws:SourceArn":"arn:aws:sns:*:*:x"}})"),
       false},
      {"the topic's account", statement(R"({"AWS":"111111111111"})", "{}"), false},
      {"is a service", statement("\"*\"", R"({"Bool":{"aws:PrincipalIsAWSService":true}})"), true},
      {"service name", statement("\"*\"", R"({"StringEquals":{"aws:PrincipalServiceName":"sns.amazonaws.com"}})"),
       true},
      {"service names",
       statement("\"*\"", R"({"ForAnyValue:StringEquals":{"aws:PrincipalServiceNamesList":"sns.amazonaws.com"}})"),
       true},
      {"no address", statement("\"*\"", R"({"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}})"), false},
      {"no ARN of its own", statement("\"*\"", R"({"Null":{"aws:PrincipalArn":true}})"), true},
  };
  const Principal sns = Service("sns.amazonaws.com");
  const Context context = ContextOf({{"aws:SourceArn", kOrders}, {"aws:SourceAccount", kShop}});
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    Policies policies;
    policies.SetResource(kBilling, {PolicyFrom(Document(c.policy), Role::kResource)});
    EXPECT_EQ(policies.Decide({sns, "sqs:SendMessage", kBilling, kBank, context}).allowed, c.allowed);
  }
}

// rule: policies 1.5 context keys that follow from the principal and the resource, and cannot be forged
TEST(PolicyDecisionTest, KeysThatFollowFromTheRequest) {
  const auto equals = [](std::string_view key, std::string_view value) {
    return R"({"StringEquals":{")" + std::string(key) + "\":\"" + std::string(value) + "\"}}";
  };
  const struct {
    std::string_view key;
    std::string_view value;
  } keys[] = {
      {"aws:PrincipalAccount", kBank},
      {"aws:PrincipalArn", "arn:aws:iam::222222222222:user/alice"},
      {"aws:PrincipalType", "User"},
      {"aws:username", "alice"},
      {"aws:ResourceAccount", kBank},
      {"aws:RequestedRegion", "eu-central-1"},
      {"aws:ViaAWSService", "false"},
      {"aws:PrincipalIsAWSService", "false"},
      {"aws:userid", "arn:aws:iam::222222222222:user/alice"},
  };
  for (const auto& k : keys) {
    EXPECT_TRUE(Holds(equals(k.key, k.value), {})) << k.key;
    EXPECT_TRUE(Holds(equals(k.key, k.value), ContextOf({{k.key, "forged"}}))) << k.key;
    EXPECT_FALSE(Holds(equals(k.key, "forged"), ContextOf({{k.key, "forged"}}))) << k.key;
  }
  const Principal anonymous = Anonymous();
  const Principal root = Root(kBank);
  Policies policies;
  EXPECT_TRUE(AskResource(R"("Condition":{"StringEquals":{"aws:PrincipalType":"Anonymous"}},"Principal":"*")", "Allow",
                          anonymous, policies)
                  .allowed);
  EXPECT_TRUE(AskResource(R"("Condition":{"Null":{"aws:PrincipalArn":true,"aws:username":true}},"Principal":"*")",
                          "Allow", anonymous, policies)
                  .allowed);
  EXPECT_FALSE(AskResource(R"("Condition":{"StringEquals":{"aws:PrincipalType":"Account"}},"Principal":"*")", "Deny",
                           root, policies)
                   .allowed);
  EXPECT_FALSE(AskResource(R"("Condition":{"StringEquals":{"aws:userid":"222222222222"}},"Principal":"*")", "Deny",
                           root, policies)
                   .allowed);
}

// rule: policies 1.5 aws:CurrentTime and aws:EpochTime
TEST(PolicyDecisionTest, DecisionsThatLookAtTheClockSaySo) {
  const struct {
    const char* condition;
    bool allowed;
    bool depends_on_time;
  } cases[] = {
      {R"({"DateGreaterThan":{"aws:CurrentTime":"2026-01-01"}})", true, true},
      {R"({"DateLessThan":{"aws:CurrentTime":"2026-01-01"}})", false, true},
      {R"({"NumericGreaterThan":{"AWS:EPOCHTIME":"1770000000"}})", true, true},
      {R"({"StringLike":{"aws:CurrentTime":"2026-0?-*"}})", true, true},
      {R"({"StringNotEquals":{"a:b":"${aws:CurrentTime}"}})", true, true},
      {R"({"StringEquals":{"aws:username":"alice"}})", true, false},
      {"{}", true, false},
  };
  const Principal alice = User(kBank, "alice");
  Context context;
  context.SetTime(*ParseDate("2026-02-03T04:05:06Z"));
  EXPECT_EQ(context.Find("aws:currenttime")[0], "2026-02-03T04:05:06Z");
  EXPECT_EQ(context.Find("aws:EpochTime")[0], "1770091506");
  for (const auto& c : cases) {
    SCOPED_TRACE(c.condition);
    Policies policies;
    policies.SetIdentity(
        alice.arn, {PolicyFrom(Document(R"({"Effect":"Allow","Action":"sqs:SendMessage","Resource":"*","Condition":)" +
                                        std::string(c.condition) + "}"),
                               Role::kIdentity)});
    const Decision decision = policies.Decide({alice, "sqs:SendMessage", kBilling, kBank, context});
    EXPECT_EQ(decision.allowed, c.allowed);
    EXPECT_EQ(decision.depends_on_time, c.depends_on_time);
    EXPECT_FALSE(policies.Decide({alice, "sqs:PurgeQueue", kBilling, kBank, context}).depends_on_time);
  }
}

TEST(PolicyDecisionTest, TheGenerationGrowsWithEachChange) {
  Policies policies;
  const Principal alice = User(kBank, "alice");
  const auto allow = PolicyFrom(Document(kAllowSend), Role::kIdentity);
  const Context context;
  const Request request{alice, "sqs:SendMessage", kBilling, kBank, context};
  policies.SetIdentity(alice.arn, {allow});
  const std::uint64_t first = policies.generation();
  EXPECT_TRUE(policies.Decide(request).allowed);
  Policies copy = policies;
  policies.SetIdentity(alice.arn, {});
  EXPECT_GT(policies.generation(), first);
  EXPECT_FALSE(policies.Decide(request).allowed);
  EXPECT_TRUE(copy.Decide(request).allowed);
  Policies next;
  next.SetIdentity(alice.arn, {allow});
  const std::uint64_t before = policies.generation();
  policies.Replace(std::move(next));
  EXPECT_GT(policies.generation(), before);
  EXPECT_TRUE(policies.Decide(request).allowed);
}

// What all statements say, looked at one by one, without any index.
bool DecideSlowly(const PolicyList& policies, const Request& request) {
  bool allowed = false;
  bool ignored = false;
  for (const auto& policy : policies) {
    for (const Statement& statement : policy->statements()) {
      const Match match = statement.Covers(request, ignored);
      if (match == Match::kNo) continue;
      if (statement.effect == Effect::kDeny) return false;
      allowed |= match == Match::kDirect;
    }
  }
  return allowed;
}

TEST(PolicyDecisionTest, TheIndexesLeaveNothingOut) {
  const char* const actions[] = {"*", "sqs:*", "sqs:SendMessage", "SQS:sendMESSAGE", "sqs:Rec*", "sqs:ReceiveMessage"};
  const char* const resources[] = {"*",
                                   "arn:aws:sqs:*",
                                   "arn:aws:sqs:r:222222222222:a",
                                   "arn:aws:sqs:r:222222222222:ab",
                                   "arn:aws:sqs:r:222222222222:a*",
                                   "arn:aws:sqs:r:222222222222:ab*",
                                   "arn:aws:sqs:r:222222222222:abc*",
                                   "arn:aws:sqs:r:222222222222:b*",
                                   "arn:aws:sqs:*:222222222222:b",
                                   "arn:aws:sqs:r:222222222222:?",
                                   "arn:aws:sqs:r:222222222222:${aws:username}"};
  const char* const principals[] = {R"("Principal":"*")", R"("Principal":{"AWS":"arn:aws:iam::222222222222:user/a"})",
                                    R"("Principal":{"AWS":["222222222222","arn:aws:iam::222222222222:user/b"]})",
                                    R"("Principal":{"Service":"sns.amazonaws.com"})",
                                    R"("NotPrincipal":{"AWS":["222222222222","arn:aws:iam::222222222222:user/a"]})"};
  const char* const names[] = {"a", "b", "ab", "abc", "abcd", "c"};
  const Principal callers[] = {User(kBank, "a"), User(kBank, "b"), Anonymous(), Service("sns.amazonaws.com")};
  const Context context;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    const auto pick = [&](const auto& from) { return from[random.Below(std::size(from))]; };
    const bool of_resource = random.OneIn(2);
    std::string statements;
    for (std::size_t i = 0, n = 1 + random.Below(24); i < n; ++i) {
      statements += i > 0 ? ",{" : "{";
      statements += R"("Effect":")" + std::string(random.OneIn(6) ? "Deny" : "Allow") + "\"";
      if (of_resource) statements += "," + std::string(pick(principals));
      statements += std::string(random.OneIn(8) ? R"(,"NotAction":")" : R"(,"Action":")") + pick(actions) + "\"";
      statements += std::string(random.OneIn(8) ? R"(,"NotResource":")" : R"(,"Resource":")") + pick(resources) + "\"}";
    }
    const PolicyList list = {PolicyFrom(Document(statements), of_resource ? Role::kResource : Role::kIdentity)};
    for (const char* name : names) {
      const std::string resource = "arn:aws:sqs:r:222222222222:" + std::string(name);
      for (const Principal& caller : callers) {
        if (!of_resource && caller.kind != Principal::Kind::kUser) continue;
        Policies policies;
        of_resource ? policies.SetResource(resource, list) : policies.SetIdentity(caller.arn, list);
        for (const char* action : {"sqs:SendMessage", "sqs:ReceiveMessage", "sqs:PurgeQueue"}) {
          const Request request{caller, action, resource, kBank, context};
          EXPECT_EQ(policies.Decide(request).allowed, DecideSlowly(list, request)) << action << " on " << name;
        }
      }
    }
  }
}

}  // namespace
}  // namespace hub::policy
