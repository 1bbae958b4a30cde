// A configuration written as a file, and read again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/yaml/config_file.h"
#include "adapters/yaml/emit.h"
#include "adapters/yaml/keys.h"
#include "adapters/yaml/write_config.h"
#include "adapters/yaml/yaml.h"
#include "hub/base/json.h"
#include "hub/base/random.h"

namespace adapters::yaml {
namespace {

using hub::Kind;
using hub::Node;
using hub::core::Config;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr char kDead[] = "arn:aws:sqs:us-east-1:111111111111:dead";

hub::ResourceName Name(Kind kind, const std::string& name, const std::string& account = "111111111111") {
  return {.account = account, .region = "us-east-1", .kind = kind, .name = name};
}

// An account with the queues q and dead, the topic t, and their FIFO kin; the test adds what it is about.
Config Small() {
  Config config;
  config.accounts.push_back({.id = "111111111111", .name = "shop", .place = {}});
  for (const char* name : {"q", "dead"}) {
    config.queues.push_back({.name = Name(Kind::kQueue, name), .attributes = {}, .policy = {}, .place = {}});
  }
  config.queues.push_back(
      {.name = Name(Kind::kQueue, "q.fifo"), .attributes = {{"FifoQueue", "true"}}, .policy = {}, .place = {}});
  config.topics.push_back({.name = Name(Kind::kTopic, "t"), .attributes = {}, .policy = {}, .place = {}});
  config.topics.push_back(
      {.name = Name(Kind::kTopic, "t.fifo"), .attributes = {{"FifoTopic", "true"}}, .policy = {}, .place = {}});
  config.subscriptions.emplace_back();
  config.subscriptions.back().topic = Name(Kind::kTopic, "t");
  config.subscriptions.back().queue = Name(Kind::kQueue, "q");
  return config;
}

// What a file without comments says.
std::string Body(const std::string& text) {
  std::string body;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with('#') && !line.empty()) body += line + "\n";
  }
  return body;
}

std::shared_ptr<const Config> Back(const std::string& text) {
  const Checked checked = ReadConfigText(text, "export");
  EXPECT_THAT(checked.mistakes, IsEmpty()) << text;
  return checked.config ? checked.config : std::make_shared<const Config>();
}

Written Write(const Config& config) {
  auto written = WriteConfig(config);
  EXPECT_TRUE(written) << written.error().message;
  return written ? *written : Written{};
}

TEST(WriteConfigTest, AFileReadsAsAPersonWouldWriteIt) {
  const char* const kYaml = R"(hub:
  region: eu-central-1
  message_size: 256KiB
accounts:
  billing:
    id: "222222222222"
    queues:
      dead: {retention: 14d, redrive_allow: [queue/billing/orders], tags: {team: billing}}
      orders:
        visibility: 90s
        wait: 20s
        message_size: 1025B
        dead_letter: {queue: dead, after: 5}
        policy:
          Version: "2012-10-17"
          Statement:
            Effect: Allow
            Principal: {AWS: "*"}
            Action: ["sqs:SendMessage", "sqs:ReceiveMessage"]
            Resource: "arn:aws:sqs:eu-central-1:222222222222:orders"
      orders.fifo:
        content_based_deduplication: true
        deduplication_scope: message_group
        fifo_throughput_limit: message_group
  shop:
    id: "111111111111"
    topics:
      events: {}
      orders: {display_name: "All: orders"}
subscriptions:
  - from: topic/shop/events
    to: queue/billing/orders
    raw: true
    dead_letter: queue/billing/dead
  - {from: topic/shop/orders, to: queue/billing/orders, filter: {a: [b]}, filter_on: body}
grants:
  - {from: topic/shop/events, to: queue/billing/orders}
  - {from: topic/shop/orders, to: queue/billing/orders}
  - {account: billing, may: [describe, publish], on: topic/shop/orders}
)";
  const Written written = Write(*Back(kYaml));
  EXPECT_EQ(Body(written.text), kYaml);
  EXPECT_THAT(written.omissions, IsEmpty());
  EXPECT_THAT(written.text, testing::StartsWith("# Written by `penstock export`"));
}

