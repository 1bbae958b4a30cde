// What the program does without a hub: help, mistakes, exit statuses, secrets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdio>

#include "tests/cli/program.h"

namespace tests {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;

constexpr const char* kGoodConfig = R"(
hub: {data: ./data}
listen: {zmq: {address: "tcp://127.0.0.1:0", security: plain}}
accounts:
  shop: {id: "111111111111", users: {checkout: {password: secret, may: [{do: publish, on: topic/orders}]}}, topics: {orders: {}}}
)";

constexpr const char* kBadConfig = R"(
hub: {durability: sometimes}
listen: {zmq: {address: "tcp://127.0.0.1:0", security: plain}}
acounts: {}
)";

TEST(HelpTest, EveryCommandExplainsItself) {
  for (const char* command :
       {"serve",  "check",     "send",    "publish",     "receive",       "consume",       "delete",  "queues",
        "topics", "subscribe", "confirm", "unsubscribe", "subscriptions", "purge",         "redrive", "describe",
        "peek",   "status",    "export",  "diff",        "bench",         "hash-password", "keys"}) {
    SCOPED_TRACE(command);
    const Finished finished = Penstock({command, "--help"});
    EXPECT_EQ(finished.status, 0);
    EXPECT_THAT(finished.out, HasSubstr("Usage: penstock " + std::string(command)));
    EXPECT_THAT(Penstock({"--help"}).out, HasSubstr(command));
  }
  for (const char* workload : {"p1", "p1b", "p2", "p3", "p5", "fair", "p9", "p10", "p11"}) {
    EXPECT_EQ(Penstock({"bench", workload, "--help"}).status, 0);
  }
}

TEST(HelpTest, FifoQueuesAreExplainedWhereTheyAreUsed) {
  EXPECT_THAT(Penstock({"send", "--help"}).out,
              AllOf(HasSubstr("--group"), HasSubstr("--deduplication-id"), HasSubstr("penstock send orders.fifo")));
  EXPECT_THAT(Penstock({"publish", "--help"}).out, AllOf(HasSubstr("--group"), HasSubstr("--deduplication-id")));
  EXPECT_THAT(Penstock({"topics", "create", "--help"}).out, HasSubstr("FifoTopic"));
  EXPECT_THAT(Penstock({"queues", "create", "--help"}).out,
              AllOf(HasSubstr(".fifo"), HasSubstr("ContentBasedDeduplication"), HasSubstr("DeduplicationScope"),
                    HasSubstr("FifoThroughputLimit")));
}

