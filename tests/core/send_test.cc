#include "tests/core/support.h"

namespace hub::core {
namespace {

using testing::ElementsAre;

// rule: aws 44 an entry that is too large fails alone
TEST(SendTest, EachEntryOfABatchSucceedsOrFailsAlone) {
  Talk hub;
  hub.Create(kQueue, {{"MaximumMessageSize", "1024"}});
  const SendReply reply = hub.Send({"a", std::string(1025, 'x'), "", "b"});
  ASSERT_EQ(reply.ids.size(), 4u);
  ASSERT_EQ(reply.failures.size(), 2u);
  EXPECT_EQ(reply.failures[0].index, 1u);
  EXPECT_EQ(reply.failures[0].error, (Error{Code::kMessageTooLarge, "Message must be shorter than 1024 bytes."}));
  EXPECT_EQ(reply.failures[1].index, 2u);
  EXPECT_EQ(reply.failures[1].error, (Error{Code::kMissingArgument, "The message has no body.", "MessageBody"}));
  EXPECT_EQ(reply.ids[1], MessageId{});
  EXPECT_NE(reply.ids[0], reply.ids[3]);
  EXPECT_THAT(Bodies(hub.Receive()), ElementsAre("a", "b"));
}

// rule: aws 41 where bodies must be text, one that is not fails alone
TEST(SendTest, ABodyThatIsNotTextFailsAloneWhereItMustBe) {
  Talk hub;
  hub.Create(kQueue);
  core::Send send{.queue = kQueue, .entries = {}, .as_sqs = true};
  for (const std::string_view body : {"a", "\x01", "😀"}) send.entries.push_back({.body = body, .attributes = {}});
  auto reply = hub.Ask(nullptr, std::move(send));
  ASSERT_TRUE(reply);
  const SendReply& sent = std::get<SendReply>(*reply);
  ASSERT_EQ(sent.failures.size(), 1u);
  EXPECT_EQ(sent.failures[0].index, 1u);
  EXPECT_EQ(sent.failures[0].error.code, Code::kMessageInvalid);
  EXPECT_THAT(Bodies(hub.Receive()), ElementsAre("a", "😀"));
}

// rule: aws 46 a batch has entries, and not too many
TEST(SendTest, ABatchHasOneToAThousandEntries) {
  Talk hub;
  hub.Create(kQueue);
  EXPECT_EQ(hub.Refusal(Send{kQueue, {}}), (Error{Code::kMissingArgument, "The request has no entries."}));
  EXPECT_TRUE(hub.Ask(nullptr, Send{.queue = kQueue, .entries = {}, .only_ask = true}));
  EXPECT_EQ(hub.Refusal(Send{.queue = "111111111111/none", .entries = {}, .only_ask = true}).code,
            Code::kQueueNotFound);
  EXPECT_EQ(hub.Send(Strings(1000, "x")).ids.size(), 1000u);
  Send send{.queue = kQueue, .entries = {}};
  send.entries.resize(1001, {.body = "x", .attributes = {}});
  EXPECT_EQ(hub.Refusal(std::move(send)),
            (Error{Code::kBatchTooLarge, "A request may have at most 1000 entries, not 1001."}));
  EXPECT_EQ(hub.Describe().visible, 1000u);
}

TEST(SendTest, AttributesTravelWithTheMessage) {
  Talk hub;
  hub.Create(kQueue);
  const std::vector<Attribute> attributes = {{"n", "Number", "7"}, {"b", "Binary.png", std::string_view("\0\xff", 2)}};
  hub.Succeeds(Send{kQueue, {{.body = "a", .attributes = attributes}}});
  hub.Restart();
  const ReceiveReply received = hub.Receive();
  ASSERT_EQ(received.deliveries.size(), 1u);
  EXPECT_EQ(AttributesOf(received.deliveries[0]), attributes);
}

// rule: aws 73 when and by whom a message was sent is told, and does not change
// rule: aws 152 the sender is a user, by its ARN
TEST(SendTest, WhenAndByWhomAMessageWasSentIsTold) {
  Talk hub;
  hub.Configure(R"(
accounts:
  shop:
    id: "111111111111"
    users: {ann: {password: p, may: {do: [send, receive], on: queue/orders}}}
    queues: {orders: }
)");
  const Instant start = hub.clock().wall;
  hub.as = hub.User("shop/ann");
  const SendReply sent = hub.Send({"a"}, "orders");
  hub.Advance(7s);
  const ReceiveReply first = hub.Receive("orders");
  ASSERT_EQ(first.deliveries.size(), 1u);
  EXPECT_EQ(first.deliveries[0].id, sent.ids[0]);
  EXPECT_EQ(first.deliveries[0].sender, "arn:aws:iam::111111111111:user/ann");
  EXPECT_EQ(first.deliveries[0].sent, start);
  EXPECT_EQ(first.deliveries[0].first_received, start + 7s);
  hub.Advance(40s);
  hub.Restart();
  const ReceiveReply second = hub.Receive("orders");
  ASSERT_EQ(second.deliveries.size(), 1u);
  EXPECT_EQ(second.deliveries[0].id, sent.ids[0]);
  EXPECT_EQ(second.deliveries[0].sent, start);
  EXPECT_EQ(second.deliveries[0].first_received, start + 7s);
  EXPECT_EQ(second.deliveries[0].receive_count, 2u);
}

// rule: aws 1 sending to it, receiving from it, asking for it
TEST(SendTest, AQueueThatIsNotThereIsNamed) {
  Talk hub;
  const Error error{Code::kQueueNotFound, "There is no queue arn:aws:sqs:us-east-1:111111111111:orders."};
  EXPECT_EQ(hub.Refusal(Send{kQueue, {{.body = "a", .attributes = {}}}}), error);
  EXPECT_EQ(hub.Refusal(Receive{.queue = kQueue, .visibility = {}, .wait = {}}), error);
  EXPECT_EQ(hub.Refusal(DescribeQueue{kQueueArn}), error);
}

// rule: hardening R5 without space sends are refused, receives and deletes go on, and service resumes by itself
TEST(SendTest, WithoutSpaceWhatNeedsSpaceIsRefusedAndTheRestGoesOn) {
  Talk hub;
  hub.CreateSubscribed(kQueue);
  hub.Create(kDead);
  hub.Send({"a", "b"});
  hub.store().space_left = 0;
  const Error error{Code::kNoSpace, "The disk is nearly full: the hub takes no new messages until space returns."};
  EXPECT_EQ(hub.Refusal(Send{kQueue, {{.body = "c", .attributes = {}}}}), error);
  EXPECT_EQ(hub.Refusal(Publish{kTopic, {{.message = {.body = "c", .attributes = {}}, .subject = {}}}}), error);
  EXPECT_EQ(hub.Refusal(CreateQueue{"111111111111/other", {}}), error);
  EXPECT_EQ(hub.Refusal(CreateTopic{"111111111111/other", {}}), error);
  EXPECT_EQ(hub.Refusal(Subscribe{kTopic, kDead, {}}), error);
  const ReceiveReply received = hub.Receive(kQueue, 1);
  EXPECT_TRUE(hub.Hide(received.deliveries[0], 60s).failures.empty());
  EXPECT_TRUE(hub.Delete(received).failures.empty());
  EXPECT_EQ(hub.Counts(), "1/0/0");
  hub.store().space_left = std::uint64_t{1} << 40;
  hub.Send({"c"});
  EXPECT_THAT(Bodies(hub.Receive()), ElementsAre("b", "c"));
}

TEST(SendTest, TheConfiguredSizeHoldsForQueuesThatDoNotSayAlsoAfterARestart) {
  Talk hub;
  hub.Configure("hub: {message_size: 2KiB}\naccounts: {shop: {id: \"111111111111\", queues: {declared: }}}");
  hub.Create(kQueue);
  hub.Create(kDead, {{"MaximumMessageSize", "4096"}});
  const std::string body(3000, 'x');
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(hub.Send({body}, "111111111111/declared").failures.size(), 1u);
    EXPECT_EQ(hub.Send({body}).failures.size(), 1u);
    EXPECT_EQ(hub.Send({body}, kDead).failures.size(), 0u);
    hub.Restart();
  }
}

}  // namespace
}  // namespace hub::core
