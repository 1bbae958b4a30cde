// The live feed: who may follow a topic, what goes out after the commit, and when it ends.

#include "tests/core/support.h"

namespace hub::core {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kYaml[] = R"(
accounts:
  shop:
    id: "111111111111"
    users:
      ann: {password: p, may: {do: [subscribe], on: topic/shop/events}}
      bob: {password: p}
    topics: {events: , events-eu: }
  billing:
    id: "222222222222"
    users: {joe: {password: p, may: {do: [subscribe], on: [topic/shop/events, topic/billing/events]}}}
    topics: {events: }
grants:
  - {account: billing, may: subscribe, on: topic/shop/events}
)";
constexpr char kArn[] = "arn:aws:sns:us-east-1:111111111111:events";

class FeedTest : public testing::Test {
 protected:
  FeedTest() { hub.Configure(kYaml); }

  // The error of following, or nothing.
  std::optional<Code> Follow(const std::string& login, const std::string& topic) {
    const CallerPtr caller = login.empty() ? Talk::Anonymous() : hub.User(login);
    auto answer = hub.TakeAnswer(hub.Post(caller, core::Follow{topic}, ++session));
    if (!*answer) return answer->error().code;
    return std::nullopt;
  }
  void Publish(const std::string& topic, const std::string& body) {
    core::Publish publish{.topic = topic, .entries = {}};
    publish.entries.push_back({.message = {.body = body, .attributes = {}}, .subject = {}});
    hub.Succeeds(std::move(publish));
  }
  // "key|body" of what has gone to the feed, with a dot for NUL; "ended 7" for a session.
  Strings Fed() {
    Strings lines;
    for (const FeedTurn& turn : hub.TakeFeed()) {
      for (const Ticket& ticket : turn.ended) lines.push_back("ended " + std::to_string(ticket.session));
      for (const FeedMessage& message : turn.messages) {
        for (std::string key : *message.keys) {
          std::replace(key.begin(), key.end(), '\0', '.');
          lines.push_back(key + "|" + message.body);
        }
      }
    }
    return lines;
  }
  std::string With(const std::string& from, const std::string& to) {
    std::string yaml = kYaml;
    const std::size_t at = yaml.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return yaml.replace(at, from.size(), to);
  }

  Talk hub;
  std::uint64_t session = 10;
};

TEST_F(FeedTest, WhatNobodyFollowsGoesNowhere) {
  Publish(kTopic, "a");
  ASSERT_FALSE(Follow("shop/ann", "events"));
  Publish("111111111111/events-eu", "b");
  EXPECT_THAT(Fed(), IsEmpty());
}

TEST_F(FeedTest, AMessageGoesOnceToEachWayInWhichItsTopicWasWritten) {
  ASSERT_FALSE(Follow("shop/ann", "events"));
  ASSERT_FALSE(Follow("shop/ann", "events"));
  ASSERT_FALSE(Follow("billing/joe", kArn));
  Publish(kTopic, "a");
  EXPECT_THAT(Fed(), ElementsAre(std::string(kArn) + ".111111111111|a", "events.111111111111|a"));
}

TEST_F(FeedTest, NamesakesOfTwoAccountsDoNotLeakIntoEachOther) {
  ASSERT_FALSE(Follow("shop/ann", "events"));
  ASSERT_FALSE(Follow("billing/joe", "events"));
  Publish(kTopic, "shop");
  Publish("222222222222/events", "billing");
  EXPECT_THAT(Fed(), ElementsAre("events.111111111111|shop", "events.222222222222|billing"));
}

// clang-format off
TEST_F(FeedTest, WhoMayFollow) {
  const std::string nul("events\0x", 8);
  const struct {
    const char* why;
    const char* login;
    std::string topic;
    std::optional<Code> refused;
  } cases[] = {
      {"its own topic by name",            "shop/ann",    "events",        std::nullopt},
      {"by account and name",              "shop/ann",    "shop/events",   std::nullopt},
      {"by ARN",                           "shop/ann",    kArn,            std::nullopt},
      {"another account's, granted",       "billing/joe", kArn,            std::nullopt},
      {"no policy says so",                "shop/bob",    "events",        Code::kAccessDenied},
      {"a name that begins like it",       "shop/ann",    "events-eu",     Code::kAccessDenied},
      {"a beginning of it",                "shop/ann",    "event",         Code::kAccessDenied},
      {"whether it exists is not told",    "shop/bob",    "nothing",       Code::kAccessDenied},
      {"everything",                       "shop/ann",    "",              Code::kInvalidArgument},
      {"a pattern",                        "shop/ann",    "*",             Code::kInvalidArgument},
      {"a pattern of ARNs",                "shop/ann",    "arn:aws:sns:us-east-1:111111111111:*", Code::kInvalidArgument},
      {"the beginning of an ARN",          "shop/ann",    "arn:aws:sns:us-east-1:111111111111:",  Code::kInvalidArgument},
      {"a NUL behind the name",            "shop/ann",    nul,             Code::kInvalidArgument},
      {"a NUL in an ARN",                  "shop/ann",    std::string("arn:a\0s:sns:us-east-1:111111111111:events", 41), Code::kInvalidArgument},
      {"anonymous, without an account",    "",            "events",        Code::kInvalidArgument},
      {"anonymous, by ARN",                "",            kArn,            Code::kAccessDenied},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    EXPECT_EQ(Follow(c.login, c.topic), c.refused);
  }
}
// clang-format on

