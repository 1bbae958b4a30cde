#include "hub/base/json.h"
#include "tests/core/support.h"

namespace hub::core {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(PublishTest, FiltersOnAttributesAndBodyDecideWhichQueues) {
  const struct {
    const char* why;
    Attributes subscription;
    Strings expected;
  } cases[] = {
      {"no filter", {}, {R"({"n":5})", R"({"n":50})"}},
      {"exact", {{"FilterPolicy", R"({"region":["eu"]})"}}, {R"({"n":5})"}},
      {"prefix", {{"FilterPolicy", R"({"region":[{"prefix":"u"}]})"}}, {R"({"n":50})"}},
      {"anything but", {{"FilterPolicy", R"({"region":[{"anything-but":["eu"]}]})"}}, {R"({"n":50})"}},
      {"exists", {{"FilterPolicy", R"({"extra":[{"exists":true}]})"}}, {R"({"n":50})"}},
      {"numeric", {{"FilterPolicy", R"({"size":[{"numeric":["<",10]}]})"}}, {R"({"n":5})"}},
      {"on the body",
       {{"FilterPolicy", R"({"n":[{"numeric":[">",10]}]})"}, {"FilterPolicyScope", "MessageBody"}},
       {R"({"n":50})"}},
      {"nothing", {{"FilterPolicy", R"({"region":["asia"]})"}}, {}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    Talk hub;
    Attributes subscription = c.subscription;
    subscription["RawMessageDelivery"] = "true";
    hub.CreateSubscribed(kQueue, subscription);
    hub.Publish({R"({"n":5})"}, {{"region", "String", "eu"}, {"size", "Number", "1"}});
    hub.Publish({R"({"n":50})"}, {{"region", "String", "us"}, {"size", "Number", "100"}, {"extra", "String", "x"}});
    EXPECT_EQ(Bodies(hub.Receive()), c.expected);
    const SubscriptionDescription description = hub.DescribeTopicNow().subscriptions.at(0);
    EXPECT_EQ(description.delivered, c.expected.size());
    EXPECT_EQ(description.filtered, 2 - c.expected.size());
  }
}

TEST(PublishTest, WhatIsPublishedMustBeTextAndBytesMayTravelInABinaryAttribute) {
  const std::string bytes = "\xff\xfe";
  const struct {
    const char* why;
    Message message;
    std::string_view subject;
    bool taken;
  } cases[] = {
      {"text", {.body = "gr\u00fc\u00df dich", .attributes = {}}, "s", true},
      {"body", {.body = bytes, .attributes = {}}, "", false},
      {"cut in a character", {.body = "gr\xc3", .attributes = {}}, "", false},
      {"subject", {.body = "x", .attributes = {}}, bytes, false},
      {"attribute", {.body = "x", .attributes = {{"a", "String", bytes}}}, "", false},
      {"binary attribute", {.body = "x", .attributes = {{"a", "Binary", bytes}}}, "", true},
  };
  Talk hub;
  hub.CreateSubscribed(kQueue, {});
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    Publish publish{.topic = kTopic, .entries = {}};
    publish.entries.push_back({.message = c.message, .subject = c.subject});
    const auto reply = hub.Ask(nullptr, std::move(publish));
    ASSERT_TRUE(reply);
    EXPECT_EQ(std::get<SendReply>(*reply).failures.empty(), c.taken);
  }
  for (const std::string& body : Bodies(hub.Receive())) EXPECT_TRUE(ParseJson(body, "")) << body;
}

// rule: aws 128 raw, the body is the message, and its attributes come along
TEST(PublishTest, ARawDeliveryIsTheMessageItself) {
  Talk hub;
  hub.CreateSubscribed(kQueue);
  const std::vector<Attribute> attributes = {{"n", "Number", "7"}, {"b", "Binary.png", std::string_view("\0\xff", 2)}};
  const SendReply published = hub.Publish({"he said \"hi\""}, attributes);
  hub.Restart();
  const ReceiveReply received = hub.Receive();
  ASSERT_THAT(Bodies(received), ElementsAre("he said \"hi\""));
  EXPECT_EQ(AttributesOf(received.deliveries[0]), attributes);
  EXPECT_NE(received.deliveries[0].id, published.ids.at(0));
}

// rule: aws 128 each delivery has an id of its own, and in the envelope stands that of the publish
TEST(PublishTest, AnEnvelopeNamesTopicMessageAndSubject) {
  Talk hub;
  hub.CreateSubscribed(kQueue, {});
  auto reply = hub.Ask(
      nullptr,
      Publish{kTopic,
              {{.message = {.body = "he said \"hi\"", .attributes = {{"n", "Number", "7"}}}, .subject = "greeting"}}});
  ASSERT_TRUE(reply);
  hub.Advance(7s);
  hub.Restart();
  const ReceiveReply received = hub.Receive();
  ASSERT_EQ(received.deliveries.size(), 1u);
  const auto envelope = ParseJson(Bodies(received)[0], "");
  ASSERT_TRUE(envelope);
  EXPECT_EQ(envelope->Find("Type")->text, "Notification");
  EXPECT_EQ(envelope->Find("MessageId")->text, Format(std::get<SendReply>(*reply).ids[0]));
  EXPECT_EQ(envelope->Find("TopicArn")->text, "arn:aws:sns:us-east-1:111111111111:events");
  EXPECT_EQ(envelope->Find("Subject")->text, "greeting");
  EXPECT_EQ(envelope->Find("Message")->text, "he said \"hi\"");
  EXPECT_EQ(envelope->Find("Timestamp")->text, "2023-11-14T22:13:20.000Z");  // When it was published.
  EXPECT_EQ(envelope->Find("MessageAttributes")->Find("n")->Find("Value")->text, "7");
  EXPECT_THAT(AttributesOf(received.deliveries[0]), IsEmpty());
  EXPECT_NE(received.deliveries[0].id, std::get<SendReply>(*reply).ids[0]);  // Each delivery is a message of its own.
}

TEST(PublishTest, HowAMessageIsRenderedIsFixedWhenItIsPublished) {
  Talk hub;
  hub.CreateSubscribed(kQueue);
  hub.Publish({"raw"});
  hub.Succeeds(SetSubscriptionAttributes{kTopic, kQueue, {{"RawMessageDelivery", "false"}}});
  hub.Publish({"wrapped"});
  hub.Succeeds(SetSubscriptionAttributes{kTopic, kQueue, {{"RawMessageDelivery", "true"}}});
  const Strings bodies = Bodies(hub.Receive());
  ASSERT_EQ(bodies.size(), 2u);
  EXPECT_EQ(bodies[0], "raw");
  EXPECT_NE(bodies[1].find("\"Message\":\"wrapped\""), std::string::npos);
}

TEST(PublishTest, DirectSendsAndTwoTopicsKeepTheirOrderInAQueue) {
  Steps steps;
  steps.Do(CreateQueue{kQueue, AdmitTopics()});
  for (const char* topic : {"111111111111/one", "111111111111/two"}) {
    steps.Do(CreateTopic{topic, {}});
    steps.Do(Subscribe{topic, kQueue, {{"RawMessageDelivery", "true"}}});
  }
  steps.End();
  const auto publish = [&](const char* topic, std::string_view body) {
    steps.Do(Publish{topic, {{.message = {.body = body, .attributes = {}}, .subject = {}}}});
  };
  publish("111111111111/one", "1");
  steps.Send({"2"});
  publish("111111111111/two", "3");
  publish("111111111111/one", "4");
  publish("111111111111/one", "5");
  steps.Send({"6"});
  steps.End();
  const auto receive = steps.Do(Receive{.queue = kQueue, .visibility = {}, .wait = 0s});
  steps.End();
  const ReceiveReply received = steps.ReplyTo<ReceiveReply>(receive);
  EXPECT_THAT(Bodies(received), ElementsAre("1", "2", "3", "4", "5", "6"));
  std::set<MessageId> ids;
  for (const Delivery& delivery : received.deliveries) ids.insert(delivery.id);
  EXPECT_EQ(ids.size(), 6u);
}

// rule: aws 124 a standard topic takes a group, which standard queues get, and no deduplication id
TEST(PublishTest, AStandardTopicPassesGroupsOn) {
  Talk hub;
  hub.CreateSubscribed(kQueue);
  Publish publish{.topic = kTopic, .entries = {}};
  publish.entries.push_back({.message = {.body = "a", .attributes = {}, .group = "g"}, .subject = {}});
  publish.entries.push_back({.message = {.body = "b", .attributes = {}, .deduplication = "d"}, .subject = {}});
  auto reply = hub.Ask(nullptr, std::move(publish));
  ASSERT_TRUE(reply);
  ASSERT_EQ(std::get<SendReply>(*reply).failures.size(), 1u);
  EXPECT_EQ(std::get<SendReply>(*reply).failures[0].index, 1u);
  const ReceiveReply received = hub.Receive();
  ASSERT_THAT(Bodies(received), ElementsAre("a"));
  EXPECT_EQ(received.deliveries[0].group, "g");
}

// rule: aws 121 a bad entry fails alone
TEST(PublishTest, EachEntryFailsAloneAndARefusalByOneQueueIsNotThePublishers) {
  Talk hub;
  hub.CreateSubscribed(kQueue);
  hub.CreateSubscribed("111111111111/small");
  hub.SetAttributes("111111111111/small", {{"MaximumMessageSize", "1024"}});
  const SendReply reply = hub.Publish({"a", "", std::string(2000, 'x')});
  ASSERT_EQ(reply.failures.size(), 1u);
  EXPECT_EQ(reply.failures[0].index, 1u);
  EXPECT_EQ(hub.Counts(), "2/0/0");
  EXPECT_EQ(hub.Counts("111111111111/small"), "1/0/0");
  const SubscriptionDescription small = hub.DescribeTopicNow().subscriptions.at(1);
  EXPECT_EQ(small.last_denial, "The message is larger than the queue accepts.");
  EXPECT_EQ(small.delivered, 1u);
  EXPECT_EQ(small.filtered, 0u);
}

TEST(PublishTest, WithoutSubscribersAPublishSucceedsAndIdsDiffer) {
  Talk hub;
  hub.Succeeds(CreateTopic{kTopic, {}});
  std::set<MessageId> ids;
  for (int i = 0; i < 3; ++i) {
    for (const MessageId& id : hub.Publish({"a", "b"}).ids) ids.insert(id);
    hub.Restart();
  }
  EXPECT_EQ(ids.size(), 6u);
}

// rule: aws 120 a message has a body, and a size; a subject is short and of one line
TEST(PublishTest, Limits) {
  Talk hub;
  hub.Succeeds(CreateTopic{kTopic, {}});
  EXPECT_EQ(hub.Refusal(Publish{kTopic, {}}).code, Code::kMissingArgument);
  Publish many{.topic = kTopic, .entries = {}};
  many.entries.resize(1001, {.message = {.body = "x", .attributes = {}}, .subject = {}});
  EXPECT_EQ(hub.Refusal(std::move(many)).code, Code::kBatchTooLarge);
  const std::string subject(100, 's');
  auto reply = hub.Ask(nullptr, Publish{kTopic, {{.message = {.body = "x", .attributes = {}}, .subject = subject}}});
  ASSERT_TRUE(reply);
  EXPECT_EQ(std::get<SendReply>(*reply).failures.at(0).error.message, "A subject must be shorter than 100 characters.");
  for (const char* wrong : {"two\nlines", "a\tb", "\x01", "\x7f"}) {
    reply = hub.Ask(nullptr, Publish{kTopic, {{.message = {.body = "x", .attributes = {}}, .subject = wrong}}});
    ASSERT_TRUE(reply);
    EXPECT_EQ(std::get<SendReply>(*reply).failures.at(0).error.message,
              "A subject has no line breaks and no other control characters.");
  }
  EXPECT_EQ(hub.Publish({""}).failures.at(0).error.code, Code::kMissingArgument);
  EXPECT_EQ(hub.Publish({std::string(kTopicMessageBytesMax + 1, 'x')}).failures.size(), 1u);
}

TEST(PublishTest, ADeletedTopicLeavesWhatItHasDelivered) {
  Talk hub(/*window_bytes_max=*/1);
  hub.CreateSubscribed(kQueue);
  hub.Publish({"a", "b"});
  hub.Succeeds(DeleteTopic{kTopic});
  hub.Restart();
  const ReceiveReply received = hub.Receive();
  EXPECT_THAT(Bodies(received), ElementsAre("a", "b"));
  hub.Delete(received);
  bool left = false;
  EXPECT_TRUE(hub.store().Scan(Key(KeyKind::kTopicChunk, 0), KindEnd(KeyKind::kTopicChunk),
                               [&](auto, auto) { return left = true; }));
  EXPECT_FALSE(left);
}

TEST(PublishTest, AChangedFilterHoldsFromTheNextMessageOn) {
  Talk hub;
  hub.CreateSubscribed(kQueue, {{"RawMessageDelivery", "true"}, {"FilterPolicy", R"({"n":["a"]})"}});
  const auto publish = [&] {
    hub.Publish({"a"}, {{"n", "String", "a"}});
    hub.Publish({"b"}, {{"n", "String", "b"}});
    return Bodies(hub.Receive());
  };
  EXPECT_THAT(publish(), ElementsAre("a"));
  hub.Succeeds(SetSubscriptionAttributes{kTopic, kQueue, {{"FilterPolicy", R"({"n":["b"]})"}}});
  EXPECT_THAT(publish(), ElementsAre("b"));
  hub.Succeeds(SetSubscriptionAttributes{kTopic, kQueue, {{"FilterPolicy", ""}}});
  EXPECT_THAT(publish(), ElementsAre("a", "b"));
}

}  // namespace
}  // namespace hub::core
