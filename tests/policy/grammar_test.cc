#include <gmock/gmock.h>

#include "hub/policy/policy.h"
#include "hub/policy/quota.h"
#include "tests/policy/support.h"

namespace hub::policy {
namespace {

using testing::ElementsAre;

std::vector<std::string> Mistakes(std::string_view json, Role role) {
  std::vector<std::string> messages;
  for (const Error& error : CheckPolicy(Json(json, "p.json"), role)) {
    EXPECT_EQ(error.code, Code::kInvalidArgument);
    messages.push_back(error.message);
  }
  return messages;
}

struct Bad {
  const char* why;
  const char* json;
  const char* message;
};

// Each document has one mistake; the statement is the whole document's only line, so that places are easy to count.
void ExpectMistake(const Bad& c, Role role) {
  SCOPED_TRACE(c.why);
  EXPECT_THAT(Mistakes(c.json, role), ElementsAre(c.message));
  EXPECT_FALSE(ParsePolicy(Json(c.json, "p.json"), role, "x"));
}

// rule: policies 1.1 top of a document: Version, Id, Statement; 2008-10-17 by default
TEST(PolicyGrammarTest, ADocumentHasVersionIdAndStatements) {
  const auto one = PolicyFrom(R"({"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}})", Role::kIdentity);
  EXPECT_EQ(one->version(), "2008-10-17");
  EXPECT_EQ(one->id(), "");
  EXPECT_EQ(one->statements().size(), 1u);
  const auto two = PolicyFrom(
      R"({"Version":"2012-10-17","Id":"x","Statement":[{"Sid":"A","Effect":"Deny","Action":"*","Resource":"*"},
          {"Sid":"B","Effect":"Allow","NotAction":"sqs:*","NotResource":"*"}]})",
      Role::kIdentity);
  EXPECT_EQ(two->version(), "2012-10-17");
  EXPECT_EQ(two->id(), "x");
  EXPECT_EQ(two->statements()[0].sid, "A");
  EXPECT_EQ(two->statements()[1].index, 1u);
}

// rule: policies 1.1 every scalar may be a one-element list
TEST(PolicyGrammarTest, EveryScalarMayBeAListOfOne) {
  const auto policy = PolicyFrom(
      R"({"Version":["2012-10-17"],"Id":["x"],"Statement":[{"Sid":["s"],"Effect":["Deny"],"Principal":["*"],
          "Action":["*"],"Resource":["*"],"Condition":{"Bool":{"aws:SecureTransport":["true"]}}}]})",
      Role::kResource);
  EXPECT_EQ(policy->version(), "2012-10-17");
  EXPECT_EQ(policy->id(), "x");
  EXPECT_EQ(policy->statements()[0].sid, "s");
  EXPECT_EQ(policy->statements()[0].effect, Effect::kDeny);
}

