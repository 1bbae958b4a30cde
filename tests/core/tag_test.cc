#include "tests/core/support.h"

namespace hub::core {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

Tags Numbered(std::size_t count) {
  Tags tags;
  for (std::size_t i = 0; i < count; ++i) tags["key" + std::to_string(i)] = "";
  return tags;
}

class TagTest : public testing::Test {
 protected:
  TagTest() {
    hub.Create(kQueue);
    hub.Succeeds(CreateTopic{kTopic, {}});
  }
  Tags Listed(Operation list = ListQueueTags{kQueue}) {
    auto reply = hub.Ask(hub.as, std::move(list));
    EXPECT_TRUE(reply) << reply.error().message;
    return reply ? std::get<TagsReply>(*reply).tags : Tags{};
  }
  Talk hub;
};

// rule: aws 38 keys are case-sensitive, values may be empty, removing an unknown key is fine
TEST_F(TagTest, TagsAreSetChangedAndTakenAwayAndLast) {
  hub.Succeeds(TagQueue{kQueue, {{"team", "billing"}, {"Team", "shop"}, {"empty", ""}}});
  hub.Succeeds(TagQueue{kQueue, {{"team", "payments"}}});
  EXPECT_EQ(Listed(), (Tags{{"Team", "shop"}, {"empty", ""}, {"team", "payments"}}));
  hub.Succeeds(UntagQueue{kQueue, {"Team", "unknown"}});
  hub.Restart(/*power_loss=*/true);
  EXPECT_EQ(Listed(), (Tags{{"empty", ""}, {"team", "payments"}}));
  EXPECT_EQ(hub.Describe().tags, Listed());

  hub.Succeeds(TagTopic{kTopic, {{"team", "shop"}, {"tier", "gold"}}});
  hub.Succeeds(UntagTopic{kTopic, {"tier"}});
  hub.Restart(/*power_loss=*/true);
  EXPECT_THAT(Listed(ListTopicTags{kTopic}), ElementsAre(Pair("team", "shop")));
  EXPECT_THAT(hub.DescribeTopicNow().tags, ElementsAre(Pair("team", "shop")));
}

// rule: aws 38 fifty at most
TEST_F(TagTest, WhatIsNotATagIsRefusedAndChangesNothing) {
  const std::string accented = "\xc3\xa9";
  std::string long_key;
  std::string long_value;
  for (std::size_t i = 0; i < kTagKeyCharactersMax; ++i) long_key += accented;
  for (std::size_t i = 0; i < kTagValueCharactersMax; ++i) long_value += accented;
  hub.Succeeds(TagQueue{kQueue, {{long_key, long_value}}});  // Characters count, not bytes.
  hub.Succeeds(UntagQueue{kQueue, {long_key}});
  const struct {
    const char* why;
    Tags tags;
    Code code;
  } cases[] = {
      {"none", {}, Code::kMissingArgument},
      {"no key", {{"", "x"}}, Code::kInvalidArgument},
      {"a long key", {{long_key + "k", ""}}, Code::kInvalidArgument},
      {"a long value", {{"k", long_value + "v"}}, Code::kInvalidArgument},
      {"reserved", {{"aws:team", ""}}, Code::kInvalidArgument},
      {"reserved in any case", {{"AWS:team", ""}}, Code::kInvalidArgument},
      {"not UTF-8", {{"k", "\xff"}}, Code::kInvalidArgument},
      {"a control character", {{"k\n", ""}}, Code::kInvalidArgument},
      {"one good, one bad", {{"good", ""}, {"aws:bad", ""}}, Code::kInvalidArgument},
      {"too many", Numbered(51), Code::kTooManyTags},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    EXPECT_EQ(hub.Refusal(TagQueue{kQueue, c.tags}).code, c.code);
    EXPECT_EQ(hub.Refusal(TagTopic{kTopic, c.tags}).code, c.code);
    if (c.tags.empty()) continue;
    EXPECT_EQ(hub.Refusal(CreateQueue{"111111111111/new", {}, c.tags}).code, c.code);
    EXPECT_EQ(hub.Refusal(CreateTopic{"111111111111/new", {}, c.tags}).code, c.code);
  }
  EXPECT_EQ(hub.Refusal(UntagQueue{kQueue, {}}).code, Code::kMissingArgument);
  EXPECT_THAT(Listed(), IsEmpty());
  hub.Succeeds(TagQueue{kQueue, Numbered(50)});
  EXPECT_EQ(hub.Refusal(TagQueue{kQueue, {{"one more", ""}}}).code, Code::kTooManyTags);
  hub.Succeeds(TagQueue{kQueue, {{"key7", "changed"}}});
}

TEST_F(TagTest, WhatIsMissingIsNotFound) {
  EXPECT_EQ(hub.Refusal(TagQueue{"111111111111/none", {{"a", ""}}}).code, Code::kQueueNotFound);
  EXPECT_EQ(hub.Refusal(UntagQueue{"111111111111/none", {"a"}}).code, Code::kQueueNotFound);
  EXPECT_EQ(hub.Refusal(ListQueueTags{"111111111111/none"}).code, Code::kQueueNotFound);
  EXPECT_EQ(hub.Refusal(TagTopic{"111111111111/none", {{"a", ""}}}).code, Code::kTopicNotFound);
  EXPECT_EQ(hub.Refusal(UntagTopic{"111111111111/none", {"a"}}).code, Code::kTopicNotFound);
  EXPECT_EQ(hub.Refusal(ListTopicTags{"111111111111/none"}).code, Code::kTopicNotFound);
}

// rule: aws 108 a topic that exists with other tags is told apart
TEST_F(TagTest, CreatingWithTagsIsIdempotentForTheSameTags) {
  const Tags tags = {{"team", "billing"}};
  for (int i = 0; i < 2; ++i) {
    hub.Succeeds(CreateQueue{"111111111111/new", {}, tags});
    hub.Succeeds(CreateTopic{"111111111111/new", {}, tags});
    hub.Restart(/*power_loss=*/true);
  }
  EXPECT_EQ(Listed(ListQueueTags{"111111111111/new"}), tags);
  EXPECT_EQ(Listed(ListTopicTags{"111111111111/new"}), tags);
  hub.Succeeds(CreateQueue{"111111111111/new", {}});
  hub.Succeeds(CreateTopic{"111111111111/new", {}});
  EXPECT_EQ(hub.Refusal(CreateQueue{"111111111111/new", {}, {{"team", "shop"}}}),
            (Error{Code::kQueueExists, "A queue already exists with the same name and different tags."}));
  EXPECT_EQ(hub.Refusal(CreateTopic{"111111111111/new", {}, {{"team", "shop"}}}),
            (Error{Code::kTopicExists, "Topic already exists with different tags.", "Tags"}));
}

TEST_F(TagTest, ARecreatedQueueHasNoneOfItsForerunner) {
  hub.Succeeds(TagQueue{kQueue, {{"team", "billing"}}});
  hub.Succeeds(DeleteQueue{kQueue});
  hub.Create(kQueue);
  EXPECT_THAT(Listed(), IsEmpty());
}

// --- Conditions -----------------------------------------------------------------------------------------------------

std::string WithStatement(const std::string& statement) {
  return R"(
hub: {drift: allow}
accounts:
  shop:
    id: "111111111111"
    users:
      clerk: {password: p, policies: [{Version: "2012-10-17", Statement: )" +
         statement + R"(}]}
    queues: {orders: {tags: {team: billing}}, plain: }
    topics: {events: {tags: {team: billing}}}
)";
}

TEST(TagPolicyTest, ATagOfTheResourceDecides) {
  Talk hub;
  hub.Configure(WithStatement(R"({Effect: Allow, Action: ["sqs:SendMessage", "sns:Publish"], Resource: "*",)"
                              R"( Condition: {StringEquals: {"aws:ResourceTag/team": billing}}})"));
  const auto clerk = hub.User("shop/clerk");
  const Send to_orders{kQueue, {{.body = "a", .attributes = {}}}};
  const Send to_plain{"111111111111/plain", {{.body = "a", .attributes = {}}}};
  const Publish publish{kTopic, {{.message = {.body = "a", .attributes = {}}, .subject = {}}}};
  hub.as = clerk;
  hub.Succeeds(to_orders);
  hub.Succeeds(publish);
  EXPECT_EQ(hub.Refusal(to_plain).code, Code::kAccessDenied);
  hub.as = nullptr;
  hub.Succeeds(TagQueue{kQueue, {{"team", "shop"}}});
  hub.Succeeds(UntagTopic{kTopic, {"team"}});
  hub.Succeeds(TagQueue{"111111111111/plain", {{"team", "billing"}}});
  for (int i = 0; i < 2; ++i) {
    hub.as = clerk;
    EXPECT_EQ(hub.Refusal(to_orders).code, Code::kAccessDenied);
    EXPECT_EQ(hub.Refusal(publish).code, Code::kAccessDenied);
    hub.Succeeds(to_plain);
    hub.Restart();  // The file has not changed: what was changed since stays.
  }
}

TEST(TagPolicyTest, AReceiveThatWaitsIsDecidedAgainWhenTagsChange) {
  Talk hub;
  hub.Configure(WithStatement(R"({Effect: Allow, Action: "sqs:ReceiveMessage", Resource: "*",)"
                              R"( Condition: {StringEquals: {"aws:ResourceTag/team": billing}}})"));
  hub.as = hub.User("shop/clerk");
  const auto poll = hub.Poll();
  hub.as = nullptr;
  hub.Succeeds(UntagQueue{kQueue, {"team"}});
  hub.Send({"a"});
  const auto answer = hub.TakeAnswer(poll);
  ASSERT_TRUE(answer);
  ASSERT_FALSE(*answer);
  EXPECT_EQ(answer->error().code, Code::kAccessDenied);
}

TEST(TagPolicyTest, ATopicIsAdmittedByATagOfTheQueueAsItIsNow) {
  Talk hub;
  hub.Create(kQueue, {{"Policy", R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sqs:SendMessage",)"
                                 R"("Principal":{"Service":"sns.amazonaws.com"},"Resource":"*",)"
                                 R"("Condition":{"StringEquals":{"aws:ResourceTag/open":"yes"}}}})"}});
  hub.Succeeds(CreateTopic{kTopic, {}});
  hub.Succeeds(Subscribe{kTopic, kQueue, {}});
  hub.Publish({"a"});
  EXPECT_EQ(hub.Counts(), "0/0/0");
  hub.Succeeds(TagQueue{kQueue, {{"open", "yes"}}});
  hub.Publish({"b"});
  EXPECT_EQ(hub.Counts(), "1/0/0");
  hub.Succeeds(TagQueue{kQueue, {{"open", "no"}}});
  hub.Publish({"c"});
  EXPECT_EQ(hub.Counts(), "1/0/0");
}

TEST(TagPolicyTest, TheTagsOfTheRequestDecide) {
  Talk hub;
  hub.Configure(WithStatement(
      R"({Effect: Allow, Action: ["sqs:CreateQueue", "sqs:TagQueue", "sqs:UntagQueue", "sns:CreateTopic",)"
      R"( "sns:TagResource", "sns:UntagResource"], Resource: "*",)"
      R"( Condition: {StringEqualsIfExists: {"aws:RequestTag/team": shop},)"
      R"( "ForAllValues:StringEquals": {"aws:TagKeys": [team, tier]}}})"));
  hub.as = hub.User("shop/clerk");
  const struct {
    const char* why;
    Operation operation;
    bool allowed;
  } cases[] = {
      {"create without tags", CreateQueue{"made", {}}, true},
      {"create with a good tag", CreateQueue{"tagged", {}, {{"team", "shop"}}}, true},
      {"create with another value", CreateQueue{"not", {}, {{"team", "billing"}}}, false},
      {"create with another key", CreateQueue{"not", {}, {{"colour", "red"}}}, false},
      {"tag well", TagQueue{kQueue, {{"team", "shop"}, {"tier", "gold"}}}, true},
      {"tag with another key", TagQueue{kQueue, {{"team", "shop"}, {"colour", "red"}}}, false},
      {"untag a known key", UntagQueue{kQueue, {"team"}}, true},
      {"untag another key", UntagQueue{kQueue, {"colour"}}, false},
      {"create a topic with another value", CreateTopic{"not", {}, {{"team", "billing"}}}, false},
      {"create a topic well", CreateTopic{"tagged", {}, {{"team", "shop"}}}, true},
      {"tag a topic with another value", TagTopic{kTopic, {{"team", "billing"}}}, false},
      {"untag a topic of another key", UntagTopic{kTopic, {"colour"}}, false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    if (c.allowed) {
      hub.Succeeds(c.operation);
    } else {
      EXPECT_EQ(hub.Refusal(c.operation).code, Code::kAccessDenied);
    }
  }
}

TEST(TagPolicyTest, WhoeverCreatesWithTagsMayTag) {
  Talk hub;
  hub.Configure(WithStatement(R"({Effect: Allow, Action: ["sqs:CreateQueue", "sns:CreateTopic"], Resource: "*"})"));
  hub.as = hub.User("shop/clerk");
  hub.Succeeds(CreateQueue{"made", {}});
  hub.Succeeds(CreateTopic{"made", {}});
  EXPECT_THAT(hub.Refusal(CreateQueue{"tagged", {}, {{"team", "shop"}}}).message, HasSubstr("sqs:TagQueue"));
  EXPECT_THAT(hub.Refusal(CreateTopic{"tagged", {}, {{"team", "shop"}}}).message, HasSubstr("sns:TagResource"));
}

// --- The configuration ----------------------------------------------------------------------------------------------

std::string WithTags(const std::string& queue_tags, const std::string& topic_tags, const std::string& drift) {
  return "hub: {drift: " + drift + "}\naccounts:\n  shop:\n    id: \"111111111111\"\n    queues: {orders: {tags: {" +
         queue_tags + "}}}\n    topics: {events: {tags: {" + topic_tags + "}}}\n";
}

TEST(TagReloadTest, OnlyTagsWhoseDeclarationChangedAreApplied) {
  Talk hub;
  hub.Configure(WithTags("team: billing, tier: gold", "a: 1", "allow"));
  EXPECT_EQ(hub.Describe().tags, (Tags{{"team", "billing"}, {"tier", "gold"}}));
  EXPECT_EQ(hub.DescribeTopicNow().tags, (Tags{{"a", "1"}}));
  hub.Succeeds(TagQueue{kQueue, {{"team", "drifted"}, {"own", "x"}}});
  hub.Succeeds(TagTopic{kTopic, {{"own", "x"}}});
  hub.Restart();
  EXPECT_EQ(hub.Describe().tags, (Tags{{"own", "x"}, {"team", "drifted"}, {"tier", "gold"}}));
  EXPECT_THAT(hub.Configure(WithTags("team: billing, tier: silver", "b: 2", "allow")),
              testing::ElementsAre("~ queue shop/orders: tag tier gold → silver",
                                   "~ topic shop/events: tag a 1 → none, tag b none → 2"));
  EXPECT_EQ(hub.Describe().tags, (Tags{{"own", "x"}, {"team", "drifted"}, {"tier", "silver"}}));
  EXPECT_EQ(hub.DescribeTopicNow().tags, (Tags{{"b", "2"}, {"own", "x"}}));
  hub.Configure(WithTags("", "", "allow"));
  EXPECT_EQ(hub.Describe().tags, (Tags{{"own", "x"}}));
  EXPECT_EQ(hub.DescribeTopicNow().tags, (Tags{{"own", "x"}}));
}

TEST(TagReloadTest, TagsOfWhatIsDeclaredAreChangedInTheFile) {
  Talk hub;
  hub.Configure(WithTags("team: billing", "", "refuse"));
  EXPECT_EQ(hub.Refusal(TagQueue{kQueue, {{"a", ""}}}).code, Code::kDeclaredInYaml);
  EXPECT_EQ(hub.Refusal(UntagQueue{kQueue, {"team"}}).code, Code::kDeclaredInYaml);
  EXPECT_EQ(hub.Refusal(TagTopic{kTopic, {{"a", ""}}}).code, Code::kDeclaredInYaml);
}

TEST(TagReloadTest, AReloadThatWouldMakeTooManyTagsChangesNothing) {
  Talk hub;
  hub.Configure(WithTags("team: billing", "", "allow"));
  hub.Succeeds(TagQueue{kQueue, Numbered(49)});
  auto reply = hub.TestHub::Configure(ReadYaml(WithTags("team: billing, tier: gold", "new: x", "allow")));
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Code::kTooManyTags);
  EXPECT_THAT(reply.error().message, HasSubstr("hub.yaml:5:14: "));
  EXPECT_EQ(hub.Describe().tags.size(), 50u);
  EXPECT_THAT(hub.DescribeTopicNow().tags, IsEmpty());
}

}  // namespace
}  // namespace hub::core
