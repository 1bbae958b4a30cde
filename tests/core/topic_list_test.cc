// Lists of topics and subscriptions, whole and by pages.

#include "tests/core/support.h"

namespace hub::core {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kYaml[] = R"(
hub: {drift: allow}
accounts:
  shop:
    id: "111111111111"
    users:
      ann: {password: p, policies: {Version: "2012-10-17", Statement: {Effect: Allow, Action: "sns:*", Resource: "*"}}}
      max: {password: p, policies: {Version: "2012-10-17", Statement: {Effect: Allow, Action: "sns:ListSubscriptions", Resource: "*"}}}
    topics: {a: , b: , c: , c-1: , d: }
    queues: {x: , y: }
  billing:
    id: "222222222222"
    users:
      sue: {password: p, policies: {Version: "2012-10-17", Statement: {Effect: Allow, Action: "sns:*", Resource: "*"}}}
    topics: {b: }
    queues: {inbox: }
grants:
  - {account: billing, may: [subscribe], on: topic/shop/c}
)";

class TopicListTest : public testing::Test {
 protected:
  TopicListTest() {
    hub.Configure(kYaml);
    hub.as = hub.User("shop/ann");
  }

  struct Page {
    Strings names;
    bool more = false;
  };
  Page Topics(ListTopics list) {
    const auto reply = hub.Expect<TopicsReply>(std::move(list));
    Page page{.names = {}, .more = reply.more};
    for (const TopicDescription& topic : reply.topics) page.names.push_back(topic.name);
    return page;
  }
  // As "topic<queue", and the ARNs.
  Page Subscriptions(ListSubscriptions list) {
    const auto reply = hub.Expect<SubscriptionsReply>(std::move(list));
    Page page{.names = {}, .more = reply.more};
    arns.clear();
    for (const SubscriptionDescription& one : reply.subscriptions) {
      page.names.push_back(one.topic_arn.substr(one.topic_arn.rfind(':') + 1) + "<" +
                           one.endpoint.substr(one.endpoint.rfind(':') + 1));
      arns.push_back(one.arn);
    }
    return page;
  }
  void SubscribeAll() {
    for (const char* topic : {"d", "c-1", "a", "c"}) hub.Succeeds(Subscribe{topic, "x", {}});
    hub.Succeeds(Subscribe{"b*", "y", {}});
  }

  Talk hub;
  Strings arns;
};

// rule: aws 119 pages of topics
TEST_F(TopicListTest, TopicsComeByNameAndInPages) {
  EXPECT_THAT(Topics({.prefix = ""}).names, ElementsAre("a", "b", "c", "c-1", "d"));
  EXPECT_FALSE(Topics({.prefix = ""}).more);
  Page page = Topics({.prefix = "", .max = 2});
  EXPECT_THAT(page.names, ElementsAre("a", "b"));
  EXPECT_TRUE(page.more);
  for (const char* after : {"b", "arn:aws:sns:us-east-1:111111111111:b"}) {
    page = Topics({.prefix = "", .after = after, .max = 2});
    EXPECT_THAT(page.names, ElementsAre("c", "c-1"));
    EXPECT_TRUE(page.more);
  }
  hub.Succeeds(DeleteTopic{"c-1"});
  page = Topics({.prefix = "", .region = "us-east-1", .after = "c-1", .max = 1});
  EXPECT_THAT(page.names, ElementsAre("d"));
  EXPECT_FALSE(page.more);
  EXPECT_THAT(Topics({.prefix = "", .region = "eu-west-1"}).names, IsEmpty());
  EXPECT_THAT(Topics({.prefix = "c", .after = "a"}).names, ElementsAre("c"));
  EXPECT_THAT(Topics({.prefix = "", .after = "arn:aws:sns:us-east-1:222222222222:a"}).names, IsEmpty());
  EXPECT_THAT(Topics({.prefix = "", .after = "arn:aws:sns:us-east-1:000000000000:x"}).names,
              ElementsAre("a", "b", "c", "d"));
  EXPECT_EQ(hub.Refusal(ListTopics{.prefix = "", .after = "a b"}).code, Code::kInvalidArgument);
  hub.as = nullptr;
  EXPECT_THAT(Topics({.prefix = "b"}).names, ElementsAre("b", "b"));
}

