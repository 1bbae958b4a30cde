// URLs that subscribers name.
#include "adapters/wire/http/url.h"

#include <gtest/gtest.h>

namespace adapters::wire::http {
namespace {

TEST(UrlTest, AUrlIsTakenApart) {
  const auto url = ParseUrl("https://ann:secret@example.com:8443/inbox/a?b=c#d");
  ASSERT_TRUE(url);
  EXPECT_TRUE(url->secure);
  EXPECT_EQ(url->user, "ann:secret");
  EXPECT_EQ(url->host, "example.com");
  EXPECT_EQ(url->port, "8443");
  EXPECT_EQ(url->authority, "example.com:8443");
  EXPECT_EQ(url->target, "/inbox/a?b=c");
}

struct Case {
  const char* text;
  const char* host;
  const char* port;
  const char* authority;
  const char* target;
};

TEST(UrlTest, WhatIsLeftOutIsUnderstood) {
  const Case cases[] = {
      {"http://h", "h", "80", "h", "/"},           {"HTTPS://h", "h", "443", "h", "/"},
      {"http://h?a", "h", "80", "h", "/?a"},       {"http://[::1]:81/x", "::1", "81", "[::1]:81", "/x"},
      {"http://[::1]", "::1", "80", "[::1]", "/"}, {"http://u@h/", "h", "80", "h", "/"},
  };
  for (const Case& one : cases) {
    const auto url = ParseUrl(one.text);
    ASSERT_TRUE(url) << one.text;
    EXPECT_EQ(url->host, one.host);
    EXPECT_EQ(url->port, one.port);
    EXPECT_EQ(url->authority, one.authority);
    EXPECT_EQ(url->target, one.target);
  }
}

TEST(UrlTest, WhatIsNoneIsRefused) {
  for (const char* text : {"", "h", "ftp://h/", "http://", "http:///x", "http://:80/", "http://h:0/", "http://h:99999/",
                           "http://h:/", "http://h:8x/", "http://[::1", "http://h/a b", "http://h/\r\nX: y"}) {
    EXPECT_FALSE(ParseUrl(text)) << text;
  }
}

}  // namespace
}  // namespace adapters::wire::http
