// Short forms, written out as IAM statements, and what is said of those that cannot work.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "adapters/yaml/actions.h"
#include "adapters/yaml/config_file.h"

namespace adapters::yaml {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kDeclared[] = R"(
listen: {zmq: {address: "tcp://127.0.0.1:5566"}}
accounts:
  shop:
    id: "111111111111"
    topics: {orders: , payments: }
    users:
      checkout: {password: x}
  billing:
    id: "222222222222"
    queues: {invoices: , other: }
    users:
      worker: {password: x, may: {do: "sqs:*", on: queue/invoices}}
)";

Checked Read(const std::string& more) { return ReadConfigText(kDeclared + more, "f.yaml"); }

TEST(PoliciesTest, GrantsBecomeVisibleStatements) {
  const struct {
    const char* why;
    const char* grant;
    const char* resource;
    const char* document;
  } cases[] = {
      {"a topic may deliver", "{from: topic/orders, to: queue/invoices}", "arn:aws:sqs:us-east-1:222222222222:invoices",
       R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},)"
       R"("Action":"sqs:SendMessage","Resource":"arn:aws:sqs:us-east-1:222222222222:invoices",)"
       R"("Condition":{"ArnEquals":{"aws:SourceArn":"arn:aws:sns:us-east-1:111111111111:orders"}}}]})"},
      {"an account may", "{account: billing, may: [receive, delete], on: queue/invoices}",
       "arn:aws:sqs:us-east-1:222222222222:invoices",
       R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",)"
       R"("Principal":{"AWS":"arn:aws:iam::222222222222:root"},)"
       R"("Action":["sqs:ReceiveMessage","sqs:GetQueueAttributes","sqs:GetQueueUrl","sqs:DeleteMessage"],)"
       R"("Resource":"arn:aws:sqs:us-east-1:222222222222:invoices"}]})"},
      {"a user may", "{user: shop/checkout, may: publish, on: topic/orders}",
       "arn:aws:sns:us-east-1:111111111111:orders",
       R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",)"
       R"("Principal":{"AWS":"arn:aws:iam::111111111111:user/checkout"},)"
       R"("Action":"sns:Publish","Resource":"arn:aws:sns:us-east-1:111111111111:orders"}]})"},
      {"verbatim actions, each once", "{account: shop, may: [\"sqs:Get*\", send, describe], on: queue/invoices}",
       "arn:aws:sqs:us-east-1:222222222222:invoices",
       R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",)"
       R"("Principal":{"AWS":"arn:aws:iam::111111111111:root"},)"
       R"("Action":["sqs:Get*","sqs:SendMessage","sqs:GetQueueUrl","sqs:GetQueueAttributes"],)"
       R"("Resource":"arn:aws:sqs:us-east-1:222222222222:invoices"}]})"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    const Checked checked = Read("grants:\n  - " + std::string(c.grant));
    ASSERT_THAT(checked.mistakes, IsEmpty());
    ASSERT_EQ(checked.config->grants.size(), 1u);
    const hub::core::CompiledGrant& grant = checked.config->grants[0];
    EXPECT_EQ(ArnOf(grant.resource), c.resource);
    EXPECT_EQ(ToJson(grant.document), c.document);
    EXPECT_EQ(grant.place.ToString(), "f.yaml:15:5");
    EXPECT_EQ(grant.policy->statements()[0].ToString(), "statement 1 of grants[0] (f.yaml:15)");
  }
}

TEST(PoliciesTest, AGrantOfSeveralTopicsToSeveralQueuesIsOneStatementForEachPair) {
  const Checked checked =
      Read("grants:\n  - {from: [topic/orders, topic/payments], to: [queue/invoices, queue/other]}");
  ASSERT_TRUE(checked.config);
  EXPECT_EQ(checked.config->grants.size(), 4u);
}

