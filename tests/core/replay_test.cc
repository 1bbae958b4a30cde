// Archives of FIFO topics, and replays of them.

#include "tests/core/support.h"

namespace hub::core {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kNews[] = "111111111111/news.fifo";
constexpr char kReader[] = "111111111111/reader.fifo";
constexpr char kArchiving[] = R"({"MessageRetentionPeriod":"2"})";

class ReplayTest : public testing::Test {
 protected:
  ReplayTest() {
    hub.Configure(kAnnMayDoAll);
    hub.as = hub.User("shop/ann");
    hub.Succeeds(CreateTopic{
        kNews, {{"FifoTopic", "true"}, {"ContentBasedDeduplication", "true"}, {"ArchivePolicy", kArchiving}}});
    Attributes attributes = AdmitTopics();
    attributes["FifoQueue"] = "true";
    hub.Create(kReader, attributes);
  }

  void Tell(const Strings& bodies, const std::string& group = "g", std::vector<Attribute> attributes = {}) {
    for (const std::string& body : bodies) {
      Publish publish{.topic = kNews, .entries = {}};
      publish.entries.push_back(
          {.message = {.body = body, .attributes = attributes, .group = group, .deduplication = {}}, .subject = {}});
      hub.Succeeds(std::move(publish));
    }
  }

  // All that is in the reader's queue, which is empty then.
  Strings Taken() {
    Strings bodies;
    for (;;) {
      held = hub.Receive(kReader);
      if (held.deliveries.empty()) return bodies;
      for (const std::string& body : Bodies(held)) bodies.push_back(body);
      hub.Delete(held, kReader);
    }
  }

  std::string At(Duration after_start) {
    std::string text;
    topics::AppendTimestamp(text, begun + after_start);
    return text;
  }
  Attributes Replaying(Duration from, std::optional<Duration> to = {}) {
    std::string policy = R"({"PointType":"Timestamp","StartingPoint":")" + At(from) + "\"";
    if (to) policy += R"(,"EndingPoint":")" + At(*to) + "\"";
    return {{"RawMessageDelivery", "true"}, {"ReplayPolicy", policy + "}"}};
  }
  std::string Subscribed(Attributes attributes) {
    return hub.Expect<CreatedReply>(Subscribe{kNews, kReader, std::move(attributes)}).arn;
  }
  std::string StatusOf(const std::string& arn) {
    return hub.Expect<SubscriptionsReply>(DescribeSubscription{arn, ""}).subscriptions.at(0).replay_status;
  }

  Talk hub;
  ReceiveReply held;
  const Instant begun = hub.clock().wall;
};

// rule: aws 149 archive and replay
TEST_F(ReplayTest, WhatLiesBetweenTheTwoPointsComesAgainInItsOrderAndThenWhatIsPublished) {
  Tell({"1"});
  hub.Advance(1h);
  Tell({"2", "3"});
  hub.Advance(1h);
  Tell({"4"});
  const std::string arn = Subscribed(Replaying(30min, 90min));
  EXPECT_EQ(StatusOf(arn), "Completed");
  EXPECT_THAT(Taken(), ElementsAre("2", "3"));
  Tell({"5"});
  EXPECT_THAT(Taken(), ElementsAre("5"));
}

TEST_F(ReplayTest, WithoutAnEndItGoesOnToWhatIsPublishedNow) {
  Tell({"1", "2"});
  Subscribed(Replaying(0s));
  Tell({"3"});
  EXPECT_THAT(Taken(), ElementsAre("1", "2", "3"));
}

TEST_F(ReplayTest, AnEnvelopeSaysThatItIsReplayedAndKeepsItsIdAndTime) {
  Tell({"1"});
  Attributes attributes = Replaying(0s);
  attributes.erase("RawMessageDelivery");
  hub.Advance(1h);
  Subscribed(attributes);
  const Strings bodies = Taken();
  ASSERT_EQ(bodies.size(), 1u);
  EXPECT_THAT(bodies[0], HasSubstr(R"("Replayed":true)"));
  EXPECT_THAT(bodies[0], HasSubstr("\"Timestamp\":\"" + At(0s) + "\""));
  Tell({"2"});
  EXPECT_THAT(Taken(), ElementsAre(testing::Not(HasSubstr("Replayed"))));
}

