#include <gtest/gtest.h>

#include "hub/base/arn.h"
#include "hub/base/bytes.h"
#include "hub/base/duration.h"
#include "hub/base/names.h"
#include "hub/base/random.h"

namespace hub {
namespace {

using namespace std::chrono_literals;

TEST(ArnTest, SixPartsOfWhichTheLastMayHoldColons) {
  const auto arn = ParseArn("arn:aws:sns:eu-west-1:111111111111:orders:sub");
  ASSERT_TRUE(arn);
  EXPECT_EQ(arn->resource, "orders:sub");
  EXPECT_EQ(Format(*arn), "arn:aws:sns:eu-west-1:111111111111:orders:sub");
  for (const char* bad : {"", "arn", "arn:aws:sqs:r:1", "urn:aws:sqs:r:1:q", "arn:aws:sqs:r:1:"}) {
    EXPECT_FALSE(ParseArn(bad)) << bad;
  }
}

TEST(NamesTest, AResourceIsNamedByArnByAccountOrBare) {
  const ResourceName expected{"222222222222", "eu-west-1", Kind::kQueue, "billing"};
  for (const char* text : {"arn:aws:sqs:eu-west-1:222222222222:billing", "222222222222/billing", "billing"}) {
    const auto parsed = ParseResourceName(Kind::kQueue, text, "222222222222", "eu-west-1");
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(*parsed, expected);
  }
  EXPECT_EQ(ArnOf(expected), "arn:aws:sqs:eu-west-1:222222222222:billing");
}

TEST(NamesTest, WhatIsNotANameIsRefused) {
  for (const std::string& text : {std::string(), std::string("a b"), std::string(81, 'a'), std::string(".fifo"),
                                  std::string("12/queue"), std::string("arn:aws:sns:r:111111111111:t")}) {
    EXPECT_FALSE(ParseResourceName(Kind::kQueue, text, "111111111111", "r")) << text;
  }
  EXPECT_TRUE(IsResourceName(Kind::kTopic, std::string(256, 'a')));
  EXPECT_TRUE(IsResourceName(Kind::kQueue, std::string(75, 'a') + ".fifo"));
}

TEST(NamesTest, APatternIsATopicsNameWithAStar) {
  for (const std::string& name : {std::string("*"), std::string("orders-*"), std::string("*-eu-*"),
                                  std::string("*.fifo"), std::string("**"), "*" + std::string(255, 'a')}) {
    EXPECT_TRUE(IsResourceName(Kind::kTopicPattern, name)) << name;
    EXPECT_FALSE(IsResourceName(Kind::kTopic, name)) << name;
    EXPECT_FALSE(IsResourceName(Kind::kQueue, name)) << name;
  }
  for (const std::string& name : {std::string(), std::string("orders"), std::string("orders.*"), std::string("a b*"),
                                  std::string("*?"), std::string("*.fifo.fifo"), "*" + std::string(256, 'a')}) {
    EXPECT_FALSE(IsResourceName(Kind::kTopicPattern, name)) << name;
  }
  const auto parsed = ParseResourceName(Kind::kTopicPattern, "orders-*", "222222222222", "r");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(ArnOf(*parsed), "arn:aws:sns:r:222222222222:orders-*");
  EXPECT_EQ(ParseResourceName(Kind::kTopicPattern, ArnOf(*parsed), "", ""), *parsed);
}

TEST(NamesTest, EachStarOfAPatternStandsForAnyRunOfCharacters) {
  const struct {
    const char* pattern;
    const char* topic;
    bool matches;
  } cases[] = {
      {"*", "a", true},
      {"orders-*", "orders-", true},
      {"orders-*", "orders-eu-1", true},
      {"orders-*", "orders", false},
      {"orders-*", "my-orders-eu", false},
      {"*-eu", "orders-eu", true},
      {"*-eu", "orders-eu-1", false},
      {"a*b*c", "abc", true},
      {"a*b*c", "a-b-b-c-c", true},
      {"a*b*c", "acb", false},
      {"*aab*", "aaab", true},
      {"**", "a", true},
      {"Orders*", "orders", false},
      {"*", "a.fifo", false},
      {"a*fifo", "a.fifo", false},
      {"*.fifo", "a.fifo", true},
      {"a*.fifo", "a.fifo", true},
      {"a*.fifo", "b.fifo", false},
      {"*.fifo", "afifo", false},
  };
  const auto named = [](Kind kind, const char* name) { return ResourceName{"111111111111", "r", kind, name}; };
  for (const auto& c : cases) {
    EXPECT_EQ(Matches(named(Kind::kTopicPattern, c.pattern), named(Kind::kTopic, c.topic)), c.matches)
        << c.pattern << " " << c.topic;
  }
  const ResourceName all = named(Kind::kTopicPattern, "*");
  EXPECT_FALSE(Matches(all, {"222222222222", "r", Kind::kTopic, "a"}));
  EXPECT_FALSE(Matches(all, {"111111111111", "s", Kind::kTopic, "a"}));
  EXPECT_FALSE(Matches(all, named(Kind::kQueue, "a")));
}

TEST(DurationTest, ReadsAndWritesAWholeNumberAndAUnit) {
  const struct {
    const char* text;
    std::optional<Duration> expected;
  } cases[] = {{"0s", 0s},
               {"30s", 30s},
               {"1500ms", 1500ms},
               {"4d", 96h},
               {"30", std::nullopt},
               {"", std::nullopt},
               {"-1s", std::nullopt},
               {"1.5s", std::nullopt},
               {"9999999999d", std::nullopt}};
  for (const auto& c : cases) {
    EXPECT_EQ(ParseDuration(c.text), c.expected) << c.text;
    if (c.expected) {
      EXPECT_EQ(Format(*c.expected), c.text);
    }
  }
}

TEST(BytesTest, AReaderStopsForGoodAtTheFirstShortField) {
  std::string out;
  Writer writer(out);
  writer.Fixed<std::uint32_t>(7);
  writer.Varint(300);
  writer.String("abc");
  for (std::size_t cut = 0; cut <= out.size(); ++cut) {
    Reader reader(std::string_view(out).substr(0, cut));
    reader.Fixed<std::uint32_t>();
    reader.Varint();
    const std::string_view text = reader.String();
    EXPECT_EQ(reader.ok(), cut == out.size());
    EXPECT_EQ(text, reader.ok() ? "abc" : "");
  }
  Reader endless(std::string_view("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 11));
  endless.Varint();
  EXPECT_FALSE(endless.ok());
}

TEST(RandomTest, TheSameSeedGivesTheSameNumbers) {
  Random a(42);
  Random b(42);
  Random c(43);
  EXPECT_EQ(a.Next(), b.Next());
  EXPECT_NE(a.Next(), c.Next());
}

}  // namespace
}  // namespace hub
