#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <map>
#include <string>

#include "adapters/yaml/config_file.h"

namespace adapters::yaml {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using namespace std::chrono_literals;
using Attributes = std::map<std::string, std::string, std::less<>>;

constexpr char kEverything[] = R"(
hub:
  region: eu-central-1
  data: /srv/penstock
  durability: interval
  flush_interval: 250ms
  policies: log
  drift: allow
  sixty_second_rules: on
  prune: true
  message_size: 256KiB
  free_space_min: 1GiB
listen:
  zmq:
    - {address: "tcp://127.0.0.1:5566", security: plain}
    - {address: "tcp://[::1]:5566"}
    - {address: "tcp://0.0.0.0:5567", security: curve, secret_key_file: hub.key}
accounts:
  shop:
    id: 111111111111
    users:
      checkout: {password: 12345, may: {do: publish, on: topic/orders}}
      robot: {curve_key: "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"}
      clerk: {password_hash: "$argon2id$v=19$m=65536,t=2,p=1$c2FsdA$aGFzaA"}
    topics: {orders: }
  billing:
    id: "000000000002"
    queues:
      orders:
        visibility: 1m
        retention: 14d
        delay: 15m
        wait: 20s
        message_size: 1KiB
        dead_letter: {queue: orders-dead, after: 5}
      orders-dead:
subscriptions:
  {from: topic/orders, to: queue/orders, filter: {total: [{numeric: [">=", 100]}]}, filter_on: body, raw: true, dead_letter: queue/orders-dead}
grants:
  - {from: topic/orders, to: [queue/orders, queue/orders-dead]}
)";

TEST(ConfigTest, EveryKeyArrives) {
  const Checked checked = ReadConfigText(kEverything, "f.yaml");
  ASSERT_THAT(checked.mistakes, IsEmpty());
  EXPECT_THAT(checked.warnings, IsEmpty());
  const hub::core::Config& config = *checked.config;
  EXPECT_EQ(config.file, "f.yaml");
  EXPECT_EQ(config.region, "eu-central-1");
  EXPECT_EQ(config.data_directory, "/srv/penstock");
  EXPECT_EQ(config.durability, hub::core::Durability::kInterval);
  EXPECT_EQ(config.flush_interval, 250ms);
  EXPECT_EQ(config.policies, hub::core::PolicyMode::kLog);
  EXPECT_TRUE(config.drift);
  EXPECT_TRUE(config.sixty_second_rules);
  EXPECT_TRUE(config.prune);
  EXPECT_EQ(config.message_bytes_default, 256u * 1024);
  EXPECT_EQ(config.space_left_min, std::uint64_t{1} << 30);

  ASSERT_EQ(config.listeners.size(), 3u);
  EXPECT_EQ(config.listeners[0].address, "tcp://127.0.0.1:5566");
  EXPECT_EQ(config.listeners[0].security, hub::core::Security::kPlain);
  EXPECT_EQ(config.listeners[1].security, hub::core::Security::kNone);
  EXPECT_EQ(config.listeners[2].security, hub::core::Security::kCurve);
  EXPECT_EQ(config.listeners[2].secret_key_file, "hub.key");

  ASSERT_EQ(config.accounts.size(), 2u);
  EXPECT_EQ(config.accounts[0].id, "111111111111");
  EXPECT_EQ(config.accounts[1].id, "000000000002");
  EXPECT_EQ(config.accounts[1].name, "billing");
}

