// export, diff, describe and purge, as a person uses them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tests/cli/program.h"

namespace tests {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr const char* kListen = "listen: {zmq: {address: \"tcp://127.0.0.1:0\", security: plain}}\n";
constexpr const char* kConfig = R"(
accounts:
  shop:
    id: "111111111111"
    users:
      admin:
        password: secret-of-admin
        policies: [{Version: "2012-10-17", Statement: {Effect: Allow, Action: ["sqs:*", "sns:*", "hub:*"], Resource: "*"}}]
      guest: {password: secret-of-guest}
    topics: {orders: {}}
    queues:
      dead: {}
      invoices: {visibility: 40s, dead_letter: {queue: dead, after: 3}}
  billing: {id: "222222222222", queues: {far: {}}}
subscriptions:
  - {from: topic/orders, to: queue/invoices, filter: {event: [placed]}, raw: true}
grants:
  - {from: topic/orders, to: queue/invoices}
)";

class TopologyProgramTest : public testing::Test {
 protected:
  void SetUp() override {
    static int count = 0;
    name_ = "penstock-topology-" + std::to_string(getpid()) + "-" + std::to_string(++count);
    config_ = WriteFile(name_ + ".yaml", std::string(kListen) + kConfig);
    data_ = NewDirectory(".data");
    hub_ = std::make_unique<RunningHub>(std::vector<std::string>{"--config", config_, "--data", data_});
    ASSERT_TRUE(hub_->ready()) << hub_->Log();
  }

  void TearDown() override {
    hub_.reset();
    for (const std::string& path : remove_) std::filesystem::remove_all(path);
    std::filesystem::remove(config_);
  }

  // A path that is not there yet and will be gone.
  std::string NewDirectory(const std::string& suffix) {
    const std::string path = WriteFile(name_ + suffix, "");
    std::filesystem::remove(path);
    remove_.push_back(path);
    return path;
  }

  Environment As(const std::string& user) const {
    return {{"PENSTOCK_ENDPOINT", hub_->endpoint()},
            {"PENSTOCK_USER", "shop/" + user},
            {"PENSTOCK_PASSWORD", "secret-of-" + user}};
  }
  Finished Admin(const std::vector<std::string>& arguments, const std::string& input = "") const {
    return Penstock(arguments, input, As("admin"));
  }

  // With a terminal for stdin, stdout and stderr, into which somebody types `input`.
  Finished AtTerminal(const std::string& arguments, const std::string& input = "") const {
    return RunProgram({"script", "-qec", std::string(PENSTOCK_BINARY) + " " + arguments, "/dev/null"}, input,
                      As("admin"));
  }

  // The configuration with one change, in a file of its own.
  std::string Changed(const std::string& from, const std::string& to) {
    std::string text = std::string(kListen) + kConfig;
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
    remove_.push_back(WriteFile(name_ + ".changed.yaml", text));
    return remove_.back();
  }

  std::string name_;
  std::string config_;
  std::string data_;
  std::unique_ptr<RunningHub> hub_;
  std::vector<std::string> remove_;
};

TEST_F(TopologyProgramTest, AnExportIsAConfigurationThatIsCheckedAndServed) {
  EXPECT_EQ(Admin({"queues", "create", "made.fifo", "DelaySeconds=5"}).status, 0);
  const Finished exported = Admin({"export", "--all"});
  ASSERT_EQ(exported.status, 0) << exported.err;
  EXPECT_THAT(exported.err, IsEmpty());
  EXPECT_THAT(exported.out,
              AllOf(HasSubstr("      made.fifo: {delay: 5s}\n"),
                    HasSubstr("      invoices: {visibility: 40s, dead_letter: {queue: dead, after: 3}}\n"),
                    HasSubstr("      far: {}\n"),
                    HasSubstr("  - {from: topic/shop/orders, to: queue/shop/invoices, filter: {event: "
                              "[placed]}, raw: true}\n"),
                    HasSubstr("  - {from: topic/shop/orders, to: queue/shop/invoices}\n")));
  EXPECT_THAT(exported.out, Not(HasSubstr("secret")));

  const std::string path = WriteFile(name_ + ".export.yaml", kListen + exported.out);
  remove_.push_back(path);
  EXPECT_EQ(Penstock({"check", "--config", path}).out,
            path + " is fine: 2 accounts, 0 users, 1 topic, 4 queues, 1 subscription, 1 grant\n");
  RunningHub other({"--config", path, "--data", NewDirectory(".other")});
  EXPECT_TRUE(other.ready()) << other.Log();
  EXPECT_TRUE(other.Logs("+ queue shop/made.fifo") && other.Logs("+ queue billing/far")) << other.Log();
}