// Each line of the table: a value goes out and comes back as it was.
TEST(WriteConfigTest, EveryAttributeComesBack) {
  const struct {
    Owner owner;
    const char* attribute;
    std::vector<std::string> values;
  } cases[] = {
      {Owner::kQueue, "VisibilityTimeout", {"0", "1", "30", "43200"}},
      {Owner::kQueue, "MessageRetentionPeriod", {"60", "61", "345600", "1209600"}},
      {Owner::kQueue, "DelaySeconds", {"0", "900"}},
      {Owner::kQueue, "ReceiveMessageWaitTimeSeconds", {"0", "20"}},
      {Owner::kQueue, "MaximumMessageSize", {"1024", "1025", "262144", "1048576"}},
      {Owner::kQueue,
       "RedrivePolicy",
       {std::string(R"({"deadLetterTargetArn":")") + kDead + R"(","maxReceiveCount":7})"}},
      {Owner::kQueue,
       "RedriveAllowPolicy",
       {R"({"redrivePermission":"allowAll"})", R"({"redrivePermission":"denyAll"})",
        std::string(R"({"redrivePermission":"byQueue","sourceQueueArns":[")") + kDead + R"("]})"}},
      {Owner::kQueue, "ContentBasedDeduplication", {"true", "false"}},
      {Owner::kQueue, "DeduplicationScope", {"queue", "messageGroup"}},
      {Owner::kQueue, "FifoThroughputLimit", {"perQueue"}},
      {Owner::kQueue, "KmsMasterKeyId", {"alias/a", "1234abcd-12ab-34cd-56ef-1234567890ab", "true"}},
      {Owner::kQueue, "KmsDataKeyReusePeriodSeconds", {"60", "61", "86400"}},
      {Owner::kQueue, "SqsManagedSseEnabled", {"true", "false"}},
      {Owner::kTopic,
       "DisplayName",
       {"Orders", "true", "5", "null", "", "~", "a: b # c", "\"'\\", "\n\t\x01\x7f", "ü€😀", "- x", "*x", "&x", "30s"}},
      {Owner::kTopic, "ContentBasedDeduplication", {"true", "false"}},
      {Owner::kTopic, "FifoThroughputScope", {"Topic", "MessageGroup"}},
      {Owner::kSubscription, "RawMessageDelivery", {"true", "false"}},
      {Owner::kSubscription, "RedrivePolicy", {std::string(R"({"deadLetterTargetArn":")") + kDead + R"("})"}},
      {Owner::kSubscription, "FilterPolicy", {"{}", R"({"a":["b",1,null,true,{"prefix":"x: "}]})", R"({"":["\n"]})"}},
  };
  std::set<std::pair<Owner, std::string>> seen;
  for (const auto& c : cases) {
    seen.emplace(c.owner, c.attribute);
    for (const std::string& value : c.values) {
      SCOPED_TRACE(std::string(c.attribute) + " = " + value);
      Config config = Small();
      const AttributeKey* key = FindKey(c.owner, c.attribute);
      ASSERT_NE(key, nullptr);
      const std::size_t queue = key->is_for_fifo ? 2 : 0;
      const std::size_t topic = key->is_for_fifo ? 1 : 0;
      auto& attributes = c.owner == Owner::kQueue   ? config.queues[queue].attributes
                         : c.owner == Owner::kTopic ? config.topics[topic].attributes
                                                    : config.subscriptions[0].attributes;
      attributes[c.attribute] = value;
      const Written written = Write(config);
      EXPECT_THAT(written.omissions, IsEmpty());
      const auto back = Back(written.text);
      const auto find = [&](const auto& all, const hub::ResourceName& name) {
        return std::ranges::find_if(all, [&](const auto& one) { return one.name == name; })->attributes;
      };
      const auto got = c.owner == Owner::kQueue   ? find(back->queues, config.queues[queue].name)
                       : c.owner == Owner::kTopic ? find(back->topics, config.topics[topic].name)
                                                  : back->subscriptions.at(0).attributes;
      EXPECT_EQ(got, attributes);
      EXPECT_EQ(Write(*back).text, written.text);
    }
  }
  // Whoever adds an attribute to the table adds it here. These have tests of their own, or no key.
  for (const Owner owner : {Owner::kQueue, Owner::kTopic, Owner::kSubscription}) {
    for (const AttributeKey& key : KeysOf(owner)) {
      if (key.form == Form::kPolicy || key.form == Form::kByName || key.attribute == "FilterPolicyScope") continue;
      EXPECT_TRUE(seen.contains({owner, std::string(key.attribute)})) << key.attribute << " has no case";
    }
  }
}

TEST(WriteConfigTest, AnAttributeOfAQueueWithoutAKeyIsNamedAndNothingIsWritten) {
  Config config = Small();
  config.queues[0].attributes["FutureAttribute"] = "x";
  config.queues[1].attributes["DelaySeconds"] = "901";
  const auto written = WriteConfig(config);
  ASSERT_FALSE(written);
  for (const char* part : {"queue/shop/q has the attribute FutureAttribute",
                           "queue/shop/dead: DelaySeconds is \"901\", which delay cannot say"}) {
    EXPECT_THAT(written.error().message, HasSubstr(part));
  }
}

TEST(WriteConfigTest, WhatTheReaderWouldRefuseIsNotWritten) {
  Config config = Small();
  const auto to = [](const std::string& queue) {
    return R"({"deadLetterTargetArn":"arn:aws:sqs:us-east-1:111111111111:)" + queue + R"(","maxReceiveCount":7})";
  };
  config.queues[0].attributes["RedrivePolicy"] = to("dead");
  config.queues[1].attributes["RedrivePolicy"] = to("q");
  const auto written = WriteConfig(config);
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().message, HasSubstr("closes a circle: "));
}

TEST(WriteConfigTest, WhatTheFileCannotHoldIsToldInItAndOutside) {
  Config config = Small();
  config.queues[0].attributes["RedrivePolicy"] =
      R"({"deadLetterTargetArn":"arn:aws:sqs:us-east-1:111111111111:gone","maxReceiveCount":"7"})";
  config.subscriptions[0].attributes["FilterPolicyScope"] = "MessageBody";
  config.subscriptions.emplace_back();
  config.subscriptions.back().topic = Name(Kind::kTopic, "far", "222222222222");
  config.subscriptions.back().queue = Name(Kind::kQueue, "q");
  config.topics.push_back({.name = Name(Kind::kTopic, "away"), .attributes = {}, .policy = {}, .place = {}});
  config.topics.back().name.region = "eu-west-1";
  config.topics[0].attributes["TracingConfig"] = "Active";
  config.subscriptions[0].attributes["DeliveryPolicy"] = "{}";
  const Written written = Write(config);
  EXPECT_THAT(written.omissions,
              testing::UnorderedElementsAre(
                  "arn:aws:sns:eu-west-1:111111111111:away, which is of another region.",
                  "the dead letters of queue/shop/q: the queue arn:aws:sqs:us-east-1:111111111111:gone, where they go "
                  "after 7 receives, is not in this file.",
                  "TracingConfig of topic/shop/t, for which there is no key.",
                  "DeliveryPolicy of the subscription of queue/shop/q to topic/shop/t, for which there is no key.",
                  "FilterPolicyScope of the subscription of queue/shop/q to topic/shop/t, which says nothing without a "
                  "filter.",
                  "the subscription of queue/shop/q to topic/222222222222/far: one of the two is not in this file."));
  for (const std::string& omission : written.omissions) {
    EXPECT_THAT(written.text, HasSubstr("# Left out: " + omission + "\n"));
  }
}

TEST(WriteConfigTest, APatternNeedsItsQueueAndNoTopic) {
  Config config = Small();
  const auto subscribe = [&](const std::string& pattern, const std::string& account, const std::string& queue) {
    config.subscriptions.emplace_back();
    config.subscriptions.back().topic = Name(Kind::kTopicPattern, pattern, account);
    config.subscriptions.back().queue = Name(Kind::kQueue, queue);
  };
  subscribe("a-*", "111111111111", "q");
  subscribe("*.fifo", "222222222222", "q.fifo");
  subscribe("*", "111111111111", "gone");
  config.subscriptions.back().queue.account = "333333333333";
  const Written written = Write(config);
  EXPECT_THAT(written.omissions,
              ElementsAre("the subscription of queue/333333333333/gone to topic/shop/*: one of the two is not in this "
                          "file."));
  const auto back = Back(written.text);
  ASSERT_EQ(back->subscriptions.size(), 3u);
  EXPECT_EQ(back->subscriptions[0].topic, Name(Kind::kTopicPattern, "*.fifo", "222222222222"));
  EXPECT_EQ(back->subscriptions[1].topic, Name(Kind::kTopicPattern, "a-*"));
}

TEST(WriteConfigTest, AnAccountThatNobodyNamedIsCalledByItsId) {
  Config config = Small();
  config.accounts.clear();
  EXPECT_THAT(Write(config).text, HasSubstr("\n  account-111111111111:\n    id: \"111111111111\"\n"));
}

// A grant to a user cannot be short: users are not in the file.
TEST(WriteConfigTest, GrantsComeBackAsWhatTheyDo) {
  const std::string file = R"(
accounts:
  shop: {id: "111111111111", topics: {t: }, users: {u: {password: p}}}
  billing: {id: "222222222222", queues: {q: }}
grants:
  - {from: topic/t, to: queue/q}
  - {account: shop, may: [send, receive, "sqs:Get*", delete], on: queue/q}
  - {user: shop/u, may: send, on: [queue/q, topic/t]}
)";
  const std::string with = [&] {
    std::string text = file;
    text.replace(text.find("[queue/q, topic/t]"), 18, "queue/q");
    return text +
           R"(  - {policy: {Version: "2012-10-17", Id: x, Statement: [{Effect: Deny, Principal: "*", Action: "sqs:*", Resource: "*"}]}, on: queue/q})";
  }();
  const auto before = Back(with);
  Config config = *before;
  config.users.clear();
  const Written written = Write(config);
  EXPECT_THAT(written.text, HasSubstr("  - {from: topic/shop/t, to: queue/billing/q}\n"));
  EXPECT_THAT(written.text,
              HasSubstr("  - {account: shop, may: [send, receive, \"sqs:Get*\", delete], on: queue/billing/q}\n"));
  EXPECT_THAT(written.text, HasSubstr("arn:aws:iam::111111111111:user/u"));
  const auto after = Back(written.text);
  const auto documents = [](const Config& of) {
    std::multiset<std::string> texts;
    for (const auto& grant : of.grants) texts.insert(ArnOf(grant.resource) + ToJson(grant.document));
    return texts;
  };
  EXPECT_EQ(documents(*after), documents(*before));
  EXPECT_EQ(Write(*after).text, written.text);
}

TEST(WriteConfigTest, AVerbatimGrantIsCheckedLikeAnyPolicy) {
  const Checked checked = ReadConfigText(
      "accounts: {a: {id: \"111111111111\", queues: {q: }}}\n"
      "grants:\n"
      "  - {policy: {Version: \"2012-10-17\", Statement: {Effect: Perhaps, Principal: \"*\", Action: \"sqs:*\", "
      "Resource: \"*\"}}, on: queue/q}\n"
      "  - {policy: text, on: queue/q}\n"
      "  - {policy: {}, on: queue/q, from: topic/t}\n",
      "f.yaml");
  ASSERT_EQ(checked.mistakes.size(), 3u);
  EXPECT_THAT(checked.mistakes[0], HasSubstr("grants[0].policy: "));
  EXPECT_THAT(checked.mistakes[1], HasSubstr("grants[1].policy is text"));
  EXPECT_THAT(checked.mistakes[2], HasSubstr("is not one of the four forms"));
}

// --- Any tree -------------------------------------------------------------------------------------------------------

std::string RandomText(hub::Random& random) {
  static const char* const kOdd[] = {
      "",   "true", "null", "~",    "-",    "- a",  "a: b",         "a #b",     "#",   "*a",  "&a",  "!a",  "%a",
      "@a", "`",    "|",    ">",    "?",    ":",    "a:",           "[",        "]",   "{",   "}",   ",",   "'",
      "\"", "\\",   "\n",   "a\nb", "\t",   " a",   "a ",           "1",        "-1",  "1e5", "0x1", "1.0", "30s",
      "01", "<<",   "=",    "ü",    "\x7f", "\x01", "\xe2\x80\xa8", "\xc2\x85", "---", "...", "yes"};
  std::string text;
  for (std::size_t i = 1 + random.Below(3); i > 0; --i) text += kOdd[random.Below(std::size(kOdd))];
  return text;
}

Node RandomTree(hub::Random& random, std::size_t depth) {
  const std::uint64_t kind = random.Below(depth == 0 ? 5 : 8);
  Node node;
  if (kind == 0) return node;
  if (kind == 1) {
    node.kind = Node::Kind::kBool;
    node.text = random.OneIn(2) ? "true" : "false";
  } else if (kind == 2) {
    node.kind = Node::Kind::kNumber;
    node.text = random.OneIn(2) ? "-1.50e3" : std::to_string(random.Below(1000));
  } else if (kind < 5) {
    node = Node::String(RandomText(random));
  } else if (kind == 5) {
    node.kind = Node::Kind::kList;
    for (std::size_t i = random.Below(4); i > 0; --i) node.items.push_back(RandomTree(random, depth - 1));
  } else {
    node.kind = Node::Kind::kMap;
    for (std::size_t i = random.Below(4); i > 0; --i) {
      const std::string key = RandomText(random);
      if (node.Find(key) == nullptr) {
        node.members.push_back({.key = key, .key_place = {}, .value = RandomTree(random, depth - 1)});
      }
    }
  }
  return node;
}

TEST(EmitTest, EveryTreeReadsBackAsItself) {
  for (std::uint64_t seed = 0; seed < 20'000; ++seed) {
    hub::Random random(seed);
    const Node tree = Node::Map({{.key = "root", .key_place = {}, .value = RandomTree(random, 4)}});
    const std::string text = ToYaml(tree, random.Below(4));
    const auto back = ParseYaml(text, "");
    ASSERT_TRUE(back) << "seed " << seed << ": " << back.error().message << "\n" << text;
    ASSERT_EQ(ToJson(*back), ToJson(tree)) << "seed " << seed << "\n" << text;
  }
}

}  // namespace
}  // namespace adapters::yaml