TEST(ConfigTest, TagsAndWhoseDeadLettersMayComeArrive) {
  const Checked checked = ReadConfigText(R"(
accounts:
  shop:
    id: "111111111111"
    topics: {events: {tags: {team: shop, size: 3, "two words": ""}}}
    queues:
      dead: {redrive_allow: [queue/orders, queue/more], tags: {Team: x}}
      orders: {dead_letter: {queue: dead, after: 1}}
      more: {redrive_allow: none}
      less: {redrive_allow: all}
)",
                                         "f.yaml");
  ASSERT_THAT(checked.mistakes, IsEmpty());
  const hub::core::Config& config = *checked.config;
  EXPECT_EQ(config.topics.at(0).tags, (hub::Tags{{"size", "3"}, {"team", "shop"}, {"two words", ""}}));
  ASSERT_EQ(config.queues.size(), 4u);
  EXPECT_EQ(config.queues[0].tags, (hub::Tags{{"Team", "x"}}));
  EXPECT_EQ(config.queues[0].attributes.at("RedriveAllowPolicy"),
            R"({"redrivePermission":"byQueue","sourceQueueArns":["arn:aws:sqs:us-east-1:111111111111:more",)"
            R"("arn:aws:sqs:us-east-1:111111111111:orders"]})");
  EXPECT_FALSE(config.queues[1].attributes.contains("RedriveAllowPolicy"));
  EXPECT_EQ(config.queues[2].attributes.at("RedriveAllowPolicy"), R"({"redrivePermission":"denyAll"})");
  EXPECT_EQ(config.queues[3].attributes.at("RedriveAllowPolicy"), R"({"redrivePermission":"allowAll"})");
}

TEST(ConfigTest, DeclaredThingsArriveWithAwsAttributesAndTheirPlaces) {
  const Checked checked = ReadConfigText(kEverything, "f.yaml");
  ASSERT_TRUE(checked.config);
  const hub::core::Config& config = *checked.config;
  ASSERT_EQ(config.queues.size(), 2u);
  EXPECT_EQ(ArnOf(config.queues[0].name), "arn:aws:sqs:eu-central-1:000000000002:orders");
  EXPECT_EQ(config.queues[0].place.ToString(), "f.yaml:29:7");
  EXPECT_EQ(
      config.queues[0].attributes,
      (Attributes{{"DelaySeconds", "900"},
                  {"MaximumMessageSize", "1024"},
                  {"MessageRetentionPeriod", "1209600"},
                  {"ReceiveMessageWaitTimeSeconds", "20"},
                  {"RedrivePolicy", R"({"deadLetterTargetArn":"arn:aws:sqs:eu-central-1:000000000002:orders-dead",)"
                                    R"("maxReceiveCount":5})"},
                  {"VisibilityTimeout", "60"}}));
  EXPECT_THAT(config.queues[1].attributes, IsEmpty());  // Only what the file says.

  ASSERT_EQ(config.topics.size(), 1u);
  EXPECT_EQ(ArnOf(config.topics[0].name), "arn:aws:sns:eu-central-1:111111111111:orders");
  ASSERT_EQ(config.subscriptions.size(), 1u);
  EXPECT_EQ(config.subscriptions[0].topic, config.topics[0].name);
  EXPECT_EQ(config.subscriptions[0].queue, config.queues[0].name);
  EXPECT_EQ(config.subscriptions[0].attributes, (Attributes{{"FilterPolicy", R"({"total":[{"numeric":[">=",100]}]})"},
                                                            {"FilterPolicyScope", "MessageBody"},
                                                            {"RawMessageDelivery", "true"},
                                                            {"RedrivePolicy", R"({"deadLetterTargetArn":)"
                                                                              R"("arn:aws:sqs:eu-central-1:)"
                                                                              R"(000000000002:orders-dead"})"}}));
  EXPECT_EQ(config.subscriptions[0].dead_letters, config.queues[1].name);
}

TEST(ConfigTest, TheNameMakesAFifoQueueAndItsKeysArriveAsAttributes) {
  const Checked checked = ReadConfigText(R"(
listen: {zmq: {address: "tcp://127.0.0.1:5566", security: plain}}
accounts:
  shop:
    id: "111111111111"
    queues:
      orders.fifo:
        content_based_deduplication: true
        deduplication_scope: message_group
        fifo_throughput_limit: message_group
        dead_letter: {queue: dead.fifo, after: 5}
      dead.fifo: {content_based_deduplication: false, deduplication_scope: queue, fifo_throughput_limit: queue}
      plain.fifo:
      standard:
)",
                                         "f.yaml");
  ASSERT_THAT(checked.mistakes, IsEmpty());
  EXPECT_THAT(checked.warnings, IsEmpty());
  ASSERT_EQ(checked.config->queues.size(), 4u);
  EXPECT_EQ(checked.config->queues[0].attributes,
            (Attributes{{"ContentBasedDeduplication", "true"},
                        {"DeduplicationScope", "messageGroup"},
                        {"FifoQueue", "true"},
                        {"FifoThroughputLimit", "perMessageGroupId"},
                        {"RedrivePolicy", R"({"deadLetterTargetArn":"arn:aws:sqs:us-east-1:111111111111:dead.fifo",)"
                                          R"("maxReceiveCount":5})"}}));
  EXPECT_EQ(checked.config->queues[1].attributes, (Attributes{{"ContentBasedDeduplication", "false"},
                                                              {"DeduplicationScope", "queue"},
                                                              {"FifoQueue", "true"},
                                                              {"FifoThroughputLimit", "perQueue"}}));
  EXPECT_EQ(checked.config->queues[2].attributes, (Attributes{{"FifoQueue", "true"}}));
  EXPECT_THAT(checked.config->queues[3].attributes, IsEmpty());
}