TEST(PoliciesTest, ActionWordsCompileAndAreKnownToThePolicyLanguage) {
  for (const ActionWord& word : ActionWords()) {
    SCOPED_TRACE(word.word);
    const std::string on = word.kind == hub::Kind::kQueue ? "queue/invoices" : "topic/orders";
    const Checked checked = Read("grants: [{account: shop, may: [" + word.word + "], on: " + on + "}]");
    ASSERT_THAT(checked.mistakes, IsEmpty());
    EXPECT_EQ(checked.config->grants[0].policy->statements()[0].actions.size(), word.actions.size());
  }
}

TEST(PoliciesTest, WhatAUserMayIsAnIdentityPolicy) {
  const Checked checked = ReadConfigText(R"(
listen: {zmq: {address: "tcp://127.0.0.1:5566"}}
accounts:
  shop:
    id: "111111111111"
    topics: {orders: , payments: }
    queues: {returns: }
    users:
      checkout:
        password: x
        may:
          - {do: publish, on: [topic/orders, topic/payments]}
          - {do: describe, on: [topic/orders, queue/returns]}
        policies:
          - {"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}
)",
                                         "f.yaml");
  ASSERT_THAT(checked.mistakes, IsEmpty());
  ASSERT_EQ(checked.config->users[0].policies.size(), 2u);
  EXPECT_EQ(checked.config->users[0].policies[0]->label(), "user shop/checkout");
  EXPECT_EQ(
      ToJson(PoliciesOf(checked)),
      R"([{"of":"user shop/checkout","at":"f.yaml:15:13",)"
      R"("policy":{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}},)"
      R"({"of":"user shop/checkout","at":"f.yaml:12:11","policy":{"Version":"2012-10-17","Statement":[)"
      R"({"Effect":"Allow","Action":"sns:Publish","Resource":["arn:aws:sns:us-east-1:111111111111:orders",)"
      R"("arn:aws:sns:us-east-1:111111111111:payments"]},)"
      R"({"Effect":"Allow","Action":["sqs:GetQueueAttributes","sqs:GetQueueUrl"],)"
      R"("Resource":"arn:aws:sqs:us-east-1:111111111111:returns"},)"
      R"({"Effect":"Allow","Action":"sns:GetTopicAttributes","Resource":"arn:aws:sns:us-east-1:111111111111:orders"}]}}])");
}

TEST(PoliciesTest, VerbatimPoliciesOfResourcesPassAsTheyAre) {
  const std::string policy =
      R"({"Version":"2012-10-17","Statement":[{"Sid":"Any","Effect":"Allow","Principal":"*","Action":"sqs:SendMessage",)"
      R"("Resource":"*","Condition":{"StringEquals":{"aws:SourceAccount":"000000000000"}}}]})";
  const Checked checked =
      ReadConfigText("accounts: {a: {id: \"111111111111\", queues: {q: {policy: " + policy + "}}}}", "f.yaml");
  ASSERT_THAT(checked.mistakes, IsEmpty());
  EXPECT_EQ(ToJson(*checked.config->queues[0].policy), policy);
}

