// The whole program: a hub that serves, and the command line and the examples as its clients.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <memory>
#include <set>
#include <sstream>

#include "adapters/client/client.h"
#include "hub/base/json.h"
#include "tests/cli/program.h"

namespace tests {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

// Everything may be done by shop/admin; shop/guest may do nothing.
constexpr const char* kConfig = R"(
listen: {zmq: {address: "tcp://127.0.0.1:0", security: plain}}
accounts:
  shop:
    id: "111111111111"
    users:
      admin:
        password: secret-of-admin
        policies: [{Version: "2012-10-17", Statement: {Effect: Allow, Action: ["sqs:*", "sns:*"], Resource: "*"}}]
      guest: {password: secret-of-guest}
    topics: {orders: {}}
    queues: {invoices: {}}
  press:
    id: "222222222222"
    queues: {inbox: {}}
subscriptions:
  - {from: topic/orders, to: queue/invoices, filter: {event: [placed]}, raw: true}
grants:
  - {from: topic/orders, to: [queue/invoices, queue/inbox]}
  - {user: shop/admin, may: receive, on: queue/inbox}
)";

class ServeTest : public testing::Test {
 protected:
  void SetUp() override {
    static int count = 0;
    const std::string name = "penstock-serve-" + std::to_string(getpid()) + "-" + std::to_string(++count);
    config_ = WriteFile(name + ".yaml", kConfig);
    data_ = WriteFile(name + ".data", "");
    std::filesystem::remove(data_);
    Start();
  }

  void TearDown() override {
    hub_.reset();
    std::filesystem::remove_all(data_);
    std::filesystem::remove(config_);
  }

  void Start() {
    hub_ = std::make_unique<RunningHub>(std::vector<std::string>{"--config", config_, "--data", data_});
    ASSERT_TRUE(hub_->ready()) << hub_->Log();
  }

  Environment As(const std::string& user) const {
    return {{"PENSTOCK_ENDPOINT", hub_->endpoint()},
            {"PENSTOCK_USER", "shop/" + user},
            {"PENSTOCK_PASSWORD", "secret-of-" + user}};
  }

  Finished Admin(const std::vector<std::string>& arguments, const std::string& input = "") const {
    return Penstock(arguments, input, As("admin"));
  }

  std::string config_;
  std::string data_;
  std::unique_ptr<RunningHub> hub_;
};

TEST_F(ServeTest, PublishedMessageArrivesFilteredAndIsDeleted) {
  const Finished placed = Admin({"publish", "orders", "{\"id\": 7}", "--attribute", "event=placed"});
  EXPECT_EQ(placed.status, 0) << placed.err;
  EXPECT_EQ(Admin({"publish", "orders", "other", "--attribute", "event=cancelled"}).status, 0);

  const Finished received = Admin({"receive", "invoices", "--wait", "5s", "--json"});
  ASSERT_EQ(received.status, 0) << received.err;
  const auto message = hub::ParseJson(received.out, "");
  ASSERT_TRUE(message) << received.out;
  EXPECT_EQ(message->Find("body")->text, "{\"id\": 7}");
  EXPECT_EQ(message->Find("attributes")->Find("event")->Find("value")->text, "placed");

  const Finished removed = Admin({"delete", "invoices", message->Find("handle")->text, "--json"});
  EXPECT_EQ(removed.status, 0) << removed.err;
  EXPECT_EQ(removed.out, "{\"deleted\":1}\n");
  EXPECT_THAT(Admin({"queues", "show", "invoices", "--json"}).out,
              AllOf(HasSubstr("\"visible\":0"), HasSubstr("\"in_flight\":0"), HasSubstr("\"deleted\":1")));
}

TEST_F(ServeTest, FileOfManyFramesArrivesWhole) {
  std::string lines;
  for (int i = 0; i < 2345; ++i) lines += "{\"body\": {\"n\": " + std::to_string(i) + "}}\n";
  const Finished sent = Admin({"send", "invoices", "--file", "-"}, lines);
  EXPECT_EQ(sent.status, 0) << sent.err;
  EXPECT_EQ(sent.out, "accepted 2345 messages\n");
  const Finished received = Admin({"receive", "invoices", "--max", "100000", "--delete"});
  EXPECT_EQ(received.status, 0) << received.err;
  std::set<std::string> bodies;
  std::istringstream out(received.out);
  for (std::string line; std::getline(out, line);) EXPECT_TRUE(bodies.insert(line).second) << line;
  EXPECT_EQ(bodies.size(), 2345u);
  EXPECT_TRUE(bodies.contains("{\"n\":2344}"));
}

TEST_F(ServeTest, BadLineIsNamedAndWhatCameBeforeIsSent) {
  const Finished sent = Admin({"send", "invoices", "--file", "-"}, "{\"body\": 1}\n{\"body\": 2}\nnonsense\n");
  EXPECT_EQ(sent.status, 2);
  EXPECT_EQ(sent.out, "accepted 2 messages\n");
  EXPECT_THAT(sent.err, HasSubstr("stdin, line 3"));
}

