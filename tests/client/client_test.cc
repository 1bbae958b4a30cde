#include "adapters/client/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "tests/client/fake_hub.h"

namespace adapters::client {
namespace {

using hub::Code;
using hub::core::Reply;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using tests::FakeHub;

constexpr milliseconds kShort(50);  // For waits that are expected to end in vain.
constexpr seconds kLong(10);        // For waits that are expected to end early.

Client Connected(const FakeHub& hub, hub::Duration timeout = kLong) {
  auto client = Client::Connect({.endpoint = hub.endpoint(), .connect_timeout = kLong, .timeout = timeout});
  HUB_ASSERT(client.has_value());
  return *std::move(client);
}

TEST(ClientTest, SendCarriesBodiesAndAttributesAndReturnsIds) {
  FakeHub hub;
  Client client = Connected(hub);
  hub.AnswerNext([](const FakeHub::Request& request) -> hub::Result<Reply> {
    const auto& send = std::get<hub::core::Send>(request.operation);
    EXPECT_EQ(send.queue, "billing/invoices");
    EXPECT_EQ(send.entries.at(0).body, "hello");
    EXPECT_EQ(send.entries.at(0).attributes, (std::vector<hub::Attribute>{{"amount", "Number", "5"}}));
    hub::core::SendReply reply{.ids = std::vector<hub::core::MessageId>(1), .sequences = {}, .failures = {}};
    reply.ids[0].bytes[0] = 7;
    return reply;
  });
  const auto sent = client.Send("billing/invoices", {{.body = "hello", .attributes = {{"amount", "Number", "5"}}}});
  ASSERT_TRUE(sent) << sent.error().message;
  ASSERT_EQ(sent->ids.size(), 1u);
  EXPECT_EQ(sent->ids[0].bytes[0], 7);
}

TEST(ClientTest, FifoQueueGetsGroupAndDeduplicationIdAndTellsSequences) {
  FakeHub hub;
  Client client = Connected(hub);
  hub.AnswerNext([](const FakeHub::Request& request) -> hub::Result<Reply> {
    const auto& send = std::get<hub::core::Send>(request.operation);
    EXPECT_EQ(send.entries.at(0).group, "customer-7");
    EXPECT_EQ(send.entries.at(0).deduplication, "order-1");
    return hub::core::SendReply{.ids = std::vector<hub::core::MessageId>(1), .sequences = {12}, .failures = {}};
  });
  const auto sent = client.Send(
      "orders.fifo", {{.body = "hello", .attributes = {}, .group = "customer-7", .deduplication = "order-1"}});
  ASSERT_TRUE(sent) << sent.error().message;
  EXPECT_EQ(sent->sequences, (std::vector<std::uint64_t>{12}));

  hub.AnswerNext([](const FakeHub::Request&) -> hub::Result<Reply> {
    hub::core::Delivery delivery;
    delivery.group = "customer-7";
    delivery.deduplication = "order-1";
    delivery.sequence = 12;
    return hub::core::ReceiveReply{.deliveries = {delivery}, .blocks = {}};
  });
  const auto received = client.Receive("orders.fifo");
  ASSERT_TRUE(received) << received.error().message;
  EXPECT_EQ(received->messages.at(0).group, "customer-7");
  EXPECT_EQ(received->messages.at(0).deduplication, "order-1");
  EXPECT_EQ(received->messages.at(0).sequence, 12u);
}

TEST(ClientTest, ReceivedMessagesLiveAsLongAsTheirFrame) {
  FakeHub hub;
  Messages kept;
  {
    Client client = Connected(hub);
    hub.AnswerNext([](const FakeHub::Request& request) -> hub::Result<Reply> {
      const auto& receive = std::get<hub::core::Receive>(request.operation);
      EXPECT_EQ(receive.max, 3u);
      EXPECT_EQ(receive.wait, seconds(1));
      hub::core::Delivery delivery;
      delivery.body = "a body longer than any small buffer would hold";
      delivery.receive_count = 2;
      return hub::core::ReceiveReply{.deliveries = {delivery}, .blocks = {}};
    });
    auto received = client.Receive("q", {.max = 3, .wait = seconds(1)});
    ASSERT_TRUE(received) << received.error().message;
    kept = *std::move(received);
  }
  ASSERT_EQ(kept.messages.size(), 1u);
  EXPECT_EQ(kept.messages[0].body, "a body longer than any small buffer would hold");
  EXPECT_EQ(kept.messages[0].receive_count, 2u);
  EXPECT_EQ(kept.messages[0].handle.size(), hub::core::kHandleBytes);
}

TEST(ClientTest, ErrorsKeepTheCodeAndTheTextOfTheHub) {
  FakeHub hub;
  Client client = Connected(hub);
  hub.AnswerNext([](const FakeHub::Request&) { return hub::Fail(Code::kQueueNotFound, "There is no queue q."); });
  const auto removed = client.Delete("q", {"handle"});
  ASSERT_FALSE(removed);
  EXPECT_EQ(removed.error(), (hub::Error{Code::kQueueNotFound, "There is no queue q."}));
}

TEST(ClientTest, EachOperationReturnsItsOwnKindOfAnswer) {
  FakeHub hub;
  Client client = Connected(hub);
  const auto reply_with = [&hub](Reply reply) { hub.AnswerNext([reply](const FakeHub::Request&) { return reply; }); };

  reply_with(hub::core::EntriesReply{.count = 1, .failures = {{0, {Code::kNotInFlight, "Gone."}}}});
  const auto changed = client.ChangeVisibility("q", {{.handle = "h", .visibility = seconds(5)}});
  ASSERT_TRUE(changed);
  EXPECT_EQ(changed->failures.at(0).error.code, Code::kNotInFlight);

  reply_with(hub::core::SendReply{.ids = std::vector<hub::core::MessageId>(1), .sequences = {}, .failures = {}});
  const auto published = client.Publish("t", {{.message = {.body = "b", .attributes = {}}, .subject = "s"}});
  ASSERT_TRUE(published);
  EXPECT_EQ(published->ids.size(), 1u);

  reply_with(hub::core::CreatedReply{.arn = "arn:aws:sqs:x:1:q"});
  EXPECT_EQ(client.CreateQueue("q"), "arn:aws:sqs:x:1:q");
  reply_with(hub::core::CreatedReply{.arn = "arn:aws:sns:x:1:t"});
  EXPECT_EQ(client.CreateTopic("t"), "arn:aws:sns:x:1:t");
  reply_with(hub::core::CreatedReply{.arn = "arn:aws:sns:x:1:t:s"});
  EXPECT_EQ(client.Subscribe("t", "q")->arn, "arn:aws:sns:x:1:t:s");

  hub::core::QueueDescription description;
  description.name = "q";
  description.visible = 3;
  reply_with(hub::core::QueuesReply{.queues = {description}});
  const auto queue = client.DescribeQueue("q");
  ASSERT_TRUE(queue) << queue.error().message;
  EXPECT_EQ(queue->visible, 3u);
  reply_with(hub::core::TopicsReply{.topics = std::vector<hub::core::TopicDescription>(2)});
  const auto topics = client.ListTopics();
  ASSERT_TRUE(topics);
  EXPECT_EQ(topics->size(), 2u);
  reply_with(hub::core::HubReply{.flushes = 9, .durability = "flush"});
  const auto status = client.DescribeHub();
  ASSERT_TRUE(status);
  EXPECT_EQ(status->flushes, 9u);
  reply_with(hub::core::DoneReply{.notes = {"gone"}});
  const auto purged = client.Call(hub::core::Purge{.queue = "q"});
  ASSERT_TRUE(purged);
  EXPECT_EQ(std::get<hub::core::DoneReply>(*purged->body).notes.size(), 1u);
}

TEST(ClientTest, AnswerThatComesTooLateIsAnErrorAndNotTheNextAnswer) {
  FakeHub hub;
  Client client = Connected(hub, kShort);
  const auto late = client.CreateQueue("late");
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Code::kUnavailable);
  EXPECT_THAT(late.error().message, HasSubstr("did not answer within 50ms"));