TEST_F(ReplayTest, AFilterHoldsForWhatIsReplayed) {
  Tell({"red"}, "g", {{"colour", "String", "red"}});
  Tell({"blue"}, "g", {{"colour", "String", "blue"}});
  Attributes attributes = Replaying(0s);
  attributes["FilterPolicy"] = R"({"colour":["blue"]})";
  Subscribed(attributes);
  EXPECT_THAT(Taken(), ElementsAre("blue"));
}

TEST_F(ReplayTest, AnArchiveForgetsWhatIsTooOldAndSurvivesARestart) {
  Tell({"1"});
  hub.Advance(36h);
  Tell({"2"});
  hub.Restart();
  hub.as = hub.User("shop/ann");
  hub.Advance(24h);
  Tell({"3"});
  Subscribed(Replaying(0s));
  EXPECT_THAT(Taken(), ElementsAre("2", "3"));
  hub.Advance(49h);
  EXPECT_EQ(hub.Rows(KeyKind::kTopicChunk), 0u);
}

TEST_F(ReplayTest, TheArchiveIsNobodysSubscription) {
  Tell({"1"});
  EXPECT_THAT(hub.Expect<TopicsReply>(DescribeTopic{kNews}).topics.at(0).subscriptions, IsEmpty());
  EXPECT_EQ(hub.Expect<TopicsReply>(DescribeTopic{kNews}).topics.at(0).subscriptions_confirmed, 0u);
  EXPECT_EQ(hub.Expect<TopicsReply>(DescribeTopic{kNews}).topics.at(0).archive_begins, begun);
  EXPECT_THAT(hub.Expect<SubscriptionsReply>(ListSubscriptions{}).subscriptions, IsEmpty());
  EXPECT_THAT(hub.Expect<SubscriptionsReply>(ListSubscriptions{.prefix = "", .topic = kNews}).subscriptions, IsEmpty());
}

TEST_F(ReplayTest, TakingTheArchiveAwayDeletesItAndReplayingNeedsOne) {
  Tell({"1"});
  hub.Succeeds(SetTopicAttributes{kNews, {{"ArchivePolicy", ""}}});
  EXPECT_EQ(hub.Rows(KeyKind::kChunk), 0u);
  EXPECT_EQ(hub.Rows(KeyKind::kSubscription), 0u);
  EXPECT_EQ(hub.Refusal(Subscribe{kNews, kReader, Replaying(0s)}).about, "ReplayPolicy");
}

TEST_F(ReplayTest, ItBeginsAndEndsWithItsAttributeToo) {
  Tell({"1", "2"});
  const std::string arn = Subscribed({{"RawMessageDelivery", "true"}});
  EXPECT_EQ(StatusOf(arn), "");
  Tell({"3"});
  EXPECT_THAT(Taken(), ElementsAre("3"));
  hub.Succeeds(SetSubscriptionAttributes{arn, "", {{"ReplayPolicy", Replaying(0s)["ReplayPolicy"]}}});
  EXPECT_THAT(Taken(), ElementsAre("1", "2", "3"));
  EXPECT_EQ(StatusOf(arn), "Completed");
  hub.Succeeds(SetSubscriptionAttributes{arn, "", {{"ReplayPolicy", ""}}});
  EXPECT_EQ(StatusOf(arn), "");
  Tell({"4"});
  EXPECT_THAT(Taken(), ElementsAre("4"));
}

// While it replays it is off the router: what is published then must not be lost with the replay.
TEST_F(ReplayTest, WhatWasPublishedWhileItReplayedComesAlsoWhenItIsEndedEarly) {
  Strings all;
  for (int i = 0; i < 300; ++i) all.push_back(std::to_string(i));
  Tell(all);
  const std::string arn = Subscribed({{"RawMessageDelivery", "true"}});
  const auto set = [&](const std::string& policy) {
    core::SetSubscriptionAttributes change{arn, "", {{"ReplayPolicy", policy}}};
    return Command{.ticket = {}, .caller = hub.as, .operation = std::move(change), .frame = nullptr};
  };
  const auto tell = [&](const char* body) {
    core::Publish publish{.topic = kNews, .entries = {}};
    publish.entries.push_back(
        {.message = {.body = body, .attributes = {}, .group = "g", .deduplication = {}}, .subject = {}});
    return Command{.ticket = {}, .caller = hub.as, .operation = std::move(publish), .frame = nullptr};
  };
  // All in one turn, so that the replay has not got anywhere.
  hub.PostTogether({set(Replaying(0s)["ReplayPolicy"]), tell("while"), set(""), tell("after")});
  EXPECT_THAT(Taken(), ElementsAre("while", "after"));
  hub.PostTogether({set(Replaying(0s)["ReplayPolicy"]), tell("then"), set(Replaying(-2h, -1h)["ReplayPolicy"])});
  EXPECT_THAT(Taken(), ElementsAre("then"));
}