// rule: policies 1.1 exact keys and values of a document, errors with place and remedy
TEST(PolicyGrammarTest, MistakesInADocumentSayWhereAndWhatToWrite) {
  // clang-format off
  const Bad cases[] = {
      {"not a map", R"(["x"])", "p.json:1:1: A policy is a map with Version and Statement."},
      {"no statement", R"({"Version":"2012-10-17"})", "p.json:1:1: The policy has no Statement."},
      {"empty list", R"({"Statement":[]})",
       "p.json:1:14: Statement is empty. Write at least one, or leave out the policy."},
      {"not a statement", R"({"Statement":"x"})", "p.json:1:14: A statement is a map with Effect, Action and Resource."},
      {"unknown version", R"({"Version":"2012-10-18","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}})",
       "p.json:1:12: Version is \"2012-10-18\". Write \"2012-10-17\" (or \"2008-10-17\", which knows no variables)."},
      {"unknown key", R"({"Statements":1,"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}})",
       "p.json:1:2: Unknown key \"Statements\" in a policy. Did you mean \"Statement\"?"},
      {"effect in lower case", R"({"Statement":{"Effect":"allow","Action":"*","Resource":"*"}})",
       "p.json:1:24: Effect is \"allow\". Write \"Allow\" or \"Deny\"."},
      {"no effect", R"({"Statement":{"Action":"*","Resource":"*"}})",
       "p.json:1:14: The statement has no Effect. Write \"Allow\" or \"Deny\"."},
      {"two effects", R"({"Statement":{"Effect":["Allow","Deny"],"Action":"*","Resource":"*"}})",
       "p.json:1:24: Effect must be one text."},
      {"no action", R"({"Statement":{"Effect":"Allow","Resource":"*"}})", "p.json:1:14: The statement has no Action."},
      {"both actions", R"({"Statement":{"Effect":"Allow","Action":"*","NotAction":"*","Resource":"*"}})",
       "p.json:1:45: A statement has either Action or NotAction, not both."},
      {"no resource", R"({"Statement":{"Effect":"Allow","Action":"*"}})",
       "p.json:1:14: The statement has no Resource."},
      {"both resources", R"({"Statement":{"Effect":"Allow","Action":"*","Resource":"*","NotResource":"*"}})",
       "p.json:1:60: A statement has either Resource or NotResource, not both."},
      {"misspelt key", R"({"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Conditions":{}}})",
       "p.json:1:60: Unknown key \"Conditions\" in a statement. Did you mean \"Condition\"?"},
      {"far from any key", R"({"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Zzz":{}}})",
       "p.json:1:60: Unknown key \"Zzz\" in a statement. Write one of: Sid, Effect, Action, NotAction, Resource, "
       "NotResource, Condition."},
      {"principal in an identity policy", R"({"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}})",
       "p.json:1:32: Principal may not stand in the policy of an identity, which holds for whoever it is attached to. "
       "Leave it out."},
      {"empty action list", R"({"Statement":{"Effect":"Allow","Action":[],"Resource":"*"}})",
       "p.json:1:41: Action is empty. Write at least one value."},
      {"action is no text", R"({"Statement":{"Effect":"Allow","Action":7,"Resource":"*"}})",
       "p.json:1:41: Action must be text or a list of texts."},
      {"sid is null", R"({"Statement":{"Sid":null,"Effect":"Allow","Action":"*","Resource":"*"}})",
       "p.json:1:21: Sid must be one text."},
  };
  // clang-format on
  for (const Bad& c : cases) ExpectMistake(c, Role::kIdentity);
}