TEST_F(FeedTest, WhoMayFollowATopicThatIsNotThereIsToldSoAndTheLogTellsWhomTheFeedRefused) {
  hub.Configure(With("on: topic/shop/events}",
                     "on: topic/shop/events}, policies: [{Version: \"2012-10-17\", Statement: "
                     "{Effect: Allow, Action: \"sns:Subscribe\", Resource: \"*\"}}]"));
  EXPECT_EQ(Follow("shop/ann", "nothing"), Code::kTopicNotFound);
  EXPECT_THAT(hub.LastLog(), HasSubstr("FEED: refused arn:aws:iam::111111111111:user/ann the topic \"nothing\""));
  EXPECT_EQ(Follow("shop/ann", "two\nlines"), Code::kInvalidArgument);
  EXPECT_THAT(hub.LastLog(), HasSubstr("\"two?lines\""));
}

TEST_F(FeedTest, MayFollowAnswersAsFollowWouldAndChangesNothing) {
  hub.as = hub.User("shop/ann");
  const auto reply = hub.Ask(hub.as, MayFollow{"events"});
  ASSERT_TRUE(reply);
  EXPECT_EQ(std::get<CreatedReply>(*reply).arn, kArn);
  hub.as = hub.User("shop/bob");
  EXPECT_EQ(hub.Refusal(MayFollow{"events"}).code, Code::kAccessDenied);
  hub.as = nullptr;
  Publish(kTopic, "a");
  EXPECT_THAT(Fed(), IsEmpty());
}

TEST_F(FeedTest, ASessionThatEndsFollowsNoLonger) {
  ASSERT_FALSE(Follow("shop/ann", "events"));
  ASSERT_FALSE(Follow("shop/ann", "events"));
  hub.EndSession(session);
  Publish(kTopic, "one is left");
  hub.EndSession(session - 1);
  Publish(kTopic, "none is left");
  EXPECT_THAT(Fed(), ElementsAre("events.111111111111|one is left"));
}

// rule: hardening 3 (CVE-2021-34434) a policy change ends live subscriptions that it no longer allows
TEST_F(FeedTest, APolicyChangeEndsWhomItNoLongerAllowsAndNobodyElse) {
  ASSERT_FALSE(Follow("shop/ann", "events"));
  ASSERT_FALSE(Follow("billing/joe", kArn));
  hub.Configure(With("may: {do: [subscribe], on: topic/shop/events}", "may: {do: [publish], on: topic/shop/events}"));
  EXPECT_THAT(Fed(), ElementsAre("ended 11"));
  Publish(kTopic, "a");
  EXPECT_THAT(Fed(), ElementsAre(std::string(kArn) + ".111111111111|a"));
}

TEST_F(FeedTest, ATopicThatIsDeletedAndMadeAnewIsDecidedAnew) {
  const std::string extra = "arn:aws:sns:us-east-1:111111111111:extra";
  const Attributes open = {{"Policy", R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*",)"
                                      R"("Action":"sns:Subscribe","Resource":"*"}})"}};
  hub.Succeeds(CreateTopic{extra, open});
  ASSERT_FALSE(Follow("", extra));
  EXPECT_THAT(Fed(), IsEmpty());
  hub.Succeeds(DeleteTopic{extra});
  EXPECT_THAT(Fed(), ElementsAre("ended 11"));
  hub.Succeeds(CreateTopic{extra, open});
  Publish(extra, "of the new one");
  EXPECT_THAT(Fed(), IsEmpty());
}

TEST_F(FeedTest, WhomOnlyTimeAdmitsIsDecidedBeforeEachMessage) {
  const std::string until =
      R"(policies: [{Version: "2012-10-17", Statement: {Effect: Allow, Action: "sns:Subscribe",)"
      R"( Resource: "*", Condition: {DateLessThan: {"aws:CurrentTime": "2023-11-14T22:14:00Z"}}}}])";
  hub.Configure(With("bob: {password: p", "bob: {password: p, " + until));
  ASSERT_FALSE(Follow("shop/bob", "events"));  // It is 22:13:20.
  Publish(kTopic, "in time");
  EXPECT_THAT(Fed(), ElementsAre("events.111111111111|in time"));
  hub.Advance(60s);
  Publish(kTopic, "too late");
  EXPECT_THAT(Fed(),
              ElementsAre("ended 11", "events.111111111111|too late"));  // Ended first: nobody is left to get it.
  Publish(kTopic, "later");
  EXPECT_THAT(Fed(), IsEmpty());
}

