// Export, serve into an empty store, export again: the same bytes. For whatever clients and files have made.

#include "adapters/yaml/write_config.h"
#include "hub/base/random.h"
#include "hub/core/topology.h"
#include "tests/core/support.h"

namespace hub::core {
namespace {

using testing::IsEmpty;

std::string ExportOf(Talk& hub) {
  auto reply = hub.Ask(nullptr, Export{.all = true});
  EXPECT_TRUE(reply) << reply.error().message;
  if (!reply) return "";
  const auto config = ReadTopology(std::get<TopologyReply>(*reply).document, {});
  EXPECT_TRUE(config) << config.error().message;
  if (!config) return "";
  const auto written = adapters::yaml::WriteConfig(**config);
  EXPECT_TRUE(written) << written.error().message;
  if (!written) return "";
  EXPECT_THAT(written->omissions, IsEmpty());
  return written->text;
}

// Makes random queues, topics and subscriptions, as clients do.
class Maker {
 public:
  Maker(Talk& hub, std::uint64_t seed) : hub_(hub), random_(seed) {}

  void Make() {
    for (std::uint64_t i = 0; i < 6; ++i) MakeQueue(i);
    for (std::uint64_t i = 0; i < 4; ++i) MakeTopic(i);
    for (int i = 0; i < 8; ++i) random_.OneIn(4) ? MakePattern() : MakeSubscription();
  }

 private:
  std::string Account() { return random_.OneIn(3) ? "222222222222" : "111111111111"; }

  void Maybe(Attributes& attributes, const std::string& name, const std::string& value) {
    if (random_.OneIn(2)) attributes[name] = value;
  }

