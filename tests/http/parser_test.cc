#include "adapters/wire/http/parser.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

namespace adapters::wire::http {
namespace {

constexpr std::string_view kHost = "Host: a\r\n";

// Feeds `bytes` in pieces of so many, as a connection does: what was left comes again, with what follows. The first
// piece may have another length.
Parser::State Feed(Parser& parser, std::string_view bytes, std::size_t piece, std::string* left = nullptr,
                   std::size_t first = 0) {
  std::string pending;
  while (!bytes.empty() && parser.state() != Parser::State::kDone && parser.state() != Parser::State::kWrong) {
    const std::size_t now = std::min(first > 0 ? std::exchange(first, 0) : piece, bytes.size());
    pending.append(bytes.substr(0, now));
    bytes.remove_prefix(now);
    pending.erase(0, parser.Put(pending));
  }
  if (left) *left = pending.append(bytes);
  return parser.state();
}

// 200 when it is a whole request, 0 when more must come, else the status that it is refused with.
unsigned StatusOf(std::string_view bytes, std::size_t piece = std::string_view::npos, std::size_t first = 0) {
  const Limits limits;
  Parser parser(limits);
  switch (Feed(parser, bytes, piece, nullptr, first)) {
    case Parser::State::kDone: return 200;
    case Parser::State::kWrong: return parser.refusal().status;
    case Parser::State::kHead:
    case Parser::State::kBody: return 0;
  }
  return 0;
}

std::string WithFields(std::string_view fields) {
  return std::string("POST / HTTP/1.1\r\n").append(kHost).append(fields).append("\r\n");
}

TEST(ParserTest, RequestIsReadWhateverThePiecesItComesIn) {
  const std::string sent =
      "POST /q?a=b HTTP/1.1\r\nHost: localhost:4566\r\nX-Odd:   spaces around  \r\nContent-Length: 5\r\n\r\nhelloGET /";
  for (std::size_t piece = 1; piece <= sent.size(); ++piece) {
    SCOPED_TRACE(piece);
    const Limits limits;
    Parser parser(limits);
    std::string left;
    ASSERT_EQ(Feed(parser, sent, piece, &left), Parser::State::kDone);
    EXPECT_EQ(left, "GET /");  // The next request is left alone.
    const Request request = parser.Take();
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.target, "/q?a=b");
    EXPECT_EQ(request.Field("x-odd"), "spaces around");
    EXPECT_EQ(request.body, "hello");
    EXPECT_TRUE(request.keep_alive);
  }
}

TEST(ParserTest, ChunksAreJoinedAndTrailersSayNothing) {
  const std::string sent =
      WithFields("Transfer-Encoding: chunked\r\n") +
      "5\r\nhello\r\n1;name=\"value\"\r\n,\r\n6\r\n world\r\n0\r\nHost: other\r\nX-T: 1\r\n\r\nrest";
  for (std::size_t piece = 1; piece <= sent.size(); ++piece) {
    SCOPED_TRACE(piece);
    const Limits limits;
    Parser parser(limits);
    std::string left;
    ASSERT_EQ(Feed(parser, sent, piece, &left), Parser::State::kDone);
    EXPECT_EQ(left, "rest");
    const Request request = parser.Take();
    EXPECT_EQ(request.body, "hello, world");
    EXPECT_EQ(request.Field("X-T"), "");
  }
}

// rule: hardening R14 what requests are smuggled with is refused, whatever the pieces that it comes in
TEST(ParserTest, WhatTwoServersWouldReadDifferentlyIsRefused) {
  const std::string chunked = WithFields("Transfer-Encoding: chunked\r\n");
  const struct {
    const char* why;
    std::string bytes;
    unsigned status;
  } cases[] = {
      {"length, then coding", WithFields("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400},
      {"coding, then length", WithFields("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 400},
      {"two lengths", WithFields("Content-Length: 5\r\nContent-Length: 6\r\n"), 400},
      {"the same length twice", WithFields("Content-Length: 5\r\nContent-Length: 5\r\n"), 400},
      {"a list of lengths", WithFields("Content-Length: 5, 5\r\n"), 400},
      {"a signed length", WithFields("Content-Length: +5\r\n"), 400},
      {"a negative length", WithFields("Content-Length: -5\r\n"), 400},
      {"a hexadecimal length", WithFields("Content-Length: 0x5\r\n"), 400},
      {"no length", WithFields("Content-Length:\r\n"), 400},
      {"a length beyond 64 bits", WithFields("Content-Length: 18446744073709551616\r\n"), 400},
      {"coding twice", WithFields("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400},
      {"a list of codings", WithFields("Transfer-Encoding: chunked, chunked\r\n"), 501},
      {"another coding", WithFields("Transfer-Encoding: gzip, chunked\r\n"), 501},
      {"chunked is not last", WithFields("Transfer-Encoding: chunked, identity\r\n"), 501},
      {"no coding at all", WithFields("Transfer-Encoding: identity\r\n"), 501},
      {"something like chunked", WithFields("Transfer-Encoding: xchunked\r\n"), 501},
      {"a quoted coding", WithFields("Transfer-Encoding: \"chunked\"\r\n"), 501},
      {"chunks in HTTP/1.0", "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"space before the colon", WithFields("Content-Length : 5\r\n"), 400},
      {"tab before the colon", WithFields("Transfer-Encoding\t: chunked\r\n"), 400},
      {"space in a name", WithFields("Content Length: 5\r\n"), 400},
      {"a name with a control", WithFields("Content\x01Length: 5\r\n"), 400},
      {"no name", WithFields(": 5\r\n"), 400},
      {"folded with a space", WithFields("X: a\r\n b\r\n"), 400},
      {"folded with a tab", WithFields("X: a\r\n\tb\r\n"), 400},
      {"a folded coding", WithFields("Transfer-Encoding:\r\n chunked\r\n"), 400},
      {"folded before any field", "POST / HTTP/1.1\r\n Host: a\r\n\r\n", 400},
      {"a bare line feed", WithFields("X: a\nContent-Length: 5\r\n"), 400},
      {"a bare carriage return", WithFields("X: a\rContent-Length: 5\r\n"), 400},
      {"a zero byte", WithFields(std::string("X: a\0b\r\n", 8)), 400},
      {"a URL of another host", "POST http://evil.example/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"another host in its field", "POST http://a/ HTTP/1.1\r\nHost: evil.example\r\n\r\n", 400},
      {"a URL and no Host", "GET http://a/ HTTP/1.0\r\n\r\n", 400},
      {"a URL of another scheme", "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"no Host", "GET / HTTP/1.1\r\n\r\n", 400},
      {"two Hosts", WithFields("Host: b\r\n"), 400},
      {"a chunk's size is a word", chunked + "zz\r\n\r\n", 400},
      {"a chunk's size is missing", chunked + "\r\nhello\r\n", 400},
      {"a chunk's size has a sign", chunked + "+5\r\nhello\r\n0\r\n\r\n", 400},
      {"a chunk's size is negative", chunked + "-5\r\nhello\r\n0\r\n\r\n", 400},
      {"a chunk's size has a 0x", chunked + "0x5\r\nhello\r\n0\r\n\r\n", 400},
      {"a chunk beyond 64 bits", chunked + "10000000000000005\r\nhello\r\n0\r\n\r\n", 400},
      {"a chunk longer than said", chunked + "4\r\nhello\r\n0\r\n\r\n", 400},
      {"a chunk's size, then LF", chunked + "5\nhello\r\n0\r\n\r\n", 400},
      {"an unknown expectation", WithFields("Expect: magic\r\n"), 417},
      {"HTTP/2", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
      {"HTTP/0.9", "GET /\r\n\r\n", 400},
      {"two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"a space in the target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 505},
      {"something like a version", "GET / P/1\r\n\r\n", 400},
      {"not HTTP", "\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", 400},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    EXPECT_EQ(StatusOf(c.bytes), c.status);
    EXPECT_EQ(StatusOf(c.bytes, 1), c.status);
    for (std::size_t first = 1; first < c.bytes.size(); ++first) {
      EXPECT_EQ(StatusOf(c.bytes, c.bytes.size(), first), c.status) << first;
    }
  }
}

TEST(ParserTest, WhatIsUnusualButClearIsRead) {
  const std::string chunked = WithFields("Transfer-Encoding: chunked\r\n");
  const struct {
    const char* why;
    std::string bytes;
  } cases[] = {
      {"letter case of the coding", WithFields("transfer-encoding: Chunked\r\n") + "0\r\n\r\n"},
      {"a large chunk size with zeros", chunked + "00005\r\nhello\r\n0\r\n\r\n"},
      {"capitals in a size", chunked + "A\r\n0123456789\r\n0\r\n\r\n"},
      {"no body", WithFields("")},
      {"a length of nothing", WithFields("Content-Length: 0\r\n")},
      {"HTTP/1.0 without a Host", "GET / HTTP/1.0\r\n\r\n"},
      {"a method of one's own", "BREW / HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"a whole URL", "GET http://a/b?c HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"a whole URL in capitals", "GET HTTP://A/b?c HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"an empty line first", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"empty lines first", "\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    EXPECT_EQ(StatusOf(c.bytes), 200u);
    EXPECT_EQ(StatusOf(c.bytes, 1), 200u);
  }
}

TEST(ParserTest, FewEmptyLinesBeforeARequestAreSkipped) {
  const std::string request = WithFields("Content-Length: 2\r\n") + "hi";
  const struct {
    const char* why;
    std::string bytes;
    unsigned status;
  } cases[] = {
      {"none", request, 200},
      {"one", "\r\n" + request, 200},
      {"four", "\r\n\r\n\r\n\r\n" + request, 200},
      {"five", "\r\n\r\n\r\n\r\n\r\n" + request, 400},
      {"nothing else", "\r\n\r\n", 0},
      {"half of one", "\r\n\r", 0},
      {"a bare line feed", "\n" + request, 400},
      {"a bare carriage return", "\r" + request, 400},
      {"a space in it", " \r\n" + request, 400},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    for (std::size_t piece = 1; piece <= c.bytes.size(); ++piece)
      EXPECT_EQ(StatusOf(c.bytes, piece), c.status) << piece;
  }
}

TEST(ParserTest, ConnectionStaysAsTheClientWants) {
  const struct {
    std::string bytes;
    bool keep_alive;
  } cases[] = {
      {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", true},
      {"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", false},
      {"GET / HTTP/1.0\r\nHost: a\r\n\r\n", false},
      {"GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n", true},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.bytes);
    const Limits limits;
    Parser parser(limits);
    ASSERT_EQ(Feed(parser, c.bytes, c.bytes.size()), Parser::State::kDone);
    EXPECT_EQ(parser.Take().keep_alive, c.keep_alive);
  }
}

TEST(ParserTest, WhatItHoldsIsCounted) {
  const Limits limits;
  Parser parser(limits);
  const std::string sent = WithFields("Content-Length: 1000\r\n") + std::string(600, 'x');
  ASSERT_EQ(Feed(parser, sent, sent.size()), Parser::State::kBody);
  EXPECT_EQ(parser.body_bytes(), 600u);
  EXPECT_GE(parser.bytes(), 600u + std::string_view("/HostaContent-Length1000").size());
}

}  // namespace
}  // namespace adapters::wire::http