TEST_F(FeedTest, WhomANewPolicyAdmitsOnlyForATimeIsDecidedBeforeEachMessageFromThenOn) {
  ASSERT_FALSE(Follow("shop/ann", "events"));
  hub.Configure(With("may: {do: [subscribe], on: topic/shop/events}",
                     R"(policies: [{Version: "2012-10-17", Statement: {Effect: Allow, Action: "sns:Subscribe",)"
                     R"( Resource: "*", Condition: {DateLessThan: {"aws:CurrentTime": "2023-11-14T22:14:00Z"}}}}])"));
  Publish(kTopic, "in time");  // It is 22:13:20.
  EXPECT_THAT(Fed(), ElementsAre("events.111111111111|in time"));
  hub.Advance(60s);
  Publish(kTopic, "too late");
  EXPECT_THAT(Fed(), ElementsAre("ended 11", "events.111111111111|too late"));
}

TEST_F(FeedTest, TheProtocolIsFeedForTheFeedAndSqsForQueues) {
  const std::string feed_only = R"(policies: [{Version: "2012-10-17", Statement: {Effect: Allow, Resource: "*",)"
                                R"( Action: "sns:Subscribe", Condition: {StringEquals: {"sns:Protocol": feed}}}}])";
  hub.Configure(With("bob: {password: p", "bob: {password: p, " + feed_only));
  hub.Create("111111111111/inbox");
  EXPECT_FALSE(Follow("shop/bob", "events"));
  hub.as = hub.User("shop/bob");
  EXPECT_EQ(hub.Refusal(Subscribe{"events", "inbox", {}}).code, Code::kAccessDenied);
  std::string sqs_only = feed_only;
  sqs_only.replace(sqs_only.find(": feed}"), 7, ": sqs}");
  hub.Configure(With("bob: {password: p", "bob: {password: p, " + sqs_only));
  EXPECT_TRUE(hub.Succeeds(Subscribe{"events", "inbox", {}}));
  EXPECT_EQ(Follow("shop/bob", "events"), Code::kAccessDenied);
}

TEST_F(FeedTest, AMessageCarriesEverythingThatASubscriberMayKnow) {
  ASSERT_FALSE(Follow("shop/ann", "events"));
  const Message message{.body = "a", .attributes = {{"region", "String", "eu"}}, .group = "g"};
  core::Publish publish{.topic = kTopic, .entries = {{.message = message, .subject = "news"}}};
  const auto reply = hub.Ask(nullptr, std::move(publish));
  const std::vector<FeedTurn> turns = hub.TakeFeed();
  ASSERT_EQ(turns.size(), 1u);
  const FeedMessage& fed = turns[0].messages.at(0);
  EXPECT_EQ(fed.id, std::get<SendReply>(*reply).ids.at(0));
  EXPECT_EQ(fed.topic, kArn);
  EXPECT_EQ(queues::DecodeAttributes(fed.encoded_attributes), message.attributes);
  EXPECT_EQ(fed.subject, "news");
  EXPECT_EQ(fed.group, "g");
  EXPECT_EQ(fed.sequence, 0u);
  EXPECT_EQ(fed.sender, "hub");
}

TEST_F(FeedTest, AFifoTopicFeedsADuplicateOnceAndTellsItsSequence) {
  hub.Succeeds(CreateTopic{"111111111111/f.fifo", {{"FifoTopic", "true"}}});
  hub.Configure(With("on: topic/shop/events}",
                     "on: topic/shop/events}, policies: [{Version: \"2012-10-17\", Statement: "
                     "{Effect: Allow, Action: \"sns:Subscribe\", Resource: \"*\"}}]"));
  ASSERT_FALSE(Follow("shop/ann", "f.fifo"));
  for (int i = 0; i < 2; ++i) {
    core::Publish publish{.topic = "111111111111/f.fifo", .entries = {}};
    publish.entries.push_back(
        {.message = {.body = "a", .attributes = {}, .group = "g", .deduplication = "1"}, .subject = {}});
    hub.Succeeds(std::move(publish));
  }
  const std::vector<FeedTurn> turns = hub.TakeFeed();
  ASSERT_EQ(turns.size(), 1u);
  ASSERT_EQ(turns[0].messages.size(), 1u);
  EXPECT_EQ(turns[0].messages[0].sequence, 1u);
}

TEST_F(FeedTest, FollowersAreBounded) {
  for (std::size_t i = 0; i < kFollowersMax; ++i) ASSERT_FALSE(Follow("shop/ann", "events"));
  EXPECT_EQ(Follow("shop/ann", "events"), Code::kOverloaded);
  hub.EndSession(20);
  EXPECT_FALSE(Follow("shop/ann", "events"));
}

}  // namespace
}  // namespace hub::core