TEST(ConfigTest, UsersArriveWithTheirProofs) {
  const Checked checked = ReadConfigText(kEverything, "f.yaml");
  ASSERT_TRUE(checked.config);
  ASSERT_EQ(checked.config->users.size(), 3u);
  const auto& checkout = checked.config->users[0];
  EXPECT_EQ(checkout.credential.account, "111111111111");
  EXPECT_EQ(checkout.credential.user, "checkout");
  EXPECT_EQ(checkout.credential.login, "shop/checkout");
  EXPECT_EQ(checkout.credential.password, "12345");
  EXPECT_EQ(checkout.policies.size(), 1u);
  EXPECT_EQ(checked.config->users[1].credential.curve_key, "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7");
  EXPECT_EQ(checked.config->users[2].credential.password_hash, "$argon2id$v=19$m=65536,t=2,p=1$c2FsdA$aGFzaA");
}

TEST(ConfigTest, ASubscriptionMayNameAPatternOfTopics) {
  const Checked checked = ReadConfigText(
      "accounts: {shop: {id: \"111111111111\", queues: {q: , q.fifo: }}}\n"
      "subscriptions:\n"
      "  - {from: topic/orders-*, to: queue/q}\n"
      "  - {from: topic/shop/*.fifo, to: queue/q.fifo, raw: true}\n",
      "f.yaml");
  EXPECT_THAT(checked.mistakes, IsEmpty());
  ASSERT_TRUE(checked.config);
  const auto& subscriptions = checked.config->subscriptions;
  ASSERT_EQ(subscriptions.size(), 2u);
  EXPECT_EQ(subscriptions[0].topic,
            (hub::ResourceName{"111111111111", "us-east-1", hub::Kind::kTopicPattern, "orders-*"}));
  EXPECT_EQ(subscriptions[1].topic,
            (hub::ResourceName{"111111111111", "us-east-1", hub::Kind::kTopicPattern, "*.fifo"}));
  EXPECT_EQ(subscriptions[1].attributes, (Attributes{{"RawMessageDelivery", "true"}}));
}

TEST(ConfigTest, WhatTheFileLeavesOutHasItsDefault) {
  const Checked checked = ReadConfigText("", "f.yaml");
  ASSERT_TRUE(checked.config);
  const hub::core::Config built_in;
  EXPECT_EQ(checked.config->region, "us-east-1");
  EXPECT_EQ(checked.config->durability, hub::core::Durability::kFlush);
  EXPECT_EQ(checked.config->policies, hub::core::PolicyMode::kEnforce);
  EXPECT_FALSE(checked.config->drift);
  EXPECT_FALSE(checked.config->sixty_second_rules);
  EXPECT_FALSE(checked.config->prune);
  EXPECT_EQ(checked.config->message_bytes_default, built_in.message_bytes_default);
  EXPECT_EQ(checked.config->space_left_min, built_in.space_left_min);
  EXPECT_THAT(checked.warnings,
              ElementsAre("f.yaml: listen is missing: nobody can reach the hub. Write listen: {zmq: {address: "
                          "\"tcp://127.0.0.1:5566\", security: plain}}."));
}

