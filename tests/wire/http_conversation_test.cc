// The player of conversations itself: what goes otherwise is noticed.
#include "tests/wire/http_conversation.h"

#include <gtest/gtest.h>

#include <fstream>
#include <vector>

namespace tests::wire {
namespace {

constexpr char kAnswer[] =
    "HTTP/1.1 200 OK\r\nDate: now\r\nA: b\r\n\r\n<?xml version=\"1.0\"?>\n<a><b>x/1</b><c>x/1</c></a>";

// What playing these lines comes to, without the path; the requests that were sent are added to `sent`.
std::string Played(const std::string& lines, std::vector<std::string>* sent = nullptr) {
  const std::string path = testing::TempDir() + "/player.http";
  std::ofstream(path) << lines;
  std::string differences = PlayHttp(path, [&](const std::string& request) {
    if (sent) sent->push_back(request);
    return std::string(kAnswer);
  });
  if (differences.starts_with(path)) differences.erase(0, path.size());
  return differences;
}

TEST(HttpConversationTest, AnswerAsExpectedIsNoDifference) {
  EXPECT_EQ(Played("# as it should be\n> GET / HTTP/1.1\n< HTTP/1.1 200 OK\n< A: b\n< !C\n<\n"
                   "< <?xml version=\"1.0\"?>\n< <a>\n<   <b>$one</b>\n<   <c>$one</c>\n< </a>\n"),
            "");
  EXPECT_EQ(Played("> GET / HTTP/1.1\n< HTTP/1.1 200 OK\n< Date: $_\n<\n< $_</a>\n"), "");
}

TEST(HttpConversationTest, AnswerThatDiffersIsReportedWithItsLine) {
  const std::string get = "> GET / HTTP/1.1\n";
  EXPECT_EQ(Played(get + "< HTTP/1.1 404 Not Found\n").substr(0, 62),
            ":2: expected HTTP/1.1 404 Not Found\n  answered HTTP/1.1 200 OK");
  EXPECT_EQ(Played(get + "< HTTP/1.1 200 OK\n< A: c\n<\n< $_\n"), ":2: expected A: c\n  answered b\n");
  EXPECT_EQ(Played(get + "< HTTP/1.1 200 OK\n< C: c\n<\n< $_\n"), ":2: expected C: c\n  answered none\n");
  EXPECT_TRUE(Played(get + "< HTTP/1.1 200 OK\n< !A\n<\n< $_\n").starts_with(":2: expected !A"));
  EXPECT_TRUE(Played(get + "< HTTP/1.1 200 OK\n").starts_with(":2: expected \n  answered <?xml"));
  EXPECT_TRUE(Played(get + "< HTTP/1.1 200 OK\n<\n< $_<b>$one</b><c>$one.</c></a>\n")
                  .starts_with(":2: expected $_<b>x/1</b><c>x/1.</c></a>\n"));
  EXPECT_TRUE(Played("? what\n").starts_with(":1: a line begins with"));
}

TEST(HttpConversationTest, RequestIsSentAsItIsWritten) {
  std::vector<std::string> sent;
  Played(
      "> POST /q HTTP/1.1\n> X-Amz-Target: T\n>\n> {\"a\":\n> \"b\"}\n< HTTP/1.1 200 OK\n<\n< $_<b>$one</b>$_\n"
      "\n> POST /$one HTTP/1.1\n> X-Amz-Target: T\n>\n> $one\n"
      "\n> POST / HTTP/1.1\n> Host: h\n>\n> a=$one\n"
      "\n> GET / HTTP/1.1\n",
      &sent);
  EXPECT_EQ(sent, (std::vector<std::string>{
                      "POST /q HTTP/1.1\r\nX-Amz-Target: T\r\nHost: localhost:4566\r\nContent-Length: 10\r\n\r\n"
                      "{\"a\":\n\"b\"}",
                      "POST /x%2F1 HTTP/1.1\r\nX-Amz-Target: T\r\nHost: localhost:4566\r\nContent-Length: 3\r\n\r\nx/1",
                      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 7\r\n\r\na=x%2F1",
                      "GET / HTTP/1.1\r\nHost: localhost:4566\r\n\r\n"}));
}

}  // namespace
}  // namespace tests::wire