TEST_F(ServeTest, RefusalsExitWithOneAndSayWhy) {
  const Finished denied = Penstock({"send", "invoices", "x"}, "", As("guest"));
  EXPECT_EQ(denied.status, 1);
  EXPECT_THAT(denied.err, StartsWith("error: AccessDenied: "));
  const Finished missing = Admin({"receive", "nowhere"});
  EXPECT_EQ(missing.status, 1);
  EXPECT_THAT(missing.err, StartsWith("error: QueueNotFound: "));
  const Finished declared = Admin({"queues", "delete", "invoices"});
  EXPECT_EQ(declared.status, 1);
  EXPECT_THAT(declared.err, AllOf(StartsWith("error: DeclaredInYaml: "), HasSubstr(config_)));

  Environment wrong = As("admin");
  wrong["PENSTOCK_PASSWORD"] = "guess";
  const Finished refused = Penstock({"status"}, "", wrong);
  EXPECT_EQ(refused.status, 1);
  EXPECT_THAT(refused.err, HasSubstr("does not accept this login"));
  EXPECT_THAT(hub_->Log(), AllOf(Not(HasSubstr("guess")), Not(HasSubstr("secret-of"))));
}

TEST_F(ServeTest, ResourcesAreMadeChangedShownAndDeleted) {
  EXPECT_EQ(Admin({"queues", "create", "retries", "VisibilityTimeout=60"}).out,
            "arn:aws:sqs:us-east-1:111111111111:retries\n");
  EXPECT_EQ(Admin({"queues", "set", "retries", "VisibilityTimeout=90"}).status, 0);
  EXPECT_THAT(Admin({"queues", "show", "retries"}).out, HasSubstr("90"));
  EXPECT_THAT(Admin({"queues"}).out, AllOf(HasSubstr(":retries"), HasSubstr(":invoices")));
  EXPECT_EQ(Admin({"topics", "create", "news"}).status, 0);
  EXPECT_EQ(Admin({"subscribe", "news", "retries", "RawMessageDelivery=true"}).status, 0);
  EXPECT_EQ(Admin({"subscribe", "news", "retries", "--change", "RawMessageDelivery=false"}).status, 0);
  EXPECT_THAT(Admin({"topics", "show", "news"}).out, HasSubstr("-> arn:aws:sqs:us-east-1:111111111111:retries"));
  EXPECT_EQ(Admin({"unsubscribe", "news", "retries"}).status, 0);
  EXPECT_EQ(Admin({"queues", "purge", "retries"}).status, 0);
  EXPECT_EQ(Admin({"queues", "delete", "retries"}).status, 0);
  EXPECT_EQ(Admin({"topics", "delete", "news"}).status, 0);
  EXPECT_THAT(Admin({"topics", "--json"}).out, AllOf(StartsWith("[{"), Not(HasSubstr("news"))));
  EXPECT_THAT(Admin({"status"}).out, HasSubstr("durability"));
}

