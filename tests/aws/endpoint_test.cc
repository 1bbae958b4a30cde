// What the endpoint does between its sockets and the hub.
#include "adapters/aws/endpoint.h"

#include <gtest/gtest.h>

#include "adapters/aws/md5.h"
#include "tests/aws/hub_fixture.h"
#include "tests/http/peer.h"

namespace tests::aws {
namespace {

namespace core = hub::core;
using http::Answer;
using http::Peer;

std::string JsonRequest(std::string_view action, std::string_view body) {
  std::string request = "POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: AmazonSQS.";
  request.append(action).append("\r\nContent-Length: ").append(std::to_string(body.size()));
  return request.append("\r\n\r\n").append(body);
}

std::string QueryRequest(std::string_view form) {
  return "GET /?" + std::string(form) + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: none\r\n\r\n";
}

// The text of the first member, or element, of that name.
std::string Member(const std::string& body, const std::string& name) {
  const std::size_t at = body.find("\"" + name + "\":\"") + name.size() + 4;
  return body.substr(at, body.find('"', at) - at);
}

class EndpointTest : public testing::Test {
 protected:
  EndpointTest() : peer_(hub_.address()) {
    EXPECT_EQ(peer_.Ask(JsonRequest("CreateQueue", R"({"QueueName":"orders"})")).status, 200);
  }

  void SendNatively(std::string_view body) {
    core::Send send{.queue = "arn:aws:sqs:eu-west-1:000000000000:orders", .entries = {}};
    send.entries.push_back({.body = body, .attributes = {}});
    const auto reply = hub_.Ask(std::move(send));
    ASSERT_TRUE(reply) << reply.error().message;
  }

  RunningHub hub_;
  Peer peer_;
};

TEST_F(EndpointTest, BodyOfBytesIsReadAsTextWithTheChecksumOfThatText) {
  const std::string text = "a\ufffd\ufffd\u00e9\ufffd";
  SendNatively("a\xff\xfe\u00e9\x01");
  SendNatively("a\xff\xfe\u00e9\x01");
  const Answer json = peer_.Ask(JsonRequest("ReceiveMessage", R"({"QueueUrl":"orders"})"));
  EXPECT_EQ(Member(json.body, "Body"), text);
  EXPECT_EQ(Member(json.body, "MD5OfBody"), adapters::aws::Md5(text));
  const Answer query = peer_.Ask(QueryRequest("Action=ReceiveMessage&QueueUrl=orders"));
  EXPECT_NE(query.body.find("<MD5OfBody>" + adapters::aws::Md5(text) + "</MD5OfBody><Body>" + text + "</Body>"),
            std::string::npos);
}

TEST_F(EndpointTest, ClientThatSendsNothingMoreIsAnsweredButNoLongPoll) {
  Peer sender(hub_.address());
  ASSERT_TRUE(sender.Send(JsonRequest("SendMessage", R"({"QueueUrl":"orders","MessageBody":"one"})") +
                          JsonRequest("ReceiveMessage", R"({"QueueUrl":"orders","WaitTimeSeconds":0})")));
  sender.EndSending();
  EXPECT_EQ(sender.ReadAnswer().status, 200);
  EXPECT_EQ(Member(sender.ReadAnswer().body, "Body"), "one");
  EXPECT_EQ(sender.ReadAll(), "");
  // A poll goes with its client: what is sent later is there for others.
  Peer poller(hub_.address());
  ASSERT_TRUE(poller.Send(JsonRequest("ReceiveMessage", R"({"QueueUrl":"orders","WaitTimeSeconds":20})")));
  poller.EndSending();
  EXPECT_EQ(poller.ReadAll(), "");
  EXPECT_EQ(peer_.Ask(JsonRequest("SendMessage", R"({"QueueUrl":"orders","MessageBody":"two"})")).status, 200);
  EXPECT_EQ(Member(peer_.Ask(JsonRequest("ReceiveMessage", R"({"QueueUrl":"orders"})")).body, "Body"), "two");
}

// rule: aws 58 the trace of the request stands in for an attribute that is not there
TEST_F(EndpointTest, TraceOfTheRequestIsThatOfTheMessage) {
  std::string request = JsonRequest("SendMessage", R"({"QueueUrl":"orders","MessageBody":"one"})");
  request.insert(request.find("X-Amz-Target"), "X-Amzn-Trace-Id: Root=1-a\r\n");
  const Answer sent = peer_.Ask(request);
  EXPECT_EQ(sent.body.find("MD5OfMessageSystemAttributes"), std::string::npos);  // The client sent none.
  const Answer received = peer_.Ask(JsonRequest("ReceiveMessage", R"({"QueueUrl":"orders","AttributeNames":["All"]})"));
  EXPECT_EQ(Member(received.body, "AWSTraceHeader"), "Root=1-a");
}

TEST_F(EndpointTest, LongPollGetsWhatIsSentMeanwhile) {
  Peer poller(hub_.address());
  ASSERT_TRUE(poller.Send(JsonRequest("ReceiveMessage", R"({"QueueUrl":"orders","WaitTimeSeconds":20})")));
  EXPECT_EQ(peer_.Ask(JsonRequest("SendMessage", R"({"QueueUrl":"orders","MessageBody":"one"})")).status, 200);
  EXPECT_EQ(Member(poller.ReadAnswer().body, "Body"), "one");
}

TEST_F(EndpointTest, RequestsHaveIdsOfTheirOwn) {
  std::string last;
  for (int i = 0; i < 3; ++i) {
    const std::string id = peer_.Ask(JsonRequest("ListQueues", "{}")).Field("x-amzn-RequestId");
    EXPECT_EQ(id.size(), 36u);
    EXPECT_NE(id, last);
    last = id;
  }
}

}  // namespace
}  // namespace tests::aws