TEST(UsageTest, MistakesOnTheCommandLineExitWithTwo) {
  const struct {
    const char* why;
    std::vector<std::string> arguments;
  } cases[] = {
      {"no command", {}},
      {"unknown command", {"frobnicate"}},
      {"missing argument", {"send"}},
      {"unknown option", {"queues", "--frobnicate"}},
      {"neither body nor file", {"send", "q"}},
      {"body and file", {"send", "q", "body", "--file", "f"}},
      {"attributes of a file", {"publish", "t", "--file", "f", "--attribute", "a=b"}},
      {"the group of a file", {"send", "q.fifo", "--file", "f", "--group", "g"}},
      {"the id of a file", {"send", "q.fifo", "--file", "f", "--deduplication-id", "d"}},
      {"not a duration", {"receive", "q", "--wait", "5"}},
      {"not a number", {"receive", "q", "--max", "many"}},
      {"not a credit", {"consume", "q", "--credit", "0"}},
      {"not an idle time", {"consume", "q", "--idle-exit", "soon"}},
      {"not a visibility", {"consume", "q", "--visibility", "30"}},
      {"not a timeout", {"queues", "--timeout", "soon"}},
      {"not a handle", {"delete", "q", "???"}},
      {"half of CURVE", {"queues", "--server-key", "k"}},
      {"no such password file", {"queues", "--password-file", "/nowhere/password"}},
      {"a diff of nothing", {"diff"}},
      {"a diff of no file", {"diff", "--config", "/nowhere/hub.yaml"}},
      {"describe what", {"describe"}},
      {"too fast", {"redrive", "q", "--rate", "501"}},
      {"not a rate", {"redrive", "q", "--rate", "0"}},
      {"start and list", {"redrive", "q", "--to", "p", "--list"}},
      {"list and cancel", {"redrive", "q", "--list", "--cancel"}},
      {"not a tag", {"queues", "tag", "q", "team"}},
      {"a tag twice", {"queues", "create", "q", "--tag", "a=1", "--tag", "a=2"}},
      {"no tag", {"topics", "tag", "t"}},
      {"not an endpoint", {"queues", "--endpoint", "somewhere"}},
      {"too large a frame", {"bench", "p1", "--size", "1048576", "--batch", "1000"}},
      {"too small a body", {"bench", "p1", "--size", "1"}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    const Finished finished = Penstock(c.arguments);
    EXPECT_EQ(finished.status, 2);
    EXPECT_THAT(finished.out, IsEmpty());
    EXPECT_THAT(finished.err, Not(IsEmpty()));
  }
}

TEST(UsageTest, NoPasswordOnTheCommandLine) { EXPECT_EQ(Penstock({"queues", "--password", "secret"}).status, 2); }

TEST(UsageTest, NobodyThereExitsWithThree) {
  const Finished finished = Penstock({"status", "--endpoint", "tcp://127.0.0.1:1"});
  EXPECT_EQ(finished.status, 3);
  EXPECT_EQ(finished.err, "error: Unavailable: No hub answers at tcp://127.0.0.1:1.\n");
}

TEST(CheckTest, GoodConfigurationIsFine) {
  const std::string path = WriteFile("penstock-good.yaml", kGoodConfig);
  const Finished finished = Penstock({"check", "--config", path});
  EXPECT_EQ(finished.status, 0) << finished.err;
  EXPECT_EQ(finished.out, path + " is fine: 1 account, 1 user, 1 topic, 0 queues, 0 subscriptions, 0 grants\n");
  const Finished policies = Penstock({"check", "--config", path, "--show-policies"});
  EXPECT_THAT(policies.out, AllOf(HasSubstr("user shop/checkout"), HasSubstr("\"sns:Publish\"")));
  EXPECT_THAT(policies.out, Not(HasSubstr("secret")));
}

// A grant is no more than the statement that it becomes.
TEST(CheckTest, ShortFormsAreShownWrittenOut) {
  const std::string path = WriteFile("penstock-grants.yaml", R"(
listen: {zmq: {address: "tcp://127.0.0.1:0", security: plain}}
accounts:
  shop: {id: "111111111111", topics: {orders: {}}, queues: {invoices: {}}}
grants:
  - {from: topic/orders, to: queue/invoices}
)");
  const auto statement = AllOf(HasSubstr("sns.amazonaws.com"), HasSubstr("sqs:SendMessage"), HasSubstr("ArnEquals"),
                               HasSubstr("arn:aws:sns:us-east-1:111111111111:orders"));
  const Finished text = Penstock({"check", "--config", path, "--show-policies"});
  EXPECT_EQ(text.status, 0) << text.err;
  EXPECT_THAT(text.out, AllOf(HasSubstr("queue shop/invoices  (" + path + ":6:5)"), statement));
  const Finished json = Penstock({"check", "--json", "--config", path, "--show-policies"});
  EXPECT_THAT(json.out,
              AllOf(StartsWith(R"({"ok":true,)"), HasSubstr(R"("policies":[{"of":"queue shop/invoices")"), statement));
  EXPECT_THAT(Penstock({"check", "--config", path}).out, Not(HasSubstr("ArnEquals")));
}

TEST(CheckTest, WhatIsSurelyNotMeantIsWarnedOf) {
  const std::string path = WriteFile("penstock-warned.yaml",
                                     "accounts: {shop: {id: \"111111111111\", topics: {t: }, queues: {q: }}}\n"
                                     "listen: {zmq: {address: \"tcp://127.0.0.1:0\", security: plain}}\n"
                                     "subscriptions: [{from: topic/t, to: queue/q}]\n");
  const Finished text = Penstock({"check", "--config", path});
  EXPECT_EQ(text.status, 0);
  EXPECT_THAT(text.err, AllOf(StartsWith("warning: " + path + ":3:17: "), HasSubstr("delivers nothing")));
  EXPECT_THAT(Penstock({"check", "--json", "--config", path}).out,
              AllOf(HasSubstr(R"("mistakes":[],"warnings":[")"), HasSubstr("delivers nothing")));
}

TEST(CheckTest, AllMistakesAreReportedAtOnce) {
  const std::string path = WriteFile("penstock-bad.yaml", kBadConfig);
  const Finished finished = Penstock({"check", "--config", path});
  EXPECT_EQ(finished.status, 2);
  EXPECT_THAT(finished.err, AllOf(HasSubstr(path + ":2:19: "), HasSubstr(path + ":4:1: "), HasSubstr("accounts")));
  EXPECT_THAT(finished.out, IsEmpty());

  const Finished json = Penstock({"check", "--json", "--config", path});
  EXPECT_EQ(json.status, 2);
  EXPECT_THAT(json.out, AllOf(StartsWith(R"({"ok":false,"file":")"), HasSubstr(R"("mistakes":[")" + path + ":2:19: "),
                              HasSubstr(path + ":4:1: ")));
}

TEST(CheckTest, MissingFileIsAMistake) { EXPECT_EQ(Penstock({"check", "--config", "/nowhere/hub.yaml"}).status, 2); }

TEST(ServeUsageTest, BadConfigurationIsReportedWholeAndNothingIsStarted) {
  const std::string path = WriteFile("penstock-bad.yaml", kBadConfig);
  const Finished finished = Penstock({"serve", "--config", path});
  EXPECT_EQ(finished.status, 2);
  EXPECT_THAT(finished.err, AllOf(HasSubstr(path + ":2:19: "), HasSubstr(path + ":4:1: ")));
  EXPECT_THAT(finished.out, IsEmpty());
}

TEST(ServeUsageTest, ListenerBeyondLoopbackNeedsCurve) {
  const std::string path = WriteFile("penstock-open.yaml",
                                     "listen: {zmq: {address: \"tcp://0.0.0.0:5599\", security: plain}}\n"
                                     "accounts: {shop: {id: \"111111111111\"}}\n");
  const Finished finished = Penstock({"serve", "--config", path});
  EXPECT_EQ(finished.status, 2);
  EXPECT_THAT(finished.err, HasSubstr("curve"));
}

TEST(SecretsTest, PasswordIsHashedFromStdin) {
  const Finished finished = Penstock({"hash-password"}, "secret\n");
  EXPECT_EQ(finished.status, 0);
  EXPECT_THAT(finished.out, StartsWith("$argon2id$"));
  EXPECT_NE(finished.out, Penstock({"hash-password"}, "secret\n").out);  // Salted.
  EXPECT_THAT(Penstock({"hash-password", "--json"}, "secret\n").out, StartsWith(R"({"password_hash":"$argon2id$)"));
  EXPECT_EQ(Penstock({"hash-password"}, "").status, 2);
}

TEST(SecretsTest, SecretKeyIsReadableByItsOwnerOnlyAndNeverOverwritten) {
  const std::string path = WriteFile("penstock-key", "");
  std::remove(path.c_str());
  std::remove((path + ".pub").c_str());
  const Finished finished = Penstock({"keys", path});
  EXPECT_EQ(finished.status, 0) << finished.err;
  struct stat secret {};
  ASSERT_EQ(stat(path.c_str(), &secret), 0);
  EXPECT_EQ(secret.st_mode & 0777, 0600u);
  EXPECT_EQ(secret.st_size, 41);
  struct stat shared {};
  ASSERT_EQ(stat((path + ".pub").c_str(), &shared), 0);
  EXPECT_EQ(shared.st_size, 41);
  EXPECT_EQ(Penstock({"keys", path}).status, 2);
}

}  // namespace
}  // namespace tests