TEST_F(ServeTest, DeadLettersAreSentBackWatchedAndCancelled) {
  ASSERT_EQ(Admin({"queues", "create", "dead"}).status, 0);
  const std::string redrive =
      R"(RedrivePolicy={"deadLetterTargetArn":"arn:aws:sqs:us-east-1:111111111111:dead","maxReceiveCount":1})";
  ASSERT_EQ(Admin({"queues", "create", "work", redrive}).status, 0);
  EXPECT_EQ(Admin({"queues", "sources", "dead"}).out, "arn:aws:sqs:us-east-1:111111111111:work\n");
  EXPECT_EQ(Admin({"queues", "sources", "dead", "--json"}).out, "[\"arn:aws:sqs:us-east-1:111111111111:work\"]\n");
  ASSERT_EQ(Admin({"send", "work", "--file", "-"}, "{\"body\": 1}\n{\"body\": 2}\n{\"body\": 3}\n").status, 0);
  for (int i = 0; i < 2; ++i) ASSERT_EQ(Admin({"receive", "work", "--visibility", "0s"}).status, 0);
  ASSERT_THAT(Admin({"queues", "show", "dead", "--json"}).out, HasSubstr(R"("visible":3)"));

  const Finished started = Admin({"redrive", "dead", "--rate", "1"});
  EXPECT_EQ(started.status, 0) << started.err;
  EXPECT_THAT(started.out, StartsWith("arn:aws:sqs:us-east-1:111111111111:dead#"));
  EXPECT_THAT(Admin({"redrive", "dead"}).err, StartsWith("error: TaskRunning: There is already a task running."));
  EXPECT_THAT(Admin({"redrive", "dead", "--cancel"}).out, StartsWith("cancelled after "));
  EXPECT_THAT(Admin({"redrive", "dead", "--cancel"}).err, StartsWith("error: TaskNotFound: "));
  EXPECT_THAT(Admin({"redrive", "dead", "--list"}).out,
              AllOf(StartsWith("STARTED"), HasSubstr("CANCELLED"), HasSubstr("where each came from")));

  const Finished waited = Admin({"redrive", "dead", "--wait"});
  EXPECT_EQ(waited.status, 0) << waited.err;
  EXPECT_THAT(waited.out, ContainsRegex("^moved [0-3] messages\n$"));
  EXPECT_THAT(Admin({"queues", "show", "work", "--json"}).out, HasSubstr(R"("visible":3)"));
  EXPECT_THAT(Admin({"redrive", "dead", "--list", "--json"}).out,
              AllOf(StartsWith(R"([{"status":"COMPLETED")"), HasSubstr(R"("status":"CANCELLED")")));

  ASSERT_EQ(Admin({"send", "dead", "straight"}).status, 0);
  const Finished failed = Admin({"redrive", "dead", "--wait"});
  EXPECT_EQ(failed.status, 1);
  EXPECT_THAT(failed.err, HasSubstr("The task is FAILED. A message was sent straight to this queue"));
  const Finished elsewhere = Admin({"redrive", "dead", "--to", "invoices", "--wait", "--json"});
  EXPECT_EQ(elsewhere.status, 0) << elsewhere.err;
  EXPECT_THAT(elsewhere.out, AllOf(HasSubstr(R"("moved":1)"), HasSubstr(R"("destination":"arn:)")));
  EXPECT_EQ(Admin({"receive", "invoices", "--delete"}).out, "straight\n");
}

TEST_F(ServeTest, TagsAreSetShownAndTakenAway) {
  ASSERT_EQ(Admin({"queues", "create", "tagged", "--tag", "team=billing", "VisibilityTimeout=60", "--tag", "tier=a=b"})
                .status,
            0);
  EXPECT_EQ(Admin({"queues", "tags", "tagged"}).out, "team=billing\ntier=a=b\n");
  EXPECT_EQ(Admin({"queues", "tag", "tagged", "team=shop", "empty="}).status, 0);
  EXPECT_EQ(Admin({"queues", "untag", "tagged", "tier", "unknown"}).status, 0);
  EXPECT_EQ(Admin({"queues", "tags", "tagged", "--json"}).out, "{\"empty\":\"\",\"team\":\"shop\"}\n");
  EXPECT_THAT(Admin({"queues", "show", "tagged"}).out, ContainsRegex("tag +team=shop"));
  EXPECT_THAT(Admin({"queues", "show", "tagged", "--json"}).out, HasSubstr(R"("tags":{"empty":"","team":"shop"})"));
  ASSERT_EQ(Admin({"topics", "create", "news", "--tag", "team=press"}).status, 0);
  EXPECT_EQ(Admin({"topics", "tag", "news", "tier=gold"}).status, 0);
  EXPECT_EQ(Admin({"topics", "untag", "news", "team"}).status, 0);
  EXPECT_EQ(Admin({"topics", "tags", "news"}).out, "tier=gold\n");
  EXPECT_THAT(Admin({"topics", "show", "news"}).out, ContainsRegex("tag +tier=gold"));
  EXPECT_THAT(Admin({"queues", "tag", "tagged", "aws:x=1"}).err, StartsWith("error: InvalidArgument: "));
  EXPECT_THAT(Admin({"queues", "tag", "invoices", "a=1"}).err, StartsWith("error: DeclaredInYaml: "));
}

TEST_F(ServeTest, WhatBecameOfASubscriptionsMessagesIsLaidOut) {
  ASSERT_EQ(Admin({"queues", "create", "closed"}).status, 0);
  ASSERT_EQ(Admin({"queues", "create", "lost"}).status, 0);
  EXPECT_EQ(Admin({"subscribe", "orders", "closed", "--filter", R"({"event":["placed"]})", "--raw", "--on-body",
                   "--dead-letter", "lost"})
                .status,
            0);
  const std::string described = Admin({"topics", "describe", "orders", "--json"}).out;
  EXPECT_THAT(described, HasSubstr(R"("FilterPolicy":"{\"event\":[\"placed\"]}","FilterPolicyScope":"MessageBody",)"
                                   R"("RawMessageDelivery":"true","RedrivePolicy":"{\"deadLetterTargetArn\":)"
                                   R"(\"arn:aws:sqs:us-east-1:111111111111:lost\"}")"));
  EXPECT_EQ(Admin({"publish", "orders", R"({"event":"placed"})"}).status, 0);
  EXPECT_EQ(Admin({"publish", "orders", R"({"event":"other"})"}).status, 0);
  EXPECT_THAT(
      Admin({"topics", "describe", "orders"}).out,
      AllOf(ContainsRegex("QUEUE +STATE +DELIVERED +FILTERED +DENIED +FAILED +DEAD-LETTERED"),
            ContainsRegex(":invoices +confirmed +0 +2 +0 +0 +0"), ContainsRegex(":closed +confirmed +0 +1 +1 +0 +0"),
            ContainsRegex("last denial +User: sns.amazonaws.com is not authorized to perform: sqs:SendMessage on "
                          ".*closed.* Nor does the"),
            ContainsRegex("owner +111111111111, by arn:aws:iam::111111111111:user/admin")));
  EXPECT_THAT(Admin({"subscriptions", "ord"}).out, ContainsRegex(":orders +arn:aws:sqs:us-east-1:111111111111:closed"));
  EXPECT_EQ(Admin({"subscriptions", "none", "--json"}).out, "[]\n");
  const Finished missing = Admin({"subscribe", "orders", "closed", "--dead-letter", "nowhere"});
  EXPECT_EQ(missing.status, 1);
  EXPECT_THAT(missing.err, StartsWith("error: QueueNotFound: "));
  const Finished wrong = Admin({"subscribe", "orders", "closed", "--filter", "@/nowhere/filter.json"});
  EXPECT_EQ(wrong.status, 2);
}

TEST_F(ServeTest, AQueueOfAnotherAccountIsSubscribedOnceItsTokenIsShown) {
  const Finished asked = Admin({"subscribe", "orders", "press/inbox"});
  EXPECT_THAT(asked.out, StartsWith("arn:aws:sns:us-east-1:111111111111:orders:"));
  EXPECT_THAT(asked.err, HasSubstr("waits for confirmation"));
  const std::string arn = asked.out.substr(0, asked.out.find('\n'));
  EXPECT_EQ(Admin({"subscribe", "orders", "press/inbox", "--json"}).out,
            "{\"arn\":\"" + arn + "\",\"state\":\"pending\"}\n");
  EXPECT_THAT(Admin({"topics", "describe", "orders"}).out, ContainsRegex(":inbox +pending +0 +0"));
  const std::string body = Admin({"receive", "press/inbox"}).out;
  const std::string before = "penstock confirm arn:aws:sns:us-east-1:111111111111:orders ";
  const std::size_t at = body.find(before);
  ASSERT_NE(at, std::string::npos) << body;
  const std::string token = body.substr(at + before.size(), 48);
  EXPECT_THAT(Admin({"confirm", "orders", std::string(48, '0')}).err, StartsWith("error: InvalidArgument: The token"));
  EXPECT_EQ(Admin({"confirm", "orders", token}).out, arn + "\n");
  EXPECT_THAT(Admin({"topics", "describe", "orders"}).out, ContainsRegex(":inbox +confirmed"));
  EXPECT_EQ(Admin({"unsubscribe", arn}).status, 0);
  EXPECT_THAT(Admin({"unsubscribe", arn}).out, HasSubstr("There is no subscription"));
}

TEST_F(ServeTest, FifoQueueKeepsOrderWithinAGroupAndTakesAMessageOnce) {
  EXPECT_EQ(Admin({"queues", "create", "steps.fifo"}).out, "arn:aws:sqs:us-east-1:111111111111:steps.fifo\n");
  EXPECT_THAT(Admin({"queues", "show", "steps.fifo", "--json"}).out, HasSubstr("\"FifoQueue\":\"true\""));

  const std::vector<std::string> first = {"send", "steps.fifo", "one", "--group", "g", "--deduplication-id", "1"};
  const Finished sent = Admin(first);
  EXPECT_EQ(sent.status, 0) << sent.err;
  EXPECT_EQ(Admin(first).status, 0);  // Once more, for nothing.
  const Finished lines = Admin({"send", "steps.fifo", "--file", "-", "--json"},
                               "{\"body\": \"two\", \"group\": \"g\", \"deduplication\": \"2\"}\n"
                               "{\"body\": \"no group\", \"deduplication\": \"3\"}\n");
  EXPECT_EQ(lines.status, 1);
  EXPECT_THAT(lines.out, AllOf(HasSubstr("\"accepted\":1"), HasSubstr("\"sequences\":["), HasSubstr("\"index\":1")));
  EXPECT_THAT(lines.err, HasSubstr("message 2: "));

  const Finished shown = Admin({"receive", "steps.fifo", "--max", "1", "--visibility", "0s"});
  EXPECT_THAT(shown.out, StartsWith("one\n"));
  EXPECT_THAT(shown.out, HasSubstr(", group g, deduplication id 1, sequence "));
  std::vector<std::string> bodies;
  std::vector<std::string> sequences;
  std::istringstream out(Admin({"receive", "steps.fifo", "--json", "--delete"}).out);
  for (std::string line; std::getline(out, line);) {
    const auto message = hub::ParseJson(line, "");
    ASSERT_TRUE(message) << line;
    bodies.push_back(message->Find("body")->text);
    EXPECT_EQ(message->Find("group")->text, "g");
    EXPECT_EQ(message->Find("deduplication")->text, std::to_string(bodies.size()));
    sequences.push_back(message->Find("sequence")->text);
  }
  EXPECT_EQ(bodies, (std::vector<std::string>{"one", "two"}));
  ASSERT_EQ(sequences.size(), 2u);
  EXPECT_LT(std::stoull(sequences[0]), std::stoull(sequences[1]));
  EXPECT_THAT(lines.out, HasSubstr("\"sequences\":[" + sequences[1] + "]"));
}

TEST_F(ServeTest, MessagesWaitForTheirDelay) {
  EXPECT_EQ(Admin({"send", "invoices", "later", "--delay", "15m"}).status, 0);
  const Finished lines =
      Admin({"send", "invoices", "--file", "-"},
            "{\"body\": \"now\", \"delay\": \"0s\"}\n{\"body\": \"later, too\", \"delay\": \"10m\"}\n"
            "{\"body\": \"too late\", \"delay\": \"16m\"}\n");
  EXPECT_EQ(lines.status, 1);
  EXPECT_THAT(lines.err, HasSubstr("message 3: A message may be delayed from 0 to 15 minutes."));
  EXPECT_THAT(Admin({"queues", "show", "invoices", "--json"}).out,
              AllOf(HasSubstr("\"visible\":1"), HasSubstr("\"delayed\":2")));
  EXPECT_THAT(Admin({"receive", "invoices"}).out, StartsWith("now\n"));
  EXPECT_EQ(Admin({"send", "invoices", "x", "--delay", "soon"}).status, 2);
  EXPECT_EQ(Admin({"send", "invoices", "--file", "-", "--delay", "1s"}).status, 2);
}

TEST_F(ServeTest, AReceiveIsAskedForOnceMoreByItsAttempt) {
  Admin({"queues", "create", "retries.fifo"});
  for (const char* id : {"1", "2"}) {
    Admin({"send", "retries.fifo", id, "--group", id, "--deduplication-id", id});
  }
  const std::vector<std::string> receive = {"receive", "retries.fifo", "--max", "1", "--attempt-id", "worker/1"};
  const Finished first = Admin(receive);
  EXPECT_THAT(first.out, StartsWith("1\n"));
  EXPECT_EQ(Admin(receive).out, first.out);  // The handle, too.
  EXPECT_THAT(Admin({"receive", "retries.fifo", "--attempt-id", "worker/2", "--delete"}).out, StartsWith("2\n"));
  const Finished gone = Admin({"receive", "retries.fifo", "--attempt-id", "worker/2"});
  EXPECT_EQ(gone.status, 1);
  EXPECT_THAT(gone.err, HasSubstr("the receive call is not retryable"));
  EXPECT_EQ(Admin({"receive", "retries.fifo", "--attempt-id", "a", "--max", "1001"}).status, 2);
}

TEST_F(ServeTest, StandardMessagesShowNothingOfFifoQueues) {
  EXPECT_THAT(Admin({"send", "invoices", "plain", "--json"}).out, Not(HasSubstr("sequences")));
  EXPECT_THAT(
      Admin({"receive", "invoices", "--json", "--visibility", "0s"}).out,
      AllOf(HasSubstr("\"plain\""), Not(HasSubstr("group")), Not(HasSubstr("dedup")), Not(HasSubstr("sequence"))));
  EXPECT_THAT(Admin({"receive", "invoices"}).out, AllOf(StartsWith("plain\n"), Not(HasSubstr("group")),
                                                        Not(HasSubstr("dedup")), Not(HasSubstr("sequence"))));
}

TEST_F(ServeTest, PublishedGroupReachesTheQueue) {
  EXPECT_EQ(Admin({"publish", "orders", "b", "--group", "customer-7", "--attribute", "event=placed"}).status, 0);
  EXPECT_THAT(Admin({"receive", "invoices", "--wait", "5s", "--json"}).out, HasSubstr("\"group\":\"customer-7\""));
}

TEST_F(ServeTest, NameOfAFifoQueueCanBeToldOtherwise) {
  const Finished refused = Admin({"queues", "create", "steps.fifo", "FifoQueue=false"});
  EXPECT_EQ(refused.status, 1);
  EXPECT_THAT(refused.err, AllOf(StartsWith("error: InvalidArgument: "), HasSubstr("FifoQueue")));
}

TEST_F(ServeTest, EachFailingEntryIsToldAndExitsWithOne) {
  const std::string lines = "{\"body\": \"good\"}\n{\"body\": \"\"}\n";
  const Finished text = Admin({"send", "invoices", "--file", "-"}, lines);
  EXPECT_EQ(text.status, 1);
  EXPECT_EQ(text.err, "error: MissingArgument: message 2: The message has no body.\n");
  const Finished json = Admin({"send", "invoices", "--file", "-", "--json"}, lines);
  EXPECT_EQ(json.status, 1);
  EXPECT_THAT(json.out, AllOf(StartsWith(R"({"accepted":1,"ids":[")"),
                              HasSubstr(R"("failures":[{"index":1,"code":"MissingArgument")")));
  const Finished forged = Admin({"delete", "invoices", "AAECAwQFBgcICQoLDA0ODw=="});
  EXPECT_EQ(forged.status, 1);
  EXPECT_THAT(forged.err, StartsWith("error: ReceiptHandleInvalid: handle 1: "));
}

TEST_F(ServeTest, AReceiveShowsHidesAndDeletesAsItIsTold) {
  ASSERT_EQ(Admin({"send", "invoices", "a", "--attribute", "n:Number=7"}).status, 0);
  const std::string shown = Admin({"receive", "invoices", "--visibility", "0s", "--max", "1"}).out;
  EXPECT_THAT(shown, AllOf(StartsWith("a\n"), HasSubstr("received 1 time, n=7\n"), HasSubstr("  handle ")));
  EXPECT_EQ(Admin({"receive", "invoices", "--delete"}).out, "a\n");  // It was not hidden, and now is gone.
  EXPECT_THAT(Admin({"queues", "show", "invoices", "--json"}).out,
              AllOf(HasSubstr(R"("in_flight":0)"), HasSubstr(R"("deleted":1)")));
}

TEST_F(ServeTest, ASubjectTravelsFromTheCommandLineAndFromAFile) {
  ASSERT_EQ(Admin({"publish", "orders", "a", "--attribute", "event=placed", "--subject", "told"}).status, 0);
  const std::string line = "{\"body\": \"b\", \"subject\": \"read\", \"attributes\": {\"event\": \"placed\"}}\n";
  ASSERT_EQ(Admin({"publish", "orders", "--file", "-"}, line).status, 0);
  EXPECT_THAT(Admin({"receive", "invoices", "--json"}).out,
              AllOf(HasSubstr(R"("subject":"told")"), HasSubstr(R"("subject":"read")")));
}

TEST_F(ServeTest, EveryAnswerIsJsonWhenAskedFor) {
  const std::string arn = R"({"arn":"arn:aws:)";
  EXPECT_THAT(Admin({"send", "invoices", "a", "--json"}).out, StartsWith(R"({"accepted":1,)"));
  EXPECT_THAT(Admin({"queues", "create", "made", "VisibilityTimeout=60", "--json"}).out, StartsWith(arn));
  EXPECT_THAT(Admin({"queues", "show", "made", "--json"}).out, HasSubstr(R"("VisibilityTimeout":"60")"));
  EXPECT_THAT(Admin({"subscribe", "orders", "made", "--json"}).out, StartsWith(arn));
  EXPECT_EQ(Admin({"queues", "set", "made", "VisibilityTimeout=90", "--json"}).out, "{\"notes\":[]}\n");
  EXPECT_THAT(Admin({"queues", "show", "invoices", "--json"}).out, HasSubstr("\"declared_at\":\"" + config_));
  EXPECT_THAT(Admin({"queues", "list", "made", "--json"}).out, StartsWith("[{"));
  EXPECT_THAT(Admin({"topics", "list", "none", "--json"}).out, StartsWith("[]"));
  EXPECT_THAT(Admin({"topics", "show", "orders", "--json"}).out, StartsWith(arn));
  EXPECT_THAT(Admin({"status", "--json"}).out, StartsWith("{\"uptime_seconds\":"));
  EXPECT_EQ(Admin({"queues", "purge", "invoices", "--json"}).out, "{\"notes\":[\"1 message purged\"]}\n");
  EXPECT_THAT(Admin({"queues", "show", "invoices", "--json"}).out, HasSubstr(R"("visible":0)"));
  EXPECT_EQ(Admin({"unsubscribe", "orders", "made", "--json"}).out, "{\"notes\":[]}\n");
  EXPECT_THAT(Admin({"topics", "show", "orders", "--json"}).out, Not(HasSubstr(":made")));
  EXPECT_EQ(Admin({"queues", "delete", "made", "--json"}).out, "{\"notes\":[]}\n");
  EXPECT_EQ(Admin({"queues", "show", "made"}).status, 1);
}

TEST_F(ServeTest, CountsAreShownToPeopleAndToPrograms) {
  std::string lines;
  for (int i = 0; i < 12; ++i) lines += "{\"body\": " + std::to_string(i) + "}\n";
  ASSERT_EQ(Admin({"send", "invoices", "--file", "-"}, lines).status, 0);
  std::istringstream received(Admin({"receive", "invoices", "--json"}).out);
  int messages = 0;
  for (std::string line; std::getline(received, line);) ++messages;
  EXPECT_EQ(messages, 10);  // Unless --max says otherwise.
  ASSERT_EQ(Admin({"queues", "create", "slow", "DelaySeconds=900"}).status, 0);
  ASSERT_EQ(Admin({"send", "slow", "later"}).status, 0);

  const std::string table = Admin({"queues"}).out;
  EXPECT_THAT(table, StartsWith("QUEUE"));
  EXPECT_THAT(table, ContainsRegex(":invoices +2 +10 +0 "));
  EXPECT_THAT(table, ContainsRegex(":slow +0 +0 +1 "));
  const std::string list = Admin({"queues", "--json"}).out;
  EXPECT_THAT(list, AllOf(StartsWith("[{"), HasSubstr(R"("visible":2,"in_flight":10,"delayed":0)"),
                          HasSubstr(R"("visible":0,"in_flight":0,"delayed":1)")));
  const std::string shown = Admin({"queues", "show", "slow"}).out;
  EXPECT_THAT(shown,
              AllOf(ContainsRegex("visible +0\n"), ContainsRegex("in flight +0\n"), ContainsRegex("delayed +1\n")));
  const std::string prefixed = Admin({"queues", "list", "sl"}).out;
  EXPECT_THAT(prefixed, AllOf(HasSubstr(":slow"), Not(HasSubstr(":invoices"))));
}

TEST_F(ServeTest, WhatWasAcknowledgedIsThereAfterKill) {
  ASSERT_EQ(Admin({"send", "invoices", "kept"}).status, 0);
  hub_->Signal(SIGKILL);
  EXPECT_EQ(hub_->Wait(), -1);
  Start();
  EXPECT_EQ(Admin({"receive", "invoices", "--delete"}).out, "kept\n");
}

// With `flush` every acknowledgement waits for the disk; with a long `interval` and with `memory` none does.
TEST_F(ServeTest, TheDurabilityOfTheConfigurationDecidesAboutFlushes) {
  const struct {
    const char* hub;
    bool flushes;
  } cases[] = {{"hub: {durability: flush}\n", true},
               {"hub: {durability: interval, flush_interval: 60s}\n", false},
               {"hub: {durability: memory}\n", false}};
  const auto flushes = [&] {
    const auto status = hub::ParseJson(Admin({"status", "--json"}).out, "");
    return status ? std::stoi(status->Find("flushes")->text) : -1;
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.hub);
    hub_.reset();
    std::filesystem::remove_all(data_);
    std::string config = kConfig;
    config.insert(config.find("listen:"), c.hub);
    WriteFile(std::filesystem::path(config_).filename(), config);
    Start();
    const int before = flushes();
    ASSERT_GE(before, 0);
    ASSERT_EQ(Admin({"send", "invoices", "a"}).status, 0);
    EXPECT_EQ(flushes() > before, c.flushes);
  }
}

TEST_F(ServeTest, TermAnswersWhoWaitsAndExitsWithZero) {
  auto client = adapters::client::Client::Connect(
      {.endpoint = hub_->endpoint(), .login = "shop/admin", .password = "secret-of-admin"});
  ASSERT_TRUE(client) << client.error().message;
  const auto waiting = client->Post(
      hub::core::Receive{.queue = "invoices", .max = 1, .visibility = {}, .wait = std::chrono::seconds(20)});
  ASSERT_TRUE(waiting);
  ASSERT_TRUE(client->DescribeHub());  // Answered after the receive before it was parked.
  hub_->Signal(SIGTERM);
  const auto answer = client->Poll(std::chrono::seconds(10));
  ASSERT_TRUE(answer && *answer);
  EXPECT_EQ((*answer)->id, *waiting);
  EXPECT_EQ(hub_->Wait(), 0) << hub_->Log();
  EXPECT_TRUE(hub_->Logs("Stopped; everything acknowledged is stored."));
}

TEST_F(ServeTest, HupPutsAChangedConfigurationInForceWholeOrNotAtAll) {
  std::string config = kConfig;
  config.replace(config.find("guest: {password: secret-of-guest}"), 0, "clerk: {password: secret-of-clerk}\n      ");
  config.replace(config.find("invoices: {}"), 0, "late: {}, ");
  const std::string good = config;

  config.replace(config.find("accounts:"), 9, "acounts:");
  WriteFile(std::filesystem::path(config_).filename(), config);
  hub_->Signal(SIGHUP);
  ASSERT_TRUE(hub_->Logs("has mistakes: nothing has changed."));
  EXPECT_EQ(Admin({"queues", "show", "late"}).status, 1);

  WriteFile(std::filesystem::path(config_).filename(), good);
  hub_->Signal(SIGHUP);
  ASSERT_TRUE(hub_->Logs("is in force."));
  EXPECT_EQ(Admin({"queues", "show", "late"}).status, 0);
  const Finished clerk = Penstock({"status"}, "", As("clerk"));
  EXPECT_EQ(clerk.status, 0) << clerk.err;
}

TEST_F(ServeTest, WhatAReloadCannotChangeIsToldAndTheRestIsInForce) {
  std::string config = kConfig;
  config.insert(config.find("listen:"), "hub: {durability: memory}\n");
  WriteFile(std::filesystem::path(config_).filename(), config);
  hub_->Signal(SIGHUP);
  ASSERT_TRUE(hub_->Logs("is in force."));
  EXPECT_THAT(hub_->Log(), AllOf(HasSubstr("~ hub.durability: flush → memory, at the next start"),
                                 Not(HasSubstr("hub.data has changed"))));
}

TEST_F(ServeTest, AHashedPasswordLetsInAndAnotherDoesNot) {
  std::string hash = Penstock({"hash-password"}, "secret-of-guest\n").out;
  hash.pop_back();
  std::string config = kConfig;
  const std::string plain = "password: secret-of-guest";
  config.replace(config.find(plain), plain.size(), "password_hash: \"" + hash + "\"");
  WriteFile(std::filesystem::path(config_).filename(), config);
  hub_->Signal(SIGHUP);
  ASSERT_TRUE(hub_->Logs("is in force."));
  EXPECT_EQ(Penstock({"status"}, "", As("guest")).status, 0);
  Environment wrong = As("guest");
  wrong["PENSTOCK_PASSWORD"] = "guess";
  EXPECT_EQ(Penstock({"status"}, "", wrong).status, 1);
}

TEST_F(ServeTest, SecondHubOnTheSameDataIsRefused) {
  const Finished second = Penstock({"serve", "--config", config_, "--data", data_});
  EXPECT_EQ(second.status, 1);
  EXPECT_THAT(second.err, StartsWith("error: Storage: "));
  EXPECT_THAT(second.out, IsEmpty());
}

TEST_F(ServeTest, EveryBenchmarkVerifiesAndCleansUp) {
  const std::string pid = std::to_string(hub_->pid());
  const struct {
    const char* why;
    std::vector<std::string> arguments;
    const char* key;
  } cases[] = {
      {"p1", {"bench", "p1", "--messages", "5000", "--clients", "2", "--pid", pid}, "lifecycle_rate"},
      {"p1b", {"bench", "p1b", "--messages", "1000", "--size", "100"}, "lifecycle_rate"},
      {"p2", {"bench", "p2", "--messages", "500", "--queues", "3"}, "delivery_rate"},
      {"p3", {"bench", "p3", "--messages", "200", "--disk", testing::TempDir()}, "p99_ratio"},
      {"p5", {"bench", "p5", "--messages", "5000", "--pid", pid}, "rss_fill_max_mib"},
      {"fair", {"bench", "fair", "--messages", "50", "--backlog", "500", "--long-backlog", "3000"}, "receives_max"},
      {"p9", {"bench", "p9", "--messages", "5000", "--groups", "70", "--batch", "50"}, "ratio"},
  };
  for (auto c : cases) {
    SCOPED_TRACE(c.why);
    c.arguments.emplace_back("--json");
    const Finished finished = Admin(c.arguments);
    EXPECT_EQ(finished.status, 0) << finished.err;
    EXPECT_THAT(finished.out, AllOf(StartsWith("{\"bench\":\"" + std::string(c.why) + "\""), HasSubstr(c.key)));
  }
  EXPECT_THAT(Admin({"queues"}).out, Not(HasSubstr("bench-")));
  EXPECT_THAT(Admin({"topics"}).out, Not(HasSubstr("bench-")));
}

TEST(BenchTest, HubsOfItsOwnAreStartedMeasuredAndRemoved) {
  const std::filesystem::path disk = testing::TempDir() + "/penstock-own-" + std::to_string(getpid());
  std::filesystem::create_directory(disk);
  const Finished many = Penstock({"bench", "p10", "--queues", "300", "--topics", "30", "--subscribe", "--messages",
                                  "2000", "--disk", disk, "--json"});
  EXPECT_EQ(many.status, 0) << many.err;
  EXPECT_THAT(many.out, AllOf(HasSubstr("\"queues\":300"), HasSubstr("\"subscriptions\":300"), HasSubstr("\"ratio\":"),
                              HasSubstr("\"start_after_kill_seconds\":"), Not(HasSubstr("\"rss_started_mib\":0.000"))));
  const Finished start = Penstock({"bench", "p11", "--runs", "1", "--disk", disk, "--json"});
  EXPECT_EQ(start.status, 0) << start.err;
  EXPECT_THAT(start.out, AllOf(HasSubstr("\"start_ms\":"), Not(HasSubstr("\"rss_mib\":0.000"))));
  EXPECT_TRUE(std::filesystem::is_empty(disk));
  std::filesystem::remove_all(disk);
}

TEST_F(ServeTest, PythonExamplesPublishAndConsume) {
  const std::string python = "/usr/bin/python3";
  const std::string examples = PENSTOCK_EXAMPLES;
  const Finished produced = RunProgram({python, examples + "/producer.py", "orders", "--attribute", "event=placed"},
                                       "{\"order\": 1}\n{\"order\": 2}\n", As("admin"));
  EXPECT_EQ(produced.status, 0) << produced.err;
  EXPECT_EQ(produced.out, "accepted 2 messages\n");
  const Finished consumed =
      RunProgram({python, examples + "/consumer.py", "invoices", "--idle", "0.2"}, "", As("admin"));
  EXPECT_EQ(consumed.status, 0) << consumed.err;
  EXPECT_EQ(consumed.out, "{\"order\": 1}\n{\"order\": 2}\n");
  const Finished denied = RunProgram({python, examples + "/producer.py", "orders"}, "x\n", As("guest"));
  EXPECT_EQ(denied.status, 1);
  EXPECT_THAT(denied.err, StartsWith("AccessDenied: "));
}

}  // namespace
}  // namespace tests