  // Documents as clients write them: spaces, numbers, texts that are special in YAML.
  std::string Policy(const std::string& arn, const std::string& action) {
    static const char* const kTexts[] = {"*", "a: b", "true", "ü€", "line\\nbreak", "'\\\"", "#no comment", "1.0"};
    const std::string text = kTexts[random_.Below(std::size(kTexts))];
    return R"({ "Version": "2012-10-17", "Id": ")" + text +
           R"(", "Statement": [ {"Effect": "Allow", "Principal": "*", "Action": ")" + action + R"(", "Resource": ")" +
           arn + R"(", "Condition": {"StringLike": {"aws:UserAgent": [")" + text + R"(", "x"]}}} ] })";
  }

  void MakeQueue(std::uint64_t i) {
    const bool is_fifo = random_.OneIn(3);
    const std::string name = Account() + "/q" + std::to_string(i) + (is_fifo ? ".fifo" : "");
    Attributes attributes;
    Maybe(attributes, "VisibilityTimeout", std::to_string(random_.Below(43'201)));
    Maybe(attributes, "MessageRetentionPeriod", std::to_string(60 + random_.Below(1'209'541)));
    Maybe(attributes, "DelaySeconds", std::to_string(random_.Below(901)));
    Maybe(attributes, "ReceiveMessageWaitTimeSeconds", std::to_string(random_.Below(21)));
    Maybe(attributes, "MaximumMessageSize", std::to_string(1024 + random_.Below(1'047'553)));
    if (is_fifo) {
      attributes["FifoQueue"] = "true";
      Maybe(attributes, "ContentBasedDeduplication", random_.OneIn(2) ? "true" : "false");
      attributes["DeduplicationScope"] = random_.OneIn(2) ? "queue" : "messageGroup";
      if (attributes["DeduplicationScope"] == "messageGroup")
        Maybe(attributes, "FifoThroughputLimit", "perMessageGroupId");
    }
    const std::string arn = "arn:aws:sqs:us-east-1:" + name.substr(0, 12) + ":" + name.substr(13);
    Maybe(attributes, "Policy", Policy(arn, "sqs:SendMessage"));
    // To an earlier queue of the same kind and account, so that there is no circle.
    for (const std::string& other : queues_) {
      if (other.substr(0, 12) != name.substr(0, 12) || other.ends_with(".fifo") != is_fifo || random_.OneIn(2))
        continue;
      attributes["RedrivePolicy"] = R"({"maxReceiveCount": "5", "deadLetterTargetArn": "arn:aws:sqs:us-east-1:)" +
                                    other.substr(0, 12) + ":" + other.substr(13) + "\"}";
    }
    hub_.Create(name, attributes);
    queues_.push_back(name);
  }

  void MakeTopic(std::uint64_t i) {
    const bool is_fifo = random_.OneIn(3);
    const std::string name = Account() + "/t" + std::to_string(i) + (is_fifo ? ".fifo" : "");
    Attributes attributes;
    Maybe(attributes, "DisplayName", random_.OneIn(2) ? "Orders: \"all\" of\nthem" : "5");
    if (is_fifo) {
      attributes["FifoTopic"] = "true";
      Maybe(attributes, "ContentBasedDeduplication", "true");
      Maybe(attributes, "FifoThroughputScope", random_.OneIn(2) ? "Topic" : "MessageGroup");
    }
    const std::string arn = "arn:aws:sns:us-east-1:" + name.substr(0, 12) + ":" + name.substr(13);
    Maybe(attributes, "Policy", Policy(arn, "sns:Publish"));
    hub_.Succeeds(CreateTopic{name, attributes});
    topics_.push_back(name);
  }

  void MakeSubscription() {
    const std::string& topic = topics_[random_.Below(topics_.size())];
    const std::string& queue = queues_[random_.Below(queues_.size())];
    if (queue.ends_with(".fifo") && !topic.ends_with(".fifo")) return;
    if (!subscribed_.emplace(topic, queue).second) return;
    Attributes attributes;
    Maybe(attributes, "RawMessageDelivery", random_.OneIn(2) ? "true" : "false");
    Maybe(attributes, "FilterPolicy", R"({"a b": [ "x", {"anything-but": ["y: z"]}, 5, true, null ]})");
    if (attributes.contains("FilterPolicy")) {
      Maybe(attributes, "FilterPolicyScope", random_.OneIn(2) ? "MessageBody" : "MessageAttributes");
    }
    hub_.Succeeds(Subscribe{topic, queue, attributes});
  }

  void MakePattern() {
    const std::string topics = Account() + "/" + (random_.OneIn(2) ? "*" : "t*1") + (random_.OneIn(2) ? ".fifo" : "");
    const std::string& queue = queues_[random_.Below(queues_.size())];
    if (queue.ends_with(".fifo") && !topics.ends_with(".fifo")) return;
    if (subscribed_.emplace(topics, queue).second) hub_.Succeeds(Subscribe{topics, queue, {}});
  }

  Talk& hub_;
  Random random_;
  Strings queues_;
  Strings topics_;
  std::set<std::pair<std::string, std::string>> subscribed_;
};

TEST(ExportTest, TagsAndWhereDeadLettersGoAndComeFromAreExported) {
  Talk hub;
  hub.Configure("accounts: {shop: {id: \"111111111111\"}}");
  hub.Succeeds(CreateQueue{kQueue, {}, {{"team", "billing"}}});
  hub.Create(kDead, {{"RedriveAllowPolicy",
                      R"({"redrivePermission":"byQueue","sourceQueueArns":[")" + std::string(kQueueArn) + R"("]})"}});
  hub.Succeeds(CreateTopic{kTopic, {}, {{"tier", "gold"}}});
  hub.Succeeds(Subscribe{
      kTopic, kQueue, {{"RedrivePolicy", R"({"deadLetterTargetArn":"arn:aws:sqs:us-east-1:111111111111:dead"})"}}});
  const std::string text = ExportOf(hub);
  for (const char* part : {"tags: {team: billing}", "tags: {tier: gold}", "redrive_allow: [queue/shop/orders]",
                           "dead_letter: queue/shop/dead"}) {
    EXPECT_THAT(text, testing::HasSubstr(part));
  }
  Talk other;
  other.Configure(text);
  EXPECT_EQ(ExportOf(other), text);
}

TEST(ExportTest, APatternIsExportedOnceAndNotWhatItMade) {
  Talk hub;
  hub.Configure("accounts:\n  shop: {id: \"111111111111\"}\n  press: {id: \"222222222222\"}\n");
  hub.Create(kQueue);
  for (const char* topic : {"orders-eu", "orders-us", "payments"}) {
    hub.Succeeds(CreateTopic{std::string("111111111111/") + topic, {}});
  }
  hub.Succeeds(Subscribe{"111111111111/orders-*", kQueue, {{"RawMessageDelivery", "true"}}});
  hub.Succeeds(Subscribe{"111111111111/orders-us", kQueue, {}});  // It is its own.
  hub.Succeeds(Subscribe{"222222222222/*", kQueue, {}});          // There is none yet.
  const std::string text = ExportOf(hub);
  const std::size_t at = text.find("subscriptions:\n");
  ASSERT_NE(at, std::string::npos) << text;
  EXPECT_EQ(text.substr(at),
            "subscriptions:\n"
            "  - {from: topic/press/*, to: queue/shop/orders}\n"
            "  - {from: topic/shop/orders-*, to: queue/shop/orders, raw: true}\n"
            "  - {from: topic/shop/orders-us, to: queue/shop/orders}\n");
  Talk other;
  other.Configure(text);
  EXPECT_EQ(ExportOf(other), text);
  EXPECT_EQ(other.Rows(KeyKind::kSubscription), 2u);
  // Nor does the hub that it came from differ from it, once it is in force there.
  hub.Configure(text);
  auto plan = hub.Ask(nullptr, PlanReload{WriteTopology(*ReadYaml(text))});
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_THAT(std::get<DoneReply>(*plan).notes, IsEmpty());
  EXPECT_EQ(ExportOf(hub), text);
}

TEST(ExportTest, ASubscriptionThatNobodyHasConfirmedIsNotExported) {
  Talk hub;
  hub.Configure(
      "accounts:\n  shop: {id: \"111111111111\", users: {ann: {password: p, policies: [{Version: "
      "\"2012-10-17\", Statement: {Effect: Allow, Action: \"*\", Resource: \"*\"}}]}}}\n"
      "  press: {id: \"222222222222\", queues: {inbox: {}}}\n");
  hub.Succeeds(CreateTopic{kTopic, {}});
  hub.as = hub.User("shop/ann");
  hub.Succeeds(Subscribe{kTopic, "222222222222/inbox", {}});
  EXPECT_THAT(ExportOf(hub), testing::Not(testing::HasSubstr("subscriptions:")));
}

TEST(ExportTest, AnExportServedIntoAnEmptyStoreIsExportedAsTheSameBytes) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Talk hub;
    hub.Configure(R"(
hub: {message_size: 512KiB}
accounts:
  shop: {id: "111111111111", users: {u: {password: p}}, queues: {declared: }, topics: {declared: }}
grants:
  - {from: topic/declared, to: queue/declared}
  - {user: shop/u, may: [send, receive], on: queue/declared}
  - {account: shop, may: publish, on: topic/declared}
)");
    Maker(hub, seed).Make();
    const std::string first = ExportOf(hub);
    Talk other;
    other.Configure(first);
    ASSERT_EQ(ExportOf(other), first);
    // Nor would the hub that it came from change by it, but for what the file now declares.
    auto plan = hub.Ask(nullptr, PlanReload{WriteTopology(*ReadYaml(first))});
    ASSERT_TRUE(plan) << plan.error().message;
    for (const std::string& note : std::get<DoneReply>(*plan).notes) {
      EXPECT_TRUE(note.find("declared from now on") != std::string::npos || note == "- user shop/u" ||
                  note == "+ account")
          << note;
    }
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace hub::core
