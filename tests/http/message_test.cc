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