  hub.Answer(hub.Take(), Reply(hub::core::CreatedReply{.arn = "late"}));
  const auto id = client.Post(hub::core::CreateQueue{.queue = "next", .attributes = {}});
  ASSERT_TRUE(id);
  hub.Answer(hub.Take(), Reply(hub::core::CreatedReply{.arn = "next"}));
  const auto answer = client.Poll(kLong);
  ASSERT_TRUE(answer && *answer);
  EXPECT_EQ((*answer)->id, *id);
}

TEST(ClientTest, PostedRequestsAreAnsweredInAnyOrder) {
  FakeHub hub;
  Client client = Connected(hub);
  std::vector<std::uint64_t> ids;
  for (int i = 0; i < 3; ++i) {
    const auto id = client.Post(hub::core::Purge{.queue = "q" + std::to_string(i)});
    ASSERT_TRUE(id);
    ids.push_back(*id);
  }
  EXPECT_EQ(client.Outstanding(), 3u);
  std::vector<FakeHub::Request> requests;
  for (int i = 0; i < 3; ++i) requests.push_back(hub.Take());
  for (const int i : {2, 0, 1}) {
    hub.Answer(requests[i], Reply(hub::core::DoneReply{}));
    const auto answer = client.Poll(kLong);
    ASSERT_TRUE(answer && *answer);
    EXPECT_EQ((*answer)->id, ids[i]);
  }
  EXPECT_EQ(client.Outstanding(), 0u);
  const auto nothing = client.Poll(milliseconds(0));
  ASSERT_TRUE(nothing);
  EXPECT_FALSE(*nothing);
}

TEST(ClientTest, CallLetsAnswersToPostedRequestsWait) {
  FakeHub hub;
  Client client = Connected(hub);
  const auto posted = client.Post(hub::core::Purge{.queue = "posted"});
  ASSERT_TRUE(posted);
  hub.Answer(hub.Take(), Reply(hub::core::DoneReply{}));
  hub.AnswerNext([](const FakeHub::Request&) { return Reply(hub::core::CreatedReply{.arn = "called"}); });
  EXPECT_EQ(client.CreateQueue("called"), "called");
  EXPECT_EQ(client.Outstanding(), 1u);
  const auto answer = client.Poll(kLong);
  ASSERT_TRUE(answer && *answer);
  EXPECT_EQ((*answer)->id, *posted);
}

TEST(ClientTest, LostConnectionIsToldAtOnceAndTheNextOneIsUsed) {
  auto hub = std::make_unique<FakeHub>();
  const std::string endpoint = hub->endpoint();
  Client client = Connected(*hub);
  ASSERT_TRUE(client.Post(hub::core::Purge{.queue = "q"}));
  hub->Take();
  hub.reset();
  const auto lost = client.Poll(kLong);
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, Code::kUnavailable);
  EXPECT_EQ(client.Outstanding(), 0u);

