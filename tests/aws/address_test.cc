// Queue URLs, hosts, ARNs of topics, and tokens of pages.
#include <gtest/gtest.h>

#include "adapters/aws/base64.h"
#include "adapters/aws/page.h"
#include "adapters/aws/queue_url.h"
#include "adapters/aws/topic_arn.h"
#include "adapters/wire/http/host.h"
#include "tests/aws/support.h"

namespace tests::aws {
namespace {

namespace kinds = adapters::aws;
using adapters::aws::Call;
using adapters::aws::ErrorKind;
using adapters::aws::QueueArnOf;
using adapters::aws::QueueUrlOf;
using adapters::aws::TopicArnIn;
using adapters::wire::http::IsHostAllowed;

Call CallWith(std::string_view parameter, std::string_view value, std::string_view path = "/") {
  Call call;
  call.region = "eu-west-1";
  call.account = "000000000000";
  call.path = path;
  call.base_url = "http://localhost:4566";
  call.parameters.root.kind = Value::Kind::kMap;
  if (!value.empty()) call.parameters.root.members.push_back({parameter, Value::OfText(value)});
  return call;
}

// rule: aws 11 a queue by its URL with any host, by its bare name, or by the path alone
TEST(QueueUrlTest, NamesAQueue) {
  const struct {
    const char* why;
    const char* url;
    const char* path;
    const char* arn;
  } cases[] = {
      {"its URL", "http://localhost:4566/000000000000/orders", "/", "arn:aws:sqs:eu-west-1:000000000000:orders"},
      {"with another host", "https://other:1/111122223333/orders", "/", "arn:aws:sqs:eu-west-1:111122223333:orders"},
      {"with a host of AWS", "https://sqs.us-west-2.amazonaws.com/111122223333/orders", "/",
       "arn:aws:sqs:us-west-2:111122223333:orders"},
      {"with no region in its host", "http://sqs.localhost/111122223333/orders", "/",
       "arn:aws:sqs:eu-west-1:111122223333:orders"},
      {"with more before it", "http://localhost:4566/queue/eu-west-1/111122223333/orders", "/",
       "arn:aws:sqs:eu-west-1:111122223333:orders"},
      {"with a region in its path", "http://localhost:4566/queue/us-west-2/111122223333/orders", "/",
       "arn:aws:sqs:us-west-2:111122223333:orders"},
      {"without an account", "http://localhost:9324/queue/orders", "/", "arn:aws:sqs:eu-west-1:000000000000:orders"},
      {"with a slash at its end", "http://localhost:4566/000000000000/orders/", "/",
       "arn:aws:sqs:eu-west-1:000000000000:orders"},
      {"its path", "/111122223333/orders.fifo", "/", "arn:aws:sqs:eu-west-1:111122223333:orders.fifo"},
      {"account and name", "111122223333/orders", "/", "arn:aws:sqs:eu-west-1:111122223333:orders"},
      {"its name", "orders", "/", "arn:aws:sqs:eu-west-1:000000000000:orders"},
      {"its ARN", "arn:aws:sqs:us-east-1:111122223333:orders", "/", "arn:aws:sqs:us-east-1:111122223333:orders"},
      {"the path of the request", "", "/111122223333/orders", "arn:aws:sqs:eu-west-1:111122223333:orders"},
      {"the parameter comes first", "orders", "/111122223333/others", "arn:aws:sqs:eu-west-1:000000000000:orders"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    const auto arn = QueueArnOf(CallWith("QueueUrl", c.url, c.path));
    ASSERT_TRUE(arn) << arn.error().message;
    EXPECT_EQ(*arn, c.arn);
  }
}

TEST(QueueUrlTest, NamesNone) {
  const struct {
    const char* url;
    const char* path;
    const ErrorKind& kind;
    const char* message;
  } cases[] = {
      {"", "/", kinds::kQueueDoesNotExist, "The specified queue does not exist."},
      {"http://localhost:4566", "/", kinds::kInvalidAddress,
       "The address http://localhost:4566 is not valid for this endpoint."},
      {"http://localhost/account/orders", "/", kinds::kInvalidAddress,
       "The address http://localhost/account/orders is not valid for this endpoint."},
      {"", "/1234/orders", kinds::kInvalidAddress, "The address /1234/orders is not valid for this endpoint."},
      {"http://localhost/000000000000/a:b", "/", kinds::kQueueDoesNotExist, "The specified queue does not exist."},
      {"no such name", "/", kinds::kQueueDoesNotExist, "The specified queue does not exist."},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.url);
    const auto arn = QueueArnOf(CallWith("QueueUrl", c.url, c.path));
    ASSERT_FALSE(arn) << *arn;
    EXPECT_EQ(arn.error().kind, &c.kind);
    EXPECT_EQ(arn.error().message, c.message);
  }
}

// rule: aws 12 URLs of queues begin as the client reached the hub
TEST(QueueUrlTest, IsMadeOfHowTheClientCame) {
  Call call = CallWith("", "");
  EXPECT_EQ(QueueUrlOf(call, "arn:aws:sqs:eu-west-1:111122223333:orders.fifo"),
            "http://localhost:4566/111122223333/orders.fifo");
  call.base_url = "https://penstock.example";
  EXPECT_EQ(QueueUrlOf(call, "arn:aws:sqs:eu-west-1:111122223333:orders"),
            "https://penstock.example/111122223333/orders");
}

// rule: aws 110 how a broken ARN is told
TEST(TopicArnTest, IsCheckedAsFarAsItsFormGoes) {
  const std::string good = "arn:aws:sns:eu-west-1:000000000000:news";
  EXPECT_EQ(*TopicArnIn(CallWith("TopicArn", good), "TopicArn"), good);
  const struct {
    const char* arn;
    const char* message;
  } cases[] = {
      {"", "Invalid parameter: TopicArn Reason: no value for required parameter"},
      {"news", "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1"},
      {"arn:aws:sns:eu-west-1:news", "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 5"},
      {"arn:aws:sns:us-east-1:000000000000:news", "Invalid parameter: TopicArn"},
      {"arn:aws:sqs:eu-west-1:000000000000:news", "Invalid parameter: TopicArn"},
      {"arn:aws:sns:eu-west-1:0:news", "Invalid parameter: TopicArn"},
      {"arn:aws:sns:eu-west-1:000000000000:", "Invalid parameter: TopicArn"},
      {"arn:aws:sns:eu-west-1:000000000000:a b", "Invalid parameter: TopicArn"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.arn);
    const auto arn = TopicArnIn(CallWith("TopicArn", c.arn), "TopicArn");
    ASSERT_FALSE(arn);
    EXPECT_EQ(arn.error().kind, &kinds::kInvalidParameter);
    EXPECT_EQ(arn.error().message, c.message);
  }
}

TEST(HostTest, OnlyNamesThatNobodyElseCanPointHereAreAnswered) {
  const std::vector<std::string> further = {"Hub.Example"};
  const struct {
    const char* host;
    bool allowed;
  } cases[] = {
      {"localhost", true},
      {"localhost:4566", true},
      {"LOCALHOST.", true},
      {"127.0.0.1:4566", true},
      {"192.168.1.7", true},
      {"[::1]:4566", true},
      {"[fe80::1]", true},
      {"penstock", true},
      {"a_b:80", true},
      {"sqs.eu-west-1.localhost:4566", true},
      {"sqs.localhost.localstack.cloud:4566", true},
      {"hub.example", true},
      {"HUB.EXAMPLE:4566", true},
      {"sqs.hub.example", true},
      {"", false},
      {":4566", false},
      {"example.com", false},
      {"localhost.example.com", false},
      {"evilhub.example", false},
      {"hub.example.com", false},
      {"localhost.localstack.cloud.evil", false},
      {"127.0.0.1.evil.example", false},
      {"localhost@evil.example", false},
      {"local host", false},
      {"a/b", false},
      {"a\"b", false},
      {"a\xff", false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.host);
    EXPECT_EQ(IsHostAllowed(c.host, further), c.allowed);
  }
  EXPECT_FALSE(IsHostAllowed("hub.example", {}));
}

TEST(PageTest, TokenLeadsToWhatFollows) {
  for (const char* name : {"orders", "", "\u00e9:after:"}) {
    EXPECT_EQ(adapters::aws::ReadToken(adapters::aws::NextToken(name)), name);
  }
  for (const char* token : {"", "x", "!", "b3RoZXI6eA==", "YWZ0ZXI6YQ"}) {
    SCOPED_TRACE(token);
    EXPECT_FALSE(adapters::aws::ReadToken(token));
  }
}

TEST(Base64Test, GoesThereAndBack) {
  const struct {
    std::string_view bytes;
    std::string_view text;
  } cases[] = {
      {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {std::string_view("\0\xff\xfe\0", 4), "AP/+AA=="}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    EXPECT_EQ(adapters::aws::ToBase64(c.bytes), c.text);
    EXPECT_EQ(adapters::aws::FromBase64(c.text), c.bytes);
  }
  for (const char* text : {"Zg", "Zg=", "Z", "Zg==x", "Z g=", "Zm9v\n", "-_8="}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(adapters::aws::FromBase64(text));
  }
}

}  // namespace
}  // namespace tests::aws