TEST_F(TopologyProgramTest, APatternIsSubscribedShownExportedKeptAndEnded) {
  const Finished subscribed = Admin({"subscribe", "ord*-?", "dead"});
  EXPECT_EQ(subscribed.status, 1);
  EXPECT_THAT(subscribed.err, StartsWith("error: InvalidArgument: \"ord*-?\" is not the name of a topic."));
  const Finished made = Admin({"subscribe", "orders*", "dead", "--raw"});
  ASSERT_EQ(made.status, 0) << made.err;
  EXPECT_THAT(made.out, StartsWith("arn:aws:sns:us-east-1:111111111111:orders*:"));
  EXPECT_EQ(made.err, "Subscribed to 1 topic; those to come that match follow.\n");
  EXPECT_EQ(Admin({"topics", "create", "orders-eu"}).status, 0);
  EXPECT_THAT(Admin({"topics", "describe", "orders-eu"}).out,
              ContainsRegex("by the pattern +arn:aws:sns:us-east-1:111111111111:orders\\*\n"));
  EXPECT_THAT(Admin({"topics", "describe", "orders-eu", "--json"}).out,
              HasSubstr("\"pattern\":\"arn:aws:sns:us-east-1:111111111111:orders*\""));
  EXPECT_THAT(Admin({"subscriptions"}).out,
              ContainsRegex(":orders\\* +arn:aws:sqs:us-east-1:111111111111:dead +pattern"));

  const Finished exported = Admin({"export", "--all"});
  EXPECT_THAT(exported.out, HasSubstr("  - {from: topic/shop/orders*, to: queue/shop/dead, raw: true}\n"));
  EXPECT_THAT(exported.out, Not(HasSubstr("topic/shop/orders-eu, to")));
  const std::string path = WriteFile(name_ + ".export.yaml", kListen + exported.out);
  remove_.push_back(path);
  RunningHub other({"--config", path, "--data", NewDirectory(".other")});
  EXPECT_TRUE(other.ready()) << other.Log();
  EXPECT_TRUE(other.Logs("+ subscription of queue shop/dead to topic shop/orders*")) << other.Log();

  const std::string declared =
      Changed("subscriptions:\n", "subscriptions:\n  - {from: topic/shop/ord*, to: queue/dead}\n");
  EXPECT_EQ(Admin({"diff", "--config", declared}).out, "+ subscription of queue shop/dead to topic shop/ord*\n");
  std::filesystem::copy_file(declared, config_, std::filesystem::copy_options::overwrite_existing);
  hub_->Signal(SIGKILL);
  hub_->Wait();
  hub_ = std::make_unique<RunningHub>(std::vector<std::string>{"--config", config_, "--data", data_});
  ASSERT_TRUE(hub_->ready()) << hub_->Log();
  EXPECT_EQ(Admin({"diff", "--config", declared}).out, "Nothing would change.\n");
  EXPECT_EQ(Admin({"topics", "create", "orders-us"}).status, 0);
  EXPECT_THAT(Admin({"topics", "describe", "orders-us"}).out, ContainsRegex("by the pattern .*:orders\\*\n"));
  EXPECT_EQ(Admin({"unsubscribe", "orders*", "dead"}).status, 0);
  EXPECT_THAT(Admin({"topics", "describe", "orders-us"}).out, ContainsRegex("by the pattern .*:ord\\*\n"));
  EXPECT_THAT(Admin({"unsubscribe", "ord*", "dead"}).err, StartsWith("error: DeclaredInYaml: "));
}

TEST_F(TopologyProgramTest, AnExportHoldsNoMoreThanTheUserMaySee) {
  EXPECT_THAT(Admin({"export"}).out, AllOf(HasSubstr("invoices"), Not(HasSubstr("far"))));
  EXPECT_THAT(Admin({"export", "--json"}).out, StartsWith("{\"file\":"));
  const Finished guest = Penstock({"export"}, "", As("guest"));
  EXPECT_EQ(guest.status, 1);
  EXPECT_THAT(guest.out, IsEmpty());
  EXPECT_THAT(guest.err, HasSubstr("sqs:ListQueues"));
}

TEST_F(TopologyProgramTest, ADiffSaysWhatAReloadThenDoes) {
  const Finished same = Admin({"diff", "--config", config_});
  EXPECT_EQ(same.status, 0) << same.err;
  EXPECT_EQ(same.out, "Nothing would change.\n");

  const std::string changed = Changed("visibility: 40s", "visibility: 60s");
  const Finished diff = Admin({"diff", "--config", changed});
  EXPECT_EQ(diff.status, 1) << diff.err;
  EXPECT_EQ(diff.out, "~ queue shop/invoices: VisibilityTimeout 40 → 60\n");
  EXPECT_EQ(Admin({"diff", "--config", changed, "--json"}).out,
            "{\"changes\":[\"~ queue shop/invoices: VisibilityTimeout 40 → 60\"]}\n");
  EXPECT_THAT(Admin({"describe", "queue", "invoices"}).out, ContainsRegex("VisibilityTimeout +40 \\(40s\\)"));

  std::filesystem::copy_file(changed, config_, std::filesystem::copy_options::overwrite_existing);
  hub_->Signal(SIGHUP);
  ASSERT_TRUE(hub_->Logs("is in force."));
  EXPECT_THAT(hub_->Log(), HasSubstr("~ queue shop/invoices: VisibilityTimeout 40 → 60"));
  EXPECT_EQ(Admin({"diff", "--config", changed}).status, 0);
}