TEST(ConfigTest, TheShippedFileHasNeitherMistakesNorWarnings) {
  const Checked checked = ReadConfig(SHIPPED_CONFIG);
  EXPECT_THAT(checked.mistakes, IsEmpty());
  EXPECT_THAT(checked.warnings, IsEmpty());
  ASSERT_TRUE(checked.config);
  EXPECT_EQ(checked.config->message_bytes_default, 256u * 1024);
  EXPECT_EQ(checked.config->subscriptions.size(), 5u);
}

TEST(ConfigTest, TheShippedFileShowsEveryKey) {
  std::ifstream file(SHIPPED_CONFIG);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  // What the reader itself says is known, learned from its answer to a key that nobody would write.
  const char* const probes[] = {
      "zzzzzzzz: 1",
      "hub: {zzzzzzzz: 1}",
      "listen: {zzzzzzzz: 1}",
      "listen: {zmq: {zzzzzzzz: 1}}",
      "listen: {http: {zzzzzzzz: 1}}",
      "listen: {metrics: {zzzzzzzz: 1}}",
      "metrics: {zzzzzzzz: 1}",
      "accounts: {a: {zzzzzzzz: 1}}",
      "accounts: {a: {queues: {q: {zzzzzzzz: 1}}}}",
      "accounts: {a: {queues: {q: {dead_letter: {zzzzzzzz: 1}}}}}",
      "accounts: {a: {topics: {t: {zzzzzzzz: 1}}}}",
      "accounts: {a: {users: {u: {zzzzzzzz: 1}}}}",
      "accounts: {a: {users: {u: {may: {zzzzzzzz: 1}}}}}",
      "subscriptions: {zzzzzzzz: 1}",
      "grants: {zzzzzzzz: 1}",
  };
  for (const char* probe : probes) {
    std::string known;
    for (const std::string& mistake : ReadConfigText(probe, "f.yaml").mistakes) {
      const std::size_t at = mistake.find("Known here: ");
      if (at != std::string::npos) known = mistake.substr(at + 12, mistake.size() - at - 13);
    }
    ASSERT_FALSE(known.empty()) << probe;
    while (!known.empty()) {
      const std::string key = known.substr(0, known.find(','));
      EXPECT_NE(text.find(key + ":"), std::string::npos) << "config/hub.yaml does not show the key " << key;
      known.erase(0, std::min(known.size(), key.size() + 2));
    }
  }
}

TEST(ConfigTest, WhereMetricsAreReadArrives) {
  const Checked checked = ReadConfigText(R"(
listen:
  http: {address: "http://127.0.0.1:4566"}
  metrics: [{address: "http://127.0.0.1:9464"}, {address: "http://0.0.0.0:9465"}]
metrics: {per_queue: true}
)",
                                         "f.yaml");
  ASSERT_THAT(checked.mistakes, IsEmpty());
  ASSERT_EQ(checked.config->metrics_listeners.size(), 2u);
  EXPECT_EQ(checked.config->metrics_listeners[1].address, "http://0.0.0.0:9465");
  EXPECT_TRUE(checked.config->metrics_per_queue);
  // It does not make the endpoint of clients one that strangers reach.
  EXPECT_EQ(checked.config->mode, hub::core::Mode::kLocal);
  EXPECT_THAT(checked.warnings,
              ElementsAre("f.yaml:4:49: listen.metrics[1] tells whoever reaches it how much the hub does, and with "
                          "metrics.per_queue the names of its queues. Keep it to a network of those who may know."));
}

