#include "adapters/wire/http/message.h"

#include <gtest/gtest.h>

namespace adapters::wire::http {
namespace {

TEST(MessageTest, FieldsAreFoundInAnyLetterCaseAndTheFirstOfANameCounts) {
  Request request;
  request.AddField("Host", "localhost");
  request.AddField("X-Amz-Target", "AmazonSQS.SendMessage");
  request.AddField("Accept", "one");
  request.AddField("ACCEPT", "two");
  request.AddField("Empty", "");
  EXPECT_EQ(request.Field("host"), "localhost");
  EXPECT_EQ(request.Field("x-amz-target"), "AmazonSQS.SendMessage");
  EXPECT_EQ(request.Field("Accept"), "one");
  EXPECT_EQ(request.Field("Empty"), "");
  EXPECT_EQ(request.Field("Accep"), "");
}

TEST(MessageTest, TargetThatIsAWholeUrlMustNameTheHostAndIsReadAsItsPath) {
  const struct {
    std::string sent;
    std::string host;
    const char* target;  // Null: refused.
    const char* path;
  } cases[] = {
      {"/queue?a=b", "a", "/queue?a=b", "/queue"},
      {"/http://b/queue", "a", "/http://b/queue", "/http://b/queue"},
      {"*", "a", "*", "*"},
      {"a:80", "a", "a:80", "a:80"},  // Of a CONNECT.
      {"*?to=http://b/", "a", "*?to=http://b/", "*"},
      {"http://a:80/queue?a=b", "a:80", "/queue?a=b", "/queue"},
      {"HTTPS://LocalHost/x", "localHOST", "/x", "/x"},
      {"http://a", "a", "/", "/"},
      {"http://a?b=/c", "a", "/?b=/c", "/"},
      {"http://[::1]:80/", "[::1]:80", "/", "/"},
      {"http://a//b/c", "a", "//b/c", "//b/c"},
      {"http://b/", "a", nullptr, nullptr},
      {"http://a:80/", "a", nullptr, nullptr},
      {"http://a/", "a:80", nullptr, nullptr},
      {"http://a.b/", "a", nullptr, nullptr},
      {"http://b@a/", "a", nullptr, nullptr},
      {"http://a#b/", "a", nullptr, nullptr},
      {"http:///x", "a", nullptr, nullptr},
      {"http://a/", "", nullptr, nullptr},
      {"ftp://a/", "a", nullptr, nullptr},
      {"x/http://a/", "a", nullptr, nullptr},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.sent + " " + c.host);
    Request request;
    request.target = c.sent;
    request.AddField("Host", c.host);
    EXPECT_EQ(request.ToOriginForm(), c.target != nullptr);
    if (!c.target) continue;
    EXPECT_EQ(request.target, c.target);
    EXPECT_EQ(request.Path(), c.path);
  }
}

TEST(MessageTest, ResponsesAreWrittenWithTheirLength) {
  const Response response{.status = 404, .content_type = "text/plain", .fields = "A: b\r\n", .body = "gone"};
  EXPECT_EQ(Write(response, "Thu, 01 Jan 1970 00:00:00 GMT", /*keep_alive=*/true, /*head_only=*/false),
            "HTTP/1.1 404 Not Found\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nContent-Type: text/plain\r\n"
            "Content-Length: 4\r\nA: b\r\nConnection: keep-alive\r\n\r\ngone");
  EXPECT_EQ(Write({.status = 204, .content_type = "", .fields = "", .body = ""}, "D", /*keep_alive=*/false, false),
            "HTTP/1.1 204 No Content\r\nDate: D\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
}

TEST(MessageTest, AnswerToAHeadRequestSaysTheLengthOfWhatItLeavesOut) {
  const Response response{.status = 200, .content_type = "", .fields = "", .body = "body"};
  const std::string written = Write(response, "D", true, /*head_only=*/true);
  EXPECT_NE(written.find("Content-Length: 4\r\n"), std::string::npos);
  EXPECT_TRUE(written.ends_with("\r\n\r\n"));
}

TEST(MessageTest, EqualFoldKnowsLettersOnly) {
  EXPECT_TRUE(EqualFold("Content-Length", "cONTENT-lENGTH"));
  EXPECT_FALSE(EqualFold("a", "ab"));
  EXPECT_FALSE(EqualFold("[", "{"));  // A bit apart, as letters are.
}

}  // namespace
}  // namespace adapters::wire::http