TEST_F(TopicListTest, APageOfTopicsHasCountsAndNoSubscriptions) {
  SubscribeAll();
  const auto whole = hub.Expect<TopicsReply>(ListTopics{.prefix = "a"}).topics.at(0);
  EXPECT_EQ(whole.subscriptions.size(), 1u);
  const auto paged = hub.Expect<TopicsReply>(ListTopics{.prefix = "a", .max = 10}).topics.at(0);
  EXPECT_THAT(paged.subscriptions, IsEmpty());
  EXPECT_EQ(paged.subscriptions_confirmed, 1u);
}

// rule: aws 119 pages of subscriptions
TEST_F(TopicListTest, SubscriptionsComeByTheirArnsAndInPages) {
  SubscribeAll();
  hub.as = hub.User("billing/sue");
  hub.Succeeds(Subscribe{"shop/c", "inbox", {}});
  hub.as = hub.User("shop/ann");
  EXPECT_EQ(Subscriptions({.prefix = ""}).names.size(), 6u);
  const Strings all = arns;
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end()));
  Strings paged;
  std::string after;
  for (bool more = true; more; after = paged.back()) {
    more = Subscriptions({.prefix = "", .after = after, .max = 2}).more;
    ASSERT_LE(arns.size(), 2u);
    ASSERT_FALSE(arns.empty());
    paged.insert(paged.end(), arns.begin(), arns.end());
  }
  EXPECT_EQ(paged, all);
  EXPECT_THAT(Subscriptions({.prefix = "c"}).names, ElementsAre("c-1<x", "c<x"));
  hub.Succeeds(Unsubscribe{all[3], ""});
  Subscriptions({.prefix = "", .after = all[3]});
  EXPECT_EQ(arns, Strings(all.begin() + 4, all.end())) << "where one ended that is gone";
  EXPECT_THAT(Subscriptions({.prefix = "", .region = "eu-west-1"}).names, IsEmpty());
}

// rule: aws 119 the subscriptions of one topic, whoever asked for them
TEST_F(TopicListTest, TheSubscriptionsOfATopicAreOfAnyAccountAndNeedAPermissionOfTheirOwn) {
  SubscribeAll();
  hub.as = hub.User("billing/sue");
  hub.Succeeds(Subscribe{"shop/c", "inbox", {}});
  EXPECT_THAT(Subscriptions({.prefix = ""}).names, ElementsAre("c<inbox"));
  EXPECT_EQ(hub.Refusal(ListSubscriptions{.prefix = "", .topic = "shop/c"}).code, Code::kAccessDenied);
  hub.as = hub.User("shop/ann");
  EXPECT_THAT(Subscriptions({.prefix = "", .topic = "c"}).names, testing::UnorderedElementsAre("c<x", "c<inbox"));
  const std::string last = arns.at(1);
  const Page page = Subscriptions({.prefix = "", .topic = "c", .max = 1});
  EXPECT_EQ(page.names.size(), 1u);
  EXPECT_TRUE(page.more);
  EXPECT_FALSE(Subscriptions({.prefix = "", .topic = "c", .after = arns.at(0), .max = 1}).more);
  EXPECT_THAT(arns, ElementsAre(last));
  EXPECT_THAT(Subscriptions({.prefix = "", .topic = "b"}).names, ElementsAre("b<y"));
  hub.Succeeds(Subscribe{"c", "222222222222/closed", {}});
  const TopicDescription topic = hub.Expect<TopicsReply>(DescribeTopic{"c"}).topics.at(0);
  EXPECT_EQ(topic.subscriptions_pending, 1u);
  EXPECT_EQ(topic.subscriptions_confirmed, 2u);
  EXPECT_EQ(Subscriptions({.prefix = "", .topic = "c"}).names.size(), 3u);
  EXPECT_EQ(hub.Refusal(ListSubscriptions{.prefix = "", .topic = "e"}).code, Code::kTopicNotFound);
  hub.as = hub.User("shop/max");
  EXPECT_EQ(Subscriptions({.prefix = ""}).names.size(), 7u);
  EXPECT_EQ(hub.Refusal(ListSubscriptions{.prefix = "", .topic = "c"}).code, Code::kAccessDenied);
}

}  // namespace
}  // namespace hub::core