TEST(ConfigTest, MistakesInWhereMetricsAreRead) {
  const Checked checked = ReadConfigText(R"(
listen:
  http: {address: "http://127.0.0.1:4566"}
  metrics:
    - {address: "http://127.0.0.1:4566"}
    - {address: "https://127.0.0.1:9464"}
    - {}
)",
                                         "f.yaml");
  EXPECT_THAT(
      checked.mistakes,
      ElementsAre("f.yaml:5:17: listen.metrics[0].address repeats that of f.yaml:3:9: \"http://127.0.0.1:4566\". "
                  "Give each listener its own.",
                  "f.yaml:6:17: listen.metrics[1].address is not an address: \"https://127.0.0.1:9464\". Write "
                  "http://, a numeric address and a port, such as http://127.0.0.1:9464.",
                  "f.yaml:7:7: listen.metrics[2].address is missing. Write address: "
                  "\"http://127.0.0.1:9464\"."));
}

TEST(ConfigTest, JsonIsAConfigurationToo) {
  const Checked checked =
      ReadConfigText(R"({"hub": {"region": "eu-west-1", "prune": true}, "listen": {"zmq": []}})", "f.json");
  ASSERT_TRUE(checked.config);
  EXPECT_EQ(checked.config->region, "eu-west-1");
  EXPECT_TRUE(checked.config->prune);
}

TEST(ConfigTest, FilesThatCannotBeReadSaySo) {
  EXPECT_THAT(ReadConfig("no/such/file.yaml").mistakes,
              ElementsAre("no/such/file.yaml: This cannot be read: No such file or directory. Name a configuration "
                          "file, such as config/hub.yaml."));
  EXPECT_THAT(ReadConfig("/").mistakes,
              ElementsAre("/: This cannot be read: Is a directory. Name a configuration file, such as "
                          "config/hub.yaml."));
  const std::string path = testing::TempDir() + "large.yaml";
  std::ofstream(path) << std::string(2 * hub::kDocumentBytesMax, '#');
  EXPECT_THAT(ReadConfig(path).mistakes,
              ElementsAre(path + ": This has more than 1048576 bytes. Keep it within that."));
  std::remove(path.c_str());
}

TEST(ConfigTest, WhereTheHttpEndpointListensSaysWhatItBelieves) {
  using hub::core::Mode;
  using hub::core::PolicyMode;
  const struct {
    const char* hub;
    const char* listen;
    Mode mode;
    PolicyMode policies;
    bool sixty_second_rules;
  } cases[] = {
      {"{}", R"(http: {address: "http://127.0.0.1:4566"})", Mode::kLocal, PolicyMode::kLog, false},
      {"{}", R"(http: {address: "http://[::1]:4566"})", Mode::kLocal, PolicyMode::kLog, false},
      {"{policies: enforce}", R"(http: {address: "http://127.0.0.1:1"})", Mode::kLocal, PolicyMode::kEnforce, false},
      {"{mode: strict}", R"(http: {address: "http://127.0.0.1:1"})", Mode::kStrict, PolicyMode::kEnforce, true},
      {"{mode: strict, sixty_second_rules: off}", R"(http: {address: "http://127.0.0.1:1"})", Mode::kStrict,
       PolicyMode::kEnforce, false},
      {"{}", R"(http: {address: "http://*:4566"})", Mode::kStrict, PolicyMode::kEnforce, true},
      {"{local_open: true}", R"(http: {address: "http://*:4566"})", Mode::kLocal, PolicyMode::kLog, false},
      // What others may reach is not opened by an emulator beside it.
      {"{}",
       R"(http: {address: "http://127.0.0.1:1"}, zmq: {address: "tcp://*:1", security: curve, secret_key_file: k})",
       Mode::kLocal, PolicyMode::kEnforce, false},
      {"{}", R"(zmq: {address: "tcp://127.0.0.1:1"})", Mode::kLocal, PolicyMode::kEnforce, false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(std::string(c.hub) + " " + c.listen);
    const Checked checked = ReadConfigText("hub: " + std::string(c.hub) + "\nlisten: {" + c.listen + "}", "f.yaml");
    ASSERT_TRUE(checked.config);
    EXPECT_EQ(checked.config->mode, c.mode);
    EXPECT_EQ(checked.config->policies, c.policies);
    EXPECT_EQ(checked.config->sixty_second_rules, c.sixty_second_rules);
  }
}

}  // namespace
}  // namespace adapters::yaml