// rule: aws 79 what was published while it replayed is told apart from what came another way, before and after
TEST_F(ReplayTest, WhatWasPublishedMeanwhileIsKnownAgain) {
  Tell({"old"});
  const std::string arn = Subscribed({{"RawMessageDelivery", "true"}});
  const auto commands_of = [&](const char* id, const char* body) {
    core::SetSubscriptionAttributes change{arn, "", {{"ReplayPolicy", Replaying(-2h, -1h)["ReplayPolicy"]}}};
    core::Publish publish{.topic = kNews, .entries = {}};
    publish.entries.push_back(
        {.message = {.body = body, .attributes = {}, .group = "g", .deduplication = id}, .subject = {}});
    std::vector<Command> commands;
    commands.push_back({.ticket = {}, .caller = hub.as, .operation = std::move(change), .frame = nullptr});
    commands.push_back({.ticket = {}, .caller = hub.as, .operation = std::move(publish), .frame = nullptr});
    return commands;
  };
  const auto send = [&](const char* id) {
    core::Send command{.queue = kReader, .entries = {}};
    command.entries.push_back({.body = "sent", .attributes = {}, .group = "g", .deduplication = id});
    return command;
  };
  std::vector<Command> before = commands_of("x", "published");
  before.push_back({.ticket = {}, .caller = hub.as, .operation = send("x"), .frame = nullptr});
  hub.PostTogether(std::move(before));
  EXPECT_THAT(Taken(), ElementsAre("sent"));
  hub.PostTogether(commands_of("y", "then"));
  const Delivery delivered = hub.Receive(kReader).deliveries.at(0);
  EXPECT_EQ(delivered.body, "then");
  EXPECT_EQ(hub.Expect<SendReply>(send("y")).ids.at(0), delivered.id);
  EXPECT_EQ(hub.Counts(kReader), "0/1/0");
}

TEST_F(ReplayTest, ALongArchiveIsReplayedInOrderWhileMoreIsPublished) {
  Strings all;
  for (int i = 0; i < 500; ++i) all.push_back(std::to_string(i));
  Tell(all);
  Subscribed(Replaying(0s));
  Tell({"500", "501"});
  all.insert(all.end(), {"500", "501"});
  EXPECT_EQ(Taken(), all);
}

struct PolicyCase {
  const char* policy;
  bool is_one;
};

TEST_F(ReplayTest, APolicyIsOneOrIsRefused) {
  const PolicyCase cases[] = {
      {R"({"PointType":"Timestamp","StartingPoint":"2026-03-01T12:00:00Z"})", true},
      {R"({"PointType":"Timestamp","StartingPoint":"2026-03-01T12:00:00.123Z","EndingPoint":"2026-03-01T12:00:01Z"})",
       true},
      {R"({"PointType":"Timestamp","StartingPoint":"2026-03-01T12:00:00Z","EndingPoint":"2026-03-01T11:00:00Z"})",
       false},
      {R"({"PointType":"Offset","StartingPoint":"2026-03-01T12:00:00Z"})", false},
      {R"({"PointType":"Timestamp","StartingPoint":"2026-02-30T12:00:00Z"})", false},
      {R"({"PointType":"Timestamp","StartingPoint":"2026-03-01T12:00:00"})", false},
      {R"({"PointType":"Timestamp","StartingPoint":"2026-03-01T12:00:00.Z"})", false},
      {R"({"PointType":"Timestamp","StartingPoint":"2026-03-01T25:00:00Z"})", false},
      {R"({"PointType":"Timestamp"})", false},
      {R"({"PointType":"Timestamp","StartingPoint":"2026-03-01T12:00:00Z","More":1})", false},
      {"[]", false},
      {"x", false},
  };
  for (const PolicyCase& one : cases) {
    EXPECT_EQ(ReadSubscriptionAttributes({{"ReplayPolicy", one.policy}}).has_value(), one.is_one) << one.policy;
  }
}

}  // namespace
}  // namespace hub::core