TEST(PoliciesTest, ADeadLetterQueueThatAdmitsNoMessageIsWarnedOf) {
  const auto read = [](const std::string& grants) {
    return ReadConfigText(R"(
listen: {zmq: {address: "tcp://127.0.0.1:5566"}}
accounts: {shop: {id: "111111111111", topics: {orders: }, queues: {q: , dead: }}}
subscriptions: [{from: topic/orders, to: queue/q, dead_letter: queue/dead}]
grants: [{from: topic/orders, to: )" +
                              grants + "}]\n",
                          "f.yaml");
  };
  EXPECT_THAT(
      read("queue/q").warnings,
      ElementsAre("f.yaml:4:17: subscriptions[0].dead_letter gets nothing: queue/shop/dead admits no message from "
                  "topic/shop/orders. Add to grants: {from: topic/shop/orders, to: queue/shop/dead}."));
  EXPECT_THAT(read("[queue/q, queue/dead]").warnings, IsEmpty());
  EXPECT_THAT(read("[queue/q, queue/dead]").mistakes, IsEmpty());
}

TEST(PoliciesTest, ASubscriptionThatItsQueueDoesNotAdmitIsWarnedOf) {
  const std::string subscription = "subscriptions: [{from: topic/orders, to: queue/invoices}]\n";
  EXPECT_THAT(
      Read(subscription).warnings,
      ElementsAre("f.yaml:14:17: subscriptions[0] delivers nothing: queue/billing/invoices admits no message from "
                  "topic/shop/orders. Add to grants: {from: topic/shop/orders, to: queue/billing/invoices}."));
  EXPECT_THAT(Read(subscription + "grants: [{from: topic/orders, to: queue/invoices}]").warnings, IsEmpty());
  EXPECT_THAT(Read(subscription + "grants: [{from: topic/payments, to: queue/invoices}]").warnings, testing::SizeIs(1));
}

// One is enough to see what is missing.
TEST(PoliciesTest, TheFirstTopicOfAPatternThatTheQueueDoesNotAdmitIsWarnedOf) {
  const std::string subscription = "subscriptions: [{from: topic/shop/*, to: queue/invoices}]\n";
  EXPECT_THAT(
      Read(subscription + "grants: [{from: topic/orders, to: queue/invoices}]").warnings,
      ElementsAre("f.yaml:14:17: subscriptions[0] delivers nothing: queue/billing/invoices admits no message from "
                  "topic/shop/payments. Add to grants: {from: topic/shop/payments, to: queue/billing/invoices}."));
  EXPECT_THAT(Read("subscriptions: [{from: topic/shop/none-*, to: queue/invoices}]\n").warnings, IsEmpty());
  EXPECT_THAT(Read(subscription + "grants: [{from: [topic/orders, topic/payments], to: queue/invoices}]").warnings,
              IsEmpty());
}

TEST(PoliciesTest, ADenialOfTheQueueIsNotMendedByAGrant) {
  const Checked checked = ReadConfigText(R"(
listen: {zmq: {address: "tcp://127.0.0.1:5566"}}
accounts:
  shop:
    id: "111111111111"
    topics: {orders: }
    queues:
      q: {policy: {Statement: {Effect: Deny, Principal: "*", Action: "sqs:SendMessage", Resource: "*"}}}
subscriptions: [{from: topic/orders, to: queue/q}]
)",
                                         "f.yaml");
  EXPECT_THAT(checked.warnings,
              ElementsAre("f.yaml:9:17: subscriptions[0] delivers nothing: queue/shop/q admits no message from "
                          "topic/shop/orders. Its policy denies them; take that statement away."));
}

TEST(PoliciesTest, AGrantToAUserOfAnotherAccountNeedsTheUsersOwnPolicyToo) {
  EXPECT_THAT(
      Read("grants: [{user: shop/checkout, may: delete, on: queue/invoices}]").warnings,
      ElementsAre("f.yaml:14:10: grants[0] is not enough for shop/checkout of another account: its own policies do "
                  "not allow sqs:DeleteMessage. Add to accounts.shop.users.checkout.may: {do: "
                  "sqs:DeleteMessage, on: queue/billing/invoices}."));
  EXPECT_THAT(Read("grants: [{user: billing/worker, may: delete, on: queue/invoices}]").warnings, IsEmpty());
}

TEST(PoliciesTest, AUserWithoutProofIsWarnedOf) {
  const Checked checked =
      ReadConfigText("listen: {zmq: []}\naccounts: {a: {id: \"111111111111\", users: {u: }}}\n", "f.yaml");
  EXPECT_THAT(checked.warnings, ElementsAre("f.yaml:2:44: accounts.a.users.u has no password, password_hash or "
                                            "curve_key: nobody can be this user."));
}

}  // namespace
}  // namespace adapters::yaml
