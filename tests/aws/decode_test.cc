#include "adapters/aws/decode.h"

#include <gtest/gtest.h>

#include "tests/aws/support.h"

namespace tests::aws {
namespace {

using adapters::aws::Call;
using adapters::aws::Claim;
using adapters::aws::ClaimOf;
using adapters::aws::DecodeCall;
using adapters::aws::ErrorKind;
using adapters::aws::Protocol;
using adapters::aws::Service;
using adapters::wire::http::Request;

constexpr std::string_view kRegion = "eu-north-1";  // Of whom names none.

Call Decoded(const Request& request) {
  Call call;
  const auto decoded = DecodeCall(request, kRegion, call);
  EXPECT_TRUE(decoded) << decoded.error().kind->code << ": " << decoded.error().message;
  return call;
}

std::string Signed(std::string_view service, std::string_view region = "eu-west-1", std::string_view key = "test") {
  std::string field = "AWS4-HMAC-SHA256 Credential=";
  return field.append(key)
      .append("/20260101/")
      .append(region)
      .append("/")
      .append(service)
      .append("/aws4_request, SignedHeaders=host, Signature=0");
}

TEST(DecodeTest, ClaimIsInTheHeaderOrInTheQuery) {
  const struct {
    const char* why;
    Request request;
    bool present;
    const char* key;
    const char* region;
    const char* service;
  } cases[] = {
      {"nothing", RequestOf("GET", "/"), false, "", "", ""},
      {"a header", RequestOf("GET", "/", {{"Authorization", Signed("sqs")}}), true, "test", "eu-west-1", "sqs"},
      {"no spaces", RequestOf("GET", "/", {{"Authorization", "AWS4-HMAC-SHA256 Credential=a/b/c/d/e,SignedHeaders=x"}}),
       true, "a", "c", "d"},
      {"presigned", RequestOf("GET", "/?a=b&X-Amz-Credential=AKIA%2F20260101%2Fus-east-2%2Fsns%2Faws4_request&c=d"),
       true, "AKIA", "us-east-2", "sns"},
      {"presigned, not encoded", RequestOf("GET", "/?X-Amz-Credential=k/d/us-east-2/sns/aws4_request"), true, "k",
       "us-east-2", "sns"},
      {"half of one", RequestOf("GET", "/", {{"Authorization", "AWS4-HMAC-SHA256 Credential=key/x"}}), true, "key", "",
       ""},
      {"another scheme", RequestOf("GET", "/", {{"Authorization", "Basic dGVzdDp0ZXN0"}}), false, "", "", ""},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    const Claim claim = ClaimOf(c.request);
    EXPECT_EQ(claim.present, c.present);
    EXPECT_EQ(claim.access_key, c.key);
    EXPECT_EQ(claim.region, c.region);
    EXPECT_EQ(claim.service, c.service);
  }
}

TEST(DecodeTest, ServiceOfAQueryIsToldByItsSignatureElseByTheNextBestThing) {
  const struct {
    const char* why;
    Request request;
    Service service;
  } cases[] = {
      {"signature before host",
       RequestOf("GET", "/?Action=AddPermission",
                 {{"Authorization", Signed("sns")}, {"Host", "sqs.eu-west-1.localhost"}}),
       Service::kSns},
      {"host before version",
       RequestOf("GET", "/?Action=AddPermission&Version=2010-03-31", {{"Host", "sqs.eu-west-1.localhost:4566"}}),
       Service::kSqs},
      {"another host of SQS", RequestOf("GET", "/?Action=AddPermission", {{"Host", "eu-west-1.queue.localhost"}}),
       Service::kSqs},
      {"version of SNS", RequestOf("GET", "/?Action=AddPermission&Version=2010-03-31"), Service::kSns},
      {"version of SQS", RequestOf("GET", "/?Action=AddPermission&Version=2012-11-05&TopicArn=x"), Service::kSqs},
      {"version of STS", RequestOf("GET", "/?Action=GetCallerIdentity&Version=2011-06-15"), Service::kSts},
      {"a queue's path", RequestOf("GET", "/000000000000/q?Action=AddPermission&TopicArn=x"), Service::kSqs},
      {"a topic", RequestOf("GET", "/?Action=AddPermission&TopicArn=x"), Service::kSns},
      {"the action", RequestOf("GET", "/?Action=ListTopics"), Service::kSns},
      {"the action of STS", RequestOf("GET", "/?Action=GetCallerIdentity"), Service::kSts},
      {"both have it", RequestOf("GET", "/?Action=AddPermission"), Service::kSqs},
      {"an unknown service", RequestOf("GET", "/?Action=ListTopics", {{"Authorization", Signed("s3")}}), Service::kSns},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    EXPECT_EQ(Decoded(c.request).service, c.service);
  }
}

// rule: aws 10 a whole call in a URL, JSON to a queue's path, an answer in JSON to a Query
TEST(DecodeTest, ProtocolIsToldByTheTargetAndByAccept) {
  const struct {
    Request request;
    Protocol protocol;
    const char* tree;
  } cases[] = {
      {RequestOf("POST", "/", {{"X-Amz-Target", "AmazonSQS.GetQueueUrl"}}, R"({"QueueName":"q"})"), Protocol::kJson,
       R"({QueueName="q"})"},
      {RequestOf("POST", "/1/q", {{"x-amz-target", "AmazonSQS.PurgeQueue"}}, R"({"QueueUrl":"q"})"), Protocol::kJson,
       R"({QueueUrl="q"})"},
      {RequestOf("POST", "/", {}, "Action=GetQueueUrl&QueueName=q"), Protocol::kQuery, R"({QueueName="q"})"},
      {RequestOf("GET", "/?Action=GetQueueUrl&QueueName=q"), Protocol::kQuery, R"({QueueName="q"})"},
      {RequestOf("GET", "/?Action=GetQueueUrl&QueueName=q", {}, "QueueName=body"), Protocol::kQuery,
       R"({QueueName="q"})"},
      {RequestOf("POST", "/?Action=GetQueueUrl", {}, "QueueName=q"), Protocol::kQuery, R"({QueueName="q"})"},
      {RequestOf("GET", "/?Action=GetQueueUrl&QueueName=q", {{"Accept", "text/xml, application/json"}}),
       Protocol::kQueryJson, R"({QueueName="q"})"},
      {RequestOf("POST", "/", {{"X-Amz-Target", "AmazonSQS.ListQueues"}, {"Accept", "application/json"}}),
       Protocol::kJson, "{}"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.request.target);
    const Call call = Decoded(c.request);
    EXPECT_EQ(call.protocol, c.protocol);
    EXPECT_EQ(ToText(call.input()), c.tree);
  }
}

// rule: aws 12 scheme and host of the request are those of the URLs in its answer
TEST(DecodeTest, CallKnowsWhereItCameTo) {
  Request request = RequestOf("GET", "/000000000000/q?Action=PurgeQueue", {{"Host", "penstock:4566"}});
  Call call = Decoded(request);
  EXPECT_EQ(call.base_url, "http://penstock:4566");
  EXPECT_EQ(call.path, "/000000000000/q");
  request.secure = true;
  EXPECT_EQ(Decoded(request).base_url, "https://penstock:4566");
}

TEST(DecodeTest, RegionIsThatOfTheHostElseOfTheSignatureElseTheHubsOwn) {
  const struct {
    Request request;
    std::string_view region;
  } cases[] = {
      {RequestOf("GET", "/?Action=ListQueues"), kRegion},
      {RequestOf("GET", "/?Action=ListQueues", {{"Authorization", Signed("sqs")}}), "eu-west-1"},
      {RequestOf("GET", "/?Action=ListQueues", {{"Host", "sqs.us-gov-west-1.localhost:4566"}}), "us-gov-west-1"},
      {RequestOf("GET", "/?Action=ListQueues",
                 {{"Host", "sqs.us-west-2.localhost"}, {"Authorization", Signed("sqs", "eu-west-1")}}),
       "us-west-2"},
      {RequestOf("GET", "/?Action=ListQueues", {{"Host", "sqs.localhost"}}), kRegion},
      {RequestOf("GET", "/?Action=ListQueues", {{"Host", "sqs.localhost.localstack.cloud"}}), kRegion},
      {RequestOf("GET", "/?Action=ListQueues", {{"Authorization", "Credential=half/of"}}), kRegion},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.request.Field("Host"));
    EXPECT_EQ(Decoded(c.request).region, c.region);
  }
}

TEST(DecodeTest, TraceIsTakenUnlessItIsNoText) {
  EXPECT_EQ(Decoded(RequestOf("GET", "/?Action=ListQueues", {{"X-Amzn-Trace-Id", "Root=1-a"}})).trace, "Root=1-a");
  EXPECT_EQ(Decoded(RequestOf("GET", "/?Action=ListQueues", {{"X-Amzn-Trace-Id", "Root=\xff"}})).trace, "");
}

// rule: aws 7 an action that there is not
// rule: aws 8 an action of the account, sent to a queue's path
// rule: aws 9 a queue's path without an action
TEST(DecodeTest, Refuses) {
  namespace kinds = adapters::aws;
  const struct {
    const char* why;
    Request request;
    const ErrorKind& kind;
    const char* message;
  } cases[] = {
      {"unknown action", RequestOf("POST", "/", {}, "Action=FooBar"), kinds::kInvalidAction,
       "The action FooBar is not valid for this endpoint."},
      {"no action", RequestOf("POST", "/"), kinds::kMissingAction, "The request must contain the parameter Action."},
      {"of the other service", RequestOf("GET", "/?Action=Publish", {{"Authorization", Signed("sqs")}}),
       kinds::kInvalidAction, "The action Publish is not valid for this endpoint."},
      {"CreateQueue on a queue", RequestOf("POST", "/000000000000/q", {}, "Action=CreateQueue&QueueName=x"),
       kinds::kInvalidAction, "The action CreateQueue is not valid for this endpoint."},
      {"ListQueues on a queue", RequestOf("GET", "/000000000000/q?Action=ListQueues"), kinds::kInvalidAction,
       "The action ListQueues is not valid for this endpoint."},
      {"nothing on a queue", RequestOf("GET", "/000000000000/q"), kinds::kUnknownOperation, ""},
      {"unknown target", RequestOf("POST", "/", {{"X-Amz-Target", "AmazonSQS.FooBar"}}), kinds::kUnknownOperation,
       "The operation FooBar is not known."},
      {"target of another service", RequestOf("POST", "/", {{"X-Amz-Target", "Kinesis_20131202.PutRecord"}}),
       kinds::kUnknownOperation, "The operation Kinesis_20131202.PutRecord is not known."},
      {"target without an action", RequestOf("POST", "/", {{"X-Amz-Target", "AmazonSQS"}}), kinds::kUnknownOperation,
       "The operation AmazonSQS is not known."},
      {"broken JSON", RequestOf("POST", "/", {{"X-Amz-Target", "AmazonSQS.ListQueues"}}, "{"), kinds::kMalformedJson,
       "The body is not JSON."},
      {"broken form", RequestOf("POST", "/", {}, "Action=%"), kinds::kMalformedQueryString,
       "The query string contains a syntax error, or too many parameters."},
      {"no region", RequestOf("GET", "/?Action=ListQueues", {{"Authorization", Signed("sqs", "a:b")}}),
       kinds::kIncompleteSignature,
       "Credential must be scoped to a region of letters, digits, hyphens and underscores."},
      {"too much of one",
       RequestOf("GET", "/?Action=ListQueues", {{"Authorization", Signed("sqs", std::string(65, 'a'))}}),
       kinds::kIncompleteSignature,
       "Credential must be scoped to a region of letters, digits, hyphens and underscores."},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    Call call;
    const auto decoded = DecodeCall(c.request, kRegion, call);
    ASSERT_FALSE(decoded);
    EXPECT_EQ(decoded.error().kind, &c.kind);
    EXPECT_EQ(decoded.error().message, c.message);
  }
}

}  // namespace
}  // namespace tests::aws