TEST_F(TopologyProgramTest, ADiffInTroubleIsNoDifference) {
  const Finished mistaken = Admin({"diff", "--config", Changed("visibility: 40s", "visibility: 40")});
  EXPECT_EQ(mistaken.status, 2);
  EXPECT_THAT(mistaken.err, AllOf(HasSubstr("is not a duration"), HasSubstr("has 1 mistake.")));
  const Finished guest = Penstock({"diff", "--config", config_}, "", As("guest"));
  EXPECT_EQ(guest.status, 2);
  EXPECT_THAT(guest.err, HasSubstr("hub:PlanReload"));
  EXPECT_EQ(Penstock({"diff", "--config", config_, "--endpoint", "tcp://127.0.0.1:1"}).status, 3);
}

TEST_F(TopologyProgramTest, DescriptionsAreReadable) {
  const std::string queue = Admin({"describe", "queue", "invoices"}).out;
  EXPECT_EQ(Admin({"queues", "describe", "invoices"}).out, queue);
  EXPECT_THAT(queue, AllOf(StartsWith("arn:aws:sqs:us-east-1:111111111111:invoices\n"),
                           ContainsRegex("\n  MessageRetentionPeriod +345600 \\(4d\\)\n"),
                           ContainsRegex("\n  MaximumMessageSize +1048576 \\(1MiB\\)\n"),
                           HasSubstr("\n  RedrivePolicy\n    {\n      \"deadLetterTargetArn\": \"")));
  EXPECT_EQ(Admin({"describe", "topic", "orders"}).out, Admin({"topics", "show", "orders"}).out);
  EXPECT_THAT(Admin({"describe", "hub"}).out, AllOf(StartsWith("hub\n"), ContainsRegex("\n  durability +flush\n")));
  EXPECT_THAT(Admin({"describe", "queue", "invoices", "--json"}).out, StartsWith("{\"arn\":"));
}

TEST_F(TopologyProgramTest, APurgeCountsAndAsksOnlyAtATerminal) {
  EXPECT_EQ(Admin({"send", "invoices", "--file", "-"}, "{\"body\": 1}\n{\"body\": 2}\n").status, 0);
  const Finished refused = AtTerminal("purge invoices", "n\n");
  EXPECT_EQ(refused.status, 2) << refused.out;
  EXPECT_THAT(refused.out,
              AllOf(HasSubstr("Delete every message of invoices? [y/N]"), HasSubstr("Nothing was deleted.")));
  EXPECT_THAT(Admin({"describe", "queue", "invoices", "--json"}).out, HasSubstr("\"visible\":2"));
  EXPECT_THAT(AtTerminal("purge invoices", "y\n").out, HasSubstr("2 messages purged"));
  EXPECT_THAT(AtTerminal("purge invoices --yes").out, AllOf(HasSubstr("0 messages purged"), Not(HasSubstr("[y/N]"))));
  EXPECT_EQ(Admin({"send", "invoices", "x"}).status, 0);
  EXPECT_EQ(Admin({"queues", "purge", "invoices"}).out, "1 message purged\n");
}

TEST_F(TopologyProgramTest, LongWorkShowsHowFarItIsAtATerminalOnly) {
  constexpr int kMessages = 600'000;  // Longer than it takes until the first line is shown.
  std::string lines;
  for (int i = 0; i < kMessages; ++i) lines += "{\"body\": 1}\n";
  const std::string path = WriteFile(name_ + ".jsonl", lines);
  remove_.push_back(path);
  const Finished shown = AtTerminal("send invoices --file " + path);
  EXPECT_EQ(shown.status, 0);
  EXPECT_THAT(shown.out, ContainsRegex("\r.\\[Ksent [0-9]+, [0-9]+/s"));
  EXPECT_THAT(shown.out, HasSubstr("accepted 600000 messages"));

  const Finished received = Admin({"receive", "invoices", "--max", "2000", "--delete"});
  EXPECT_EQ(received.status, 0);
  EXPECT_THAT(received.err, IsEmpty());
}

}  // namespace
}  // namespace tests