  FakeHub again(endpoint);
  again.AnswerNext([](const FakeHub::Request&) { return Reply(hub::core::CreatedReply{.arn = "back"}); });
  EXPECT_EQ(client.CreateQueue("q"), "back");
}

TEST(ClientTest, RequestLargerThanAFrameIsNotSent) {
  FakeHub hub;
  Client client = Connected(hub);
  const std::string body(hub::kFrameBytesMax, 'x');
  const auto sent = client.Send("q", {{.body = body, .attributes = {}}});
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, Code::kBatchTooLarge);
}

TEST(ClientTest, FrameThatIsNoReplyIsAnError) {
  FakeHub hub;
  Client client = Connected(hub);
  ASSERT_TRUE(client.Post(hub::core::Purge{.queue = "q"}));
  hub.AnswerRaw(hub.Take(), "nonsense");
  const auto answer = client.Poll(kLong);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::kMalformed);
}

TEST(ConnectTest, NobodyThereIsUnavailable) {
  std::string endpoint;
  { endpoint = FakeHub().endpoint(); }
  const auto client = Client::Connect({.endpoint = endpoint, .connect_timeout = kShort});
  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().code, Code::kUnavailable);
  EXPECT_EQ(client.error().message, "No hub answers at " + endpoint + ".");
}

TEST(ConnectTest, OptionsThatMakeNoSenseAreToldApart) {
  const struct {
    const char* why;
    Options options;
  } cases[] = {
      {"no transport", {.endpoint = "somewhere"}},
      {"no port", {.endpoint = "tcp://127.0.0.1"}},
      {"a key that is none", {.server_key = "short", .secret_key = "short"}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    const auto client = Client::Connect(c.options);
    ASSERT_FALSE(client);
    EXPECT_EQ(client.error().code, Code::kInvalidArgument);
  }
}

TEST(ConnectTest, RightPasswordIsLetInAndAWrongOneIsToldAtOnce) {
  FakeHub hub("tcp://127.0.0.1:*", "secret");
  Options options{.endpoint = hub.endpoint(), .login = "shop/checkout", .password = "secret", .connect_timeout = kLong};
  EXPECT_TRUE(Client::Connect(options));

  options.password = "guess";
  const auto refused = Client::Connect(options);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kAccessDenied);
  EXPECT_THAT(refused.error().message, HasSubstr("does not accept this login"));
  EXPECT_THAT(refused.error().message, Not(HasSubstr("guess")));
}

TEST(ConnectTest, HubThatAsksForALoginSaysSo) {
  FakeHub hub("tcp://127.0.0.1:*", "secret");
  const auto refused = Client::Connect({.endpoint = hub.endpoint(), .connect_timeout = kLong});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kAccessDenied);
  EXPECT_THAT(refused.error().message, HasSubstr("another kind of login"));
}

}  // namespace
}  // namespace adapters::client
