#include "topics/topic.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "tests/topics/filters.h"

namespace topics {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

const hub::Message kRed = {.body = R"({"size": 1})", .attributes = {{"color", "String", "red"}}};

TEST(TopicTest, WithoutFiltersEveryMessageReachesAll) {
  Topic topic;
  EXPECT_THAT(Reached(topic, kRed), IsEmpty());
  for (const SubscriptionId id : {3, 1, 2}) topic.Subscribe(Unfiltered(id));
  EXPECT_THAT(Reached(topic, kRed), ElementsAre(3, 1, 2));
  EXPECT_TRUE(topic.Unsubscribe(3));
  EXPECT_FALSE(topic.Unsubscribe(3));
  EXPECT_THAT(Reached(topic, kRed), ElementsAre(2, 1));
  EXPECT_TRUE(topic.Unsubscribe(2));
  EXPECT_TRUE(topic.Unsubscribe(1));
  EXPECT_THAT(Reached(topic, kRed), IsEmpty());
}

TEST(TopicTest, EachSubscriptionIsReachedOnceThroughItsOwnKindOfFilter) {
  Topic topic;
  topic.Subscribe(Unfiltered(1));
  topic.Subscribe(Filtered(2, R"({"color": ["red", {"prefix": "r"}]})", kAttributes));
  topic.Subscribe(Filtered(3, R"({"size": [1]})", kBody));
  topic.Subscribe(Filtered(4, R"({"$or": [{"size": [1]}, {"size": [{"numeric": [">", 0]}]}]})", kBody));
  topic.Subscribe(Filtered(5, R"({"size": [1]})", kAttributes));
  topic.Subscribe(Filtered(6, R"({"color": ["red"]})", kBody));
  topic.Subscribe(Filtered(7, "{}", kAttributes));
  EXPECT_THAT(Reached(topic, kRed), UnorderedElementsAre(1, 2, 3, 4, 7));
  EXPECT_THAT(Reached(topic, kRed), UnorderedElementsAre(1, 2, 3, 4, 7)) << "and again";
  EXPECT_THAT(Reached(topic, {.body = "no JSON", .attributes = {}}), UnorderedElementsAre(1, 7));
}

// rule: aws 147 changes take effect at once
TEST(TopicTest, SubscribingAgainReplacesFilterAndAttributes) {
  Topic topic;
  topic.Subscribe(Filtered(1, R"({"color": ["red"]})", kAttributes));
  EXPECT_THAT(Reached(topic, kRed), ElementsAre(1));
  topic.Subscribe(Filtered(1, R"({"color": ["blue"]})", kAttributes));
  EXPECT_THAT(Reached(topic, kRed), IsEmpty());
  Subscription raw = Unfiltered(1);
  raw.raw = true;
  topic.Subscribe(raw);
  EXPECT_THAT(Reached(topic, kRed), ElementsAre(1));
  EXPECT_EQ(topic.Size(), 1u);
  ASSERT_NE(topic.Find(1), nullptr);
  EXPECT_TRUE(topic.Find(1)->raw);
  EXPECT_EQ(topic.Find(2), nullptr);
}

TEST(TopicTest, ListIsInOrderOfIds) {
  Topic topic;
  for (const SubscriptionId id : {5, 2, 9}) topic.Subscribe(Unfiltered(id));
  std::vector<const Subscription*> all;
  topic.List(all);
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0]->id, 2u);
  EXPECT_EQ(all[2]->id, 9u);
}

TEST(TopicTest, MoreRemovalsThanSubscriptionsLeaveTheRestIntact) {
  Topic topic;
  for (SubscriptionId id = 0; id < 1000; ++id) {
    topic.Subscribe(
        Filtered(id, R"({"color": ["c)" + std::to_string(id % 10) + R"(", {"exists": false}]})", kAttributes));
  }
  for (SubscriptionId id = 0; id < 1000; ++id) {
    if (id % 100 != 7) topic.Unsubscribe(id);
    if (id % 97 != 0) continue;
    const auto reached = Reached(topic, {.body = "", .attributes = {{"color", "String", "c7"}}});
    for (const SubscriptionId reached_id : reached) EXPECT_EQ(reached_id % 10, 7u);
  }
  EXPECT_EQ(Reached(topic, {.body = "", .attributes = {{"color", "String", "c7"}}}).size(), 10u);
  EXPECT_EQ(Reached(topic, {.body = "", .attributes = {{"size", "String", "c7"}}}).size(), 10u);
}

TEST(TopicTest, ATopicCanBeMoved) {
  Topic first;
  first.Subscribe(Filtered(1, R"({"color": ["red"]})", kAttributes));
  first.Subscribe(Filtered(2, R"({"size": [{"exists": true}]})", kBody));
  first.Subscribe(Unfiltered(3));
  Topic second = std::move(first);
  EXPECT_THAT(Reached(second, kRed), UnorderedElementsAre(1, 2, 3));
}

TEST(TopicTest, ManyListAttributesAreDecodedSideBySide) {
  Topic topic;
  topic.Subscribe(Filtered(1, R"({"a": ["a\n1"], "b": ["b\n1"], "c": ["c\n1"]})", kAttributes));
  EXPECT_THAT(Reached(topic, {.body = "",
                              .attributes = {{"a", "String.Array", R"(["x", "a\n1"])"},
                                             {"b", "String.Array", R"(["y", "b\n1"])"},
                                             {"c", "String.Array", R"(["z", "c\n1"])"}}}),
              ElementsAre(1));
}

TEST(TopicTest, LongListsAndLargeBodiesAreMatchedToo) {
  Topic topic;
  topic.Subscribe(Filtered(1, R"({"a": ["9999"]})", kBody));
  topic.Subscribe(Filtered(2, R"({"a": [{"anything-but": ["0", "1"]}]})", kBody));
  std::string body = R"({"a": ["0")";
  for (int i = 0; i < 50'000; ++i) body += i % 2 == 0 ? R"(, "0")" : R"(, "1")";
  EXPECT_THAT(Reached(topic, {.body = body + "]}", .attributes = {}}), IsEmpty());
  EXPECT_THAT(Reached(topic, {.body = body + R"(, "9999"]})", .attributes = {}}), UnorderedElementsAre(1, 2));
  EXPECT_THAT(Reached(topic, {.body = R"({"a": "9999"})", .attributes = {}}), UnorderedElementsAre(1, 2));
}

TEST(FilterIndexTest, NothingIsReachedByAccidentWhenTheNumbersOfMessagesRunOut) {
  FilterIndex index(std::numeric_limits<std::uint32_t>::max() - 2);
  const Subscription both = Filtered(1, R"({"a": ["x"], "b": ["y"]})", kAttributes);
  const Subscription broad = Filtered(2, R"({"c": [{"exists": false}], "a": [{"anything-but": "z"}]})", kAttributes);
  index.Add(both);
  index.Add(broad);
  for (int message = 0; message < 6; ++message) {
    std::vector<const Subscription*> reached;
    index.Begin();
    index.Offer("a", Value::String("x"));
    index.Finish(reached);
    EXPECT_THAT(reached, ElementsAre(&broad));

    reached.clear();
    index.Begin();
    index.Offer("b", Value::String("y"));
    index.Finish(reached);
    EXPECT_THAT(reached, IsEmpty()) << "half of it came with the message before";
  }
}

}  // namespace
}  // namespace topics