// rule: policies 1.1 a resource policy's statement must name principals
// rule: policies 1.2 principals are exact, without wildcards; groups cannot be principals
// rule: policies 1.2 NotPrincipal cannot name everybody
TEST(PolicyGrammarTest, MistakesInPrincipals) {
  // clang-format off
  const Bad cases[] = {
      {"no principal", R"({"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}})",
       "p.json:1:14: The statement has no Principal."},
      {"both", R"({"Statement":{"Effect":"Allow","Principal":"*","NotPrincipal":{"AWS":"111111111111"},"Action":"*","Resource":"*"}})",
       "p.json:1:48: A statement has either Principal or NotPrincipal, not both."},
      {"everybody but everybody", R"({"Statement":{"Effect":"Deny","NotPrincipal":"*","Action":"*","Resource":"*"}})",
       "p.json:1:46: NotPrincipal \"*\" leaves out everybody, so that the statement would never hold. Name the principals."},
      {"bare ARN", R"({"Statement":{"Effect":"Deny","Principal":"arn:aws:iam::111111111111:root","Action":"*","Resource":"*"}})",
       "p.json:1:43: Principal is \"arn:aws:iam::111111111111:root\". Write {AWS: ...}, {Service: ...} or \"*\"."},
      {"wildcard", R"({"Statement":{"Effect":"Deny","Principal":{"AWS":"arn:aws:iam::111111111111:user/*"},"Action":"*","Resource":"*"}})",
       "p.json:1:50: \"arn:aws:iam::111111111111:user/*\" has a wildcard, which a principal may not have. Name each "
       "principal, or write \"*\" alone and a Condition with ArnLike on aws:PrincipalArn."},
      {"group", R"({"Statement":{"Effect":"Deny","Principal":{"AWS":"arn:aws:iam::111111111111:group/ops"},"Action":"*","Resource":"*"}})",
       "p.json:1:50: \"arn:aws:iam::111111111111:group/ops\" is a group, which cannot be a principal. Name its users."},
      {"eleven digits", R"({"Statement":{"Effect":"Deny","Principal":{"AWS":["11111111111"]},"Action":"*","Resource":"*"}})",
       "p.json:1:51: \"11111111111\" is not a principal. Write the ARN of a user (arn:aws:iam::111111111111:user/name), "
       "the twelve digits of an account, or \"*\"."},
      {"variable", R"({"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":{"AWS":"${aws:PrincipalArn}"},"Action":"*","Resource":"*"}})",
       "p.json:1:73: \"${aws:PrincipalArn}\" is not a principal. Write the ARN of a user "
       "(arn:aws:iam::111111111111:user/name), the twelve digits of an account, or \"*\"."},
      {"service", R"({"Statement":{"Effect":"Deny","Principal":{"Service":"*.amazonaws.com"},"Action":"*","Resource":"*"}})",
       "p.json:1:54: \"*.amazonaws.com\" is not a service. Write its host, such as \"sns.amazonaws.com\"."},
      {"kind", R"({"Statement":{"Effect":"Deny","Principal":{"aws":"111111111111"},"Action":"*","Resource":"*"}})",
       "p.json:1:44: Unknown key \"aws\" in Principal. Did you mean \"AWS\"?"},
      {"none", R"({"Statement":{"Effect":"Deny","Principal":{},"Action":"*","Resource":"*"}})",
       "p.json:1:43: Principal is empty. Name at least one."},
  };
  // clang-format on
  for (const Bad& c : cases) ExpectMistake(c, Role::kResource);
}

// rule: policies 1.2 an action without service, with white space or commas would match nothing: refused when written
// rule: policies 1.2 a resource's service may not be wild; variables only after the fifth colon
// rule: policies 1.3 unknown operators and malformed values are refused when written; IfExists does not apply to Null
// rule: policies 1.3 no variables in numbers, dates, booleans and networks
TEST(PolicyGrammarTest, MistakesInActionsResourcesAndConditions) {
  const auto statement = [](std::string_view action, std::string_view resource, std::string_view condition) {
    return R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Condition":)" + std::string(condition) +
           R"(,"Action":")" + std::string(action) + R"(","Resource":")" + std::string(resource) + "\"}}";
  };
  // clang-format off
  const struct {
    const char* action;
    const char* resource;
    const char* condition;
    const char* message;
  } cases[] = {
      {"sqs:", "*", "{}", "p.json:1:79: \"sqs:\" is not an action. Write service:Name, such as \"sqs:SendMessage\"."},
      {"SendMessage", "*", "{}", "p.json:1:79: \"SendMessage\" is not an action. Write service:Name, such as \"sqs:SendMessage\"."},
      {"sqs: ", "*", "{}", "p.json:1:79: \"sqs: \" is not an action. Leave out the white space."},
      {"sqs:SendMessage ", "*", "{}", "p.json:1:79: \"sqs:SendMessage \" is not an action. Leave out the white space."},
      {"sqs:A,sqs:B", "*", "{}", "p.json:1:79: \"sqs:A,sqs:B\" is not an action. Write several actions as a list."},
      {"s*:SendMessage", "*", "{}", "p.json:1:79: \"s*:SendMessage\" is not an action. Wildcards may stand only after the service, as in \"sqs:*\"; \"*\" alone means every action."},
      {"sqs:${aws:username}", "*", "{}", "p.json:1:79: \"sqs:${aws:username}\" is not an action. Write service:Name, such as \"sqs:SendMessage\"."},
      {"*", "billing", "{}", "p.json:1:94: \"billing\" is not a resource. Write an ARN, such as \"arn:aws:sqs:*:111111111111:orders\", or \"*\"."},
      {"*", "arn:aws:s?s:::x", "{}", "p.json:1:94: \"arn:aws:s?s:::x\" is not a resource. The service, its third part, must be written out, as in \"arn:aws:sqs:*\"."},
      {"*", "arn:aws:sqs:x", "{}", "p.json:1:94: \"arn:aws:sqs:x\" is not a resource. An ARN has six parts divided by colons; a * may stand for several, as in \"arn:aws:sqs:*\"."},
      {"*", "arn:aws:sqs:::", "{}", "p.json:1:94: \"arn:aws:sqs:::\" is not a resource. Its last part, the name, is missing."},
      {"*", "arn:aws:sqs:*:${aws:PrincipalAccount}:x", "{}", "p.json:1:94: \"arn:aws:sqs:*:${aws:PrincipalAccount}:x\" is not a resource. Variables may stand only after the fifth colon of an ARN."},
      {"*", "arn:aws:sqs:::${aws:username", "{}", "p.json:1:94: \"arn:aws:sqs:::${aws:username\" has \"${\" without \"}\". Write \"${$}{\" for the text ${."},
      {"*", "arn:aws:sqs:::${username}", "{}", "p.json:1:94: \"${username}\" is not a variable. Write ${key}, such as ${aws:username}, or ${key, 'default'}."},
      {"*", "*", R"({"StringEqual":{"aws:username":"x"}})", "p.json:1:68: Unknown operator \"StringEqual\". Did you mean \"StringEquals\"?"},
      {"*", "*", R"({"NullIfExists":{"aws:username":"true"}})", "p.json:1:68: Unknown operator \"NullIfExists\". Write one of: StringEquals, StringNotEquals, StringEqualsIgnoreCase, StringNotEqualsIgnoreCase, StringLike, StringNotLike, NumericEquals, NumericNotEquals, NumericLessThan, NumericLessThanEquals, NumericGreaterThan, NumericGreaterThanEquals, DateEquals, DateNotEquals, DateLessThan, DateLessThanEquals, DateGreaterThan, DateGreaterThanEquals, Bool, BinaryEquals, IpAddress, NotIpAddress, ArnEquals, ArnNotEquals, ArnLike, ArnNotLike, Null."},
      {"*", "*", R"({"Bool":{}})", "p.json:1:75: Bool needs a map of condition keys and their values."},
      {"*", "*", R"("x")", "p.json:1:67: Condition is a map of operators, such as {StringEquals: {\"aws:username\": checkout}}."},
      {"*", "*", R"({"Bool":{"SecureTransport":true}})", "p.json:1:76: \"SecureTransport\" is not a condition key. Write prefix:name, such as aws:SourceArn."},
      {"*", "*", R"({"Bool":{"aws:SecureTransport":"yes"}})", "p.json:1:98: \"yes\" is neither \"true\" nor \"false\"."},
      {"*", "*", R"({"Null":{"aws:username":1}})", "p.json:1:91: \"1\" is neither \"true\" nor \"false\"."},
      {"*", "*", R"({"NumericEquals":{"a:b":"${aws:EpochTime}"}})", "p.json:1:91: \"${aws:EpochTime}\" is not a number."},
      {"*", "*", R"({"DateLessThan":{"aws:CurrentTime":"tomorrow"}})", "p.json:1:102: \"tomorrow\" is not a date. Write it as 2026-01-31T09:30:00Z or as seconds since 1970."},
      {"*", "*", R"({"IpAddress":{"aws:SourceIp":"10.0.0.0/33"}})", "p.json:1:96: \"10.0.0.0/33\" is not a network. Write it as 10.0.0.0/8, 2001:db8::/32 or a single address."},
      {"*", "*", R"({"BinaryEquals":{"a:b":"?"}})", "p.json:1:90: \"?\" is not base64."},
      {"*", "*", R"({"ArnLike":{"aws:SourceArn":"arn:aws:sns:*"}})", "p.json:1:95: \"arn:aws:sns:*\" is not an ARN: it must have six parts divided by colons, such as arn:aws:sns:*:111111111111:orders."},
      {"*", "*", R"({"Bool":{"a:b":true,"A:B":true}})", "p.json:1:87: The condition key \"A:B\" appears twice under Bool. Write one list of values."},
      {"*", "*", R"({"Bool":{"a:b":null}})", "p.json:1:82: a:b must be text, a number, true or false, or a list of them."},
  };
  // clang-format on
  for (const auto& c : cases) {
    const std::string json = statement(c.action, c.resource, c.condition);
    ExpectMistake({c.message, json.c_str(), c.message}, Role::kIdentity);
  }
}

TEST(PolicyGrammarTest, AllMistakesAreListedAtOnce) {
  EXPECT_THAT(
      Mistakes("{\"Version\":1,\n \"Statement\":[\n  {\"Effect\":\"deny\",\"Action\":\"x\",\"Resource\":\"y\"},\n  7]}",
               Role::kIdentity),
      ElementsAre("p.json:1:12: Version is \"1\". Write \"2012-10-17\" (or \"2008-10-17\", which knows no variables).",
                  "p.json:3:13: Effect is \"deny\". Write \"Allow\" or \"Deny\".",
                  "p.json:3:29: \"x\" is not an action. Write service:Name, such as \"sqs:SendMessage\".",
                  "p.json:3:44: \"y\" is not a resource. Write an ARN, such as "
                  "\"arn:aws:sqs:*:111111111111:orders\", or \"*\".",
                  "p.json:4:3: A statement is a map with Effect, Action and Resource."));
}

std::string Repeat(std::string_view item, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text.append(i == 0 ? "" : ",").append(item);
  return text;
}

std::string ResourceStatement(std::string_view principal, std::string_view action, std::string_view condition,
                              std::string_view resource = kBilling) {
  return R"({"Effect":"Allow","Principal":{"AWS":[)" + std::string(principal) + R"(]},"Action":[)" +
         std::string(action) + R"(],"Resource":")" + std::string(resource) + R"(","Condition":{)" +
         std::string(condition) + "}}";
}

// rule: policies 1.1 quotas of a queue's policy
// rule: aws 97 actions, statements, principals, conditions and bytes of a queue's policy
TEST(PolicyQuotaTest, AQueuesPolicyIsBounded) {
  const std::string account = R"("111111111111")";
  const std::string action = R"("sqs:SendMessage")";
  std::string keys;
  for (int i = 0; i < 11; ++i) keys += (i > 0 ? "," : "") + std::string("\"a:") + std::to_string(i) + "\":\"x\"";
  const std::string ten = keys.substr(0, keys.rfind(','));
  const struct {
    std::string statements;
    std::string_view message;
  } cases[] = {
      {Repeat(ResourceStatement(account, action, ""), 20), ""},
      {Repeat(ResourceStatement(account, action, ""), 21), "The policy has 21 statements; at most 20 are allowed."},
      {ResourceStatement(Repeat(account, 50), action, ""), ""},
      {ResourceStatement(Repeat(account, 51), action, ""), "The policy has 51 principals; at most 50 are allowed."},
      {ResourceStatement(account, Repeat(action, 7), ""), ""},
      {ResourceStatement(account, Repeat(action, 8), ""),
       "The policy has 8 actions in one statement; at most 7 are allowed."},
      {ResourceStatement(account, action, R"("StringEquals":{)" + ten + "}"), ""},
      {ResourceStatement(account, action, R"("StringEquals":{)" + keys + "}"),
       "The policy has 11 conditions; at most 10 are allowed."},
      {ResourceStatement(account, action, R"("StringEquals":{"a:b":")" + std::string(8192, 'x') + "\"}"),
       "The policy has 8414 bytes; at most 8192 are allowed."},
  };
  for (const auto& c : cases) {
    const auto checked = CheckQuota(Json(Document(c.statements)), Kind::kQueue, kBilling);
    EXPECT_EQ(checked ? "" : checked.error().message, c.message);
  }
}

// rule: policies 1.1 quotas of a topic's policy, its only resource and unique Sids
TEST(PolicyQuotaTest, ATopicsPolicyIsBounded) {
  const std::string account = R"("111111111111")";
  const std::string action = R"("sns:Publish")";
  const std::string plain = ResourceStatement(account, action, "", kOrders);
  const std::string sid =
      R"({"Sid":"a","Effect":"Allow","Principal":"*","Action":"*","Resource":")" + std::string(kOrders) + "\"}";
  const std::string own =
      "A statement of a topic's policy must have that topic as its only Resource: \"" + std::string(kOrders) + "\".";
  const struct {
    std::string statements;
    std::string message;
  } cases[] = {
      {Repeat(plain, 100), ""},
      {Repeat(plain, 101), "The policy has 101 statements; at most 100 are allowed."},
      {ResourceStatement(Repeat(account, 200), action, "", kOrders), ""},
      {ResourceStatement(Repeat(account, 201), action, "", kOrders),
       "The policy has 201 principals; at most 200 are allowed."},
      {ResourceStatement(account, action, "", kBilling), own},
      {ResourceStatement(account, action, "", "*"), own},
      {R"({"Effect":"Allow","Principal":"*","Action":"*","NotResource":"*"})", own},
      {sid, ""},
      {sid + "," + sid, "Two statements have the Sid \"a\". Give each its own."},
      {ResourceStatement(account, action, R"("StringEquals":{"a:b":")" + std::string(30 * 1024, 'x') + "\"}", kOrders),
       "The policy has 30937 bytes; at most 30720 are allowed."},
  };
  for (const auto& c : cases) {
    const auto checked = CheckQuota(Json(Document(c.statements)), Kind::kTopic, kOrders);
    EXPECT_EQ(checked ? "" : checked.error().message, c.message);
  }
}

}  // namespace
}  // namespace hub::policy
